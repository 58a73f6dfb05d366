"""What to do about an edit that the branch refused: let it go, or take it up in its form again.

What was let go is kept for 90 days, out of sight, so that it can be taken back; what is taken up
again becomes the draft of the form that it came from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crm.domain import phones
from crm.domain.errors import NotFound, Refused
from desktop.services.customers import CUSTOMER
from desktop.services.drafts import CUSTOMER_FORM, NEW, VISIT_FORM
from desktop.services.ports import OutboxLine, UnitOfWork, UowFactory

_BELOW = ("contact_point", "household_member")  # kinds with a small form of their own
_EDITED = {CUSTOMER: CUSTOMER_FORM, "visit": VISIT_FORM}  # forms that also change
_SAID = {True: "yes", False: "no"}


@dataclass(frozen=True, slots=True)
class Form:
    """Which form shows an edit again. `record` is the draft's; "" of somebody who is new."""

    name: str  # customer, visit, or a kind with a form below a customer
    record: str
    customer: str  # "" for somebody who is new
    field: str = ""  # where to begin


def let_go(new_uow: UowFactory, operation: str) -> None:
    """Give up an edit that was refused; it can be taken back.

    Raises: NotFound `operation.unknown`.
    """
    with new_uow() as uow:
        uow.let_go(operation)
        uow.commit()


def take_back(new_uow: UowFactory, operation: str) -> None:
    """Put what was let go among the refused again. Raises: NotFound `operation.unknown`."""
    with new_uow() as uow:
        uow.take_back(operation)
        uow.commit()


def form_of(line: OutboxLine, *, here: bool) -> Form | None:
    """Return the form in which an edit can be made again; None where there is none.

    `here`: whether the record that it changes is still here.
    """
    if not line.fields:  # sealed: its customer has left, and its values with it
        return None
    field, births = _field_of(line), line.verb in ("create", "append")
    if line.kind == CUSTOMER and births:
        return Form(CUSTOMER_FORM, NEW, "", field)
    if line.kind in ("visit", *_BELOW) and births:
        return Form(VISIT_FORM if line.kind == "visit" else line.kind, line.root, line.root, field)
    if line.verb == "edit" and here and line.kind in _EDITED:
        return Form(_EDITED[line.kind], line.record, line.root, field)
    return None


def _field_of(line: OutboxLine) -> str:
    named = str(line.facts.get("field") or "")
    return named if named in line.fields else next(iter(line.fields), "")


def edit_again(new_uow: UowFactory, operation: str) -> Form:
    """Make the refused values the draft of their form, and let the edit go; one transaction.

    Raises: NotFound `operation.unknown`; Refused `refused.no_form`.
    """
    with new_uow() as uow:
        line = _refused(uow, operation)
        form = form_of(line, here=_is_here(uow, line.record))
        if form is None or (form.customer and not _is_here(uow, form.customer)):
            raise Refused("refused.no_form")
        kept = uow.draft(form.name, form.record)
        values = {**(kept.values if kept else {}), **_texts(line)}
        uow.save_draft(form.name, form.record, values)
        uow.let_go(operation)
        uow.commit()
    return form


def _refused(uow: UnitOfWork, operation: str) -> OutboxLine:
    for line in uow.refused():
        if line.id == operation:
            return line
    raise NotFound("operation.unknown")


def _is_here(uow: UnitOfWork, record: str) -> bool:
    try:
        uow.get(record)
    except NotFound:
        return False
    return True


def _texts(line: OutboxLine) -> Mapping[str, str]:
    return {name: text_of(new) for name, (_, new) in line.fields.items()}


def text_of(value: object) -> str:
    """Return a value as a person types it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _SAID[value]
    if isinstance(value, list):
        return "、".join(map(str, value))
    text = str(value)
    return phones.display(text) if text.startswith("+") and text[1:].isdecimal() else text
