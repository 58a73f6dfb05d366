"""A list model of rows that say themselves: each has a title and its words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()


class Worded(Protocol):
    """One row. `words` is all of it, for a screen reader and the tool tip."""

    @property
    def title(self) -> str: ...
    @property
    def words(self) -> str: ...


Shown = TypeVar("Shown", bound=Worded)


class WordedModel(QAbstractListModel, Generic[Shown]):
    """Rows as handed over."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: Sequence[Shown] = ()

    def show(self, rows: Sequence[Shown]) -> None:
        if rows != self.rows:
            self.beginResetModel()
            self.rows = tuple(rows)
            self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.title
        spoken = (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole)
        return row.words if role in spoken else None
