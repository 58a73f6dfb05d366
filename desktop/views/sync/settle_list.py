"""The list of what is to settle: groups with their cases, painted rows, bare keys handed on."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from desktop.views.parts.scrolling import slim
from desktop.views.theme import tokens
from desktop.views.theme.icons import paint_icon
from desktop.views.theme.look import look
from desktop.views.theme.painting import CENTRE_RIGHT, paint_focus_ring, paint_text, width_of

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
PASSED_ON = "123mtMT"  # keys that speak to the case, also while the list has the focus


@dataclass(frozen=True, slots=True)
class SettleRow:
    """A heading (no key) or a case, in words."""

    key: str
    title: str
    below: str = ""
    right: str = ""
    icon: str = ""
    role: str = "text2"
    spoken: str = ""  # its group, for a screen reader


class SettleModel(QAbstractListModel):
    """Rows as they are handed over."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[SettleRow, ...] = ()

    def show(self, rows: tuple[SettleRow, ...]) -> None:
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def change(self, key: str, right: str) -> None:
        """Show how far a case has come."""
        for number, row in enumerate(self._rows):
            if row.key == key and row.right != right:
                changed = SettleRow(
                    row.key, row.title, row.below, right, row.icon, row.role, row.spoken
                )
                self._rows = (*self._rows[:number], changed, *self._rows[number + 1 :])
                self.dataChanged.emit(self.index(number), self.index(number))

    def row_at(self, number: int) -> SettleRow:
        return self._rows[number]

    def place_of(self, key: str) -> int:
        """Return the row of a case, -1 where it is not there."""
        return next((n for n, row in enumerate(self._rows) if row.key and row.key == key), -1)

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid() or not self._rows[index.row()].key:
            return Qt.ItemFlag.NoItemFlags  # arrows pass over headings
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ". ".join(w for w in (row.title, row.below, row.right, row.spoken) if w)
        return row.below or None if role == Qt.ItemDataRole.ToolTipRole else None


class _Delegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        model = index.model()
        heading = isinstance(model, SettleModel) and not model.row_at(index.row()).key
        return QSize(100, look().px(36 if heading else tokens.size("row_list")))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        if not isinstance(model, SettleModel):
            return
        row, where = model.row_at(index.row()), QRectF(option.rect)
        painter.save()
        if row.key:
            self._paint_case(painter, row, where, option.state)
        else:
            self._paint_heading(painter, row, where)
        painter.restore()

    def _paint_heading(self, painter: QPainter, row: SettleRow, where: QRectF) -> None:
        worn = look()
        font = worn.font("small", bold=True)
        line = QRectF(where.left() + 16, where.top() + 8, where.width() - 32, where.height() - 8)
        width = paint_text(painter, row.title, line, font, worn.colour("text2"))
        line.setLeft(line.left() + width + 8)
        paint_text(painter, row.right, line, worn.font("small"), worn.colour("text3"))

    def _paint_case(
        self, painter: QPainter, row: SettleRow, where: QRectF, state: QStyle.StateFlag
    ) -> None:
        worn = look()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(where, worn.colour("accentSoft"))
            bar = QRectF(where.left(), where.top(), tokens.size("selection_bar"), where.height())
            painter.fillRect(bar, worn.colour("accent"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(where, worn.colour("hover"))
        icon = QRectF(where.left() + 16, where.center().y() - 10, 20, 20)
        paint_icon(painter, row.icon, worn.colour(row.role), icon)
        small, left, half = worn.font("small"), where.left() + 48, where.center().y()
        room = width_of(row.right, small) + 4 if row.right else 0
        top = QRectF(left, half - worn.px(22), where.right() - left - 16, worn.px(20))
        paint_text(painter, row.right, top, small, worn.colour("text2"), CENTRE_RIGHT)
        top.setRight(top.right() - room - 8)
        paint_text(painter, row.title, top, worn.font("strong"), worn.colour("text"))
        below = QRectF(left, half + 1, where.right() - left - 16, worn.px(20))
        paint_text(painter, row.below, below, small, worn.colour("text2"))
        painter.fillRect(
            QRectF(left, where.bottom() - 1, where.right() - left - 16, 1), worn.colour("line")
        )
        if state & QStyle.StateFlag.State_HasFocus:
            paint_focus_ring(painter, where)


class SettleList(QListView):
    """Selection follows the arrows and passes over headings; Enter goes into the case."""

    case_chosen = Signal(str)
    enter_pressed = Signal()
    tapped = Signal()  # a case, by the pointer

    def __init__(self) -> None:
        super().__init__()
        slim(self)
        self.cases = SettleModel()
        self.setModel(self.cases)
        self.setItemDelegate(_Delegate(self))
        self.setMouseTracking(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.clicked.connect(lambda _: self.tapped.emit())

    def show_rows(self, rows: tuple[SettleRow, ...]) -> None:
        self.cases.show(rows)

    def choose(self, key: str) -> None:
        """Select a case without announcing it."""
        place = self.cases.place_of(key)
        if place >= 0:
            self.blockSignals(True)
            self.setCurrentIndex(self.cases.index(place))
            self.blockSignals(False)

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        if current.isValid() and (key := self.cases.row_at(current.row()).key):
            self.case_chosen.emit(key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.text() and event.text() in PASSED_ON and not event.modifiers():
            event.ignore()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.enter_pressed.emit()
        else:
            super().keyPressEvent(event)
