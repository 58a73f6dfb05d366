"""Icons of the Phosphor set, drawn from the font that qtawesome ships.

Only its files are used: importing qtawesome would load fifteen more icon fonts, and the
window must not wait for them. Pixmaps are kept by name, colour, size and pixel ratio.
"""

from __future__ import annotations

import importlib.util
import re
from functools import cache, lru_cache
from pathlib import Path

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtGui import QIcon as _QIcon

from desktop.views.theme import outlines
from desktop.views.theme.look import look
from desktop.views.theme.tokens import tokens

FONT, CHARACTERS = "phosphor-1.3.0.ttf", "phosphor-charmap-1.3.0.json"


def size_of(use: str) -> int:
    """Return the size of icons for a use: chip, inline, button, row, rail, empty."""
    return int(tokens()["icon"]["sizes"][use])


def named(meaning: str) -> str:
    """Return the Phosphor name for one of our meanings ("customers", "lock")."""
    return str(tokens()["icon"]["names"][meaning])


def paint_icon(painter: QPainter, name: str, colour: QColor, where: QRectF) -> None:
    """Draw an icon centred in `where`, as large as its shorter side."""
    if (path := outlines.icon(name)) is not None:
        outlines.paint_outline(painter, path, colour, where)
        return
    edge = min(where.width(), where.height())
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(_font(round(edge)))
    painter.setPen(colour)
    painter.drawText(where, Qt.AlignmentFlag.AlignCenter, _character(name))
    painter.restore()


@lru_cache(maxsize=2000)
def pixmap(name: str, colour: str, edge: int, ratio: float) -> QPixmap:
    """Return an icon as a pixmap of `edge` logical pixels; `colour` is "#RRGGBB"."""
    made = QPixmap(QSize(round(edge * ratio), round(edge * ratio)))
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    paint_icon(painter, name, QColor(colour), QRectF(0, 0, edge, edge))
    painter.end()
    return made


def icon(name: str, role: str = "text") -> QIcon:
    """Return an icon that takes its colour from the look when it is drawn."""
    return QIcon(_Engine(name, role))


class _Engine(QIconEngine):
    """Draws at the size and in the theme of the moment; a disabled one in the disabled colour."""

    def __init__(self, name: str, role: str) -> None:
        super().__init__()
        self._name = name
        self._role = role

    def paint(self, painter, rect, mode, state) -> None:  # type: ignore[no-untyped-def]
        role = "disabled" if mode == _QIcon.Mode.Disabled else self._role
        paint_icon(painter, self._name, look().colour(role), QRectF(rect))

    def pixmap(self, size, mode, state) -> QPixmap:  # type: ignore[no-untyped-def]
        made = QPixmap(size)
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        self.paint(painter, QRectF(QPointF(0, 0), size.toSizeF()), mode, state)
        painter.end()
        return made

    def clone(self) -> QIconEngine:
        return _Engine(self._name, self._role)


@cache
def _folder() -> Path:
    found = importlib.util.find_spec("qtawesome")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("qtawesome")
    return Path(found.origin).with_name("fonts")


@cache
def _table() -> str:
    return (_folder() / CHARACTERS).read_text(encoding="utf-8")


@cache
def _character(name: str) -> str:
    """Return an icon's character. Looked up as text: a start shows five of 4,470. KeyError."""
    found = re.search(rf'"{re.escape(name)}": "0x([0-9a-f]+)"', _table())
    if found is None:
        raise KeyError(name)
    return chr(int(found[1], 16))


@cache
def _family() -> str:
    number = QFontDatabase.addApplicationFont(str(_folder() / FONT))
    return QFontDatabase.applicationFontFamilies(number)[0]


@cache
def _font(edge: int) -> QFont:
    font = QFont(_family())
    font.setPixelSize(edge)
    return font


def known(name: str) -> bool:
    """Tell whether the set has an icon of this name."""
    return f'"{name}": ' in _table()
