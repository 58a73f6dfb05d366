"""Rows that are painted: accounts, household, tasks, history. A few of them, or hundreds.

A row may have one action at its right end; it is painted, hit by the mouse, and reached by
Space. The view is as high as its rows unless it is told to scroll.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from desktop.views.parts.buttons import BY_KEYBOARD
from desktop.views.parts.scrolling import slim
from desktop.views.parts.worded import WordedModel
from desktop.views.theme.icons import paint_icon
from desktop.views.theme.look import look
from desktop.views.theme.painting import (
    CENTRE_RIGHT,
    elided,
    paint_focus_ring,
    paint_text,
    sync_icon,
    width_of,
)

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
GAP = 12.0
INSET = 6  # of a row's contents, for the focus ring around them
CLOSERS = tuple("，。、；：？！）》」”’,.;:?!)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: what, more of it below, a number, a day; `key` is what the row stands for."""

    key: str
    title: str
    detail: str = ""
    number: str = ""
    right: str = ""
    right_tone: str = "text2"
    mark: str | None = None
    action: str = ""
    bold: bool = False
    spoken: str = ""

    @property
    def words(self) -> str:
        """The row in words, for a screen reader and the tool tip."""
        parts = (self.title, self.detail, self.number, self.right, self.spoken)
        return ", ".join(part for part in parts if part)


class RowModel(WordedModel[Row]):
    """Rows below a customer."""


def row_at(index: Index) -> Row:
    row: Row = index.data(Qt.ItemDataRole.UserRole)
    return row


class RowDelegate(QStyledItemDelegate):
    """Paints a row: one line, or two where there is a detail."""

    two_lines = False
    ring = False  # focus came by keyboard

    def height(self) -> int:
        return look().px(56 if self.two_lines else 40)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, self.height())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row, box, worn = row_at(index), QRectF(option.rect), look()
        painter.save()
        if option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(box, worn.colour("hover"))
        if index.row() > 0:
            painter.setPen(worn.colour("line"))
            painter.drawLine(option.rect.topLeft(), option.rect.topRight())
        inner = box.adjusted(INSET, 0, -INSET, 0)
        right = self._paint_right(painter, row, inner)
        self._paint_left(
            painter, row, QRectF(inner.left(), box.top(), right - inner.left(), box.height())
        )
        if self.ring and option.state & QStyle.StateFlag.State_HasFocus:
            paint_focus_ring(painter, box, 4)
        painter.restore()

    def _paint_right(self, painter: QPainter, row: Row, box: QRectF) -> float:
        """Paint action, day, mark and number from the right; return where they begin."""
        worn, right = look(), box.right() - 2
        if row.action:
            action = action_box(row, box)
            paint_text(
                painter, row.action, action, worn.font("small"), worn.colour("accent"), CENTRE_RIGHT
            )
            right = action.left() - GAP
        if row.mark:
            icon, role = sync_icon(row.mark)
            where = QRectF(right - 16, box.center().y() - 8, 16, 16)
            paint_icon(painter, icon, worn.colour(role), where)
            right -= 16 + GAP
        for text, role in ((row.right, row.right_tone), (row.number, "text")):
            if text:
                width = max(width_of(text, worn.font()) + 2, 88 if text is row.right else 0)
                where = QRectF(right - width, box.top(), width, box.height())
                paint_text(painter, text, where, worn.font(), worn.colour(role), CENTRE_RIGHT)
                right -= width + GAP
        return right

    def _paint_left(self, painter: QPainter, row: Row, box: QRectF) -> None:
        worn = look()
        font = worn.font("strong" if row.bold else "body")
        if not row.detail:
            paint_text(painter, row.title, box, font, worn.colour("text"))
            return
        if not self.two_lines:
            width = paint_text(painter, row.title, box, font, worn.colour("text"))
            rest = box.adjusted(width + 8, 0, 0, 0)
            if rest.width() > 24:
                paint_text(painter, row.detail, rest, worn.font("small"), worn.colour("text3"))
            return
        middle = box.center().y()
        upper = QRectF(box.left(), middle - worn.px(21), box.width(), worn.px(22))
        lower = QRectF(box.left(), middle, box.width(), worn.px(20))
        paint_text(painter, row.title, upper, font, worn.colour("text"))
        paint_text(painter, row.detail, lower, worn.font("small"), worn.colour("text2"))


def action_box(row: Row, box: QRectF) -> QRectF:
    width = width_of(row.action, look().font("small")) + 8
    return QRectF(box.right() - 2 - width, box.top(), width, box.height())


class RowsView(QListView):
    """The rows. Enter or a click opens one; Space or a click on its action acts."""

    opened = Signal(str)
    action_asked = Signal(str)

    def __init__(self, *, two_lines: bool = False, scrolls: bool = False) -> None:
        super().__init__()
        slim(self)
        self._model, self._delegate, self._scrolls = RowModel(), RowDelegate(self), scrolls
        self._delegate.two_lines = two_lines
        self.setModel(self._model)
        self.setItemDelegate(self._delegate)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        if not scrolls:
            self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    @property
    def rows(self) -> Sequence[Row]:
        return self._model.rows

    def show_rows(self, rows: Sequence[Row]) -> None:
        here = self.currentIndex().row()
        self._model.show(rows)
        if 0 <= here < len(rows):
            self.setCurrentIndex(self._model.index(here))
        self._fit()

    def _fit(self) -> None:
        if not self._scrolls:
            self.setFixedHeight(self._delegate.height() * len(self._model.rows))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._fit()
            self.scheduleDelayedItemsLayout()
        super().changeEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._delegate.ring = event.reason() in BY_KEYBOARD
        if not self.currentIndex().isValid() and self.rows:
            self.setCurrentIndex(self._model.index(0))
        super().focusInEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._delegate.ring = False
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index.isValid():
            row = row_at(index)
            box = QRectF(self.visualRect(index)).adjusted(INSET, 0, -INSET, 0)
            if row.action and action_box(row, box).contains(event.position()):
                self.action_asked.emit(row.key)
            else:
                self.opened.emit(row.key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._delegate.ring = True
        index = self.currentIndex()
        if index.isValid() and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit(row_at(index).key)
        elif index.isValid() and event.key() == Qt.Key.Key_Space and row_at(index).action:
            self.action_asked.emit(row_at(index).key)
        elif not self._scrolls and self._at_end(event.key()):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def _at_end(self, key: int) -> bool:
        """Tell whether an arrow leads out of the rows: the page around them may scroll."""
        here = self.currentIndex().row()
        return (key == Qt.Key.Key_Up and here <= 0) or (
            key == Qt.Key.Key_Down and here >= len(self.rows) - 1
        )


def first_lines(text: str, font_style: str, width: float, most: int) -> list[str]:
    """Break a text into at most `most` lines of a width; the last one is cut."""
    font = look().font(font_style)
    words, lines = " ".join(text.split()), list[str]()
    while words and len(lines) < most - 1 and width_of(words, font) > width:
        end = _fitting(words, font_style, width)
        lines.append(words[:end].rstrip())
        words = words[end:].lstrip()
    return [*lines, elided(words, font, width)] if words else lines


def _fitting(text: str, font_style: str, width: float) -> int:
    """Return how many characters fit; English words stay whole."""
    font = look().font(font_style)
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if width_of(text[:middle], font) <= width else (low, middle - 1)
    if low > 1 and text[low : low + 1] in CLOSERS:  # no line begins with a comma
        low -= 1
    blank = text.rfind(" ", 0, low + 1)
    splits_word = low < len(text) and text[low - 1].isascii() and text[low].isascii()
    return blank if splits_word and blank > 0 else low
