"""Looks at the lease of an unlocked profile now and then, and after each sync."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.services.lease import Lease
from desktop.views.shell.desk import Desk

EVERY_MS = 10 * 60_000


class LeaseWatch(QObject):
    """Lives as long as its desk."""

    told = Signal(object)  # Lease
    ended = Signal()

    def __init__(self, desk: Desk, lease: Callable[[], Lease]) -> None:
        super().__init__(desk)
        self._desk, self._lease = desk, lease
        self.last: Lease | None = None
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(self.look)
        if desk.sync_runner is not None:
            desk.sync_runner.finished.connect(self.look)

    def start(self) -> None:
        self.look()
        self._timer.start()

    def look(self) -> None:
        self._desk.jobs.read(lambda _: self._lease(), self._tell, key="lease")

    def _tell(self, lease: Lease) -> None:
        self.last = lease
        self.told.emit(lease)
        if lease.over:  # not behind: a clock put right before a sync interrupts nobody at work
            self.ended.emit()
