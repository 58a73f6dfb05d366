"""What the server has changed in records that were here already, field by field.

Noted in the transaction that applies a page or a repair, over the server layer: an edit of
one's own that comes back is marked as such. Bounded by age and by count; what leaves the
laptop leaves from here, too (`seal`). Nobody decides anything by it: people read it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson
import sqlalchemy as sa

from crm.domain.instants import instant_text
from crm.domain.kind import FieldType
from desktop.services.ports import Clock, Received
from desktop.storage.engine import execute_many
from desktop.storage.layers import Copy, Layers
from desktop.storage.marks import forget_before
from desktop.storage.outbox import Outbox
from desktop.storage.tables import IN_JSON, KindTable, Tables, json_list

KEPT_DAYS = 400
KEPT_ROWS = 50_000

_INSERT = (
    "INSERT INTO received (record, field, old, new, version, at, own) VALUES (?, ?, ?, ?, ?, ?, ?)"
)
Row = tuple[str, str, str, str, int, str, bool]
Held = tuple[int, Sequence[Any]]  # version, columns
Own = Mapping[str, Sequence[tuple[int, Collection[str]]]]


class Changes:
    """Reads the table `received`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def of(self, record: str) -> tuple[Received, ...]:
        """Return what was received of one record, newest first."""
        rows = self._connection.exec_driver_sql(
            "SELECT record, field, old, new, version, at, own FROM received"
            " WHERE record = ? ORDER BY seq DESC",
            (record,),
        )
        return tuple(_received(row) for row in rows)

    def drop_of(self, records: Collection[str]) -> None:
        """Forget records that have left."""
        if records:
            self._connection.exec_driver_sql(
                f"DELETE FROM received WHERE record {IN_JSON}",  # noqa: S608
                (json_list(records),),
            )


class Recording(Changes):
    """Writes it."""

    def __init__(
        self,
        connection: sa.Connection,
        tables: Tables,
        layers: Layers,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        super().__init__(connection)
        self._tables = tables
        self._layers = layers
        self._outbox = outbox
        self._clock = clock
        # What laptops only read changes by feeds, every day: no history of edits.
        self._kinds = frozenset(
            kind.name
            for kind in tables.schema.kinds
            if not kind.server_only and kind.laptop_fields is None
        )

    def note(self, copies: Iterable[Copy]) -> None:
        """Note how these copies differ from the server layer, which they are about to replace."""
        by_kind: dict[str, list[Copy]] = {}
        for copy in copies:
            if copy.kind in self._kinds:
                by_kind.setdefault(copy.kind, []).append(copy)
        at = instant_text(self._clock())
        for kind, of_kind in by_kind.items():
            own = self._outbox.own_changes([copy.id for copy in of_kind])
            held = self._held(self._tables.kinds[kind], of_kind)
            compared = _Compared(self._tables.kinds[kind], own, at)
            rows = [row for c in of_kind if c.id in held for row in compared.rows(c, *held[c.id])]
            execute_many(self._connection, _INSERT, rows)

    def _held(self, table: KindTable, copies: Sequence[Copy]) -> dict[str, Held]:
        """Return what the server layer holds of these records, as columns: most are not read on."""
        columns = ", ".join(f'"{name}"' for name in table.codec.columns)
        rows = self._connection.exec_driver_sql(
            f'SELECT id, version, {columns} FROM "{table.name}"'  # noqa: S608
            f" WHERE id {IN_JSON} AND hash IS NOT NULL",
            (json_list(copy.id for copy in copies),),
        )
        held: dict[str, Held] = {row[0]: (row[1], row[2:]) for row in rows}
        edited = [copy.id for copy in copies if copy.id not in held]
        for record, shadow in self._layers.shadows(edited).items():
            if shadow.hash is not None:
                held[record] = shadow.version, _columns(table, shadow)
        return held

    def prune(self) -> None:
        """Forget what is old, and the oldest of too much."""
        oldest = forget_before(self._connection, self._clock, KEPT_DAYS)
        # By seq alone, which is the order of time: nothing that is kept is looked at.
        self._connection.exec_driver_sql(
            "DELETE FROM received WHERE seq <= (SELECT max(seq) FROM received) - ?1 OR seq <"
            " coalesce((SELECT seq FROM received WHERE at >= ?2 ORDER BY seq LIMIT 1),"
            " (SELECT max(seq) + 1 FROM received))",
            (KEPT_ROWS, oldest),
        )


class _Compared:
    """The changed fields of records of one kind, as rows of `received`."""

    def __init__(self, table: KindTable, own: Own, at: str) -> None:
        self._table = table
        self._own = own
        self._at = at
        self._types = {spec.name: spec.type for spec in table.kind.fields}

    def rows(self, new: Copy, version: int, held: Sequence[Any]) -> Iterator[Row]:
        """Yield a row for each field in which `new` differs from the columns `held`."""
        names = self._table.codec.columns
        ours = self._ours(new, version) if new.id in self._own else ()
        for name, old, now in zip(names, held, _columns(self._table, new), strict=True):
            if old != now:
                texts = self._json(name, old), self._json(name, now)
                yield new.id, name, *texts, new.version, self._at, name in ours

    def _ours(self, new: Copy, since: int) -> set[str]:
        made = self._own[new.id]
        return {name for v, names in made if since < v <= new.version for name in names}

    def _json(self, name: str, value: Any) -> str:
        if value is not None and self._types[name] is FieldType.WORDS:
            return str(value)  # the column holds JSON
        flag = value is not None and self._types[name] is FieldType.FLAG
        return orjson.dumps(bool(value) if flag else value).decode()


def _columns(table: KindTable, copy: Copy) -> Sequence[Any]:
    """Return the values of the fields that this program knows, as the table keeps them."""
    return table.body_values(copy.kind, copy.fields, None)[1:-1]


def _received(row: Sequence[Any]) -> Received:
    record, field, old, new, version, at, own = row
    return Received(
        record=record,
        field=field,
        old=orjson.loads(old),
        new=orjson.loads(new),
        version=version,
        at=at,
        own=bool(own),
    )
