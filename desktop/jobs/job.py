"""One callable run off the GUI thread."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Qt, QThreadPool, Signal, Slot

from crm.domain.errors import Cancelled
from desktop.services.progress import Progress

log = logging.getLogger(__name__)

Work = Callable[[Progress], Any]
REPORT_EVERY_S = 0.04  # progress in between is not worth an event


class Job(QObject):
    """One callable run off the GUI thread.

    Emits exactly one of finished, failed, cancelled, on the thread it was made on; so a
    receiver may be any callable. An error of any class comes by `failed`.
    """

    progressed = Signal(int, int)  # done, total
    staged = Signal(str)  # the work goes on to its next stage
    finished = Signal(object)
    failed = Signal(object)  # the exception
    cancelled = Signal()
    _ended = Signal(str, object)

    def __init__(self, work: Work, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work = work
        self._last_report = 0.0
        self.progress = Progress(self._report, self._stage)
        self._ended.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self.running = False

    def start(self, pool: QThreadPool) -> None:
        self.running = True
        pool.start(self._run)

    def cancel(self) -> None:
        """Ask the work to stop at its next safe place."""
        self.progress.cancel()

    def _report(self, done: int, total: int) -> None:
        now = time.monotonic()
        if done >= total or now - self._last_report >= REPORT_EVERY_S:
            self._last_report = now
            self.progressed.emit(done, total)

    def _stage(self, name: str) -> None:
        self.staged.emit(name)

    def _run(self) -> None:
        try:
            self.progress.check()
            result = self._work(self.progress)
        except Cancelled:
            self._ended.emit("cancelled", None)
        except Exception as error:  # noqa: BLE001  (the thread's edge: nothing may escape)
            self._ended.emit("failed", error)
        else:
            self._ended.emit("finished", result)

    @Slot(str, object)
    def _deliver(self, how: str, what: object) -> None:
        self.running = False
        if how == "finished":
            self.finished.emit(what)
        elif how == "failed":
            self.failed.emit(what)
        else:
            self.cancelled.emit()
