"""Runs one sync at a time, whoever asked for it, and tells all who listen."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal

from desktop.jobs.job import Job
from desktop.services.office import SyncOutcome
from desktop.services.progress import Progress
from desktop.views.language.formats import duration_left
from desktop.views.language.translating import current_language, translate
from desktop.views.shell.desk import ENDED, Desk
from desktop.views.shell.status_bar import Running
from desktop.views.shell.undo import still_possible

PROGRESS_AFTER_S = 0.3


class SyncRunner(QObject):
    """The sync of one unlocked profile. Saving goes on meanwhile."""

    started = Signal()
    staged = Signal(str)
    progressed = Signal(int, int, float)  # done, total, seconds left (-1: not known yet)
    finished = Signal(object)  # SyncOutcome
    failed = Signal(object)
    cancelled = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self._job: Job | None = None
        self._began = 0.0
        self.stage = ""
        self.ended: SyncOutcome | Exception | str | None = None  # "cancelled"; None while one runs

    @property
    def running(self) -> bool:
        return self._job is not None

    def start(self) -> None:
        self._start(self._desk.office.sync)

    def start_letting_go(self, agreed: int) -> None:
        """Sync, and let leave what the last one has held back: the person has agreed to that
        number of records."""
        office = self._desk.office
        letting_go = office.sync_letting_go
        self._start(partial(letting_go, agreed) if letting_go else office.sync)

    def _start(self, sync: Callable[[Progress], SyncOutcome]) -> None:
        if self._job is not None:
            return
        self._began, self.stage, self.ended = time.monotonic(), "", None
        listening = threading.Event()

        def work(progress: Progress) -> object:
            listening.wait()  # jobs start at once: the first stage must not pass unheard
            return sync(progress)

        job = self._desk.jobs.long(work, self._done, self._went_wrong)
        job.progressed.connect(self._progress)
        job.staged.connect(self._stage)
        job.cancelled.connect(self._cancelled)
        self._job = job
        listening.set()
        self.started.emit()

    def cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _stage(self, name: str) -> None:
        self.stage = name
        self.staged.emit(name)

    def _progress(self, done: int, total: int) -> None:
        taken = time.monotonic() - self._began
        left = taken * (total - done) / done if done and taken > 1 else -1.0
        self.progressed.emit(done, total, left)
        if taken >= PROGRESS_AFTER_S:
            lang = current_language()
            words = duration_left(left, lang) if left >= 0 else ""
            what = translate("Shell", "Syncing")
            self._desk.progress_shown.emit(Running(what, done, total, words))

    def _end(self, how: SyncOutcome | Exception | str) -> None:
        self._job, self.ended = None, how
        self._desk.progress_shown.emit(None)

    def _done(self, outcome: SyncOutcome) -> None:
        self._end(outcome)
        self._sort_out_undo()
        self.finished.emit(outcome)
        self._desk.saved.emit()

    def _cancelled(self) -> None:
        self._end("cancelled")
        self.cancelled.emit()
        self._desk.saved.emit()

    def _went_wrong(self, error: Exception) -> None:
        self._end(error)
        self.failed.emit(error)
        if getattr(error, "code", "") in ENDED:
            self._desk.condemned.emit(error)
        else:
            self._desk.saved.emit()

    def _sort_out_undo(self) -> None:
        """Keep those steps that can still be undone: by an edit back, where they were sent."""
        undo = self._desk.undo
        steps = undo.everything()
        if steps:

            def sort_out(possible: frozenset[int]) -> None:
                later = undo.everything()
                undo.keep(possible | {id(step) for step in later if step not in steps})

            self._desk.jobs.write(lambda _: still_possible(steps), sort_out)
