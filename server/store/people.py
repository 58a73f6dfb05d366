"""People, their devices and grants; incarnations, receipts, quarantine. SQL only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from server.store import tables as t
from server.store.among import among
from server.store.database import Collided, Database

MOST_PURGES = 200_000  # of one incarnation


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    login: str
    name: str
    role: str
    branch: str | None
    password: str
    must_change: bool
    active: bool


@dataclass(frozen=True, slots=True)
class Device:
    """An enrolment with its person and the incarnation that was seen last."""

    enrolment: str
    device: str
    state: str
    at: str
    person: str
    login: str
    incarnation: str | None
    done: int
    unsent: int
    seen_at: str | None
    ended_at: str | None  # when a lost one was told, or a retired one stated, that all is gone
    branch: str | None  # of its person
    revoked_at: str | None  # when it was declared lost or retired, or another took its place
    revoked_by: str | None
    replaces: str | None  # the enrolment of the same computer that a recovery ended for it


@dataclass(frozen=True, slots=True)
class Incarnation:
    id: str
    enrolment: str | None
    person: str
    baton: str | None
    done: int
    safe: int
    acked: int
    unsent: int
    chain_head: str | None


@dataclass(frozen=True, slots=True)
class Grant:
    stream: str
    write: bool
    since: str
    until: str | None


def add_person(connection: Connection, **values: object) -> None:
    connection.execute(sa.insert(t.person).values(**values))


def find_person(connection: Connection, *, login: str) -> Person | None:
    row = connection.execute(sa.select(t.person).where(t.person.c.login == login)).one_or_none()
    return Person(**row._mapping) if row else None


def person_with(connection: Connection, person: str) -> Person | None:
    """Return the person with this id."""
    row = connection.execute(sa.select(t.person).where(t.person.c.id == person)).one_or_none()
    return Person(**row._mapping) if row else None


def people(connection: Connection) -> list[Person]:
    rows = connection.execute(sa.select(t.person).order_by(t.person.c.login))
    return [Person(**row._mapping) for row in rows]


def set_password(connection: Connection, person: str, hashed: str, *, must_change: bool) -> None:
    connection.execute(
        sa.update(t.person)
        .where(t.person.c.id == person)
        .values(password=hashed, must_change=must_change)
    )


def add_grant(connection: Connection, **values: object) -> None:
    connection.execute(sa.insert(t.stream_grant).values(**values))


def close_grant(
    connection: Connection, person: str, stream: str, until: str, *, write: bool | None = None
) -> int:
    """End a person's grants on a stream, those that were to end or begin later too; with `write`
    only those of that sort. Returns how many there were."""
    grant = t.stream_grant.c
    wanted = [
        grant.person == person,
        grant.stream == stream,
        sa.or_(grant.until.is_(None), grant.until > until),
    ]
    if write is not None:
        wanted.append(grant.write == write)
    return connection.execute(sa.update(t.stream_grant).where(*wanted).values(until=until)).rowcount


def grants(connection: Connection, person: str) -> list[Grant]:
    """Return every grant that the person has, had or will have."""
    grant = t.stream_grant.c
    rows = connection.execute(
        sa.select(grant.stream, grant.write, grant.since, grant.until).where(grant.person == person)
    )
    return [Grant(*row) for row in rows]


def grants_at(connection: Connection, person: str, at: str) -> tuple[Grant, ...]:
    """Return a person's grants as they stand at the moment `at`, by the server's clock.

    An open one has no `until`, whether or not its end is known; one that has not begun, or
    was taken back before it did, is left out: its owner has never been there.
    """
    return tuple(
        replace(grant, until=None) if grant.until and grant.until > at else grant
        for grant in grants(connection, person)
        if grant.since <= at and (grant.until is None or grant.until >= grant.since)
    )


def writers_at(connection: Connection, stream: str, at: str) -> list[Person]:
    """Return those who may write in a stream at the moment `at`."""
    grant = t.stream_grant.c
    open_now = sa.and_(grant.since <= at, sa.or_(grant.until.is_(None), grant.until > at))
    rows = connection.execute(
        sa.select(t.person)
        .where(
            t.person.c.id.in_(
                sa.select(grant.person).where(grant.stream == stream, grant.write, open_now)
            )
        )
        .order_by(t.person.c.login)
    )
    return [Person(**row._mapping) for row in rows]


def add_enrolment(connection: Connection, **values: object) -> None:
    connection.execute(sa.insert(t.enrolment).values(**values))


def revoke(
    connection: Connection,
    enrolment: str,
    state: str,
    *,
    at: str | None = None,
    by: str | None = None,
) -> bool:
    """Retire a device or declare it lost; tell whether there is such a device.

    Lost overrides retired, and never goes back. The first moment of a state stays.
    """
    known = enrolment_state(connection, enrolment)
    if known is not None and known not in ("lost", state):
        connection.execute(
            sa.update(t.enrolment)
            .where(t.enrolment.c.id == enrolment)
            .values(state=state, revoked_at=at, revoked_by=by)
        )
    return known is not None


def replace_enrolment(connection: Connection, enrolment: str, at: str) -> str:
    """End an enrolment whose computer was recovered: its token dies. Return which one a new one
    replaces: it, or that of an earlier recovery whose answer never reached the computer."""
    newest: str | None = enrolment
    ended = enrolment
    while newest is not None:
        ended = newest
        wanted = t.enrolment.c.id == ended
        connection.execute(
            sa.update(t.enrolment)
            .where(wanted, t.enrolment.c.state == "active")
            .values(state="replaced", revoked_at=at)
        )
        newest = _unheard_successor(connection, ended)
    return ended


def _unheard_successor(connection: Connection, enrolment: str) -> str | None:
    """Return the enrolment that a recovery made in the place of one, if nobody has used it."""
    enr, inc = t.enrolment.c, t.incarnation.c
    heard = sa.select(inc.enrolment).where(inc.enrolment.is_not(None), inc.seen_at.is_not(None))
    found = sa.select(enr.id).where(enr.replaces == enrolment, enr.id.not_in(heard))
    return connection.execute(found.order_by(enr.at.desc()).limit(1)).scalar_one_or_none()


def same_computer(connection: Connection, enrolment: str) -> set[str]:
    """Return every enrolment that one computer has had through recoveries, this one included."""
    column = t.enrolment.c
    found, fresh = {enrolment}, {enrolment}
    while fresh:
        rows = connection.execute(
            sa.select(column.id, column.replaces).where(
                sa.or_(column.id.in_(sorted(fresh)), column.replaces.in_(sorted(fresh)))
            )
        )
        fresh = {one for row in rows for one in row if one is not None} - found
        found |= fresh
    return found


def lock_computer(connection: Connection, enrolment: str) -> list[Mapping[str, Any]]:
    """Hold every enrolment of one computer until the transaction ends; return their rows.

    Who recovers a computer and who declares it lost wait for one another here: held in the order
    of their ids, and asked for again until nobody has added one meanwhile.
    """
    held: set[str] = set()
    rows: list[Mapping[str, Any]] = []
    while (known := same_computer(connection, enrolment)) > held:
        wanted = sa.select(t.enrolment).where(t.enrolment.c.id.in_(sorted(known)))
        found = connection.execute(wanted.order_by(t.enrolment.c.id).with_for_update())
        rows, held = [dict(row._mapping) for row in found], known
    return rows


def enrolment_of_token(connection: Connection, token_hash: str) -> Mapping[str, Any] | None:
    """Return the row of a device, whether its person is known or not."""
    row = connection.execute(
        sa.select(t.enrolment).where(t.enrolment.c.token == token_hash)
    ).one_or_none()
    return dict(row._mapping) if row else None


def end_enrolment(connection: Connection, enrolment_id: str, at: str) -> None:
    """Note when a device was told to destroy everything, or stated it; the first time counts."""
    wanted = t.enrolment.c.id == enrolment_id
    connection.execute(
        sa.update(t.enrolment).where(wanted, t.enrolment.c.ended_at.is_(None)).values(ended_at=at)
    )


def state_of_token(connection: Connection, token_hash: str) -> str | None:
    """Return the state of a device, whether its person is known or not."""
    return connection.execute(
        sa.select(t.enrolment.c.state).where(t.enrolment.c.token == token_hash)
    ).scalar_one_or_none()


def enrolment(connection: Connection, enrolment_id: str) -> Mapping[str, Any] | None:
    """Return an enrolment's row."""
    row = connection.execute(
        sa.select(t.enrolment).where(t.enrolment.c.id == enrolment_id)
    ).one_or_none()
    return dict(row._mapping) if row else None


