"""Shows masked values of the To settle page for a minute, and copies what cannot be taken."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QGuiApplication

from desktop.views.language.translating import translate
from desktop.views.shell.desk import Desk
from desktop.views.sync.settle_page import SettlePage

REVEALED_MS = 60_000


class Revealing(QObject):
    """One value at a time is open."""

    def __init__(self, page: SettlePage, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._page, self._desk = page, desk
        self._revealed: tuple[str, int] | None = None
        self._mask = QTimer(self, singleShot=True, interval=REVEALED_MS)
        self._mask.timeout.connect(self.hide)

    def reveal(self, what: str, line: int) -> None:
        self.hide()
        self._revealed = (what, line)
        self._page.reveal(what, line, True)
        self._mask.start()

    def hide(self) -> None:
        """Mask what was shown: after a minute, and when one goes on or away."""
        self._mask.stop()
        if self._revealed is not None:
            what, line = self._revealed
            self._revealed = None
            self._page.reveal(what, line, False)

    # --- copying ---

    def copy_contest(self, conflict: str) -> None:
        card = self._page.card_of(conflict)
        if card is not None:
            self._to_clipboard(card.view.copy)

    def copy_entry(self, entry: str) -> None:
        for card in self._page.entries:
            if card.view.id == entry:
                self._to_clipboard(card.view.copy)

    def _to_clipboard(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._desk.toast(translate("Settle", "Copied; locking empties the clipboard"))
