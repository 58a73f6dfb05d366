"""A few lines of a customer's story around what is to settle: what happened before and after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from crm.domain.errors import NotFound
from crm.domain.kind import Schema
from desktop.services.portrait import portrait
from desktop.services.ports import ReaderFactory
from desktop.services.settling import Case
from desktop.services.timeline import TimelineItem, timeline

BEFORE, AFTER = 2, 2


def story_around(
    reader: ReaderFactory, schema: Schema, case: Case, today: date
) -> tuple[TimelineItem, ...]:
    """Return the lines around a case, newest first; () where its customer is not here."""
    if case.customer is None:
        return ()
    try:
        items = timeline(portrait(reader, schema, case.customer.id, today))
    except NotFound:  # left meanwhile
        return ()
    return around(items, records_of(case))


def records_of(case: Case) -> frozenset[str]:
    """Return the records that a timeline shows for a case."""
    found = [contest.dispute.id for contest in case.contests]
    found += [line.record for line in case.lines]
    return frozenset(found)


def is_of(item: TimelineItem, records: frozenset[str]) -> bool:
    """Tell whether a line speaks of one of these records; of a customer only its edits do."""
    return item.record in records and item.kind != "added"


def around(items: Sequence[TimelineItem], records: Iterable[str]) -> tuple[TimelineItem, ...]:
    """Return the items of these records with their neighbours; the newest where there are none."""
    wanted = frozenset(records)
    places = [place for place, item in enumerate(items) if is_of(item, wanted)]
    if not places:
        return tuple(items[: BEFORE + AFTER])
    first, last = max(0, places[0] - AFTER), places[-1] + BEFORE + 1
    return tuple(items[first:last])
