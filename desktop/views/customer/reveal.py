"""Which one masked field is shown in clear, and for how long: sixty seconds, never two at once."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

SHOWN_FOR_MS = 60_000


class Reveal(QObject):
    """One field of one record, or none. Ends by itself, with the customer, and with the lock."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None, shown_for_ms: int = SHOWN_FOR_MS) -> None:
        super().__init__(parent)
        self._field: tuple[str, str] | None = None
        self._timer = QTimer(self, singleShot=True, interval=shown_for_ms)
        self._timer.timeout.connect(self.end)

    def show(self, record: str, field: str) -> None:
        """Show a field in clear; whatever was shown before is hidden."""
        self._field = (record, field)
        self._timer.start()
        self.changed.emit()

    def toggle(self, record: str, field: str) -> None:
        if self.is_shown(record, field):
            self.end()
        else:
            self.show(record, field)

    def end(self) -> None:
        """Hide what is shown."""
        self._timer.stop()
        if self._field is not None:
            self._field = None
            self.changed.emit()

    def is_shown(self, record: str, field: str) -> bool:
        return self._field == (record, field)
