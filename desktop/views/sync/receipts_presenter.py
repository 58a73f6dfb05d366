"""Decides what the Receipts page shows; prints and saves what it lists."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from crm.domain.access_words import RECEIPTS
from crm.domain.entry import written_day
from crm.domain.errors import Refused, UserError
from crm.interchange.xlsx_out import xlsx_bytes
from desktop.services.access import Access, note_access
from desktop.services.ports import ChainReport
from desktop.services.progress import Progress
from desktop.services.receipts import MARKS, Found, Mark, ReceiptSearch, search, verify
from desktop.views.language.translating import (
    counted,
    current_language,
    explained,
    sentences,
    translate,
)
from desktop.views.parts import file_dialogs, printing
from desktop.views.parts.fields import DayField
from desktop.views.parts.printing import A4, Troubles
from desktop.views.shell.desk import Desk
from desktop.views.sync.receipt_panel import ReceiptPanel
from desktop.views.sync.receipt_print import (
    SHARES,
    WIDTHS,
    about_words,
    headings,
    place_words,
    row_words,
)
from desktop.views.sync.receipt_words import chain_words, lines_of, row_of
from desktop.views.sync.receipts_page import ReceiptsPage

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter

SEARCH_AFTER_MS = 150  # nobody has finished a name sooner
TROUBLES = Troubles("receipts.disk_full", "receipts.file_unwritable", "receipts.printer")
AskPrinter = Callable[[QWidget, "QPrinter", int, str, Callable[[], object]], object]


class ReceiptsPresenter(QObject):
    """One page, for one unlocked profile."""

    def __init__(self, page: ReceiptsPage, desk: Desk) -> None:
        super().__init__(page)
        self._page, self._desk = page, desk
        self._found = Found(receipts=(), names={})
        self._report: ChainReport | None = None
        self._open = self._busy = False
        self.ask_printer: AskPrinter = printing.ask_printer
        self._later = QTimer(self, singleShot=True, interval=SEARCH_AFTER_MS)
        self._later.timeout.connect(self.refresh)
        page.searched.connect(self._later.start)
        page.field_left.connect(self._judge_days)
        page.receipt_asked.connect(self.open_receipt)
        page.check_asked.connect(self.check)
        page.print_asked.connect(self.print_it)
        page.save_asked.connect(self._ask_file)
        page.clear_asked.connect(self._clear)
        page.texts_wanted.connect(self.show)

    # --- looking for ---

    def refresh(self) -> None:
        """Read what fits; a day that is not one yet is not looked for."""
        reader, wanted = self._desk.office.reader, self.wanted()
        self._desk.jobs.read(lambda _: search(reader, wanted), self._read, key="receipts_found")

    def wanted(self) -> ReceiptSearch:
        page = self._page
        key = page.result.text()
        mark: Mark | None = next((mark for mark in MARKS if mark == key), None)
        return ReceiptSearch(
            since=_day(page.since),
            until=_day(page.until),
            mark=mark,
            text=page.customer.text(),
        )

    def _judge_days(self) -> None:
        for field in (self._page.since, self._page.until):
            try:
                field.clear_note()
                if field.text().strip():
                    field.set_text(written_day(field.text()))
            except Refused as error:
                field.show_problem(sentences(*explained(error)))

    def _clear(self) -> None:
        self._page.clear()
        self.refresh()

    def _read(self, found: Found) -> None:
        self._found = found
        self.show()

    def show(self) -> None:
        """Say everything anew."""
        now, number = self._desk.now(), len(self._found.receipts)
        rows = tuple(row_of(receipt, now, self._found.names) for receipt in self._found.receipts)
        told = counted(
            number, translate("Receipts", "{n} receipt"), translate("Receipts", "{n} receipts")
        )
        self._page.show_rows(rows, told)
        if self._report is not None:
            self._page.show_chain(*chain_words(self._report))

    # --- one of them ---

    def open_receipt(self, number: int) -> None:
        if number < len(self._found.receipts):
            receipt = self._found.receipts[number]
            moment = row_of(receipt, self._desk.now()).moment
            panel = ReceiptPanel(moment, lines_of(receipt, self._found.names))
            panel.close_asked.connect(self.close_receipt)
            self._desk.open_panel(panel)
            self._open = True

    def close_receipt(self) -> None:
        """Take the receipt's panel away, if it is there."""
        if self._open:
            self._open = False
            self._desk.close_panel()

    def forget(self) -> None:
        """The window locks: show nothing of anybody."""
        self._found, self._report = Found(receipts=(), names={}), None
        self._page.clear()
        self._page.show_rows((), "")
        self._page.show_chain("", "good")

    # --- whether they fit together ---

    def check(self) -> None:
        """Compute the chain anew."""
        reader = self._desk.office.reader
        self._desk.jobs.read(lambda _: verify(reader), self._checked, key="receipts_chain")

    def _checked(self, report: ChainReport) -> None:
        self._report = report
        self._page.show_chain(*chain_words(report))

    # --- on paper, into a file ---

    def _rows(self) -> list[tuple[str, ...]]:
        now = self._desk.now()
        return [row_words(receipt, now, self._found.names) for receipt in self._found.receipts]

    def _pdf(self) -> Callable[[], bytes]:
        """Return how the list is made into a PDF; to be called by a job."""
        adapter, person, rows = self._desk.office.printing, self._desk.office.person, self._rows()
        about = about_words(person, self._desk.now(), len(rows), self._report)
        title, names = translate("Receipts", "Sync receipts"), headings()
        language, place = current_language(), place_words()

        def make() -> bytes:
            pdf: bytes = adapter.list_pdf(
                title, about, names, SHARES, rows, place=place, language=language
            )
            return pdf

        return make

    def _table(self) -> Callable[[], bytes]:
        sheet, names, rows = translate("Receipts", "Receipts"), headings(), self._rows()
        return lambda: xlsx_bytes(sheet, names, rows, WIDTHS)

    def print_it(self) -> None:
        """Make the PDF, ask which printer, print."""
        if self._busy or not self._found.receipts:
            return
        self._busy = True
        make, adapter = self._pdf(), self._desk.office.printing

        def work(_: Progress) -> tuple[bytes, int]:
            printing.warm_up()
            pdf = make()
            return pdf, adapter.page_count(pdf)

        self._desk.jobs.long(work, self._choose_printer, self._failed)

    def _choose_printer(self, made: tuple[bytes, int]) -> None:
        self._busy = False
        pdf, pages = made
        printer = printing.printer_for(A4, translate("Receipts", "Sync receipts"))
        title = translate("Receipts", "Print receipts")
        self.ask_printer(self._page, printer, pages, title, lambda: self._print_on(printer, pdf))

    def _print_on(self, printer: QPrinter, pdf: bytes) -> None:
        adapter, log = self._desk.office.printing, self._logging("print")

        def work(progress: Progress) -> int:
            log()
            return printing.print_pages(printer, adapter, pdf, A4, TROUBLES, progress)

        self._desk.jobs.long(work, self._printed, self._failed)

    def _printed(self, pages: int) -> None:
        one = translate("Receipts", "{n} page was sent to the printer")
        many = translate("Receipts", "{n} pages were sent to the printer")
        self._desk.toast(counted(pages, one, many))

    def _ask_file(self) -> None:
        if not self._found.receipts:
            return
        day = self._desk.today().isoformat()
        name = translate("Receipts", "Sync receipts {day}").format(day=day) + ".pdf"
        kinds = translate("Receipts", "PDF or spreadsheet (*.pdf *.xlsx)")
        title = translate("Receipts", "Save receipts")
        file_dialogs.ask_where(
            self._page, title, name, kinds, lambda path: self.save_to(Path(path))
        )

    def save_to(self, path: Path) -> None:
        """Save the list: as a spreadsheet where the name says so, else as a PDF."""
        is_table = path.suffix.lower() == ".xlsx"
        make = self._table() if is_table else self._pdf()
        log = self._logging("export" if is_table else "print")

        def work(_: Any) -> str:
            log()
            printing.save(path, make(), TROUBLES)
            return path.name

        said = translate("Receipts", "Saved as {file}")
        self._desk.jobs.long(
            work, lambda name: self._desk.toast(said.format(file=name)), self._failed
        )

    def _logging(self, action: str) -> Callable[[], object]:
        """Return what writes it into the access log: the list names customers. Called first."""
        new_uow, count = self._desk.office.new_uow, len(self._found.receipts)
        note = translate("Receipts", "Sync receipts")
        what = Access(action=action, reason="other", note=note, what=RECEIPTS, count=count)
        return lambda: note_access(new_uow, what)

    def _failed(self, error: Exception) -> None:
        self._busy = False
        if isinstance(error, UserError):
            self._desk.toast(sentences(*explained(error)), good=False)
        else:
            self._desk.tell_error(error)


def _day(field: DayField) -> date | None:
    """Return the day that stands in a field; None for none, or for half of one."""
    try:
        text = field.text().strip()
        return date.fromisoformat(written_day(text)) if text else None
    except Refused:
        return None
