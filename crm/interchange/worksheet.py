"""One worksheet's cells as text.

Takes what programs differ in as it comes: cells and rows without an address,
a wrong or missing dimension, shared and inline strings, formulas with the
value they last had, blank cells and rows that carry nothing but a style.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from crm.domain.errors import BadFile
from crm.interchange import limits
from crm.interchange.archive import Archive
from crm.interchange.cell_values import (
    ERROR_VALUE,
    NO_RESULT,
    NOT_COMPUTED,
    PLAIN,
    Style,
    number_text,
)
from crm.interchange.table import Grid, Span, Step, column_letter, no_step
from crm.interchange.workbook import Sheet, Workbook, unescaped
from crm.interchange.xml_parts import Attributes, parse

_RANGE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7}):\$?([A-Z]{1,3})\$?([0-9]{1,7})")


def read_sheet(archive: Archive, book: Workbook, sheet: Sheet, step: Step = no_step) -> Grid:
    """Return the sheet's cells. Raises: BadFile, with line and column where they are known."""
    handler = _Cells(book, sheet)
    parse(archive, sheet.part, handler, step)
    return handler.grid


class _Cells:
    """Builds a Grid from the events of a sheet's XML, one row at a time."""

    def __init__(self, book: Workbook, sheet: Sheet) -> None:
        self.grid = Grid(sheet.name, date1904=book.date1904)
        self._strings = book.strings
        self._styles = book.styles
        self._columns: dict[str, int] = {}  # letters -> index, as they come up
        self._line = 0
        self._column = -1
        self._row: list[str] = []
        self._damage: dict[int, str] = {}
        self._type = "n"
        self._style = PLAIN
        self._formula = False
        self._pieces: list[str] = []
        self._length = 0
        self._wanted = False
        self._phonetic = False
        self._elements = self._cells = self._characters = 0
        self._texts: dict[str, Callable[[str], tuple[str, str]]] = {
            "s": self._shared,
            "n": self._number,
            "b": lambda raw: ("TRUE" if raw == "1" else "FALSE", ""),
            "e": lambda raw: (raw, ERROR_VALUE),
            "d": lambda raw: (raw.removesuffix("T00:00:00").replace("T", " "), ""),
        }

    def start(self, name: str, attributes: Attributes) -> None:
        self._elements += 1
        if self._elements > limits.MAX_XML_ELEMENTS:
            raise BadFile("import.too_many_cells", limit=limits.MAX_CELLS)
        if name == "c":
            self._open_cell(attributes)
        elif name in ("v", "t"):
            self._wanted = not self._phonetic
        elif name == "row":
            self._open_row(attributes)
        elif name == "f":
            self._formula = True
        elif name == "rPh":
            self._phonetic = True
        elif name == "mergeCell":
            self._merge(attributes["ref"])

    def end(self, name: str) -> None:
        if name == "c":
            if self._pieces or self._formula:
                self._close_cell()
        elif name in ("v", "t"):
            self._wanted = False
        elif name == "row":
            self._close_row()
        elif name == "rPh":
            self._phonetic = False

    def text(self, data: str) -> None:
        if self._wanted:
            self._length += len(data)
            if self._length > limits.MAX_CELL_CHARACTERS:
                raise self._too_long()
            self._pieces.append(data)

    def _open_row(self, attributes: Attributes) -> None:
        line = int(attributes.get("r", self._line + 1))
        if not self._line < line <= limits.MAX_LINES:
            raise ValueError("rows out of order")
        self._line = line
        self._column = -1
        self._row = []

    def _open_cell(self, attributes: Attributes) -> None:
        address = attributes.get("r")
        if address is None:
            self._column += 1
        else:
            letters = address.rstrip("0123456789")
            column = self._columns.get(letters)
            self._column = self._column_of(letters) if column is None else column
        self._type = attributes.get("t", "n")
        style = attributes.get("s")
        self._style = PLAIN if style is None else self._style_at(int(style))
        self._pieces.clear()
        self._length = 0
        self._formula = False

    def _column_of(self, letters: str) -> int:
        column = _column_index(letters)
        self._columns[letters] = column
        return column

    def _style_at(self, index: int) -> Style:
        return self._styles[index] if 0 <= index < len(self._styles) else PLAIN

    def _close_cell(self) -> None:
        raw = "".join(self._pieces)
        if not raw and self._formula:
            self._put(NO_RESULT)
            self._damage[self._column] = NOT_COMPUTED
            return
        convert = self._texts.get(self._type)
        text, damage = convert(raw) if convert else (unescaped(raw).strip(), "")
        if text:
            self._put(text)
        if damage:
            self._damage[self._column] = damage

    def _put(self, text: str) -> None:
        column = self._column
        if column >= limits.MAX_COLUMNS:
            raise BadFile("import.too_many_columns", line=self._line, limit=limits.MAX_COLUMNS)
        row = self._row
        if column < len(row):
            raise ValueError("cells out of order")
        while len(row) < column:
            row.append("")
        row.append(text)
        self._characters += len(text)

    def _close_row(self) -> None:
        if not self._row:
            return
        self.grid.lines.append((self._line, self._row))
        self._cells += len(self._row)
        if self._damage:
            self.grid.damage[self._line] = self._damage
            self._damage = {}
        check_size(len(self.grid.lines), self._cells, self._characters)

    def _shared(self, raw: str) -> tuple[str, str]:
        index = int(raw)
        if index < 0:
            raise ValueError("a negative index")
        text = self._strings[index]
        if text is None:
            raise self._too_long()
        return text, ""

    def _number(self, raw: str) -> tuple[str, str]:
        if not raw.strip():
            return "", ""
        return number_text(raw.strip(), self._style, date1904=self.grid.date1904)

    def _merge(self, reference: str) -> None:
        match = _RANGE.fullmatch(reference)
        if match is None:
            raise ValueError("a merged range")
        if len(self.grid.merges) >= limits.MAX_MERGES:
            raise BadFile("import.too_many_cells", limit=limits.MAX_MERGES)
        left, top, right, bottom = match.groups()
        self.grid.merges.append(
            Span(int(top), _column_index(left), int(bottom), _column_index(right))
        )

    def _too_long(self) -> BadFile:
        return BadFile(
            "import.cell_too_long",
            line=self._line,
            column=column_letter(self._column),
            limit=limits.MAX_CELL_CHARACTERS,
        )


def check_size(rows: int, cells: int, characters: int) -> None:
    """Raises: BadFile when what was read so far is more than a table may hold."""
    if rows > limits.MAX_ROWS:
        raise BadFile("import.too_many_rows", limit=limits.MAX_ROWS)
    if cells > limits.MAX_CELLS:
        raise BadFile("import.too_many_cells", limit=limits.MAX_CELLS)
    if characters > limits.MAX_TABLE_CHARACTERS:
        raise BadFile("import.too_much_text", limit=limits.MAX_TABLE_CHARACTERS)


def _column_index(letters: str) -> int:
    index = 0
    for letter in letters:
        if not "A" <= letter <= "Z":
            raise ValueError("a column's letters")
        index = index * 26 + ord(letter) - 64
    if not 0 < index <= 16_384:
        raise ValueError("a column's letters")
    return index - 1
