"""What one operation does: the rules of `docs/sync-protocol.md` §5.

A `Judge` looks at records through a draft and changes them there. It raises
Refused when the whole unit must be put back; every other outcome is a Result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from crm.domain.errors import Refused
from crm.domain.ids import derived_id
from crm.domain.kind import Kind
from crm.records import access
from crm.records.canonical import canonical, seen_hash
from crm.records.changes import Change, diff, overlaid
from server.exchange import erased, notes, seating
from server.exchange.actors import Actor, Standing
from server.exchange.operations import MAX_RECORD, Operation, Result, size
from server.exchange.workspace import Draft
from server.store import people
from server.store import records as store
from server.store.records import StoredRecord

MAX_HOPS = 100
SETTLED_STATE = "state"  # of conflicts, links and inbox items: the decision itself
KEYED = frozenset({"name", "phone", "id_type", "id_number"})  # natural keys are made of these
HOMES = ("bank", "branch:", "portfolio:")


class Judge:
    """Settles the operations of one actor on one draft."""

    def __init__(self, draft: Draft, actor: Actor) -> None:
        self.draft = draft  # of the unit that is judged now
        self.actor = actor
        self._standing = cache(actor.standing)
        self._verbs: dict[str, Callable[[Operation], Result]] = {
            "create": self._create,
            "append": self._create,
            "edit": self._edit,
            "delete": self._delete,
            "restore": self._restore,
            "merge": self._merge,
            "seat": self._seat,
        }

    def settle(self, op: Operation) -> Result:
        """Apply one operation. Raises: Refused, MoreStreams."""
        op.check()
        handle = self._verbs.get(op.verb)
        if handle is None:
            raise Refused("operation.verb")
        if op.author != self.actor.person:
            raise Refused("operation.author")
        if erased.concerns(self.draft, op):  # nothing of it is kept, in quarantine neither
            raise Refused("customer.erased")
        if self.actor.retired:  # it brings what it has, for the branch to look at
            seating.keep(self.draft, self.actor.person, op)
            return self._quarantine(op, "retired")
        if op.sealed is not None:  # nobody can read it here: kept for whoever finds the key
            return self._quarantine(op, "sealed")
        return handle(op)

    # Creating

    def _create(self, op: Operation) -> Result:
        if self.draft.find(op.record) is not None:
            return self._edit(op)  # there already, or its grave is
        if op.parent is None:
            return self._create_root(op)
        parent = self.draft.living(op.parent)  # `follow-merge`
        if parent is None:
            return self._unknown(op, op.parent)
        if stopped := self._stopped(op, parent, parent.stream):
            return stopped
        if parent.dead:
            return self._against_dead(op, parent)
        return self._add(op, parent.stream, parent.id, parent.root, parent.kind)

    def _create_root(self, op: Operation) -> Result:
        home = op.home or ""
        if not home.startswith(HOMES):
            raise Refused("operation.home")
        if stopped := self._stopped(op, None, home):
            return stopped
        self._check_entry(op, home)
        return self._add(op, home, None, op.record, "")

    def _check_entry(self, op: Operation, home: str) -> None:
        """Who saw what is said by whoever saw it, in a portfolio of their own."""
        own = (op.new_fields.get("author"), home) == (
            self.actor.person,
            f"portfolio:{self.actor.person}",
        )
        if op.kind == access.KIND and not (own or self.actor.server_hand):
            raise Refused("operation.author")

    def _add(
        self, op: Operation, stream: str, parent: str | None, root: str, parent_kind: str
    ) -> Result:
        kind = self.draft.schema.get(op.kind)
        if kind is not None:
            self._check_place(kind, stream, parent_kind)
            self._check_values(kind, op, whole_record=True)
        self._check_size(op.new_fields)
        record = self.draft.add(
            StoredRecord(
                id=op.record,
                kind=op.kind,
                rank=self.draft.schema.rank(op.kind),
                root=root,
                parent=parent,
                stream=stream,
                version=1,
                hash=None,
                dead=False,
                merged_into=None,
                fields=op.new_fields,
            )
        )
        self._revise(op, record, {n: (None, v) for n, v in op.new_fields.items()})
        return Result(outcome="applied", version=record.version)

    def _check_place(self, kind: Kind, stream: str, parent_kind: str) -> None:
        self._check_author(kind)
        if not stream.startswith(kind.stream):
            raise Refused("operation.home")
        if not (kind.may_hang_under(parent_kind) if parent_kind else kind.may_be_root):
            raise Refused("operation.parent")

    def _check_author(
        self, kind: Kind | None, op: Operation | None = None, *, below: bool = False
    ) -> None:
        """Refuse what only the server writes. `op` is given for edits of what is there.

        `below` is for what goes along with its parent: notes may, what the bank keeps may not.
        """
        if kind is None or self.actor.server_hand:
            return
        made_by_server = kind.laptop_fields is not None and not below
        if kind.server_only or (made_by_server and not self._settles(kind, op)):
            raise Refused("kind.server_only")

    def _settles(self, kind: Kind, op: Operation | None) -> bool:
        """Tell whether an operation edits no more than a laptop may, and in its own name."""
        if op is None or op.verb != "edit":
            return False
        settler = op.fields.get("settled_by", (None, None))[1]
        own = settler in (None, self.actor.person)
        return own and op.fields.keys() <= (kind.laptop_fields or frozenset())

    def _check_size(self, fields: Mapping[str, Any]) -> None:
        if sum(map(size, fields.values())) + sum(map(len, fields)) > MAX_RECORD:
            raise Refused("record.too_large", limit=MAX_RECORD // 1024)

    def _check_values(self, kind: Kind, op: Operation, *, whole_record: bool) -> None:
        brought = {n: new for n, (_, new) in op.fields.items()}
        if not self.actor.server_hand:
            kind.check_open(op.fields)
        kind.check(op.new_fields if whole_record else brought, whole_record=whole_record)
        if kind.takes is not None:
            kind.takes.check_edit(op.fields)

    # Editing

    def _edit(self, op: Operation) -> Result:
        record = self.draft.find(op.record)
        if record is None:
            return self._unknown(op, op.record)
        survivor = self.draft.living(op.record) or record
        if stopped := self._stopped(op, survivor, survivor.stream):
            return stopped
        kind = self.draft.schema.get(record.kind)
        self._check_author(kind, op)
        if kind is not None:
            self._check_values(kind, op, whole_record=False)
            if kind.append_only and (op.verb == "edit" or _says_otherwise(op, record)):
                raise Refused("kind.append_only")
        if survivor.dead:
            return self._against_dead(op, survivor)
        return self._lay_over(op, survivor, merged=survivor is not record)

    def _lay_over(self, op: Operation, record: StoredRecord, *, merged: bool) -> Result:
        """The `field` rule: equal base → apply; equal new → nothing; else keep both."""
        applied: dict[str, Change] = {}
        contested: dict[str, Change] = {}
        for name, (base, new) in op.fields.items():
            value = record.fields.get(name)
            if value == new:
                continue
            fits = value == base and not merged
            (applied if fits else contested)[name] = (base, new)
        if SETTLED_STATE not in applied:  # somebody else has decided: about that alone, if at all
            contested = self._without_riders(record, contested)
        version = self._apply(op, record, applied)
        for name, (base, new) in contested.items():
            self._contest(op, record, name, base, new)
        outcome = "conflict" if contested else "applied" if applied else "nothing"
        return Result(outcome=outcome, version=version)

    def _without_riders(
        self, record: StoredRecord, contested: dict[str, Change]
    ) -> dict[str, Change]:
        """Who settled it, and when, goes with the decision: nobody is asked about that apart."""
        kind = self.draft.schema.get(record.kind)
        if kind is None or kind.laptop_fields is None:
            return contested
        return {name: change for name, change in contested.items() if name == SETTLED_STATE}

    def _apply(self, op: Operation, record: StoredRecord, changes: dict[str, Change]) -> int:
        if not changes:
            return record.version
        copy = self.draft.change(record)
        copy.fields = overlaid(copy.fields, changes)
        self._check_size(copy.fields)
        self._revise(op, copy, changes)
        seating.follow(self.draft, op, copy, changes)
        return copy.version

    def _contest(
        self, op: Operation, record: StoredRecord, field: str, base: object, new: object
    ) -> None:
        record = self.draft.find(record.id) or record
        for conflict in self._open_conflicts(self._subject(op, record), record.stream):
            mine = conflict.fields
            same_place = mine.get("field") == field
            same_value = mine.get("mine") == canonical(base).decode()
            if same_place and same_value and self._is_of_this_laptop(mine.get("mine_device")):
                return self._amend(op, conflict, new)
        self._add_conflict(op, record, field)
        return None

    def _is_of_this_laptop(self, device: object) -> bool:
        """Tell whether a conflict was made by this laptop, before a fork perhaps."""
        if device == self._device:
            return True
        connection = self.draft.workspace.connection
        theirs, ours = (people.incarnation(connection, str(i)) for i in (device, self._device))
        return bool(theirs and ours and theirs.enrolment and theirs.enrolment == ours.enrolment)

    def _amend(self, op: Operation, conflict: StoredRecord, new: object) -> None:
        """A laptop that edits on over its own losing value amends that conflict."""
        copy = self.draft.change(conflict)
        update = {"mine": canonical(new).decode(), "mine_at": op.at, "mine_op": op.id}
        changes = {n: (copy.fields.get(n), v) for n, v in update.items()}
        copy.fields = {**copy.fields, **update}
        self._revise(op, copy, changes)

    def _open_conflicts(self, record_id: str, stream: str) -> list[StoredRecord]:
        return [
            c
            for c in self.draft.conflicts_about(stream, record_id)
            if not c.dead
            and c.fields.get("record") == record_id
            and c.fields.get("state") == "open"
        ]

    # Deleting, restoring, merging

    def _delete(self, op: Operation) -> Result:
        record = self.draft.find(op.record)
        if record is None:
            return self._unknown(op, op.record)
        if stopped := self._stopped(op, record, record.stream):
            return stopped
        kind = self.draft.schema.get(record.kind)
        self._check_author(kind)
        self._check_removable(kind)
        if record.dead:
            return Result(outcome="nothing", version=record.version)
        doomed = self._with_descendants(record)
        for one in doomed[1:]:
            self._check_author(self.draft.schema.get(one.kind), below=True)
        if op.seen is None or op.seen != seen_hash(
            (r.id, r.kind, r.parent, r.fields) for r in doomed
        ):  # `delete-sees`
            return self._against_unseen(op, record)
        for one in doomed:
            self._bury(op, one, "deleted")
        return Result(outcome="applied", version=self._version(record))

    def _check_removable(self, kind: Kind | None) -> None:
        """What is only ever added goes with its parent or by the server's hand, if at all."""
        if kind is not None and kind.append_only and not self.actor.server_hand:
            raise Refused("kind.append_only")

    def _with_descendants(self, record: StoredRecord) -> list[StoredRecord]:
        children: dict[str | None, list[StoredRecord]] = {}
        for member in self.draft.family(record.root):
            if not member.dead:
                children.setdefault(member.parent, []).append(member)
        doomed = [record]
        for one in doomed:  # grows as it is walked
            doomed += children.get(one.id, [])
        return doomed

    def _bury(self, op: Operation, record: StoredRecord, cause: str) -> StoredRecord:
        """Blank a row and keep it for ever (`grave`)."""
        copy = self.draft.change(record)
        gone = {n: (v, None) for n, v in copy.fields.items()}
        copy.fields, copy.dead, copy.aside = {}, True, None
        self.draft.effects.causes[copy.id] = cause
        self._revise(op, copy, gone)
        seating.follow(self.draft, op, copy, gone)
        return copy

    def _against_unseen(self, op: Operation, record: StoredRecord) -> Result:
        self._add_conflict(op, record, None)
        return Result(outcome="conflict", version=self._version(record))

    def _restore(self, op: Operation) -> Result:
        record = self.draft.find(op.record)
        if record is None:
            return self._unknown(op, op.record)
        if stopped := self._stopped(op, record, record.stream):
            return stopped
        if not record.dead:
            return Result(outcome="nothing", version=record.version)
        parent = self.draft.find(record.parent) if record.parent else None
        if record.merged_into or (parent is not None and parent.dead):
            return self._against_dead(op, record)
        kind = self.draft.schema.get(record.kind)
        self._check_author(kind)
        if kind is not None:
            self._check_values(kind, op, whole_record=True)
        copy = self.draft.change(record)
        copy.dead, copy.fields = False, op.new_fields
        brought = diff({}, copy.fields)
        self._revise(op, copy, brought)
        seating.follow(self.draft, op, copy, brought)
        return Result(outcome="applied", version=copy.version)

    def _merge(self, op: Operation) -> Result:
        record, into = self.draft.find(op.record), self.draft.living(op.into or "")
        if record is None or into is None:
            return self._unknown(op, op.record if record is None else str(op.into))
        for side in (record, into):  # a merge needs grants on both sides
            if self._standing(side.stream) is not Standing.WRITE:
                raise Refused("merge.grant")
        if self.draft.living(op.record) is into:
            return Result(outcome="nothing", version=self._version(record))
        if record.dead or into.dead or record.kind != into.kind or record.parent != into.parent:
            raise Refused("merge.unlike")
        self._check_removable(self.draft.schema.get(record.kind))
        return self._merge_family(op, record, into)

    def _merge_family(self, op: Operation, record: StoredRecord, into: StoredRecord) -> Result:
        if record.parent is not None:
            raise Refused("merge.unlike")  # only roots: their families move as a whole
        for member in self.draft.family(record.id):
            if member.id != record.id:
                self._rehang(op, member, record, into)
        copy = self._bury(op, record, "merged")
        copy.merged_into = into.id
        return Result(outcome="applied", version=copy.version)

    def _rehang(
        self, op: Operation, member: StoredRecord, record: StoredRecord, into: StoredRecord
    ) -> None:
        copy = self.draft.change(member)
        copy.root = into.id
        copy.parent = into.id if member.parent == record.id else member.parent
        self.draft.move(copy, into.stream)
        if not copy.dead:  # a grave keeps the cause of its death
            self.draft.effects.causes[copy.id] = "merged"
        self._revise(op, copy, {})

    # Seats

    def _seat(self, op: Operation) -> Result:
        endings = seating.Endings(self._unknown, self._stopped, self._against_dead)
        return seating.settle(self.draft, self.actor.person, op, endings)

    # What stops an operation

    def _stopped(self, op: Operation, record: StoredRecord | None, stream: str) -> Result | None:
        standing = self._standing(stream)
        if standing is Standing.WRITE:
            return None
        if standing is Standing.READ:
            raise Refused("stream.read_only")
        lived = {stream} if record is None else self._lived(op, record)
        if self.actor.once_on(lived):
            return self._divert(op, record, stream)
        return self._quarantine(op, "stranger")

    def _lived(self, op: Operation, record: StoredRecord) -> set[str]:
        """The streams where the record, its root or what was merged into it has lain.

        The parent that an operation names counts only for what is not there yet: of what is
        there the server knows it, and the operation's word may be forged.
        """
        ids = {record.id, record.root, op.record}
        if op.creates and op.parent is not None and self.draft.find(op.record) is None:
            ids.add(op.parent)
        return store.streams_lived(self.draft.workspace.connection, ids) | {record.stream}

    def _divert(self, op: Operation, record: StoredRecord | None, stream: str) -> Result:
        """To the inbox of whoever keeps the customer now; nothing is told (`divert`)."""
        item = notes.inbox_item(op)
        if record is None:  # a new root: its item is a root too, and what follows hangs there
            anchor = self._note(op, "inbox_item", item, None, stream)
        else:
            anchor = record
            self._note(op, "inbox_item", item, record, record.stream)
        self._seal_fate(op, "diverted", anchor.id)
        return Result(outcome="diverted")

    def _quarantine(self, op: Operation, reason: str) -> Result:
        """Kept for the branch to look at; never refused (`strangers`)."""
        self.draft.effects.quarantined.append((op.id, reason))
        self._seal_fate(op, "quarantined", None)
        return Result(outcome="quarantined")

    def _unknown(self, op: Operation, record_id: str) -> Result:
        """A record that is not there: as its fate says, else later (`fate`, `later`)."""
        fate = self.draft.fate(record_id)
        if fate is None:
            return Result(outcome="later", reason="record.unknown")
        outcome, anchor = fate
        record = self.draft.living(anchor) if anchor else None
        if outcome == "refused":
            self._seal_fate(op, outcome, None)
            return Result.refused("record.refused")
        if outcome == "quarantined" or record is None:
            return self._quarantine(op, "follows")
        if outcome == "conflict":
            return self._stopped(op, record, record.stream) or self._against_dead(op, record)
        return self._divert(op, record, record.stream)

    def _against_dead(self, op: Operation, record: StoredRecord) -> Result:
        """Somebody removed it: the edit waits beside the grave for a person."""
        if op.verb == "delete" or (op.verb == "edit" and not op.fields):
            return Result(outcome="nothing", version=record.version)
        if op.verb == "edit":
            for name, (base, new) in op.fields.items():
                self._contest(op, record, name, base, new)
        else:
            self._add_conflict(op, record, None)
        self._seal_fate(op, "conflict", record.id)
        return Result(outcome="conflict", version=record.version)

    def _seal_fate(self, op: Operation, outcome: str, anchor: str | None) -> None:
        if op.creates and self.draft.find(op.record) is None:
            self.draft.effects.fates[op.record] = (outcome, anchor)

    # Notes: conflicts and inbox items are records, children of what they concern; beside a
    # grave, of its nearest living ancestor, or roots: what hangs under the dead is not seen.

    def _subject(self, op: Operation, record: StoredRecord) -> str:
        """Return the id that a conflict names: of a create that made no row, the row's own."""
        return op.record if self.draft.find(op.record) is None else record.id

    def _place(self, record: StoredRecord) -> StoredRecord | None:
        """Return the nearest living record to hang a note under."""
        place: StoredRecord | None = record
        for _ in range(MAX_HOPS):
            if place is None or not place.dead:
                return place
            above = place.merged_into or place.parent
            place = self.draft.find(above) if above else None
        return None

    @property
    def _device(self) -> str:
        return self.actor.incarnation

    def _add_conflict(self, op: Operation, record: StoredRecord, field: str | None) -> None:
        fields = notes.conflict(self.draft, op, record, self._device, field)
        self._note(op, "conflict", fields, record, record.stream)

    def _note(
        self,
        op: Operation,
        kind: str,
        fields: dict[str, Any],
        about: StoredRecord | None,
        stream: str,
    ) -> StoredRecord:
        note_id = derived_id(kind, op.id, str(fields.get("field")))
        about = self._place(about) if about else None
        note = StoredRecord(
            id=note_id,
            kind=kind,
            rank=self.draft.schema.rank(kind),
            root=about.root if about else note_id,
            parent=about.id if about else None,
            stream=about.stream if about else stream,
            version=1,
            hash=None,
            dead=False,
            merged_into=None,
            fields=fields,
        )
        self._revise(op, self.draft.add(note), diff({}, fields))
        return note

    def _revise(self, op: Operation, record: StoredRecord, changes: dict[str, Any]) -> None:
        self.draft.revise(record, op.id, op.verb, op.at, changes)
        if not KEYED.isdisjoint(changes):
            self.draft.effects.rekeyed.add(record.id)

    def _version(self, record: StoredRecord) -> int:
        current = self.draft.find(record.id)
        return current.version if current else record.version


def _says_otherwise(op: Operation, record: StoredRecord) -> bool:
    """Tell whether a create that came again would change what lives."""
    return not record.dead and any(record.fields.get(n) != v for n, v in op.new_fields.items())
