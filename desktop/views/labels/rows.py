"""Rows of the three lists of this screen, painted: people, findings, sheets.

Each list is a model of plain values and a delegate of fixed height; no widget per row. What a
row says to a screen reader is made by whoever fills the list.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import overload

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QMouseEvent, QPainter, QPen, QTextOption
from PySide6.QtWidgets import (
    QListView,
    QStyle,
    QStyleOptionViewItem,
)

from desktop.services.labelling import PlannedSheet, SheetShape
from desktop.views.labels.paper import ink, paint_thumbnail, paper_in
from desktop.views.parts.painted_list import ROW, PaintedList, PaintedRows
from desktop.views.parts.worded import WordedModel
from desktop.views.theme.icons import paint_icon
from desktop.views.theme.look import look
from desktop.views.theme.painting import CENTRE_RIGHT, paint_focus_ring, paint_text, width_of

Index = QModelIndex | QPersistentModelIndex
LEFT_EDGE = 44  # pixels in which a click presses the row


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A row of the list of people. `trouble` is why there will be no label, "" for none."""

    id: str
    name: str
    address: str
    right: str  # the postcode
    taken: bool
    trouble: str
    spoken: str

    @property
    def title(self) -> str:
        return self.name

    @property
    def words(self) -> str:
        return self.spoken


@dataclass(frozen=True, slots=True)
class FindingLine:
    """A row of what should be looked at; `page` is 0 where no label was printed."""

    id: str
    name: str
    text: str
    page: int
    grave: bool
    spoken: str

    @property
    def title(self) -> str:
        return self.name

    @property
    def words(self) -> str:
        return self.spoken


@dataclass(frozen=True, slots=True)
class SheetLine:
    """A thumbnail with its count."""

    sheet: PlannedSheet
    shape: SheetShape
    below: str
    spoken: str

    @property
    def title(self) -> str:
        return self.below

    @property
    def words(self) -> str:
        return self.spoken


Line = PersonLine | FindingLine | SheetLine


class MadeLines(Sequence[Line]):
    """Lines that are made when somebody looks: there may be a hundred thousand."""

    def __init__(self, count: int, make: Callable[[int], Line]) -> None:
        self._count, self._make = count, make

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, number: int) -> Line: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Line]: ...
    def __getitem__(self, number: int | slice) -> Line | Sequence[Line]:
        if isinstance(number, slice):
            return [self._make(each) for each in range(*number.indices(self._count))]
        if not 0 <= number < self._count:
            raise IndexError(number)
        return self._make(number)


class LineList(PaintedList[Line]):
    """A list of lines. Space, or a click on the left edge, is what the owner makes of it."""

    def __init__(self, delegate: PaintedRows) -> None:
        super().__init__(delegate, WordedModel())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.position().x() < LEFT_EDGE:
            self.pressed_row.emit(index.row())


class PersonRows(PaintedRows):
    """A tick, name and address, postcode or why there is no label."""

    height = 52

    def paint_row(self, painter: QPainter, line: object, box: QRectF) -> None:
        if not isinstance(line, PersonLine):
            return
        worn = look()
        _paint_tick(painter, line.taken, QRectF(box.left() + 16, box.center().y() - 9, 18, 18))
        right = box.right() - 16
        role, font = ("warn", worn.font("small")) if line.trouble else ("text3", worn.font())
        said = line.trouble or line.right
        width = width_of(said, font) + 4
        place = QRectF(right - width, box.top(), width, box.height())
        paint_text(painter, said, place, font, worn.colour(role), CENTRE_RIGHT)
        if line.trouble:
            mark = QRectF(right - width - 20, box.center().y() - 8, 16, 16)
            paint_icon(painter, "warning-fill", worn.colour("warn"), mark)
            width += 22
        left, half = box.left() + 46, box.height() / 2
        room = right - width - 12 - left
        fade = "text" if line.taken else "text3"
        name = QRectF(left, box.top() + 4, room, half - 3)
        paint_text(painter, line.name, name, worn.font("strong"), worn.colour(fade))
        below = QRectF(left, box.center().y() - 1, room, half - 4)
        paint_text(painter, line.address, below, worn.font("small"), worn.colour("text3"))


def _paint_tick(painter: QPainter, taken: bool, box: QRectF) -> None:
    worn = look()
    name = "check-square-fill" if taken else "square"
    paint_icon(painter, name, worn.colour("accent" if taken else "lineStrong"), box)


class FindingRows(PaintedRows):
    """A mark, whose label, and in two lines what is to be looked at."""

    height = 68

    def paint_row(self, painter: QPainter, line: object, box: QRectF) -> None:
        if not isinstance(line, FindingLine):
            return
        worn = look()
        mark, role = ("x-circle-fill", "danger") if line.grave else ("warning-fill", "warn")
        icon = QRectF(box.left() + 16, box.top() + worn.px(10), 16, 16)
        paint_icon(painter, mark, worn.colour(role), icon)
        left, room = box.left() + 42, box.width() - 42 - 16
        name = QRectF(left, box.top() + worn.px(6), room, worn.line("body"))
        paint_text(painter, line.name, name, worn.font("strong"), worn.colour("text"))
        text = QRectF(left, name.bottom(), room, 2 * worn.line("small"))
        painter.setFont(worn.font("small"))
        painter.setPen(worn.colour("text2"))
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        painter.drawText(text, line.text, option)


class SheetRows(PaintedRows):
    """Small sheets side by side, each with its count below."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(72, 92 + look().line("small"))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        line = index.data(ROW)
        if not isinstance(line, SheetLine):
            return
        worn, box = look(), QRectF(option.rect)
        state: QStyle.StateFlag = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        paper = paper_in(line.shape, QRectF(box.left() + 6, box.top() + 4, box.width() - 12, 80))
        paint_thumbnail(painter, line.shape, line.sheet.cells, paper)
        painter.setPen(QPen(ink("accent") if chosen else ink("lineStrong"), 2 if chosen else 1))
        painter.drawRect(paper)
        words = QRectF(box.left(), box.top() + 88, box.width(), worn.line("small"))
        font = worn.font("small", bold=chosen)
        painter.setFont(font)
        painter.setPen(worn.colour("accent" if chosen else "text2"))
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, line.below)
        if state & QStyle.StateFlag.State_HasFocus:
            paint_focus_ring(painter, box.adjusted(1, 1, -1, -1), 4)


class SheetStrip(LineList):
    """The sheets of a run as thumbnails."""

    def __init__(self) -> None:
        super().__init__(SheetRows())
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setSpacing(2)
        self.viewport().setAutoFillBackground(False)
