"""One of the two values of a contested field: a radio card with the changed characters marked."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QEnterEvent, QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from desktop.services.differing import Spans
from desktop.views.parts.basics import IconLabel, Label, column, row
from desktop.views.parts.buttons import BY_KEYBOARD
from desktop.views.parts.keycap import Keycap
from desktop.views.parts.marked import MarkedText
from desktop.views.theme.look import look
from desktop.views.theme.painting import paint_focus_ring


@dataclass(frozen=True, slots=True)
class Shown:
    """A value as it is read, with what is new in it."""

    text: str
    spans: Spans = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionView:
    """One value that can be chosen; `opened` is what Show reveals."""

    choice: str  # mine, theirs: as the conflict has them
    title: str
    shown: Shown
    opened: Shown
    foot: str
    possible: bool = True


class OptionCard(QAbstractButton):
    """Space or Enter takes it; a filled circle says that it is taken."""

    def __init__(self, view: OptionView, key: str) -> None:
        super().__init__()
        self.view = view
        self._ring = self._hover = False
        self.setCheckable(True)
        self.setEnabled(view.possible)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._radio, self._title = IconLabel("circle", "text2"), Label(view.title)
        self._key = Keycap(key)
        self._text, self._foot = MarkedText(), Label(view.foot, "small", tone="text2", wrap=True)
        head = row(self._radio, self._title, None, self._key)
        self.setLayout(
            column(head, self._text, self._foot, None, spacing=4, margins=(12, 8, 12, 8))
        )
        self._key.setVisible(view.possible)  # only now: without a parent it would be a window
        for child in self.findChildren(QWidget):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.toggled.connect(self._draw_radio)
        self.reveal(False)

    def reveal(self, opened: bool) -> None:
        """Show the value itself, or as it is masked."""
        shown = self.view.opened if opened else self.view.shown
        self._text.show_text(shown.text, shown.spans, "text" if self.view.possible else "text2")
        self.setAccessibleName(f"{self.view.title}: {shown.text}. {self.view.foot}")

    def shown_text(self) -> str:
        return self._text.text()

    def _draw_radio(self, on: bool) -> None:
        self._radio.set_icon("check-circle-fill" if on else "circle", "accent" if on else "text2")
        self._title.set_tone("accent" if on else None)

    def nextCheckState(self) -> None:
        self.setChecked(True)  # a second press takes nothing back

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.click()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._ring = event.reason() in BY_KEYBOARD
        super().focusInEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._hover = True
        self.update()

    def leaveEvent(self, event: object) -> None:
        self._hover = False
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        worn, on = look(), self.isChecked()
        fill = "accentSoft" if on else "hover" if self._hover else "surface"
        edge = "accent" if on else "lineStrong" if self.isEnabled() else "line"
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(worn.colour(edge), 1))
        painter.setBrush(worn.colour(fill if self.isEnabled() else "sunken"))
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(box, 6, 6)
        if self.hasFocus() and self._ring:
            paint_focus_ring(painter, QRectF(self.rect()))
        painter.end()
