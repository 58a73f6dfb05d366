"""Leases, seats and what became of them. SQL only; the rules are `exchange.seat_book`'s."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.store import tables as t
from server.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Slots of one activity that one incarnation may give away until `until`."""

    id: str
    activity: str
    incarnation: str
    person: str
    slots: dict[str, str]  # slot: free, used, returned, reclaimed
    until: str
    state: str = "open"  # open, ended

    @property
    def free(self) -> list[str]:
        return [slot for slot, state in self.slots.items() if state == "free"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """Where one invitation stands with its activity."""

    record: str
    activity: str
    state: str  # confirmed, offered, waiting
    ahead: bool
    ticket: int
    lease: str | None = None
    slot: str | None = None
    operation: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of an activity's record of its seats."""

    what: str
    record: str | None = None
    lease: str | None = None
    slot: str | None = None
    operation: str | None = None


@dataclass(slots=True)
class Rows:
    """Everything about the seats of one activity."""

    leases: dict[str, Lease] = field(default_factory=dict)
    seats: dict[str, Seat] = field(default_factory=dict)  # by record
    events: int = 0  # how many there are


def load(connection: Connection, activity: str) -> Rows:
    """Read an activity's leases and seats; right only under its lock."""
    leases = connection.execute(
        sa.select(t.lease).where(t.lease.c.activity == activity).order_by(t.lease.c.id)
    )
    seats = connection.execute(sa.select(t.seat).where(t.seat.c.activity == activity))
    events = connection.execute(
        sa.select(sa.func.coalesce(sa.func.max(t.seat_event.c.number), 0)).where(
            t.seat_event.c.activity == activity
        )
    ).scalar_one()
    return Rows(
        {row.id: _lease(row) for row in leases},
        {row.record: Seat(**row._mapping) for row in seats},
        int(events),
    )


def _lease(row: sa.Row[Any]) -> Lease:
    return Lease(**{**row._mapping, "slots": orjson.loads(row.slots)})


def _row(value: Lease | Seat | Event) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__slots__}


def save_leases(database: Database, connection: Connection, leases: Iterable[Lease]) -> None:
    rows = [{**_row(one), "slots": orjson.dumps(one.slots).decode()} for one in leases]
    database.upsert(connection, t.lease, rows)


def save_seats(
    database: Database, connection: Connection, seats: Iterable[Seat], gone: Collection[str]
) -> None:
    """Write seats, and remove those of the records that have none any more."""
    database.upsert(connection, t.seat, [_row(seat) for seat in seats])
    if gone:
        connection.execute(sa.delete(t.seat).where(t.seat.c.record.in_(sorted(gone))))


def add_events(
    database: Database,
    connection: Connection,
    activity: str,
    first: int,
    events: Iterable[Event],
    at: str,
) -> None:
    """Append events, numbered from `first` on."""
    rows = [
        {**_row(event), "activity": activity, "number": number, "at": at}
        for number, event in enumerate(events, start=first)
    ]
    database.insert(connection, t.seat_event, rows)


def events(connection: Connection, activity: str) -> list[dict[str, Any]]:
    """Return what became of an activity's seats, oldest first."""
    rows = connection.execute(
        sa.select(t.seat_event)
        .where(t.seat_event.c.activity == activity)
        .order_by(t.seat_event.c.number)
    )
    return [dict(row._mapping) for row in rows]


def activity_of_lease(connection: Connection, lease: str) -> str | None:
    return connection.execute(
        sa.select(t.lease.c.activity).where(t.lease.c.id == lease)
    ).scalar_one_or_none()


def activity_of_seat(connection: Connection, record: str) -> str | None:
    return connection.execute(
        sa.select(t.seat.c.activity).where(t.seat.c.record == record)
    ).scalar_one_or_none()


def confirmed_by(connection: Connection, operations: Collection[str]) -> list[Seat]:
    """Return the seats that these operations got and still have."""
    rows = connection.execute(
        sa.select(t.seat).where(
            t.seat.c.operation.in_(sorted(operations)), t.seat.c.state == "confirmed"
        )
    )
    return [Seat(**row._mapping) for row in rows]


def due(connection: Connection, leases_until: str, offers_until: str) -> list[str]:
    """Return the activities with open leases, or offers, that ended before these moments."""
    lease, seat = t.lease.c, t.seat.c
    found = connection.execute(
        sa.union(
            sa.select(lease.activity).where(lease.state == "open", lease.until < leases_until),
            sa.select(seat.activity).where(seat.state == "offered", seat.until < offers_until),
        )
    )
    return sorted(found.scalars())


def with_waiting(connection: Connection) -> list[str]:
    """Return the activities that somebody waits for."""
    rows = connection.execute(
        sa.select(t.seat.c.activity).where(t.seat.c.state == "waiting").distinct()
    )
    return sorted(rows.scalars())


def counts(connection: Connection, activity: str) -> tuple[int, int]:
    """Return how many seats are taken (offered ones too), and how many wait."""
    rows = connection.execute(
        sa.select(t.seat.c.state, sa.func.count())
        .where(t.seat.c.activity == activity)
        .group_by(t.seat.c.state)
    )
    found = {row[0]: int(row[1]) for row in rows}
    return found.get("confirmed", 0) + found.get("offered", 0), found.get("waiting", 0)


# The freeze after a restore


def frozen_until(connection: Connection) -> str | None:
    return connection.execute(sa.select(t.server_state.c.frozen_until)).scalar_one_or_none()


def set_frozen(connection: Connection, until: str | None) -> None:
    connection.execute(sa.update(t.server_state).values(frozen_until=until))


def epoch(connection: Connection) -> str:
    return str(connection.execute(sa.select(t.server_state.c.epoch)).scalar_one())


def note_synced(database: Database, connection: Connection, incarnation: str, epoch: str) -> bool:
    """Note that the device of an incarnation has brought everything since `epoch` began.

    Returns whether there is such a device.
    """
    enrolment = connection.execute(
        sa.select(t.incarnation.c.enrolment).where(t.incarnation.c.id == incarnation)
    ).scalar_one_or_none()
    if enrolment is not None:
        database.upsert(connection, t.seat_synced, [{"enrolment": enrolment, "epoch": epoch}])
    return enrolment is not None


def all_synced(connection: Connection, epoch: str) -> bool:
    """Tell whether every active device has brought everything since `epoch` began."""
    synced = t.seat_synced.c
    missing = connection.execute(
        sa.select(sa.func.count())
        .select_from(t.enrolment)
        .outerjoin(
            t.seat_synced,
            sa.and_(synced.enrolment == t.enrolment.c.id, synced.epoch == epoch),
        )
        .where(t.enrolment.c.state == "active", synced.enrolment.is_(None))
    ).scalar_one()
    return not missing
