"""Taking a person's spreadsheet in. Plans first, then saves.

Everything here holds values in memory and changes nothing, but for `take`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from crm.domain.access_words import OTHER, ROWS, what_words
from crm.domain.errors import Cancelled, NotFound
from crm.domain.kind import Fields, Kind, Personal, Schema, Value
from crm.domain.kinds import SCHEMA
from crm.domain.masking import mask
from crm.interchange.export import shown
from crm.interchange.files import read_table
from crm.interchange.headings import ColumnMapping, match_headings
from crm.interchange.mending import bad_rows_file
from crm.interchange.planning import (
    NOBODYS,
    Changed,
    Created,
    Existing,
    Own,
    Plan,
    plan_import,
)
from crm.interchange.reading import Reading, read_customers
from crm.interchange.table import Step, Table, no_step
from crm.records.keys import natural_keys
from desktop.services.access import Access, note_access
from desktop.services.customers import CUSTOMER, everybody
from desktop.services.mapping import Inspection
from desktop.services.ports import Held, Reader, ReaderFactory, UnitOfWork, UowFactory
from desktop.services.progress import Progress

PAGE = 100  # rows to a transaction: others wait for it
UNSENT = ("queued", "sent")
NEW, UPDATED, UNCHANGED = "new", "updated", "unchanged"
KEY_FIELDS = ("name", "phone", "id_type", "id_number", "birth_date", "village", "address")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiles:
    """Every row of the file once: what becomes of it."""

    new: int
    updated: int
    unchanged: int  # repeats of another row, and rows whose every change is kept off, included
    errors: int

    @property
    def rows(self) -> int:
        return self.new + self.updated + self.unchanged + self.errors

    @property
    def to_write(self) -> int:
        return self.new + self.updated


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field of one row. `tile` is "new", "updated" or "unchanged" (all of it kept off)."""

    row: int
    customer: str  # name
    record: str  # id; "" for a new customer
    field: str
    now: str  # in the person's words, masked by class; "" for empty
    becomes: str
    kept: bool  # stays as it is: an edit of this field has not been sent
    tile: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """A file read and held against the replica; nothing is changed yet."""

    table: Table
    reading: Reading
    plan: Plan
    existing: Existing = field(repr=False)
    own: Own = field(default_factory=lambda: NOBODYS, repr=False)
    mended: Mapping[int, Mapping[str, str]] = field(default_factory=dict, repr=False)

    @property
    def mapping(self) -> ColumnMapping:
        return self.reading.mapping

    @property
    def kind(self) -> Kind:
        return self.reading.kind

    def bad_rows(self, language: str) -> bytes:
        """Return an xlsx of the rows to mend, with line and reason."""
        return bad_rows_file(self.reading, language, self.plan.held)

    @property
    def to_mend(self) -> int:
        return len(self.reading.bad) + len(self.plan.held)

    @property
    def tiles(self) -> Tiles:
        """Count the rows; together they are all the file's, sums and blank lines left out."""
        return Tiles(
            new=len(self.plan.created),
            updated=len(self.plan.changed),
            unchanged=len(self.plan.unchanged) + len(self.plan.merged),
            errors=self.to_mend,
        )

    @property
    def recognised(self) -> Mapping[str, int]:
        """Count the rows whose customer is there, by `identity`, `name_phone`, `beside`."""
        return dict(self.plan.known_by)

    @property
    def repeats(self) -> Mapping[int, int]:
        """Return the rows that say what an earlier row said: {row: earlier row}."""
        return dict(self.plan.repeats)

    def fields_changed(self) -> dict[str, int]:
        """Count the fields that will be written over in customers who are there, commonest first.

        Kept ones do not count.
        """
        counts = Counter(name for row in self.plan.changed for name in row.changes)
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    def changes(self, language: str, tile: str = UPDATED) -> tuple[FieldChange, ...]:
        """Return one line for each field of the rows of one tile, in the order of the file.

        "updated": written and kept fields; "unchanged": kept fields only; "new": all that is
        filled in.
        """
        if tile == NEW:
            rows = (line for row in self.plan.created for line in self._new(row.line, row.fields))
            return tuple(_in_words(rows, self.kind, language))
        chosen = self.plan.changed if tile == UPDATED else self.plan.spared
        found = chain.from_iterable(self._changed(row, tile) for row in chosen)
        return tuple(_in_words(found, self.kind, language))

    def _new(self, line: int, fields: Fields) -> Iterator[_Line]:
        name = str(fields.get("name", ""))
        for key, value in fields.items():
            yield _Line(line, name, "", key, None, value, kept=False, tile=NEW)

    def _changed(self, row: Changed, tile: str) -> Iterator[_Line]:
        name = str(row.before.get("name", ""))
        order = {**row.changes, **row.kept}
        for key in (spec.name for spec in self.kind.fields if spec.name in order):
            old, new = order[key]
            kept = key in row.kept
            yield _Line(row.line, name, row.record_id, key, old, new, kept=kept, tile=tile)


@dataclass(frozen=True, slots=True)
class _Line:
    row: int
    customer: str
    record: str
    field: str
    old: Value | None
    new: Value
    kept: bool
    tile: str


def _in_words(lines: Iterable[_Line], kind: Kind, language: str) -> Iterator[FieldChange]:
    def words(name: str, value: Value | None) -> str:
        spec = kind.by_name[name]
        if value is not None and spec.personal is Personal.MASKED:
            return mask(spec, value)
        return shown(spec, value, language)

    for each in lines:
        yield FieldChange(
            row=each.row,
            customer=each.customer,
            record=each.record,
            field=each.field,
            now=words(each.field, each.old),
            becomes=words(each.field, each.new),
            kept=each.kept,
            tile=each.tile,
        )


