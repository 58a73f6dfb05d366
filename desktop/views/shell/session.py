"""From locked to unlocked and back: which page the window shows, and what is kept for each.

Everything of an unlocked profile hangs on one Workspace and one Desk; locking drops both.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QInputEvent, QInputMethodEvent
from PySide6.QtWidgets import QWidget

from crm.domain.errors import UserError
from desktop.jobs.desk import Jobs
from desktop.services.greeting import Greeting, write_greeting
from desktop.services.preferences import PreferenceFile, Preferences
from desktop.views.language.translating import explained, translate
from desktop.views.shell.covering import carried_out, close_others, empty_clipboard, keepers
from desktop.views.shell.faults import Faults
from desktop.views.shell.window import Window
from desktop.views.unlock.page import UnlockPage
from desktop.views.unlock.presenter import UnlockPresenter

if TYPE_CHECKING:  # the unlock page does not wait for the workspace
    from desktop.services.lease import Lease
    from desktop.services.office import Office, Outpost, Station
    from desktop.views.lease.presenter import LeasePresenter
    from desktop.views.shell.desk import Desk
    from desktop.views.shell.presenter import ScreenFactory, ShellPresenter
    from desktop.views.shell.system_lock import Watcher
    from desktop.views.shell.workspace import Workspace


@runtime_checkable
class Refusing(Protocol):
    """A page that can say why something is not as the person expected."""

    def refuse(self, what: str, remedy: str) -> None: ...


FirstRun = Callable[["Station", Jobs], QWidget]  # the page that enrols; it has a signal `enrolled`


LOCK_WAITS_MS = 25  # for each kind of jobs, on the GUI thread
LAST_JOBS_MS = 20_000  # for each kind: who has the laptop must not wait longer for its memory


class Session(QObject):
    """One profile in one window, for as long as the program runs."""

    opened = Signal(object)  # Desk

    def __init__(
        self,
        window: Window,
        station: Station,
        preferences: PreferenceFile,
        screens: Mapping[str, ScreenFactory],
        first_run: FirstRun,
    ) -> None:
        super().__init__(window)
        self.window, self._station = window, station
        self._preferences, self._screens = preferences, screens
        self._first_run_page = first_run
        self._jobs = Jobs(self)  # before anything is unlocked
        self.unlock_page = UnlockPage()
        self._unlock = UnlockPresenter(self.unlock_page, station, self._jobs)
        self._unlock.trying.connect(self._try)
        self._unlock.unlocked.connect(self._unlocked)
        self._unlock.gave_up.connect(self._gave_up)
        self._trying = False  # an unlocking runs
        self._overtaken = False  # ... and the system has locked or gone to sleep meanwhile
        self.desk: Desk | None = None
        self.workspace: Workspace | None = None
        self.shell: ShellPresenter | None = None
        self._outside: LeasePresenter | None = None  # instead of a desk, when the lease has ended
        self._until = ""  # the day on which it ends, when that is near
        self._first_run: QWidget | None = None
        self._seen = 0.0  # when somebody typed last, by the clock on the wall
        self._idle = QTimer(self, singleShot=True)
        self._idle.timeout.connect(self.lock)
        self.faults: Faults | None = None
        # Tells of the system's own lock and of sleep, from the moment somebody unlocks.
        self.watch_system: Callable[[QWidget, Callable[[], None]], Watcher | None] | None = None
        self._watcher: Watcher | None = None
        self.begin_anew: Callable[[], None] | None = None  # replaces the process; raises OSError
        self.unkept = False  # something was being saved when it locked, and could not be
        self.preload: Callable[[], None] = lambda: None
        self.preferences_heard: Callable[[Preferences], None] = lambda _: None

    @property
    def jobs(self) -> Jobs:
        """What runs now: the unlocked profile's, else what unlocking needs."""
        if self._outside is not None:
            return self._outside.jobs
        return self.desk.jobs if self.desk is not None else self._jobs

    def begin(self) -> None:
        """Show the unlock page, or the first run where there is no profile yet."""
        destroyed = self._station.finish_destroying()
        if destroyed:  # the program was killed on the way to it
            self._show_destroyed(UserError(destroyed))
        elif self._station.enrolled:
            self.window.show_page(self.unlock_page)
            self._unlock.show()
        else:
            self.show_first_run()

    def show_first_run(self) -> None:
        page = self._first_run_page(self._station, self._jobs)
        page.enrolled.connect(self._enrolled)  # type: ignore[attr-defined]
        self._first_run = page
        self.window.show_page(page)

    def _show_destroyed(self, word: UserError) -> None:
        """Show the first run, and say why everything is gone."""
        self.show_first_run()
        if isinstance(self._first_run, Refusing):
            self._first_run.refuse(*explained(word))

    def _enrolled(self) -> None:
        if self._first_run is not None:
            self.window.show_page(self.unlock_page)
            self.window.drop_page(self._first_run)
            self._first_run = None
        self.begin()

    # --- unlocking ---

    def _try(self) -> None:
        """An unlocking begins, which may take minutes: hear from now on what locks it again."""
        self._trying = True
        if self._overtaken:  # a recovery that goes on by unlocking
            self.unlock_page.cover()
        if self.watch_system is not None and self._watcher is None:
            self._watcher = self.watch_system(self.window, self._system_locks)

    def _gave_up(self) -> None:
        if self._overtaken:  # a recovery that still waits leaves the covered page as it is
            self.unlock_page.show_busy(False)
        self._trying = self._overtaken = False
        self._let_sleep()

    def _system_locks(self) -> None:
        """The session was locked, or the laptop goes to sleep."""
        self.lock()
        if self._trying:
            self._overtaken = True
            self.unlock_page.cover()

    def _stay_locked(self, opened: Office | Outpost) -> None:
        """Close what was unlocked after the system had locked: nothing of it was shown."""
        self._overtaken = False
        self._unlock.show()
        self._end(Jobs(self), opened)

    # --- unlocked ---

    def _unlocked(self, opened: Office | Outpost) -> None:
        from desktop.services.office import Office

        self._trying = False
        if self._overtaken:
            self._stay_locked(opened)
        elif isinstance(opened, Office):
            self._open(opened)
        else:
            self._stand_outside(opened)

    def _open(self, office: Office) -> None:
        from desktop.views.shell.desk import Desk
        from desktop.views.shell.presenter import ShellPresenter
        from desktop.views.shell.sync_runner import SyncRunner
        from desktop.views.shell.workspace import Workspace

        jobs = Jobs(self)  # of this profile alone: locking waits for them
        desk = Desk(office, jobs, self._preferences, self)
        runner = SyncRunner(desk)
        desk.sync_runner = runner
        desk.sync_wanted.connect(runner.start)
        workspace = Workspace()
        self.desk, self.workspace = desk, workspace
        self.shell = ShellPresenter(workspace, desk, self._screens)
        self.shell.preload = self.preload
        runner.failed.connect(self.shell.ask_server)  # the line may have gone, or come back
        desk.condemned.connect(self._destroy, Qt.ConnectionType.QueuedConnection)
        runner.finished.connect(self.shell.ask_server)
        self.shell.help_wanted.connect(lambda: desk.go("settings", section="keys"))
        desk.lock_wanted.connect(self.lock)
        desk.preferences_changed.connect(self._preferred)
        desk.fault.connect(self._fault)
        workspace.status_bar.cancel_asked.connect(runner.cancel)
        self.window.show_page(workspace)
        self.shell.start()
        self._watch_idle(on=True)
        self._watch_lease(desk)
        self._greet_next_time(desk)
        self.opened.emit(desk)

    def _watch_lease(self, desk: Desk) -> None:
        """Show the days left when they are few, and lock when there is none left."""
        from desktop.views.lease.watch import LeaseWatch

        if desk.office.lease is not None:
            watch = LeaseWatch(desk, desk.office.lease)
            watch.told.connect(self._lease_told)
            watch.ended.connect(self.lock)
            watch.start()

    def _lease_told(self, lease: Lease) -> None:
        from crm.domain.instants import business_date

        if self.desk is None or self.workspace is None:
            return
        self._until = business_date(lease.until).isoformat() if lease.near else ""
        self.workspace.status_bar.show_days_left(lease.days_left if lease.near else None)
        self._greet_next_time(self.desk)

    # --- the lease has ended ---

    def _stand_outside(self, outpost: Outpost) -> None:
        """Show the one page of a profile whose lease has ended."""
        from desktop.views.lease.presenter import LeasePresenter

        outside = LeasePresenter(outpost, Jobs(self), self)
        outside.renewed.connect(self._renewed)
        outside.lock_wanted.connect(self.lock)
        outside.condemned.connect(self._destroy, Qt.ConnectionType.QueuedConnection)
        outside.fault.connect(self._fault)
        self._outside = outside
        self.window.show_page(outside.page)
        outside.start()
        self._watch_idle(on=True)

    def _renewed(self, office: Office) -> None:
        """A sync has renewed the lease: show everything."""
        outside, self._outside = self._outside, None
        self._watch_idle(on=False)
        self._until = ""
        self._open(office)
        if outside is not None:
            self.window.drop_page(outside.page)
            outside.deleteLater()

    def _leave_outside(self, outside: LeasePresenter) -> None:
        self._outside = None
        self.window.show_page(self.unlock_page)
        self.window.repaint()
        self.window.drop_page(outside.page)
        self._unlock.show()
        self._end(outside.jobs, outside.office)
        outside.deleteLater()

    def _preferred(self, preferences: Preferences) -> None:
        self.preferences_heard(preferences)
        self._restart_idle()

    def lock(self) -> None:
        """Store what is half done, drop everything that was shown, show the unlock page."""
        desk, workspace = self.desk, self.workspace
        if self._outside is not None:
            self._watch_idle(on=False)
            self._leave_outside(self._outside)
        if desk is None or workspace is None:
            return
        self._watch_idle(on=False)
        failed = carried_out([partial(self._keep_greeting, desk), *keepers(workspace)])
        failed += carried_out([partial(close_others, self.window)])
        self.window.show_page(self.unlock_page)
        self.window.repaint()  # covered at once, however long the last jobs take
        self.window.drop_page(workspace)
        self.desk = self.workspace = self.shell = None
        empty_clipboard()
        self._unlock.show()
        self.unkept = bool(failed)
        for error in failed:  # it is covered all the same
            self._fault(error)
        self._end(desk.jobs, desk.office)
        desk.deleteLater()

    def _destroy(self, word: UserError) -> None:
        """The branch has ended this profile: its key is gone. Drop what is shown, then the files.

        They go when the replica is closed, on the thread that closes it.
        """
        if self.desk is None and self._outside is None:
            return
        self.lock()
        self._jobs.write(
            lambda _: self._station.finish_destroying(), lambda _: self._show_destroyed(word)
        )

    def _end(self, jobs: Jobs, office: Office | Outpost) -> None:
        """Close the replica when the last jobs have ended: at once, or off this thread.

        The next unlocking waits for that, as it runs on the same one thread. Then the process is
        replaced; until it is, nobody can unlock.
        """
        if jobs.close(LOCK_WAITS_MS):
            try:
                office.close()
            finally:
                jobs.deleteLater()
                self._leave_no_memory(jobs)
            return
        if self.begin_anew is not None:
            self.unlock_page.show_closing()

        def end(_: object) -> None:
            jobs.wait(LAST_JOBS_MS)  # another program writes, or a server hangs
            office.close()

        def ended(_: object) -> None:
            jobs.deleteLater()
            self._leave_no_memory(jobs)

        self._jobs.write(end, ended, ended)

    def _leave_no_memory(self, jobs: Jobs) -> None:
        """Replace the process. Where that fails it stays locked, and says what is not so."""
        self.unkept = self.unkept or jobs.untold > 0
        try:
            if self.begin_anew is not None:
                self.begin_anew()
        except OSError:
            self.unlock_page.refuse(
                translate(
                    "Shell",
                    "Locked, but this program could not start anew, so that its memory may still"
                    " hold what was shown. Close the window and open it again.",
                )
            )
        if not self._trying:
            self._let_sleep()

    def _let_sleep(self) -> None:
        """Hear no more of the system, which need not wait for us any longer."""
        if self._watcher is not None:
            self._watcher.let_sleep()
            self._watcher.deleteLater()
            self._watcher = None

    def close(self) -> None:
        """The window closes: as locking, and an unlocking that runs is waited for."""
        self.begin_anew = None  # the process ends
        self.lock()
        self._jobs.close()

    def _greet_next_time(self, desk: Desk) -> None:
        """Keep whose profile it is now: a window that is killed locks without saying so."""
        greeting, folder = self._greeting(desk), desk.office.folder
        desk.jobs.write(lambda _: write_greeting(folder, greeting), lambda _: None)

    def _keep_greeting(self, desk: Desk) -> None:
        write_greeting(desk.office.folder, self._greeting(desk))

    def _greeting(self, desk: Desk) -> Greeting:
        person, standing = desk.office.person, self.shell.standing if self.shell else None
        return Greeting(
            name=person.name,
            branch=person.branch,
            role=person.role,
            waiting=standing.waiting if standing else 0,
            practice=person.practice,
            until=self._until,
        )

    # --- locking by itself ---

    def _watch_idle(self, *, on: bool) -> None:
        handle = self.window.windowHandle()  # sees input once, before all widgets do
        if handle is not None and on:
            handle.installEventFilter(self)
            handle.focusObjectChanged.connect(self._watch_composing)
        elif handle is not None:
            handle.removeEventFilter(self)
            handle.focusObjectChanged.disconnect(self._watch_composing)
        self._restart_idle() if on else self._idle.stop()

    def _watch_composing(self, focused: QObject | None) -> None:
        """What an input method composes reaches the field alone, past the window."""
        if focused is not None:
            focused.installEventFilter(self)  # a second time, it is moved, not doubled

    def _restart_idle(self) -> None:
        self._seen = time.time()
        self._idle.start(self._due_ms())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        typed = isinstance(event, QInputEvent | QInputMethodEvent)
        if not typed or not self._idle.isActive():
            return False
        if time.time() - self._seen > self._due_ms() / 1000:  # the laptop slept, and so the timer
            QTimer.singleShot(0, self, self.lock)
            return True  # and so is every part of this key, until it is locked
        if self._idle.remainingTime() < self._due_ms() - 1000:
            self._restart_idle()
        return False

    def _due_ms(self) -> int:
        return self._preferences.current.lock_after_min * 60_000

    # --- faults ---

    def hear_faults(self, faults: Faults) -> None:
        self.faults = faults
        faults.told.connect(self.tell_fault)
        self._unlock.fault.connect(faults.report)

    def tell_unkept(self) -> None:
        """Say on the unlock page that the lock before could not save everything."""
        self.unlock_page.warn(
            translate(
                "Shell",
                "When this was locked, something could not be saved. Look after unlocking whether"
                " your last entry is there.",
            )
        )

    def _fault(self, error: BaseException) -> None:
        if self.faults is not None:
            self.faults.report(error)

    def tell_fault(self, report: Path | None) -> None:
        """Say what happened, what is safe, what to do; a report lies ready."""
        if self.workspace is None:
            sorry = translate("Shell", "Something went wrong that should not. Please try again.")
            if self._outside is not None:
                self._outside.page.tell_problem(sorry)
            else:
                self.unlock_page.refuse(sorry)
            return
        safe = translate(
            "Shell",
            "Everything that was saved is safe. Go on working; if it happens again, lock and"
            " unlock, and give the report to your branch's technician.",
        )
        where = translate("Shell", "Report, free of customers' data: {path}")
        text = safe if report is None else f"{safe}\n\n{where.format(path=report)}"
        title = translate("Shell", "Something went wrong that should not")
        go_on = translate("Shell", "Go on working")
        self.workspace.dialog.ask(title, text, go_on, "", lambda: None)
