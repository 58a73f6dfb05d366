"""Does what is decided of an entry as a whole: duplicates, edits handed over, edits refused."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal

from desktop.services.refusals import Form, edit_again, let_go, take_back
from desktop.services.settling import decide_handed, tell_twins
from desktop.services.undo import Action
from desktop.views.language.translating import translate
from desktop.views.shell.desk import Desk
from desktop.views.shell.undo import Undoing

Saved = Callable[[Action | None, str], None]  # what was written, and how it is told
Failed = Callable[[Exception], None]


class EntryDeeds(QObject):
    """What the buttons of an entry do. `saved` and `failed` are the page's, as for its contests."""

    changed = Signal()  # what waits is other than it was

    def __init__(
        self,
        desk: Desk,
        copy: Callable[[str], None],
        saved: Saved,
        failed: Failed,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._desk, self._copy, self._saved, self._failed = desk, copy, saved, failed

    def act(self, entry: str, action: str) -> None:
        if action == "copy":
            self._copy(entry)
        elif action == "let_go":
            self._let_go(entry)
        elif action == "again":
            self._edit_again(entry)
        elif action in ("same", "different"):
            self._tell_twins(entry, action)
        else:
            self._decide_handed(entry, take=action == "take")

    def _tell_twins(self, link: str, state: str) -> None:
        new_uow = self._desk.office.new_uow
        same = translate("Settle", "Told the branch: the same person")
        other = translate("Settle", "Told the branch: different persons")
        self._write_down(
            lambda: tell_twins(new_uow, link, state), same if state == "same" else other
        )

    def _decide_handed(self, item: str, *, take: bool) -> None:
        office = self._desk.office
        taken, left = translate("Settle", "Taken over"), translate("Settle", "Left as it was")
        self._write_down(
            lambda: decide_handed(office.new_uow, office.schema, item, take=take),
            taken if take else left,
        )

    def _write_down(self, work: Callable[[], Action | None], text: str) -> None:
        self._desk.jobs.write(
            lambda _: work(), lambda action: self._saved(action, text), self._failed
        )

    def _let_go(self, operation: str) -> None:
        """Put it out of sight at once; it can be taken back."""
        new_uow = self._desk.office.new_uow
        told = translate("Settle", "Let go")

        def still() -> bool:
            return True  # it is kept for 90 days, and a step does not live so long

        undoing = Undoing(
            told,
            partial(take_back, new_uow, operation),
            partial(let_go, new_uow, operation),
            still,
        )
        self._desk.jobs.write(
            lambda _: let_go(new_uow, operation),
            lambda _: self._told(undoing, told),
            self._failed,
        )

    def _told(self, undoing: Undoing, text: str) -> None:
        self._desk.was_saved(undoing, text)
        self.changed.emit()

    def _edit_again(self, operation: str) -> None:
        """Open the form that the edit came from, with what was refused in it."""
        new_uow = self._desk.office.new_uow
        self._desk.jobs.write(
            lambda _: edit_again(new_uow, operation), self._open_form, self._failed
        )

    def _open_form(self, form: Form) -> None:
        self.changed.emit()
        self._desk.saved.emit()
        self._desk.go("customers", form=form)
