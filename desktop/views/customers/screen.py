"""The screen of customers: its bar buttons, its keys, and what it is entered for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from desktop.services.refusals import Form
from desktop.views.customers import words
from desktop.views.customers.list_pane import ListPane
from desktop.views.customers.model import CustomerRows
from desktop.views.customers.page import CustomersPage
from desktop.views.customers.presenter import CustomersPresenter
from desktop.views.customers.words import Telling
from desktop.views.language.translating import current_language
from desktop.views.parts.basics import column
from desktop.views.parts.buttons import Button
from desktop.views.shell.desk import Desk
from desktop.views.shell.screen import COMPACT, WIDE, Screen

if TYPE_CHECKING:
    from desktop.services.list_values import CustomerRow
    from desktop.views.customer.page import CustomerPage


def make(desk: Desk) -> Screen:
    """Return the screen of customers for an unlocked profile."""
    return CustomersScreen(desk)


class CustomersScreen(Screen):
    """The list and the customer who is chosen in it."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._begun = self._out_of_date = False
        model = CustomerRows(self._spoken, self)
        self.page = CustomersPage(ListPane(model, self._telling), self._make_detail)
        self.presenter = CustomersPresenter(self.page, model, desk)
        self.table_button, self.import_button = Button(), Button(icon_name="download-simple")
        self.new_button = Button(kind="soft", icon_name="plus")
        self.setLayout(column(self.page))
        self._connect()
        self.retranslate()

    def _connect(self) -> None:
        self.table_button.clicked.connect(self._switch)
        self.import_button.clicked.connect(lambda: self._desk.go("import"))
        self.new_button.clicked.connect(self.new_here)
        self.presenter.heading_changed.connect(self._show_heading)
        self._desk.saved.connect(self._something_saved)

    def _make_detail(self) -> CustomerPage:
        from desktop.views.customer.page import make as make_page

        return make_page(self._desk)

    def _telling(self) -> Telling:
        return Telling(self._desk.today(), current_language())

    def _spoken(self, row: CustomerRow | None) -> str:
        return words.spoken(row, self._telling())

    def retranslate(self) -> None:
        self.import_button.setText(self.tr("Import"))
        self.new_button.setText(self.tr("New customer"))
        self._show_table_button()
        self._show_heading()

    def _show_table_button(self) -> None:
        table = self.page.pane.in_table
        self.table_button.setText(self.tr("List") if table else self.tr("Table"))
        self.table_button.set_icon("list-bullets" if table else "table")

    def _show_heading(self) -> None:
        found = self.presenter.found
        self.set_heading(self.tr("Customers"), "" if found is None else self._below())

    def _below(self) -> str:
        found = self.presenter.found
        if found is None or not found.whole:
            return ""
        alone = self.page.opened and not self.page.is_side_by_side()
        place, total = self.presenter.found_words()
        if not alone or not place:
            return self.page.pane.everybody_words(found.listing)
        where = self.tr("{n} of {all}").format(n=f"{place:,}", all=f"{total:,}")
        text = found.filters.text.strip()
        return f"“{text}” {where}" if text else where

    def _switch(self) -> None:
        self.page.show_table(not self.page.pane.in_table)
        self._show_table_button()
        self.page.pane.focus_rows()

    def _something_saved(self) -> None:
        self._out_of_date = not self.isVisible()

    # --- what the window asks ---

    def enter(self, what: Mapping[str, object]) -> None:
        if not self._begun:
            self._begun = True
            self.presenter.begin()
        elif self._out_of_date:
            self.refresh()
        customer = what.get("customer")
        if isinstance(customer, str):
            self.presenter.show_one(customer)
        wanted = {name: str(what[name]) for name in ("tag", "village") if name in what}
        if wanted:
            self.presenter.narrow_to(**wanted)
        form = what.get("form")
        if isinstance(form, Form):
            self._open_form(form)
        if isinstance(before := what.get("visit_after"), str):
            self.presenter.tell_following(before, self._visit)

    def _visit(self, customer: str) -> None:
        """Show a customer and open the form of a visit."""
        from desktop.views.visit.panel import open_visit

        self.presenter.show_one(customer)
        open_visit(self._desk, customer)

    def _open_form(self, form: Form) -> None:
        """Open the form that a refused edit came from; its draft holds what was refused."""
        from desktop.views.customer.again import open_again

        if form.customer:
            self.presenter.show_one(form.customer)
        open_again(self._desk, form)

    def refresh(self) -> None:
        self._out_of_date = False
        self.presenter.refresh()

    def lock(self) -> None:
        self.presenter.lock()

    def fit(self, width_class: str) -> None:
        super().fit(width_class)
        if width_class != WIDE and self.page.pane.in_table:
            self._switch()
        self.page.fit(width_class)
        self.table_button.setVisible(width_class == WIDE and self.table_button.parent() is not None)
        self._show_heading()

    def bar_buttons(self) -> Sequence[QWidget]:
        others = (self.import_button, self.new_button)
        return (self.table_button, *others) if self.width_class == WIDE else others

    def focus_first(self) -> None:
        self.page.pane.rows.setFocus()

    def panes(self) -> Sequence[QWidget]:
        shown = (self.page.detail,) if self.page.has_detail else ()
        return (self.page.pane, *shown)

    # --- keys ---

    def find_here(self) -> bool:
        if self.page.width_class == COMPACT or not self.page.pane.isVisible():
            self.page.go_back()
        self.page.pane.focus_search()
        return True

    def new_here(self) -> bool:
        from desktop.views.customer.new import open_new_customer

        open_new_customer(self._desk)
        return True

    def record_visit(self) -> bool:
        if self.page.shows_detail():
            return self.page.detail.record_visit()
        chosen = self.presenter.chosen()
        if chosen is not None:
            self._visit(chosen)
        return chosen is not None

    def back(self) -> bool:
        return self.page.opened and not self.page.is_side_by_side() and self.page.go_back()
