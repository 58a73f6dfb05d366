"""All keys with what they do: painted rows, one below the other, that a search narrows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtCore import QRectF as Box
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QListView,
    QSizePolicy,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from desktop.views.parts.keycap import keycap_width, paint_keycap
from desktop.views.parts.scrolling import slim
from desktop.views.theme.look import look
from desktop.views.theme.painting import paint_text

Index = QModelIndex | QPersistentModelIndex
ROW = 34
KEY_ROLE = Qt.ItemDataRole.UserRole


class KeyModel(QAbstractListModel):
    """Rows of (key, what it does)."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows: Sequence[tuple[str, str]] = ()

    def show_rows(self, rows: Sequence[tuple[str, str]]) -> None:
        self.beginResetModel()
        self._rows = tuple(rows)
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        key, does = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return does
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{key}: {does}"
        return key if role == KEY_ROLE else None


class KeyRow(QStyledItemDelegate):
    """The words at the left, the key at the right, a line between rows."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, look().px(ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        worn, where = look(), Box(option.rect)
        painter.fillRect(Box(where.left(), where.top(), where.width(), 1), worn.colour("line"))
        key = str(index.data(KEY_ROLE))
        paint_keycap(painter, key, where)
        room = where.adjusted(0, 0, -keycap_width(key) - 12, 0)
        paint_text(painter, str(index.data()), room, worn.font(), worn.colour("text"))


class KeyTable(QListView):
    """As high as its rows: the page around it scrolls."""

    def __init__(self) -> None:
        super().__init__()
        slim(self)
        self._keys: Mapping[str, str] = {}
        self._words: Sequence[str] = ()
        self._model = KeyModel(self)
        self.setModel(self._model)
        self.setItemDelegate(KeyRow(self))
        self.setUniformItemSizes(True)
        self.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_keys(self, keys: Mapping[str, str]) -> None:
        self._keys = keys
        self.narrow(self._words)

    def narrow(self, words: Sequence[str]) -> bool:
        """Show the keys whose name or words hold all of `words`; tell whether any is left."""
        self._words = words
        rows = [
            (key, does)
            for key, does in self._keys.items()
            if all(word in f"{key} {does}".casefold() for word in words)
        ]
        self._model.show_rows(rows)
        self._fit()
        return bool(rows)

    def _fit(self) -> None:
        self.setFixedHeight(self._model.rowCount() * look().px(ROW))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._fit()
            self.scheduleDelayedItemsLayout()
        super().changeEvent(event)
