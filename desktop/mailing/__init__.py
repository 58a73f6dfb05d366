"""Printed matter: values in, PDF bytes out; and pages of a PDF as pictures.

The only room with pypdfium2, and beside the server's dossiers the only one that asks `crm.paper`
for PDF; it knows no Qt, no SQL and no HTTP. Importing it costs nothing: reportlab and pypdfium2
are loaded by the first run, not when the program starts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from desktop.mailing.cells import next_free
from desktop.mailing.sheets import sheet_shapes
from desktop.mailing.values import (
    Addressee,
    Finding,
    FontsMissing,
    LabelPlan,
    LabelRun,
    Picture,
)

__all__ = [
    "Addressee",
    "Finding",
    "FontsMissing",
    "LabelPlan",
    "LabelRun",
    "Picture",
    "label_pdf",
    "label_plan",
    "list_pdf",
    "next_free",
    "page_count",
    "page_picture",
    "sheet_shapes",
]


def label_pdf(
    addressees: Sequence[Addressee],
    *,
    sheet: str = "a4-24",
    first_cell: int = 1,
    skip: Collection[int] = (),
    offset_mm: tuple[float, float] = (0.0, 0.0),
    language: str = "zh",
    progress: Callable[[int, int], None] | None = None,
    font_folders: Sequence[Path] | None = None,
) -> LabelRun:
    """Return address labels as a PDF, with everything a person should look at.

    `sheet` names a file in resources/sheets. Cells count from 1, row by row; on the first
    sheet only, those before `first_cell` and those in `skip` (used or bad) stay empty.
    `offset_mm` moves everything right and down, for a printer that draws beside the mark.
    `language` sets the order of the lines. `progress(done, total)` is called
    after each sheet and may raise `Cancelled`. `font_folders` are searched
    instead of the system's. The same input gives the same bytes.

    Raises: Refused `mailing.sheet.unknown`, `mailing.first_cell.out_of_range`,
    `mailing.skip.out_of_range`, `mailing.sheet.full`, `mailing.offset.out_of_range`,
    `mailing.language.unknown`, `mailing.labels.empty`; FontsMissing `mailing.fonts.none`.
    """
    from desktop.mailing.labels import print_labels  # here, so that start-up loads no reportlab

    return print_labels(
        addressees,
        sheet=sheet,
        first_cell=first_cell,
        skip=skip,
        offset_mm=offset_mm,
        language=language,
        progress=progress or _silent,
        font_folders=font_folders,
    )


def label_plan(
    addressees: Sequence[Addressee],
    *,
    sheet: str = "a4-24",
    first_cell: int = 1,
    skip: Collection[int] = (),
    bad: Collection[int] = (),
    language: str = "zh",
    progress: Callable[[int, int], None] | None = None,
    font_folders: Sequence[Path] | None = None,
) -> LabelPlan:
    """Return what `label_pdf` would print, cell by cell, without printing it.

    The text of a cell is as it is set: broken into lines, with places and sizes. `bad` cells
    are skipped like those in `skip`, and shown as what they are. Nobody to print for is no
    error here: the plan then has one sheet without labels. Raises as `label_pdf` does.
    """
    from desktop.mailing.labels import plan_labels

    return plan_labels(
        addressees,
        sheet=sheet,
        first_cell=first_cell,
        skip=skip,
        bad=bad,
        language=language,
        progress=progress or _silent,
        font_folders=font_folders,
    )


def list_pdf(
    title: str,
    about: Sequence[str],
    headings: Sequence[str],
    shares: Sequence[float],
    rows: Sequence[Sequence[str]],
    *,
    place: Callable[[int, int], str],
    language: str = "zh",
    font_folders: Sequence[Path] | None = None,
) -> bytes:
    """Return a list as a PDF of A4 pages: a title, lines about it, rows under headings.

    `shares` are the widths of the columns against each other; `place(page, pages)` words a
    page's number. The same input gives the same bytes. Raises: FontsMissing `mailing.fonts.none`.
    """
    from desktop.mailing.lists import print_list

    folders = None if font_folders is None else tuple(font_folders)
    return print_list(
        title, about, headings, shares, rows, place=place, language=language, folders=folders
    )


def page_count(pdf: bytes) -> int:
    """Return how many pages a PDF of ours has."""
    from desktop.mailing.pictures import count

    return count(pdf)


def page_picture(pdf: bytes, page: int, dpi: float) -> Picture:
    """Return page `page` (from 1) of a PDF of ours, drawn at `dpi` dots an inch.

    Raises: ValueError for a page that is not there, or dots beyond 1 to 1200.
    """
    from desktop.mailing.pictures import draw

    return draw(pdf, page, dpi)


def _silent(_done: int, _total: int) -> None:
    """Report to nobody."""
