"""Printed matter: values in, PDF bytes out.

The only room with reportlab; it knows no Qt, no SQL and no HTTP. Importing it
costs nothing: reportlab is loaded by the first run, not when the program starts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from desktop.mailing.values import Addressee, Finding, FontsMissing, LabelRun

__all__ = ["Addressee", "Finding", "FontsMissing", "LabelRun", "label_pdf"]


def label_pdf(
    addressees: Sequence[Addressee],
    *,
    sheet: str = "a4-24",
    first_cell: int = 1,
    language: str = "zh",
    progress: Callable[[int, int], None] | None = None,
    font_folders: Sequence[Path] | None = None,
) -> LabelRun:
    """Return address labels as a PDF, with everything a person should look at.

    `sheet` names a file in resources/sheets; `first_cell` counts from 1, row by
    row, and leaves the used cells before it empty on the first sheet only.
    `language` sets the order of the lines. `progress(done, total)` is called
    after each sheet and may raise `Cancelled`. `font_folders` are searched
    instead of the system's. The same input gives the same bytes.

    Raises: Refused `mailing.sheet.unknown`, `mailing.first_cell.out_of_range`,
    `mailing.language.unknown`, `mailing.labels.empty`; FontsMissing
    `mailing.fonts.none`.
    """
    from desktop.mailing.labels import print_labels  # here, so that start-up loads no reportlab

    return print_labels(
        addressees,
        sheet=sheet,
        first_cell=first_cell,
        language=language,
        progress=progress or (lambda _done, _total: None),
        font_folders=font_folders,
    )
