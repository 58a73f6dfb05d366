"""The rows of a file that cannot be taken: what is wrong with each, and mending them in place.

The file itself is neither read again nor written.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from crm.domain.errors import Refused
from crm.interchange.mending import explained
from crm.interchange.planning import IDENTITY_DIFFERS, NO_KEY, SEVERAL, TWIN
from crm.interchange.reading import BadRow, GoodRow, Problem, Reading, read_row
from crm.interchange.table import WHOLE_ROW, Row
from desktop.services.intake import Intake, planned

# What to type where the row as a whole is the problem.
_TELLS_APART = {IDENTITY_DIFFERS: "id_number", SEVERAL: "id_number", NO_KEY: "phone"}
_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing that is wrong with a row."""

    code: str
    field: str  # "" for the row as a whole
    what: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowProblem:
    """A row that is not taken. `value` is not masked: it goes into the box where it is mended."""

    row: int
    customer: str  # the name as it stands in the file; "" where there is none
    reasons: tuple[Reason, ...]
    repair_field: str  # what to type anew; "" where typing does not help
    value: str = field(repr=False)  # what stands there now
    same_as: int | None = None  # the earlier row about the same customer


def problems(intake: Intake, language: str) -> tuple[RowProblem, ...]:
    """Return the rows that are not taken, in the order of the file."""
    rows = sorted((*intake.reading.bad, *intake.plan.held), key=lambda bad: bad.line)
    return tuple(_problem(intake, bad, language) for bad in rows)


def _problem(intake: Intake, bad: BadRow, language: str) -> RowProblem:
    repair_field = next(filter(None, map(_repair_field, bad.problems)), "")
    twin = next((p for p in bad.problems if p.code == TWIN), None)
    return RowProblem(
        row=bad.line,
        customer=_cell(intake, bad, "name"),
        reasons=tuple(_reason(intake.reading, problem, language) for problem in bad.problems),
        repair_field=repair_field if _can_mend(intake, bad.line) else "",
        value=_cell(intake, bad, repair_field),
        same_as=int(str(twin.facts["first"])) if twin else None,
    )


def _repair_field(problem: Problem) -> str:
    return problem.field or _TELLS_APART.get(problem.code, "")


def _reason(reading: Reading, problem: Problem, language: str) -> Reason:
    what, remedy = explained(problem, reading.kind, reading.mapping, language)
    return Reason(code=problem.code, field=problem.field, what=what, remedy=remedy)


def _cell(intake: Intake, bad: BadRow, name: str) -> str:
    typed = intake.mended.get(bad.line, _NOTHING)
    at = next((i for i, field in intake.mapping.columns.items() if field == name), None)
    return typed.get(name, bad.raw[at] if at is not None else "")


def _row(intake: Intake, line: int) -> Row | None:
    rows = intake.table.rows  # in the order of their lines
    at = bisect_left(rows, line, key=lambda row: row.line)
    return rows[at] if at < len(rows) and rows[at].line == line else None


def _can_mend(intake: Intake, line: int) -> bool:
    """A row whose cells have moved has to be mended in the file."""
    row = _row(intake, line)
    return row is not None and WHOLE_ROW not in row.damage


def repair(intake: Intake, row: int, name: str, text: str) -> Intake:
    """Return the intake with field `name` of one row typed anew, and planned again.

    The field may lack a column. What is still wrong is told by `problems` as before; other rows
    may be freed as well, or held back now.
    Raises: Refused `import.no_such_row`; `headings.unknown_field`.
    """
    source = _row(intake, row)
    if source is None or not _can_mend(intake, row):
        raise Refused("import.no_such_row", row=row)
    if name not in intake.kind.by_name:
        raise Refused("headings.unknown_field", known=", ".join(intake.kind.by_name))
    typed = {**intake.mended.get(row, _NOTHING), name: text.strip()}
    reading = _read_again(intake, source, typed)
    mended = {**intake.mended, row: typed}
    return planned(replace(intake, reading=reading, mended=mended))


def _read_again(intake: Intake, source: Row, typed: Mapping[str, str]) -> Reading:
    """Return the reading with one row read with what was typed."""
    before = intake.reading
    read = read_row(
        source, before.mapping, before.kind, date1904=intake.table.date1904, instead=typed
    )
    good = [row for row in before.good if row.line != source.line]
    bad = [row for row in before.bad if row.line != source.line]
    passed_over = set(before.passed_over) - {source.line}
    if isinstance(read, GoodRow):
        good.append(read)
    elif read is not None:
        bad.append(read)
    else:
        passed_over.add(source.line)
    return replace(
        before,
        good=tuple(sorted(good, key=lambda each: each.line)),
        bad=tuple(sorted(bad, key=lambda each: each.line)),
        passed_over=tuple(sorted(passed_over)),
    )
