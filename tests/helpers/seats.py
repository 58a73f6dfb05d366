"""Seats for tests: make an activity, say yes, and look whether more was given than there is.

Everything here works on any server of the tests that has `exchange` and `branch` (`LiveServer`,
`World`), whose schema holds the kinds of `seat_kinds`.
"""

from __future__ import annotations

from crm.domain.ids import new_id
from server.exchange import seat_acts
from server.exchange.hand import Hand
from server.exchange.seat_book import USED, Book
from server.store import records, seats


def make_activity(server, capacity, name="茶话会"):
    """Make an activity at the branch; return its id."""
    activity = new_id()
    made = Hand(server.exchange).create(
        "activity",
        {"name": name, "capacity": capacity},
        record=activity,
        home=f"branch:{server.branch}",
    )
    assert made.outcome == "applied"
    return activity


def resize(server, activity, capacity):
    """Let an activity have another number of seats. Raises: Refused `seat.capacity`."""
    return Hand(server.exchange).edit(activity, {"capacity": capacity})


def invite(laptop, customer, activity):
    """Invite a customer from a real laptop; return the invitation's id."""
    return laptop.create("invitation", customer, activity=activity, state="sent")


def say_yes(laptop, invitation):
    """Say yes on a real laptop; return the answer: `firm`, and `until` when to sync by."""
    from desktop.services.seats import say_yes as say

    return say(laptop.replica.unit_of_work, laptop.schema, laptop.trusted, invitation)


def withdraw(laptop, invitation):
    """Give a seat, an offer or a place in the queue back, on a real laptop."""
    from desktop.services.seats import withdraw as give_back

    give_back(laptop.replica.unit_of_work, laptop.schema, invitation)


def tidy(server):
    """Let the server do what has come due."""
    return seat_acts.tidy(server.exchange.seats)


def freeze(server, epoch=None):
    """Freeze a server as a restore does, perhaps with a new epoch."""
    exchange = server.exchange
    with exchange.database.writing() as connection:
        if epoch is not None:
            connection.exec_driver_sql(f"UPDATE server_state SET epoch = '{epoch}'")
        return seat_acts.freeze(exchange.database, connection, exchange.schema, exchange.now())


def book(server, activity):
    """Return (leases, seats) of an activity as they are stored."""
    with server.exchange.database.snapshot() as connection:
        rows = seats.load(connection, activity)
    return rows.leases, rows.seats


def events(server, activity):
    with server.exchange.database.snapshot() as connection:
        return [event["what"] for event in seats.events(connection, activity)]


def seats_within_capacity(server):
    """Fail unless no activity has given more than it has, and each record says what it got."""
    with server.exchange.database.snapshot() as connection:
        activities = records.of_kind(connection, "activity")
        invitations = {r.id: r for r in records.of_kind(connection, "invitation")}
        held = {a.id: seats.load(connection, a.id) for a in activities}
    seated = {}
    for activity in activities:
        rows = held[activity.id]
        leased = sum(len(lease.free) for lease in rows.leases.values())
        taken = [seat for seat in rows.seats.values() if seat.state != "waiting"]
        capacity = activity.fields.get("capacity", 0)
        told = (activity.fields["name"], capacity, len(taken), leased)
        assert len(taken) + leased <= capacity, f"(name, capacity, taken, leased free) {told}"
        used = [(seat.lease, seat.slot) for seat in taken if seat.slot]
        assert len(used) == len(set(used)), "a slot was honoured twice"
        seated.update(rows.seats)
    for record in invitations.values():
        _check_state(record, seated.get(record.id))


SAID = {
    "confirmed": {"confirmed", "attended", "no_show"},
    "offered": {"offered"},
    "waiting": {"waitlisted"},
}


def _check_state(record, seat):
    state = record.fields["state"]
    if seat is None:
        assert state not in {"confirmed", "offered", "waitlisted"}, f"{state} without a seat"
    else:
        assert state in SAID[seat.state], f"{state} with a seat that is {seat.state}"


def seat_twice():
    """Plant the bug of that name: a slot stays free when it is used (`slot-once`).

    Returns the function that takes it out again.
    """
    whole = Book.spend

    def spend(self, lease, slot, state):
        if state != USED:
            whole(self, lease, slot, state)

    Book.spend = spend
    return lambda: setattr(Book, "spend", whole)
