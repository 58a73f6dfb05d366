"""From a sheet's cells to a table: which row holds the headings, where it ends.

People put a title above, merge cells downwards, leave columns empty, repeat
the headings on each printed page. Known headings decide which row is meant;
where none is known, the first row with several words in it.
"""

from __future__ import annotations

from collections.abc import Collection

from crm.domain.errors import BadFile
from crm.interchange import limits
from crm.interchange.headings import plain_heading
from crm.interchange.table import SOUND, WHOLE_ROW, Grid, Row, Table, column_letter

TOO_MANY_CELLS = "row.too_many_cells"

_Line = tuple[int, list[str]]


def table_of(grid: Grid, known: Collection[str], *, ragged_is_wrong: bool) -> Table:
    """Return the table that stands in `grid`.

    `known` are plain headings (`headings.known_headings`). With `ragged_is_wrong`
    a row longer than the headings is damaged: in csv, an unquoted separator
    inside a cell has moved what follows. Raises: BadFile `import.empty_table`.
    """
    _fill_merges(grid)
    at = _heading_index(grid.lines, known)
    heading_line, heading_cells = grid.lines[at]
    below = [line for line in grid.lines[at + 1 :] if line[1] != heading_cells]
    width = max(len(cells) for _, cells in (grid.lines[at], *below))
    if width * len(below) > limits.MAX_CELLS:
        raise BadFile("import.too_many_cells", limit=limits.MAX_CELLS)
    if ragged_is_wrong:
        _mark_ragged(grid, below, len(heading_cells))
    return Table(
        sheet=grid.sheet,
        headings=_headings(heading_cells, below, width),
        heading_line=heading_line,
        rows=tuple(_row(line, cells, width, grid) for line, cells in below),
        date1904=grid.date1904,
        encoding=grid.encoding,
        encoding_certain=grid.encoding_certain,
        other_sheets=grid.other_sheets,
    )


def _row(line: int, cells: list[str], width: int, grid: Grid) -> Row:
    padding = [""] * (width - len(cells))
    return Row(line, tuple(cells + padding), grid.damage.get(line, SOUND))


def _heading_index(lines: list[_Line], known: Collection[str]) -> int:
    if not lines:
        raise BadFile("import.empty_table")
    first = lines[: limits.HEADING_SEARCH_ROWS]
    scores = [sum(plain_heading(cell) in known for cell in cells) for _, cells in first]
    best = max(scores)
    if best:
        return scores.index(best)
    return next((i for i, (_, cells) in enumerate(first) if _looks_like_headings(cells)), 0)


def _looks_like_headings(cells: list[str]) -> bool:
    filled = [cell for cell in cells if cell]
    return len(filled) > 1 and not any(cell[0].isdigit() for cell in filled)


def _headings(cells: list[str], below: list[_Line], width: int) -> tuple[str, ...]:
    used: set[int] = set()
    for _, row in below:
        used.update(i for i, cell in enumerate(row) if cell and i not in used)
    names = [" ".join(cell.split()) for cell in cells] + [""] * (width - len(cells))
    named = (name or (f"({column_letter(i)})" if i in used else "") for i, name in enumerate(names))
    return _unique(list(named))


def _unique(names: list[str]) -> tuple[str, ...]:
    """Number repeated headings, in brackets: matching leaves brackets out."""
    seen: dict[str, int] = {}
    unique = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        unique.append(f"{name} ({seen[name]})" if name and seen[name] > 1 else name)
    return tuple(unique)


def _mark_ragged(grid: Grid, below: list[_Line], width: int) -> None:
    for line, cells in below:
        if len(cells) > width:
            grid.damage[line] = {**grid.damage.get(line, {}), WHOLE_ROW: TOO_MANY_CELLS}


def _fill_merges(grid: Grid) -> None:
    """Give each row of a cell merged downwards the value that all of them show."""
    rows = dict(grid.lines)
    work = 0
    for span in grid.merges:
        source = rows.get(span.top)
        if span.bottom <= span.top or source is None or span.left >= len(source):
            continue
        work += span.bottom - span.top
        if work > limits.MAX_CELLS:
            raise BadFile("import.damaged", part="mergeCells")
        _fill_down(rows, span.top, span.bottom, span.left)


def _fill_down(rows: dict[int, list[str]], top: int, bottom: int, column: int) -> None:
    for line in range(top + 1, bottom + 1):
        row = rows.get(line)
        if row is None:
            continue
        row.extend([""] * (column + 1 - len(row)))
        row[column] = row[column] or rows[top][column]
