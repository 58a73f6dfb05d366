"""A key as it is printed on a keyboard: painted in rows, or as a small widget."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.views.theme.look import look
from desktop.views.theme.painting import width_of

HEIGHT, PADDING = 22, 8


def keycap_width(keys: str) -> float:
    return width_of(keys, look().font("caption")) + 2 * PADDING


def paint_keycap(painter: QPainter, keys: str, where: QRectF) -> None:
    """Draw a key at the right end of `where`, in its middle."""
    worn = look()
    width, height = keycap_width(keys), float(worn.px(HEIGHT))
    box = QRectF(where.right() - width, where.center().y() - height / 2, width, height)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(worn.colour("line"))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
    painter.setPen(worn.colour("text3"))
    painter.setFont(worn.font("caption"))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, keys)
    painter.restore()


class Keycap(QWidget):
    """One key beside the words that say what it does; those are what a screen reader says."""

    def __init__(self, keys: str) -> None:
        super().__init__()
        self._keys = keys
        self.setAccessibleName(keys)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(round(keycap_width(self._keys)) + 1, look().px(HEIGHT) + 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_keycap(painter, self._keys, QRectF(self.rect()))
        painter.end()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.ApplicationFontChange:
            self.updateGeometry()
        super().changeEvent(event)
