"""Drafts of forms: kept while somebody types, dropped when the form is saved or given up.

A draft holds texts as typed, right or wrong. It lives in the encrypted replica, survives a
killed process, and leaves with the customer that it is about.
"""

from __future__ import annotations

from collections.abc import Mapping

from desktop.services.ports import Draft, ReaderFactory, UowFactory

CUSTOMER_FORM, VISIT_FORM = "customer", "visit"
NEW = ""  # the record of a draft about somebody who is not a customer yet


def save_draft(new_uow: UowFactory, form: str, record: str, values: Mapping[str, str]) -> None:
    """Keep what stands in a form, in place of an older draft of the same form and record."""
    with new_uow() as uow:
        uow.save_draft(form, record, values)
        uow.commit()


def draft(reader: ReaderFactory, form: str, record: str) -> Draft | None:
    """Return the draft of a form about `record`; None where there is none."""
    with reader() as replica:
        return replica.draft(form, record)


def all_drafts(reader: ReaderFactory) -> tuple[Draft, ...]:
    """Return every draft, the latest first."""
    with reader() as replica:
        return replica.drafts()


def drop_draft(new_uow: UowFactory, form: str, record: str) -> None:
    """Give a draft up; nothing happens where there is none."""
    with new_uow() as uow:
        uow.drop_draft(form, record)
        uow.commit()
