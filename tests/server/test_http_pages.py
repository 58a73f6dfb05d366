"""push, pull and check over HTTP: the happy paths, and what is too much or not theirs."""

from __future__ import annotations

import gzip
import secrets

import orjson
import pytest
import zstandard

from crm.domain.ids import new_id
from server.exchange.operations import MAX_GROUP, MAX_OPERATIONS
from server.routes.body import MAX_BODY, MAX_SENT
from tests.helpers.http_server import check_reply, error_of, wire
from tests.helpers.naive_client import NaiveClient, content_hash
from tests.helpers.server import grouped


def told(reply):
    assert reply.status_code == 200, reply.text
    return reply.json()


def outcomes(reply):
    return [result["outcome"] for result in told(reply)["results"]]


def pulled(device, limit=5000):
    """A naive client that has pulled all that the device is granted."""
    client = NaiveClient(device.ask, limit)
    client.pull(told(device.hello())["streams"])
    return client


# -- push ------------------------------------------------------------------------


def test_push_tells_each_outcome_and_done(site):
    device = site.device()
    customer, bad = device.laptop.customer(), device.laptop.customer(village="x" * 99)
    reply = told(device.push(customer, device.laptop.tag(customer), bad))
    assert reply["done"] == 3
    assert [(r["number"], r["outcome"], r["version"], r["reason"]) for r in reply["results"]] == [
        (1, "applied", 1, None),
        (2, "applied", 1, None),
        (3, "refused", None, "field.too_long village"),
    ]


def test_push_again_after_a_lost_reply_gives_the_same_results(site):
    device = site.device()
    page = [wire(op) for op in device.laptop.numbered([device.laptop.customer()])]
    first, again = (told(device.say("/v1/push", operations=page)) for _ in range(2))
    assert first["results"] == again["results"]
    assert len(site.world.live(device.laptop.home)) == 1


def test_push_behind_a_gap_tells_where_to_go_on(site):
    device = site.device()
    device.push(device.laptop.customer())
    device.laptop.sent = 4
    reply = device.push(device.laptop.customer(name="Other"))
    assert error_of(reply) == (409, "push.gap")
    assert (reply.json()["done"], reply.json()["error"]["facts"]) == (1, {"done": 1})


def test_push_of_a_settled_number_with_another_operation_is_a_fork(site):
    device = site.device()
    device.push(device.laptop.customer())
    device.laptop.sent = 0
    reply = device.push(device.laptop.customer(name="Other"))
    assert error_of(reply) == (409, "sync.fork")
    assert reply.json()["done"] == 1


def test_push_of_an_empty_page_is_answered(site):
    device = site.device()
    assert told(device.push())["results"] == []


def test_push_takes_500_operations_and_no_more(site):
    device = site.device()
    page = [device.laptop.customer(name=f"Number {n}") for n in range(MAX_OPERATIONS + 1)]
    assert error_of(device.push(*page)) == (400, "request.form")
    device.laptop.sent = 0
    assert outcomes(device.push(*page[:-1])) == ["applied"] * MAX_OPERATIONS


def test_push_takes_200_operations_in_a_group_and_no_more(site):
    device = site.device()
    customer = device.laptop.customer()
    group = grouped(customer, *(device.laptop.tag(customer) for _ in range(MAX_GROUP)))
    assert set(outcomes(device.push(*group))) == {"refused"}  # the group, not the page
    other = device.laptop.customer(name="Other")
    tags = (device.laptop.tag(other) for _ in range(MAX_GROUP - 1))
    assert outcomes(device.push(*grouped(other, *tags))) == ["applied"] * MAX_GROUP


@pytest.mark.parametrize(
    "change", [{"at": "x" * 50}, {"verb": "destroy"}, {"home": "me"}, {"parent": "\x00"}]
)
def test_push_of_one_ill_made_operation_refuses_it_alone(site, change):
    device = site.device()
    good, bad = device.laptop.numbered([device.laptop.customer(), device.laptop.customer()])
    reply = device.say("/v1/push", operations=[wire(good), {**wire(bad), **change}])
    assert outcomes(reply) == ["applied", "refused"]


def test_push_of_one_operation_twice_in_a_page_is_not_understood(site):
    device = site.device()
    customer = device.laptop.customer()
    assert error_of(device.push(customer, customer)) == (400, "request.form")


