"""Reading and writing records, their log, revisions and keys. SQL only; no rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from crm.domain.kind import UNKNOWN_RANK, kind_of
from crm.domain.kinds import SCHEMA, Conflict, DuplicateLink
from crm.records.canonical import content_hash
from server.store import tables as t
from server.store.among import among, member
from server.store.database import Database

CONFLICT_RANK = kind_of(Conflict).rank  # what the index finds conflicts by
LINK_RANK = kind_of(DuplicateLink).rank
MANY_KEYS = 100
ALL_KEYS = 0x59495A48  # the number of an advisory lock of our own

_LOCK_EACH = sa.text(
    "SELECT pg_advisory_xact_lock(number)"
    " FROM (SELECT number FROM unnest(CAST(:numbers AS bigint[])) AS number ORDER BY 1) AS sorted"
)


@dataclass(slots=True)
class StoredRecord:
    """One record as the server holds it; the working copy of a transaction."""

    id: str
    kind: str
    rank: int
    root: str
    parent: str | None
    stream: str
    version: int
    hash: bytes | None
    dead: bool
    merged_into: str | None
    fields: dict[str, Any] = field(default_factory=dict)
    aside: str | None = None

    def copy(self) -> StoredRecord:
        return StoredRecord(
            self.id,
            self.kind,
            self.rank,
            self.root,
            self.parent,
            self.stream,
            self.version,
            self.hash,
            self.dead,
            self.merged_into,
            dict(self.fields),
            self.aside,
        )


# In the order of StoredRecord's own.
_RECORDS = sa.select(*(t.record.c[name] for name in StoredRecord.__slots__))


def _stored(row: Sequence[Any]) -> StoredRecord:
    record = StoredRecord(*row)
    record.fields = orjson.loads(row[_FIELDS])
    return record


_FIELDS = StoredRecord.__slots__.index("fields")


def load(connection: Connection, ids: Iterable[str]) -> dict[str, StoredRecord]:
    """Return the records among `ids` that exist, dead ones too."""
    rows = connection.execute(_RECORDS.where(among(t.record.c.id, ids))).all()
    return {row[0]: _stored(row) for row in rows}


def streams_of(connection: Connection, ids: Iterable[str]) -> frozenset[str]:
    """Return the streams where these records lie now."""
    rows = connection.execute(
        sa.select(t.record.c.stream).where(among(t.record.c.id, ids)).distinct()
    )
    return frozenset(rows.scalars())


def family(connection: Connection, root: str) -> list[StoredRecord]:
    """Return every record of a family, dead ones too, parents before children."""
    rows = connection.execute(
        _RECORDS.where(t.record.c.root == root).order_by(t.record.c.rank, t.record.c.id)
    )
    return [_stored(row) for row in rows]


def families(connection: Connection, roots: Iterable[str]) -> list[StoredRecord]:
    """Return every record of several families, dead ones too."""
    rows = connection.execute(_RECORDS.where(among(t.record.c.root, roots)))
    return list(map(_stored, rows))


def roots_of(connection: Connection, stream: str) -> list[tuple[str, str, bool]]:
    """Return (id, kind, dead) of the roots that lie in a stream, oldest first."""
    record = t.record.c
    rows = connection.execute(
        sa.select(record.id, record.kind, record.dead)
        .where(record.stream == stream, record.parent.is_(None))
        .order_by(record.id)
    )
    return [(row.id, row.kind, row.dead) for row in rows]


def naming_others(connection: Connection, streams: Collection[str]) -> list[StoredRecord]:
    """Return the living duplicate links of some streams that name the other customer."""
    rows = connection.execute(
        _RECORDS.where(
            t.record.c.stream.in_(sorted(streams)),
            t.record.c.rank == LINK_RANK,
            t.record.c.kind == "duplicate_link",
            t.record.c.fields.contains('"other":', autoescape=True),
            sa.not_(t.record.c.dead),
        )
    )
    return [_stored(row) for row in rows]


def links_under(connection: Connection, roots: Iterable[str]) -> list[StoredRecord]:
    """Return the living duplicate links of these customers."""
    rows = connection.execute(
        _RECORDS.where(
            among(t.record.c.root, roots),
            t.record.c.kind == "duplicate_link",
            sa.not_(t.record.c.dead),
        )
    )
    return list(map(_stored, rows))


def add(database: Database, connection: Connection, records: Collection[StoredRecord]) -> None:
    """Insert records that were not there; an id that came to be meanwhile is an error."""
    database.insert(connection, t.record, [_row(r) for r in records])


def save(database: Database, connection: Connection, records: Collection[StoredRecord]) -> None:
    """Write working copies back."""
    database.upsert(connection, t.record, [_row(r) for r in records])


def _row(record: StoredRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "kind": record.kind,
        "rank": record.rank,
        "root": record.root,
        "parent": record.parent,
        "stream": record.stream,
        "version": record.version,
        "hash": record.hash,
        "dead": record.dead,
        "merged_into": record.merged_into,
        "fields": orjson.dumps(record.fields, option=orjson.OPT_SORT_KEYS).decode(),
        "aside": record.aside,
    }


def log(database: Database, connection: Connection, entries: list[dict[str, Any]]) -> None:
    """Write stream log entries; the newest entry of a record in a stream replaces the older."""
    database.upsert(connection, t.stream_log, entries)


def revise(database: Database, connection: Connection, revisions: list[dict[str, Any]]) -> None:
    """Append revisions: the audit trail."""
    database.insert(connection, t.revision, revisions)


def history(connection: Connection, record_id: str) -> list[Mapping[str, Any]]:
    """Return the revisions of a record, oldest first."""
    rows = connection.execute(
        sa.select(t.revision).where(t.revision.c.record == record_id).order_by(t.revision.c.version)
    )
    return [dict(row._mapping) for row in rows]


def histories(connection: Connection, ids: Collection[str]) -> dict[str, list[Mapping[str, Any]]]:
    """Return the revisions of several records, oldest first."""
    rows = connection.execute(
        sa.select(t.revision).where(among(t.revision.c.record, ids)).order_by(t.revision.c.version)
    )
    found: dict[str, list[Mapping[str, Any]]] = {record_id: [] for record_id in ids}
    for row in rows:
        found[row.record].append(dict(row._mapping))
    return found


def streams_lived(connection: Connection, ids: Collection[str]) -> set[str]:
    """Return the streams where any of these records lies or has lain."""
    rows = connection.execute(
        sa.select(t.stream_log.c.stream).where(among(t.stream_log.c.record, ids)).distinct()
    )
    return set(rows.scalars())


def conflicts_about(
    connection: Connection, stream: str, ids: Collection[str]
) -> list[StoredRecord]:
    """Return the live conflict records of a stream that concern any of these records."""
    rows = connection.execute(
        _RECORDS.where(
            t.record.c.stream == stream,
            t.record.c.rank == CONFLICT_RANK,
            t.record.c.kind == "conflict",
            sa.not_(t.record.c.dead),
            among(member(t.record.c.fields, "record"), ids),
        )
    )
    return [_stored(row) for row in rows]


def rank_anew(connection: Connection) -> None:
    """Give records the rank of their kind that came while this server did not know it yet.

    An older program takes them from newer laptops; we find some kinds by their rank. Reads all.
    """
    record, ranks = t.record.c, {kind.name: kind.rank for kind in SCHEMA.kinds}
    connection.execute(
        sa.update(t.record)
        .where(record.rank == UNKNOWN_RANK, record.kind.in_(sorted(ranks)))
        .values(rank=sa.case(ranks, value=record.kind, else_=record.rank))
    )


def settled_conflicts(connection: Connection, before: str) -> list[StoredRecord]:
    """Return living conflicts that are settled and have not changed since `before`. Reads all."""
    record, revision = t.record.c, t.revision.c
    rows = connection.execute(
        _RECORDS.join(
            t.revision,
            sa.and_(revision.record == record.id, revision.version == record.version),
        )
        .where(
            record.rank == CONFLICT_RANK,
            record.kind == "conflict",
            sa.not_(record.dead),
            revision.accepted_at < before,
        )
        .order_by(record.id)
    )
    found = [_stored(row) for row in rows]
    return [one for one in found if one.fields.get("state") != "open"]


def key_hash(key: str) -> str:
    """Return what is stored of a natural key."""
    return blake2b(key.encode(), digest_size=16).hexdigest()


def lock_keys(database: Database, connection: Connection, keys: Iterable[str]) -> None:
    """Let two transactions that bring the same key come one after the other (`twin`)."""
    numbers = sorted({int.from_bytes(bytes.fromhex(key)[:8], "big", signed=True) for key in keys})
    if database.is_sqlite or not numbers:
        return  # BEGIN IMMEDIATE already did
    if len(numbers) > MANY_KEYS:  # the table of locks is small: take the one above them all
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(ALL_KEYS)))
        return
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(ALL_KEYS)))
    connection.execute(_LOCK_EACH, {"numbers": numbers})


def holders(connection: Connection, keys: Iterable[str]) -> dict[str, list[str]]:
    """Return {hashed key: ids of the records that have it}."""
    found: dict[str, list[str]] = {}
    rows = connection.execute(
        sa.select(t.natural_key.c.key, t.natural_key.c.record).where(
            among(t.natural_key.c.key, keys)
        )
    )
    for key, record_id in rows:
        found.setdefault(key, []).append(record_id)
    return found


def replace_keys(
    database: Database,
    connection: Connection,
    records: Collection[str],
    rows: list[dict[str, Any]],
) -> None:
    """Replace the natural keys of `records`."""
    if records:
        connection.execute(sa.delete(t.natural_key).where(among(t.natural_key.c.record, records)))
    database.insert(connection, t.natural_key, rows)


def fates(connection: Connection, ids: Iterable[str]) -> dict[str, tuple[str, str | None]]:
    """Return {record: (outcome, anchor)} for creates that made no row."""
    rows = connection.execute(sa.select(t.fate).where(among(t.fate.c.record, ids)))
    return {r.record: (r.outcome, r.anchor) for r in rows}


def set_fates(database: Database, connection: Connection, rows: list[dict[str, Any]]) -> None:
    database.upsert(connection, t.fate, rows)


# Pages. Rows are plain tuples: they become wire text without passing through objects.

_PAGE = (
    t.record.c.id,
    t.record.c.kind,
    t.record.c.version,
    t.record.c.parent,
    t.record.c.root,
    t.record.c.fields,
    t.record.c.aside,
)


def log_page(connection: Connection, stream: str, after: int, limit: int) -> list[Row[Any]]:
    """Return (number, gone, cause, log version, *record columns) behind `after`.

    The page is cut before it is joined: else PostgreSQL sorts the whole rest of the stream.
    """
    log = t.stream_log.c
    entry = (
        sa.select(log.record, log.number, log.gone, log.cause, log.version.label("log_version"))
        .where(log.stream == stream, log.number > after)
        .order_by(log.number)
        .limit(limit)
        .subquery()
    ).c
    page = sa.select(entry.number, entry.gone, entry.cause, entry.log_version, *_PAGE)
    joined = page.join(t.record, t.record.c.id == entry.record).order_by(entry.number)
    return list(connection.execute(joined))


def scan_page(
    connection: Connection, stream: str, rank: int, after_id: str, limit: int
) -> list[Row[Any]]:
    """Return (rank, *record columns) of live records behind (rank, id), in that order.

    The page is cut before it is read, as in `log_page`.
    """
    held = t.record.alias().c
    place = (
        sa.select(held.id)
        .where(
            held.stream == stream,
            sa.tuple_(held.rank, held.id) > sa.tuple_(rank, after_id),  # by the index
            sa.not_(held.dead),
        )
        .order_by(held.rank, held.id)
        .limit(limit)
        .subquery()
    )
    page = sa.select(t.record.c.rank, *_PAGE).join(place, place.c.id == t.record.c.id)
    return list(connection.execute(page.order_by(t.record.c.rank, t.record.c.id)))


def hashes(connection: Connection, stream: str) -> list[tuple[str, bytes]]:
    """Return (id, hash) of a stream's live records."""
    rows = connection.execute(
        sa.select(t.record.c.id, t.record.c.hash).where(
            t.record.c.stream == stream, sa.not_(t.record.c.dead)
        )
    )
    return [(row.id, row.hash or b"") for row in rows]  # none: damage, which `verify` tells


