"""The last net: an unexpected error becomes a report free of personal data and a plain sentence.

Installed once per process. Whatever Python lets fall, on any thread, arrives here, and is told
on the GUI thread.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal

from crm.domain.secrecy import tell_uncaught, tell_uncaught_in_thread

log = logging.getLogger(__name__)


class Faults(QObject):
    """Writes a report of each fault and tells where it lies: `told(path or None)`."""

    told = Signal(object)
    _caught = Signal(object)

    def __init__(
        self, write: Callable[[BaseException], Path | None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._write = write
        self._caught.connect(self.report, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Take over Python's hooks; `uninstall` lets go of them.

        What fails while an object is taken apart is told by `keep_words_back` alone.
        """
        sys.excepthook = self._from_python
        threading.excepthook = self._from_thread

    @staticmethod
    def uninstall() -> None:
        """Leave it to Python, which then says types and places only."""
        sys.excepthook = tell_uncaught
        threading.excepthook = tell_uncaught_in_thread

    def report(self, error: BaseException) -> None:
        """Write it down and tell."""
        log.error("unexpected", exc_info=error)
        self.told.emit(self._write(error))

    def _from_python(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            tell_uncaught(kind, error, trace)
        else:
            self._caught.emit(error)

    def _from_thread(self, given: threading.ExceptHookArgs) -> None:
        if given.exc_value is not None:
            self._caught.emit(given.exc_value)
