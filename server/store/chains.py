"""The table of receipt chains' heads. Append-only: nothing here changes or removes a row."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.store import tables as t
from server.store.database import Database


@dataclass(frozen=True, slots=True)
class Head:
    """What one hello said of a chain: its length and head (hex), and whether it followed."""

    incarnation: str
    place: int  # of this row among the incarnation's, from 1
    length: int
    head: str
    at: str
    fits: bool


def add(database: Database, connection: Connection, head: Head) -> None:
    """Append a row."""
    database.insert(connection, t.chain_head, [asdict(head)])


def last(connection: Connection, incarnation: str, *, fitting: bool = False) -> Head | None:
    """Return the newest row of an incarnation; with `fitting`, the newest that followed."""
    column = t.chain_head.c
    wanted = sa.select(t.chain_head).where(column.incarnation == incarnation)
    if fitting:
        wanted = wanted.where(column.fits)
    row = connection.execute(wanted.order_by(column.place.desc()).limit(1)).one_or_none()
    return None if row is None else Head(**row._mapping)


def of_enrolment(connection: Connection, enrolment: str) -> list[Head]:
    """Return every row of a device, by incarnation and place, the oldest first."""
    column = t.chain_head.c
    rows = connection.execute(
        sa.select(t.chain_head)
        .join(t.incarnation, t.incarnation.c.id == column.incarnation)
        .where(t.incarnation.c.enrolment == enrolment)
        .order_by(column.at, column.incarnation, column.place)
    )
    return [Head(**row._mapping) for row in rows]


def broken(connection: Connection) -> set[str]:
    """Return the enrolments of which a head did not follow, in whatever incarnation."""
    rows = connection.execute(
        sa.select(t.incarnation.c.enrolment)
        .join(t.chain_head, t.chain_head.c.incarnation == t.incarnation.c.id)
        .where(sa.not_(t.chain_head.c.fits))
        .distinct()
    )
    return {row.enrolment for row in rows}
