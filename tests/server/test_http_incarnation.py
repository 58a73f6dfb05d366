"""A new incarnation of a known device: made once, told as often as it takes."""

from __future__ import annotations

from crm.domain.ids import new_id
from server.store import people
from tests.helpers.http_server import error_of


def register(device, incarnation, baton, **more):
    return device.say("/v1/incarnation", incarnation=incarnation, baton=baton, **more)


def test_an_incarnation_that_is_not_known_is_told_to_fork(site):
    device = site.device()
    device.laptop.incarnation = new_id()
    sums = ["0" * 32] * 256
    asked = [
        device.hello(),
        device.push(device.laptop.customer()),
        device.pull(after=0),
        device.say("/v1/check", stream=device.laptop.home, sums=sums),
    ]
    assert [error_of(reply) for reply in asked] == [(409, "sync.fork")] * 4


def test_a_new_incarnation_begins_with_nothing_settled(site):
    device = site.device()
    first = device.laptop.customer()
    device.push(first)
    old, made, baton = device.laptop.incarnation, new_id(), new_id()
    for _ in range(2):  # its reply may have been lost
        reply = register(device, made, baton, fork_of=old)
        assert (reply.status_code, reply.json()["done"]) == (200, 0)
    device.laptop.incarnation, device.laptop.sent, device.baton = made, 0, baton
    assert device.hello().json()["verdict"] == "go"
    again = device.push(first, device.laptop.customer()).json()
    assert again["done"] == 2
    assert [r["outcome"] for r in again["results"]] == ["applied", "applied"]
    assert len(site.world.live(device.laptop.home, "customer")) == 2  # op-once
    with site.world.database.snapshot() as connection:
        shown = [d for d in people.devices(connection) if d.enrolment == device.enrolment]
    assert [d.incarnation for d in shown] == [made]


def test_an_id_that_stands_for_something_else_is_a_fork(site):
    device, other = site.device(), site.device()
    made = new_id()
    register(device, made, device.baton)
    taken = [
        register(device, made, new_id()),
        register(other, made, device.baton),
        register(other, device.laptop.incarnation, other.baton),
    ]
    assert [error_of(reply) for reply in taken] == [(409, "sync.fork")] * 3


def test_a_token_that_was_taken_out_on_the_way_is_told_as_such(site):
    """Without it: the person is told to enrol again, for what a proxy does."""
    device = site.device()
    device.token = None
    assert error_of(register(device, new_id(), new_id())) == (401, "token.missing")


def test_a_lost_device_gets_no_new_incarnation(site):
    device = site.device()
    with site.world.database.writing() as connection:
        people.revoke(connection, device.enrolment, "lost")
    assert error_of(register(device, new_id(), new_id())) == (410, "device.lost")
    device.token = "unknown"
    assert error_of(register(device, new_id(), new_id())) == (401, "token.unknown")
