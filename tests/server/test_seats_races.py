"""Seats where writers run side by side: the activity's lock decides, and nobody waits for ever."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic

import pytest
import sqlalchemy as sa

from crm.domain.errors import Refused
from server.exchange.seat_book import OPEN, seat_stream
from tests.helpers.seat_laptops import SeatWorld
from tests.helpers.seats import book, make_activity, resize, seats_within_capacity, tidy
from tests.helpers.server import check_invariants

PATIENCE_S = 20


@pytest.fixture
def threads():
    with ThreadPoolExecutor(max_workers=6) as pool:
        yield pool


@pytest.fixture
def seats(postgresql_world):
    world = SeatWorld(postgresql_world.database)
    yield world
    seats_within_capacity(world)
    check_invariants(world.database)


@contextmanager
def settled_but_not_committed(laptop, activity, *operations):
    """A page of yeses that is settled; its transaction ends with the block."""
    page, streams = laptop.numbered(operations), frozenset([seat_stream(activity)])
    with laptop.world.database.writing() as connection:
        yield laptop.world.exchange._settle(connection, laptop.actor, page, streams)


def wait_until_blocked(world, writers=1):
    """Return once so many transactions wait for somebody's lock."""
    waiting = sa.text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    until = monotonic() + PATIENCE_S
    while monotonic() < until:
        with world.database.snapshot() as connection:
            if connection.execute(waiting).scalar_one() >= writers:
                return
    pytest.fail("nobody waits for a lock")


def test_two_yeses_for_the_last_seat_come_one_after_the_other(seats, threads):
    tea = make_activity(seats, 1)
    first, second = seats.laptop(), seats.laptop()
    one, two = first.invited(tea), second.invited(tea)
    with settled_but_not_committed(first, tea, first.yes(one, tea)):
        late = threads.submit(second.settle, second.yes(two, tea))
        wait_until_blocked(seats)
    assert late.result(PATIENCE_S)[0].reason == "seat.waitlisted"
    assert [seats.state(one), seats.state(two)] == ["confirmed", "waitlisted"]


def test_a_lease_waits_for_a_yes_and_gets_what_is_left(seats, threads):
    tea = make_activity(seats, 3)
    first, second = seats.laptop(), seats.laptop()
    one = first.invited(tea)
    with settled_but_not_committed(first, tea, first.yes(one, tea)):
        late = threads.submit(second.lease, tea, 3)
        wait_until_blocked(seats)
    assert [lease["slots"] for lease in late.result(PATIENCE_S)] == [["1", "2"]]


def test_a_smaller_capacity_waits_for_a_yes_and_is_refused(seats, threads):
    tea = make_activity(seats, 2)
    laptop = seats.laptop()
    one, two = laptop.invited(tea), laptop.invited(tea)
    with settled_but_not_committed(laptop, tea, laptop.yes(one, tea), laptop.yes(two, tea)):
        late = threads.submit(resize, seats, tea, 1)
        wait_until_blocked(seats)
    with pytest.raises(Refused, match=r"seat\.capacity"):
        late.result(PATIENCE_S)


@pytest.mark.parametrize("first", ["reclaim", "yes"])
def test_reclaim_and_a_late_yes_come_one_after_the_other(seats, threads, first):
    """Arrival before or after the event decides; never both."""
    tea = make_activity(seats, 1)
    laptop = seats.laptop()
    invitation = laptop.invited(tea)
    laptop.lease(tea, 1)
    yes = laptop.yes(invitation, tea)
    seats.clock.pass_time(timedelta(days=10))
    if first == "yes":
        with settled_but_not_committed(laptop, tea, yes):
            late = threads.submit(tidy, seats)
            wait_until_blocked(seats)
        assert late.result(PATIENCE_S).reclaimed == 0
        assert book(seats, tea)[1][invitation].slot == "1"
        return

    def reclaim(draft):
        held = draft.book(tea)
        held.reclaim(next(lease for lease in held.leases.values() if lease.state == OPEN))

    office = seats.exchange.seats
    with seats.database.writing() as connection:
        office._act(connection, frozenset([seat_stream(tea)]), reclaim)
        late = threads.submit(laptop.settle, yes)
        wait_until_blocked(seats)
    assert late.result(PATIENCE_S)[0].reason == "seat.other_place"


def test_withdrawals_that_need_each_others_portfolios_end(seats, threads):
    """Each offers its seat to the other's customer: locks are taken in order, or all again."""
    laptops = seats.laptop(), seats.laptop()
    rounds = []
    for _ in range(4):
        tea, dance = make_activity(seats, 1), make_activity(seats, 1)
        mine = {a: laptops[0].invited(a) for a in (tea, dance)}
        theirs = {a: laptops[1].invited(a) for a in (tea, dance)}
        laptops[0].settle(laptops[0].yes(mine[tea], tea))
        laptops[1].settle(laptops[1].yes(theirs[dance], dance))
        laptops[0].settle(laptops[0].yes(mine[dance], dance))
        laptops[1].settle(laptops[1].yes(theirs[tea], tea))
        noes = laptops[0].no(mine[tea]), laptops[1].no(theirs[dance])
        ended = [threads.submit(one.settle, no) for one, no in zip(laptops, noes, strict=True)]
        assert [end.result(PATIENCE_S)[0].outcome for end in ended] == ["applied", "applied"]
        rounds += [seats.state(theirs[tea]), seats.state(mine[dance])]
    assert set(rounds) == {"offered"}


def test_counters_tell_all_when_many_say_yes_at_once(seats, threads):
    tea = make_activity(seats, 5)
    laptops = [seats.laptop() for _ in range(4)]
    yeses = [(one, one.yes(one.invited(tea), tea)) for one in laptops for _ in range(3)]

    def push_all(laptop):
        for owner, yes in yeses:
            if owner is laptop:
                laptop.settle(yes)

    for end in [threads.submit(push_all, laptop) for laptop in laptops]:
        end.result(PATIENCE_S)
    fields = seats.record(tea).fields
    assert (fields["taken"], fields["waiting"]) == (5, 7)
