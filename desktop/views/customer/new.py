"""Opens the panel that adds a customer."""

from __future__ import annotations

from desktop.views.customer.customer_form import CustomerForm, open_form
from desktop.views.shell.desk import Desk


def open_new_customer(desk: Desk) -> CustomerForm:
    """Open the panel; a draft that was left goes on. Saving goes to the new customer."""
    return open_form(desk, None)