@pytest.mark.parametrize(
    "change",
    [
        {"id": "x"},
        {"number": 0},
        {"number": 2**53},
        {"number": "1"},
        {"record": "../etc/passwd"},
        {"fields": {"name": ["Made Up"]}},
        {"fields": []},
        {"group": None},
    ],
)
def test_push_of_an_ill_formed_operation_is_not_understood(site, change):
    device = site.device()
    (op,) = device.laptop.numbered([device.laptop.customer()])
    reply = device.say("/v1/push", operations=[{**wire(op), **change}])
    assert error_of(reply) == (400, "request.form")
    assert reply.json()["done"] is None  # form comes before who asks


def test_push_ignores_members_of_a_later_protocol(site):
    device = site.device()
    (op,) = device.laptop.numbered([device.laptop.customer()])
    page = [{**wire(op), "mood": "good"}]
    assert outcomes(device.say("/v1/push", operations=page, weather="fine")) == ["applied"]


# -- pull ------------------------------------------------------------------------


def a_portfolio(site, customers=12):
    device = site.device()
    made = [device.laptop.customer(name=f"Number {n}") for n in range(customers)]
    device.push(*made, *(device.laptop.tag(op) for op in made))
    return device, made


@pytest.mark.parametrize("limit", [1, 7, 24, 25, 5000])
def test_pull_brings_everything_page_by_page(site, limit):
    device, made = a_portfolio(site)
    client = pulled(device, limit)
    held = site.world.live(device.laptop.home)
    assert {i: row.fields for i, row in client.rows.items()} == {r.id: r.fields for r in held}
    device.push(device.laptop.edit(made[0], village=(None, "East")))
    device.push(device.laptop.delete(made[1]))
    pages = client.pages
    client.pull(told(device.hello())["streams"])
    assert len(client.rows) == 22
    assert client.rows[made[0].record].fields["village"] == "East"
    assert client.pages - pages <= 4 // min(limit, 4) + 2


def test_pull_scans_parents_before_children(site):
    device, _ = a_portfolio(site)
    entries = told(device.pull(scan=""))["entries"]
    assert [entry[2] for entry in entries] == ["customer"] * 12 + ["tag"] * 12
    assert all(entry[0] == 0 for entry in entries)
    ids = [entry[1] for entry in entries]
    assert ids[:12] == sorted(ids[:12])


def test_pull_entries_are_as_the_protocol_says(site):
    device = site.device()
    colleague = site.device()
    kept, moved, dead, merged = (device.laptop.customer(name=f"Number {n}") for n in range(4))
    tag = device.laptop.tag(kept)
    device.push(kept, tag, moved, dead, merged)
    site.world.move(moved.record, colleague.laptop.home)
    device.push(device.laptop.delete(dead), device.laptop.merge(merged.record, kept.record))
    entries = told(device.pull(after=0))["entries"]
    assert sorted(entry[0] for entry in entries) == [entry[0] for entry in entries]
    by_id = {entry[1]: entry[2:] for entry in entries}
    me, fields = kept.record, {"name": "Number 0"}
    assert by_id[me] == ["customer", 1, None, me, fields, "number 0|n0"]
    assert by_id[tag.record] == ["tag", 1, me, me, {"label": "tea"}, None]
    causes = ((moved, "moved"), (dead, "deleted"), (merged, "merged"))
    for op, cause in causes:
        assert by_id[op.record] == ["customer", 2, None, op.record, None, cause]


def test_pull_from_ahead_of_the_head_brings_nothing(site):
    """A restored server: the laptop sees `head` below its cursor."""
    device, _ = a_portfolio(site, customers=1)
    reply = told(device.pull(after=99))
    assert (reply["entries"], reply["more"], reply["head"]) == ([], False, 2)


def test_pull_of_a_stream_in_which_nobody_has_written(site):
    device = site.device()
    empty = {"entries": [], "more": False, "head": 0, "live": 0, "digest": "0" * 32}
    for where, following in (({"after": 0}, 0), ({"scan": ""}, "")):
        reply = told(device.pull("bank", **where))
        assert {name: reply[name] for name in empty} == empty
        assert reply["next"] == following


@pytest.mark.parametrize(
    "where",
    [
        {},
        {"after": 0, "scan": ""},
        {"after": -1},
        {"after": "0"},
        {"after": 2**60},
        {"scan": "10"},
        {"scan": "x:" + new_id()},
        {"scan": "10:" + new_id() + "'"},
        {"scan": 0},
        {"after": 0, "limit": 0},
        {"after": 0, "limit": 5001},
        {"after": 0, "limit": 2.5},
    ],
)
def test_pull_from_nowhere_is_not_understood(site, where):
    device = site.device()
    reply = device.say("/v1/pull", stream=device.laptop.home, **where)
    assert error_of(reply) == (400, "request.form")


