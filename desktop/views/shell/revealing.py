"""The gate before every masked value: a reason, an entry in the access log, and only then a look.

Values that were let through are shown for `shown_ms` by whoever asked (sixty seconds, unless the
bank says otherwise); the reason that was given lasts as long: no page is asked for it twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from desktop.services.access import Access, note_access, shown_seconds
from desktop.views.parts.reveal_reason import SHOWN_FOR_MS
from desktop.views.shell.desk import Desk

Then = Callable[[], object]


def _nothing() -> None:
    """Nobody waits for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is about to be seen: of whom, and which fields (`kind.field`)."""

    what: str
    subject: str = ""
    subject_kind: str = ""


class Gate(QObject):
    """One for each page or panel that shows masked values."""

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._reason: tuple[str, str] | None = None
        self.shown_ms = SHOWN_FOR_MS  # as the bank has it, once something was let through
        self._turn = 0  # raised when what was asked for is wanted no more
        self._lasts = QTimer(self, singleShot=True)
        self._lasts.timeout.connect(self._forget_reason)

    def open(
        self,
        seen: Seen,
        then: Then,
        *,
        anchor: QWidget | None = None,
        dropped: Then = _nothing,
    ) -> None:
        """Call `then` once the entry is written; `dropped` if no reason is given.

        After `forget`, and where the entry can't be written, neither is: the person is told.
        """
        if self._reason is not None:
            self._write(seen, *self._reason, then)
            return
        turn = self._turn

        def given(reason: str, note: str) -> None:
            if self._still(turn):
                self._write(seen, reason, note, then)

        self._desk.ask_reason(anchor, given, dropped)

    def _write(self, seen: Seen, reason: str, note: str, then: Then) -> None:
        turn, office, today = self._turn, self._desk.office, self._desk.today()
        access = Access(
            action="reveal",
            reason=reason,
            note=note,
            what=seen.what,
            subject=seen.subject,
            subject_kind=seen.subject_kind,
        )

        def work(_: object) -> int:
            note_access(office.new_uow, access)
            return shown_seconds(office.reader, today)

        def written(seconds: int) -> None:
            if self._still(turn):
                self.shown_ms = 1000 * seconds
                if self._reason is None:
                    self._reason = (reason, note)
                    self._lasts.start(self.shown_ms)
                then()

        self._desk.jobs.write(work, written)

    def _still(self, turn: int) -> bool:
        return isValid(self) and turn == self._turn

    def forget(self) -> None:
        """Another customer, or the lock: what is asked or being written opens nothing any more."""
        self._turn += 1
        self._forget_reason()

    def _forget_reason(self) -> None:
        self._lasts.stop()
        self._reason = None
