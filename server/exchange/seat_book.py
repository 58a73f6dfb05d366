"""The seats of one activity, as a transaction that holds its lock sees and changes them.

Counts and queues only: records and streams are `seating`'s. The lock is the row of the stream
`activity:<id>`, whatever stream the activity itself lies in: seats never lock a branch.

What is taken is what is confirmed, what is offered, and what is leased and free: never more than
the capacity (`capacity`), because every way in asks `room` first, and a yes from a leased slot
takes the place that the slot held already.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from sqlalchemy.engine import Connection

from server.store import seats as store
from server.store.database import Database
from server.store.seats import Event, Lease, Seat

FREE, USED, RETURNED, RECLAIMED = "free", "used", "returned", "reclaimed"  # a slot
CONFIRMED, OFFERED, WAITING = "confirmed", "offered", "waiting"  # a seat
OPEN, ENDED = "open", "ended"  # a lease


def seat_stream(activity: str) -> str:
    """Return the stream whose lock is the lock of an activity's seats."""
    return f"activity:{activity}"


@dataclass(slots=True)
class Book:
    """Leases, seats and the queue of one activity; remembers what it changed."""

    activity: str
    leases: dict[str, Lease]
    seats: dict[str, Seat]  # by record
    known_events: int
    events: list[Event] = field(default_factory=list)
    _leases: set[str] = field(default_factory=set)  # changed
    _seats: set[str] = field(default_factory=set)  # changed or gone

    @classmethod
    def read(cls, connection: Connection, activity: str) -> Book:
        rows = store.load(connection, activity)
        return cls(activity, rows.leases, rows.seats, rows.events)

    def copy(self) -> Book:
        return Book(
            self.activity,
            dict(self.leases),
            dict(self.seats),
            self.known_events,
            list(self.events),
            set(self._leases),
            set(self._seats),
        )

    @property
    def changed(self) -> bool:
        return bool(self._leases or self._seats)

    def save(self, database: Database, connection: Connection, at: str) -> None:
        """Write what was changed, in the caller's transaction."""
        store.save_leases(database, connection, [self.leases[i] for i in sorted(self._leases)])
        kept = [self.seats[i] for i in sorted(self._seats) if i in self.seats]
        gone = [i for i in self._seats if i not in self.seats]
        store.save_seats(database, connection, kept, gone)
        first = self.known_events + 1
        store.add_events(database, connection, self.activity, first, self.events, at)

    # counting

    @property
    def taken(self) -> int:
        """Return how many places are confirmed, offered, or leased and free."""
        leased = sum(len(lease.free) for lease in self.leases.values())
        return leased + sum(seat.state != WAITING for seat in self.seats.values())

    def waiting(self) -> list[Seat]:
        """Return the queue, its head first: those who had a firm yes, then the others."""
        queue = [seat for seat in self.seats.values() if seat.state == WAITING]
        return sorted(queue, key=lambda seat: (not seat.ahead, seat.ticket))

    def state_of(self, record: str) -> str | None:
        seat = self.seats.get(record)
        return seat.state if seat else None

    # changing

    def confirm(self, record: str, operation: str, lease: str | None, slot: str | None) -> None:
        """Give a seat. A slot that is named is honoured once (`slot-once`)."""
        if lease is not None and slot is not None:
            self.spend(lease, slot, USED)
        seat = self._seat(record, CONFIRMED, ahead=True)
        self._put(replace(seat, lease=lease, slot=slot, operation=operation, until=None))
        self._tell("confirmed", record, lease, slot, operation)

    def wait(self, record: str, *, ahead: bool) -> None:
        """Put somebody into the queue, behind all who are as far ahead."""
        was = self.seats.get(record)
        if was is not None and was.state == WAITING and (was.ahead or not ahead):
            return
        self._put(self._seat(record, WAITING, ahead=ahead))
        self._tell("waitlisted", record)

    def offer(self, record: str, until: str) -> None:
        self._put(replace(self.seats[record], state=OFFERED, until=until))
        self._tell("offered", record)

    def release(self, record: str, what: str = "released") -> bool:
        """Take a seat, an offer or a place in the queue back; tell whether there was one."""
        seat = self.seats.pop(record, None)
        if seat is None:
            return False
        self._seats.add(record)
        self._tell(what, record, seat.lease, seat.slot)
        return True

    def spend(self, lease: str, slot: str, state: str) -> None:
        """Let a slot be free no more; for ever."""
        held = self.leases[lease]
        slots = {**held.slots, slot: state}
        ended = FREE not in slots.values()
        self._put_lease(replace(held, slots=slots, state=ENDED if ended else held.state))

    def open_lease(self, lease: Lease) -> None:
        self._put_lease(lease)
        self._tell("leased", lease=lease.id)

    def revive_lease(self, lease: Lease) -> None:
        """Make a lease known that only a token told of (`token`): no slot of it is free."""
        self._put_lease(replace(lease, slots={}, state=ENDED))
        self._tell("revived", lease=lease.id)

    def extend(self, lease: Lease, until: str) -> Lease:
        extended = replace(lease, until=until)
        self._put_lease(extended)
        self._tell("extended", lease=lease.id)
        return extended

    def reclaim(self, lease: Lease) -> int:
        """Take the free slots of a lease back, by a recorded event; return how many."""
        free = lease.free
        slots = {slot: RECLAIMED if state == FREE else state for slot, state in lease.slots.items()}
        self._put_lease(replace(lease, slots=slots, state=ENDED))
        for slot in free:
            self._tell("reclaimed", lease=lease.id, slot=slot)
        return len(free)

    def _seat(self, record: str, state: str, *, ahead: bool) -> Seat:
        ticket = self.known_events + len(self.events) + 1  # grows with every event
        return Seat(record=record, activity=self.activity, state=state, ahead=ahead, ticket=ticket)

    def _put(self, seat: Seat) -> None:
        self.seats[seat.record] = seat
        self._seats.add(seat.record)

    def _put_lease(self, lease: Lease) -> None:
        self.leases[lease.id] = lease
        self._leases.add(lease.id)

    def _tell(
        self,
        what: str,
        record: str | None = None,
        lease: str | None = None,
        slot: str | None = None,
        operation: str | None = None,
    ) -> None:
        event = Event(what=what, record=record, lease=lease, slot=slot, operation=operation)
        self.events.append(event)


def save_all(
    database: Database, connection: Connection, books: Iterable[Book], at: str
) -> frozenset[str]:
    """Write the books that were changed; return their activities."""
    changed = [book for book in books if book.changed]
    for book in changed:
        book.save(database, connection, at)
    return frozenset(book.activity for book in changed)