@pytest.mark.parametrize(
    "stream", ["", "everything", "portfolio:", "portfolio:*", "bank ", "Bank", "bank\n", None, 7]
)
def test_pull_of_no_stream_is_not_understood(site, stream):
    device = site.device()
    assert error_of(device.say("/v1/pull", stream=stream, after=0)) == (400, "request.form")


def test_pull_of_a_stream_that_is_not_granted_is_refused(site):
    """Whether it exists is not told."""
    device, colleague = site.device(), site.device()
    colleague.push(colleague.laptop.customer())
    for stream in (colleague.laptop.home, f"portfolio:{new_id()}", f"cases:{new_id()}"):
        assert error_of(device.pull(stream, after=0)) == (403, "stream.not_granted")
        sums = ["0" * 32] * 256
        checked = device.say("/v1/check", stream=stream, sums=sums)
        assert error_of(checked) == (403, "stream.not_granted")


def test_pull_after_the_grant_was_closed_is_refused(site):
    device = site.device()
    site.world.end_grant(device.laptop.person, device.laptop.home)
    assert error_of(device.pull(after=0)) == (403, "stream.not_granted")


def test_pull_of_long_pages_holds_5000(site):
    device = site.device()
    tags = []
    customer = device.laptop.customer()
    device.push(customer)
    for _ in range(11):
        tags += told(device.push(*(device.laptop.tag(customer) for _ in range(500))))["results"]
    assert {result["outcome"] for result in tags} == {"applied"}
    device.headers["Accept-Encoding"] = "zstd"
    first = told(device.pull(after=0))
    assert (len(first["entries"]), first["more"], first["next"]) == (5000, True, 5000)
    client = pulled(device)
    assert client.digest(device.laptop.home)[0] == 5501


# -- check -----------------------------------------------------------------------


def sums_of(client, stream):
    """What a laptop sends: 256 sums of content hashes, by the last byte of the id."""
    sums = [0] * 256
    for record, held in client.rows.items():
        if held.stream == stream:
            sums[int(record[-2:], 16)] += int.from_bytes(content_hash(record, held), "big")
    return [f"{one % 2**128:032x}" for one in sums]


def test_check_of_an_equal_copy_finds_nothing(site):
    device, _ = a_portfolio(site)
    home = device.laptop.home
    client = pulled(device)
    reply = told(device.say("/v1/check", stream=home, sums=sums_of(client, home)))
    assert (reply["buckets"], reply["entries"]) == ([], [])
    assert (reply["live"], reply["digest"]) == client.digest(home)


def test_check_brings_the_buckets_that_differ(site):
    device, made = a_portfolio(site)
    home = device.laptop.home
    client = pulled(device)
    wrong, lost = made[0].record, made[1].record
    client.rows[wrong].fields["name"] = "Flipped"
    del client.rows[lost]
    reply = told(device.say("/v1/check", stream=home, sums=sums_of(client, home)))
    differing = {int(i[-2:], 16) for i in (wrong, lost)}
    assert reply["buckets"] == sorted(differing)
    brought = {entry[1]: entry for entry in reply["entries"]}
    assert brought.keys() >= {wrong, lost}
    assert {int(i[-2:], 16) for i in brought} == differing
    assert brought[wrong][6] == {"name": "Number 0"}
    assert all(entry[0] == 0 for entry in reply["entries"])


@pytest.mark.parametrize(
    "sums", [[], ["0" * 32] * 255, ["0" * 32] * 257, ["0" * 31] * 256, [0] * 256]
)
def test_check_of_other_than_256_sums_is_not_understood(site, sums):
    device = site.device()
    reply = device.say("/v1/check", stream=device.laptop.home, sums=sums)
    assert error_of(reply) == (400, "request.form")


# -- bodies ----------------------------------------------------------------------

PACKERS = {
    "gzip": gzip.compress,
    "zstd": zstandard.ZstdCompressor(level=3).compress,
    "identity": bytes,
    "GZip": gzip.compress,
}


def pull_body(device, nonce, padding=""):
    message = {"nonce": nonce, "protocol": 1, "schema": 1, "padding": padding, "after": 0,
               "incarnation": device.laptop.incarnation, "stream": device.laptop.home}  # fmt: skip
    return orjson.dumps(message)


def sent_as(device, body, encoding):
    headers = {"Authorization": f"Bearer {device.token}", "Content-Encoding": encoding}
    return device.site.post("/v1/pull", body, headers)


