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
        """Show rows; a sequence that makes them when somebody looks stays one."""
        made = isinstance(rows, tuple | list)
        if not made or tuple(rows) != self.rows:
            self.beginResetModel()
            self.rows = tuple(rows) if made else rows
            self.endResetModel()

    def row_at(self, number: int) -> Shown:
        return self.rows[number]

    def changed(self, number: int) -> None:
        """Tell that one row would now be made otherwise."""
        place = self.index(number)
        self.dataChanged.emit(place, place)

    def replace(self, number: int, row: Shown) -> None:
        """Show another row in the place of one."""
        self.rows = (*self.rows[:number], row, *self.rows[number + 1 :])
        self.changed(number)

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self.rows):
            return None
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.title
        spoken = (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole)
        return row.words if role in spoken else None
