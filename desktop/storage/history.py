"""What the server has changed in records that were here already, field by field.

Noted in the transaction that applies a page or a repair, over the server layer: an edit of
one's own that comes back is marked as such. Bounded by age and by count; what leaves the
laptop leaves from here, too (`seal`). Nobody decides anything by it: people read it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import orjson
import sqlalchemy as sa

from crm.domain.instants import instant_text
from crm.records.changes import diff
from desktop.services.ports import Clock, Received
from desktop.storage.engine import execute_many
from desktop.storage.layers import Copy, Layers
from desktop.storage.outbox import Outbox
from desktop.storage.tables import IN_JSON, Tables, json_list

KEPT_DAYS = 400
KEPT_ROWS = 50_000

Row = tuple[str, str, str, str, int, str, bool]
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
        changed = [copy for copy in copies if copy.kind in self._kinds]
        if not changed:
            return
        held = self._layers.served({copy.id: copy.kind for copy in changed})
        own = self._outbox.own_changes(held)
        at = instant_text(self._clock())
        rows = [
            row
            for copy in changed
            if copy.id in held
            for row in _rows(held[copy.id], copy, at, own)
        ]
        execute_many(
            self._connection,
            "INSERT INTO received (record, field, old, new, version, at, own)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            rows,
        )

    def prune(self) -> None:
        """Forget what is old, and the oldest of too much."""
        oldest = instant_text(self._clock() - timedelta(days=KEPT_DAYS))
        self._connection.exec_driver_sql(
            "DELETE FROM received WHERE seq <= (SELECT max(seq) FROM received) - ? OR at < ?",
            (KEPT_ROWS, oldest),
        )


def _rows(old: Copy, new: Copy, at: str, own: Own) -> Iterator[Row]:
    ours = {
        name
        for version, names in own.get(new.id, ())
        if old.version < version <= new.version
        for name in names
    }
    for field, (before, after) in diff(old.fields, new.fields).items():
        yield new.id, field, _json(before), _json(after), new.version, at, field in ours


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


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
