"""Who leaves a laptop leaves it whole, in orders of events that are seldom."""

from __future__ import annotations

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
