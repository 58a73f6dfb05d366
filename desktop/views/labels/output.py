"""The ways out of the program: a PDF that only its owner can read, and a printer.

Functions for jobs, off the window's thread, and the dialogs before them. No dialog is awaited:
each calls back. A printer gets pages as pictures, at the exact size, without scaling.
"""

from __future__ import annotations

import errno
import importlib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QMarginsF, QRectF, QSizeF
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from crm.domain.errors import BadFile, Refused, UserError
from desktop.services.labelling import SheetShape
from desktop.services.private_files import write_private_file
from desktop.services.progress import Progress
from desktop.views.labels.pictures import as_image
from desktop.views.language.translating import translate
from desktop.views.parts import file_dialogs

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrintDialog, QPrinter

LEAST_DPI, MOST_DPI = 300, 600
FULL = {errno.ENOSPC, errno.EDQUOT}


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
    try:
        write_private_file(path, pdf)
    except OSError as error:
        raise unsaved(error) from error


def unsaved(error: OSError) -> UserError:
    """Return why a file could not be written, in words for the person."""
    if error.errno in FULL:
        return Refused("labels.disk_full")
    return BadFile("labels.file_unwritable")


# --- the printer ---


def warm_up() -> None:
    """Load what printing needs. Safe on any thread, and slow: the system's printers come along."""
    importlib.import_module("PySide6.QtPrintSupport")


def printer_for(shape: SheetShape) -> QPrinter:
    """Return the usual printer, set to the sheet's own paper, whole page and no margins."""
    from PySide6.QtPrintSupport import QPrinter

    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    size = QSizeF(shape.width_mm, shape.height_mm)
    page = QPageSize(size, QPageSize.Unit.Millimeter)
    printer.setPageSize(page)
    printer.setPageOrientation(QPageLayout.Orientation.Portrait)
    printer.setFullPage(True)
    printer.setPageMargins(QMarginsF(0, 0, 0, 0), QPageLayout.Unit.Millimeter)
    printer.setDocName(translate("Labels", "Address labels"))
    return printer


def ask_printer(
    parent: QWidget, printer: QPrinter, pages: int, then: Callable[[], object]
) -> QPrintDialog:
    """Show the system's print dialog; `then` is called if the person prints."""
    from PySide6.QtPrintSupport import QPrintDialog

    dialog = QPrintDialog(printer, parent)
    dialog.setWindowTitle(translate("Labels", "Print labels"))
    dialog.setMinMax(1, pages)
    dialog.setFromTo(1, pages)
    dialog.setOption(QPrintDialog.PrintDialogOption.PrintSelection, on=False)
    dialog.accepted.connect(then)
    dialog.finished.connect(dialog.deleteLater)
    QDialog.open(dialog)  # the dialog's own `open` wants a slot by its name
    return dialog


def dots(printer: QPrinter) -> int:
    """Return the resolution of the pictures: the printer's own, between 300 and 600."""
    return min(MOST_DPI, max(LEAST_DPI, printer.resolution()))


def wanted_pages(printer: QPrinter, pages: int) -> range:
    """Return the pages, from 1, that the person asked for in the dialog."""
    from PySide6.QtPrintSupport import QPrinter

    first, last = printer.fromPage(), printer.toPage()
    if first <= 0 or printer.printRange() is QPrinter.PrintRange.AllPages:
        return range(1, pages + 1)
    return range(max(1, first), min(pages, last or pages) + 1)


def print_pages(
    printer: QPrinter, printing: Any, pdf: bytes, shape: SheetShape, progress: Progress
) -> int:
    """Print a finished file page by page, and return how many. Work for a job.

    Whoever stops between pages has those printed that were sent. Raises: Refused
    `labels.printer`; Cancelled.
    """
    wanted = wanted_pages(printer, printing.page_count(pdf))
    painter = QPainter()
    if not painter.begin(printer):
        raise Refused("labels.printer")
    try:
        for number, page in enumerate(wanted):
            progress.step(number, len(wanted))
            if number and not printer.newPage():
                raise Refused("labels.printer")
            _draw(
                painter, printer, as_image(printing.page_picture(pdf, page, dots(printer))), shape
            )
    except BaseException:
        printer.abort()
        raise
    finally:
        painter.end()
    progress.step(len(wanted), len(wanted))
    return len(wanted)


def _draw(painter: QPainter, printer: QPrinter, image: QImage, shape: SheetShape) -> None:
    """Draw a page from the paper's own corner, millimetre for millimetre."""
    inch = printer.resolution() / 25.4
    painter.resetTransform()
    corner = printer.pageLayout().fullRectPixels(printer.resolution()).topLeft()
    size = QSizeF(shape.width_mm * inch, shape.height_mm * inch)
    painter.drawImage(QRectF(corner.toPointF(), size), image)
