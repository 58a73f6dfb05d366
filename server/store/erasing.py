"""Finding and blanking what the store holds of somebody who is erased. SQL only; no rules.

Ids, versions, verbs, authors and moments stay: numbers and receipts must go on adding up. Every
text that may hold content is emptied.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crm.domain.belonging import GOES_WITH
from crm.records import access
from server.store import tables as t
from server.store.among import among, member
from server.store.database import Database

ERASED = "erased"  # a fate, and a cause of leaving
RESTRICTED = "restricted"
NOTES = ("conflict", "inbox_item")  # what the judge makes of an operation, wherever it may hang
_EMPTIED = ("fields", "seen", "into", "last_copy", "sealed")  # of an operation that is put aside


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What was decided about one customer: ids, codes, moments and counts, no content.

    `lived` is {stream: when the customer left it}; `until` the day from which somebody whose
    processing was stopped may be erased (None: not while something is open).
    """

    root: str
    act: str  # erased, restricted
    at: str
    actor: str
    reason: str
    until: str | None
    records: int
    lived: Mapping[str, str]


# --- finding ---


def merged_into(connection: Connection, roots: Collection[str]) -> set[str]:
    """Return `roots` and all that was merged into one of them, over any number of steps."""
    found, fresh = set(roots), set(roots)
    while fresh:
        rows = connection.execute(
            sa.select(t.record.c.id).where(among(t.record.c.merged_into, fresh))
        )
        fresh = set(rows.scalars()) - found
        found |= fresh
    return found


def unmade(connection: Connection, records: Collection[str]) -> set[str]:
    """Return the records that came to be no row because of one of `records` (`fate`)."""
    rows = connection.execute(sa.select(t.fate.c.record).where(among(t.fate.c.anchor, records)))
    return set(rows.scalars())


def operations_on(connection: Connection, records: Collection[str]) -> set[str]:
    """Return the operations that were settled about `records`. Reads all receipts."""
    rows = connection.execute(
        sa.select(t.receipt.c.operation).where(among(t.receipt.c.record, records))
    )
    return set(rows.scalars())


def notes_of(connection: Connection, operations: Collection[str]) -> set[str]:
    """Return the conflicts and inbox items, dead ones too, that these operations made."""
    rows = connection.execute(
        sa.select(t.revision.c.record)
        .join(t.record, t.record.c.id == t.revision.c.record)
        .where(t.record.c.kind.in_(NOTES), among(t.revision.c.operation, operations))
        .distinct()
    )
    return set(rows.scalars())


def about(connection: Connection, records: Collection[str]) -> set[str]:
    """Return the living records that are about one of `records` (`crm.domain.belonging`)."""
    wanted = [
        sa.and_(t.record.c.kind == kind, among(member(t.record.c.fields, name), records))
        for kind, name in sorted(GOES_WITH)
    ]
    rows = connection.execute(
        sa.select(t.record.c.id).where(sa.not_(t.record.c.dead), sa.or_(*wanted))
    )
    return set(rows.scalars())


def log_about(connection: Connection, records: Collection[str]) -> set[str]:
    """Return the living entries of the access log about one of `records`. Reads all."""
    rows = connection.execute(
        sa.select(t.record.c.id).where(
            t.record.c.kind == access.KIND,
            sa.not_(t.record.c.dead),
            among(member(t.record.c.fields, "subject"), records),
        )
    )
    return set(rows.scalars())


def once_about(connection: Connection, roots: Collection[str]) -> set[str]:
    """Return the records of such kinds of which a revision names one of `roots`. Reads all."""
    kinds = sorted({kind for kind, _ in GOES_WITH})
    named = [t.revision.c.changes.contains(root, autoescape=True) for root in sorted(roots)]
    rows = connection.execute(
        sa.select(t.revision.c.record)
        .join(t.record, t.record.c.id == t.revision.c.record)
        .where(t.record.c.kind.in_(kinds), sa.or_(*named))
        .distinct()
    )
    return set(rows.scalars())


def put_aside(connection: Connection) -> dict[str, dict[str, Any]]:
    """Return {operation: its body} of all that is in quarantine."""
    rows = connection.execute(sa.select(t.quarantine.c.operation, t.quarantine.c.body))
    return {row.operation: orjson.loads(row.body) for row in rows}


