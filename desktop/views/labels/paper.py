"""Draws label sheets on white paper: cells with their words, hatching, start mark.

Paper is white in both themes. Every state is a pattern and a word, never a colour alone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cache

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QScreen

from desktop.services.labelling import (
    BAD,
    FREE,
    KEPT,
    LABEL,
    USED,
    CellBox,
    PlannedCell,
    PlannedLine,
    SheetShape,
)
from desktop.views.theme import tokens
from desktop.views.theme.look import look
from desktop.views.theme.painting import width_of

MM_PT = 72 / 25.4  # points in a millimetre
PLAUSIBLE_DPI = (50.0, 400.0)
USUAL_DPI = 96.0
PARTS = 20  # type is laid out in twentieths of a mm: font sizes are whole numbers

START = "start"


def ink(role: str) -> QColor:
    """Return a colour of the light theme: what stands on paper does not follow the window's."""
    return _ink(role)


@cache
def _ink(role: str) -> QColor:
    return QColor(tokens.colours(tokens.LIGHT)[role])


def screen_dpi(screen: QScreen | None) -> tuple[float, bool]:
    """Return logical pixels in an inch of the real screen, and whether the screen told it."""
    told = screen.physicalDotsPerInch() if screen is not None else 0.0
    least, most = PLAUSIBLE_DPI
    return (told, True) if least <= told <= most else (USUAL_DPI, False)


