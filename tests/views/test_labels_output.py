"""Labels leave the program: exact on paper, whole in a file, and not at all when stopped."""

from __future__ import annotations

import errno
import os
import stat
import sys

import pytest
from PySide6.QtGui import QImage
from PySide6.QtPrintSupport import QPrinter

from crm.domain.errors import BadFile, Cancelled
from desktop import mailing
from desktop.services.progress import Progress
from desktop.views.labels import output
from desktop.views.parts.printing import as_image

SHAPE = next(shape for shape in mailing.sheet_shapes() if shape.id == "a4-24-63")
PEOPLE = [mailing.Addressee(name=f"客户{n}", address=f"东街{n}号") for n in range(1, 31)]


@pytest.fixture(scope="module")
def run():
    return mailing.label_pdf(PEOPLE, sheet=SHAPE.id, first_cell=7)


def into_a_file(path):
    """A printer that draws into a file, as a print dialog sets it up."""
    printer = output.printer_for(SHAPE)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setResolution(300)
    printer.setOutputFileName(str(path))
    return printer


def ink_box(image: QImage):
    """Return the edges of what is printed, as shares of the page."""
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    width, height = grey.width(), grey.height()
    bits, stride = bytes(grey.constBits()), grey.bytesPerLine()
    rows = [y for y in range(height) if min(bits[y * stride : y * stride + width]) < 128]
    columns = [x for x in range(width) if min(bits[x : stride * height : stride]) < 128]
    return columns[0] / width, rows[0] / height, columns[-1] / width, rows[-1] / height


def printed_by(stalls, printer, pdf):
    """Print here what the window prints on a thread of its own."""
    with stalls.left_out():
        return output.print_pages(printer, mailing, pdf, SHAPE, Progress())


def test_a_printer_gets_every_page_at_its_exact_size_and_place(stalls, run, tmp_path):
    printed = tmp_path / "printed.pdf"
    pages = printed_by(stalls, into_a_file(printed), run.pdf)
    assert pages == run.sheets == mailing.page_count(printed.read_bytes())
    wanted, got = (
        as_image(mailing.page_picture(p, 1, 100)) for p in (run.pdf, printed.read_bytes())
    )
    assert abs(wanted.width() - got.width()) <= 1
    assert abs(wanted.height() - got.height()) <= 1
    assert ink_box(got) == pytest.approx(ink_box(wanted), abs=0.003)  # within half a millimetre


def test_only_the_pages_that_were_asked_for_are_printed(stalls, run, tmp_path):
    printed = tmp_path / "printed.pdf"
    printer = into_a_file(printed)
    printer.setPrintRange(QPrinter.PrintRange.PageRange)
    printer.setFromTo(2, 2)
    assert printed_by(stalls, printer, run.pdf) == 1
    assert mailing.page_count(printed.read_bytes()) == 1


def test_who_stops_a_print_run_stops_it_before_the_next_page(run, tmp_path):
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        output.print_pages(into_a_file(tmp_path / "p.pdf"), mailing, run.pdf, SHAPE, progress)


def test_pictures_for_a_printer_are_fine_enough_and_no_finer():
    printer = output.printer_for(SHAPE)
    for resolution, wanted in ((150, 300), (400, 400), (1200, 600)):
        printer.setResolution(resolution)
        assert output.dots(printer) == wanted


def test_a_saved_file_is_whole_and_its_owner_s_alone(run, tmp_path):
    path = tmp_path / "labels.pdf"
    output.save(path, run.pdf)
    assert path.read_bytes() == run.pdf
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_folder_that_takes_no_file_is_told_in_words(run, tmp_path):
    with pytest.raises(BadFile, match=r"labels\.file_unwritable"):
        output.save(tmp_path / "nowhere" / "labels.pdf", run.pdf)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "labels.disk_full"),
        (errno.EDQUOT, "labels.disk_full"),
        (errno.EACCES, "labels.file_unwritable"),
        (errno.EROFS, "labels.file_unwritable"),
    ],
)
def test_a_full_disk_is_told_from_a_closed_folder(number, code):
    assert output.unsaved(OSError(number, os.strerror(number))).code == code
