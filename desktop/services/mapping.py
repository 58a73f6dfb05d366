"""Which column of a person's file goes where, and why we believe it.

Opens the file, proposes, and lets the person choose; nothing is compared with the replica here.
What is only guessed is filled in as well, but marked: nothing is taken before the preview.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from crm.domain import identity, phones
from crm.domain.checks import normalise
from crm.domain.errors import Refused
from crm.domain.kind import Field, FieldType, Kind, Personal
from crm.domain.kinds import SCHEMA
from crm.domain.masking import mask
from crm.interchange.files import read_table
from crm.interchange.headings import (
    PROBLEM_HEADINGS,
    ColumnMapping,
    is_own_name,
    likely_headings,
    match_headings,
    plain_heading,
)
from crm.interchange.reading import undone
from crm.interchange.table import Row, Step, Table, no_step
from desktop.services.customers import CUSTOMER

SAMPLE = 50  # filled cells of a column that are looked at
EXAMPLES = 3
MOST = 0.8  # of the sample must look alike for a guess
LONG_NUMBER = 7  # digits that nobody sees unmasked in a column that may hold anything


class Why(StrEnum):
    """Why a column goes where it goes."""

    PERSON = "person"  # the person said so
    EXACT = "exact"  # the heading is the field's own name
    SYNONYM = "synonym"  # another word for it
    NEAR = "near"  # the heading is nearly one of its words
    CONTENT = "content"  # the values look like it
    UNFIT = "unfit"  # the heading says so, most values do not
    REASONS = "reasons"  # left out: our own column of problems
    EMPTY = "empty"  # left out: nothing is in it
    UNKNOWN = "unknown"  # left out: nothing is known of it


TO_LOOK_AT = frozenset({Why.NEAR, Why.CONTENT, Why.UNFIT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One heading: its first values, and the field that it feeds ("" for none)."""

    index: int
    heading: str
    examples: tuple[str, ...]  # masked; at most three different ones
    filled: int  # cells with anything in them
    target: str
    why: Why

    @property
    def needs_look(self) -> bool:
        return self.why in TO_LOOK_AT


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """A file that was read, and where its columns go so far. Unchanging; choosing gives another."""

    filename: str
    table: Table
    kind: Kind
    columns: tuple[Column, ...]
    chosen: Mapping[str, str] = field(default_factory=dict)  # heading -> field, by the person

    @property
    def rows(self) -> int:
        return len(self.table.rows)

    @property
    def targets(self) -> tuple[str, ...]:
        """Return the fields to choose from; "" leaves a column out."""
        return ("", *self.kind.by_name)

    @property
    def needing_look(self) -> int:
        return sum(column.needs_look for column in self.columns)

    def mapping(self) -> ColumnMapping:
        """Return the columns as rows are read with. Raises: Refused `headings.*`."""
        settled = {column.heading: column.target for column in self.columns}
        return match_headings(self.table.headings, self.kind, settled)

    @property
    def problem(self) -> Refused | None:
        """Return what keeps the file from being read so far: no name, two columns for a field."""
        try:
            self.mapping()
        except Refused as refusal:
            return refusal
        return None

    def choose(self, heading: str, target: str) -> Inspection:
        """Return the inspection with one column sent elsewhere ("" leaves it out).

        A column that only matched gives its field up to the one that the person names.
        Raises: Refused `headings.unknown_column`, `headings.unknown_field`.
        """
        return _inspected(self.filename, self.table, self.kind, {**self.chosen, heading: target})

    @cached_property
    def known_by(self) -> Mapping[str, int]:
        """Return how many rows have what persons are recognised by, strongest first.

        Keys: `identity`, `name_phone`, `beside` (name and village, address or birth date),
        `nothing`. Judged by filled cells alone; the preview says who was recognised.
        """
        at = {column.target: column.index for column in self.columns if column.target}
        counts = dict.fromkeys(("identity", "name_phone", "beside", "nothing"), 0)
        for row in self.table.rows:
            counts[_known_by(row, at)] += 1
        return counts


def inspect(
    data: bytes,
    filename: str,
    *,
    sheet: str | None = None,
    encoding: str | None = None,
    chosen: Mapping[str, str] | None = None,
    step: Step = no_step,
) -> Inspection:
    """Read a file and propose where its columns go.

    `sheet` and `encoding` say what a guess got wrong; `chosen` is what the person said of the
    same headings before (headings that this file lacks are passed over). `step` hears of rows
    read and may raise `Cancelled`. Raises: BadFile.
    """
    kind = SCHEMA[CUSTOMER]
    table = read_table(data, filename, sheet=sheet, encoding=encoding, kind=kind, step=step)
    known = {h: t for h, t in (chosen or {}).items() if h in table.headings}
    return _inspected(filename, table, kind, known)


