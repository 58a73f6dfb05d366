"""Rows of the three lists of this screen, painted: people, findings, sheets.

Each list is a model of plain values and a delegate of fixed height; no widget per row. What a
row says to a screen reader is made by whoever fills the list.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import overload

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPen, QTextOption
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from desktop.services.labelling import PlannedSheet, SheetShape
from desktop.views.labels.paper import ink, paint_thumbnail, paper_in
from desktop.views.parts.scrolling import slim
from desktop.views.theme import tokens
from desktop.views.theme.icons import paint_icon
from desktop.views.theme.look import look
from desktop.views.theme.painting import CENTRE_RIGHT, paint_focus_ring, paint_text, width_of

Index = QModelIndex | QPersistentModelIndex
ROW = Qt.ItemDataRole.UserRole
NO_PARENT = QModelIndex()
BATCH = 5000  # rows that are given a place at a time


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


@dataclass(frozen=True, slots=True)
class FindingLine:
    """A row of what should be looked at; `page` is 0 where no label was printed."""

    id: str
    name: str
    text: str
    page: int
    grave: bool
    spoken: str


@dataclass(frozen=True, slots=True)
class SheetLine:
    """A thumbnail with its count."""

    sheet: PlannedSheet
    shape: SheetShape
    below: str
    spoken: str


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


class Lines(QAbstractListModel):
    """Lines of one kind, replaced whole."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: Sequence[Line] = ()

    def show_lines(self, lines: Sequence[Line]) -> None:
        self.beginResetModel()
        self._lines = lines
        self.endResetModel()

    def changed(self, number: int) -> None:
        """Tell that one line would now be made otherwise."""
        place = self.index(number)
        self.dataChanged.emit(place, place)

    @property
    def lines(self) -> Sequence[Line]:
        return self._lines

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._lines):
            return None
        line = self._lines[index.row()]
        if role == ROW:
            return line
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return line.spoken
        if role == Qt.ItemDataRole.ToolTipRole and not isinstance(line, SheetLine):
            return line.spoken
        return None


class LineList(QListView):
    """A list of painted rows. Space toggles or chooses what the owner makes of `pressed_row`."""

    pressed_row = Signal(int)  # Space, or a click on the row's left edge
    opened_row = Signal(int)  # Enter or a double click
    current_row = Signal(int)

    def __init__(self, delegate: QStyledItemDelegate) -> None:
        super().__init__()
        slim(self)
        self.lines = Lines()
        self.setModel(self.lines)
        self.setItemDelegate(delegate)
        self.setUniformItemSizes(True)
        self.setLayoutMode(QListView.LayoutMode.Batched)  # a long list must not hold up the window
        self.setBatchSize(BATCH)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.selectionModel().currentChanged.connect(self._moved)
        self.doubleClicked.connect(lambda index: self.opened_row.emit(index.row()))

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Show lines; the current row stays where it can."""
        here = self.currentIndex().row()
        self.selectionModel().blockSignals(True)
        self.lines.show_lines(lines)
        if lines:
            self.setCurrentIndex(self.lines.index(min(max(0, here), len(lines) - 1)))
        self.selectionModel().blockSignals(False)
        self.viewport().update()

    def go_to(self, number: int) -> None:
        if 0 <= number < self.lines.rowCount() and number != self.currentIndex().row():
            self.setCurrentIndex(self.lines.index(number))

    def _moved(self, now: QModelIndex) -> None:
        if now.isValid():
            self.current_row.emit(now.row())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row, key = self.currentIndex().row(), event.key()
        bare = event.modifiers() in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.KeypadModifier,
        )
        if row >= 0 and bare and key == Qt.Key.Key_Space:
            self.pressed_row.emit(row)
        elif row >= 0 and bare and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened_row.emit(row)
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.position().x() < 44:
            self.pressed_row.emit(index.row())


class _Rows(QStyledItemDelegate):
    """Ground, selection, focus and separator; subclasses paint what stands in the row."""

    height = 48

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, look().px(self.height))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        worn, box = look(), QRectF(option.rect)
        state: QStyle.StateFlag = option.state
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, worn.colour("accentSoft"))
            bar = QRectF(box.left(), box.top(), tokens.size("selection_bar"), box.height())
            painter.fillRect(bar, worn.colour("accentFill"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(box, worn.colour("hover"))
        self.paint_line(painter, index.data(ROW), box)
        painter.setPen(QPen(worn.colour("line"), 1))
        painter.drawLine(
            round(box.left()) + 16,
            round(box.bottom()),
            round(box.right()) - 16,
            round(box.bottom()),
        )
        if state & QStyle.StateFlag.State_HasFocus:
            paint_focus_ring(painter, box.adjusted(1, 1, -1, -1), 4)
        painter.restore()

    def paint_line(self, painter: QPainter, line: Line, box: QRectF) -> None:
        raise NotImplementedError


class PersonRows(_Rows):
    """A tick, name and address, postcode or why there is no label."""

    height = 52

    def paint_line(self, painter: QPainter, line: Line, box: QRectF) -> None:
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


class FindingRows(_Rows):
    """A mark, whose label, and in two lines what is to be looked at."""

    height = 68

    def paint_line(self, painter: QPainter, line: Line, box: QRectF) -> None:
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


class SheetRows(QStyledItemDelegate):
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
