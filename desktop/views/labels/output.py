"""How a run of labels leaves the program: as a PDF, to a printer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QFileDialog, QWidget

from crm.domain.errors import UserError
from desktop.services.labelling import SheetShape
from desktop.services.progress import Progress
from desktop.views.language.translating import translate
from desktop.views.parts import file_dialogs, printing
from desktop.views.parts.printing import Troubles, dots, wanted_pages, warm_up

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrintDialog, QPrinter

__all__ = ["dots", "wanted_pages", "warm_up"]

TROUBLES = Troubles("labels.disk_full", "labels.file_unwritable", "labels.printer")


def file_name(day: date) -> str:
    """Return a file's default name; it says what and when, never who."""
    return translate("Labels", "Address labels {day}").format(day=day.isoformat()) + ".pdf"


def ask_file(parent: QWidget, day: date, then: Callable[[Path], object]) -> QFileDialog:
    """Ask where the PDF goes; `then` gets the path if one is chosen."""
    return file_dialogs.ask_where(
        parent,
        translate("Labels", "Save labels as PDF"),
        file_name(day),
        translate("Labels", "PDF files (*.pdf)"),
        lambda path: then(Path(path)),
    )


def save(path: Path, pdf: bytes) -> None:
    """Write the file whole or not at all. Raises: Refused, BadFile; an older file then stays."""
    printing.save(path, pdf, TROUBLES)


def unsaved(error: OSError) -> UserError:
    """Return why a file could not be written, in words for the person."""
    return printing.unsaved(error, TROUBLES)


def printer_for(shape: SheetShape) -> QPrinter:
    """Return the usual printer, set to the sheet's own paper, whole page and no margins."""
    return printing.printer_for(shape, translate("Labels", "Address labels"))


def ask_printer(
    parent: QWidget, printer: QPrinter, pages: int, then: Callable[[], object]
) -> QPrintDialog:
    """Show the system's print dialog; `then` is called if the person prints."""
    return printing.ask_printer(parent, printer, pages, translate("Labels", "Print labels"), then)


def print_pages(
    printer: QPrinter, adapter: Any, pdf: bytes, shape: SheetShape, progress: Progress
) -> int:
    """Print a finished file; return how many pages. Raises: Refused `labels.printer`; Cancelled."""
    return printing.print_pages(printer, adapter, pdf, shape, TROUBLES, progress)
