"""The working copy of one transaction: records as they stand, and what changes.

Rules read and change records here; nothing is written before `ledger.flush`.
A unit works on a `Draft`, which is merged when the whole unit holds and
thrown away when one of its operations is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy.engine import Connection

from crm.domain.instants import parse_instant
from crm.domain.kind import Schema
from crm.records.changes import Change
from server.exchange.seat_book import Book, seat_stream
from server.exchange.tokens import Tokens
from server.store import people, seats
from server.store import records as store
from server.store.database import Database
from server.store.records import StoredRecord


class MoreStreams(Exception):  # then the union is locked and all is read again
    """A record lies in a stream that is not locked (`locked-write`)."""

    def __init__(self, streams: Iterable[str]) -> None:
        self.streams = frozenset(streams)
        super().__init__(self.streams)


@dataclass(frozen=True, slots=True)
class Revised:
    """One effective change of one record."""

    record: str
    version: int
    operation: str
    verb: str
    made_at: str
    changes: dict[str, Change]
    own_act: bool = False  # the server's own, not that of whoever caused it


@dataclass(slots=True)
class Effects:
    """What units did, beside the records themselves."""

    revisions: list[Revised] = field(default_factory=list)
    causes: dict[str, str] = field(default_factory=dict)  # record: why it left a stream
    fates: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    quarantined: list[tuple[str, str]] = field(default_factory=list)  # operation, reason
    rekeyed: set[str] = field(default_factory=set)  # records whose natural key changed

    def extend(self, other: Effects) -> None:
        self.revisions += other.revisions
        self.causes.update(other.causes)
        self.fates.update(other.fates)
        self.quarantined += other.quarantined
        self.rekeyed |= other.rekeyed


class Workspace:
    """Records of one transaction, read once, under the streams' locks."""

    def __init__(
        self,
        database: Database,
        connection: Connection,
        schema: Schema,
        locked: frozenset[str],
        *,
        at: str = "",
        tokens: Tokens | None = None,
    ) -> None:
        self.database = database
        self.connection = connection
        self.schema = schema
        self.locked = locked
        self._computers: dict[str, str | None] = {}
        self.before: dict[str, StoredRecord] = {}
        self.now: dict[str, StoredRecord] = {}
        self.touched: dict[str, None] = {}  # in order of first touch
        self.effects = Effects()
        self.at = at  # the moment of the transaction
        self.tokens = tokens
        self.books: dict[str, Book] = {}  # seats, by activity
        self._missing: set[str] = set()
        self._conflicts: dict[tuple[str, str], list[str]] = {}  # by stream and record
        self._histories: dict[str, list[Mapping[str, Any]]] = {}
        self._own_conflicts: dict[str, None] = {}  # touched here
        self._fates: dict[str, tuple[str, str | None]] = {}

    def computer(self, incarnation: str) -> str | None:
        """Return the name of the computer that an incarnation is on; None for the server's hand."""
        if incarnation not in self._computers:
            self._computers[incarnation] = people.computer(self.connection, incarnation)
        return self._computers[incarnation]

    def load(self, ids: Iterable[str]) -> None:
        """Read these records, and those they were merged into."""
        wanted = {i for i in ids if i not in self.now and i not in self._missing}
        while wanted:
            found = store.load(self.connection, wanted)
            self._missing |= wanted - found.keys()
            self._keep(found.values())
            wanted = {
                r.merged_into
                for r in found.values()
                if r.merged_into and r.merged_into not in self.now
            }

    def load_disputes(self, stream: str, records: Collection[str]) -> None:
        """Read at once what judging contested fields of `records` in `stream` will ask for."""
        stored = store.conflicts_about(self.connection, stream, records)
        self._keep(stored)
        self._conflicts.update({(stream, record): [] for record in records})
        for conflict in stored:
            self._conflicts[stream, conflict.fields["record"]].append(conflict.id)
        self._histories.update(store.histories(self.connection, records))

    def conflicts_about(self, stream: str, record: str) -> list[str]:
        """Return the ids of conflicts of a stream that concern a record: stored, or made here."""
        if (stream, record) not in self._conflicts:
            self.load_disputes(stream, [record])
        return [*self._conflicts[stream, record], *self._own_conflicts]

    def history(self, record: str) -> list[Mapping[str, Any]]:
        """Return the stored revisions of a record, oldest first."""
        if record not in self._histories:
            self._histories.update(store.histories(self.connection, [record]))
        return self._histories[record]

    def load_fates(self, ids: Iterable[str]) -> None:
        self._fates.update(store.fates(self.connection, ids))

    def load_family(self, root: str) -> None:
        self._keep(store.family(self.connection, root))

    def load_families(self, roots: Iterable[str]) -> None:
        self._keep(store.families(self.connection, roots))

    def _keep(self, records: Iterable[StoredRecord]) -> None:
        for record in records:
            self._missing.discard(record.id)
            if record.id not in self.now:
                self.before[record.id] = record
                self.now[record.id] = record

    def find(self, record_id: str) -> StoredRecord | None:
        if record_id not in self.now:
            self.load([record_id])
        return self.now.get(record_id)

    def fate(self, record_id: str) -> tuple[str, str | None] | None:
        return self.effects.fates.get(record_id) or self._fates.get(record_id)

    def touch(self, record: StoredRecord) -> None:
        """Take a changed record over from a unit."""
        self.now[record.id] = record
        self.touched[record.id] = None
        if record.kind == "conflict":
            self._own_conflicts[record.id] = None

    def draft(self) -> Draft:
        return Draft(self)

    def book(self, activity: str) -> Book:
        """Return an activity's seats; the caller holds its lock."""
        if activity not in self.books:
            self.books[activity] = Book.read(self.connection, activity)
        return self.books[activity]

    @cached_property
    def frozen(self) -> bool:
        """Tell whether no seat may be given without a signed word (`freeze`)."""
        until = seats.frozen_until(self.connection)
        return until is not None and parse_instant(self.at) < parse_instant(until)


