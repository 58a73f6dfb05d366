"""How long work reports, and learns that it should stop. Knows nothing of Qt."""

from __future__ import annotations

import threading
from collections.abc import Callable

from crm.domain.errors import Cancelled


def _silent(_: int, __: int) -> None:
    """Report to nobody."""


def _no_stage(_: str) -> None:
    """Tell nobody."""


class Progress:
    """Handed to work; `cancel` may be called from any thread."""

    def __init__(
        self,
        report: Callable[[int, int], None] = _silent,
        stage: Callable[[str], None] = _no_stage,
    ) -> None:
        self._report = report
        self._stage = stage
        self._stop = threading.Event()

    def cancel(self) -> None:
        self._stop.set()

    @property
    def stopping(self) -> bool:
        """Whether the user asked to stop."""
        return self._stop.is_set()

    def check(self) -> None:
        """Raise Cancelled if the user asked to stop."""
        if self._stop.is_set():
            raise Cancelled

    def wait(self, seconds: float) -> None:
        """Let time pass, or raise Cancelled as soon as the user asks to stop."""
        if self._stop.wait(seconds):
            raise Cancelled

    def stage(self, name: str) -> None:
        """Say that the work goes on to its next stage; raise Cancelled if asked to stop."""
        self.check()
        self._stage(name)

    def step(self, done: int, total: int) -> None:
        """Report progress; raise Cancelled if the user asked to stop."""
        self.check()
        self._report(done, total)
