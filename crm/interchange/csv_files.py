"""Text tables: csv with commas, semicolons or tabs.

A line of the file is what a spreadsheet shows as a row, so a quoted cell with
line breaks inside counts once and blank lines count too.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice

from crm.domain.errors import BadFile
from crm.interchange import limits
from crm.interchange.table import Grid, Step, column_letter, no_step
from crm.interchange.text_encoding import decode
from crm.interchange.worksheet import check_size

SEPARATORS = (",", ";", "\t", "|")
_SAMPLE_RECORDS = limits.HEADING_SEARCH_ROWS
_SAMPLE_CHARACTERS = 200_000
_DIRECTIVE = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)
_END = "\x00end"  # cannot occur: a text with NUL is refused before
_STEP_RECORDS = 1000
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_LONGEST_LINE = limits.MAX_COLUMNS * limits.MAX_CELL_CHARACTERS
_MOST_SEPARATORS = 3 * limits.MAX_CELL_CHARACTERS  # of one record: some stand inside a cell


def read_csv(data: bytes, encoding: str | None = None, step: Step = no_step) -> Grid:
    """Return the file's cells.

    Raises: BadFile for text that is no table: undecodable, with NUL, with a
    quotation mark that is never closed, or beyond the limits.
    """
    decoded = decode(data, encoding)
    text = decoded.text.removeprefix("\ufeff")
    if "\x00" in text:
        raise BadFile("import.unknown_kind")
    text, separator = _separated(text)
    grid = Grid("", encoding=decoded.encoding, encoding_certain=decoded.certain)
    _fill(grid, text, separator, step)
    return grid


def _separated(text: str) -> tuple[str, str]:
    """Return the text without Excel's `sep=` line, and the separator."""
    directive = _DIRECTIVE.match(text)
    if directive:
        return text[directive.end() :], directive[1]
    return text, max(SEPARATORS, key=lambda mark: _fit(text[:_SAMPLE_CHARACTERS], mark))


def _fit(sample: str, separator: str) -> tuple[int, int]:
    """Return how many of the first records agree on a width above one cell, and that width.

    Agreement comes first: marks inside one person's note are many, but on one line.
    """
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=separator)
    try:
        widths = [len(record) for record in islice(reader, _SAMPLE_RECORDS)]
    except csv.Error:
        return 0, 0
    agreed = Counter(width for width in widths if width > 1).most_common(1)
    return (agreed[0][1], agreed[0][0]) if agreed else (0, 0)


def _fill(grid: Grid, text: str, separator: str, step: Step) -> None:
    cells = characters = 0
    for number, record in enumerate(_records(text, separator), start=1):
        if number % _STEP_RECORDS == 0:
            step(number, 0)
        if number > limits.MAX_LINES:
            raise BadFile("import.too_many_rows", limit=limits.MAX_ROWS)
        row = _stripped(record, number)
        if not row:
            continue
        grid.lines.append((number, row))
        cells += len(row)
        characters += sum(map(len, row))
        check_size(len(grid.lines), cells, characters)


def _records(text: str, separator: str) -> Iterator[list[str]]:
    lines = _Lines(text, separator)
    reader = csv.reader(chain(lines, ("\r\n", _END)), delimiter=separator)
    pending = None
    try:
        for record in reader:
            if pending is not None:
                yield pending
            lines.next_record()
            pending = record
    except csv.Error as error:  # a cell beyond the library's own limit of 131,072
        raise _too_long(lines.record) from error
    if pending != [_END]:
        raise BadFile("import.quote_open", line=lines.record - 1)


class _Lines:
    """Yields the lines of a text, as long as none, and no record, takes memory beyond measure."""

    def __init__(self, text: str, separator: str) -> None:
        self._text, self._separator = text, separator
        self.record = 1  # that is being read
        self._separators = 0

    def next_record(self) -> None:
        self.record += 1
        self._separators = 0

    def __iter__(self) -> Iterator[str]:
        for found in _LINE.finditer(self._text):
            if found.end() - found.start() > _LONGEST_LINE:
                raise _too_long(self.record)
            line = found[0]
            self._separators += line.count(self._separator)
            if self._separators > _MOST_SEPARATORS:
                code, limit = "import.too_many_columns", limits.MAX_COLUMNS
                raise BadFile(code, line=self.record, limit=limit)
            yield line


def _too_long(record: int) -> BadFile:
    limit = limits.MAX_CELL_CHARACTERS
    return BadFile("import.cell_too_long", line=record, column="?", limit=limit)


def _stripped(record: list[str], number: int) -> list[str]:
    """Return the record's cells without outer blanks, and without empty cells at its end."""
    row = [cell.strip() for cell in record]
    while row and not row[-1]:
        row.pop()
    if len(row) > limits.MAX_COLUMNS:
        raise BadFile("import.too_many_columns", line=number, limit=limits.MAX_COLUMNS)
    for column, cell in enumerate(row):
        if len(cell) > limits.MAX_CELL_CHARACTERS:
            raise BadFile(
                "import.cell_too_long",
                line=number,
                column=column_letter(column),
                limit=limits.MAX_CELL_CHARACTERS,
            )
    return row
