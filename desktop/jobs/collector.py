"""Collects Python's garbage on the GUI thread, and nowhere else.

Left to itself the collector runs on whatever thread happens to allocate. A cycle that holds a
widget would then be destroyed on a job's thread, which Qt answers with a crash at some later
place. So the automatic collection is switched off for as long as the window lives, and a timer
of the GUI thread takes its turns: young objects often, all of them seldom and while nobody types.
"""

from __future__ import annotations

import gc
import time

from PySide6.QtCore import QObject, QTimer

TURN_MS = 250
MANY = 700  # objects made since the last turn, as Python's own first threshold
MIDDLE_EVERY, ALL_EVERY_S = 8, 30.0


class Collector(QObject):
    """One per process, made on the GUI thread; `stop` gives the work back to Python."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._turns = 0
        self._last_whole = time.monotonic()
        self._timer = QTimer(self, interval=TURN_MS)
        self._timer.timeout.connect(self._turn)

    def start(self) -> None:
        """Take over. What is loaded by now stays for good and is not looked at again."""
        gc.disable()
        gc.collect()
        gc.freeze()
        self._timer.start()
        self._last_whole = time.monotonic()

    def stop(self) -> None:
        self._timer.stop()
        gc.unfreeze()
        gc.enable()

    def _turn(self) -> None:
        young, _, _ = gc.get_count()
        if young < MANY:
            self._whole_if_due()
            return
        self._turns += 1
        gc.collect(1 if self._turns % MIDDLE_EVERY == 0 else 0)

    def _whole_if_due(self) -> None:
        """Look at all objects in a quiet moment: nothing much was made since the last turn."""
        now = time.monotonic()
        if now - self._last_whole >= ALL_EVERY_S:
            self._last_whole = now
            gc.collect()