def holding(connection: Connection, texts: Collection[str]) -> set[str]:
    """Return the living records whose fields hold one of `texts`. Reads all."""
    held = [t.record.c.fields.contains(text, autoescape=True) for text in sorted(texts)]
    if not held:
        return set()
    rows = connection.execute(
        sa.select(t.record.c.id).where(sa.not_(t.record.c.dead), sa.or_(*held))
    )
    return set(rows.scalars())


def lived_in(connection: Connection, root: str, now: str) -> dict[str, str]:
    """Return {stream: when the record left it}, `now` for where it lies: its revisions tell."""
    entry, revision = t.stream_log.c, t.revision.c
    rows = connection.execute(
        sa.select(entry.stream, entry.gone, revision.accepted_at)
        .join(
            t.revision,
            sa.and_(revision.record == entry.record, revision.version == entry.version),
            isouter=True,
        )
        .where(entry.record == root)
    )
    return {row.stream: row.accepted_at if row.gone and row.accepted_at else now for row in rows}


# --- blanking ---


def blank(
    database: Database,
    connection: Connection,
    records: Collection[str],
    once: Collection[str],
    operations: Mapping[str, Mapping[str, Any]],
) -> None:
    """Empty what is kept beside the rows of `records`, which get their fate; the revisions of
    `once`, which live on; and the bodies of put-aside `operations`."""
    touched = {*records, *once}
    for table, column, values in (
        (t.revision, t.revision.c.record, {"changes": "{}"}),
        (t.receipt, t.receipt.c.record, {"facts": None}),
    ):
        connection.execute(sa.update(table).where(among(column, touched)).values(**values))
    connection.execute(sa.delete(t.natural_key).where(among(t.natural_key.c.record, records)))
    for operation, body in operations.items():
        connection.execute(
            sa.update(t.quarantine)
            .where(t.quarantine.c.operation == operation)
            .values(body=orjson.dumps(_emptied(body)).decode(), reason=ERASED)
        )
    fates = [{"record": i, "outcome": ERASED, "anchor": None} for i in sorted(records)]
    database.upsert(connection, t.fate, fates)


def _emptied(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body without its content; of a log entry stays what keeps the log whole."""
    said = access.erased(body.get("fields") or {}) if body.get("kind") == access.KIND else {}
    return {**body, **dict.fromkeys(_EMPTIED), "fields": said}


# --- the list of what was decided ---


def note(database: Database, connection: Connection, made: Iterable[Erasure]) -> None:
    """Write down what was decided; the newest decision about a customer counts."""
    rows = [
        {
            **{name: getattr(one, name) for name in Erasure.__slots__ if name != "lived"},
            "lived": orjson.dumps(dict(one.lived), option=orjson.OPT_SORT_KEYS).decode(),
        }
        for one in made
    ]
    database.upsert(connection, t.erasure, rows)


def decided(connection: Connection) -> dict[str, Erasure]:
    """Return what was decided, by customer, the oldest first."""
    rows = connection.execute(sa.select(t.erasure).order_by(t.erasure.c.at, t.erasure.c.root))
    return {row.root: Erasure(**{**row._mapping, "lived": orjson.loads(row.lived)}) for row in rows}


def statements(connection: Connection, root: str) -> list[tuple[str, str]]:
    """Return (enrolment, when) of each statement that a laptop has removed a root, or all."""
    rows = connection.execute(
        sa.select(t.incarnation.c.enrolment, t.purge.c.told_at)
        .join(t.incarnation, t.incarnation.c.id == t.purge.c.incarnation)
        .where(t.purge.c.root.in_((root, "*")), t.incarnation.c.enrolment.is_not(None))
    )
    return [(row.enrolment, row.told_at) for row in rows]


def grants_on(connection: Connection, streams: Collection[str]) -> list[tuple[str, str, str, str]]:
    """Return (person, stream, since, until) of all grants on `streams`; until "" is open."""
    grant = t.stream_grant.c
    rows = connection.execute(
        sa.select(grant.person, grant.stream, grant.since, grant.until).where(
            grant.stream.in_(sorted(streams))
        )
    )
    return [(row.person, row.stream, row.since, row.until or "") for row in rows]