def enrolment_state(connection: Connection, enrolment: str) -> str | None:
    return connection.execute(
        sa.select(t.enrolment.c.state).where(t.enrolment.c.id == enrolment)
    ).scalar_one_or_none()


def by_token(connection: Connection, token_hash: str) -> tuple[Person, str, str] | None:
    """Return (person, enrolment, its state) of a device token."""
    row = connection.execute(
        sa.select(t.person, t.enrolment.c.id.label("enrolment"), t.enrolment.c.state)
        .join(t.enrolment, t.enrolment.c.person == t.person.c.id)
        .where(t.enrolment.c.token == token_hash)
    ).one_or_none()
    if row is None:
        return None
    values = dict(row._mapping)
    enrolment, state = values.pop("enrolment"), values.pop("state")
    return Person(**values), enrolment, state


def devices(connection: Connection) -> list[Device]:
    """Return every device once, newest first."""
    inc, enr = t.incarnation.c, t.enrolment.c
    rows = connection.execute(
        sa.select(
            enr.id,
            enr.device,
            enr.state,
            enr.at,
            enr.person,
            sa.func.coalesce(t.person.c.login, "-"),  # a person whom a restored dump forgot
            inc.id.label("incarnation"),
            sa.func.coalesce(inc.done, 0),
            sa.func.coalesce(inc.unsent, 0),
            inc.seen_at,
            enr.ended_at,
            t.person.c.branch,
            enr.revoked_at,
            enr.revoked_by,
            enr.replaces,
        )
        .outerjoin(t.person, t.person.c.id == enr.person)
        .outerjoin(t.incarnation, inc.enrolment == enr.id)
        .order_by(enr.at.desc(), enr.id)
    )
    found: dict[str, Device] = {}
    for device in (Device(*tuple(row)) for row in rows):
        known = found.setdefault(device.enrolment, device)
        if (device.seen_at or "") > (known.seen_at or ""):
            found[device.enrolment] = device
    return list(found.values())