@pytest.mark.parametrize("encoding", PACKERS)
def test_bodies_come_packed_and_go_packed(site, encoding):
    device, _ = a_portfolio(site)
    nonce = secrets.token_hex(16)
    headers = {
        "Authorization": f"Bearer {device.token}",
        "Content-Encoding": encoding,
        "Accept-Encoding": encoding.lower(),
    }
    body = PACKERS[encoding](pull_body(device, nonce))
    reply = site.post("/v1/pull", body, headers)
    check_reply("/v1/pull", reply, nonce)
    assert reply.headers.get("Content-Encoding", "identity") == encoding.lower()
    assert len(told(reply)["entries"]) == 24


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip, zstd", "zstd"),
        ("gzip;q=1.0, zstd;q=0", "gzip"),
        ("br, *", None),
        ("identity", None),
        ("gzip;q=0.000", None),
    ],
)
def test_replies_are_packed_as_allowed(site, accepted, packed):
    device, _ = a_portfolio(site)
    device.headers["Accept-Encoding"] = accepted
    assert device.pull(after=0).headers.get("Content-Encoding") == packed


@pytest.mark.parametrize("encoding", ["identity", "gzip", "zstd"])
def test_a_body_that_is_too_large_is_refused_with_its_nonce(site, encoding):
    """Unpacked more than it may be: a bomb is stopped before it fills the memory."""
    device, nonce = site.device(), secrets.token_hex(16)
    body = pull_body(device, nonce, padding="x" * (MAX_BODY * 3))
    packed = PACKERS[encoding](body)
    assert encoding == "identity" or len(packed) < MAX_SENT
    reply = sent_as(device, packed, encoding)
    check_reply("/v1/pull", reply, nonce)
    assert error_of(reply) == (413, "request.too_large")
    assert device.pull(after=0).status_code == 200  # the line still works


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_a_packed_body_that_is_too_large_is_refused_with_its_nonce(site, encoding):
    device, nonce = site.device(), secrets.token_hex(16)
    body = pull_body(device, nonce, padding=secrets.token_hex(MAX_SENT * 2))
    packed = PACKERS[encoding](body)
    assert len(packed) > MAX_SENT
    reply = sent_as(device, packed, encoding)
    check_reply("/v1/pull", reply, nonce)
    assert error_of(reply) == (413, "request.too_large")


def test_a_body_just_within_the_limit_is_taken(site):
    device, nonce = site.device(), secrets.token_hex(16)
    room = MAX_BODY - len(pull_body(device, nonce))
    body = pull_body(device, nonce, padding="x" * room)
    assert len(body) == MAX_BODY
    assert sent_as(device, gzip.compress(body), "gzip").status_code == 200


@pytest.mark.parametrize(
    ("encoding", "spoil"),
    [
        ("gzip", lambda body: gzip.compress(body)[:-9]),
        ("gzip", lambda body: body),
        ("zstd", lambda body: zstandard.compress(body)[:-3]),
        ("zstd", lambda body: body),
        ("br", lambda body: body),
        ("gzip, gzip", lambda body: gzip.compress(gzip.compress(body))),
        ("identity", lambda body: body[:-1]),
        ("identity", lambda body: body + b"}"),
        ("identity", lambda body: b"[" * 100_000),
        ("identity", lambda body: b""),
        ("identity", lambda body: b"\xff\xfe" + body),
    ],
)
def test_a_body_that_does_not_unpack_is_not_understood(site, encoding, spoil):
    device, nonce = site.device(), secrets.token_hex(16)
    reply = sent_as(device, spoil(pull_body(device, nonce)), encoding)
    assert error_of(reply) == (400, "request.form")
    assert reply.json()["nonce"] in (nonce, None)


@pytest.mark.parametrize("end", ["}", "", '"', ', "x": nope}'])
def test_malformed_json_is_answered_with_its_nonce(site, end):
    device, nonce = site.device(), secrets.token_hex(16)
    reply = sent_as(device, pull_body(device, nonce)[:-1] + end.encode() + b"]", "identity")
    check_reply("/v1/pull", reply, nonce)
    assert error_of(reply) == (400, "request.form")


def test_a_nonce_is_needed(site):
    device = site.device()
    for nonce in (None, "", "short", "x" * 65, "with spaces in it!", 7):
        body = orjson.dumps({"nonce": nonce, "protocol": 1, "schema": 1})
        assert error_of(site.post("/v1/ping", body)) == (400, "request.form")
        assert error_of(sent_as(device, body, "identity")) == (400, "request.form")
