"""The list of receipts: rows are painted, each says its state by mark and word."""

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
from desktop.views.theme.icons import paint_icon
from desktop.views.theme.look import look
from desktop.views.theme.painting import (
    CENTRE_LEFT,
    CENTRE_RIGHT,
    paint_focus_ring,
    paint_text,
    width_of,
)

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """One receipt in words; `role` is a colour role."""

    moment: str
    below: str
    state: str
    icon: str
    role: str


class ReceiptModel(QAbstractListModel):
    """Receipts as rows, the newest first."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[ReceiptRow, ...] = ()

    def show(self, rows: tuple[ReceiptRow, ...]) -> None:
        if rows != self._rows:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()

    def row_at(self, number: int) -> ReceiptRow:
        return self._rows[number]

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.moment
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{row.moment}. {row.below}. {row.state}"
        return row.below if role == Qt.ItemDataRole.ToolTipRole else None


class _Delegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, look().px(56))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        if not isinstance(model, ReceiptModel):
            return
        row, worn = model.row_at(index.row()), look()
        where = QRectF(option.rect)
        state = option.state
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(where, worn.colour("accentSoft"))
        icon = QRectF(where.left() + 12, where.center().y() - 9, 18, 18)
        paint_icon(painter, row.icon, worn.colour(row.role), icon)
        font = worn.font("small")
        room = width_of(row.state, font) + 4
        right = QRectF(where.right() - room - 12, where.top(), room, where.height())
        paint_text(painter, row.state, right, font, worn.colour(row.role), CENTRE_RIGHT)
        half = where.height() / 2
        left, width = where.left() + 44, right.left() - where.left() - 52
        line1 = QRectF(left, where.top() + half - worn.px(22), width, worn.px(20))
        line2 = QRectF(left, where.top() + half, width, worn.px(20))
        paint_text(painter, row.moment, line1, worn.font("strong"), worn.colour("text"))
        paint_text(painter, row.below, line2, font, worn.colour("text2"), CENTRE_LEFT)
        line = QRectF(left, where.bottom() - 1, where.right() - left - 12, 1)
        painter.fillRect(line, worn.colour("line"))
        if state & QStyle.StateFlag.State_HasFocus:
            paint_focus_ring(painter, where)
        painter.restore()


class ReceiptList(QListView):
    """Enter or a click opens one."""

    opened = Signal(int)  # row

    def __init__(self) -> None:
        super().__init__()
        slim(self)
        self.receipts = ReceiptModel()
        self.setModel(self.receipts)
        self.setItemDelegate(_Delegate(self))
        self.setUniformItemSizes(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.clicked.connect(lambda index: self.opened.emit(index.row()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
        if event.key() in keys and self.currentIndex().isValid():
            self.opened.emit(self.currentIndex().row())
        else:
            super().keyPressEvent(event)
