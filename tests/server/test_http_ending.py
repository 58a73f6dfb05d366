"""Lost and retired devices over HTTP: what they are told, what they may bring, what is kept."""

from __future__ import annotations

import base64

import pytest
import sqlalchemy as sa
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from crm.domain.ids import new_id
from server.exchange import revoking
from server.routes.messages import HelloReply
from server.store import people
from server.store import tables as t
from server.store.settings import public_text
from tests.helpers.http_server import error_of, serving


def declare(site, device, state):
    assert revoking.revoke(site.world.exchange, site.settings.folder, device.enrolment, state)


def listed(site, device):
    with site.world.database.snapshot() as connection:
        return next(d for d in people.devices(connection) if d.enrolment == device.enrolment)


def check_signed(site, reply):
    raw = base64.b64decode(public_text(site.settings.signing_key))
    signature = base64.b64decode(reply.headers["X-Yizhan-Signature"])
    Ed25519PublicKey.from_public_bytes(raw).verify(signature, reply.content)


def test_a_lost_device_is_told_to_destroy_and_what_it_had_not_sent_is_counted(site):
    device = site.device()
    device.hello(unsent=2)
    declare(site, device, "lost")
    assert listed(site, device).ended_at is None
    reply = device.hello(unsent=7)
    told = reply.json()
    assert (reply.status_code, told["verdict"], told["streams"]) == (200, "destroy", {})
    assert HelloReply.model_validate(told).purged == [], "whole, as any hello's reply is"
    check_signed(site, reply)
    with pytest.raises(InvalidSignature):
        check_signed(site, type("Forged", (), {"headers": reply.headers, "content": b"{}"}))
    found = listed(site, device)
    assert (found.state, found.unsent) == ("lost", 7)
    assert found.ended_at is not None


def test_a_lost_device_brings_nothing_and_reads_nothing(site):
    device = site.device()
    created = device.laptop.customer()
    declare(site, device, "lost")
    assert error_of(device.push(created)) == (410, "device.lost")
    assert error_of(device.pull(after=0)) == (410, "device.lost")
    assert site.world.find(created.record) is None
    assert device.hello(baton=new_id(), next_baton=new_id()).json()["verdict"] == "destroy"


def test_an_unknown_token_hears_nothing_of_destroying(site):
    device = site.device()
    device.token = "nobody-has-this"
    assert error_of(device.hello()) == (401, "token.unknown")


def test_what_a_retired_device_brings_is_quarantined_and_it_states_that_all_goes(site):
    device = site.device()
    customer = device.laptop.saved(note="base")
    declare(site, device, "retired")
    reply = device.hello(unsent=2)
    assert (reply.json()["verdict"], reply.json()["streams"]) == ("retire", {})
    check_signed(site, reply)
    created, edit = device.laptop.customer(), device.laptop.edit(customer, note=("base", "late"))
    results = device.push(created, edit).json()["results"]
    assert [result["outcome"] for result in results] == ["quarantined"] * 2
    assert site.world.find(created.record) is None
    assert site.world.record(customer.id).fields["note"] == "base"
    assert {created.id, edit.id} <= set(site.world.quarantined())
    assert error_of(device.pull(after=0)) == (403, "device.retired")

    assert listed(site, device).ended_at is None
    told = device.hello(purges=[{"root": "*", "at": site.world.exchange.now()}], acked=0).json()
    assert (told["verdict"], told["purged"]) == ("retire", ["*"])
    found = listed(site, device)
    assert (found.state, found.unsent) == ("retired", 0)
    assert found.ended_at is not None
    with site.world.database.snapshot() as connection:
        (stated,) = people.purges_of(connection, device.laptop.incarnation)
    assert stated["root"] == "*"


def test_a_repeated_push_of_a_retired_device_is_answered_with_its_receipts(site):
    device = site.device()
    created = device.laptop.customer()
    applied = device.push(created).json()["results"]
    declare(site, device, "retired")
    device.laptop.sent = 0
    again = device.push(created).json()["results"]
    assert again == applied


def test_lost_overrides_retired_and_never_goes_back(site):
    device = site.device()
    declare(site, device, "retired")
    declare(site, device, "lost")
    declare(site, device, "retired")
    assert device.hello().json()["verdict"] == "destroy"


def test_a_retired_clone_forks_so_that_it_can_bring_what_it_has(site):
    device = site.device()
    declare(site, device, "retired")
    assert device.hello(baton=new_id(), next_baton=new_id()).json()["verdict"] == "fork"
    fork = {"baton": new_id(), "fork_of": device.laptop.incarnation}
    device.laptop.incarnation = new_id()
    assert device.say("/v1/incarnation", **fork).status_code == 200
    device.baton = fork["baton"]
    assert device.hello().json()["verdict"] == "retire"


def test_a_thief_is_not_revived_by_a_restored_dump(site):
    device = site.device()
    declare(site, device, "lost")
    with site.world.database.writing() as connection:  # the dump was made before all of this
        wanted = t.incarnation.c.id == device.laptop.incarnation
        connection.execute(sa.delete(t.incarnation).where(wanted))
        connection.execute(sa.delete(t.enrolment).where(t.enrolment.c.id == device.enrolment))
    assert error_of(device.hello()) == (401, "token.unknown")
    with serving(site.settings) as (address, _):
        device.site = type(site)(address, site.world, site.settings, site.service)
        reply = device.hello(unsent=3)
    assert (reply.status_code, reply.json()["verdict"]) == (200, "destroy")
    check_signed(site, reply)
    assert listed(site, device).unsent == 3
