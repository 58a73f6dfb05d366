"""Opens the form that a refused edit came from; the form finds its values in its draft."""

from __future__ import annotations

from desktop.services.drafts import CUSTOMER_FORM, VISIT_FORM
from desktop.services.ports import Held, ReaderFactory
from desktop.services.refusals import Form
from desktop.views.customer.add import open_add
from desktop.views.customer.edit import open_edit
from desktop.views.customer.new import open_new_customer
from desktop.views.shell.desk import Desk


def open_again(desk: Desk, form: Form) -> None:
    """Open it once its customer is read; somebody new needs no reading."""
    if not form.customer:
        open_new_customer(desk)
        return
    reader = desk.office.reader
    desk.jobs.read(lambda _: _held(reader, form.customer), lambda held: _open(desk, form, held))


def _held(reader: ReaderFactory, customer: str) -> Held:
    with reader() as replica:
        return replica.get(customer)


def _open(desk: Desk, form: Form, customer: Held) -> None:
    if form.name == CUSTOMER_FORM:
        open_edit(desk, customer, form.field)
    elif form.name == VISIT_FORM:
        from desktop.views.visit.panel import open_visit

        visit = form.record if form.record != form.customer else None
        open_visit(desk, form.customer, visit_id=visit)
    else:
        open_add(desk, form.name, customer)