def _inspected(filename: str, table: Table, kind: Kind, chosen: Mapping[str, str]) -> Inspection:
    return Inspection(
        filename=filename,
        table=table,
        kind=kind,
        columns=_Proposal(table, kind, chosen).columns(),
        chosen=dict(chosen),
    )


class _Proposal:
    """Finds a field for each column: the person's word, the heading, something near it, values."""

    def __init__(self, table: Table, kind: Kind, chosen: Mapping[str, str]) -> None:
        self._table = table
        self._kind = kind
        self._chosen = chosen
        self._likely = likely_headings(table.headings, kind, chosen)
        self._taken = set(self._likely.columns.values())

    def columns(self) -> tuple[Column, ...]:
        headed = [(i, heading) for i, heading in enumerate(self._table.headings) if heading]
        return tuple(self._column(index, heading) for index, heading in headed)

    def _column(self, index: int, heading: str) -> Column:
        cells = [row.cells[index] for row in self._table.rows if row.cells[index]]
        target, why = self._target(index, heading, cells[:SAMPLE])
        return Column(
            index=index,
            heading=heading,
            examples=_examples(cells, self._kind, target),
            filled=len(cells),
            target=target,
            why=why,
        )

    def _target(self, index: int, heading: str, sample: list[str]) -> tuple[str, Why]:
        if heading in self._chosen:
            return self._chosen[heading], Why.PERSON
        found = self._likely.columns.get(index)
        if found:
            return found, self._because(heading, self._kind.by_name[found], sample)
        if plain_heading(heading) in map(plain_heading, PROBLEM_HEADINGS):
            return "", Why.REASONS
        return self._guess(heading, sample) if sample else ("", Why.EMPTY)

    def _because(self, heading: str, spec: Field, sample: list[str]) -> Why:
        accepted = sum(_value(self._kind, spec, text) is not None for text in sample)
        if sample and accepted * 2 < len(sample):
            return Why.UNFIT
        return Why.EXACT if is_own_name(heading, spec) else Why.SYNONYM

    def _guess(self, heading: str, sample: list[str]) -> tuple[str, Why]:
        near = self._likely.suggested.get(heading, "")
        looks = _looks_like(sample)
        for target, why in ((looks, Why.CONTENT), (near, Why.NEAR)):
            if target and target not in self._taken:
                self._taken.add(target)
                return target, why
        return "", Why.UNKNOWN


def _looks_like(sample: list[str]) -> str:
    """Return the field that the values show by themselves, or ""."""
    tests = {
        "id_number": identity.looks_resident,
        "phone": _is_mobile,
        "email": _is_email,
    }
    for name, looks in tests.items():
        if sum(map(looks, sample)) >= MOST * len(sample):
            return name
    return ""


def _is_email(text: str) -> bool:
    name, _, domain = text.partition("@")
    return bool(name) and "." in domain


def _is_mobile(text: str) -> bool:
    try:
        return phones.is_mobile(phones.parse(text).value)
    except Refused:
        return False


def _examples(cells: list[str], kind: Kind, target: str) -> tuple[str, ...]:
    """Return the first different values, masked by the class of the field they go to."""
    first = list(dict.fromkeys(cells[:SAMPLE]))[:EXAMPLES]
    return tuple(_shown(text, kind, kind.by_name.get(target)) for text in first)


def _shown(text: str, kind: Kind, spec: Field | None) -> str:
    if spec is None or spec.personal is not Personal.MASKED:
        digits = sum(char.isdigit() for char in text)
        harmless = spec is not None and spec.type is FieldType.DAY
        return text if harmless or digits < LONG_NUMBER else mask(kind.by_name["phone"], text)
    value = _value(kind, spec, text)
    return mask(spec, text if value is None else value)


def _value(kind: Kind, spec: Field, text: str) -> str | None:
    """Return the value that the rules make of a cell as text, or None where they refuse it."""
    try:
        fields, _ = normalise(kind, {spec.name: undone(spec, text, date1904=False)})
    except Refused:
        return None
    return str(fields.get(spec.name, ""))


def _known_by(row: Row, at: Mapping[str, int]) -> str:
    def has(name: str) -> bool:
        return name in at and bool(row.cells[at[name]])

    if has("id_number"):
        return "identity"
    if has("name") and has("phone"):
        return "name_phone"
    placed = any(map(has, ("birth_date", "village", "address")))
    return "beside" if has("name") and placed else "nothing"
