"""Which one masked field is shown in clear, and for how long: sixty seconds, never two at once.

Whoever calls `show` has passed the gate (shell.revealing). What was copied of it goes with it.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.views.parts.clipboard import forget_copied
from desktop.views.parts.reveal_reason import SHOWN_FOR_MS


class Reveal(QObject):
    """One field of one record, or none. Ends by itself, with the customer, and with the lock."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None, shown_for_ms: int = SHOWN_FOR_MS) -> None:
        super().__init__(parent)
        self._field: tuple[str, str] | None = None
        self._texts: tuple[str, ...] = ()
        self._timer = QTimer(self, singleShot=True, interval=shown_for_ms)
        self._timer.timeout.connect(self.end)

    def show(self, record: str, field: str, *texts: str, for_ms: int | None = None) -> None:
        """Show a field in clear, which reads as `texts`; what was shown before is hidden."""
        self.end()
        self._field, self._texts = (record, field), texts
        self._timer.start(self._timer.interval() if for_ms is None else for_ms)
        self.changed.emit()

    def end(self) -> None:
        """Hide what is shown, in the clipboard too."""
        self._timer.stop()
        if self._field is not None:
            forget_copied(self._texts)
            self._field, self._texts = None, ()
            self.changed.emit()

    def is_shown(self, record: str, field: str) -> bool:
        return self._field == (record, field)
