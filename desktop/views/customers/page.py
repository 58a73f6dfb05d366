"""The list and, beside it, the customer who is chosen; one of the two where there is no room."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QWidget

from desktop.views.customers.list_pane import ListPane
from desktop.views.parts.basics import Speaking, column, row, separator, surface
from desktop.views.parts.buttons import Button
from desktop.views.shell.screen import COMPACT, MEDIUM, WIDE
from desktop.views.shell.workspace import first_focusable
from desktop.views.theme import tokens

if TYPE_CHECKING:
    from desktop.views.customer.page import CustomerPage

LEAST_DETAIL = 540  # narrower, and the list gives way


class CustomersPage(Speaking):
    """Places the two panes. `opened`: the customer has the page to himself, or would have."""

    layout_changed = Signal()

    def __init__(self, pane: ListPane, make_detail: Callable[[], CustomerPage]) -> None:
        super().__init__()
        self.pane, self._make_detail = pane, make_detail
        self._detail: CustomerPage | None = None
        self.width_class = WIDE
        self.opened = self._entering = False
        self._line = separator(upright=True)
        self.back_button = Button(kind="link", icon_name="caret-left")
        self._strip = surface("bar", row(self.back_button, None, margins=(12, 4, 12, 4)))
        self._right = QWidget()
        self._inside = column(self._strip, spacing=0)
        self._right.setLayout(self._inside)
        self._layout = row(pane, self._line, self._right, spacing=0)
        self.setLayout(self._layout)
        self.back_button.clicked.connect(self.go_back)
        self.retranslate()
        self._place()

    @property
    def detail(self) -> CustomerPage:
        """Return the customer's own page, made when it is asked for first: the list goes before."""
        if self._detail is None:
            self._detail = self._make_detail()
            self._detail.fit(self.width_class)
            self._detail.back_wanted.connect(self.go_back)
            self._detail.loaded.connect(self._loaded)
            self._inside.addWidget(self._detail, 1)
        return self._detail

    @property
    def has_detail(self) -> bool:
        return self._detail is not None

    def retranslate(self) -> None:
        self.back_button.setText(self.tr("Back to the list"))

    # --- places ---

    def fit(self, width_class: str) -> None:
        self.width_class = width_class
        if self.has_detail:
            self.detail.fit(width_class)
        self._place()

    def show_table(self, on: bool) -> None:
        self.opened = False
        self.pane.show_table(on)
        self._place()

    def is_side_by_side(self) -> bool:
        """Tell whether list and customer are both seen."""
        room = self.width() - self._list_width()
        return not self.pane.in_table and self.width_class != COMPACT and room >= LEAST_DETAIL

    def shows_detail(self) -> bool:
        return self.is_side_by_side() or self.opened

    def _list_width(self) -> int:
        medium = self.width_class == MEDIUM
        return tokens.size("list_pane_medium" if medium else "list_pane")

    def _place(self) -> None:
        both = self.is_side_by_side()
        self._right.setVisible(both or self.opened)
        self.pane.setVisible(both or not self.opened)
        self._line.setVisible(both)
        self._strip.setVisible(not both and self.width_class != COMPACT)
        self._layout.setStretch(0, 0 if both else 1)
        self._layout.setStretch(2, 1)
        self.pane.setMinimumWidth(self._list_width() if both else 0)
        self.pane.setMaximumWidth(self._list_width() if both else 16_777_215)
        self.layout_changed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        pressed = self._line.isVisible() and not self.is_side_by_side()
        if pressed and self.width_class != COMPACT:
            self.opened = True  # a panel takes room: it is about the customer, the list gives way
        self._place()

    # --- into the customer and back ---

    def show_again(self) -> None:
        """Place the panes anew, after `opened` was set."""
        self._place()

    def open(self) -> None:
        """Go into the customer who is shown, or as soon as he is."""
        self.opened = True
        self._place()
        self._entering = not self._enter()

    def _enter(self) -> bool:
        """Put the focus into the customer's page; tell whether anybody is there."""
        there = self.has_detail and self.detail.shows_somebody
        target = first_focusable(self.detail) if there else None
        if target is not None:
            target.setFocus(Qt.FocusReason.ShortcutFocusReason)
        return target is not None

    def _loaded(self) -> None:
        if self._entering:
            self._entering = not self._enter()

    def go_back(self) -> bool:
        """Go back to the list; tell whether there was anything to go back from."""
        was_alone = self.opened and not self.is_side_by_side()
        had_focus = self._in_detail()
        self.opened = self._entering = False
        self._place()
        if was_alone or had_focus:
            self.pane.focus_rows()
        return was_alone or had_focus

    def _in_detail(self) -> bool:
        focused = QApplication.focusWidget()
        return focused is not None and self._right.isAncestorOf(focused)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.go_back():
            return
        super().keyPressEvent(event)
