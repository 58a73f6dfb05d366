"""What the painted lists of the import share: the head above, ground, bar, ring, separators."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from desktop.views.parts.buttons import BY_KEYBOARD
from desktop.views.parts.scrolling import slim
from desktop.views.theme import tokens
from desktop.views.theme.look import look
from desktop.views.theme.painting import paint_focus_ring, paint_text

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
MARGIN = 16
Spot = tuple[float, float]  # left and width, in logical pixels
Places = Callable[[float], Sequence[Spot]]  # of the columns in a row of this width


class RowList(QTableView):
    """Rows that a delegate paints; Enter and a double click are `activated`.

    A table of one column: a QListView asks about every one of its rows to lay them out.
    """

    def __init__(self) -> None:
        super().__init__()
        slim(self)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.horizontalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setMinimumSectionSize(1)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setMouseTracking(True)
        self.setMinimumHeight(80)
        self.ring = False  # the focus came by keyboard

    def paint_by(self, painter: RowPainter) -> None:
        """Draw the rows by a delegate, all of them as high as it says."""
        self.setItemDelegate(painter)
        self._take_height()

    def _take_height(self) -> None:
        painter = self.itemDelegate()
        if isinstance(painter, RowPainter):
            self.verticalHeader().setDefaultSectionSize(look().px(painter.height_px))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._take_height()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.ring = event.reason() in BY_KEYBOARD
        super().focusInEvent(event)
        if not self.currentIndex().isValid() and self.model() is not None:
            self.setCurrentIndex(self.model().index(0, 0))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.ring = True
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            if self.currentIndex().isValid():
                self.activated.emit(self.currentIndex())
        else:
            super().keyPressEvent(event)


class RowPainter(QStyledItemDelegate):
    """Ground and edges of a row; subclasses paint what is in it."""

    height_px = 40

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, look().px(self.height_px))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect: QRect = option.rect
        state = option.state
        self._paint_ground(painter, rect, state)
        self.paint_row(painter, rect, index)
        view = self.parent()
        if isinstance(view, RowList) and view.ring and state & QStyle.StateFlag.State_HasFocus:
            paint_focus_ring(painter, QRectF(rect).adjusted(2, 1, -2, -1))

    def _paint_ground(self, painter: QPainter, rect: QRect, state: QStyle.StateFlag) -> None:
        worn = look()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, worn.colour("accentSoft"))
            bar = QRect(rect.left(), rect.top(), tokens.size("selection_bar"), rect.height())
            painter.fillRect(bar, worn.colour("accent"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, worn.colour("hover"))

    def paint_row(self, painter: QPainter, rect: QRect, index: Index) -> None:
        raise NotImplementedError


def paint_line(painter: QPainter, rect: QRect, left: float = MARGIN) -> None:
    """Draw the separator below a row, from `left` on."""
    line = QRect(rect.left() + round(left), rect.bottom(), rect.width() - round(left) - MARGIN, 1)
    painter.fillRect(line, look().colour("line"))


def cell(rect: QRect, spot: Spot) -> QRectF:
    return QRectF(rect.left() + spot[0], rect.top(), spot[1], rect.height())


class Head(QWidget):
    """The names of the columns, above a list and in line with it."""

    def __init__(self, places: Places, below: RowList) -> None:
        super().__init__()
        self._places, self._viewport = places, below.viewport()
        self._names: Sequence[str] = ()
        self._viewport.installEventFilter(self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_names(self, names: Sequence[str]) -> None:
        self._names = names
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, look().px(tokens.size("table_head")))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.update()  # the scroll bar came or went
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        worn = look()
        painter = QPainter(self)
        places = self._places(self._viewport.width())
        for name, spot in zip(self._names, places, strict=False):
            font, tone = worn.font("small", bold=True), worn.colour("text2")
            paint_text(painter, name, cell(self.rect(), spot), font, tone)
        painter.fillRect(0, self.height() - 1, self.width(), 1, worn.colour("line"))
        painter.end()
