"""The customers of a list as Qt's views see them: all of them counted, few of them read.

The model knows who is in the list (numbers, 100,000 of them are 800 kB) and the rows of the
pages that were asked for last. A row that has not been read yet is None, and asking for it
says so by `missing`. It fetches nothing.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from desktop.services.list_values import CustomerRow, Listing

Index = QModelIndex | QPersistentModelIndex
Pages = Mapping[int, Sequence[CustomerRow | None]]  # by number; every row of each
ROOT = QModelIndex()
PAGE = 100
KEPT = 40  # pages that stay in memory
NOBODY = Listing(keys=array("q"), everybody=0)


class CustomerRows(QAbstractListModel):
    """The list. Rows of an older listing are shown until they are read again."""

    missing = Signal()  # a row was asked for that is not here, or is out of date

    def __init__(
        self, spoken: Callable[[CustomerRow | None], str], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._spoken = spoken
        self.listing = NOBODY
        self._rows: dict[int, CustomerRow | None] = {}  # by key; None: has left
        self._fresh: dict[int, None] = {}  # pages, the one that was read last is last
        self._told = False

    # --- what is in it ---

    def show(self, listing: Listing, pages: Pages) -> None:
        """Show a list; `pages` of it were read along with it."""
        same = self.listing.keys == listing.keys
        if not same:
            self.beginResetModel()
        self.listing = listing
        self._fresh.clear()
        self._take(pages)
        if not same:
            self.endResetModel()
        elif listing.keys:
            self._changed(0, len(listing.keys) - 1)

    def take_pages(self, listing: Listing, pages: Pages) -> None:
        """Take pages that were read for `listing`; nothing is done if it is another one now."""
        if listing is self.listing and pages:
            self._take(pages)
            last = min((max(pages) + 1) * PAGE, len(listing.keys)) - 1
            self._changed(min(pages) * PAGE, last)

    def _changed(self, first: int, last: int) -> None:
        self.dataChanged.emit(self.index(first), self.index(last))

    def forget(self) -> None:
        """Forget everybody: the window locks."""
        self._rows.clear()
        self.show(NOBODY, {})

    def mark_old(self) -> None:
        """Say that all rows must be read again; they are shown until then."""
        self._fresh.clear()
        self._told = False

    def _take(self, pages: Pages) -> None:
        self._told = False
        for page, rows in pages.items():
            self._rows.update(zip(self.keys_of(page), rows, strict=True))
            self._fresh.pop(page, None)
            self._fresh[page] = None
        for page in list(self._fresh)[:-KEPT]:
            del self._fresh[page]
        if len(self._rows) > 2 * KEPT * PAGE:
            kept = {key for page in self._fresh for key in self.keys_of(page)}
            self._rows = {key: row for key, row in self._rows.items() if key in kept}

    # --- asking ---

    def keys_of(self, page: int) -> array[int]:
        return self.listing.keys[page * PAGE : (page + 1) * PAGE]

    def pages_to_read(self, first: int, last: int) -> list[int]:
        """Return which pages of these rows must be read."""
        last = min(last, len(self.listing.keys) - 1)
        wanted = range(max(0, first) // PAGE, last // PAGE + 1) if last >= 0 else range(0)
        return [page for page in wanted if page not in self._fresh]

    def row_at(self, number: int) -> CustomerRow | None:
        """Return a customer, or None while he is being read."""
        if number // PAGE not in self._fresh and not self._told:
            self._told = True
            self.missing.emit()
        keys = self.listing.keys
        return self._rows.get(keys[number]) if number < len(keys) else None

    def place_of(self, key: int) -> int:
        """Return which row a customer is, -1 for none."""
        keys = self.listing.keys
        try:
            return keys.index(key)
        except ValueError:
            return -1

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.listing.keys)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return self._spoken(self.row_at(index.row()))  # a row may be cut, and marks are icons
        if role == Qt.ItemDataRole.DisplayRole:
            row = self.row_at(index.row())
            return row.name if row else None
        return None
