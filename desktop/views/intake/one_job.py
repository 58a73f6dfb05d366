"""Runs one long job of a page at a time, shows how far it is, and lets the person stop it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer

from desktop.jobs.job import Job, Work
from desktop.views.intake.page import IntakeScreen
from desktop.views.language.formats import duration_left
from desktop.views.shell.desk import Desk

SHOWN_AFTER_MS = 300
GUESS_AFTER_S = 1.0


class OneJob(QObject):
    """What the page waits for. A newer job takes the older one's place."""

    def __init__(self, page: IntakeScreen, desk: Desk) -> None:
        super().__init__(page)
        self._page, self._desk = page, desk
        self._job: Job | None = None
        self._what, self._began = "", 0.0
        self._far = (0, 0)
        self._timer = QTimer(self, singleShot=True, interval=SHOWN_AFTER_MS)
        self._timer.timeout.connect(self._show)
        page.cancel_asked.connect(self.cancel)

    @property
    def running(self) -> bool:
        return self._job is not None

    def run(
        self,
        what: str,
        work: Work,
        done: Callable[[Any], object],
        failed: Callable[[Exception], object],
        stopped: Callable[[], object] = lambda: None,
    ) -> None:
        """Run work beside the others; exactly one of the three is called, none if it is dropped."""
        self.drop()

        def finished(result: object) -> None:
            if self._ended(job):
                done(result)

        def went_wrong(error: Exception) -> None:
            if self._ended(job):
                failed(error)

        def ended_early() -> None:
            if self._ended(job):
                stopped()

        job = self._desk.jobs.long(work, finished, went_wrong)
        job.progressed.connect(self._progress)
        job.cancelled.connect(ended_early)
        self._job, self._what, self._far = job, what, (0, 0)
        self._began = time.monotonic()
        self._timer.start()

    def cancel(self) -> None:
        """Ask the job to stop at its next safe place; what it has come to is still told."""
        if self._job is not None:
            self._job.cancel()

    def drop(self) -> None:
        """Stop the job, and want nothing of it any longer."""
        self.cancel()
        if self._job is not None:
            self._ended(self._job)

    def _ended(self, job: Job) -> bool:
        if job is not self._job:
            return False
        self._job = None
        self._timer.stop()
        self._page.hide_progress()
        return True

    def _progress(self, done: int, total: int) -> None:
        if self.sender() is self._job:
            self._far = (done, total)
            if not self._timer.isActive():
                self._show()

    def _show(self) -> None:
        if self._job is None:
            return
        done, total = self._far
        taken = time.monotonic() - self._began
        known = bool(done) and taken > GUESS_AFTER_S and total >= done
        left = duration_left(taken * (total - done) / done, self._desk.language) if known else ""
        self._page.show_progress(self._what, done, total, left)
