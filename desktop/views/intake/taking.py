"""Writes what was previewed, tells what came of it, and takes all of it back again."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from crm.domain.errors import UserError
from desktop.services import undo as steps
from desktop.services.intake import Intake, Taken, take
from desktop.services.ports import UowFactory
from desktop.services.undo import Action, Undone
from desktop.views.intake.one_job import OneJob
from desktop.views.intake.page import RESULT, IntakeScreen
from desktop.views.intake.result_page import DONE, FAILED, STOPPED, UNDONE, Result
from desktop.views.language.translating import counted, explained, sentences, translate
from desktop.views.shell.desk import Desk
from desktop.views.shell.undo import Undoing


class _OneUndo:
    """A whole import as one action, done and undone in turn; says so. Runs off the GUI thread."""

    def __init__(self, new_uow: UowFactory, action: Action, told: Taking) -> None:
        self._new_uow, self._action, self._told = new_uow, action, told
        self._undone: Undone | None = None

    def undo(self) -> None:
        self._undone = steps.undo(self._new_uow, self._action)
        self._told.taken_back.emit(True)

    def redo(self) -> None:
        if self._undone is not None:
            self._action = steps.redo(self._new_uow, self._undone)
            self._told.taken_back.emit(False)


class Taking(QObject):
    """The last import of this session."""

    taken_back = Signal(bool)  # undone, or done again; also from Ctrl+Z elsewhere

    def __init__(self, page: IntakeScreen, desk: Desk, job: OneJob) -> None:
        super().__init__(page)
        self._page, self._desk, self._job = page, desk, job
        self._undoing: Undoing | None = None
        self._result: Result | None = None
        self.intake: Intake | None = None
        self.taken_back.connect(self._taken_back)
        page.result.undo_asked.connect(self.undo)
        if desk.sync_runner is not None:
            desk.sync_runner.finished.connect(self._synced)

    def start(self, intake: Intake) -> None:
        """Write the rows, a page to a transaction."""
        new_uow, plan, rows = self._desk.office.new_uow, intake.plan, intake.tiles.to_write
        self.intake, self._undoing = intake, None
        self._page.result.show_running(rows)
        self._page.show_step(RESULT)
        what = translate("IntakeTaking", "Importing")
        self._job.run(
            what, lambda p: take(new_uow, plan, p), self._taken, self._failed, self._not_begun
        )

    def _not_begun(self) -> None:
        self._taken(Taken(rows=0, groups=(), skipped=(), whole=False))

    def _taken(self, taken: Taken) -> None:
        if self.intake is None:
            return
        self._undoing = self._made_undoing(taken)
        result = Result(
            state=DONE if taken.whole else STOPPED,
            written=taken.rows,
            planned=self.intake.tiles.to_write,
            skipped=len(taken.skipped),
            to_mend=self.intake.to_mend,
            can_undo=self._undoing is not None,
        )
        self._show(result)
        told = self._undoing.text if self._undoing and not self._page.isVisible() else ""
        self._desk.was_saved(self._undoing, told)

    def _made_undoing(self, taken: Taken) -> Undoing | None:
        if not taken.groups:
            return None
        made = _OneUndo(self._desk.office.new_uow, Action(taken.groups), self)
        text = counted(
            taken.rows,
            translate("IntakeTaking", "{n} row imported"),
            translate("IntakeTaking", "{n} rows imported"),
        )
        return Undoing(text, made.undo, made.redo)

    def _failed(self, error: Exception) -> None:
        rows = self.intake.tiles.to_write if self.intake else 0
        why = sentences(*explained(error)) if isinstance(error, UserError) else ""
        self._show(Result(state=FAILED, written=0, planned=rows, why=why))
        if not why:
            self._desk.tell_error(error)
        self._desk.saved.emit()

    # --- taking it back ---

    def undo(self) -> None:
        """Undo the whole import."""
        if self._undoing is not None:
            undoing = self._undoing
            self._desk.undo.take_out(undoing)
            self._page.result.show_undoing()
            self._desk.jobs.write(lambda _: undoing.undo(), self._told, self._not_undone)

    def _told(self, _: object) -> None:
        self._desk.saved.emit()

    def _not_undone(self, error: Exception) -> None:
        self._desk.tell_error(error)
        if self._result is not None:
            self._show(replace(self._result, can_undo=False))

    def _taken_back(self, undone: bool) -> None:
        if self._result is not None:
            state = UNDONE if undone else DONE
            self._show(replace(self._result, state=state, can_undo=not undone))

    def _synced(self, _: object) -> None:
        """What has been sent is no longer undone as a whole."""
        self._undoing = None
        if self._result is not None and self._result.can_undo:
            self._show(replace(self._result, can_undo=False))

    def _show(self, result: Result) -> None:
        self._result = result
        self._page.result.show_result(result)
