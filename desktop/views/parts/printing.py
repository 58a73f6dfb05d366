"""The ways out of the program for anything on paper: a file only its owner can read, a printer.

Functions for jobs, off the window's thread, and the dialogs before them. No dialog is awaited:
each calls back. A printer gets pages as pictures, at the exact size, without scaling.
"""

from __future__ import annotations

import errno
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QMarginsF, QRectF, QSizeF
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter
from PySide6.QtWidgets import QDialog, QWidget

from crm.domain.errors import BadFile, Refused, UserError
from desktop.services.private_files import write_private_file
from desktop.services.progress import Progress

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrintDialog, QPrinter

LEAST_DPI, MOST_DPI = 300, 600
FULL = {errno.ENOSPC, errno.EDQUOT}


class Paper(Protocol):
    """How large a page is."""

    @property
    def width_mm(self) -> float: ...
    @property
    def height_mm(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of paper."""

    width_mm: float
    height_mm: float


A4 = Sheet(210.0, 297.0)


@dataclass(frozen=True, slots=True)
class Troubles:
    """The codes of what may go wrong, as the matter in hand words it."""

    disk_full: str
    unwritable: str
    printer: str


class Pixels(Protocol):
    """A page as pixels."""

    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def rgb(self) -> bytes: ...


def as_image(picture: Pixels) -> QImage:
    """Return a picture that owns its pixels."""
    width, height = picture.width, picture.height
    return QImage(picture.rgb, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def save(path: Path, content: bytes, troubles: Troubles) -> None:
    """Write the file whole or not at all. Raises: Refused, BadFile; an older file then stays."""
    try:
        write_private_file(path, content)
    except OSError as error:
        raise unsaved(error, troubles) from error


def unsaved(error: OSError, troubles: Troubles) -> UserError:
    """Return why a file could not be written, in words for the person."""
    if error.errno in FULL:
        return Refused(troubles.disk_full)
    return BadFile(troubles.unwritable)


# --- the printer ---


def warm_up() -> None:
    """Load what printing needs. Safe on any thread, and slow: the system's printers come along."""
    importlib.import_module("PySide6.QtPrintSupport")


def printer_for(paper: Paper, name: str) -> QPrinter:
    """Return the usual printer, set to this paper, whole page and no margins."""
    from PySide6.QtPrintSupport import QPrinter

    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    size = QSizeF(paper.width_mm, paper.height_mm)
    page = QPageSize(size, QPageSize.Unit.Millimeter)
    printer.setPageSize(page)
    printer.setPageOrientation(QPageLayout.Orientation.Portrait)
    printer.setFullPage(True)
    printer.setPageMargins(QMarginsF(0, 0, 0, 0), QPageLayout.Unit.Millimeter)
    printer.setDocName(name)
    return printer


def ask_printer(
    parent: QWidget, printer: QPrinter, pages: int, title: str, then: Callable[[], object]
) -> QPrintDialog:
    """Show the system's print dialog; `then` is called if the person prints."""
    from PySide6.QtPrintSupport import QPrintDialog

    dialog = QPrintDialog(printer, parent)
    dialog.setWindowTitle(title)
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
    printer: QPrinter,
    printing: Any,
    pdf: bytes,
    paper: Paper,
    troubles: Troubles,
    progress: Progress,
) -> int:
    """Print a finished file page by page, and return how many. Work for a job.

    Whoever stops between pages has those printed that were sent. Raises: Refused with the
    printer's trouble; Cancelled.
    """
    wanted = wanted_pages(printer, printing.page_count(pdf))
    painter = QPainter()
    if not painter.begin(printer):
        raise Refused(troubles.printer)
    try:
        for number, page in enumerate(wanted):
            progress.step(number, len(wanted))
            if number and not printer.newPage():
                raise Refused(troubles.printer)
            picture = as_image(printing.page_picture(pdf, page, dots(printer)))
            _draw(painter, printer, picture, paper)
    except BaseException:
        printer.abort()
        raise
    finally:
        painter.end()
    progress.step(len(wanted), len(wanted))
    return len(wanted)


def _draw(painter: QPainter, printer: QPrinter, image: QImage, paper: Paper) -> None:
    """Draw a page from the paper's own corner, millimetre for millimetre."""
    inch = printer.resolution() / 25.4
    painter.resetTransform()
    corner = printer.pageLayout().fullRectPixels(printer.resolution()).topLeft()
    size = QSizeF(paper.width_mm * inch, paper.height_mm * inch)
    painter.drawImage(QRectF(corner.toPointF(), size), image)
