"""The table of signed statements about ended devices. Append-only: no row changes or goes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.store import tables as t
from server.store.among import among
from server.store.database import Database

TOLD, DESTROYED, HANDED_IN = "told", "destroyed", "handed_in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement. `what`: told (to destroy), destroyed (its key is gone), handed_in (what it
    had is here; everything is about to go). `token`: what was said, signed by this server."""

    id: str
    enrolment: str
    what: str
    at: str
    token: str


def add(database: Database, connection: Connection, statement: Statement) -> None:
    """Keep a statement; one that is known by its id stays as it was first made."""
    database.add_missing(connection, t.statement, [asdict(statement)])


def is_known(connection: Connection, statement: str) -> bool:
    wanted = sa.select(t.statement.c.id).where(t.statement.c.id == statement)
    return connection.execute(wanted).first() is not None


def of_devices(connection: Connection, enrolments: Collection[str]) -> dict[str, list[Statement]]:
    """Return {enrolment: its statements, the oldest first} of those that have any."""
    rows = connection.execute(
        sa.select(t.statement)
        .where(among(t.statement.c.enrolment, enrolments))
        .order_by(t.statement.c.at, t.statement.c.id)
    )
    found: dict[str, list[Statement]] = {}
    for row in rows:
        found.setdefault(row.enrolment, []).append(Statement(**row._mapping))
    return found
