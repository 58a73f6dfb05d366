"""Which cells of which sheet a run fills, in turn. Arithmetic only: no fonts, no text.

Here cells count from 1, row by row, as a person counts them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import count, islice

from crm.domain.errors import Refused
from desktop.mailing.sheets import Sheet, sheet_named
from desktop.services.labelling import NextFree

Place = tuple[int, int]  # sheet, cell


def check_cells(sheet: Sheet, first_cell: int, skip: Collection[int]) -> None:
    """Refuse a start or a mark outside the sheet, and a first sheet without a free cell.

    Raises: Refused `mailing.first_cell.out_of_range`, `mailing.skip.out_of_range`,
    `mailing.sheet.full`.
    """
    last = sheet.cells.count
    if not 1 <= first_cell <= last:
        raise Refused("mailing.first_cell.out_of_range", first_cell=first_cell, last=last)
    strays = [cell for cell in skip if not 1 <= cell <= last]
    if strays:
        raise Refused("mailing.skip.out_of_range", cell=min(strays), last=last)
    if all(cell in skip for cell in range(first_cell, last + 1)):
        raise Refused("mailing.sheet.full", first_cell=first_cell)


def places(sheet: Sheet, first_cell: int, skip: Collection[int]) -> Iterator[Place]:
    """Yield the place of each label in turn, without end; only the first sheet is part-used."""
    last = sheet.cells.count
    yield from ((1, cell) for cell in range(first_cell, last + 1) if cell not in skip)
    for number in count(2):
        yield from ((number, cell) for cell in range(1, last + 1))


def next_free(sheet: str, first_cell: int, skip: Collection[int], labels: int) -> NextFree:
    """Return where the label after `labels` labels would go, for the next run to start there.

    Its `used` cells are those of that sheet that are printed on or marked; cells that were
    kept before the start stay free. Raises: Refused as `label_pdf` does.
    """
    shape = sheet_named(sheet)
    check_cells(shape, first_cell, skip)
    return free_after(shape, first_cell, skip, labels)


def free_after(sheet: Sheet, first_cell: int, skip: Collection[int], labels: int) -> NextFree:
    """See next_free."""
    taken = list(islice(places(sheet, first_cell, skip), labels + 1))
    number, cell = taken[-1]
    used = {place[1] for place in taken[:-1] if place[0] == number}
    return NextFree(
        sheet=number, cell=cell, used=frozenset(used | (set(skip) if number == 1 else set()))
    )
