"""The top bar: where one is, the way to find anything, and what can be done here."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from desktop.views.parts.basics import Label, ShortLabel, Speaking, column, row, surface
from desktop.views.parts.buttons import Button
from desktop.views.theme import tokens
from desktop.views.theme.icons import paint_icon
from desktop.views.theme.look import look
from desktop.views.theme.painting import elided, width_of


class TopBar(Speaking):
    """Title, search box that opens the palette, and the screen's own buttons."""

    palette_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._title, self._below = Label("", "title"), ShortLabel("", tone="text2")
        self.search = FindButton()
        self.search.clicked.connect(self.palette_asked)
        self._actions = QHBoxLayout()
        self._actions.setSpacing(12)
        self._shown: Sequence[QWidget] = ()
        line = row(self._title, self._below, self.search, self._actions, spacing=14)
        line.setContentsMargins(24, 0, 24, 0)
        line.setStretch(1, 1)
        self._frame = surface("bar", line)
        self.setLayout(column(self._frame))
        self.setFixedHeight(tokens.size("top_bar"))
        self.retranslate()

    def retranslate(self) -> None:
        self.search.setText(self.tr("Find a customer, phone, address…"))

    def show_heading(self, title: str, below: str) -> None:
        self._title.setText(title)
        self._below.setText(below)

    def show_actions(self, actions: Sequence[QWidget]) -> None:
        """Show the buttons of the screen that is entered; they stay the screen's."""
        for widget in self._shown:
            widget.setVisible(False)
        for widget in actions:
            if widget.parent() is not self._frame:
                self._actions.addWidget(widget)
            widget.setVisible(True)
        self._shown = actions

    def fit(self, compact: bool) -> None:
        least = look().px(tokens.size("control")) + 8
        self.setFixedHeight(max(least, tokens.size("top_bar_compact" if compact else "top_bar")))
        self.search.setVisible(not compact)


class FindButton(Button):
    """Looks like a search line, opens the palette."""

    def __init__(self) -> None:
        super().__init__("", "plain")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(170)
        self.setToolTip("Ctrl+K")

    def sizeHint(self) -> QSize:
        width = width_of(self.text(), look().font()) + 120
        return QSize(max(320, round(width)), super().sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        text, worn = self.text(), look()
        self.blockSignals(True)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ring = self.property("ring") == "true"
        painter.setPen(worn.colour("focus" if ring else "lineStrong"))
        painter.setBrush(worn.colour("surface"))
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(box, 6, 6)
        middle = self.height() / 2
        paint_icon(
            painter, "magnifying-glass", worn.colour("text2"), QRectF(10, middle - 8, 16, 16)
        )
        keys = worn.font("caption")
        width = width_of("Ctrl+K", keys) + 12
        cap = QRectF(self.width() - width - 8, middle - 10, width, 20)
        painter.setPen(worn.colour("line"))
        painter.drawRoundedRect(cap, 4, 4)
        painter.setPen(worn.colour("text3"))
        painter.setFont(keys)
        painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, "Ctrl+K")
        font = worn.font()
        room = QRectF(34, 0, cap.left() - 42, self.height())
        painter.setFont(font)
        painter.setPen(worn.colour("text3"))
        align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(room, align, elided(text, font, room.width()))
        painter.end()
        self.blockSignals(False)
