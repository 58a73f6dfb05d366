"""The heads that laptops told of their chains: of receipts (`chain_head`), of the access log
(`access_head`, and there each link too). Append-only: nothing here changes or removes a row.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
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


def add(
    database: Database, connection: Connection, head: Head, table: sa.Table = t.chain_head
) -> None:
    """Append a row."""
    database.insert(connection, table, [asdict(head)])


def last(
    connection: Connection,
    incarnation: str,
    *,
    fitting: bool = False,
    table: sa.Table = t.chain_head,
) -> Head | None:
    """Return the newest row of an incarnation; with `fitting`, the newest that followed."""
    column = table.c
    wanted = sa.select(table).where(column.incarnation == incarnation)
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


# --- the access log ---


def add_links(
    database: Database, connection: Connection, incarnation: str, first: int, links: Sequence[str]
) -> None:
    """Append commitments (hex) to an incarnation's chain of the access log, from place `first`."""
    rows = [
        {"incarnation": incarnation, "place": place, "commitment": link}
        for place, link in enumerate(links, start=first)
    ]
    database.insert(connection, t.access_link, rows)


def access_heads(connection: Connection, incarnations: Collection[str]) -> list[Head]:
    """Return the heads of these incarnations, by incarnation and place."""
    column = t.access_head.c
    rows = connection.execute(
        sa.select(t.access_head)
        .where(column.incarnation.in_(sorted(incarnations)))
        .order_by(column.incarnation, column.place)
    )
    return [Head(**row._mapping) for row in rows]


def access_links(
    connection: Connection, incarnations: Collection[str]
) -> dict[str, dict[int, str]]:
    """Return the commitments of these incarnations' chains: {incarnation: {place: hex}}."""
    column = t.access_link.c
    rows = connection.execute(
        sa.select(t.access_link).where(column.incarnation.in_(sorted(incarnations)))
    )
    found: dict[str, dict[int, str]] = {}
    for row in rows:
        found.setdefault(row.incarnation, {})[row.place] = row.commitment
    return found
