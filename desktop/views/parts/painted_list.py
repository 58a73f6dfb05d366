"""A list of painted rows, as every screen has one: its set-up, its keys, its ground.

Rows say themselves (`worded`). What stands in a row is painted by a subclass of `PaintedRows`;
selection, hover, separator and focus ring are alike everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from desktop.views.parts.scrolling import slim
from desktop.views.parts.worded import Worded, WordedModel
from desktop.views.theme import tokens
from desktop.views.theme.look import look
from desktop.views.theme.painting import paint_focus_ring

Index = QModelIndex | QPersistentModelIndex
ROW = Qt.ItemDataRole.UserRole
BATCH = 5000  # rows that are given a place at a time
EDGE = 16  # of the separator, left and right
RowType = TypeVar("RowType", bound=Worded)
_BARE = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class PaintedRows(QStyledItemDelegate):
    """Ground, selection, focus and separator; subclasses paint what stands in the row."""

    height = 48
    separator_left = EDGE

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, look().px(self.height_of(index.data(ROW))))

    def height_of(self, row: object) -> int:
        """Return a row's height at the usual text size; the same for all, unless overridden."""
        return self.height

    def is_plain(self, row: object) -> bool:
        """Tell whether a row has no ground of its own, as a heading."""
        return False

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row, box, state = index.data(ROW), QRectF(option.rect), option.state
        if row is None:
            return
        painter.save()
        if not self.is_plain(row):
            self._paint_ground(painter, box, state)
        self.paint_row(painter, row, box)
        if not self.is_plain(row):
            left = box.left() + self.separator_left
            line = QRectF(left, box.bottom() - 1, box.right() - left - EDGE, 1)
            painter.fillRect(line, look().colour("line"))
        if state & QStyle.StateFlag.State_HasFocus:
            paint_focus_ring(painter, box.adjusted(1, 1, -1, -1), 4)
        painter.restore()

    def _paint_ground(self, painter: QPainter, box: QRectF, state: QStyle.StateFlag) -> None:
        worn = look()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, worn.colour("accentSoft"))
            bar = QRectF(box.left(), box.top(), tokens.size("selection_bar"), box.height())
            painter.fillRect(bar, worn.colour("accent"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(box, worn.colour("hover"))

    def paint_row(self, painter: QPainter, row: object, box: QRectF) -> None:
        raise NotImplementedError


class PaintedList(QListView, Generic[RowType]):
    """Selection follows the arrows; Enter or a double click opens, Space presses."""

    selects_first = True  # a list that is worked through begins with its first row

    opened_row = Signal(int)
    pressed_row = Signal(int)
    current_row = Signal(int)

    def __init__(self, delegate: PaintedRows, model: WordedModel[RowType]) -> None:
        super().__init__()
        slim(self)
        self.rows = model
        self.setModel(model)
        delegate.setParent(self)
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

    def show_rows(self, rows: Sequence[RowType]) -> None:
        """Show rows; the current one stays where it can, and is not announced."""
        here = self.currentIndex().row()
        self.selectionModel().blockSignals(True)
        self.rows.show(rows)
        if rows and (here >= 0 or self.selects_first):
            self.setCurrentIndex(self.rows.index(min(max(0, here), len(rows) - 1)))
        self.selectionModel().blockSignals(False)
        self.viewport().update()

    def go_to(self, number: int) -> None:
        if 0 <= number < self.rows.rowCount() and number != self.currentIndex().row():
            self.setCurrentIndex(self.rows.index(number))

    def _moved(self, now: QModelIndex) -> None:
        if now.isValid():
            self.current_row.emit(now.row())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row, key = self.currentIndex().row(), event.key()
        bare = event.modifiers() in _BARE
        if row >= 0 and bare and key == Qt.Key.Key_Space:
            self.pressed_row.emit(row)
        elif row >= 0 and bare and key in _ENTER:
            self.opened_row.emit(row)
        else:
            super().keyPressEvent(event)
