"""Replies and what a device may leave here are bounded by bytes as well as by count."""

from __future__ import annotations

import socket

import orjson
import pytest

from crm.records.canonical import bucket
from server.exchange import comparing, incarnations, paging, revoking
from server.routes import body, entrance
from server.store import audit, people, statements
from tests.helpers.http_server import error_of
from tests.helpers.naive_client import NaiveClient

AT = "2026-03-18T02:30:00.000Z[+08:00]"


@pytest.fixture
def heavy(site, monkeypatch):
    """A device with twelve long records, on a server whose pages are small."""
    monkeypatch.setattr(paging, "MAX_BYTES", 8_000)
    monkeypatch.setattr(comparing, "MAX_BYTES", 8_000)
    monkeypatch.setattr(paging, "AT_ONCE", 5)
    monkeypatch.setattr(comparing, "AT_ONCE", 5)
    device = site.device()
    device.push(*(device.laptop.customer(name=f"{n}", later="x" * 2_500) for n in range(12)))
    return device


@pytest.mark.parametrize("where", [{"after": 0}, {"scan": ""}])
def test_a_page_of_long_records_ends_before_it_is_too_large(heavy, where):
    reply = heavy.pull(**where)
    assert len(reply.content) < 9_000
    assert len(reply.json()["entries"]) == 3
    assert reply.json()["more"]
    assert reply.headers["X-Yizhan-Next"] == str(reply.json()["next"])


def test_a_record_longer_than_a_page_comes_alone(heavy):
    heavy.push(heavy.laptop.customer(name="long", later="x" * 20_000))
    pages = [heavy.pull(after=after).json() for after in (0, 12)]
    assert [len(page["entries"]) for page in pages] == [3, 1]


@pytest.mark.parametrize("limit", [5000, 2])
def test_a_client_that_reads_on_gets_everything_once(heavy, limit):
    client = NaiveClient(heavy.ask, limit)
    client.pull(heavy.hello().json()["streams"])
    held = heavy.site.world.live(heavy.laptop.home)
    assert len(held) == 12
    assert {record.id for record in held} <= set(client.rows)


def test_a_check_of_long_records_goes_on_behind_the_last_that_came(heavy):
    asked, came, absent = {"buckets": list(range(256))}, [], []
    stray = "f" * 8 + "-ffff-7fff-8fff-" + "f" * 12
    after = None
    for _ in range(12):
        told = heavy.say(
            "/v1/check", stream=heavy.laptop.home, after=after, held={stray: "0" * 32}, **asked
        ).json()
        assert len(told["entries"]) <= 4
        came += [entry[1] for entry in told["entries"]]
        absent += told["absent"]
        after = told["next"]
        if not told["more"]:
            break
    assert sorted(came) == sorted(record.id for record in heavy.site.world.live(heavy.laptop.home))
    assert len(came) == len(set(came)) == 12
    assert absent == [stray]  # told once, when its place had come


def test_a_check_of_the_first_release_ends_between_buckets_before_it_is_too_large(heavy):
    """What is left out still differs afterwards: such a laptop reads the stream anew."""
    here = {record.id for record in heavy.site.world.live(heavy.laptop.home)}
    told = heavy.say("/v1/check", stream=heavy.laptop.home, sums=["0" * 32] * 256).json()
    came = {entry[1] for entry in told["entries"]}
    assert came == {record for record in here if bucket(record) in told["buckets"]}
    assert len(came) < len(here)
    assert len(told["buckets"]) < 256


def test_a_record_may_not_grow_without_end(site):
    device = site.device()
    told = device.push(device.laptop.customer(later="x" * 70_000)).json()["results"]
    assert (told[0]["outcome"], told[0]["reason"]) == ("refused", "record.too_large")
    saved = device.laptop.customer(later="x" * 60_000)
    assert device.push(saved).json()["results"][0]["outcome"] == "applied"
    more = device.laptop.edit(saved, another=(None, "y" * 10_000))
    assert device.push(more).json()["results"][0]["reason"] == "record.too_large"


def test_a_device_has_so_many_incarnations_and_the_last_proposal_may_be_repeated(site, monkeypatch):
    monkeypatch.setattr(incarnations, "MOST", 3)
    device, made = site.device(), []
    for number in range(3):
        said = {"incarnation": f"0192b1d0-0000-7000-8000-{number:012}", "baton": device.baton}
        made.append(error_or_ok(site.say("/v1/incarnation", said, device.token)))
    assert made == [200, 200, (400, "device.forks")]
    again = {"incarnation": "0192b1d0-0000-7000-8000-000000000001", "baton": device.baton}
    assert site.say("/v1/incarnation", again, device.token).status_code == 200


