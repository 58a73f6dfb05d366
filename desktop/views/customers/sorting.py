"""The button that says how the list is ordered, and offers other ways."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from desktop.services.list_values import Sort, SortField
from desktop.views.parts.basics import Speaking, row
from desktop.views.parts.buttons import Button

FIELDS: tuple[SortField, ...] = (
    "relevance",
    "name",
    "tier",
    "balance",
    "last_visit",
    "next_contact",
    "village",
    "newest",
)
BEST_FIRST = frozenset({"tier", "balance"})  # begin with the highest


class SortButton(Speaking):
    """Names the order; its menu changes it. `chosen` tells the new one."""

    chosen = Signal(object)  # Sort

    def __init__(self) -> None:
        super().__init__()
        self._sort, self._searching = Sort(), False
        self.button = Button(kind="status")
        self.button.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the caret stands right
        self.button.clicked.connect(self.open_menu)
        self.menu = QMenu(self)
        self.setLayout(row(self.button))
        self.retranslate()

    def retranslate(self) -> None:
        word = self._words()[self._sort.field]
        self.button.setText(word)
        self.button.setAccessibleName(self.tr("Order: {order}").format(order=word))
        self.button.set_icon("caret-up" if self._is_reversed() else "caret-down", "text2")

    def show_sort(self, sort: Sort, *, searching: bool) -> None:
        """Show the order. `searching`: the best hits can come first."""
        self._sort, self._searching = sort, searching
        self.retranslate()

    def _is_reversed(self) -> bool:
        return self._sort.descending != (self._sort.field in BEST_FIRST)

    def _words(self) -> dict[SortField, str]:
        return {
            "relevance": self.tr("Best match"),
            "name": self.tr("Name"),
            "tier": self.tr("Value tier"),
            "balance": self.tr("Total assets"),
            "last_visit": self.tr("Last visit"),
            "next_contact": self.tr("Next contact"),
            "village": self.tr("Village"),
            "newest": self.tr("Newest here"),
        }

    def open_menu(self) -> None:
        self.fill_menu()
        self.menu.popup(self.button.mapToGlobal(QPoint(0, self.button.height() + 2)))

    def fill_menu(self) -> QMenu:
        self.menu.clear()
        texts = self._words()
        for field in FIELDS if self._searching else FIELDS[1:]:
            self._add(texts[field], field == self._sort.field, Sort(field, field in BEST_FIRST))
        if self._sort.field != "relevance":
            self.menu.addSeparator()
            other = Sort(self._sort.field, not self._sort.descending)
            self._add(self.tr("The other way round"), self._is_reversed(), other)
        return self.menu

    def _add(self, text: str, on: bool, sort: Sort) -> None:
        action = QAction(text, self.menu)
        action.setCheckable(True)
        action.setChecked(on)
        action.triggered.connect(partial(self._choose, sort))
        self.menu.addAction(action)

    def _choose(self, sort: Sort, *_: object) -> None:
        self.chosen.emit(sort)
