"""Departures are forgotten after 400 days, the floor with them; everything else stays (`floor`)."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from server.exchange import read, tidying
from server.store import streams
from server.store import tables as t

LONG = timedelta(days=tidying.DAYS, hours=1)


def totals(world, stream):
    with world.database.snapshot() as connection:
        return streams.read(connection, [stream])[stream]


def departures(world, stream):
    wanted = sa.select(t.stream_log.c.number).where(t.stream_log.c.stream == stream)
    with world.database.snapshot() as connection:
        found = connection.execute(wanted.where(t.stream_log.c.gone).order_by("number"))
        return list(found.scalars())


def counted(world, *tables):
    with world.database.snapshot() as connection:
        count = sa.select(sa.func.count())
        return [connection.execute(count.select_from(table)).scalar_one() for table in tables]


@pytest.fixture
def left(world):
    """A portfolio that somebody left by a move, by a delete, and lately by another move."""
    laptop, colleague = world.laptop(), world.laptop()
    kept, moved, buried, late = (laptop.saved(name=f"Number {n}") for n in range(4))
    world.move(moved.id, colleague.home)
    laptop.push(laptop.delete(buried))
    world.clock.pass_time(LONG)
    world.move(late.id, colleague.home)
    return laptop, colleague, kept, moved, buried


def test_old_departures_go_and_young_ones_stay(world, left):
    laptop, colleague, *_ = left
    assert departures(world, laptop.home) == [5, 6, 7]
    assert tidying.tidy(world.exchange, dry_run=True) == tidying.Tidied(1, 2)
    assert departures(world, laptop.home) == [5, 6, 7]
    before = totals(world, laptop.home)
    assert tidying.tidy(world.exchange) == tidying.Tidied(1, 2)
    after = totals(world, laptop.home)
    assert departures(world, laptop.home) == [7]
    assert (before.floor, after.floor, after.head) == (0, 6, 7)
    assert (before.live, before.digest) == (after.live, after.digest)
    assert totals(world, colleague.home).floor == 0
    assert tidying.tidy(world.exchange) == tidying.Tidied(0, 0)


def test_operation_ids_graves_grants_and_revisions_stay(world, left):
    laptop, _, _, _, buried = left
    kept = (t.receipt, t.record, t.stream_grant, t.revision, t.fate)
    before = counted(world, *kept)
    tidying.tidy(world.exchange)
    assert counted(world, *kept) == before
    assert world.record(buried.id).dead
    assert laptop.outcomes(laptop.edit(buried, note=(None, "tea"))) == ["conflict"]


def test_an_edit_of_a_customer_whose_departure_is_forgotten_is_kept_for_the_branch(world, left):
    """Where it has lived is forgotten with it: quarantine, never refusal (`strangers`)."""
    laptop, _, _, moved, _ = left
    tidying.tidy(world.exchange)
    assert laptop.outcomes(laptop.edit(moved, note=(None, "tea"))) == ["quarantined"]


def test_a_stream_whose_newest_entry_is_forgotten_still_adds_up(world):
    laptop, colleague = world.laptop(), world.laptop()
    customer = laptop.saved()
    world.move(customer.id, colleague.home)
    world.clock.pass_time(LONG)
    tidying.tidy(world.exchange)
    empty = totals(world, laptop.home)
    assert (empty.head, empty.floor, empty.live) == (2, 2, 0)
    assert read.verify(world.database)[1] == []
    assert laptop.outcomes(laptop.customer()) == ["applied"]
    assert totals(world, laptop.home).head == 3


def test_many_departures_go_page_by_page(world, monkeypatch):
    monkeypatch.setattr(tidying, "PAGE", 3)
    laptop = world.laptop()
    customers = [laptop.customer(name=f"Number {n}") for n in range(8)]
    laptop.push(*customers)
    laptop.push(*(laptop.delete(world.record(c.record)) for c in customers))
    world.clock.pass_time(LONG)
    assert tidying.tidy(world.exchange).departures == 8
    assert departures(world, laptop.home) == []
    assert totals(world, laptop.home).floor == totals(world, laptop.home).head