def test_a_lost_device_is_told_to_destroy_whatever_it_says_it_is_and_fills_nothing(
    site, monkeypatch
):
    monkeypatch.setattr(incarnations, "MOST", 3)
    device, stranger = site.device(), site.device()
    assert revoking.revoke(site.world.exchange, site.settings.folder, device.enrolment, "lost")
    names = [f"0192b1d0-0000-7000-8000-{number:012}" for number in range(10, 16)]
    own = device.laptop.incarnation
    for incarnation in (*names, stranger.laptop.incarnation):
        device.laptop.incarnation = incarnation
        assert device.hello(unsent=9).json()["verdict"] == "destroy"
    with site.world.database.snapshot() as connection:
        assert people.count_incarnations(connection, device.enrolment) == 3
        held = statements.of_devices(connection, [device.enrolment])[device.enrolment]
        told = [n for n in audit.notes(connection, subject=device.enrolment) if "told" in n.action]
        other = people.incarnation(connection, stranger.laptop.incarnation)
    assert (len(held), len(told)) == (2, 2), f"of {names[:2]}; {own} has not asked"
    assert (other.enrolment, other.unsent) == (stranger.enrolment, 0)


def error_or_ok(reply):
    return 200 if reply.status_code == 200 else error_of(reply)


def test_removals_are_kept_up_to_a_number_and_only_those_are_confirmed(site, monkeypatch):
    monkeypatch.setattr(people, "MOST_PURGES", 3)
    device = site.device()
    roots = [f"0192b1d0-0000-7000-9000-{number:012}" for number in range(5)]
    first = device.hello(purges=[{"root": root, "at": AT} for root in roots[:3]]).json()
    assert first["purged"] == roots[:3]
    more = [{"root": root, "at": AT} for root in [*roots[3:], "*"]]
    assert device.hello(purges=more).json()["purged"] == ["*"]  # the end is always heard


def test_a_removal_at_no_moment_is_not_understood(site):
    device = site.device()
    odd = [{"root": "*", "at": "\x1b[2J"}]
    assert error_of(device.hello(purges=odd)) == (400, "request.form")


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 5_000,
        b'{"a":' * 33 + b"[]" + b"}" * 33,
        b'{"a": NaN}',
        b'{"a": "\\ud800"}',
        b'{"a": "\xff"}',
        b'{"a": 1',
    ],
)
def test_json_that_is_not_ours_is_refused_before_anything_reads_it(site, body):
    assert not entrance.is_sound(body)
    assert error_of(site.post("/v1/ping", body)) == (400, "request.form")


def test_json_as_deep_as_ours_ever_is_comes_in():
    deep = {"operations": [{"fields": {"name": [None, [["x"]]]}}]}
    assert entrance.is_sound(orjson.dumps(deep))
    assert entrance.is_sound(b"[" * 32 + b"]" * 32)


@pytest.mark.parametrize(
    "piece",
    [b"[],", b"{},", b'{"a":[]},', b'"\\"[",[],'],
    ids=["lists", "objects", "both", "quoted"],
)
def test_a_body_of_brackets_is_refused_before_it_is_read(piece):
    """A million of them come in some hundred bytes, and hold up everybody for seconds."""
    assert not entrance.is_sound(b"[" + piece * 300_000 + b"0]")


def test_brackets_in_what_somebody_wrote_count_for_nothing():
    text = "[{" * 500_000 + '\\"['
    assert entrance.is_sound(orjson.dumps({"note": text, "more": [[text[:9]]]}))


def test_a_string_that_never_ends_is_looked_at_once():
    assert not entrance.is_sound(b'[["' + b'\\"[' * 700_000)


def test_every_reply_says_that_nobody_keeps_it(site):
    device = site.device()
    for reply in (device.pull(after=0), device.pull(), site.session.get(site.url + "/")):
        assert reply.headers["Cache-Control"] == "no-store"
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert "Strict-Transport-Security" not in reply.headers
    assert ("strict-transport-security", "max-age=31536000") in {
        (name.decode(), value.decode()) for name, value in entrance.headers("https")
    }


def test_a_body_that_never_ends_is_given_up(site, monkeypatch):
    monkeypatch.setattr(body, "BODY_S", 0.05)
    host, _, port = site.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=30) as line:
        line.sendall(b"POST /v1/ping HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        assert line.recv(100).startswith(b"HTTP/1.1 400")


def test_a_path_with_one_slash_more_leads_nowhere(site):
    """A redirect would carry the host that the caller named."""
    reply = site.session.post(site.url + "/v1/ping/", data=b"{}", allow_redirects=False)
    assert reply.status_code == 404
