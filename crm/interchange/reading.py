"""From a table's rows to a kind's fields: good rows, and bad ones with the reason.

The rules of the values are the domain's; here only what a spreadsheet did to
them is undone (day numbers, lost leading zeros) or, where that cannot be, told.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from crm.domain.checks import Finding, normalise
from crm.domain.errors import Refused
from crm.domain.kind import Field, Fields, FieldType, Kind
from crm.interchange.cell_values import moment_text, text_damage
from crm.interchange.headings import ColumnMapping
from crm.interchange.neutral import unguarded
from crm.interchange.table import WHOLE_ROW, Row, Step, Table, no_step

_DAY_NUMBER = re.compile(r"[1-9][0-9]{4}(?:\.[0-9]+)?")
_TIME_OF_DAY = re.compile(r"(?<=[0-9日])[T ]+[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?$")
_FOOTERS = frozenset(("合计", "总计", "小计", "共计", "total", "sum"))
_STEP_ROWS = 500
_AS_IT_IS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row cannot be taken: a code with a text in the catalogue, and its facts."""

    field: str  # "" for the row as a whole
    code: str
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class GoodRow:
    """A row that can be taken: its line, fields, doubts, and its cells as they were."""

    line: int
    fields: Fields
    findings: tuple[Finding, ...]
    raw: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row to mend: its line, every problem that was found, and its cells as they were."""

    line: int
    problems: tuple[Problem, ...]
    raw: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a table holds for one kind. Lines in `passed_over` hold no record at all."""

    kind: Kind
    mapping: ColumnMapping
    good: tuple[GoodRow, ...]
    bad: tuple[BadRow, ...]
    passed_over: tuple[int, ...]


def read_customers(
    table: Table, mapping: ColumnMapping, kind: Kind, step: Step = no_step
) -> Reading:
    """Return the table's rows as fields of `kind`, customers or any other.

    Rows with nothing in the columns that are used, and sums at the end, are
    passed over. `step` hears of rows done; what it raises ends the reading.
    """
    good: list[GoodRow] = []
    bad: list[BadRow] = []
    passed_over: list[int] = []
    for done, row in enumerate(table.rows):
        if done % _STEP_ROWS == 0:
            step(done, len(table.rows))
        read = read_row(row, mapping, kind, date1904=table.date1904)
        if read is None:
            passed_over.append(row.line)
        elif isinstance(read, GoodRow):
            good.append(read)
        else:
            bad.append(read)
    return Reading(
        kind=kind,
        mapping=mapping,
        good=tuple(good),
        bad=tuple(bad),
        passed_over=tuple(passed_over),
    )


def read_row(
    row: Row,
    mapping: ColumnMapping,
    kind: Kind,
    *,
    date1904: bool = False,
    instead: Mapping[str, str] = _AS_IT_IS,
) -> GoodRow | BadRow | None:
    """Return one row as fields of `kind`, or None where it holds no record.

    `instead`: what a person typed in place of cells, by field; the field may lack a column.
    """
    row = _mended(row, mapping, instead)
    given = _given(row, mapping, kind, date1904=date1904)
    given.update({n: text for n, text in instead.items() if n not in mapping.columns.values()})
    if not given or _is_footer(row):
        return None
    return _read(row, given, mapping, kind)


def _mended(row: Row, mapping: ColumnMapping, instead: Mapping[str, str]) -> Row:
    """Return the row with new cells; what was damaged in the old ones is gone with them."""
    columns = {i: instead[name] for i, name in mapping.columns.items() if name in instead}
    if not columns:
        return row
    cells = tuple(columns.get(i, cell) for i, cell in enumerate(row.cells))
    return Row(row.line, cells, {i: c for i, c in row.damage.items() if i not in columns})


def _given(row: Row, mapping: ColumnMapping, kind: Kind, *, date1904: bool) -> dict[str, str]:
    """Return the row's filled cells by field."""
    given = {}
    for column, name in mapping.columns.items():
        cell = row.cells[column]
        if cell:
            given[name] = undone(kind.by_name[name], cell, date1904=date1904)
    return given


def undone(spec: Field, cell: str, *, date1904: bool) -> str:
    """Return a cell's text without what the spreadsheet did to a value of this field."""
    text = unguarded(cell)
    if spec.type is FieldType.DAY:
        if _DAY_NUMBER.fullmatch(text):
            text = moment_text(float(text), date1904=date1904)
        return _TIME_OF_DAY.sub("", text)
    if spec.name == "postcode" and len(text) == 5 and text.isdecimal():
        return "0" + text  # 010000 of Hohhot, kept as the number 10000
    return text


def _is_footer(row: Row) -> bool:
    first = next((cell for cell in row.cells if cell), "")
    return "".join(first.split()).rstrip(":：").casefold() in _FOOTERS


def _read(row: Row, given: dict[str, str], mapping: ColumnMapping, kind: Kind) -> GoodRow | BadRow:
    problems = _damages(row, mapping)
    if not problems:
        try:
            fields, findings = normalise(kind, given, whole_record=True)
            return GoodRow(row.line, fields, findings, row.cells)
        except Refused as refusal:
            problems = [_problem(refusal)]
    if WHOLE_ROW not in row.damage:
        problems += _further(kind, given, [problem.field for problem in problems])
    return BadRow(row.line, tuple(problems), row.cells)


def _damages(row: Row, mapping: ColumnMapping) -> list[Problem]:
    if WHOLE_ROW in row.damage:  # its cells stand in wrong columns: they say nothing more
        return [Problem("", row.damage[WHOLE_ROW], {})]
    problems = []
    for column, name in mapping.columns.items():
        code = row.damage.get(column) or text_damage(row.cells[column])
        if code:
            problems.append(Problem(name, code, {}))
    return problems


def _further(kind: Kind, given: Mapping[str, str], found: list[str]) -> list[Problem]:
    """Return the problems of the other fields, so that one mending is enough."""
    missing = [s.name for s in kind.fields if s.required and s.name not in (*given, *found)]
    problems = [Problem(name, "field.required", {}) for name in missing]
    left = dict(given)
    for name in found:
        _leave_out(left, name)
    while left:
        try:
            normalise(kind, left)
        except Refused as refusal:
            problems.append(_problem(refusal))
        if not problems or problems[-1].field not in left:
            break
        _leave_out(left, problems[-1].field)
    return problems


def _leave_out(left: dict[str, str], name: str) -> None:
    left.pop(name, None)
    if name == "id_type":  # without its type a number would be judged by the wrong rule
        left.pop("id_number", None)


def _problem(refusal: Refused) -> Problem:
    facts = {name: fact for name, fact in refusal.facts.items() if name != "field"}
    return Problem(str(refusal.facts.get("field", "")), refusal.code, facts)
