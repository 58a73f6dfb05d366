"""What a manager does with the replica in one transaction: read; or read, save and commit."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from typing import Any

import sqlalchemy as sa

from crm.domain.errors import NotFound
from crm.domain.instants import instant_text
from crm.records import access
from desktop.services.ports import (
    ChainReport,
    Clock,
    Draft,
    FreeSlot,
    Held,
    Operation,
    OutboxLine,
    Receipt,
    ReceiptQuery,
    Received,
)
from desktop.storage.access import AccessChain
from desktop.storage.consents import SqlConsents
from desktop.storage.drafts import Drafts
from desktop.storage.edits import Edits
from desktop.storage.history import Changes
from desktop.storage.listing import SqlLists
from desktop.storage.marks import put_mark
from desktop.storage.outbox import Outbox
from desktop.storage.own_state import OwnState
from desktop.storage.reading import Reading
from desktop.storage.receipts import Receipts
from desktop.storage.search_state import SearchState
from desktop.storage.seats import Seats
from desktop.storage.tables import Tables


class SqlReader:
    """Fills `services.ports.Reader`: one snapshot. Stays on its thread."""

    def __init__(self, connection: sa.Connection, tables: Tables, search: SearchState) -> None:
        self._search = search
        self.lists = SqlLists(connection)
        self.consents = SqlConsents(connection)
        self._reading = Reading(connection, tables)
        self._outbox = Outbox(connection)
        self._drafts = Drafts(connection, tables)
        self._changes = Changes(connection)
        self._own = OwnState(connection)
        self._seats = Seats(connection)
        self._receipts = Receipts(connection)

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

    def refused(self) -> tuple[OutboxLine, ...]:
        return self._outbox.refused()

    def outbox_states(self, record_ids: Collection[str]) -> dict[str, dict[str, int]]:
        return self._outbox.states(record_ids)

    def receipts(self, limit: int = 20) -> tuple[Receipt, ...]:
        return self._receipts.recent(limit)

    def find_receipts(self, query: ReceiptQuery) -> tuple[Receipt, ...]:
        return self._receipts.search(query)

    def verify_receipts(self) -> ChainReport:
        return self._receipts.verify()

    def access_entries(self, author: str, limit: int) -> tuple[Held, ...]:
        return self._reading.access_entries(author, limit)

    def find(self, query: str, limit: int = 50) -> list[Any]:
        return self._search.find(query, limit)

    def outbox_of(self, record_ids: Collection[str]) -> tuple[OutboxLine, ...]:
        return self._outbox.lines_of(record_ids)

    def memberships(self, customer: str) -> tuple[Held, ...]:
        return self._reading.memberships(customer)

    def customers_with(self, id_number: str | None, phone: str | None) -> tuple[Held, ...]:
        return self._reading.customers_with(id_number, phone)

    def customers_by_id(self, ids: Collection[str]) -> tuple[Held, ...]:
        return self._reading.customers_by_id(ids)

    def received(self, record_id: str) -> tuple[Received, ...]:
        return self._changes.of(record_id)

    def draft(self, form: str, record: str) -> Draft | None:
        return self._drafts.get(form, record)

    def drafts(self) -> tuple[Draft, ...]:
        return self._drafts.all()

    def viewed(self) -> tuple[str, ...]:
        return self._own.viewed()

    def free_slots(self, activity: str) -> tuple[FreeSlot, ...]:
        return self._seats.free(activity)

    def slot_until(self, operation: str) -> str | None:
        return self._seats.until(operation)


class SqlUnitOfWork(SqlReader):
    """Fills `services.ports.UnitOfWork`. Made by `Replica.unit_of_work`."""

    def __init__(
        self, connection: sa.Connection, tables: Tables, search: SearchState, clock: Clock
    ) -> None:
        super().__init__(connection, tables, search)
        self._clock = clock
        self._connection = connection
        self._edits = Edits(connection, tables, clock)
        self.committed = False

    def commit(self) -> None:
        """Make what was saved stay, once the block ends.

        A draft changes nothing that is searched: it neither waits for the index nor rebuilds it.
        """
        if self._edits.touched.ids:
            self._search.make_ready()
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

    def saved_groups(self) -> tuple[str, ...]:
        return self._edits.saved_groups()

    def operations_of(self, groups: Collection[str]) -> tuple[Operation, ...]:
        return tuple(self._outbox.of_groups(groups))

    def withdrawable(self, groups: Collection[str]) -> frozenset[str]:
        return self._edits.withdrawable(groups)

    def withdraw(self, groups: Collection[str]) -> None:
        self._edits.withdraw(groups)

    def save_draft(self, form: str, record: str, values: Mapping[str, str]) -> None:
        self._drafts.save(form, record, values, instant_text(self._clock()))

    def drop_draft(self, form: str, record: str) -> None:
        self._drafts.drop(form, record)

    def note_viewed(self, customer: str) -> None:
        self._own.note_viewed(customer)

    def seat(self, record_id: str, answer: str, carried: Mapping[str, str]) -> str:
        return self._edits.seat(record_id, answer, carried)

    def use_slot(self, slot: FreeSlot, operation: str) -> None:
        self._seats.use(slot, operation)

    def want_seats(self, activity: str, slots: int) -> None:
        self._seats.want(activity, slots)

    def put_mark(self, mark: str) -> None:
        put_mark(self._connection, mark)

    def log_access(self, fields: Mapping[str, object]) -> str:
        """Save an entry of the access log with its place in the chain; return its id.

        Raises: Refused `edit.*` or the code of a field's rule: then there is neither.
        """
        links = AccessChain(self._connection)
        own = {"author": self._own.identity().user, "at": self.moment()}
        place = links.tip().length + 1
        sealed = access.sealed({**fields, **own, "place": place})
        entry = self._edits.create(access.KIND, sealed, None, None, None)
        links.add(entry, place, bytes.fromhex(str(sealed["commitment"])))
        return entry

    def let_go(self, operation_id: str) -> None:
        """Put what was set aside out of sight. Raises: NotFound `operation.unknown`."""
        if not self._outbox.let_go(operation_id, self.moment()):
            raise NotFound("operation.unknown")

    def take_back(self, operation_id: str) -> None:
        """Bring back what was let go. Raises: NotFound `operation.unknown`."""
        if not self._outbox.take_back(operation_id):
            raise NotFound("operation.unknown")

    def moment(self) -> str:
        """Return the moment as edits are labelled with it."""
        return instant_text(self._clock())
