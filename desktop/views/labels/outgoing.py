"""Sends a finished run out: to a printer or into a file, with progress and cancel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from crm.domain.access_words import FOR, LABELS
from crm.domain.errors import Refused, UserError
from desktop.jobs.job import Job
from desktop.services.access import MAILING, Access, note_access
from desktop.services.consent import gate
from desktop.services.labelling import choose
from desktop.services.progress import Progress
from desktop.views.labels import output
from desktop.views.labels.order import Made
from desktop.views.labels.print_page import PrintPage
from desktop.views.language.translating import counted, explained, sentences
from desktop.views.shell.desk import Desk

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter

BY_POST = "post"  # the way that labels go
BARRED = "labels.barred"
AskPrinter = Callable[[Any, "QPrinter", int, Callable[[], object]], object]


class Outgoing(QObject):
    """What happens on the last page. `went_out` is called once a run was printed or saved."""

    held_back = Signal()  # somebody in it may not be written to any more

    def __init__(self, page: PrintPage, desk: Desk, went_out: Callable[[Made], object]) -> None:
        super().__init__(page)
        self._page, self._desk, self._went_out = page, desk, went_out
        self._made: Made | None = None
        self._job: Job | None = None
        self._what = self._purpose = ""
        self.ask_printer: AskPrinter = output.ask_printer
        page.save_asked.connect(self._ask_file)
        page.cancel_asked.connect(self._cancel)

    @property
    def busy(self) -> bool:
        return self._job is not None

    def show(self, made: Made, purpose: str) -> None:
        """Show a finished run; `purpose` is what its people were asked about."""
        self._made, self._purpose = made, purpose
        self._page.reset()
        self._page.show_made(made)

    def forget(self) -> None:
        """Show nothing of it any more, whatever a job that runs may still say."""
        self._made = None

    # --- a file ---

    def _ask_file(self) -> None:
        if self._made is not None and not self.busy:
            output.ask_file(self._page, self._desk.today(), self.save_to)

    def save_to(self, path: Path) -> None:
        """Save the run as a file at `path`."""
        if (made := self._made) is None:
            return

        let_go = self._letting_go(made)

        def work(_: Progress) -> Path:
            let_go()
            output.save(path, made.run.pdf)
            return path

        self._start(self.tr("Saving"), work, lambda _: self._saved(made, path))

    def _saved(self, made: Made, path: Path) -> None:
        said = self.tr("Saved as {file}.").format(file=path.name)
        self._done(made, sentences(said, self._goes_on(made)))

    # --- a printer ---

    def print_it(self) -> None:
        """Ask which printer, then print."""
        if (made := self._made) is None or self.busy:
            return
        printer = output.printer_for(made.shape)
        self.ask_printer(
            self._page, printer, made.run.sheets, lambda: self._print_on(printer, made)
        )

    def _print_on(self, printer: QPrinter, made: Made) -> None:
        printing, pdf, shape = self._desk.office.printing, made.run.pdf, made.shape
        let_go = self._letting_go(made)

        def work(progress: Progress) -> int:
            let_go()
            return output.print_pages(printer, printing, pdf, shape, progress)

        self._start(self.tr("Printing"), work, lambda pages: self._printed(made, pages))

    def _printed(self, made: Made, pages: int) -> None:
        one = self.tr("{n} sheet was sent to the printer.")
        many = self.tr("{n} sheets were sent to the printer.")
        self._done(made, sentences(counted(pages, one, many), self._goes_on(made)))

    # --- both ---

    def _letting_go(self, made: Made) -> Callable[[], object]:
        """Return what is called before anything goes out: no consent or no entry, no page.

        A no may have come since the run was made, while a system dialog stood open.
        """
        office, purpose, today = self._desk.office, self._purpose, self._desk.today()
        what = f"{LABELS}, {FOR}.{purpose}"
        access = Access(action="print", reason=MAILING, what=what, count=made.run.labels)

        def let_go() -> None:
            here = [held.id for held in choose(office.reader, ids=tuple(made.names))]
            passed = gate(office.reader, here, purpose, BY_POST, today)
            if gone := len(made.names) - len(passed.allowed):
                raise Refused(BARRED, n=gone)
            note_access(office.new_uow, access)

        return let_go

    def _goes_on(self, made: Made) -> str:
        """Say where the next run begins."""
        row, column = divmod(made.next_free.cell - 1, made.shape.columns)
        if made.next_free.cell == 1 and not made.next_free.used:
            return self.tr("The next run begins on a new sheet.")
        text = self.tr("The next run goes on at row {row}, column {column} of the last sheet.")
        return text.format(row=row + 1, column=column + 1)

    def _start(
        self, what: str, work: Callable[[Progress], Any], done: Callable[[Any], object]
    ) -> None:
        self._what = what
        self._page.show_busy(what, 0, 0)
        self._job = self._desk.jobs.long(work, self._alive(done), self._alive(self._failed))
        self._job.progressed.connect(self._show_progress)
        self._job.cancelled.connect(self._cancelled)

    def _alive(self, then: Callable[[Any], object]) -> Callable[[Any], None]:
        def run(result: Any) -> None:
            self._job = None
            if self._made is not None:  # else the window was locked meanwhile
                then(result)

        return run

    def _show_progress(self, done: int, total: int) -> None:
        if self._made is not None:
            self._page.show_busy(self._what, done, total)

    def _done(self, made: Made, sentence: str) -> None:
        self._page.show_done(sentence)
        self._went_out(made)

    def _failed(self, error: Exception) -> None:
        if isinstance(error, UserError):
            self._page.show_problem(sentences(*explained(error)))
            if error.code == BARRED:
                self.held_back.emit()
        else:
            self._page.show_idle()
            self._desk.tell_error(error)

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _cancelled(self) -> None:
        self._job = None
        self._page.show_problem(
            self.tr("Stopped. Sheets that the printer already has may still come out.")
        )
