"""Who leaves a laptop leaves it whole, in orders of events that are seldom."""

from __future__ import annotations

import pytest

from crm.domain.errors import Refused
from desktop.services.refusals import edit_again
from desktop.services.undo import Action, undo

HOME, BEN, ZOE = "portfolio:manager", "portfolio:ben", "portfolio:zoe"


def in_clear(laptop):
    """The records of which an operation can still be read."""
    return {row[0] for row in laptop.rows("SELECT record FROM op WHERE sealed IS NULL")}


def merge(server, loser, survivor):
    for child in server.below(loser):
        if child.id != loser:
            child.parent = child.root = survivor
            child.version += 1
            server._log(child)
    server.kill(loser)


def test_edits_saved_under_a_customer_who_was_merged_are_sealed_with_the_survivor(server, laptop):
    loser, survivor = laptop.create("customer", name="one"), laptop.create("customer", name="two")
    visit = laptop.create("visit", loser, state="planned", on="2026-03-18")
    laptop.sync()
    laptop.edit(visit, summary="what was said")
    laptop.sync()
    merge(server, loser, survivor)
    laptop.sync()
    assert visit in in_clear(laptop)
    server.move(survivor, BEN)
    laptop.sync()
    assert in_clear(laptop) == set()


def test_who_turns_up_in_a_stream_that_was_read_before_a_repair_has_not_left(server, laptop):
    for stream in (BEN, ZOE):
        server.grants["manager"][stream] = True
    who = server.put("customer", home=HOME, name="who")
    other = server.put("customer", home=ZOE, name="other")
    server.put("customer", home=BEN, name="third")
    laptop.sync()
    server.put("customer", home=HOME, name="news")
    server.put("customer", home=BEN, name="news")
    laptop.write("UPDATE customer SET hash = zeroblob(16) WHERE id = ?", other)
    laptop.write("UPDATE cursor SET digest = ? WHERE stream = ?", "0" * 32, ZOE)
    # Ben's stream is read first; then who goes there; then the manager's is read.
    server.meanwhile("/v1/pull", lambda: server.move(who, BEN), skip=1)
    server.meanwhile("/v1/check", lambda: server.put("customer", home=ZOE, name="late"))
    assert laptop.sync().verified
    assert who in laptop.held()
    assert server.purged == []


def test_what_was_sealed_can_neither_be_undone_nor_taken_up_again(server, laptop):
    server.refuse_ops[lambda op: op["fields"].get("name") == [None, "two"]] = ("refused", "x")
    who, kept = laptop.create("customer", name="one"), server.put("customer", home=BEN, name="k")
    laptop.sync()
    with laptop.replica.unit_of_work() as uow:
        uow.edit(who, {"name": "other"})
        action = Action.of(uow)
        uow.commit()
    laptop.create("customer", name="two")
    laptop.sync()
    server.grants["manager"][BEN] = True
    del server.grants["manager"][HOME]
    laptop.sync()
    server.grants["manager"][HOME] = True
    laptop.sync()
    assert laptop.held().keys() == {who, kept}
    with pytest.raises(Refused, match=r"undo\.sent"):
        undo(laptop.replica.unit_of_work, action)
    with laptop.replica.reader() as reader:
        (line,) = reader.refused()
    assert line.fields == {}
    with pytest.raises(Refused, match=r"refused\.no_form"):
        edit_again(laptop.replica.unit_of_work, line.id)


def test_the_receipt_of_the_sync_in_which_somebody_left_forgets_whose_it_was(server, laptop):
    who = server.put("customer", home=HOME, name="who")
    laptop.sync()
    laptop.edit(who, note="n")
    server.move(who, BEN)
    laptop.sync()
    assert laptop.rows("SELECT root FROM receipt_line") == [(who,)]
    laptop.sync()
    assert laptop.rows("SELECT root FROM receipt_line") == [(None,)]
    with laptop.replica.reader() as reader:
        assert reader.verify_receipts().faults == ()
