"""Syncs by itself when the branch's network is there, and tells of syncs that nobody watches.

It hears from the desk whether the server answers. A sync is due where edits wait or the last one is
some hours old; one that failed is not tried again at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from PySide6.QtCore import QObject

from crm.domain.errors import Refused, UserError
from crm.domain.instants import parse_instant
from desktop.services.office import SyncOutcome
from desktop.services.receipts import OFFLINE
from desktop.services.standing import Standing, standing
from desktop.views.language.translating import counted, translate
from desktop.views.shell.desk import Desk

STALE = timedelta(hours=4)
REST_S = 600.0  # between two syncs that nobody asked for


class AutoSync(QObject):
    """One unlocked profile's. Lives as long as its desk."""

    def __init__(self, desk: Desk, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(desk)
        self._desk, self._clock = desk, clock
        self._own = False  # the sync under way is ours
        self._online: bool | None = None
        self._last = -REST_S
        desk.server_told.connect(self._told)
        runner = desk.sync_runner
        if runner is not None:
            runner.finished.connect(self._finished)
            runner.failed.connect(self._failed)
            runner.cancelled.connect(self._cancelled)

    def _told(self, online: bool) -> None:
        """The server was asked whether it answers: see how things stand, where that counts."""
        returned, self._online = online and not self._online, online
        rested = self._clock() - self._last >= REST_S
        if online and (returned or rested) and self._desk.preferences.auto_sync:
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


def is_due(stands: Standing, now: datetime) -> bool:
    """Tell whether a sync is worth it: edits wait, or the last one is hours old."""
    if stands.waiting or stands.last_sync is None or not stands.last_sync.at:
        return True
    try:
        return now - parse_instant(stands.last_sync.at) >= STALE
    except Refused:
        return True
