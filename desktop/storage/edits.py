"""Saving edits: the view, the shadow and the outbox operation, in one transaction.

What is checked here is what the server will check as well: values, kinds that laptops only
read, streams that may not be written to. Everything else (conflicts, departures) is the
server's to decide; an edit that passes here is saved, whatever the network does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager

import sqlalchemy as sa

from crm.domain.errors import NotFound, Refused
from crm.domain.ids import new_id
from crm.domain.instants import instant_text
from crm.domain.kind import ID, Kind
from crm.records.canonical import check_wire_value, seen_hash
from crm.records.changes import Change, diff
from desktop.services.ports import Clock, Operation
from desktop.storage.cursors import Cursors
from desktop.storage.layers import Copy, Layers
from desktop.storage.outbox import Outbox
from desktop.storage.own_state import OwnState
from desktop.storage.reading import Reading
from desktop.storage.search_port import Touched
from desktop.storage.seats import Seats
from desktop.storage.tables import Tables
from desktop.storage.withdrawing import free_of

GROUP_LIMIT = 200  # operations of one user action


class Edits:
    """Turns what a manager saves into operations."""

    def __init__(self, connection: sa.Connection, tables: Tables, clock: Clock) -> None:
        self._tables = tables
        self._clock = clock
        self._outbox = Outbox(connection)
        self._cursors = Cursors(connection, tables)
        self._layers = Layers(connection, tables, self._outbox)
        self._reading = Reading(connection, tables)
        self._own = OwnState(connection)
        self._seats = Seats(connection)
        self._group: str | None = None
        self._in_group = 0
        self._saved: dict[str, None] = {}  # the groups of this transaction, in order
        self.touched = Touched()

    @contextmanager
    def group(self) -> Iterator[None]:
        """Make what is saved inside the block one user action."""
        if self._group is not None:
            raise RuntimeError("groups do not nest")
        self._group, self._in_group = new_id(), 0
        try:
            yield
        finally:
            self._group = None

    def create(
        self,
        kind_name: str,
        fields: Mapping[str, object],
        parent: str | None,
        home: str | None,
        record_id: str | None,
    ) -> str:
        """Save a new record and return its id.

        Raises: Refused `edit.*` or the code of the field's rule; NotFound `record.unknown`
        when there is no such parent.
        """
        kind = self._writable_kind(kind_name)
        _check_whole(kind)
        above = None if parent is None else self._reading.copy(parent)
        _check_place(kind, above)
        stream = above.stream if above else self._home(kind, home)
        self._check_stream(stream)
        changes = diff({}, _cleaned(fields))
        _check_values(kind, changes, whole_record=True)
        record = _checked_id(record_id) if record_id else new_id()
        self._save(
            Copy.unknown(record, kind_name, parent, above.root if above else record, stream),
            "append" if kind.append_only else "create",
            changes,
            home=None if above else stream,
        )
        return record

    def edit(self, record_id: str, changes: Mapping[str, object]) -> str | None:
        """Save changed fields; return the operation's id, or None when nothing differs.

        Raises: Refused, NotFound `record.unknown`.
        """
        copy = self._reading.copy(record_id)
        kind = self._writable_kind(copy.kind)
        if kind.append_only:
            raise Refused("edit.append_only", kind=kind.name)
        self._check_stream(copy.stream)
        _check_editable(kind, changes)
        wanted = _cleaned(changes)
        made = diff({name: copy.fields.get(name) for name in wanted}, wanted)
        if not made:
            return None
        _check_values(kind, made, whole_record=False)
        return self._save(copy, "edit", made)

    def delete(self, record_id: str) -> str:
        """Save the death of a record and return the operation's id (`delete-sees`).

        Raises: Refused, NotFound `record.unknown`.
        """
        copy = self._reading.copy(record_id)
        kind = self._writable_kind(copy.kind)
        if kind.append_only:
            raise Refused("edit.append_only", kind=kind.name)
        _check_whole(kind)
        self._check_stream(copy.stream)
        seen = self._reading.with_descendants(copy)
        seen_text = seen_hash((c.id, c.kind, c.parent, c.fields) for c in seen)
        return self._save(copy, "delete", {}, seen=seen_text)

    def seat(self, record_id: str, answer: str, carried: Mapping[str, str]) -> str:
        """Save an answer to an invitation (`slot-once`); return the operation's id.

        `carried`: what a yes from a leased seat brings, by the names in crm.domain.seats.
        Raises: Refused `seat.kind`, `edit.*`; NotFound `record.unknown`.
        """
        copy = self._reading.copy(record_id)
        kind = self._writable_kind(copy.kind)
        if kind.takes is None:
            raise Refused("seat.kind")
        self._check_stream(copy.stream)
        state = kind.takes.state
        kind.check({state: answer}, whole_record=False)
        changes: dict[str, Change] = {name: (None, value) for name, value in carried.items()}
        return self._save(copy, "seat", {state: (copy.fields.get(state), answer), **changes})

    def saved_groups(self) -> tuple[str, ...]:
        """Return the user actions saved in this transaction and not withdrawn, in order."""
        return tuple(self._saved)

    def withdrawable(self, groups: Collection[str]) -> frozenset[str]:
        """Return those of `groups` that never left and that nothing saved since builds on."""
        unsent = set(groups) - self._outbox.left(groups)
        return free_of(unsent, self._outbox.unsettled_since(unsent)) if unsent else frozenset()

    def withdraw(self, groups: Collection[str]) -> None:
        """Take actions back as if they had never been; only those that are `withdrawable`.

        The view of their records is laid anew over the server layer; a record that was born
        in them is gone again.
        """
        if not self.withdrawable(groups).issuperset(groups):
            raise RuntimeError("these operations may have been taken")
        operations = self._outbox.of_groups(groups)
        self._outbox.forget_groups(groups)
        self._seats.give_back([operation.id for operation in operations])
        self._layers.rebase({operation.record: operation.kind for operation in operations})
        for operation in operations:
            self._saved.pop(operation.group, None)
            self.touched.add(operation.kind, operation.record, operation.root)

    def _save(
        self,
        copy: Copy,
        verb: str,
        changes: Mapping[str, Change],
        *,
        home: str | None = None,
        seen: str | None = None,
    ) -> str:
        operation = Operation(
            id=new_id(),
            number=0,
            group=self._group_now(),
            author=self._own.identity().user,
            at=instant_text(self._clock()),
            verb=verb,
            record=copy.id,
            kind=copy.kind,
            root=copy.root,
            parent=copy.parent,
            home=home,
            stream=copy.stream,
            fields={name: list(change) for name, change in changes.items()},
            seen=seen,
        )
        self._outbox.add(operation)
        self._saved[operation.group] = None
        self._layers.rebase({copy.id: copy.kind})
        self.touched.add(copy.kind, copy.id, copy.root)
        return operation.id

    def _group_now(self) -> str:
        if self._group is None:
            return new_id()
        self._in_group += 1
        if self._in_group > GROUP_LIMIT:
            raise Refused("edit.group.too_many", limit=GROUP_LIMIT)
        return self._group

    def _writable_kind(self, name: str) -> Kind:
        kind = self._tables.schema.get(name)
        if kind is None:
            raise Refused("edit.kind.unknown", kind=name)
        if kind.server_only:
            raise Refused("edit.kind.read_only", kind=name)
        return kind

    def _home(self, kind: Kind, home: str | None) -> str:
        """Return the stream of a new root: the author's portfolio unless it is said."""
        stream = home or f"portfolio:{self._own.identity().user}"
        if stream.partition(":")[0] != kind.stream:
            raise Refused("edit.stream.kind", kind=kind.name)
        return stream

    def _check_stream(self, stream: str) -> None:
        """Refuse what the server would refuse. Before the first sync nothing is known of grants."""
        states = self._cursors.all()
        if states and not (stream in states and states[stream].writable):
            raise Refused("edit.stream.read_only", stream=stream.partition(":")[0])


