"""What the list asks of the services, whole, as jobs off the window's thread run it."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib import import_module

from desktop.services import listing
from desktop.services.list_values import BY_NAME, CustomerRow, Filters, Listing, Sort
from desktop.services.ports import ReaderFactory
from desktop.views.customers.model import PAGE

FIRST = 50  # rows that are shown before the whole list is known


@dataclass(frozen=True, slots=True)
class Found:
    """A listing with the pages of it that were read along with it."""

    listing: Listing
    pages: Mapping[int, Sequence[CustomerRow | None]]
    filters: Filters
    sort: Sort
    whole: bool = True  # False: only the first rows are known as yet


@dataclass(frozen=True, slots=True)
class Offered:
    """What the chips and their menu say."""

    counts: Mapping[str, int]
    villages: Mapping[str, int]
    tags: Mapping[str, int]


def first_found(reader: ReaderFactory, filters: Filters, sort: Sort, today: date) -> Found:
    """Return the first screenful as a listing of its own."""
    rows = listing.first_rows(reader, FIRST, filters, sort, today=today)
    known = Listing(keys=array("q", [row.key for row in rows]), everybody=len(rows))
    return Found(known, {0: rows} if rows else {}, filters, sort, whole=False)


def found(
    reader: ReaderFactory, filters: Filters, sort: Sort, today: date, pages: Sequence[int] = (0,)
) -> Found:
    """Return the whole list, and some of its pages."""
    known = listing.find_customers(reader, filters, sort, today=today)
    return Found(known, read_pages(reader, known, pages, today), filters, sort)


def read_pages(
    reader: ReaderFactory, known: Listing, pages: Sequence[int], today: date
) -> dict[int, list[CustomerRow | None]]:
    """Return these pages, those left out that a list does not reach."""
    there = [page for page in pages if page * PAGE < known.total]
    return {
        page: listing.rows(reader, known.keys[page * PAGE : (page + 1) * PAGE], today=today)
        for page in there
    }


def offered(reader: ReaderFactory, today: date) -> Offered:
    counts = listing.filter_counts(reader, today=today)
    return Offered(counts, listing.villages(reader), listing.tags(reader))


def key_of(reader: ReaderFactory, customer: str) -> int | None:
    """Return a customer's number in lists, None where he is not here."""
    with reader() as replica:
        return replica.lists.keys_of([customer], BY_NAME).get(customer)


def following(reader: ReaderFactory, keys: Sequence[int], customer: str, today: date) -> str | None:
    """Return the customer who stands below this one in a list; None for the last, or a stranger."""
    key = key_of(reader, customer)
    if key is None or key not in keys:
        return None
    place = keys.index(key) + 1
    below = listing.rows(reader, keys[place : place + 1], today=today)
    return below[0].id if below and below[0] is not None else None


def load_customer_page() -> None:
    """Import the customer's own page, so that the window's thread need not."""
    import_module("desktop.views.customer.presenter")
