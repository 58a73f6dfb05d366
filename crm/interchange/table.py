"""A table as a person keeps it: headings, and rows with the line numbers seen on screen.

Values only. `Grid` is what a reader hands to `layout`, `Table` what everything
after it works with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

Step = Callable[[int, int], None]  # (done, total); raises Cancelled to stop

WHOLE_ROW = -1  # the column of a damage that is not one cell's
SOUND: Mapping[int, str] = MappingProxyType({})


def no_step(_done: int, _total: int) -> None:
    """Report to nobody."""


@dataclass(frozen=True, slots=True)
class Span:
    """A merged range: rows are line numbers, columns count from 0; both ends belong to it."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(slots=True)
class Grid:
    """One sheet's cells before anybody knows which row holds the headings."""

    sheet: str
    lines: list[tuple[int, list[str]]] = field(default_factory=list)  # not blank, by line number
    damage: dict[int, dict[int, str]] = field(default_factory=dict)  # line -> column -> code
    merges: list[Span] = field(default_factory=list)
    date1904: bool = False
    encoding: str = ""
    encoding_certain: bool = True
    other_sheets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its line number, its cells, and which of them lost their value (column -> code)."""

    line: int
    cells: tuple[str, ...]
    damage: Mapping[int, str] = field(default_factory=lambda: SOUND)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A sheet or csv file. Every row has as many cells as there are headings.

    Headings are unique; a column without any content has an empty heading, one
    with content but no heading is called by its letter in brackets.
    """

    sheet: str
    headings: tuple[str, ...]
    heading_line: int
    rows: tuple[Row, ...]
    date1904: bool = False  # day numbers count from 1904
    encoding: str = ""  # of a csv file
    encoding_certain: bool = True
    other_sheets: tuple[str, ...] = ()  # visible ones that were not read


def column_letter(index: int) -> str:
    """Return A for 0, Z for 25, AA for 26."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
