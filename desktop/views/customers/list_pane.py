"""The pane of the list: search, filters, how many and in which order, and the rows.

Passive: it shows what it is handed and says what the person wants.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QStackedWidget, QWidget

from desktop.services.list_values import Listing, Sort
from desktop.views.customers.columns import COLUMNS, FIXED, Column, chosen
from desktop.views.customers.filter_bar import FilterBar
from desktop.views.customers.model import CustomerRows
from desktop.views.customers.row_painting import InColumns, TwoLines
from desktop.views.customers.rows_view import RowsView, TableHead
from desktop.views.customers.sorting import SortButton
from desktop.views.customers.words import Telling
from desktop.views.language.translating import counted, current_language
from desktop.views.parts.basics import Label, ShortLabel, Speaking, column, row, surface
from desktop.views.parts.buttons import Button
from desktop.views.parts.fields import SearchBox
from desktop.views.parts.notices import State


class ListPane(Speaking):
    """Search, chips, order, rows. `show_found` says what to show in place of rows."""

    searched = Signal(str)
    columns_chosen = Signal(tuple)  # their keys
    clear_asked = Signal()
    sync_asked = Signal()

    def __init__(self, model: CustomerRows, telling: Callable[[], Telling]) -> None:
        super().__init__()
        self.search, self.filters, self.sort = SearchBox(), FilterBar(), SortButton()
        self.rows, self.head = RowsView(), TableHead()
        self._two_lines = TwoLines(telling, self.rows)
        self._in_columns = InColumns(telling, self.rows)
        self._listing: Listing | None = None
        self._query, self._narrowed = "", False
        self._columns: tuple[Column, ...] = chosen(())
        self.in_table = False
        self._count = ShortLabel("", "small", tone="text2")
        self._similar = Label("", "small", bold=True)
        self.columns_button = Button(kind="status", icon_name="columns")
        self.columns_menu = QMenu(self)
        self._nobody, self._state = State("users"), "none"
        self._stack = QStackedWidget()
        self.rows.setModel(model)
        self.rows.wear(self._two_lines)
        self._lay_out()
        self._connect()
        self.retranslate()

    def _lay_out(self) -> None:
        counts = row(self._count, self.columns_button, self.sort, spacing=4)
        counts.setStretch(0, 1)
        top = column(self.search, self.filters, counts, margins=(16, 12, 16, 2), spacing=8)
        self._similar_strip = surface("sunken", row(self._similar, margins=(16, 4, 16, 4)))
        inside = QWidget()
        rows = column(self.head, self.rows, spacing=0)
        rows.setStretch(1, 1)
        inside.setLayout(rows)
        self._stack.addWidget(inside)
        self._stack.addWidget(self._nobody)
        parts = (top, surface("line"), self._similar_strip, self._stack)
        layout = column(*parts, spacing=0)
        layout.setStretch(3, 1)
        pane = surface("pane", layout)
        self.setLayout(column(pane))
        for widget in (self.head, self.columns_button, self._similar_strip):
            widget.hide()

    def _connect(self) -> None:
        self.search.textChanged.connect(self.searched)
        self.search.down_pressed.connect(self.focus_rows)
        self.search.returnPressed.connect(self.rows.opened)
        self.rows.typed.connect(self._type_on)
        self.rows.escaped.connect(self._escaped)
        self.rows.resized.connect(self._place_columns)
        self.columns_button.clicked.connect(self._open_columns)
        self._nobody.action_asked.connect(self._act)

    def retranslate(self) -> None:
        self.search.set_names(
            self.tr("Name, pinyin, phone or address"), self.tr("Clear the search")
        )
        self.rows.setAccessibleName(self.tr("Customers"))
        self.columns_button.setText(self.tr("Columns"))
        self._similar.setText(self.tr("Similar"))
        self._show_words()
        self._place_columns()

    # --- what is found ---

    def show_found(self, listing: Listing, query: str, *, narrowed: bool) -> None:
        """Tell how many were found for a text and filters (`narrowed`: there are some)."""
        self._listing, self._query, self._narrowed = listing, query, narrowed
        self.rows.mark_hits(query)
        self._show_words()

    def clear_found(self) -> None:
        self._listing = None
        self._show_words()

    def _show_words(self) -> None:
        listing = self._listing
        self._similar_strip.setVisible(listing is not None and listing.similar)
        self._stack.setCurrentIndex(0 if listing is None or listing.total else 1)
        self._count.setText("" if listing is None else self._count_words(listing))
        if listing is not None and not listing.total:
            self._tell_nobody(listing)

    def _count_words(self, listing: Listing) -> str:
        if listing.capped:
            return self.tr("The {n} best matches").format(n=f"{listing.total:,}")
        if self._query or self._narrowed:
            words = self.tr("{n} found of {all}")
            return words.format(n=f"{listing.total:,}", all=f"{listing.everybody:,}")
        return self.everybody_words(listing)

    def everybody_words(self, listing: Listing) -> str:
        return counted(listing.everybody, self.tr("{n} customer"), self.tr("{n} customers"))

    def _tell_nobody(self, listing: Listing) -> None:
        if not listing.everybody:
            self._nobody.tell(
                self.tr("No customers here yet"),
                self.tr("They come with the first sync with the branch."),
                self.tr("Go to Sync"),
                icon="cloud-arrow-down",
            )
            return
        title = self.tr("Nobody fits the filters")
        if self._query:
            title = self.tr("Nobody found for “{text}”").format(text=self._query)
        self._nobody.tell(
            title,
            self.tr("Searched: name, pinyin, phone, address and the end of identity numbers."),
            self.tr("Clear search and filters"),
            icon="magnifying-glass",
        )

    def _act(self) -> None:
        empty = self._listing is not None and not self._listing.everybody
        (self.sync_asked if empty else self.clear_asked).emit()

    # --- list or table ---

    def show_table(self, on: bool) -> None:
        """Show columns, or two lines each."""
        self.in_table = on
        self.head.setVisible(on)
        self.columns_button.setVisible(on)
        self._place_columns()
        self.rows.wear(self._in_columns if on else self._two_lines)
        self.rows.mark_hits(self._query)

    def show_columns(self, keys: Sequence[str]) -> None:
        """Choose columns by their keys; () gives the usual ones."""
        self._columns = chosen(keys)
        self._place_columns()

    def show_sort(self, sort: Sort, *, searching: bool) -> None:
        self.sort.show_sort(sort, searching=searching)
        self.head.show_sort(sort)

    def columns_shown(self) -> list[str]:
        return [button.column.key for button in self.head.buttons()]

    def _place_columns(self) -> None:
        if self.in_table:
            width = self.rows.viewport().width()
            found = self._in_columns.show_columns(self._columns, width)
            self.head.show_columns(found, current_language())
            self.rows.viewport().update()

    def _open_columns(self) -> None:
        self.fill_columns()
        below = QPoint(0, self.columns_button.height() + 2)
        self.columns_menu.popup(self.columns_button.mapToGlobal(below))

    def fill_columns(self) -> QMenu:
        """Put every column but the name into the menu, ticked where it is shown."""
        self.columns_menu.clear()
        here = [column.key for column in self._columns]
        for each in COLUMNS:
            if each.key != FIXED:
                action = QAction(each.heading(current_language()), self.columns_menu)
                action.setCheckable(True)
                action.setChecked(each.key in here)
                action.setData(each.key)
                action.triggered.connect(self._columns_ticked)
                self.columns_menu.addAction(action)
        return self.columns_menu

    def _columns_ticked(self) -> None:
        ticked = {a.data() for a in self.columns_menu.actions() if a.isChecked()}
        here = [column.key for column in self._columns if column.key in ticked]
        new = [column.key for column in COLUMNS if column.key in ticked and column.key not in here]
        self.columns_chosen.emit((*here, *new))

    # --- keys and focus ---

    def focus_rows(self) -> None:
        self.rows.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def focus_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _type_on(self, text: str) -> None:
        self.search.setFocus()
        self.search.setText(text)

    def _escaped(self) -> None:
        if self.search.text():
            self.search.clear()
