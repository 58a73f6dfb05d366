"""What a presenter may ask of the window: the one object that screens share.

It is made for one unlocked profile and handed to each screen; nothing global. It knows no
screen by name but passes wishes on (`go_wanted`), so that screens don't know each other.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from crm.domain.errors import UserError
from crm.domain.instants import business_date
from desktop.jobs.desk import Jobs
from desktop.services.office import Office
from desktop.services.preferences import PreferenceFile, Preferences
from desktop.views.language.translating import current_language, explained, sentences
from desktop.views.shell.undo import UndoStack

if TYPE_CHECKING:
    from desktop.views.shell.sync_runner import SyncRunner

ENDED = frozenset({"sync.lost", "sync.retired"})


class Desk(QObject):
    """Office, jobs, preferences, undo, and the ways to speak to the person."""

    go_wanted = Signal(str, dict)  # screen, what for
    panel_wanted = Signal(object)  # a SidePanel, or None to close the one that is open
    toast_wanted = Signal(str, bool, bool)  # text, can be undone, good
    question_wanted = Signal(object)  # what `ask` was given, as a tuple
    reason_wanted = Signal(object)  # what `ask_reason` was given, as a tuple
    sync_wanted = Signal()
    lock_wanted = Signal()
    saved = Signal()  # something changed in the replica: read again what is shown
    standing_changed = Signal(object)  # services.standing.Standing
    server_told = Signal(bool)  # it was asked whether it answers
    progress_shown = Signal(object)  # a Running, or None: for the status bar
    preferences_changed = Signal(object)  # the new Preferences
    fault = Signal(object)  # an unexpected error
    condemned = Signal(object)  # the branch has ended this profile: its key is destroyed

    def __init__(
        self,
        office: Office,
        jobs: Jobs,
        preferences: PreferenceFile,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.office = office
        self.jobs = jobs
        self._preferences = preferences
        self.undo = UndoStack(self)
        self.sync_runner: SyncRunner | None = None  # set by who opens the profile
        jobs.went_wrong.connect(self.tell_error)

    @property
    def preferences(self) -> Preferences:
        return self._preferences.current

    # --- time and words ---

    @property
    def language(self) -> str:
        return current_language()

    def now(self) -> datetime:
        return self.office.clock()

    def today(self) -> date:
        """Return the business date: today in Asia/Shanghai."""
        return business_date(self.office.clock())

    # --- wishes ---

    def go(self, screen: str, **what: object) -> None:
        self.go_wanted.emit(screen, what)

    def open_panel(self, panel: QWidget) -> None:
        self.panel_wanted.emit(panel)

    def close_panel(self) -> None:
        self.panel_wanted.emit(None)

    def toast(self, text: str, *, undo: bool = False, good: bool = True) -> None:
        self.toast_wanted.emit(text, undo, good)

    def ask(self, title: str, text: str, safe: str, other: str, then: Callable[[], None]) -> None:
        """Ask before what can't be undone; `then` runs if the person takes `other`."""
        self.question_wanted.emit((title, text, safe, other, then))

    def ask_reason(
        self,
        anchor: QWidget | None,
        given: Callable[[str, str], object],
        dropped: Callable[[], object],
    ) -> None:
        """Ask what a masked value is needed for: `given` gets reason and note."""
        self.reason_wanted.emit((anchor, given, dropped))

    def prefer(self, **changes: Any) -> None:
        """Change preferences; they are stored and everybody is told. Said where they are not."""
        before = self.preferences
        self.preferences_changed.emit(self._preferences.change(**changes))
        if self._preferences.problem is not None and self.preferences != before:
            self.tell_error(self._preferences.problem)

    # --- what happened ---

    def was_saved(self, undoing: object = None, text: str = "") -> None:
        """Something was saved: tell it, remember how to undo it, let screens read again.

        `undoing` is an `Undoing` of shell.undo, or None where it can't be undone.
        """
        if undoing is not None:
            self.undo.push(undoing)
        if text:
            self.toast(text, undo=undoing is not None)
        self.saved.emit()

    def tell_error(self, error: Exception) -> None:
        """Say what happened and what to do; an unexpected error gets its own page."""
        if isinstance(error, UserError) and error.code in ENDED:
            self.condemned.emit(error)
        elif isinstance(error, UserError):
            self.toast(sentences(*explained(error)), good=False)
        else:
            self.fault.emit(error)
