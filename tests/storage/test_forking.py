"""Waiting again after a fork: what was seen stays in sight, whatever the server holds now."""

from __future__ import annotations

import pytest

from desktop.sync.errors import Forked
from tests.helpers.fake_server import FakeServer
from tests.helpers.fakes import Laptop

HOME = "portfolio:manager"


@pytest.fixture
def server():
    with FakeServer() as server:
        server.grants["manager"] = {HOME: True}
        yield server


@pytest.fixture
def laptop(tmp_path, server):
    laptop = Laptop(tmp_path, server)
    yield laptop
    laptop.replica.close()


def fork(laptop):
    with laptop.replica.transaction() as tx:
        return tx.fork()


def settled_then_overwritten(server, laptop):
    """An edit that came back, over which a colleague has written since."""
    root = laptop.create("customer", name="N", village="Cloud")
    laptop.sync()
    laptop.edit(root, village="Stone")
    laptop.sync()
    server.edit(root, village="River")
    laptop.sync()
    assert laptop.fields(root)["village"] == "River"
    return root


def test_retained_operations_wait_again_in_order_without_numbers(server, laptop):
    root = settled_then_overwritten(server, laptop)
    laptop.edit(root, note="waits")
    before = laptop.outbox()
    assert list(fork(laptop).values()) == ["applied"] * 2
    assert [(o.seq, o.id) for o in laptop.outbox()] == [(o.seq, o.id) for o in before]
    rows = laptop.rows("SELECT DISTINCT state, number, version, outcome FROM op")
    assert rows == [("queued", None, None, None)]
    identity = laptop.replica.identity()
    assert (identity.acked, identity.epoch, identity.safe, identity.reread) == (0, None, 0, True)


def test_what_left_once_cannot_be_withdrawn_after_a_fork(server, laptop):
    root = laptop.create("customer", name="N")
    laptop.sync()
    group = laptop.rows("SELECT group_id FROM op WHERE record = ?", root)[0][0]
    fork(laptop)
    with laptop.replica.unit_of_work() as uow:
        assert uow.withdrawable([group]) == frozenset()


def test_what_was_set_aside_stays_aside(server, laptop):
    server.refuse_ops[lambda op: True] = ("refused", "field.form")
    laptop.create("customer", name="N")
    laptop.sync()
    assert laptop.states() == ["aside"]
    assert fork(laptop) == {}
    assert laptop.states() == ["aside"]


def test_an_old_edit_does_not_show_over_a_colleagues_newer_one(server, laptop):
    root = settled_then_overwritten(server, laptop)
    fork(laptop)
    assert laptop.fields(root)["village"] == "River"
    laptop.edit(root, note="typed meanwhile")  # lays everything over again
    assert laptop.fields(root) == {"name": "N", "village": "River", "note": "typed meanwhile"}
    with laptop.replica.transaction() as tx:
        tx.start_scan(HOME)  # versions are forgotten now
    laptop.edit(root, note="and again")
    assert laptop.fields(root)["village"] == "River"
    assert laptop.sync().verified
    assert laptop.fields(root) == {"name": "N", "village": "River", "note": "and again"}
    assert server.records[root].fields["village"] == "River"


def test_an_edit_that_the_server_lost_is_shown_until_it_is_there_again(server, laptop):
    root = settled_then_overwritten(server, laptop)
    fork(laptop)
    held = server.records[root]
    held.version, held.fields = 1, {"name": "N", "village": "Cloud"}  # as before both edits
    server.devices[laptop.replica.identity().token].receipts.clear()
    server.plan("/v1/push", *["lost"] * 4)
    scan(server, laptop)
    assert laptop.fields(root)["village"] == "Stone"
    server.plans.clear()
    report = laptop.sync()
    assert report.verified
    assert laptop.fields(root)["village"] == held.fields["village"] == "Stone"


def test_a_record_that_the_server_lost_is_shown_until_it_is_there_again(server, laptop):
    root = settled_then_overwritten(server, laptop)
    fork(laptop)
    del server.records[root]
    server.streams[HOME].log.clear()
    server.devices[laptop.replica.identity().token].receipts.clear()
    scan(server, laptop)
    assert laptop.fields(root)["village"] == "Stone"  # its own edits are retained: all of them
    assert laptop.sync().verified
    assert server.records[root].fields == {"name": "N", "village": "Stone"}
    assert laptop.fields(root) == server.records[root].fields


def scan(server, laptop):
    """Read the portfolio anew before anything is pushed, as `verify` does."""
    report = laptop.verify()
    assert report.outcome in {"repaired", "equal"}


def test_an_equal_stream_is_not_read_again(server, laptop):
    for number in range(4):
        laptop.create("customer", name=f"N{number}")
    laptop.sync()
    server.streams[HOME].head += 5  # numbers that the restored server counts in its own way
    server.epoch = "another"
    before = len(server.requests)
    report = laptop.sync()
    assert (report.forks, report.resent, report.received, report.verified) == (1, 4, 0, True)
    paths = [path for path, _ in server.requests[before:]]
    hello, push, pull = "/v1/hello", "/v1/push", "/v1/pull"
    assert paths == [hello, "/v1/incarnation", hello, push, pull, hello]


def test_two_forks_in_one_sync_are_gone_through_and_the_third_is_said(server, laptop):
    laptop.create("customer", name="N")
    laptop.sync()
    server.epoch = "a"
    turn(server, "b")
    assert (report := laptop.sync()).forks == 2
    assert report.verified
    server.epoch = "c"
    turn(server, "d")
    turn(server, "e", skip=1)
    laptop.create("customer", name="M")
    with pytest.raises(Forked) as raised:
        laptop.sync()
    assert raised.value.code == "sync.forked"
    assert set(laptop.states()) <= {"queued", "sent"}
    assert laptop.sync().verified  # in the next one all is well
    assert len(server.records) == 2


def turn(server, epoch, skip=0):
    """Let the server be restored once more just after a new incarnation has been told."""
    server.meanwhile("/v1/push", lambda: setattr(server, "epoch", epoch), skip=skip)
