"""The table of recoveries: who forgot a passphrase, who decided, what was granted. SQL only."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.store import tables as t

OPEN = ("waiting", "approved")  # what may still become something
STATES = (*OPEN, "refused", "granted", "superseded", "expired")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """One request. What the columns hold: `tables.recovery`."""

    id: str
    enrolment: str
    person: str
    device: str
    sealed: str
    reply_key: str
    claim: str
    code: str
    state: str
    at: str
    decided_by: str | None = None
    decided_at: str | None = None
    granted_at: str | None = None
    incarnation: str | None = None
    made: str | None = None
    answer: str | None = None


def add(connection: Connection, recovery: Recovery) -> None:
    connection.execute(sa.insert(t.recovery).values(**asdict(recovery)))


def held(connection: Connection, request: str, *, lock: bool = False) -> Recovery | None:
    """Return a request; with `lock`, hold it until the transaction ends."""
    wanted = sa.select(t.recovery).where(t.recovery.c.id == request)
    row = connection.execute(wanted.with_for_update() if lock else wanted).one_or_none()
    return Recovery(**row._mapping) if row else None


def all_of(connection: Connection, states: Collection[str] = STATES) -> list[Recovery]:
    """Return the requests in one of `states`, the oldest first."""
    wanted = sa.select(t.recovery).where(t.recovery.c.state.in_(sorted(states)))
    rows = connection.execute(wanted.order_by(t.recovery.c.at, t.recovery.c.id))
    return [Recovery(**row._mapping) for row in rows]


def change(connection: Connection, request: str, **values: object) -> None:
    connection.execute(sa.update(t.recovery).where(t.recovery.c.id == request).values(**values))


def supersede(connection: Connection, enrolment: str) -> int:
    """Close what is open of a device; return how many there were."""
    open_ones = t.recovery.c.state.in_(OPEN)
    wanted = sa.update(t.recovery).where(t.recovery.c.enrolment == enrolment, open_ones)
    return connection.execute(wanted.values(state="superseded", sealed="")).rowcount


def forget(connection: Connection, asked_before: str, granted_before: str) -> None:
    """Close requests that are too old, and wipe answers that nobody may fetch any more."""
    column = t.recovery.c
    connection.execute(
        sa.update(t.recovery)
        .where(column.state.in_(OPEN), column.at < asked_before)
        .values(state="expired", sealed="")
    )
    connection.execute(
        sa.update(t.recovery)
        .where(column.answer.is_not(None), column.granted_at < granted_before)
        .values(answer=None)
    )


def close_all(connection: Connection) -> None:
    """Close what is open and wipe answers: a restored dump does not know who refused since."""
    connection.execute(
        sa.update(t.recovery).where(t.recovery.c.state.in_(OPEN)).values(state="expired", sealed="")
    )
    connection.execute(sa.update(t.recovery).values(answer=None))
