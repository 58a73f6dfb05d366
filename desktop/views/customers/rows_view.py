"""The view of a list of customers, and the head that stands over it when it is a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QHeaderView,
    QSizePolicy,
    QTableView,
    QWidget,
)

from desktop.services.list_values import Sort
from desktop.views.customers.columns import Column, Placed
from desktop.views.customers.model import Index
from desktop.views.customers.row_painting import GAP, MARGIN, RowDelegate
from desktop.views.parts.basics import Speaking
from desktop.views.parts.scrolling import slim
from desktop.views.theme import tokens
from desktop.views.theme.icons import paint_icon
from desktop.views.theme.look import look
from desktop.views.theme.painting import (
    CENTRE_LEFT,
    CENTRE_RIGHT,
    paint_focus_ring,
    paint_text,
    width_of,
)

BY_KEYS = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a list stands: the first row that is seen, and what of it is above the edge."""

    row: int
    above: int


class RowsView(QTableView):
    """One row per customer, all of one height, painted. The selection follows the arrows.

    A table of one column: a QListView asks the model about every one of 100,000 rows to lay
    them out, for a fifth of a second.
    """

    row_changed = Signal(int)  # -1: none
    opened = Signal()  # Enter, or a double click
    escaped = Signal()
    typed = Signal(str)  # letters typed into the list: they are meant for the search
    looked = Signal()  # other rows are seen
    resized = Signal()

    def __init__(self) -> None:
        super().__init__()
        slim(self)
        self.setMouseTracking(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.horizontalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.doubleClicked.connect(self._open)
        self.verticalScrollBar().valueChanged.connect(self.looked)
        self._delegate: RowDelegate | None = None

    def wear(self, delegate: RowDelegate) -> None:
        """Draw rows by another delegate, and keep the row that is seen first in its place."""
        anchor = self.anchor()
        if self._delegate is not None:
            delegate.query, delegate.ring = self._delegate.query, self._delegate.ring
        self._delegate = delegate
        self.setItemDelegate(delegate)
        self._take_height()
        self.stand_at(anchor)

    def mark_hits(self, query: str) -> None:
        if self._delegate is not None:
            self._delegate.query = query
        self.viewport().update()

    # --- where it stands ---

    def row_height(self) -> int:
        return self.verticalHeader().defaultSectionSize()

    def _take_height(self) -> None:
        if self._delegate is not None:
            self.verticalHeader().setMinimumSectionSize(1)
            self.verticalHeader().setDefaultSectionSize(self._delegate.height())

    def _has_rows(self) -> bool:
        model = self.model()
        return model is not None and model.rowCount() > 0

    def anchor(self) -> Anchor:
        row, above = divmod(self.verticalScrollBar().value(), self.row_height())
        return Anchor(row, above)

    def stand_at(self, anchor: Anchor) -> None:
        if self._has_rows():
            self.doItemsLayout()
            self.verticalScrollBar().setValue(anchor.row * self.row_height() + anchor.above)

    def rows_seen(self) -> tuple[int, int]:
        """Return the first and the last row that are seen."""
        first = self.anchor().row
        return first, first + self.viewport().height() // self.row_height() + 1

    def choose_row(self, row: int) -> None:
        """Select a row and bring it into sight; -1 selects none."""
        model = self.model()
        if row < 0 or model is None:
            self.setCurrentIndex(QModelIndex())
            self.clearSelection()
        else:
            self.setCurrentIndex(model.index(row, 0))

    def chosen_row(self) -> int:
        """Return which row is selected, -1 for none.

        Not the current one: a view that gets the focus makes its first row current unasked.
        """
        chosen = self.selectionModel().selectedRows()
        return chosen[0].row() if chosen else -1

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        self.row_changed.emit(current.row() if current.isValid() else -1)

    # --- keys ---

    def keyboardSearch(self, text: str) -> None:
        if text.strip():
            self.typed.emit(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._show_ring(True)
        if event.key() in ENTER:
            self.opened.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
            event.ignore()
        elif event.matches(QKeySequence.StandardKey.MoveToStartOfLine):
            self.choose_row(0 if self._has_rows() else -1)
        elif event.matches(QKeySequence.StandardKey.MoveToEndOfLine):
            self.choose_row(self.model().rowCount() - 1)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._show_ring(False)
        super().mousePressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._show_ring(event.reason() in BY_KEYS)
        super().focusInEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def _show_ring(self, on: bool) -> None:
        if self._delegate is not None and self._delegate.ring != on:
            self._delegate.ring = on
            self.viewport().update()

    def _open(self, index: QModelIndex) -> None:
        if index.isValid():
            self.opened.emit()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._take_height()
        super().changeEvent(event)


class HeadButton(QAbstractButton):
    """The heading of one column; pressing it orders by the column where that is possible."""

    def __init__(self, column: Column, parent: QWidget) -> None:
        super().__init__(parent)
        self.column = column
        self.way = ""  # up, down; "" where the table is ordered by another column
        ordering = column.sort is not None
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setEnabled(ordering)
        self.setCursor(
            Qt.CursorShape.PointingHandCursor if ordering else Qt.CursorShape.ArrowCursor
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        worn = look()
        font = worn.font("small", bold=True)
        painter = QPainter(self)
        caret = 18 if self.way else 0
        room = QRectF(self.rect()).adjusted(0, 0, -2 * GAP, 0)
        tone = worn.colour("text" if self.way or self.underMouse() else "text2")
        words = room.adjusted(0, 0, -caret, 0)
        if self.column.number:
            paint_text(painter, self.text(), words, font, tone, CENTRE_RIGHT)
            left = room.right() - 14
        else:
            taken = paint_text(painter, self.text(), words, font, tone, CENTRE_LEFT)
            left = taken + 4
        if self.way:
            box = QRectF(left, self.height() / 2 - 7, 14, 14)
            paint_icon(painter, f"caret-{self.way}", tone, box)
        if self.hasFocus():
            paint_focus_ring(painter, QRectF(self.rect()).adjusted(-2, 2, -GAP, -2))
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in ENTER:
            self.click()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        width = width_of(self.text(), look().font("small", bold=True))
        return QSize(round(width) + 2 * GAP + 18, look().px(tokens.size("table_head")))


class TableHead(Speaking):
    """The headings over a table's columns."""

    sort_asked = Signal(object)  # Sort

    def __init__(self) -> None:
        super().__init__()
        self._buttons: list[HeadButton] = []
        self._sort = Sort()
        self._language = "en"
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(100, look().px(tokens.size("table_head")))

    def show_columns(self, columns: Sequence[Placed], language: str) -> None:
        """Put a heading over each column that has a place."""
        self._language = language
        if [b.column for b in self._buttons] != [place.column for place in columns]:
            self._rebuild([place.column for place in columns])
        height = self.sizeHint().height()
        for button, place in zip(self._buttons, columns, strict=True):
            button.setGeometry(MARGIN + place.left, 0, place.width, height)
            button.setText(place.column.heading(language))
        self._name_buttons()

    def show_sort(self, sort: Sort) -> None:
        self._sort = sort
        self._name_buttons()

    def buttons(self) -> Sequence[HeadButton]:
        return self._buttons

    def _rebuild(self, columns: Sequence[Column]) -> None:
        for button in self._buttons:
            button.hide()
            button.deleteLater()
        self._buttons = [HeadButton(column, self) for column in columns]
        for button in self._buttons:
            button.clicked.connect(self._pressed)
            button.show()

    def _pressed(self) -> None:
        button = self.sender()
        if not isinstance(button, HeadButton) or button.column.sort is None:
            return
        down = button.column.best_first
        if button.column.sort == self._sort.field:
            down = not self._sort.descending
        self.sort_asked.emit(Sort(button.column.sort, down))

    def _name_buttons(self) -> None:
        for button in self._buttons:
            mine = button.column.sort is not None and button.column.sort == self._sort.field
            button.way = ("down" if self._sort.descending else "up") if mine else ""
            button.setAccessibleName(self._name(button))
            button.update()

    def _name(self, button: HeadButton) -> str:
        words = {
            "": button.text(),
            "up": self.tr("{column}, ascending").format(column=button.text()),
            "down": self.tr("{column}, descending").format(column=button.text()),
        }
        return words[button.way]

    def retranslate(self) -> None:
        self._name_buttons()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), look().colour("surface"))
        painter.setPen(QPen(look().colour("line"), 1))
        painter.drawLine(0, self.height() - 1, self.width(), self.height() - 1)
        painter.end()