def paper_in(shape: SheetShape, room: QRectF) -> QRectF:
    """Return where a sheet lies in a room: as large as fits, in the middle."""
    size = QSizeF(shape.width_mm, shape.height_mm)
    size.scale(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
    paper = QRectF(QPointF(0, 0), size)
    paper.moveCenter(room.center())
    return paper


def cell_rect(shape: SheetShape, cell: int, paper: QRectF) -> QRectF:
    """Return where cell `cell`, from 1, lies on a painted sheet."""
    box, scale = shape.cells[cell - 1], paper.width() / shape.width_mm
    return QRectF(
        paper.left() + box.left_mm * scale,
        paper.top() + box.top_mm * scale,
        box.width_mm * scale,
        box.height_mm * scale,
    )


def cell_at(shape: SheetShape, paper: QRectF, point: QPointF) -> int:
    """Return the cell under a point, 0 for none."""
    hits = (c for c in range(1, len(shape.cells) + 1) if cell_rect(shape, c, paper).contains(point))
    return next(hits, 0)


def paint_paper(painter: QPainter, paper: QRectF) -> None:
    """Draw an empty white sheet with a quiet edge."""
    painter.fillRect(paper, ink("surface"))
    painter.setPen(QPen(look().colour("line"), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(paper.adjusted(-0.5, -0.5, 0.5, 0.5))


def paint_cells(
    painter: QPainter,
    shape: SheetShape,
    cells: Sequence[PlannedCell],
    paper: QRectF,
    words: Mapping[str, str],
) -> None:
    """Draw the cells of a sheet; `words` says each state: used, bad, kept, start."""
    for cell in cells:
        where = cell_rect(shape, cell.cell, paper)
        _paint_cell(painter, cell.state, where, words)
        if cell.state == LABEL:
            box = shape.cells[cell.cell - 1]
            paint_label(painter, box, cell.lines, where)
    for cell in cells:
        if cell.start:
            _paint_start(painter, cell_rect(shape, cell.cell, paper), words.get(START, ""))


def _paint_cell(painter: QPainter, state: str, where: QRectF, words: Mapping[str, str]) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    box = where.adjusted(1, 1, -1, -1)
    if state in (USED, BAD):
        paint_hatched(painter, box)
    else:
        painter.setPen(QPen(ink("lineStrong"), 1, Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, 3, 3)
    if word := words.get(state, "") if state not in (LABEL, FREE) else "":
        _paint_word(painter, box, word, hatched=state != KEPT)
    painter.restore()


def paint_hatched(painter: QPainter, box: QRectF) -> None:
    """Fill a box with thin slanted lines: used or bad."""
    painter.save()
    painter.setClipRect(box)
    painter.fillRect(box, ink("sunken"))
    painter.setPen(QPen(ink("disabled"), 1))
    step = 5.0
    start = box.left() - box.height()
    for number in range(int((box.width() + box.height()) / step) + 1):
        left = start + number * step
        painter.drawLine(
            QPointF(left, box.bottom()), QPointF(left + box.height(), box.bottom() - box.height())
        )
    painter.restore()


def _paint_word(painter: QPainter, box: QRectF, word: str, *, hatched: bool) -> None:
    font = look().font("caption")
    if box.height() < 15 or box.width() < width_of(word, font):
        return
    painter.setFont(font)
    plate = QRectF(0, 0, width_of(word, font) + 8, min(18.0, box.height()))
    plate.moveCenter(box.center())
    if hatched:
        painter.fillRect(plate, ink("sunken"))
    painter.setPen(ink("text2"))
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, word)


def _paint_start(painter: QPainter, where: QRectF, word: str) -> None:
    """Draw the green frame with its tag on the upper edge."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(ink("accent"), 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(where.adjusted(1, 1, -1, -1), 3, 3)
    font = look().font("caption", bold=True)
    if word and where.width() > width_of(word, font) + 20:
        width = width_of(word, font) + 12
        tag = QRectF(where.right() - width - 6, where.top() - 8, width, 17)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink("accent"))
        painter.drawRoundedRect(tag, 3, 3)
        painter.setFont(font)
        painter.setPen(ink("onAccent"))
        painter.drawText(tag, Qt.AlignmentFlag.AlignCenter, word)
    painter.restore()


def paint_label(
    painter: QPainter, box: CellBox, lines: Sequence[PlannedLine], where: QRectF
) -> None:
    """Draw a label's words into `where`, which shows the cell `box` at any scale."""
    painter.save()
    painter.setClipRect(where)
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
    painter.translate(where.topLeft())
    scale = where.width() / box.width_mm / PARTS
    painter.scale(scale, scale)
    painter.setPen(QColor(Qt.GlobalColor.black))
    for line in lines:
        painter.setFont(_label_font(round(line.size_pt / MM_PT * PARTS)))
        at = QPointF(line.x_mm - box.left_mm, line.y_mm - box.top_mm) * PARTS
        painter.drawText(at, line.text)
    painter.restore()


@cache
def _families() -> tuple[str, ...]:
    fonts = tokens.tokens()["font"]
    return (*fonts["seal"], *look().font().families(), *fonts["rare"])


def _label_font(edge: int) -> QFont:
    font = QFont()
    font.setFamilies(list(_families()))
    font.setPixelSize(max(1, edge))
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font


def paint_thumbnail(
    painter: QPainter, shape: SheetShape, cells: Sequence[PlannedCell], paper: QRectF
) -> None:
    """Draw a sheet small: lines for a label, grey for a mark, an outline for the rest."""
    painter.fillRect(paper, ink("surface"))
    for cell in cells:
        box = cell_rect(shape, cell.cell, paper).adjusted(1, 1, -1, -1)
        if cell.state == LABEL:
            _paint_strokes(painter, box)
        elif cell.state in (USED, BAD):
            painter.fillRect(box, ink("line"))
        else:
            painter.setPen(QPen(ink("line"), 1))
            painter.drawRect(box)


def _paint_strokes(painter: QPainter, box: QRectF) -> None:
    for share, width in ((0.25, 0.5), (0.5, 0.8), (0.75, 0.6)):
        top = box.top() + box.height() * share
        painter.fillRect(QRectF(box.left() + 1, top, box.width() * width, 1), ink("text2"))


def paint_selection(
    painter: QPainter, shape: SheetShape, cells: Collection[int], paper: QRectF
) -> None:
    """Show which cells a drag has reached."""
    painter.save()
    shade = QColor(ink("accent"))
    shade.setAlphaF(0.18)
    painter.setPen(QPen(ink("accent"), 1, Qt.PenStyle.DotLine))
    painter.setBrush(shade)
    for cell in cells:
        painter.drawRect(cell_rect(shape, cell, paper))
    painter.restore()


def paint_cursor(painter: QPainter, shape: SheetShape, cell: int, paper: QRectF) -> None:
    """Show which cell has the keyboard."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(ink("focus"), tokens.size("focus_ring")))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(cell_rect(shape, cell, paper).adjusted(-2, -2, 2, 2), 5, 5)
    painter.restore()
