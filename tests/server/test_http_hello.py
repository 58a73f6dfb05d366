"""hello and ping over HTTP: signature, baton, verdicts, and what is told of streams."""

from __future__ import annotations

import base64

import pytest
import sqlalchemy as sa
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from crm.domain.ids import new_id
from crm.domain.kinds import SCHEMA
from server.store import people
from server.store import tables as t
from server.store.settings import public_text
from tests.helpers.http_server import error_of


def verdict(reply):
    assert reply.status_code == 200, reply.text
    return reply.json()["verdict"]


def test_ping_tells_what_this_is(site):
    told = site.say("/v1/ping", {}).json()
    assert (told["service"], told["protocol"], told["practice"]) == ("yizhan", 1, True)
    assert told["schema"] == SCHEMA.version


@pytest.mark.parametrize("encoding", ["identity", "gzip", "zstd"])
def test_hello_is_signed_by_the_pinned_key(site, encoding):
    device = site.device()
    for n in range(12):  # long enough to be compressed
        site.world.grant(device.laptop.person, f"portfolio:{new_id()}", write=n % 2 == 0)
    device.headers["Accept-Encoding"] = encoding
    reply = device.hello()
    assert reply.headers.get("Content-Encoding", "identity") == encoding
    raw = base64.b64decode(public_text(site.settings.signing_key))
    key = Ed25519PublicKey.from_public_bytes(raw)
    signature = base64.b64decode(reply.headers["X-Yizhan-Signature"])
    key.verify(signature, reply.content)
    with pytest.raises(InvalidSignature):
        key.verify(signature, reply.content.replace(b'"go"', b'"no"'))


def test_hello_tells_each_granted_stream_and_no_other(site):
    device, colleague = site.device(), site.device()
    site.world.grant(device.laptop.person, colleague.laptop.home, write=False)
    colleague.laptop.saved()
    told = device.hello().json()["streams"]
    assert told.keys() == {"bank", device.laptop.home, colleague.laptop.home}
    nothing = {"head": 0, "live": 0, "digest": "0" * 32, "floor": 0, "moved": 0}
    assert told["bank"] == {**nothing, "write": False}
    assert told[device.laptop.home] == {**nothing, "write": True}
    assert told[colleague.laptop.home]["live"] == 1
    assert told[colleague.laptop.home]["write"] is False
    site.world.end_grant(device.laptop.person, colleague.laptop.home)
    assert device.hello().json()["streams"].keys() == {"bank", device.laptop.home}


def test_hello_notes_what_the_laptop_says(site):
    device = site.device()
    device.push(device.laptop.customer())
    reply = device.hello(acked=1, unsent=7, chain_head="0a" * 16, cursors={device.laptop.home: -1})
    assert (reply.json()["done"], reply.json()["safe"]) == (1, 0)
    with site.world.database.snapshot() as connection:
        held = people.incarnation(connection, device.laptop.incarnation)
        (shown,) = (d for d in people.devices(connection) if d.enrolment == device.enrolment)
    assert (held.acked, held.unsent, held.chain_head) == (1, 7, "0a" * 16)
    assert (shown.done, shown.unsent) == (1, 7)
    assert shown.seen_at


# -- baton -----------------------------------------------------------------------


def test_baton_the_proposal_becomes_the_baton(site):
    device = site.device()
    assert [verdict(device.hello()) for _ in range(3)] == ["go"] * 3


def test_baton_a_lost_reply_is_repeated(site):
    """The proposal is stored before it is sent: the same pair comes again."""
    device, proposed = site.device(), new_id()
    pair = {"baton": device.baton, "next_baton": proposed}
    assert verdict(device.hello(**pair)) == "go"
    assert verdict(device.hello(**pair)) == "go"
    assert verdict(device.hello(baton=proposed)) == "go"


def test_baton_of_a_clone_is_a_fork(site):
    """Read-only clone: whoever comes second shows a baton that was passed on."""
    device = site.device()
    copied = device.baton
    device.hello()
    assert verdict(device.hello(baton=copied, next_baton=new_id())) == "fork"
    assert verdict(device.hello()) == "go"  # and the clone has changed nothing


def test_done_back_a_laptop_that_knows_of_more_is_a_fork(site):
    device = site.device()
    assert verdict(device.hello(acked=1)) == "fork"
    device.push(device.laptop.customer())
    assert verdict(device.hello(acked=1)) == "go"


# -- versions --------------------------------------------------------------------


def test_schema_two_steps_apart_syncs_and_three_do_not(site):
    device = site.device()
    for step in (-2, -1, 0, 1, 2):
        assert verdict(device.hello(schema=SCHEMA.version + step)) == "go"
    old = SCHEMA.version + 3
    assert verdict(device.hello(schema=old)) == "upgrade"
    pushed = device.say("/v1/push", schema=old, operations=[])
    assert pushed.status_code == 200  # what is waiting may still come
    assert error_of(device.pull(schema=old, after=0)) == (426, "schema.upgrade")
    sums = ["0" * 32] * 256
    checked = device.say("/v1/check", schema=old, stream=device.laptop.home, sums=sums)
    assert error_of(checked) == (426, "schema.upgrade")


def test_a_fork_is_told_before_an_upgrade(site):
    device = site.device()
    assert verdict(device.hello(schema=SCHEMA.version + 3, baton=new_id())) == "fork"


def test_another_protocol_must_upgrade(site):
    device = site.device()
    assert error_of(device.hello(protocol=2)) == (426, "protocol.upgrade")
    assert error_of(device.pull(protocol=2, after=0)) == (426, "protocol.upgrade")


# -- who asks --------------------------------------------------------------------


def test_a_token_is_good_for_its_own_incarnation_only(site):
    device, other = site.device(), site.device()
    for stranger in (other.laptop.incarnation, new_id()):
        asked = device.say("/v1/pull", incarnation=stranger, stream=device.laptop.home, after=0)
        assert error_of(asked) == (409, "sync.fork")


@pytest.mark.parametrize("token", [None, "wrong", "", "\x7f", "a" * 5000])
def test_without_a_known_token_nothing_is_told(site, token):
    device = site.device()
    device.token = token
    said = "token.unknown" if token else "token.missing"
    assert error_of(device.hello()) == (401, said)


@pytest.mark.parametrize(
    ("state", "error"), [("lost", (410, "device.lost")), ("retired", (403, "device.retired"))]
)
def test_a_revoked_device_is_told_so_by_whatever_it_reads(site, state, error):
    device = site.device()
    with site.world.database.writing() as connection:
        assert people.revoke(connection, device.enrolment, state)
    sums = ["0" * 32] * 256
    asked = [
        device.pull(after=0),
        device.say("/v1/check", stream=device.laptop.home, sums=sums),
        device.say("/v1/pull", incarnation=new_id(), stream=device.laptop.home, after=0),
    ]
    assert [error_of(reply) for reply in asked] == [error] * 3
    assert site.world.live(device.laptop.home) == []


def test_somebody_who_left_is_not_served(site):
    device = site.device()
    with site.world.database.writing() as connection:
        gone = sa.update(t.person).where(t.person.c.id == device.laptop.person)
        connection.execute(gone.values(active=False))
    assert error_of(device.hello()) == (401, "token.unknown")
