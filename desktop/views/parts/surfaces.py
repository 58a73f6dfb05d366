"""The grounds that things stand on: cards, panes, panels, bars, separators."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QLayout

from desktop.views.theme.look import look


@dataclass(frozen=True, slots=True)
class _Ground:
    """Fill and edge by colour role; `side` draws the edge on one side only."""

    fill: str
    edge: str | None = None
    radius: int = 0
    side: str = ""


GROUNDS = {
    "card": _Ground("surface", "line", 8),
    "pane": _Ground("surface"),
    "panel": _Ground("raised", "line", side="left"),
    "raised": _Ground("raised", "lineStrong", 12),
    "toast": _Ground("raised", "lineStrong", 8),
    "info": _Ground("infoSoft", None, 6),
    "warn": _Ground("warnSoft", "warnLine", 8),
    "danger": _Ground("dangerSoft"),
    "sunken": _Ground("sunken"),
    "plate": _Ground("sunken", "line", 6),
    "foot": _Ground("surface", "line", side="top"),
    "bar": _Ground("window", "line", side="bottom"),
    "status": _Ground("window", "line", side="top"),
    "line": _Ground("line"),
    "upright": _Ground("line"),
}


class Surface(QFrame):
    """A frame of one of the grounds; "none" draws nothing."""

    def __init__(self, kind: str = "none", layout: QLayout | None = None) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self._kind = kind
        if kind == "line":
            self.setFixedHeight(1)
        elif kind == "upright":
            self.setFixedWidth(1)
        if layout is not None:
            self.setLayout(layout)

    def set_kind(self, kind: str) -> None:
        self._kind = kind
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        ground = GROUNDS.get(self._kind)
        if ground is None:
            return
        painter = QPainter(self)
        worn, room = look(), QRectF(self.rect())
        if ground.side or ground.edge is None:
            self._paint_flat(painter, ground, room)
        else:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(worn.colour(ground.edge), 1))
            painter.setBrush(worn.colour(ground.fill))
            box = room.adjusted(0.5, 0.5, -0.5, -0.5)
            painter.drawRoundedRect(box, ground.radius, ground.radius)
        painter.end()

    def _paint_flat(self, painter: QPainter, ground: _Ground, room: QRectF) -> None:
        worn = look()
        if ground.radius:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(worn.colour(ground.fill))
            painter.drawRoundedRect(room, ground.radius, ground.radius)
            return
        painter.fillRect(room, worn.colour(ground.fill))
        if ground.edge is not None:
            painter.fillRect(_side(room, ground.side), worn.colour(ground.edge))


def _side(room: QRectF, side: str) -> QRectF:
    if side == "left":
        return QRectF(room.left(), room.top(), 1, room.height())
    top = room.top() if side == "top" else room.bottom() - 1
    return QRectF(room.left(), top, room.width(), 1)
