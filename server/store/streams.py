"""Streams: the locks, the totals. A stream row is locked by each of its writers."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crm.records.canonical import digest_text
from server.store import tables as t
from server.store.database import Database

# Causes of departures that a hello counts, and signs: the laptop need not ask anybody.
SIGNED_CAUSES = ("moved", "merged", "erased")


@dataclass(slots=True)
class Totals:
    """A stream's row. `digest` is the sum of content hashes mod 2^128."""

    id: str
    head: int = 0
    live: int = 0
    digest: int = 0
    floor: int = 0


def lock(database: Database, connection: Connection, ids: Collection[str]) -> dict[str, Totals]:
    """Lock these streams in order of id, making those that are new (`locked-write`).

    New ones are inserted in order of id too, before any other is locked.
    """
    ordered = sorted(ids)
    if not ordered:
        return {}
    known = set(read(connection, ordered))
    missing = [i for i in ordered if i not in known]
    if missing:
        _make(database, connection, missing)
    rows = connection.execute(
        sa.select(t.stream)
        .where(t.stream.c.id.in_(ordered))
        .order_by(t.stream.c.id)
        .with_for_update()
    )
    return {row.id: _totals(row) for row in rows}


def _make(database: Database, connection: Connection, ids: Iterable[str]) -> None:
    database.add_missing(connection, t.stream, [_row(Totals(i)) for i in ids])


def _row(totals: Totals) -> dict[str, object]:
    return {
        "id": totals.id,
        "head": totals.head,
        "live": totals.live,
        "digest": digest_text(totals.digest),
        "floor": totals.floor,
    }


def _totals(row: sa.Row[tuple[object, ...]]) -> Totals:
    return Totals(row.id, row.head, row.live, int(row.digest, 16), row.floor)


def read(connection: Connection, ids: Iterable[str]) -> dict[str, Totals]:
    """Return the totals of those streams that exist, in one statement: one snapshot."""
    rows = connection.execute(sa.select(t.stream).where(t.stream.c.id.in_(sorted(set(ids)))))
    return {row.id: _totals(row) for row in rows}


def read_all(connection: Connection) -> list[Totals]:
    """Return every stream, by id."""
    return [_totals(row) for row in connection.execute(sa.select(t.stream).order_by("id"))]


def save(database: Database, connection: Connection, totals: Iterable[Totals]) -> None:
    """Write totals back."""
    database.upsert(connection, t.stream, [_row(s) for s in totals])


def _old(before: str) -> sa.Select[tuple[str, int]]:
    """Select (stream, number) of departures accepted before a moment, which revisions tell."""
    entry, revision = t.stream_log.c, t.revision.c
    return (
        sa.select(entry.stream, entry.number)
        .join(
            t.revision,
            sa.and_(revision.record == entry.record, revision.version == entry.version),
        )
        .where(entry.gone, revision.accepted_at < before)
    )


def old_departures(connection: Connection, before: str) -> dict[str, int]:
    """Return how many departures each stream holds from before a moment."""
    old = _old(before).subquery().c
    rows = connection.execute(
        sa.select(old.stream, sa.func.count()).group_by(old.stream).order_by(old.stream)
    )
    return {row[0]: row[1] for row in rows}


def departures_before(connection: Connection, stream: str, before: str, limit: int) -> list[int]:
    """Return the numbers of a stream's oldest departures from before a moment, in order."""
    entry = t.stream_log.c
    wanted = _old(before).where(entry.stream == stream).order_by(entry.number).limit(limit)
    return [row.number for row in connection.execute(wanted)]


def forget(connection: Connection, stream: str, numbers: Collection[int]) -> None:
    """Remove departures from a stream's log; the caller moves the floor."""
    entry = t.stream_log.c
    ordered = sorted(numbers)
    for start in range(0, len(ordered), 500):
        chunk = ordered[start : start + 500]
        connection.execute(
            sa.delete(t.stream_log).where(
                entry.stream == stream, entry.number.in_(chunk), entry.gone
            )
        )


def count_moved(connection: Connection, stream: str, after: int) -> int:
    """Count the records that were moved or merged away, by entries behind `after`."""
    entry = t.stream_log.c
    wanted = (entry.stream == stream, entry.number > after, entry.cause.in_(SIGNED_CAUSES))
    count = sa.select(sa.func.count()).select_from(t.stream_log).where(*wanted, entry.gone)
    return int(connection.execute(count).scalar_one())


@dataclass(frozen=True, slots=True)
class LogCount:
    """What a stream's log holds, for verify."""

    highest: int
    puts: int
    true_puts: int  # of a record that lives here, at this version


def count_log(connection: Connection, stream: str) -> LogCount:
    """Count a stream's log entries."""
    entry, record = t.stream_log.c, t.record.c
    is_true = sa.and_(
        record.stream == entry.stream, sa.not_(record.dead), record.version == entry.version
    )
    row = connection.execute(
        sa.select(
            sa.func.coalesce(sa.func.max(entry.number), 0),
            sa.func.coalesce(sa.func.sum(sa.case((entry.gone, 0), else_=1)), 0),
            sa.func.coalesce(sa.func.sum(sa.case((entry.gone, 0), (is_true, 1), else_=0)), 0),
        )
        .select_from(t.stream_log)
        .outerjoin(t.record, record.id == entry.record)
        .where(entry.stream == stream)
    ).one()
    return LogCount(*map(int, row))
