"""What is asked of the store about the access log: its entries, who brought them, which laptops."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crm.domain.errors import Refused
from crm.domain.kinds import SCHEMA
from crm.records.access import KIND
from server.store import tables as t
from server.store.erasing import ERASED

CHUNK = 500


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry as it lies here; `set_aside`: it came with a laptop that nobody trusts any more."""

    id: str
    version: int
    fields: dict[str, object]
    set_aside: bool = False


@dataclass(frozen=True, slots=True)
class Laptop:
    """One incarnation of a device, and how it was when it called last."""

    id: str
    enrolment: str
    person: str
    device: str
    unsent: int
    seen_at: str | None
    fork_of: str | None
    at: str | None


def entries(connection: Connection, people: Collection[str]) -> list[StoredEntry]:
    """Return the entries that lie in these people's own portfolios, and those set aside."""
    column = t.record.c
    rows = connection.execute(
        sa.select(column.id, column.version, column.fields).where(
            column.stream.in_(sorted(f"portfolio:{person}" for person in people)),
            column.rank == SCHEMA.rank(KIND),  # by the index
            column.kind == KIND,
            sa.not_(column.dead),
        )
    )
    found = [StoredEntry(row.id, row.version, orjson.loads(row.fields)) for row in rows]
    return [*found, *_set_aside(connection, people)]


def _set_aside(connection: Connection, people: Collection[str]) -> list[StoredEntry]:
    column = t.quarantine.c
    rows = connection.execute(
        sa.select(column.author, column.at, column.reason, column.body).where(
            column.author.in_(sorted(people)), column.body.contains(f'"{KIND}"')
        )
    )
    return [
        _brought(body, row.author, row.at, is_erased=row.reason == ERASED)
        for row in rows
        if (body := orjson.loads(row.body))["kind"] == KIND and body["fields"]
    ]


def _brought(body: dict[str, Any], author: str, at: str, *, is_erased: bool) -> StoredEntry:
    """Return a put-aside entry. Nobody judged it: it is by whose laptop brought it, whatever it
    says, and what is no value is left out; then it is not what it committed to."""
    said = {name: pair[1] for name, pair in body["fields"].items()}
    fields = {name: value for name, value in said.items() if _is_value(name, value)}
    own = {"at": at, **fields, "author": author}
    return StoredEntry(body["record"], 2 if is_erased else 1, own, set_aside=True)


def _is_value(name: str, value: object) -> bool:
    spec = SCHEMA[KIND].by_name.get(name)
    try:
        if spec is not None:
            spec.check(value)
    except Refused:
        return False
    return True


def laptops(connection: Connection, people: Collection[str]) -> list[Laptop]:
    """Return all incarnations of these people's devices, the oldest first."""
    held, device = t.incarnation.c, t.enrolment.c
    rows = connection.execute(
        sa.select(
            held.id,
            held.enrolment,
            held.person,
            device.device,
            held.unsent,
            held.seen_at,
            held.fork_of,
            held.at,
        )
        .join(t.enrolment, device.id == held.enrolment)
        .where(held.person.in_(sorted(people)))
        .order_by(held.at, held.id)
    )
    return [Laptop(**row._mapping) for row in rows]


def bringers(connection: Connection, records: Collection[str]) -> dict[str, tuple[str, str]]:
    """Return {record: (incarnation, when)} of who brought these records first."""
    column, wanted = t.revision.c, sorted(records)
    found: dict[str, tuple[str, str]] = {}
    for start in range(0, len(wanted), CHUNK):
        rows = connection.execute(
            sa.select(column.record, column.incarnation, column.accepted_at).where(
                column.record.in_(wanted[start : start + CHUNK]), column.version == 1
            )
        )
        found |= {row.record: (row.incarnation, row.accepted_at) for row in rows}
    return found
