"""Syncs by itself when the branch's network is there, and tells of syncs that nobody watches.

It hears from the desk whether the server answers. A sync is due where edits wait or the last one is
some hours old; one that failed is not tried again at once.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from PySide6.QtCore import QObject, QTimer

from crm.domain.errors import Refused, UserError
from crm.domain.instants import parse_instant
from desktop.services.office import SyncOutcome
from desktop.services.receipts import OFFLINE
from desktop.services.standing import Standing, standing
from desktop.views.language.translating import counted, translate
from desktop.views.shell.desk import Desk

STALE = timedelta(hours=4)
REST_S = 600.0  # between two syncs that nobody asked for
SPREAD_S = 20.0  # laptops that find the network together do not all call in the same second
PAUSE_S, LONGEST_PAUSE_S = 60.0, 3600.0  # after a sync of its own that failed; doubled each time

Clock = Callable[[], float]
Dice = Callable[[], float]  # 0 <= dice() < 1


class AutoSync(QObject):
    """One unlocked profile's. Lives as long as its desk.

    It takes no focus and shows no dialog: who types is not disturbed.
    """

    def __init__(
        self, desk: Desk, clock: Clock = time.monotonic, dice: Dice = random.random
    ) -> None:
        super().__init__(desk)
        self._desk, self._clock, self._dice = desk, clock, dice
        self._own = False  # the sync under way is ours
        self._online: bool | None = None
        self._last = -REST_S
        self._failures = 0  # of our own, running
        self._not_before = -REST_S
        self._owed = False  # the network came back while we had to wait
        self._soon = QTimer(self, singleShot=True)
        self._soon.timeout.connect(self._look)
        desk.server_told.connect(self._told)
        runner = desk.sync_runner
        if runner is not None:
            runner.finished.connect(self._finished)
            runner.failed.connect(self._failed)
            runner.cancelled.connect(self._cancelled)

    def _told(self, online: bool) -> None:
        """The server was asked whether it answers: see how things stand, where that counts.

        A network that wants a login first does not answer as our server does: it is none.
        """
        returned, self._online = online and not self._online, online
        now = self._clock()
        self._owed = online and (self._owed or returned or now - self._last >= REST_S)
        if self._owed and now >= self._not_before and not self._soon.isActive():
            self._owed = False
            self._soon.start(int(self._dice() * SPREAD_S * 1000) if returned else 0)

    def _look(self) -> None:
        if self._online and self._desk.preferences.auto_sync:
            reader = self._desk.office.reader
            self._desk.jobs.read(lambda _: standing(reader), self._sync_if_due, key="auto_sync")

    def _sync_if_due(self, stands: Standing) -> None:
        runner = self._desk.sync_runner
        if runner is None or runner.running:
            return
        if is_due(stands, self._desk.now()):
            self._own, self._last = True, self._clock()
            runner.start()

    # --- telling ---

    def _finished(self, outcome: SyncOutcome) -> None:
        own, self._own = self._own, False
        self._failures, self._not_before = 0, self._clock()
        if self._watched():
            return
        if outcome.held_back:
            said = translate("Sync", "Unusually much would leave this laptop; see Sync")
            self._desk.toast(said, good=False)
            return
        found = outcome.conflicts + outcome.refused
        if found:
            self._desk.toast(
                counted(
                    found,
                    translate("Sync", "Synced; {n} to settle"),
                    translate("Sync", "Synced; {n} to settle"),
                )
            )
        elif not own:
            said = translate("Sync", "Synced: {sent} sent, {received} received")
            self._desk.toast(
                said.format(sent=f"{outcome.sent:,}", received=f"{outcome.received:,}")
            )

    def _failed(self, error: Exception) -> None:
        own, self._own = self._own, False
        if own:
            self._failures += 1
            pause = pause_s(self._failures, _asked_s(error), self._dice())
            self._not_before = self._clock() + pause
        expected = isinstance(error, UserError)
        quiet = own and expected and getattr(error, "code", "") in OFFLINE
        if not expected or not (quiet or self._watched()):
            self._desk.tell_error(error)

    def _cancelled(self) -> None:
        self._own = False

    def _watched(self) -> bool:
        """Tell whether a page shows how the sync goes; then it needs no other notice."""
        runner = self._desk.sync_runner
        return bool(runner is not None and runner.property("watched"))


def pause_s(failures: int, asked_s: float, dice: float) -> float:
    """Return how long to leave the server in peace after so many failures running: twice as long
    each time, at least what it asked for, and a little more by chance."""
    own: float = min(PAUSE_S * 2 ** (failures - 1), LONGEST_PAUSE_S)
    return max(own, asked_s) * (1 + dice / 4)


def _asked_s(error: Exception) -> float:
    """Return how long a busy server asked to wait; 0 for any other error."""
    seconds = error.facts.get("seconds") if isinstance(error, UserError) else None
    return float(seconds) if isinstance(seconds, int) else 0.0


def is_due(stands: Standing, now: datetime) -> bool:
    """Tell whether a sync is worth it: something waits, or the last one is hours old."""
    if stands.waiting or stands.looks or stands.last_sync is None or not stands.last_sync.at:
        return True
    try:
        return now - parse_instant(stands.last_sync.at) >= STALE
    except Refused:
        return True