def live_rows(connection: Connection, stream: str, ids: Iterable[str]) -> list[Row[Any]]:
    """Return page columns of the live records among `ids` in `stream`."""
    rows: Iterable[Row[Any]] = connection.execute(
        sa.select(t.record.c.rank, *_PAGE).where(
            among(t.record.c.id, ids), t.record.c.stream == stream, sa.not_(t.record.c.dead)
        )
    )
    return sorted(rows, key=lambda row: (row.rank, row.id))


def of_kind(
    connection: Connection, kind: str, streams: Collection[str] | None = None
) -> list[StoredRecord]:
    """Return the live records of a kind, of all streams or of some."""
    wanted = [t.record.c.kind == kind, sa.not_(t.record.c.dead)]
    if streams is not None:
        wanted.append(t.record.c.stream.in_(sorted(streams)))
    rows = connection.execute(_RECORDS.where(*wanted).order_by(t.record.c.id))
    return [_stored(row) for row in rows]


def recomputed(connection: Connection, stream: str) -> dict[str, bytes]:
    """Return {id: content hash made afresh} of a stream's live records, for verify."""
    record = t.record.c
    rows = connection.execute(
        sa.select(record.id, record.kind, record.version, record.parent, record.fields).where(
            record.stream == stream, sa.not_(record.dead)
        )
    )
    return {row.id: _made_afresh(row) for row in rows}


def _made_afresh(row: Any) -> bytes:
    """Return the hash that content gives; none where it is no JSON."""
    try:
        fields = orjson.loads(row.fields)
    except orjson.JSONDecodeError:
        return b"unreadable"
    return content_hash(row.id, row.kind, row.version, row.parent, fields)


def astray(connection: Connection, stream: str) -> int:
    """Count live records of a stream whose root is not their parent's, or lies elsewhere."""
    child, parent, root = t.record.c, t.record.alias(), t.record.alias()
    wrong = sa.or_(
        sa.and_(child.parent.is_(None), child.root != child.id),
        parent.c.root != child.root,
        root.c.stream != child.stream,
    )
    joined = t.record.outerjoin(parent, parent.c.id == child.parent)
    joined = joined.outerjoin(root, root.c.id == child.root)
    found = connection.execute(
        sa.select(sa.func.count())
        .select_from(joined)
        .where(child.stream == stream, sa.not_(child.dead), wrong)
    )
    return int(found.scalar_one())
