"""Random days with seats: several laptops, clones, restores, lost replies, time that passes.

After every step no activity has given more than it has, and each invitation says what it got.
With every page: a yes whose slot is free takes it, and one that named a seat in vain goes first.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta

import pytest

from crm.domain.errors import Refused, UserError
from crm.domain.ids import new_id
from crm.domain.seats import LEASE, SLOT
from server.store import people
from tests.helpers.seat_laptops import Dump, SeatLaptop, SeatWorld
from tests.helpers.seats import (
    book,
    make_activity,
    resize,
    seat_twice,
    seats_within_capacity,
    tidy,
)
from tests.helpers.server import check_invariants, portfolio

STEPS = 120
LANDED = {"applied", "nothing"}


class Days:
    """Two managers, one with two laptops; all may be cloned, and the server put back."""

    def __init__(self, world, dice):
        self.world, self.dice, self.done = world, dice, Counter()
        self.epoch, self.batons = new_id(), {}
        self.managers = [world.manager() for _ in range(2)]
        self.activities = [make_activity(world, dice.randint(4, 9)) for _ in range(2)]
        self.laptops = [self.enrolled(m) for m in (*self.managers, self.managers[0])]
        self.invitations = {}  # record: (activity, customer)
        self.firm = {}  # operation of a yes from a slot: record
        self.dumps = []
        self.actions = [
            *[self.invite] * 3,
            *[self.say_yes] * 9,
            *[self.say_no] * 3,
            *[self.wish] * 2,
            *[self.sync] * 7,
            *[self.pass_time] * 2,
            *[self.tidy, self.dump, self.resize, self.move],
            *[self.clone, self.restore, self.delete],
        ]

    def enrolled(self, person):
        laptop = SeatLaptop(self.world, person).enrolled()
        laptop.epoch, laptop.baton = self.epoch, new_id()
        laptop.wanted = dict.fromkeys(self.activities, 2)
        return laptop

    def step(self):
        action = self.dice.choice(self.actions)
        try:
            action(self.dice.choice(self.laptops))
            self.done[action.__name__] += 1
        except IndexError:  # nothing there to do it to
            self.done["not possible"] += 1
        seats_within_capacity(self.world)

    # what managers do, with no network

    def invite(self, laptop):
        activity, customer = self.dice.choice(self.activities), laptop.customer()
        made = laptop.child(customer, "invitation", activity=activity, state="sent")
        laptop.queue += [customer, made]
        self.invitations[made.record] = (activity, customer.record)

    def own(self, laptop):
        """Return an invitation that this laptop knows."""
        known = {op.record: None for op in (*laptop.retained, *laptop.queue)}
        return self.dice.choice([record for record in known if record in self.invitations])

    def say_yes(self, laptop):
        record = self.own(laptop)
        activity, customer = self.invitations[record]
        yes = laptop.yes(record, activity, root=customer)
        if SLOT in yes.fields:
            self.firm[yes.id] = record
        elif self.dice.random() < 0.6:  # few ask: a long queue leaves no seat to lease
            return
        laptop.queue.append(yes)

    def say_no(self, laptop):
        record = self.own(laptop)
        laptop.queue.append(laptop.no(record, root=self.invitations[record][1]))

    def delete(self, laptop):
        record = self.own(laptop)
        held = self.world.find(record)
        if held is not None and not held.dead:
            laptop.queue.append(laptop.delete(held))

    def wish(self, laptop):
        laptop.wanted[self.dice.choice(self.activities)] = self.dice.randint(1, 4)

    # what the line does

    def sync(self, laptop):
        for _ in range(3):
            self.hello(laptop)
            try:
                self.push(laptop)
                return self.hello(laptop)
            except UserError as error:
                if error.code != "sync.fork":
                    raise
                self.fork(laptop)
        raise AssertionError("forked thrice in one sync")

    def hello(self, laptop):
        """With a baton that another laptop has taken on, or in another epoch: a fork."""
        known = self.batons.get(laptop.incarnation, laptop.baton)
        if known != laptop.baton or laptop.epoch != self.epoch:
            self.fork(laptop)
        laptop.baton = self.batons[laptop.incarnation] = new_id()
        laptop.hello(unsent=len(laptop.queue), epoch=laptop.epoch)

    def fork(self, laptop):
        laptop.fork()
        laptop.epoch, laptop.baton = self.epoch, new_id()

    def push(self, laptop):
        if not laptop.queue:
            return
        page = laptop.queue = laptop.numbered(laptop.queue)
        fresh = self.fresh(page)
        before = {activity: book(self.world, activity)[0] for activity in self.activities}
        if self.dice.random() < 0.2:
            laptop.send(page)  # the reply is lost
        results = [result for _, result in laptop.send(page).results]
        for place, (op, result) in enumerate(zip(page, results, strict=True)):
            settled = result.outcome in LANDED and op.id in fresh & self.firm.keys()
            if settled and op.record not in {other.record for other in page[place + 1 :]}:
                self.check_firm(op, before, page[:place])
        laptop.retain(page, results)

    def fresh(self, page):
        """Return the operations of a page that have no outcome yet."""
        with self.world.database.snapshot() as connection:
            known = people.receipts(connection, [op.id for op in page])
        return {
            op.id for op in page if known.get(op.id, {"outcome": "later"})["outcome"] == "later"
        }

    def check_firm(self, op, before, earlier):
        activity = self.invitations[op.record][0]
        seat = book(self.world, activity)[1].get(op.record)
        assert seat is not None, "a yes from a seat was dropped"
        named = (op.fields[LEASE][1], op.fields[SLOT][1])
        lease = before[activity].get(named[0])
        free = lease is not None and named[1] in lease.free
        taken = any(SLOT in o.fields and o.fields[SLOT][1] == named[1] for o in earlier)
        if free and not taken:
            assert seat.state == "confirmed", "its slot was free, and it has no seat"
        assert seat.state != "waiting" or seat.ahead, "it waits behind those who never had one"

    # what the server does, and what befalls it

    def pass_time(self, _):
        self.world.clock.pass_time(timedelta(hours=self.dice.choice([3, 30, 80, 200])))

    def tidy(self, _):
        tidy(self.world)

    def resize(self, _):
        try:
            resize(self.world, self.dice.choice(self.activities), self.dice.randint(3, 9))
        except Refused as refusal:
            if refusal.code != "seat.capacity":
                raise

    def move(self, _):
        _, customer = self.dice.choice([*self.invitations.values()])
        held = self.world.find(customer)
        if held is not None and not held.dead:
            self.world.move(customer, portfolio(self.dice.choice(self.managers)))

    def clone(self, laptop):
        if len(self.laptops) < 6:
            self.laptops.append(laptop.clone())

    def dump(self, _):
        self.dumps.append(Dump(self.world))

    def restore(self, _):
        if self.dice.random() < 0.4:
            self.epoch = self.dice.choice(self.dumps[-3:]).restore()

    # the end

    def rest(self):
        """Everybody syncs, the freeze runs out, and everybody syncs again."""
        for _ in range(2):
            for laptop in self.laptops:
                self.sync(laptop)
                seats_within_capacity(self.world)
            self.pass_time(None)
            self.world.clock.pass_time(timedelta(days=10))
            tidy(self.world)
        seats_within_capacity(self.world)
        check_invariants(self.world.database)
        self.check_told()

    def check_told(self):
        """Every firm yes has its outcome, and where it landed the invitation says so."""
        with self.world.database.snapshot() as connection:
            told = people.receipts(connection, self.firm)
        waiting = {op.id for laptop in self.laptops for op in laptop.queue}
        for operation, record in self.firm.items():
            assert operation in told or operation in waiting, "a firm yes is nowhere"
            held = self.world.find(record)
            if operation in told and told[operation]["outcome"] in LANDED and not held.dead:
                assert held.fields["state"] not in {"sent", "accepted"}


def live(database, seed, steps):
    days = Days(SeatWorld(database), random.Random(seed))
    for _ in range(steps):
        days.step()
    days.rest()
    return days


def test_random_days_never_give_more_seats_than_there_are(database, seed):
    done = live(database, seed, STEPS).done
    assert {"invite", "say_yes", "say_no", "sync", "wish"} <= done.keys(), done


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_planted_bug_seat_twice_is_found(database):
    """The bug is in counting, which knows no store; seed 0 finds it."""
    take_out = seat_twice()
    try:
        with pytest.raises(AssertionError, match=r"taken, leased free|honoured twice"):
            live(database, 0, STEPS)
    finally:
        take_out()


@pytest.mark.slow
@pytest.mark.parametrize("more", range(40))
def test_many_random_days_never_give_more_seats_than_there_are(database, seed, more):
    live(database, seed + more, steps=300)
