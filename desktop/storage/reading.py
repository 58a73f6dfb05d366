"""What is read from the replica: single records, families, lists.

Only what is seen: a record whose root (or whose parent on the way to it) is not here is
hidden until it is (`loose-keys`). What waits for somebody's decision is never hidden.
"""

# Table and column names come from kinds, never from a person.

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, cast

import sqlalchemy as sa

from crm.domain.errors import NotFound
from crm.domain.kind import Fields
from desktop.services.ports import Held
from desktop.storage.layers import Copy, copy_of, ids_in_view
from desktop.storage.outbox import Outbox
from desktop.storage.tables import IN_JSON, StoredTable, Tables, json_list

NOTES = frozenset({"conflict", "inbox_item"})  # seen even if what they speak of is not here


class Reading:
    """Queries on the view."""

    def __init__(self, connection: sa.Connection, tables: Tables) -> None:
        self._connection = connection
        self._tables = tables
        self._outbox = Outbox(connection)

    def copy(self, record_id: str) -> Copy:
        """Return one record of the view. Raises: NotFound `record.unknown`."""
        for table in self._tables:
            row = self._connection.exec_driver_sql(
                f"{table.select_sql} WHERE id = ?", (record_id,)
            ).first()
            if row is not None:
                return copy_of(table, row)
        raise NotFound("record.unknown")

    def get(self, record_id: str) -> Held:
        """Return one record. Raises: NotFound `record.unknown`, also for a hidden orphan."""
        copy = self.copy(record_id)
        may_hide = copy.root != copy.id and copy.kind not in NOTES
        if may_hide and copy.id not in {c.id for c in self._family(copy.root)}:
            raise NotFound("record.unknown")
        return self._held([copy])[0]

    def family(self, root: str) -> tuple[Held, ...]:
        """Return a root and everything that hangs under it, parents first."""
        return self._held(self._family(root))

    def with_descendants(self, copy: Copy) -> list[Copy]:
        """Return a record and its living descendants as they are seen."""
        return _below(copy, self._family(copy.root))

    def _family(self, root: str) -> list[Copy]:
        members = [
            copy_of(table, row)
            for table in self._tables
            for row in self._rows(table, f"{table.root_column} = ?", (root,))
        ]
        top = next((member for member in members if member.id == root), None)
        return [] if top is None else _below(top, members)

    def customers(self, after: str, limit: int) -> tuple[Held, ...]:
        """Return customers by id behind `after`, at most `limit`."""
        table = self._tables.kinds["customer"]
        rows = self._rows(table, "id > ? ORDER BY id LIMIT ?", (after, limit))
        return self._held(copy_of(table, row) for row in rows)

    def children(self, parent: str, kind: str) -> tuple[Held, ...]:
        """Return the records of `kind` directly under `parent`, oldest first."""
        above = self.copy(parent)
        table = self._tables.holding(kind)
        rows = self._rows(table, "root = ? AND parent = ? ORDER BY id", (above.root, parent))
        return self._held(copy_of(table, row) for row in rows)

    def memberships(self, customer: str) -> tuple[Held, ...]:
        """Return where a customer is named as a member of a household."""
        table = self._tables.kinds["household_member"]
        rows = self._rows(table, "customer = ? ORDER BY id", (customer,))
        return self._held(self._rooted(copy_of(table, row) for row in rows))

    def customers_by_id(self, ids: Collection[str]) -> tuple[Held, ...]:
        """Return those of the customers named who are here, in no order."""
        table = self._tables.kinds["customer"]
        rows = self._rows(table, f"id {IN_JSON}", (json_list(ids),))
        return self._held(copy_of(table, row) for row in rows)

    def customers_with(self, id_number: str | None, phone: str | None) -> tuple[Held, ...]:
        """Return the customers with this identity number or this phone. Reads all of them."""
        table = self._tables.kinds["customer"]
        rows = self._rows(table, "id_number = ? OR phone = ? ORDER BY id", (id_number, phone))
        return self._held(copy_of(table, row) for row in rows)

    def tasks_due(self, until: str) -> tuple[Held, ...]:
        """Return open tasks due on or before the day `until`, soonest first."""
        table = self._tables.kinds["task"]
        rows = self._rows(table, "state = 'open' AND due_on <= ? ORDER BY due_on, id", (until,))
        return self._held(self._rooted(copy_of(table, row) for row in rows))

    def open_conflicts(self) -> tuple[Held, ...]:
        """Return conflicts that nobody has settled, oldest first."""
        table = self._tables.kinds["conflict"]
        rows = self._rows(table, "state = 'open' ORDER BY id", ())
        return self._held(self._rooted(copy_of(table, row) for row in rows))

    def with_values(self, kind: str, values: dict[str, object]) -> tuple[Held, ...]:
        """Return records of `kind` whose fields have these values; None means "empty"."""
        table = self._tables.kinds[kind]
        unknown = values.keys() - table.kind.by_name.keys()
        if unknown:
            raise ValueError(f"{kind} has no field {sorted(unknown)}")
        where = " AND ".join(f'"{name}" IS ?' for name in values) or "1"
        rows = self._rows(table, f"{where} ORDER BY id", tuple(values.values()))
        return self._held(self._rooted(copy_of(table, row) for row in rows))

    def access_entries(self, author: str, limit: int) -> tuple[Held, ...]:
        """Return a person's entries of the access log, the newest first."""
        table = self._tables.kinds["access_entry"]
        rows = self._rows(table, "author = ? ORDER BY id DESC LIMIT ?", (author, limit))
        return self._held([copy_of(table, row) for row in rows])

    def _rooted(self, copies: Iterable[Copy]) -> list[Copy]:
        """Leave out records whose root or parent is not here; notes stay."""
        found = list(copies)
        above = {copy.id: {copy.root, copy.parent or copy.root} for copy in found}
        here = ids_in_view(
            self._connection, self._tables, {i for ids in above.values() for i in ids}
        )
        return [copy for copy in found if copy.kind in NOTES or above[copy.id] <= here]

    def _rows(
        self, table: StoredTable, where: str, values: tuple[object, ...]
    ) -> sa.CursorResult[Any]:
        return self._connection.exec_driver_sql(f"{table.select_sql} WHERE {where}", values)

    def _held(self, copies: Iterable[Copy]) -> tuple[Held, ...]:
        found = list(copies)
        waiting = self._outbox.dirty([copy.id for copy in found])
        return tuple(
            Held(
                id=copy.id,
                kind=copy.kind,
                parent=copy.parent,
                root=copy.root,
                stream=copy.stream,
                version=copy.version,
                fields=cast(Fields, copy.fields),
                waiting=copy.id in waiting,
            )
            for copy in found
        )


def _below(top: Copy, members: Iterable[Copy]) -> list[Copy]:
    """Return `top` and what hangs under it, level by level."""
    under: dict[str | None, list[Copy]] = {}
    for member in members:
        under.setdefault(member.parent, []).append(member)
    found = [top]
    for copy in found:  # grows while it is read
        found.extend(under.get(copy.id, ()))
    return found
