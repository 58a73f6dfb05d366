"""Decides what unlocking does: tries the passphrase off the GUI thread, says why not."""

from __future__ import annotations

import importlib
import math
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from crm.domain.errors import UserError
from desktop.jobs.desk import Jobs
from desktop.services.greeting import read_greeting
from desktop.views.language.translating import explained, sentences
from desktop.views.unlock.page import UnlockPage

if TYPE_CHECKING:
    from desktop.services.office import Office, Outpost, Station
    from desktop.views.unlock.recovery import RecoveryPresenter

NEXT = (  # what the unlocked window begins with; loaded off the GUI thread
    "desktop.views.shell.desk",
    "desktop.views.shell.presenter",
    "desktop.views.shell.sync_runner",
    "desktop.views.shell.system_lock",
    "desktop.views.shell.workspace",
    "desktop.views.customers.screen",
)
WAIT, WRONG = "vault.wait", "vault.passphrase.wrong"
SECOND_MS = 1000
WARM_UP_AFTER_MS = 150  # the page is painted first


class UnlockPresenter(QObject):
    """One profile's lock."""

    trying = Signal()  # something is being done that ends with `unlocked`, or with `gave_up`
    unlocked = Signal(object)  # Office, or Outpost
    gave_up = Signal()
    fault = Signal(object)

    def __init__(self, page: UnlockPage, station: Station, jobs: Jobs) -> None:
        super().__init__(page)
        self._page, self._station, self._jobs = page, station, jobs
        self._recovery: RecoveryPresenter | None = None
        page.unlock_asked.connect(self._unlock)
        page.forgotten.connect(self._recover)
        self._ends = 0.0  # of the wait, by the clock that no one sets
        self._second = QTimer(self, interval=SECOND_MS)
        self._second.timeout.connect(self._count)

    def show(self) -> None:
        """Greet, and load what unlocking needs while the person types."""
        self._page.hide_recovery()
        self._page.greet(read_greeting(self._station.folder))
        self._page.reset()
        self._page.show_rekeying(self._station.rekey_wanted())
        QTimer.singleShot(WARM_UP_AFTER_MS, self, self._warm_up)

    def _recover(self) -> None:
        """Show the way back in; its code is loaded when it is asked for first."""
        from desktop.views.unlock.recovery import RecoveryPresenter
        from desktop.views.unlock.recovery_card import RecoveryCard

        if self._recovery is None:
            card = RecoveryCard()
            self._recovery = RecoveryPresenter(card, self._station, self._jobs, self._unlock)
            self._recovery.closed.connect(self._page.hide_recovery)
            self._recovery.fault.connect(self.fault)
            self._recovery.trying.connect(self.trying)
            self._recovery.gave_up.connect(self.gave_up)
            self._page.show_recovery(card)
        elif self._page.recovery is not None:
            self._page.show_recovery(self._page.recovery)
        self._recovery.open()

    def _warm_up(self) -> None:
        self._jobs.read(lambda _: self._load(), lambda _: self._ask_wait())

    # --- waiting ---

    def _ask_wait(self) -> None:
        """Ask how long the next try has to wait, and so whether the keyring serves at all."""
        station = self._station
        self._jobs.read(lambda _: station.waiting_s(), self._wait, self._hindered, key="wait")

    def _hindered(self, error: Exception) -> None:
        """Say what would keep the right passphrase from opening it, before it is typed."""
        if isinstance(error, UserError) and "keyring." in error.code:
            self._page.warn(sentences(*explained(error)))

    def _wait(self, seconds: int) -> None:
        if seconds:
            self._ends = time.monotonic() + seconds
            self._second.start()
            self._page.show_wait(seconds)

    def _count(self) -> None:
        left_s = math.ceil(self._ends - time.monotonic())
        if left_s > 0:
            self._page.show_wait(left_s)
            return
        self._second.stop()
        self._page.show_wait(0)
        self._ask_wait()  # the computer may have slept, or another program has tried

    def _load(self) -> None:
        self._station.warm_up()
        _load_next()

    def _unlock(self, passphrase: str) -> None:
        self._page.show_busy(True)
        self.trying.emit()
        self._jobs.write(  # after the last profile has written what it had to
            lambda _: self._open(passphrase), self._opened, self._refused
        )

    def _open(self, passphrase: str) -> Office | Outpost:
        office = self._station.unlock(passphrase)
        _load_next()  # a quick typist is here before the warm-up has ended
        return office

    def _opened(self, office: Office | Outpost) -> None:
        self._page.reset()
        self.unlocked.emit(office)

    def _refused(self, error: Exception) -> None:
        self.gave_up.emit()
        if isinstance(error, UserError):
            self._page.refuse(sentences(*explained(error)))
            if error.code == WAIT:
                self._wait(int(str(error.facts["seconds"])))
            elif error.code == WRONG:
                self._ask_wait()
        else:
            self._page.show_busy(False)
            self.fault.emit(error)


def _load_next() -> None:
    for module in NEXT:
        importlib.import_module(module)