def add_incarnation(connection: Connection, **values: object) -> None:
    values = {"done": 0, "safe": 0, "acked": 0, "unsent": 0, **values}
    connection.execute(sa.insert(t.incarnation).values(**values))


def ensure_hand(
    database: Database, connection: Connection, incarnation_id: str, person: str
) -> None:
    """Make sure that the server's own hand of a person is there."""
    ensure_incarnation(database, connection, id=incarnation_id, person=person)


def ensure_incarnation(database: Database, connection: Connection, **values: object) -> None:
    """Make sure that an incarnation is there; one that is stays as it is."""
    empty = dict.fromkeys(str(name) for name in t.incarnation.c.keys())  # noqa: SIM118 - no dict
    first = {"done": 0, "safe": 0, "acked": 0, "unsent": 0}
    database.add_missing(connection, t.incarnation, [{**empty, **first, **values}])


def incarnation(
    connection: Connection, incarnation_id: str, *, lock: bool = False
) -> Incarnation | None:
    """Return an incarnation; with `lock`, hold it until the transaction ends."""
    wanted = sa.select(*(t.incarnation.c[f] for f in Incarnation.__slots__)).where(
        t.incarnation.c.id == incarnation_id
    )
    row = connection.execute(wanted.with_for_update() if lock else wanted).one_or_none()
    return Incarnation(*row) if row else None


def set_safe(connection: Connection, done: Mapping[str, int]) -> None:
    """Say up to which number each incarnation's operations lie in every restorable backup."""
    held = connection.execute(sa.select(t.incarnation.c.id, t.incarnation.c.safe))
    for incarnation_id, safe in held.all():
        if safe != done.get(incarnation_id, 0):
            update_incarnation(connection, incarnation_id, safe=done.get(incarnation_id, 0))


