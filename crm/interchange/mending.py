"""The file to mend: bad rows as they were, with the reason beside each.

The person mends the cells and hands this very file in again; the column with
the reasons is left out when it is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from crm.domain.errors import BadFile
from crm.domain.kind import Kind
from crm.domain.messages import explain, line
from crm.interchange.headings import PROBLEM_HEADINGS, ColumnMapping, label_of, plain_heading
from crm.interchange.reading import BadRow, Problem, Reading
from crm.interchange.xlsx_out import xlsx_bytes

_HEADINGS = {"zh": PROBLEM_HEADINGS[0], "en": PROBLEM_HEADINGS[1]}
_SHEETS = {"zh": "待修改", "en": "To mend"}
_COLUMN_WIDTH, _REASON_WIDTH = 18, 60


def bad_rows_file(reading: Reading, language: str, also: Iterable[BadRow] = ()) -> bytes:
    """Return an xlsx of `reading`'s bad rows and `also` those a plan holds, by line.

    It has the table's columns and one more, 问题 or Problem, in front of them.
    """
    rows = sorted((*reading.bad, *also), key=lambda row: row.line)
    keep = _columns_to_keep(reading.mapping)
    headings = [_HEADINGS[language], *(reading.mapping.headings[i] for i in keep)]
    cells = ([row_reason(row, reading, language), *(row.raw[i] for i in keep)] for row in rows)
    widths = [_REASON_WIDTH, *(_COLUMN_WIDTH for _ in keep)]
    return xlsx_bytes(_SHEETS[language], headings, cells, widths)


def row_reason(row: BadRow, reading: Reading, language: str) -> str:
    """Return one text: the line, and what to mend in it, a problem a line."""
    texts = [problem_text(p, reading.kind, reading.mapping, language) for p in row.problems]
    return line("import.line", language, line=row.line, problem="\n".join(texts))


def problem_text(problem: Problem, kind: Kind, mapping: ColumnMapping, language: str) -> str:
    """Return what is wrong and what to do, led by the heading that the person gave."""
    named = _named(problem.field, kind, mapping, language)
    text = " ".join(part for part in explained(problem, kind, mapping, language) if part)
    return line("import.field", language, field=named, problem=text) if named else text


def explained(
    problem: Problem, kind: Kind, mapping: ColumnMapping, language: str
) -> tuple[str, str]:
    """Return (what is wrong, what to do); a field is called by the heading of its column."""
    named = _named(problem.field, kind, mapping, language)
    facts: Mapping[str, object] = {"limit": 0, **problem.facts, "field": named}
    return explain(BadFile(problem.code, **facts), language)


def _named(field: str, kind: Kind, mapping: ColumnMapping, language: str) -> str:
    heading = next(
        (mapping.headings[i] for i, name in mapping.columns.items() if name == field), ""
    )
    spec = kind.by_name.get(field)
    return heading or (label_of(spec, language) if spec else "")


def _columns_to_keep(mapping: ColumnMapping) -> list[int]:
    """Return the columns with a heading, but for reasons given earlier."""
    reasons = {plain_heading(heading) for heading in PROBLEM_HEADINGS}
    headings = mapping.headings
    return [i for i, text in enumerate(headings) if text and plain_heading(text) not in reasons]
