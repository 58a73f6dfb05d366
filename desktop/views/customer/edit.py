"""Opens the panel with every field of a customer who is here."""

from __future__ import annotations

from desktop.services.ports import Held
from desktop.views.customer.customer_form import CustomerForm, open_form
from desktop.views.shell.desk import Desk


def open_edit(desk: Desk, customer: Held, field: str = "") -> CustomerForm:
    """Open the panel at `field`, at the name if none is named."""
    return open_form(desk, customer, field)
