"""The access log: who saw, printed or took away what, and why. No entry, no sight of it.

Whoever shows a masked value, writes a file for people or prints a page calls `note_access` first
and goes on only when it has come back. Values never stand in an entry; `what` names fields.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from crm.domain import parameters
from crm.domain.access_words import check_reason
from crm.domain.kind import Personal, Schema
from desktop.services.ports import Held, ReaderFactory, UowFactory

CUSTOMER = "customer"
MAILING = "mailing"  # the reason that labels have by themselves
MOST_SHOWN = 500
MOST_NAMES = 400  # characters of `what`


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """One act. `subject` is the record it is about, "" for a list or a run.

    `what` names fields as `kind.field`, or what was made: "export", "labels".
    """

    action: str  # reveal, export, print, report
    reason: str
    what: str
    subject: str = ""
    subject_kind: str = ""
    count: int = 1
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """An entry as its author sees it again; `name` of the customer, "" where there is none here."""

    entry: Held
    name: str


def note_access(new_uow: UowFactory, access: Access) -> str:
    """Write an entry and its place in the chain in one transaction; return the entry's id.

    Raises: Refused `access.*`, `edit.*`; whatever keeps the replica from being written. Then
    nothing may be shown, written or printed.
    """
    check_reason(access.reason, access.note)
    with new_uow() as uow:
        entry = uow.log_access(_fields(access))
        uow.commit()
    return entry


def _fields(access: Access) -> dict[str, Any]:
    """Return the fields of an entry; what is empty is left out."""
    fields = {
        "action": access.action,
        "reason": access.reason,
        "what": access.what[:MOST_NAMES],
        "subject": access.subject,
        "subject_kind": access.subject_kind,
        "note": access.note.strip(),
    }
    return {"count": access.count, **{n: v for n, v in fields.items() if v}}


def shown_seconds(reader: ReaderFactory, on: date) -> int:
    """Return how long a value stands in clear: the bank's `reveal_seconds` of a day."""
    with reader() as replica:
        held = [found.fields for found in replica.with_values(parameters.KIND)]
    return parameters.value_on(held, "reveal_seconds", on.isoformat())


def subject_of(reader: ReaderFactory, record: str) -> tuple[str, str]:
    """Return (id, kind) of whom a record belongs to: its customer, mostly; ("", "") for none.

    Raises: NotFound `record.unknown`.
    """
    if not record:
        return "", ""
    with reader() as replica:
        root = replica.get(replica.get(record).root)
    return root.id, root.kind


def masked_of(schema: Schema, records: Iterable[Held]) -> str:
    """Return the masked fields that hold something in these records; the kinds where none does."""
    found: dict[str, None] = {}
    for held in records:
        kind = schema.get(held.kind)
        for name in held.fields if kind else ():
            spec = kind.by_name.get(name) if kind else None
            if spec is not None and spec.personal is Personal.MASKED:
                found[f"{held.kind}.{name}"] = None
    return ", ".join(found) or CUSTOMER


def names_of(kind: str, fields: Iterable[str]) -> str:
    """Return what was seen: "customer.phone, customer.id_number"."""
    return ", ".join(f"{kind}.{name}" for name in fields)


def own_log(reader: ReaderFactory, user: str, limit: int = MOST_SHOWN) -> tuple[Logged, ...]:
    """Return what a person's own log says, the newest first: nobody is watched in secret."""
    with reader() as replica:
        entries = replica.access_entries(user, limit)
        subjects = {str(e.fields["subject"]) for e in entries if e.fields.get("subject")}
        here = replica.customers_by_id(subjects) if subjects else ()
    names = {held.id: str(held.fields.get("name", "")) for held in here}
    return tuple(Logged(entry=e, name=names.get(str(e.fields.get("subject")), "")) for e in entries)
