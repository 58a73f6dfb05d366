"""The list of customers: who is wanted, in which order, a page of them, what the chips count.

Runs off the window's thread; a `Listing` is compact and may be kept, rows are asked for as
they come into sight. What the values mean is told in `list_values`.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from desktop.services.highlight import Spans, Spelled, spans, spelled
from desktop.services.list_values import (
    BEST_FIRST,
    BY_NAME,
    EVERYBODY,
    CustomerRow,
    Filters,
    Listing,
    Lists,
    Sort,
)
from desktop.services.ports import ReaderFactory

FITS_AT_MOST = 300  # customers of one text; who sees more types another character
SOON_DAYS = 30
LONG_DAYS = 90


def find_customers(
    reader: ReaderFactory, filters: Filters = EVERYBODY, sort: Sort = BY_NAME, *, today: date
) -> Listing:
    """Return who passes the filters, in order. A text leaves its best fits at most (`capped`)."""
    with reader() as replica:
        lists = replica.lists
        if filters.searches:
            return _fitting(lists, filters, sort, today)
        keys = lists.keys(filters, sort, today)
        everybody = len(keys) if filters == EVERYBODY else lists.everybody()
        return Listing(keys=keys, everybody=everybody)


def _fitting(lists: Lists, filters: Filters, sort: Sort, today: date) -> Listing:
    found = lists.hits(filters, today, FITS_AT_MOST + 1)
    hits = found[:FITS_AT_MOST]
    keys = lists.keys_of([hit.id for hit in hits], sort)
    in_order = [hit.id for hit in hits] if sort.field == "relevance" else list(keys)
    return Listing(
        keys=array("q", [keys[found_id] for found_id in in_order]),
        everybody=lists.everybody(),
        similar=any(hit.similar for hit in hits),
        capped=len(found) > len(hits),
        matched={keys[hit.id]: hit.field for hit in hits},
    )


def first_rows(
    reader: ReaderFactory,
    limit: int = 50,
    filters: Filters = EVERYBODY,
    sort: Sort = BY_NAME,
    *,
    today: date,
) -> list[CustomerRow]:
    """Return the first screenful, without waiting until the whole list is known."""
    with reader() as replica:
        lists = replica.lists
        if filters.searches:
            keys = _fitting(lists, filters, sort, today).keys[:limit]
        else:
            keys = lists.keys(filters, sort, today, limit)
        found = lists.rows(keys, today)
    return [found[key] for key in keys if key in found]


def rows(reader: ReaderFactory, keys: Sequence[int], *, today: date) -> list[CustomerRow | None]:
    """Return one page (50 to 200 rows), in the order of `keys`; None for who has left."""
    with reader() as replica:
        found = replica.lists.rows(keys, today)
    return [found.get(key) for key in keys]


def filter_counts(reader: ReaderFactory, *, today: date) -> dict[str, int]:
    """Return customers by chip.

    all, high, general, low, maturing (in 30 days), not_visited (in 90 days), waiting,
    to_settle, refused.
    """
    with reader() as replica:
        return replica.lists.counts(today, SOON_DAYS, LONG_DAYS)


def villages(reader: ReaderFactory) -> dict[str, int]:
    """Return {village: customers}, in the order of pinyin."""
    with reader() as replica:
        return replica.lists.villages()


def tags(reader: ReaderFactory) -> dict[str, int]:
    """Return {tag: customers}, the most frequent first."""
    with reader() as replica:
        return replica.lists.tags()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A customer in the palette, with what explains the hit."""

    row: CustomerRow
    matched: str  # the field in which the text was found
    similar: bool
    name_spans: Spans
    pinyin: Spelled | None  # None where the name has no pinyin to show


def find_anything(
    reader: ReaderFactory, text: str, limit: int = 4, *, today: date
) -> tuple[Found, ...]:
    """Return at most `limit` customers whom `text` fits, the best fit first."""
    filters = Filters(text=text)
    with reader() as replica:
        hits = replica.lists.hits(filters, today, limit) if filters.searches else ()
        keys = replica.lists.keys_of([hit.id for hit in hits], BEST_FIRST)
        found = replica.lists.rows(list(keys.values()), today)
    shown = [(hit, found[keys[hit.id]]) for hit in hits]
    return tuple(
        Found(
            row=row,
            matched=hit.field,
            similar=hit.similar,
            name_spans=spans(row.name, text, row.spelling),
            pinyin=spelled(row.name, text, row.spelling),
        )
        for hit, row in shown
    )
