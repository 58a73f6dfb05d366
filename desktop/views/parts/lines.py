"""What is typed into: a line, an area, a list to pick from. Only their frames are ours.

Qt draws text, cursor and selection; we draw the box around them. A style sheet would do that
too, at half a millisecond for each widget of the window.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QComboBox, QFrame, QLineEdit, QPlainTextEdit, QWidget

from desktop.views.parts.scrolling import slim
from desktop.views.theme import tokens
from desktop.views.theme.icons import paint_icon
from desktop.views.theme.look import look
from desktop.views.theme.painting import CENTRE_LEFT, paint_text
from desktop.views.theme.properties import variant

TRANSPARENT = QColor(0, 0, 0, 0)
EDGES = {"error": "danger", "warning": "warn"}
CARET = 26  # room for the arrow of a list


def control_height(widget: QWidget) -> int:
    """Return how high a field stands: small, usual or large, by its property."""
    size = "control"
    for name in ("small", "large"):
        if variant(widget, name) == "true":
            size = f"control_{name}"
    return look().px(tokens.size(size))


def paint_box(widget: QWidget, focused: bool, *, still: bool = False) -> None:
    """Draw the box of a field: its edge says focus, error, warning; none where it is read-only."""
    worn = look()
    painter = QPainter(widget)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    edge, width = EDGES.get(variant(widget, "state"), "lineStrong"), 1.0
    fill = "surface"
    if not widget.isEnabled():
        edge, fill = "line", "sunken"
    elif focused:
        edge, width = "focus", 2.0
    inset = width / 2
    if not still:
        painter.setPen(QPen(worn.colour(edge), width))
        painter.setBrush(worn.colour(fill))
        box = QRectF(widget.rect()).adjusted(inset, inset, -inset, -inset)
        painter.drawRoundedRect(box, tokens.radius("control"), tokens.radius("control"))
    painter.end()


def _clear_ground(widget: QWidget) -> None:
    palette = QPalette(widget.palette())
    palette.setColor(QPalette.ColorRole.Base, TRANSPARENT)
    widget.setPalette(palette)


_UNSEEN = re.compile(r"\r\n|[\x00-\x1f\x7f\x85\u2028\u2029]")


class Line(QLineEdit):
    """One line of text. `bare`: without a box, inside something that has one."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self.setFrame(False)
        self.setTextMargins(8, 0, 8, 0)
        _clear_ground(self)
        self.textEdited.connect(self._keep_one_line)

    def _keep_one_line(self, text: str) -> None:
        """Make spaces of pasted line breaks, tabs and NULs: they would be saved and never seen."""
        if _UNSEEN.search(text):
            place = self.cursorPosition()
            self.setText(_UNSEEN.sub(" ", text))
            self.setCursorPosition(place)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), control_height(self))

    def minimumSizeHint(self) -> QSize:
        return QSize(60, control_height(self))

    def paintEvent(self, event: QPaintEvent) -> None:
        if variant(self, "bare") != "true":
            paint_box(self, self.hasFocus(), still=self.isReadOnly())
        super().paintEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.ApplicationFontChange:
            self.updateGeometry()
        super().changeEvent(event)


class Area(QPlainTextEdit):
    """Several lines of text. Tab goes on instead of being typed."""

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setViewportMargins(6, 5, 3, 5)
        _clear_ground(self)
        self.viewport().setAutoFillBackground(False)
        slim(self)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:  # of the frame; the text is the viewport's
            paint_box(self, self.hasFocus(), still=self.isReadOnly())
            return True
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.update()
        return bool(super().event(event))


class Picker(QComboBox):
    """A list to pick from, with our own box and arrow. Items carry a key as data."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)

    def fill(self, items: Sequence[tuple[str, str]]) -> None:
        """Offer (key, words); what was chosen stays chosen if it is still offered."""
        kept = self.key()
        self.blockSignals(True)
        self.clear()
        for key, words in items:
            self.addItem(words, key)
        self.choose(kept)
        self.blockSignals(False)

    def key(self) -> str:
        return str(self.currentData() or "")

    def choose(self, key: str) -> None:
        self.setCurrentIndex(max(0, self.findData(key)))

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width() + 12, control_height(self))

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), control_height(self))

    def setEditable(self, editable: bool) -> None:
        super().setEditable(editable)
        line = self.lineEdit()
        if editable and line is not None:
            line.setFrame(False)
            _clear_ground(line)

    def paintEvent(self, event: QPaintEvent) -> None:
        line = self.lineEdit()
        paint_box(self, self.hasFocus() or (line is not None and line.hasFocus()))
        worn = look()
        painter = QPainter(self)
        box = QRectF(self.width() - CARET, self.height() / 2 - 8, 16, 16)
        paint_icon(painter, "caret-down", worn.colour("text2"), box)
        if line is None:
            ink = worn.colour("text" if self.isEnabled() else "disabled")
            if not self.currentText():
                ink = worn.colour("text3")
            words = self.currentText() or self.placeholderText()
            where = QRectF(10, 0, self.width() - 10 - CARET - 2, self.height())
            paint_text(painter, words, where, self.font(), ink, CENTRE_LEFT)
        painter.end()

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.update()
        return bool(super().event(event))
