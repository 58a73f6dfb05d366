"""Decides what the import shows and does: reads, proposes, previews, mends, hands on to Taking."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject

from crm.domain.errors import UserError
from desktop.services.intake import NEW, UNCHANGED, UPDATED, let_out_bad_rows
from desktop.views.intake import work
from desktop.views.intake.dialogs import ask_file, ask_where
from desktop.views.intake.lines import FieldCounts, Lines
from desktop.views.intake.mapping_page import FileFacts
from desktop.views.intake.one_job import OneJob
from desktop.views.intake.page import FILE, HEADINGS, PREVIEW, RESULT, IntakeScreen
from desktop.views.intake.preview_page import ALL, OTHERS
from desktop.views.intake.taking import Taking
from desktop.views.intake.tiles import ERRORS
from desktop.views.intake.work import Preview, Proposal
from desktop.views.language.translating import explained, sentences, translate
from desktop.views.shell.desk import Desk
from desktop.views.shell.revealing import Gate, Seen


class IntakePresenter(QObject):
    """One import at a time. Holds the file's values in memory until the next file or the lock."""

    def __init__(self, page: IntakeScreen, desk: Desk) -> None:
        super().__init__(page)
        self._page, self._desk = page, desk
        self._job = OneJob(page, desk)
        self.taking = Taking(page, desk, self._job)
        self._gate = Gate(desk, self)
        self._path: Path | None = None
        self._proposal: Proposal | None = None
        self._preview: Preview | None = None
        self._asked_encoding = False
        self._chosen: dict[str, str] = {}  # of this file, by the person
        self._last: dict[str, str] = {}  # of the files before
        self._keep_unsent = True
        self._only = ALL
        self._fields = FieldCounts(0, (), (), 0)
        self._connect()

    def _connect(self) -> None:
        page = self._page
        page.on_asked.connect(self.go_on)
        page.back_asked.connect(lambda: self.go_back(page.step - 1))
        page.step_asked.connect(self.go_back)
        page.spoken_anew.connect(self._say_anew)
        page.lock_asked.connect(self.forget)
        page.file.choose_asked.connect(self.ask_file)
        page.file.file_given.connect(self.open)
        page.file.several_given.connect(self._refuse_several)
        page.file.empty_table_asked.connect(self._ask_empty_table)
        mapping = page.mapping
        mapping.picked.connect(self.pick)
        mapping.other_file_asked.connect(self.ask_file)
        mapping.sheet_picked.connect(lambda sheet: self._open_again(sheet=sheet))
        mapping.encoding_picked.connect(lambda name: self._open_again(encoding=name))
        mapping.keep_unsent_changed.connect(self._set_keep_unsent)
        mapping.last_mapping_asked.connect(self._use_last)
        preview = page.preview
        preview.tile_chosen.connect(self._tile_chosen)
        preview.field_chosen.connect(self._field_chosen)
        preview.repair_asked.connect(self.repair)
        preview.bad.box.reveal_asked.connect(self._reveal)
        preview.table_asked.connect(self._ask_bad_table)
        preview.customer_asked.connect(lambda who: self._desk.go("customers", customer=who))
        page.result.table_asked.connect(self._ask_bad_table)
        page.result.another_asked.connect(self.start_over)
        page.result.customers_asked.connect(lambda: self._desk.go("customers"))

    def _reveal(self, field: str) -> None:
        """Show what stands in the file, once it stands in the access log."""
        box = self._page.preview.bad.box
        row = box.shown_row

        def show() -> None:
            if box.shown_row == row:
                box.reveal(self._gate.shown_ms)

        self._gate.open(Seen(what=f"customer.{field}"), show, anchor=box.show_button)

    # --- steps ---

    def go_on(self) -> None:
        """Ctrl+Enter: to the preview, or write what it shows."""
        if self._job.running:
            return
        step = self._page.step
        if step == FILE and self._proposal is not None:
            self._page.show_step(HEADINGS)
        elif step == HEADINGS:
            self._look_ahead()
        elif step == PREVIEW:
            self._take()

    def go_back(self, step: int) -> None:
        """Go back to a done step; what was chosen stays."""
        if 0 <= step < self._page.step < RESULT:
            self._job.drop()
            self._page.show_step(step)

    def start_over(self) -> None:
        """Begin with another file."""
        self.forget()
        self._page.show_step(FILE)

    def forget(self) -> None:
        """Hold nothing of anybody any longer."""
        self._job.drop()
        self._gate.forget()
        self.taking.intake = None
        self._last |= self._chosen
        self._proposal = self._preview = self._path = None
        self._chosen = {}
        self._page.preview.forget()
        self._page.mapping.list.columns.show(())
        self._page.show_file_name("")
        self._page.file.clear_problem()
        self._page.show_has_file(False)

    # --- the file ---

    def ask_file(self) -> None:
        ask_file(self._page, self.open)

    def open(self, path: str) -> None:
        """Read a file and propose where its columns go."""
        if self._page.step == RESULT:
            return
        self._last |= self._chosen
        self._path, self._chosen, self._asked_encoding = Path(path), {}, False
        self._page.file.clear_problem()
        self._read()

    def _open_again(self, *, sheet: str | None = None, encoding: str | None = None) -> None:
        """Read the file by another sheet or encoding."""
        self._asked_encoding = self._asked_encoding or encoding is not None
        self._read(sheet, encoding)

    def _read(self, sheet: str | None = None, encoding: str | None = None) -> None:
        path, chosen = self._path, dict(self._chosen)
        if path is None:
            return
        self._job.run(
            translate("Intake", "Reading the file"),
            lambda p: work.opened(path, sheet, encoding, chosen, p.step),
            self._opened,
            self._not_opened,
        )

    def _opened(self, proposal: Proposal) -> None:
        self._preview = None
        self._page.file.clear_problem()
        self._page.show_file_name(proposal.inspection.filename)
        self._page.show_has_file(True)
        headings = {column.heading for column in proposal.inspection.columns}
        self._page.mapping.list.offer(proposal.inspection.targets)
        self._page.mapping.offer_last(bool(headings & self._last.keys()))
        self._show_proposal(proposal)
        self._page.show_step(HEADINGS)

    def _not_opened(self, error: Exception) -> None:
        if not isinstance(error, UserError):
            self._desk.tell_error(error)
        elif self._page.step == FILE:
            self._page.file.show_problem(*explained(error))
        else:
            self._desk.tell_error(error)
            if self._proposal is not None:
                self._show_proposal(self._proposal)

    def _refuse_several(self) -> None:
        self._page.file.show_problem(
            translate("Intake", "These are several files."),
            translate("Intake", "Please import them one after another."),
        )

    # --- headings ---

    def _show_proposal(self, proposal: Proposal) -> None:
        self._proposal = proposal
        inspection, mapping = proposal.inspection, self._page.mapping
        mapping.show_columns(inspection.columns)
        mapping.show_file(self._facts(proposal))
        mapping.show_recognition(proposal.known_by)
        problem = proposal.problem
        mapping.show_problem(sentences(*explained(problem)) if problem else "")

    def _facts(self, proposal: Proposal) -> FileFacts:
        table = proposal.inspection.table
        doubtful = self._asked_encoding or not table.encoding_certain
        return FileFacts(
            name=proposal.inspection.filename,
            sheet=table.sheet,
            sheets=(table.sheet, *table.other_sheets),
            encoding=table.encoding if doubtful else "",
            rows=proposal.inspection.rows,
        )

    def pick(self, heading: str, target: str) -> None:
        """Send a column elsewhere; "" leaves it out."""
        self._chosen[heading] = target
        self._propose_anew()

    def _use_last(self) -> None:
        self._chosen = {**self._chosen, **self._last}
        self._page.mapping.offer_last(False)
        self._propose_anew()

    def _propose_anew(self) -> None:
        if self._proposal is None:
            return
        inspection, chosen = self._proposal.inspection, dict(self._chosen)
        self._job.drop()  # a comparison by the headings before would be taken for this one
        self._preview = None
        self._desk.jobs.read(
            lambda _: work.rechosen(inspection, chosen), self._proposed, key="intake.headings"
        )

    def _proposed(self, proposal: Proposal) -> None:
        now = self._proposal
        if now is not None and now.inspection.table is proposal.inspection.table:
            self._show_proposal(proposal)

    def _set_keep_unsent(self, keep: bool) -> None:
        self._keep_unsent = keep
        self._job.drop()
        self._preview = None

    # --- preview ---

    def _look_ahead(self) -> None:
        proposal = self._proposal
        if proposal is None:
            return
        if proposal.problem is not None:
            self._page.mapping.list.setFocus()
            self._desk.tell_error(proposal.problem)
            return
        if self._preview is not None:  # nothing was chosen anew; what was mended stays mended
            self._page.show_step(PREVIEW)
            return
        reader, language, keep = self._desk.office.reader, self._desk.language, self._keep_unsent
        self._job.run(
            translate("Intake", "Comparing with the customers"),
            lambda p: work.previewed(
                reader, proposal.inspection, language, keep_unsent=keep, step=p.step
            ),
            self._previewed,
            self._desk.tell_error,
        )

    def _previewed(self, preview: Preview) -> None:
        tiles = preview.intake.tiles
        first = UPDATED if tiles.updated else NEW if tiles.new else UPDATED
        self._page.preview.tiles.choose(first)
        self._only = ALL
        self._show_preview(preview)
        self._page.show_step(PREVIEW)

    def _show_preview(self, preview: Preview) -> None:
        self._preview = preview
        tiles, page = preview.intake.tiles, self._page
        counts = {
            NEW: tiles.new,
            UPDATED: tiles.updated,
            UNCHANGED: tiles.unchanged,
            ERRORS: tiles.errors,
        }
        page.preview.show_counts(counts, preview.fields_written)
        page.preview.show_problems(preview.problems)
        page.show_to_write(tiles.to_write)
        self._read_lines()

    def _tile_chosen(self, _: str) -> None:
        self._only = ALL
        self._read_lines()

    def _field_chosen(self, field: str) -> None:
        self._only = field
        self._read_lines()

    def _read_lines(self) -> None:
        tile = self._page.preview.tiles.key()
        if self._preview is None or tile == ERRORS:
            return
        intake, language, only = self._preview.intake, self._desk.language, self._only
        wanted = {ALL: (), OTHERS: self._fields.others}.get(only, (only,))
        self._desk.jobs.read(
            lambda _: work.lined(intake, tile, language, wanted), self._lined, key="intake.lines"
        )

    def _lined(self, found: tuple[Lines, FieldCounts]) -> None:
        lines, self._fields = found
        if self._preview is not None:
            self._page.preview.show_lines(lines, self._fields, self._only)

    def repair(self, row: int, field: str, text: str) -> None:
        """Read one row again with what was typed."""
        if self._preview is None or self._job.running:
            return
        intake, language = self._preview.intake, self._desk.language
        self._job.run(
            translate("Intake", "Checking the row"),
            lambda _: work.repaired(intake, row, field, text, language),
            self._show_preview,
            self._desk.tell_error,
        )

    def _say_anew(self) -> None:
        """The language has changed: problems and values are said in it."""
        if self._proposal is not None:
            self._show_proposal(self._proposal)
        if self._preview is not None:
            intake, language = self._preview.intake, self._desk.language
            self._desk.jobs.read(
                lambda _: work.told(intake, language), self._said_anew, key="intake.words"
            )

    def _said_anew(self, preview: Preview) -> None:
        if self._preview is not None and self._preview.intake is preview.intake:
            self._show_preview(preview)

    # --- writing ---

    def _take(self) -> None:
        preview = self._preview
        if preview is None or not preview.intake.tiles.to_write:
            return
        self._last |= self._chosen
        self._preview = self._proposal = None
        self._page.preview.forget()
        self.taking.start(preview.intake)

    # --- tables to save ---

    def _ask_bad_table(self) -> None:
        intake = self._preview.intake if self._preview else self.taking.intake
        if intake is None:
            return
        made, language, new_uow = intake, self._desk.language, self._desk.office.new_uow
        name = translate("Intake", "Rows to mend") + ".xlsx"

        def rows() -> bytes:
            return let_out_bad_rows(new_uow, made, language)

        ask_where(self._page, name, lambda path: self.save(path, rows))

    def _ask_empty_table(self) -> None:
        language = self._desk.language
        name = translate("Intake", "Customers to import") + ".xlsx"
        ask_where(
            self._page, name, lambda path: self.save(path, lambda: work.empty_table(language))
        )

    def save(self, path: str, make: Callable[[], bytes]) -> None:
        """Write a table where the person wants it."""
        self._desk.jobs.long(lambda _: work.save_table(Path(path), make), self._saved)

    def _saved(self, name: str) -> None:
        self._desk.toast(translate("Intake", "Saved: {name}").format(name=name))
