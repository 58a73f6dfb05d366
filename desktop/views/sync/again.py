"""Decides how a forgotten laptop is enrolled again from the Sync page; a sync comes after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QObject, SignalInstance
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from crm.domain.errors import UserError
from desktop.jobs.desk import Jobs
from desktop.jobs.job import Job
from desktop.services.office import Login
from desktop.services.progress import Progress
from desktop.views.enrol.entered import differs, login_problems
from desktop.views.enrol.refusals import CHANGE_REQUIRED, refusal
from desktop.views.language.translating import sentences, translate
from desktop.views.sync.again_panel import AgainPanel

KNOWN = "enrol.known"  # the server knew it after all, and it has been synced


class Enrolling(Protocol):
    """Where a login is taken to: an office, or a profile whose lease has ended."""

    @property
    def enrol_again(self) -> Callable[[Login, Progress], object]: ...


class AtDesk(Protocol):
    """What is asked of a desk."""

    @property
    def jobs(self) -> Jobs: ...
    @property
    def office(self) -> Enrolling: ...
    @property
    def sync_wanted(self) -> SignalInstance: ...
    def open_panel(self, panel: QWidget) -> None: ...
    def close_panel(self) -> None: ...
    def toast(self, text: str) -> None: ...
    def tell_error(self, error: Exception) -> None: ...


class EnrolAgain(QObject):
    """One panel at a time, for one unlocked profile."""

    def __init__(self, desk: AtDesk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._panel: AgainPanel | None = None
        self._job: Job | None = None

    def open(self) -> None:
        """Open the panel, empty; one that asks the server stays."""
        if self._job is not None and self._shown() is not None:
            return
        panel = AgainPanel()
        panel.save_asked.connect(self._enrol)
        panel.close_asked.connect(self.close)
        panel.left_field.connect(self._check)
        self._panel = panel
        self._desk.open_panel(panel)
        panel.focus_first()

    def close(self) -> None:
        """Take the panel away, if it is there; what it asks the server for stops."""
        if self._job is not None:
            self._job.cancel()
        if self._shown() is not None:
            self._desk.close_panel()
        self._panel = None

    def _shown(self) -> AgainPanel | None:
        """Return the panel unless another has taken its place."""
        panel = self._panel
        return panel if panel is not None and isValid(panel) else None

    def _check(self, name: str) -> None:
        """Check a field that was left; an empty one is not complained of yet."""
        panel = self._shown()
        if panel is not None and name == "new_again":
            typed = panel.entered()
            same = not typed.new_again or typed.new_again == typed.new_password
            panel.show_problem(name, "" if same else differs())

    def _enrol(self) -> None:
        panel = self._shown()
        if panel is None or self._job is not None:
            return
        entered = panel.entered()
        found = login_problems(entered)
        panel.show_problems(found)
        if found:
            return
        given = Login(
            login=entered.login.strip(),
            password=entered.password,
            new_password=entered.new_password if entered.asks_new else "",
        )
        panel.show_busy(True)
        office = self._desk.office
        self._job = self._desk.jobs.long(
            lambda progress: office.enrol_again(given, progress),
            lambda _: self._done(),
            self._refused,
        )
        self._job.cancelled.connect(self._ended)

    def _ended(self) -> AgainPanel | None:
        """The job has ended; return the panel where it is still there."""
        self._job = None
        panel = self._shown()
        if panel is not None:
            panel.show_busy(False)
        return panel

    def _done(self) -> None:
        self._ended()
        self.close()
        self._desk.toast(translate("Sync", "This laptop is enrolled again; what waited is sent."))
        self._desk.sync_wanted.emit()

    def _refused(self, error: Exception) -> None:
        panel = self._ended()
        if getattr(error, "code", "") == KNOWN:
            self.close()
            self._desk.toast(translate("Sync", "The server knows this laptop; nothing was needed."))
            self._desk.sync_wanted.emit()
        elif panel is None or not isinstance(error, UserError):
            self._desk.tell_error(error)
        else:
            self._tell(panel, error)

    def _tell(self, panel: AgainPanel, error: UserError) -> None:
        """Say it at the field that may be at fault, else above all of them."""
        told = refusal(error)
        if error.code == CHANGE_REQUIRED:
            panel.ask_new_password()
        if told.field in panel.fields:
            panel.show_problems({told.field: told.text})
        else:
            panel.show_summary(sentences(told.what, told.remedy))
