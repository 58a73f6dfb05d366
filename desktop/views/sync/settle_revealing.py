"""Shows masked values of the To settle page for a minute, and copies what cannot be taken.

Both pass the gate: a reason, an entry in the access log, and only then the value.
"""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from desktop.views.language.translating import translate
from desktop.views.parts.clipboard import forget_copied
from desktop.views.shell.desk import Desk
from desktop.views.shell.revealing import Gate, Seen
from desktop.views.sync.settle_page import CaseView, SettlePage


class Revealing(QObject):
    """One value at a time is open."""

    def __init__(self, page: SettlePage, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._page, self._desk, self._gate = page, desk, Gate(desk, self)
        self._case: CaseView | None = None
        self._revealed: tuple[str, int] | None = None
        self._texts: tuple[str, ...] = ()  # what is open, or was copied
        self._mask = QTimer(self, singleShot=True)
        self._mask.timeout.connect(self._mask_again)

    def about(self, case: CaseView | None) -> None:
        """Another case is shown: nothing of the one before stays open, asked for, or copied."""
        self.hide()
        self._case = case

    def reveal(self, what: str, line: int) -> None:
        names, texts, anchor = self._found(what, line)
        self._gate.open(self._seen(names), lambda: self._show(what, line, texts), anchor=anchor)

    def _found(self, what: str, line: int) -> tuple[str, tuple[str, ...], QWidget | None]:
        """Return (field, values in clear, its button) of a card's line."""
        card = self._page.card_of(what)
        if card is not None:
            return card.view.what, card.opened(), card.show_button
        entry = self._page.entry_of(what)
        if entry is not None:
            return entry.view.lines[line].what, entry.opened(line), entry.show_button(line)
        return "", (), None

    def _seen(self, names: str) -> Seen:
        case = self._case
        if case is None:
            return Seen(what=names)
        kind = "customer" if case.customer else ""
        return Seen(what=names, subject=case.root, subject_kind=kind)

    def _show(self, what: str, line: int, texts: tuple[str, ...]) -> None:
        self._mask_again()
        self._revealed, self._texts = (what, line), texts
        self._page.reveal(what, line, True)
        self._mask.start(self._gate.shown_ms)

    def hide(self) -> None:
        """Mask what was shown, when one goes on or away; what is still asked for opens nothing."""
        self._gate.forget()
        self._mask_again()

    def _mask_again(self) -> None:
        self._mask.stop()
        forget_copied(self._texts)
        self._texts = ()
        if self._revealed is not None:
            what, line = self._revealed
            self._revealed = None
            self._page.reveal(what, line, False)

    # --- copying ---

    def copy_contest(self, conflict: str) -> None:
        card = self._page.card_of(conflict)
        if card is not None:
            secret = [card.view.what] if card.view.masked else []
            self._copy(card.view.copy, secret, card.opened(), card.copy_button)

    def copy_entry(self, entry: str) -> None:
        card = self._page.entry_of(entry)
        if card is not None:
            lines = [n for n, line in enumerate(card.view.lines) if line.opened]
            texts = tuple(text for n in lines for text in card.opened(n))
            names = [card.view.lines[n].what for n in lines]
            self._copy(card.view.copy, names, texts, card.buttons.get("copy"))

    def _copy(
        self, text: str, secret: Iterable[str], texts: tuple[str, ...], anchor: QWidget | None
    ) -> None:
        """Copy a text; one that holds masked values as if they were shown."""
        names = ", ".join(secret)
        if not names:
            self._to_clipboard(text)
            return

        def copy() -> None:
            self._mask_again()
            self._texts = texts
            self._mask.start(self._gate.shown_ms)
            self._to_clipboard(text)

        self._gate.open(self._seen(names), copy, anchor=anchor)

    def _to_clipboard(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._desk.toast(translate("Settle", "Copied; locking empties the clipboard"))
