"""Server layer and view: what the server last sent, and what the manager sees over it.

view = server layer + unsettled operations, in the order of saving (`rebase`). A record with
no unsettled operation keeps no shadow: its view is the server layer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
import sqlalchemy as sa

from crm.domain.seats import CARRIED
from crm.records.canonical import canonical
from crm.records.changes import overlaid
from desktop.storage.engine import execute_many
from desktop.storage.outbox import Laid, Outbox
from desktop.storage.tables import HEAD, IN_JSON, StoredTable, Tables, json_list

SEARCHED = "customer"  # the kind whose names are found by pinyin
_SHADOW = "record, kind, parent, root, stream, version, hash, fields, aside"
SHADOW_SQL = f"SELECT {_SHADOW} FROM shadow"  # noqa: S608


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One record in one layer. `hash` is None where the server has no such record."""

    id: str
    kind: str
    parent: str | None
    root: str
    stream: str
    version: int
    hash: bytes | None
    fields: dict[str, object]
    aside: str | None

    @classmethod
    def unknown(cls, record: str, kind: str, parent: str | None, root: str, stream: str) -> Copy:
        """Return the copy of a record that the server does not have."""
        return cls(
            id=record,
            kind=kind,
            parent=parent,
            root=root,
            stream=stream,
            version=0,
            hash=None,
            fields={},
            aside=None,
        )


class Layers:
    """Reads and writes both layers of the records."""

    def __init__(self, connection: sa.Connection, tables: Tables, outbox: Outbox) -> None:
        self._connection = connection
        self._tables = tables
        self._outbox = outbox

    # --- reading ---

    def viewed(self, records: Mapping[str, str]) -> dict[str, Copy]:
        """Return the view's copies of `records` ({id: kind})."""
        found: dict[str, Copy] = {}
        for table, ids in self._by_table(records):
            rows = self._connection.exec_driver_sql(
                f"{table.select_sql} WHERE id {IN_JSON}", (json_list(ids),)
            )
            found.update((row[0], copy_of(table, row)) for row in rows)
        return found

    def shadows(self, records: Iterable[str]) -> dict[str, Copy]:
        """Return the shadows of `records`, those without a server's copy included."""
        rows = self._connection.exec_driver_sql(
            f"SELECT {_SHADOW} FROM shadow WHERE record {IN_JSON}",  # noqa: S608
            (json_list(records),),
        )
        return {row[0]: shadow_copy(row) for row in rows}

    def served(self, records: Mapping[str, str]) -> dict[str, Copy]:
        """Return the server layer's copies of `records` ({id: kind})."""
        clean = {i: c for i, c in self.viewed(records).items() if c.hash is not None}
        kept = {i: c for i, c in self.shadows(records).items() if c.hash is not None}
        return clean | kept

    def versions(self, records: Mapping[str, str]) -> dict[str, int]:
        """Return the versions that the server layer has of `records` ({id: kind})."""
        found: dict[str, int] = {}
        for table, ids in self._by_table(records):
            rows = self._connection.exec_driver_sql(
                f'SELECT id, version FROM "{table.name}"'  # noqa: S608
                f" WHERE id {IN_JSON} AND hash IS NOT NULL",
                (json_list(ids),),
            )
            found.update((row[0], row[1]) for row in rows)
        rows = self._connection.exec_driver_sql(
            f"SELECT record, version FROM shadow WHERE record {IN_JSON} AND hash IS NOT NULL",  # noqa: S608
            (json_list(records),),
        )
        found.update((row[0], row[1]) for row in rows)
        return found

    # --- writing ---

    def rebase(self, records: Mapping[str, str], *, fresh: Iterable[Copy] = ()) -> None:
        """Lay the unsettled operations of `records` ({id: kind}) over their server layer again.

        `fresh`: copies that came just now, of some of them; the others' are here.
        """
        served = {copy.id: copy for copy in fresh}
        elsewhere = {i: kind for i, kind in records.items() if i not in served}
        if elsewhere:
            served |= self.shadows(elsewhere)
            clean = {i: kind for i, kind in elsewhere.items() if i not in served}
            served |= {i: copy for i, copy in self.viewed(clean).items() if copy.hash is not None}
        self._lay(records, served, self._outbox.unsettled(records.keys()))

    def _lay(
        self,
        records: Mapping[str, str],
        served: Mapping[str, Copy],
        laid: Mapping[str, Sequence[Laid]],
    ) -> None:
        """Write the views of `records`, and the shadows of those over which something is laid."""
        views: list[Copy] = []
        shadows: list[Copy] = []
        for record in records:
            server, over = served.get(record), laid.get(record)
            if over:
                server = server or _nothing(over[0])
                shadows.append(server)
                view = lay_over(server, over)
            else:
                view = server if server is not None and server.hash is not None else None
            if view is not None:
                views.append(view)
        seen = {copy.id for copy in views}
        self.drop_shadows(record for record in records if not laid.get(record))
        self.put_shadows(shadows)
        self.drop_views({i: kind for i, kind in records.items() if i not in seen})
        self.put_views(views)

    def put_views(self, copies: Iterable[Copy]) -> None:
        by_table: dict[str, list[tuple[Any, ...]]] = {}
        for copy in copies:
            table = self._tables.holding(copy.kind)
            head = (copy.id, copy.parent, copy.root, copy.stream, copy.version, copy.hash)
            body = table.body_values(copy.kind, copy.fields, copy.aside)
            by_table.setdefault(table.upsert_sql, []).append((*head, *body))
        for statement, rows in by_table.items():
            execute_many(self._connection, statement, rows)

    def put_shadows(self, copies: Iterable[Copy]) -> None:
        execute_many(
            self._connection,
            f"INSERT OR REPLACE INTO shadow ({_SHADOW}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
            [
                (c.id, c.kind, c.parent, c.root, c.stream, c.version, c.hash, _text(c), c.aside)
                for c in copies
            ],
        )

    def drop_views(self, records: Mapping[str, str]) -> None:
        for table, ids in self._by_table(records):
            self._connection.exec_driver_sql(
                f"{table.delete_sql} WHERE id {IN_JSON}", (json_list(ids),)
            )

    def drop_shadows(self, records: Iterable[str]) -> None:
        ids = list(records)
        if ids:
            self._connection.exec_driver_sql(
                f"DELETE FROM shadow WHERE record {IN_JSON}",  # noqa: S608
                (json_list(ids),),
            )

    def _by_table(self, records: Mapping[str, str]) -> list[tuple[StoredTable, list[str]]]:
        found: dict[str, list[str]] = {}
        for record, kind in records.items():
            found.setdefault(self._tables.holding(kind).name, []).append(record)
        named = {table.name: table for table in self._tables}
        return [(named[name], ids) for name, ids in found.items()]