class Draft:
    """Changes of one unit over a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.schema = workspace.schema
        self.effects = Effects()
        self._changed: dict[str, StoredRecord] = {}
        self._books: dict[str, Book] = {}

    def find(self, record_id: str) -> StoredRecord | None:
        return self._changed.get(record_id) or self.workspace.find(record_id)

    def living(self, record_id: str) -> StoredRecord | None:
        """Return the record, or the survivor it was merged into; None when unknown."""
        record = self.find(record_id)
        hops = 0
        while record is not None and record.merged_into and hops < 100:
            record, hops = self.find(record.merged_into), hops + 1
        return record

    def family(self, root: str) -> list[StoredRecord]:
        """Return every record of a family as this unit sees it, dead ones too."""
        self.workspace.load_family(root)
        merged = {**self.workspace.now, **self._changed}
        found = [r for r in merged.values() if r.root == root]
        return sorted(found, key=lambda r: (r.rank, r.id))

    def families(self, roots: Iterable[str]) -> list[list[StoredRecord]]:
        """Return the families of those roots that exist, each with its root first.

        For a draft that has changed nothing yet.
        """
        wanted: dict[str, list[StoredRecord]] = {root: [] for root in roots}
        self.workspace.load_families(wanted)
        for record in self.workspace.now.values():
            if record.root in wanted:
                wanted[record.root].append(record)
        ordered = (sorted(f, key=lambda r: (r.id != r.root, r.rank, r.id)) for f in wanted.values())
        return [family for family in ordered if family]

    def fate(self, record_id: str) -> tuple[str, str | None] | None:
        return self.effects.fates.get(record_id) or self.workspace.fate(record_id)

    def conflicts_about(self, stream: str, record: str) -> list[StoredRecord]:
        """Return the conflicts that may concern a record, as this unit sees them."""
        own = [r.id for r in self._changed.values() if r.kind == "conflict"]
        ids = dict.fromkeys([*self.workspace.conflicts_about(stream, record), *own])
        return [found for i in ids if (found := self.find(i)) is not None]

    def change(self, record: StoredRecord) -> StoredRecord:
        """Return a copy that this unit may change, one version up (`version-up`)."""
        self.need(record.stream)
        copy = self._changed.get(record.id)
        if copy is None:
            copy = self._changed[record.id] = record.copy()
        copy.version += 1
        return copy

    def add(self, record: StoredRecord) -> StoredRecord:
        self.need(record.stream)
        self._changed[record.id] = record
        return record

    def book(self, activity: str) -> Book:
        """Return an activity's seats, to be changed by this unit. Raises: MoreStreams."""
        self.need(seat_stream(activity))
        if activity not in self._books:
            self._books[activity] = self.workspace.book(activity).copy()
        return self._books[activity]

    def seated(self, record_id: str) -> str | None:
        """Return the activity where a record has a seat or waits for one."""
        books = {**self.workspace.books, **self._books}
        here = (a for a, book in books.items() if record_id in book.seats)
        return next(here, None) or seats.activity_of_seat(self.workspace.connection, record_id)

    def revise(
        self,
        record: StoredRecord,
        operation: str,
        verb: str,
        made_at: str,
        changes: dict[str, Any],
        *,
        own_act: bool = False,
    ) -> None:
        self.effects.revisions.append(
            Revised(record.id, record.version, operation, verb, made_at, changes, own_act)
        )

    def need(self, stream: str) -> None:
        """Raise MoreStreams unless the stream is locked."""
        if stream not in self.workspace.locked:
            raise MoreStreams([stream])

    def move(self, record: StoredRecord, stream: str) -> None:
        """Let a copy made by `change` lie in another stream."""
        self.need(stream)
        record.stream = stream

    def keep(self) -> None:
        """Merge this unit into the workspace."""
        for record in self._changed.values():
            self.workspace.touch(record)
        self.workspace.books.update(self._books)
        self.workspace.effects.extend(self.effects)
