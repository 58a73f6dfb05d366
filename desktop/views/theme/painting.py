"""What is painted, shared by delegates and small widgets: marks, tiers, chips, rings, highlights.

Each function draws at a place in logical pixels and returns where it ended, so that pieces
can follow one another in a row. State is always a shape and a word, never a colour alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from desktop.views.theme.icons import paint_icon
from desktop.views.theme.look import look
from desktop.views.theme.outlines import logo, paint_outline
from desktop.views.theme.tokens import tokens

Span = tuple[int, int]  # first and behind the last character
CENTRE_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
CENTRE_RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


def sync_icon(state: str) -> tuple[str, str]:
    """Return (icon, colour role) of a sync state: waiting, to_settle, refused, received, ..."""
    name, role = tokens()["state"]["sync"][state]
    return name, role


def width_of(text: str, font: QFont) -> float:
    return _width(text, _measured(font))


# A font's key names its first family only: a font made of the key would measure Latin letters
# by whatever stands in where that family is missing. So the font itself is kept.
_METRICS: dict[str, QFontMetricsF] = {}


def _measured(font: QFont) -> str:
    key = font.key()
    if key not in _METRICS:
        _METRICS[key] = QFontMetricsF(font)
    return key


@lru_cache(maxsize=20_000)
def _width(text: str, font_key: str) -> float:
    return _METRICS[font_key].horizontalAdvance(text)


def elided(text: str, font: QFont, width: float) -> str:
    """Return `text` cut to `width` with an ellipsis at its end."""
    if width_of(text, font) <= width:
        return text
    return _elided(text, _measured(font), round(width))


@lru_cache(maxsize=20_000)
def _elided(text: str, font_key: str, width: int) -> str:
    return _METRICS[font_key].elidedText(text, Qt.TextElideMode.ElideRight, width)


def paint_text(
    painter: QPainter,
    text: str,
    where: QRectF,
    font: QFont,
    colour: QColor,
    align: Qt.AlignmentFlag = CENTRE_LEFT,
) -> float:
    """Draw one line of text, cut where there is no room; return its width."""
    shown = elided(text, font, where.width())
    painter.setFont(font)
    painter.setPen(colour)
    painter.drawText(where, align | Qt.TextFlag.TextSingleLine, shown)
    return min(width_of(shown, font), where.width())


def paint_highlighted(
    painter: QPainter,
    text: str,
    spans: Sequence[Span],
    where: QRectF,
    font: QFont,
    colour: QColor,
) -> float:
    """Draw text with marked characters; return its width."""
    shown = elided(text, font, where.width())
    worn = look()
    left = where.left()
    height = QFontMetricsF(font).height()
    for first, last in spans:
        if first >= len(shown):
            continue
        start = left + width_of(shown[:first], font)
        width = width_of(shown[first:last], font)
        mark = QRectF(start, where.center().y() - height / 2, width, height)
        painter.fillRect(mark, worn.colour("highlight"))
    marked = set[int]()
    for first, last in spans:
        marked.update(range(first, min(last, len(shown))))
    painter.setFont(font)
    for piece, start, is_hit in _pieces(shown, marked):
        painter.setPen(worn.colour("onHighlight") if is_hit else colour)
        at = QRectF(
            left + width_of(shown[:start], font), where.top(), where.width(), where.height()
        )
        painter.drawText(at, CENTRE_LEFT | Qt.TextFlag.TextSingleLine, piece)
    return width_of(shown, font)


def _pieces(text: str, marked: set[int]) -> list[tuple[str, int, bool]]:
    found: list[tuple[str, int, bool]] = []
    for place, character in enumerate(text):
        hit = place in marked
        if found and found[-1][2] == hit:
            found[-1] = (found[-1][0] + character, found[-1][1], hit)
        else:
            found.append((character, place, hit))
    return found


def paint_tier(painter: QPainter, tier: str, word: str, left: float, middle: float) -> float:
    """Draw three bars and the word of a value tier; return the right edge."""
    worn = look()
    state = tokens()["state"]["tier"][tier]
    role = {"high": "tierHigh", "general": "tierMid", "low": "tierLow"}[tier]
    font = worn.font("small", bold=bool(state.get("chip")))
    text_width = width_of(word, font)
    pad = 6.0 if state.get("chip") else 0.0
    right = left + pad + 14 + 6 + text_width + pad
    if state.get("chip"):
        height = float(worn.px(20))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(worn.colour("tierHighSoft"))
        painter.drawRoundedRect(QRectF(left, middle - height / 2, right - left, height), 4, 4)
        painter.restore()
    _paint_bars(painter, int(state["bars"]), left + pad, middle, worn.colour(role))
    where = QRectF(left + pad + 20, middle - 12, text_width + 2, 24)
    paint_text(painter, word, where, font, worn.colour(role))
    return right


def _paint_bars(painter: QPainter, filled: int, left: float, middle: float, colour: QColor) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for number in range(3):
        height = 4.0 + 3 * number
        bar = QRectF(left + number * 5, middle + 5 - height, 3, height)
        if number < filled:
            painter.fillRect(bar, colour)
        else:
            painter.setPen(QPen(colour, 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(bar.adjusted(0.5, 0.5, -0.5, -0.5))
    painter.restore()


def tier_width(tier: str, word: str) -> float:
    """Return how wide `paint_tier` draws."""
    chip = bool(tokens()["state"]["tier"][tier].get("chip"))
    return (12 if chip else 0) + 20 + width_of(word, look().font("small", bold=chip))


def paint_chip(
    painter: QPainter,
    text: str,
    icon: str | None,
    left: float,
    middle: float,
    *,
    role: str = "text2",
    fill: str | None = "neutralSoft",
    edge: str | None = None,
) -> float:
    """Draw a tag or state chip; return the right edge."""
    worn = look()
    font = worn.font("small")
    start = left + 8
    right = start + (20 if icon else 0) + width_of(text, font) + 8
    box = QRectF(left + 0.5, middle - worn.px(24) / 2 + 0.5, right - left - 1, worn.px(24) - 1)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(worn.colour(edge), 1) if edge else Qt.PenStyle.NoPen)
    painter.setBrush(worn.colour(fill) if fill else Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box, 4, 4)
    painter.restore()
    if icon:
        paint_icon(painter, icon, worn.colour(role), QRectF(start, middle - 7, 14, 14))
        start += 20
    where = QRectF(start, middle - 12, width_of(text, font) + 2, 24)
    paint_text(painter, text, where, font, worn.colour(role))
    return right


def paint_focus_ring(painter: QPainter, where: QRectF, radius: float = 6) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(look().colour("focus"), tokens()["size"]["focus_ring"]))
    painter.drawRoundedRect(where.adjusted(1, 1, -1, -1), radius, radius)
    painter.restore()


def paint_badge(painter: QPainter, number: int, centre: QPointF) -> None:
    """Draw a yellow badge with digits around a point."""
    worn = look()
    font = worn.font("caption", bold=True)
    font.setPixelSize(11)
    text = "99+" if number > 99 else str(number)
    width = max(18.0, QFontMetricsF(font).horizontalAdvance(text) + 10)
    box = QRectF(centre.x() - width / 2, centre.y() - 8, width, 16)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(worn.colour("mark"))
    painter.drawRoundedRect(box, 8, 8)
    painter.setFont(font)
    painter.setPen(worn.colour("onMark"))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()


def paint_logo(painter: QPainter, where: QRectF) -> None:
    """Draw the yellow stamp with its perforated edge and the character for a relay station."""
    worn = look()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(worn.colour("mark"))
    painter.drawRoundedRect(where, where.width() / 10, where.width() / 10)
    painter.setBrush(worn.colour("rail"))
    _paint_perforation(painter, where)
    inside = where.height() * 0.21  # the character takes 58 of 100
    ground = where.adjusted(inside, inside, -inside, -inside)
    paint_outline(painter, logo(), worn.colour("rail"), ground)
    painter.restore()


def _paint_perforation(painter: QPainter, where: QRectF) -> None:
    holes, radius = 7, where.width() / 34
    step = where.width() / holes
    for number in range(1, holes):
        offset = number * step
        for point in (
            QPointF(where.left() + offset, where.top()),
            QPointF(where.left() + offset, where.bottom()),
            QPointF(where.left(), where.top() + offset),
            QPointF(where.right(), where.top() + offset),
        ):
            painter.drawEllipse(point, radius, radius)