# --- rows to mend --------------------------------------------------------------------------


def let_out_bad_rows(new_uow: UowFactory, planned: Intake, language: str) -> bytes:
    """Return the xlsx of the rows to mend, once it stands in the access log: it holds identity
    numbers and phones in clear, wherever it is taken. Raises: as `note_access`."""
    why = what_words(ROWS, language)
    count = planned.to_mend
    note_access(new_uow, Access(action="export", reason=OTHER, note=why, what=ROWS, count=count))
    return planned.bad_rows(language)


# --- planning ------------------------------------------------------------------------------


def preview(
    reader: ReaderFactory,
    inspection: Inspection,
    *,
    keep_unsent: bool = True,
    step: Step = no_step,
) -> Intake:
    """Hold an inspected file against the replica; change nothing.

    With `keep_unsent` a field that the person changed, and that has not been sent, keeps its
    value. `step` hears of rows checked and may raise `Cancelled`. Raises: Refused `headings.*`.
    """
    reading = read_customers(inspection.table, inspection.mapping(), inspection.kind, step)
    return _held_against(reader, inspection.table, reading, keep_unsent=keep_unsent)


def plan_intake(
    reader: ReaderFactory,
    data: bytes,
    filename: str,
    overrides: Mapping[str, str],
    schema: Schema = SCHEMA,
) -> Intake:
    """Read a file and plan what taking it in would do, by headings that match only.

    Raises: BadFile, Refused.
    """
    kind = schema[CUSTOMER]
    table = read_table(data, filename, kind=kind)
    mapping = match_headings(table.headings, kind, overrides)
    return _held_against(reader, table, read_customers(table, mapping, kind), keep_unsent=True)


def _held_against(
    reader: ReaderFactory, table: Table, reading: Reading, *, keep_unsent: bool
) -> Intake:
    known = list(everybody(reader))
    needed = {*KEY_FIELDS, *reading.mapping.columns.values()}
    existing = Existing.of(
        ((h.id, {n: v for n, v in h.fields.items() if n in needed}) for h in known),
        reading.kind,
        natural_keys,
    )
    with reader() as replica:
        own = _unsent(replica, known) if keep_unsent else NOBODYS
    return planned(
        Intake(table=table, reading=reading, plan=Plan(reading.kind), existing=existing, own=own)
    )


def planned(intake: Intake) -> Intake:
    """Return the intake with its plan made anew from its reading."""
    plan = plan_import(intake.reading.good, intake.existing, intake.kind, natural_keys, intake.own)
    return replace(intake, plan=plan)


def _unsent(replica: Reader, known: Iterable[Held]) -> Own:
    """Return the fields of each customer that an edit waits for, new customers' included."""
    waiting = [held.id for held in known if held.waiting]
    own: dict[str, set[str]] = {}
    for entry in replica.outbox_of(waiting) if waiting else ():
        if entry.state in UNSENT:
            own.setdefault(entry.record, set()).update(entry.fields)
    return own


# --- saving --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a plan. `groups` undo it: the user actions saved, in order."""

    rows: int  # written
    groups: tuple[str, ...] = field(repr=False)
    skipped: tuple[int, ...]  # rows whose customer changed or left since the preview
    whole: bool  # False: the person asked to stop; what was written stays


def take(new_uow: UowFactory, plan: Plan, progress: Progress) -> Taken:
    """Carry out a plan, a page of rows to a transaction.

    Each row is a user action of its own. Cancelled between pages, what was saved stays; the
    same file again takes the rest. A row is skipped where a field no longer has the value that
    the preview showed.
    """
    rows: list[Created | Changed] = [*plan.created, *plan.changed]
    taking = _Taking(new_uow)
    for start in range(0, len(rows), PAGE):
        try:
            progress.step(start, len(rows))
        except Cancelled:
            return taking.taken(whole=False)
        taking.page(rows[start : start + PAGE])
    return taking.taken(whole=True)


class _Taking:
    """Saves pages of rows, and keeps count of what is committed."""

    def __init__(self, new_uow: UowFactory) -> None:
        self._new_uow = new_uow
        self._rows = 0
        self._groups: list[str] = []
        self._skipped: list[int] = []

    def page(self, rows: Sequence[Created | Changed]) -> None:
        with self._new_uow() as uow:
            skipped = [row.line for row in rows if not _saved(uow, row)]
            groups = uow.saved_groups()
            uow.commit()
        self._rows += len(rows) - len(skipped)
        self._groups += groups
        self._skipped += skipped

    def taken(self, *, whole: bool) -> Taken:
        skipped = tuple(self._skipped)
        return Taken(rows=self._rows, groups=tuple(self._groups), skipped=skipped, whole=whole)


def _saved(uow: UnitOfWork, row: Created | Changed) -> bool:
    """Save one row, unless the customer is not what the preview showed any more."""
    if isinstance(row, Created):
        uow.create(CUSTOMER, row.fields)
        return True
    try:
        now = uow.get(row.record_id).fields
    except NotFound:
        return False
    if any(now.get(name) != old for name, (old, _) in row.changes.items()):
        return False
    uow.edit(row.record_id, {name: new for name, (_, new) in row.changes.items()})
    return True