def lay_over(server: Copy, laid: Sequence[Laid]) -> Copy | None:
    """Return the view of a record; None where it is not to be seen.

    An edit of a record that is not there (it has moved away or died) shows nothing: it
    waits in the outbox and its outcome tells what became of it.
    """
    fields = dict(server.fields) if server.hash is not None else None
    parent, root = server.parent, server.root
    for operation in laid:
        if operation.verb in {"create", "append", "restore"}:
            fields = overlaid(fields or {}, _pairs(operation))
            parent, root = operation.parent, operation.root
        elif operation.verb in {"edit", "seat"} and fields is not None:
            fields = overlaid(fields, _pairs(operation))
        elif operation.verb == "delete":
            fields = None
    if fields is None:
        return None
    aside = _search_key(server, fields)  # and the shadow carries the hash
    return replace(server, parent=parent, root=root, hash=None, fields=fields, aside=aside)


def _pairs(operation: Laid) -> dict[str, tuple[object, object]]:
    return {n: (base, new) for n, (base, new) in operation.fields.items() if n not in CARRIED}


def _search_key(server: Copy, fields: Mapping[str, object]) -> str | None:
    if server.kind != SEARCHED or fields.get("name") == server.fields.get("name"):
        return server.aside
    from crm.records.pinyin import search_key  # its tables load slowly; only a changed name pays

    return search_key(str(fields.get("name") or ""))


def _nothing(first: Laid) -> Copy:
    """Return the shadow of a record that the server does not have."""
    return Copy.unknown(first.record, first.kind, first.parent, first.root, first.stream)


def copy_of(table: StoredTable, row: Sequence[Any]) -> Copy:
    """Return the copy that a row of `table` holds (columns as `select_sql` has them)."""
    kind, fields, aside = table.fields_of(row[len(HEAD) :])
    return Copy(
        id=row[0],
        kind=kind,
        parent=row[1],
        root=row[2],
        stream=row[3],
        version=row[4],
        hash=row[5],
        fields=fields,
        aside=aside,
    )


def shadow_copy(row: Sequence[Any]) -> Copy:
    record, kind, parent, root, stream, version, content_hash, fields, aside = row
    return Copy(
        id=record,
        kind=kind,
        parent=parent,
        root=root,
        stream=stream,
        version=version,
        hash=content_hash,
        fields=orjson.loads(fields) if fields else {},
        aside=aside,
    )


def _text(copy: Copy) -> str | None:
    return None if copy.hash is None else canonical(copy.fields).decode()


def ids_in_view(connection: sa.Connection, tables: Tables, ids: Collection[str]) -> set[str]:
    """Return those of `ids` that the view holds, whatever their kind."""
    listed = json_list(ids)
    return {
        row[0]
        for table in tables
        for row in connection.exec_driver_sql(
            f'SELECT id FROM "{table.name}" WHERE id {IN_JSON}',  # noqa: S608
            (listed,),
        )
    }