def _check_place(kind: Kind, above: Copy | None) -> None:
    if above is None and not kind.may_be_root:
        raise Refused("edit.parent.missing", kind=kind.name)
    if above is not None and not kind.may_hang_under(above.kind):
        raise Refused("edit.parent.kind", kind=kind.name, parent=above.kind)


def _check_whole(kind: Kind) -> None:
    """Refuse to make or remove what only the server makes and removes."""
    if kind.laptop_fields is not None:
        raise Refused("edit.kind.read_only", kind=kind.name)


def _check_editable(kind: Kind, names: Iterable[str]) -> None:
    if kind.laptop_fields is not None and not kind.laptop_fields.issuperset(names):
        raise Refused("edit.kind.read_only", kind=kind.name)


def _check_values(kind: Kind, changes: Mapping[str, Change], *, whole_record: bool) -> None:
    values = {name: new for name, (_, new) in changes.items()}
    for name, value in values.items():
        if name not in kind.by_name:
            raise Refused("edit.field.unknown", field=name, kind=kind.name)
        check_wire_value(value)
    kind.check_open(changes)
    kind.check(values, whole_record=whole_record)
    if kind.takes is not None:
        kind.takes.check_edit(changes)


def _cleaned(fields: Mapping[str, object]) -> dict[str, object]:
    """Return the fields with empty texts and lists as None: the wire knows one "empty"."""
    return {n: None if value in ("", []) else value for n, value in fields.items()}


def _checked_id(record_id: str) -> str:
    if not ID.fullmatch(record_id):
        raise NotFound("record.id_form")
    return record_id
