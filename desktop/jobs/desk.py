"""Where jobs run: readings side by side, writings one after another, long work beside them.

A reading with a key replaces the one before it with the same key: search as you type wants
only the newest answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QThreadPool, Signal

from crm.domain.errors import Cancelled
from desktop.jobs.job import Job, Work
from desktop.services.progress import Progress

READERS = 2
LONG = 3  # a sync, an import or print run, and asking whether the server answers
Done = Callable[[Any], object]
Failed = Callable[[Exception], object]


class Jobs(QObject):
    """Starts jobs and keeps them until they end.

    `went_wrong` is emitted with the error of a job whose starter gave no `failed`.
    """

    went_wrong = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._readers, self._writers = QThreadPool(self), QThreadPool(self)
        self._long = QThreadPool(self)
        self._readers.setMaxThreadCount(READERS)
        self._writers.setMaxThreadCount(1)
        self._long.setMaxThreadCount(LONG)
        self._running: set[Job] = set()
        self._saving: set[Job] = set()  # of these, those that closing lets end
        self._newest: dict[str, Job] = {}
        self._open = True
        self._untold: set[Job] = set()  # writings that failed, and nobody has heard of it

    def read(self, work: Work, done: Done, failed: Failed | None = None, *, key: str = "") -> Job:
        """Run `work(progress)`; `done(result)` or `failed(error)` is called on this thread."""
        job = self._job(work, done, failed, key)
        return self._started(job, self._readers)

    def write(self, work: Work, done: Done, failed: Failed | None = None) -> Job:
        """Run work that saves; never two at a time."""

        def counted(progress: Progress) -> Any:
            try:
                return work(progress)
            except Cancelled:
                raise
            except Exception:
                self._untold.add(job)
                raise

        job = self._job(counted, done, failed, "")
        self._saving.add(job)
        return self._started(job, self._writers)

    def long(self, work: Work, done: Done, failed: Failed | None = None) -> Job:
        """Run work of seconds or minutes beside the others: a sync, an import, a print run."""
        job = self._job(work, done, failed, "")
        return self._started(job, self._long)

    def close(self, wait_ms: int = 10_000) -> bool:
        """Cancel readings and long work, let writings end; return whether all have ended.

        A writing that has not begun is not cancelled either: it may be the last draft. What is
        asked for from now on is not begun.
        """
        self._open = False
        for job in self._running - self._saving:
            job.cancel()
        return self.wait(wait_ms)

    def wait(self, wait_ms: int) -> bool:
        """Wait for each kind of jobs; return whether all have ended. For any thread."""
        ended = [pool.waitForDone(wait_ms) for pool in (self._writers, self._readers, self._long)]
        return all(ended)

    @property
    def untold(self) -> int:
        """How many writings failed without anybody hearing of it: they ended after `close`."""
        return len(self._untold)

    def idle(self) -> bool:
        """Tell whether nothing runs and nothing waits to be delivered."""
        return not self._running

    def _job(self, work: Work, done: Done, failed: Failed | None, key: str) -> Job:
        job = Job(work, self)
        if key:
            if (older := self._newest.get(key)) is not None:
                older.cancel()
            self._newest[key] = job

        def deliver(result: object) -> None:
            if self._settled(job, key):
                done(result)

        def report(error: Exception) -> None:
            if self._settled(job, key):
                self._untold.discard(job)
                (failed or self.went_wrong.emit)(error)

        job.finished.connect(deliver)
        job.failed.connect(report)
        job.cancelled.connect(lambda: self._settled(job, key))
        self._running.add(job)
        return job

    def _started(self, job: Job, pool: QThreadPool) -> Job:
        if self._open:
            job.start(pool)
        else:
            self._running.discard(job)  # the replica is closed, or is being closed
            self._saving.discard(job)
        return job

    def _settled(self, job: Job, key: str) -> bool:
        """Forget an ended job; tell whether anybody still wants its result."""
        self._running.discard(job)
        self._saving.discard(job)
        job.deleteLater()
        wanted = self._open
        if key:
            wanted = wanted and self._newest.get(key) is job
            if self._newest.get(key) is job:
                del self._newest[key]
        return wanted
