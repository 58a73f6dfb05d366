"""Asks what a masked value is needed for: seven reasons, a key each, beside what was clicked.

It only asks. Whoever opened it writes the answer down, and shows nothing before that is done.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from PySide6.QtCore import QEvent, QPoint, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from crm.domain.kinds import ACCESS_REASONS, SCHEMA
from crm.domain.labels import choice_label
from desktop.views.language.translating import current_language
from desktop.views.parts.basics import Label, Speaking, column, row, surface
from desktop.views.parts.buttons import Button
from desktop.views.parts.fields import LineField
from desktop.views.parts.keycap import Keycap
from desktop.views.parts.notices import scrim

SHOWN_FOR_MS = 60_000  # how long a value of class C3 stands in clear, unless the bank says else
OTHER = "other"
MOST_NOTE = 200
GAP = 4  # pixels between the panel and what it belongs to
EDGE = 8  # pixels that stay free around it
Given = Callable[[str, str], object]  # reason, note
Dropped = Callable[[], object]


class ReasonPanel(Speaking):
    """Covers the page while it asks. 1 to 7 or a click answers; Esc, or a click beside it, drops.

    Only `other` wants words. No key reaches the page below but those that are `let_through`.
    """

    def __init__(self, parent: QWidget, let_through: Collection[str] = ()) -> None:
        super().__init__(parent)
        self._page = parent
        self._let_through = [QKeySequence(key) for key in let_through]
        self._given: Given | None = None
        self._dropped: Dropped | None = None
        self._anchor: QWidget | None = None
        self._returns_to: QWidget | None = None
        self._title, self._below = Label("", "strong", wrap=True), Label("", "small", wrap=True)
        self._below.set_tone("text2")
        self.buttons = {name: Button(kind="quiet") for name in ACCESS_REASONS}
        rows = []
        for number, (name, button) in enumerate(self.buttons.items(), start=1):
            button.clicked.connect(lambda _=False, name=name: self.choose(name))
            rows.append(row(Keycap(str(number)), button, None, spacing=2))
        self.note = LineField()
        self.note.line.setMaxLength(MOST_NOTE)
        self.note.entered.connect(self._give_other)
        self.go = Button(kind="primary", small=True)
        self.go.clicked.connect(self._give_other)
        self._other = QWidget()
        self._other.setLayout(column(self.note, row(None, self.go), spacing=6))
        self._reasons = QWidget()
        self._reasons.setLayout(column(*rows, spacing=2))
        parts = (self._title, self._reasons, self._other, self._below)
        inside = column(*parts, spacing=2, margins=(14, 12, 14, 12))
        self.box = surface("raised", inside)
        self.box.setParent(self)
        self._other.hide()
        parent.installEventFilter(self)
        self.hide()
        self.retranslate()

    def retranslate(self) -> None:
        spec = SCHEMA["access_entry"].by_name["reason"]
        self._title.setText(self.tr("What do you need it for?"))
        for number, (name, button) in enumerate(self.buttons.items(), start=1):
            words = choice_label(spec, name, current_language())
            button.setText(words)
            button.setAccessibleName(f"{number}  {words}")
        self.note.set_label(self.tr("In a few words"))
        self.go.setText(self.tr("Show"))
        self._below.setText(
            self.tr(
                "It stands in your access log, copying included. It is masked again by itself, and"
                " the clipboard is emptied of it too."
            )
        )
        self.setAccessibleName(self._title.text())

    # --- asking ---

    def ask(self, anchor: QWidget | None, given: Given, dropped: Dropped) -> None:
        """Ask beside `anchor`; one of the two is called, once."""
        if self.isVisible():
            self.drop()
        self._anchor, self._given, self._dropped = anchor, given, dropped
        self._returns_to = self.window().focusWidget()
        self.note.set_text("")
        self.note.clear_note()
        self._other.hide()
        self.setGeometry(self._page.rect())
        self.show()
        self.raise_()
        self._place()
        self.buttons[ACCESS_REASONS[0]].setFocus(Qt.FocusReason.TabFocusReason)

    def choose(self, reason: str) -> None:
        """Answer; `other` opens the line for its words."""
        if reason == OTHER:
            self._other.show()
            self._place()
            self.note.focus()
        else:
            self._answer(reason, "")

    def _give_other(self) -> None:
        words = self.note.text().strip()
        if words:
            self._answer(OTHER, words)
        else:
            self.note.show_problem(self.tr("Write what you need it for."))
            self._place()
            self.note.focus()

    def _answer(self, reason: str, note: str) -> None:
        given = self._given
        self._close()
        if given is not None:
            given(reason, note)

    def drop(self) -> None:
        """Ask no more; nothing is shown."""
        dropped = self._dropped
        self._close()
        if dropped is not None:
            dropped()

    def _close(self) -> None:
        self._given = self._dropped = self._anchor = None
        self.hide()
        if self._returns_to is not None and isValid(self._returns_to):
            self._returns_to.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- place ---

    def _place(self) -> None:
        """Stand below what was clicked, or above it, or in the middle where it is gone."""
        self._reasons.show()
        self._below.show()
        width, height = self._wanted()
        for spare in (self._below, self._reasons if self._other.isVisible() else None):
            if height > self.height() - 2 * EDGE and spare is not None:  # large type, low window
                spare.hide()
                width, height = self._wanted()
        corner = self._corner(width, height)
        self.box.setGeometry(corner.x(), corner.y(), width, height)

    def _wanted(self) -> tuple[int, int]:
        """Return the width and height in pixels that what is shown wants."""
        layout = self.box.layout()
        if layout is not None:
            layout.activate()
        size = self.box.sizeHint().expandedTo(self.box.minimumSizeHint())
        width = min(max(size.width(), 280), self.width() - 2 * EDGE)
        return width, max(size.height(), self.box.heightForWidth(width))

    def _corner(self, width: int, height: int) -> QPoint:
        anchor = self._anchor
        if anchor is None or not isValid(anchor) or not anchor.isVisible():
            return QPoint((self.width() - width) // 2, max(EDGE, (self.height() - height) // 2))
        below = anchor.mapTo(self._page.window(), QPoint(0, anchor.height() + GAP))
        below = self.mapFrom(self.window(), below)
        top = below.y()
        if top + height > self.height() - EDGE:
            top = max(EDGE, top - anchor.height() - 2 * GAP - height)
        left = min(max(EDGE, below.x()), self.width() - EDGE - width)
        return QPoint(left, min(top, max(EDGE, self.height() - EDGE - height)))

    # --- keys and mouse ---

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            keys = QKeySequence(event.keyCombination())
            event.setAccepted(keys not in self._let_through)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        digit = event.text()
        if event.key() == Qt.Key.Key_Escape:
            self.drop()
        elif digit.isascii() and digit.isdigit() and 1 <= int(digit) <= len(ACCESS_REASONS):
            self.choose(ACCESS_REASONS[int(digit) - 1])
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.focusNextPrevChild(event.key() == Qt.Key.Key_Down)
        # Everything else stops here: the page below must not act on it.

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab goes round inside. Asked while it closes as well: then there is nowhere to go."""
        inside = [*self.buttons.values(), self.note.line, self.go]
        stops = [stop for stop in inside if stop.isVisible()]
        if not stops:
            return False
        here = QApplication.focusWidget()
        place = stops.index(here) if here in stops else -1
        step = 1 if forward else -1
        stops[(place + step) % len(stops)].setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self.box.geometry().contains(event.position().toPoint()):
            self.drop()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(QRectF(self.rect()), scrim())
        painter.end()

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self.setGeometry(self._page.rect())
            self._place()
        return False

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange and self.isVisible():
            self._place()
