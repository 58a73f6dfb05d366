"""Stands for a customer's own page until there is one."""

from __future__ import annotations

from PySide6.QtCore import Signal

from desktop.views.parts.basics import Label, Speaking, column


class Placeholder(Speaking):
    back_wanted = Signal()
    loaded = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.customer: str | None = None
        self._label = Label()
        self.setLayout(column(self._label, None, margins=(24, 24, 24, 24)))

    def show_customer(self, customer: str | None) -> None:
        self.customer = customer
        self._label.setText(customer or "")

    def refresh(self) -> None: ...
    def fit(self, width_class: str) -> None: ...
    def record_visit(self) -> None: ...
    def edit(self) -> None: ...
    def lock(self) -> None: ...
