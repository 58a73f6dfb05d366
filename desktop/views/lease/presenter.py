"""Decides what the page of an ended lease does: a sync, which opens the profile when it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from crm.domain.errors import UserError
from desktop.jobs.desk import Jobs
from desktop.jobs.job import Job
from desktop.services.office import Office, Outpost, SyncOutcome
from desktop.views.language.translating import current_language, explained, sentences, translate
from desktop.views.lease.page import LeasePage
from desktop.views.shell.desk import ENDED

if TYPE_CHECKING:
    from desktop.views.sync.again import EnrolAgain

FORGOTTEN = "sync.token"


class LeasePresenter(QObject):
    """One profile whose lease has ended, until it is renewed or locked."""

    renewed = Signal(object)  # Office
    lock_wanted = Signal()
    sync_wanted = Signal()
    condemned = Signal(object)
    fault = Signal(object)

    def __init__(self, outpost: Outpost, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.office, self.jobs = outpost, jobs  # by the names that the panel asks for
        self.page = LeasePage()
        self._job: Job | None = None
        self._again: EnrolAgain | None = None
        self.page.sync_asked.connect(self.sync)
        self.page.cancel_asked.connect(self._cancel)
        self.page.lock_asked.connect(self.lock_wanted)
        self.page.again_asked.connect(self._enrol_again)
        self.sync_wanted.connect(self.sync)
        jobs.went_wrong.connect(self.tell_error)

    def start(self) -> None:
        person = self.office.person
        between = "·" if current_language() == "zh" else " · "
        who = between.join(word for word in (person.name, person.branch) if word)
        self.page.show_lease(self.office.lease, self.office.waiting, who)
        self.page.sync.setFocus()

    # --- the sync ---

    def sync(self) -> None:
        """Sync; when that is done the profile opens."""
        if self._job is not None:
            return
        self.page.show_running(translate("Lease", "Syncing"))
        job = self.jobs.long(self.office.sync, self._synced, self._failed)
        job.progressed.connect(self._progress)
        job.cancelled.connect(self._ended)
        self._job = job

    def _progress(self, done: int, total: int) -> None:
        if self._job is not None:
            self.page.show_running(translate("Lease", "Syncing"), done, total)

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _ended(self) -> None:
        self._job = None
        self.page.show_running("")

    def _synced(self, _: SyncOutcome) -> None:
        self._ended()
        self.jobs.read(lambda _: self.office.open(), self._opened, self._failed)

    def _opened(self, office: Office) -> None:
        self.renewed.emit(office)

    def _failed(self, error: Exception) -> None:
        self._ended()
        self.tell_error(error)

    # --- a laptop that the server has forgotten ---

    def _enrol_again(self) -> None:
        from desktop.views.sync.again import EnrolAgain

        self._again = self._again or EnrolAgain(self, self)
        self._again.open()

    def open_panel(self, panel: QWidget) -> None:
        self.page.show_panel(panel)

    def close_panel(self) -> None:
        self.page.show_panel(None)

    def toast(self, text: str) -> None:
        self.page.tell_problem("")  # the sync that follows says how it goes

    def tell_error(self, error: Exception) -> None:
        """Say what happened and what to do."""
        code = error.code if isinstance(error, UserError) else ""
        if code in ENDED:
            self.condemned.emit(error)
        elif isinstance(error, UserError):
            told = sentences(*explained(error))
            self.page.tell_problem(told, forgotten=code == FORGOTTEN)
        else:
            self.fault.emit(error)
