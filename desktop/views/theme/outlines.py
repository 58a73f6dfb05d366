"""What the first page draws without loading a font: the logo's character and its few icons.

A font of 20 MB for one character, or of 1.4 MB for five icons, is time that a start waits.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath

from resources import FOLDER

EM = 1000  # units of the outlines


@cache
def _file() -> dict[str, Any]:
    text = (FOLDER / "theme" / "outlines.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


@cache
def logo() -> QPainterPath:
    """Return the character 驿, its middle at 0,0."""
    return _path(_file()["logo"])


@cache
def icon(name: str) -> QPainterPath | None:
    """Return an icon's outline, its middle at 0,0; None where the font must draw it."""
    steps = _file()["icons"].get(name)
    return None if steps is None else _path(steps)


def paint_outline(painter: QPainter, path: QPainterPath, colour: QColor, where: QRectF) -> None:
    """Fill an outline, an em as large as the shorter side of `where`."""
    share = min(where.width(), where.height()) / EM
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(where.center())
    painter.scale(share, share)
    painter.fillPath(path, colour)
    painter.restore()


def _path(steps: list[list[Any]]) -> QPainterPath:
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    for kind, *at in steps:
        if kind == "M":
            path.moveTo(*at)
        elif kind == "L":
            path.lineTo(*at)
        else:
            path.cubicTo(*at)
    return path
