"""`done-back` in each kind of reply: whichever tells it first, the sync goes on from there."""

from __future__ import annotations

import pytest

from tests.unit.sync.conftest import HOME

PLACES = [
    ("/v1/hello", 0),
    ("/v1/push", 0),
    ("/v1/push", 1),
    ("/v1/pull", 0),
    ("/v1/check", 0),
    ("/v1/hello", 1),
]


def older(server, laptop):
    """Restore the server to where none of our operations was known."""

    def restore():
        device = server.devices[laptop.replica.identity().token]
        device.done = 0
        device.receipts.clear()
        for record in [r for r in server.records.values() if r.fields.get("note") == "lost"]:
            del server.records[record.id]
            server.streams[HOME].log.pop(record.id, None)

    return restore


def another_epoch(server, laptop):
    def restore():
        older(server, laptop)()
        server.epoch = "restored"

    return restore


@pytest.mark.parametrize("sign", [older, another_epoch])
@pytest.mark.parametrize(("path", "skip"), PLACES)
def test_done_back_in_each_kind_of_reply(server, laptop, monkeypatch, path, skip, sign):
    monkeypatch.setattr("desktop.sync.push.PAGE_OPERATIONS", 2)
    old = laptop.create("customer", name="before", note="lost")
    laptop.sync()
    made = [laptop.create("customer", name=f"N{n}", note="lost") for n in range(3)]
    server.put("customer", home=HOME, name="a colleague's")
    if path == "/v1/check":
        laptop.write("UPDATE cursor SET digest = ? WHERE stream = ?", "1" * 32, HOME)
        laptop.write("UPDATE customer SET hash = ? WHERE id = ?", b"\1" * 16, old)
    server.meanwhile(path, sign(server, laptop), skip=skip)
    report = laptop.sync()
    assert report.verified
    assert report.forks == 1
    assert {old, *made} <= server.records.keys()
    assert sum(r.fields.get("note") == "lost" for r in server.records.values()) == 4
    assert {f["name"] for _, _, _, f in laptop.held().values()} == {
        "before",
        "N0",
        "N1",
        "N2",
        "a colleague's",
    }
    assert laptop.sync().requests == 1


@pytest.mark.parametrize("fault", ["busy", "failed"])
def test_done_back_in_a_refusal_counts_as_well(server, laptop, fault):
    laptop.create("customer", name="before")
    laptop.sync()
    laptop.create("customer", name="after")
    server.epoch = "restored"
    server.plan("/v1/hello", fault)
    report = laptop.sync()
    assert (report.forks, report.verified) == (1, True)
    assert len(server.records) == 2


def test_a_laptop_whose_incarnation_a_restored_server_forgot_forks(server, laptop):
    laptop.create("customer", name="before")
    laptop.sync()
    device = server.devices[laptop.replica.identity().token]
    device.incarnation, device.done = "00000000-0000-7000-8000-000000000000", 0
    report = laptop.sync()
    assert (report.forks, report.resent, report.verified) == (1, 1, True)
    assert len(server.records) == 1
