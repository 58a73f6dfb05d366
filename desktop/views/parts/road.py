"""A page with one card on the courier's road: what stands there while nothing is unlocked."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen, QResizeEvent

from desktop.views.parts.basics import Speaking
from desktop.views.theme.look import look


class RoadPage(Speaking):
    """Paints the road; `_fit` gives the card its room in every window and size of type."""

    def _fit(self) -> None:
        """Called when the page's size or its type has changed."""
        raise NotImplementedError

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()
        elif event.type() == QEvent.Type.ApplicationFontChange:
            self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), look().colour("rail"))
        _paint_road(painter, self.width(), self.height())
        painter.end()


def _paint_road(painter: QPainter, width: int, height: int) -> None:
    """Draw the courier's road with its stations, faintly."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    colour = look().colour("railText")
    faint = QColor(colour)
    faint.setAlphaF(0.35)
    pen = QPen(faint, 1.5, Qt.PenStyle.DashLine)
    painter.setPen(pen)
    path = QPainterPath(QPointF(0, height * 0.73))
    path.cubicTo(width * 0.25, height * 0.66, width * 0.2, height, width * 0.47, height * 0.83)
    path.cubicTo(width * 0.7, height * 0.55, width * 0.8, height * 0.72, width, height * 0.5)
    painter.drawPath(path)
    painter.setPen(QPen(faint, 1.5))
    painter.setBrush(look().colour("rail"))
    for share in (0.12, 0.38, 0.62, 0.9):
        painter.drawEllipse(path.pointAtPercent(share), 6, 6)
