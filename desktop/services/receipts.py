"""Receipts: what syncs came to, found again and proved. Wording is the screen's."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Literal

from crm.domain.instants import SHANGHAI
from desktop.services.ports import ChainReport, Reader, ReaderFactory, Receipt, ReceiptQuery

SHOWN, MOST_SHOWN = 30, 1000
MOST_FOUND = 200  # customers whose name fits what is searched for
COMPLETE, PARTIAL, CANCELLED = "complete", "partial", "work.cancelled"
# The line, not anybody's mistake: it comes again by itself.
OFFLINE = frozenset(
    {
        "sync.unreachable",
        "sync.timeout",
        "sync.dns",
        "sync.nobody",
        "sync.cut",
        "sync.gateway",
    }
)
# A network that answers itself until somebody logs in to it, in a browser.
LOGIN_FIRST = frozenset({"sync.portal", "sync.proxy_login"})
FORGOTTEN = "sync.token"  # the server does not know this laptop (any more)
UNSAFE = "sync.tls"  # how codes begin of a connection that could not be made safe
NOBODY_ANSWERS = OFFLINE | LOGIN_FIRST | {"sync.blocked", "sync.not_our_server"}

Mark = Literal["synced", "to_settle", "refused", "stopped", "offline", "failed"]
MARKS: tuple[Mark, ...] = ("synced", "to_settle", "refused", "stopped", "offline", "failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptSearch:
    """What a person looks for: days in Shanghai, both included; what it said first; whose edits."""

    since: date | None = None
    until: date | None = None
    mark: Mark | None = None
    text: str = ""  # a customer's name, as the search of customers takes it
    limit: int = MOST_SHOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Receipts, and the names of those customers of theirs who are still here."""

    receipts: tuple[Receipt, ...]
    names: dict[str, str]  # by id


def recent(reader: ReaderFactory, limit: int = SHOWN) -> tuple[Receipt, ...]:
    """Return the last receipts, the newest first."""
    with reader() as replica:
        return replica.receipts(limit)


def mark_of(receipt: Receipt) -> Mark:
    """Return what a receipt says first: what somebody must look at outweighs success."""
    if receipt.outcome in OFFLINE:
        return "offline"
    if receipt.outcome == CANCELLED:
        return "stopped"
    if receipt.outcome not in (COMPLETE, PARTIAL):
        return "failed"
    if receipt.counts.get("refused"):
        return "refused"
    return "to_settle" if receipt.counts.get("conflicts") else "synced"


# --- searching ---------------------------------------------------------------------------------


def search(reader: ReaderFactory, wanted: ReceiptSearch) -> Found:
    """Return the receipts that fit, the newest first."""
    with reader() as replica:
        roots = None
        if wanted.text.strip():
            roots = {hit.id for hit in replica.find(wanted.text, MOST_FOUND)}
        query = ReceiptQuery(
            limit=wanted.limit,
            since=_start(wanted.since),
            until=_start(wanted.until + timedelta(days=1)) if wanted.until else None,
            roots=roots,
        )
        found = replica.find_receipts(_MARKED[wanted.mark](query) if wanted.mark else query)
        return Found(receipts=found, names=_names(replica, found))


def _start(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), SHANGHAI) if day else None


_DONE = (COMPLETE, PARTIAL)
_MARKED: dict[Mark, Callable[[ReceiptQuery], ReceiptQuery]] = {  # as `mark_of` has it
    "synced": lambda q: replace(q, outcomes=_DONE, not_counted=("refused", "conflicts")),
    "to_settle": lambda q: replace(
        q, outcomes=_DONE, counted=("conflicts",), not_counted=("refused",)
    ),
    "refused": lambda q: replace(q, outcomes=_DONE, counted=("refused",)),
    "stopped": lambda q: replace(q, outcomes=(CANCELLED,)),
    "offline": lambda q: replace(q, outcomes=OFFLINE),
    "failed": lambda q: replace(q, not_outcomes=(*_DONE, CANCELLED, *OFFLINE)),
}


def _names(replica: Reader, receipts: tuple[Receipt, ...]) -> dict[str, str]:
    roots = {root for receipt in receipts for root in receipt.lines}
    here = replica.customers_by_id(roots) if roots else ()
    return {held.id: str(held.fields.get("name", "")) for held in here}


def names_of(replica: Reader, roots: Collection[str]) -> list[str]:
    """Return the names of those of `roots` that are customers here, sorted."""
    held = replica.customers_by_id(roots) if roots else ()
    return sorted(str(customer.fields.get("name", "")) for customer in held)


def verify(reader: ReaderFactory) -> ChainReport:
    """Compute the chain of receipts anew; tell each place where it does not fit."""
    with reader() as replica:
        return replica.verify_receipts()
