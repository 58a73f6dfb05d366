"""What a manager does with the replica in one transaction: read; or read, save and commit."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from typing import Any

import sqlalchemy as sa

from crm.domain.errors import NotFound
from desktop.services.ports import Clock, Held, OutboxLine, Receipt
from desktop.storage.edits import Edits
from desktop.storage.listing import SqlLists
from desktop.storage.outbox import Outbox
from desktop.storage.reading import Reading
from desktop.storage.search_state import SearchState
from desktop.storage.tables import Tables


class SqlReader:
    """Fills `services.ports.Reader`: one snapshot. Stays on its thread."""

    def __init__(self, connection: sa.Connection, tables: Tables, search: SearchState) -> None:
        self._search = search
        self.lists = SqlLists(connection)
        self._reading = Reading(connection, tables)
        self._outbox = Outbox(connection)

    def get(self, record_id: str) -> Held:
        return self._reading.get(record_id)

    def family(self, root: str) -> tuple[Held, ...]:
        return self._reading.family(root)

    def customers(self, *, after: str = "", limit: int = 100) -> tuple[Held, ...]:
        return self._reading.customers(after, limit)

    def children(self, parent: str, kind: str) -> tuple[Held, ...]:
        return self._reading.children(parent, kind)

    def tasks_due(self, until: str) -> tuple[Held, ...]:
        return self._reading.tasks_due(until)

    def open_conflicts(self) -> tuple[Held, ...]:
        return self._reading.open_conflicts()

    def with_values(self, kind: str, **values: object) -> tuple[Held, ...]:
        return self._reading.with_values(kind, values)

    def outbox(self, record_id: str | None = None) -> tuple[OutboxLine, ...]:
        return self._outbox.lines(record_id)

    def elsewhere(self) -> tuple[OutboxLine, ...]:
        return self._outbox.elsewhere()

    def outbox_states(self, record_ids: Collection[str]) -> dict[str, dict[str, int]]:
        return self._outbox.states(record_ids)

    def receipts(self, limit: int = 20) -> tuple[Receipt, ...]:
        return self._reading.receipts(limit)

    def find(self, query: str, limit: int = 50) -> list[Any]:
        return self._search.find(query, limit)


class SqlUnitOfWork(SqlReader):
    """Fills `services.ports.UnitOfWork`. Made by `Replica.unit_of_work`."""

    def __init__(
        self, connection: sa.Connection, tables: Tables, search: SearchState, clock: Clock
    ) -> None:
        super().__init__(connection, tables, search)
        self._edits = Edits(connection, tables, clock)
        self.committed = False

    def commit(self) -> None:
        """Make what was saved stay, once the block ends."""
        self._search.update(self._edits.touched.ids)
        self._edits.touched.ids.clear()
        self.committed = True

    def create(
        self,
        kind: str,
        fields: Mapping[str, object],
        *,
        parent: str | None = None,
        home: str | None = None,
        record_id: str | None = None,
    ) -> str:
        return self._edits.create(kind, fields, parent, home, record_id)

    def edit(self, record_id: str, changes: Mapping[str, object]) -> str | None:
        return self._edits.edit(record_id, changes)

    def delete(self, record_id: str) -> str:
        return self._edits.delete(record_id)

    def group(self) -> AbstractContextManager[None]:
        return self._edits.group()

    def dismiss(self, operation_id: str) -> None:
        """Forget an operation that was set aside. Raises: NotFound `operation.unknown`."""
        if not self._outbox.dismiss(operation_id):
            raise NotFound("operation.unknown")