def update_incarnation(connection: Connection, incarnation_id: str, **values: object) -> None:
    connection.execute(
        sa.update(t.incarnation).where(t.incarnation.c.id == incarnation_id).values(**values)
    )


def receipts(connection: Connection, operations: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    """Return {operation id: receipt} of the known ones, each with its `person`."""
    rows = connection.execute(
        sa.select(t.receipt, t.incarnation.c.person)
        .join(t.incarnation, t.incarnation.c.id == t.receipt.c.incarnation)
        .where(among(t.receipt.c.operation, operations))
    )
    return {row.operation: dict(row._mapping) for row in rows}


def add_receipts(database: Database, connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Insert receipts. Raises: Collided when another transaction has settled one of them."""
    try:
        database.insert(connection, t.receipt, rows)
    except sa.exc.IntegrityError as error:
        raise Collided from error


def drop_waiting(connection: Connection, operations: Iterable[str]) -> None:
    """Remove receipts that said `later`, to be told anew."""
    wanted = among(t.receipt.c.operation, operations)
    connection.execute(sa.delete(t.receipt).where(wanted, t.receipt.c.outcome == "later"))


def set_aside(database: Database, connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Put operations of strangers into quarantine."""
    database.upsert(connection, t.quarantine, rows)


def count_incarnations(connection: Connection, enrolment_id: str) -> int:
    """Return how many incarnations a device has."""
    wanted = t.incarnation.c.enrolment == enrolment_id
    counted = sa.select(sa.func.count()).select_from(t.incarnation).where(wanted)
    return int(connection.execute(counted).scalar_one())


def count_purges(connection: Connection, incarnation_id: str) -> int:
    """Return how many removals an incarnation has stated."""
    wanted = t.purge.c.incarnation == incarnation_id
    counted = sa.select(sa.func.count()).select_from(t.purge).where(wanted)
    return int(connection.execute(counted).scalar_one())


def state_purges(
    database: Database,
    connection: Connection,
    incarnation_id: str,
    purges: Sequence[Mapping[str, str]],
    told_at: str,
) -> Sequence[str]:
    """Keep what a laptop stated to have removed ({root, at}); once, however often it is said.

    Returns the roots that are kept: all or, from a laptop that has stated too many, none but `*`.
    """
    if purges and count_purges(connection, incarnation_id) + len(purges) > MOST_PURGES:
        purges = [each for each in purges if each["root"] == "*"]
    rows = {
        (each["root"], each["at"]): {"incarnation": incarnation_id, "told_at": told_at, **each}
        for each in purges
    }
    database.add_missing(connection, t.purge, list(rows.values()))
    return [each["root"] for each in purges]


def purges_of(connection: Connection, incarnation_id: str) -> list[Mapping[str, Any]]:
    """Return what an incarnation has stated, oldest first."""
    rows = connection.execute(
        sa.select(t.purge)
        .where(t.purge.c.incarnation == incarnation_id)
        .order_by(t.purge.c.told_at, t.purge.c.root)
    )
    return [dict(row._mapping) for row in rows]


def quarantined(connection: Connection) -> list[Mapping[str, Any]]:
    rows = connection.execute(sa.select(t.quarantine).order_by(t.quarantine.c.at))
    return [dict(row._mapping) for row in rows]


def state(connection: Connection, *, lock: bool = False) -> Mapping[str, Any] | None:
    """Return the server's own row, or None before `init`; with `lock`, hold it."""
    wanted = sa.select(t.server_state)
    row = connection.execute(wanted.with_for_update() if lock else wanted).one_or_none()
    return dict(row._mapping) if row else None


def set_state(database: Database, connection: Connection, **values: object) -> None:
    database.upsert(connection, t.server_state, [{"id": 1, "fingerprint": None, **values}])


def computer(connection: Connection, incarnation_id: str) -> str | None:
    """Return the name that a device gave itself at enrolment; None for the server's own hand."""
    return connection.execute(
        sa.select(t.enrolment.c.device)
        .join(t.incarnation, t.incarnation.c.enrolment == t.enrolment.c.id)
        .where(t.incarnation.c.id == incarnation_id)
    ).scalar_one_or_none()


def update_state(connection: Connection, **values: object) -> None:
    connection.execute(sa.update(t.server_state).values(**values))
