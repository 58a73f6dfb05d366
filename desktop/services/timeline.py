"""What happened with a customer, newest first: visits, tasks, hand-overs, edits, conflicts.

Made from a portrait, without another look at the replica. Titles are codes with facts, which
the screen words; `text` is what a person wrote.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from crm.domain.errors import Refused
from crm.domain.instants import business_date, parse_instant
from desktop.services.conflicts import Dispute, losers_of
from desktop.services.portrait import Portrait, day_of, text_of
from desktop.services.ports import Held, OutboxLine


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineItem:
    """One thing that happened.

    `kind` is visit, task, hand_over, edit, conflict or added; `title` a code: `visit.<state>`,
    `task.open`, `task.done`, `task.dropped`, `edit.waiting`, `edit.refused`, `removal.waiting`,
    `removal.refused`, `addition.waiting`, `addition.refused`, `conflict.open`,
    `conflict.settled`, `hand_over.done`, `customer.added`, `customer.since`. Facts are codes and
    names of fields, no values; of a hand-over the two managers' names; of a settled conflict who
    settled it and `set_aside`, the wire values that were not taken.
    """

    kind: str
    record: str  # the record to open
    day: date | None  # None: nobody knows when; such items come last
    title: str
    at: datetime | None = None  # where more than the day is known
    facts: Mapping[str, object] = field(default_factory=dict)
    text: str | None = None
    waiting: bool = False


def timeline(portrait: Portrait) -> tuple[TimelineItem, ...]:
    """Return the items of a portrait, newest first."""
    items = [*_records(portrait), *_edits(portrait), *map(_conflict, portrait.disputes)]
    items += [_set_aside(portrait, one) for one in portrait.settled]
    items += _beginning(portrait)
    return tuple(sorted(items, key=_newest, reverse=True))


_NEVER = date.min


def _newest(item: TimelineItem) -> tuple[date, str]:
    return item.day or _NEVER, item.record  # ids tell the order in which records were made


def _records(portrait: Portrait) -> Iterator[TimelineItem]:
    for held in portrait.family:
        if held.kind == "visit":
            yield _visit(held)
        elif held.kind == "task":
            yield _task(held)
        elif held.kind == "hand_over":
            yield _hand_over(held)


def _visit(held: Held) -> TimelineItem:
    return TimelineItem(
        kind="visit",
        record=held.id,
        day=day_of(held, "on"),
        title=f"visit.{text_of(held, 'state')}",
        facts={"channel": text_of(held, "channel")},
        text=text_of(held, "summary") or text_of(held, "next_step"),
        waiting=held.waiting,
    )


def _task(held: Held) -> TimelineItem:
    return TimelineItem(
        kind="task",
        record=held.id,
        day=day_of(held, "due_on") or made_on(held.id),
        title=f"task.{text_of(held, 'state')}",
        facts={"due_on": text_of(held, "due_on")},
        text=text_of(held, "title"),
        waiting=held.waiting,
    )


def _hand_over(held: Held) -> TimelineItem:
    at = _moment(text_of(held, "at") or "")
    return TimelineItem(
        kind="hand_over",
        record=held.id,
        day=business_date(at) if at else None,
        at=at,
        title="hand_over.done",
        facts={"giver": text_of(held, "from_name"), "taker": text_of(held, "to_name")},
        text=text_of(held, "reason"),
    )


# --- edits ---------------------------------------------------------------------------------

_SHOWN_BY_THEMSELVES = frozenset({"visit", "task", "conflict"})
_STATES = {"queued": "waiting", "sent": "waiting", "aside": "refused"}
_VERBS = {"edit": "edit", "delete": "removal"}


def _edits(portrait: Portrait) -> Iterator[TimelineItem]:
    """Yield what waits or was refused, where the record itself does not show it."""
    for line in portrait.lines:
        state = _STATES.get(line.state)
        itself = line.kind in _SHOWN_BY_THEMSELVES and state == "waiting"
        born = line.record == portrait.customer.id and line.verb == "create"
        if state is not None and not itself and not born:
            yield _edit(line, state)


def _edit(line: OutboxLine, state: str) -> TimelineItem:
    at = _moment(line.at)
    return TimelineItem(
        kind="edit",
        record=line.record,
        day=business_date(at) if at else None,
        at=at,
        title=f"{_VERBS.get(line.verb, 'addition')}.{state}",
        facts={"kind": line.kind, "fields": tuple(line.fields), "reason": line.reason},
        waiting=state == "waiting",
    )


def _conflict(dispute: Dispute) -> TimelineItem:
    at = _moment(dispute.theirs_at or dispute.mine_at or "")
    return TimelineItem(
        kind="conflict",
        record=dispute.id,
        day=business_date(at) if at else made_on(dispute.id),
        at=at,
        title="conflict.open",
        facts={"kind": dispute.kind, "field": dispute.field},
    )


def _set_aside(portrait: Portrait, dispute: Dispute) -> TimelineItem:
    """Tell what was settled, and which values were not taken."""
    at = _moment(dispute.settled_at or dispute.theirs_at or dispute.mine_at or "")
    return TimelineItem(
        kind="conflict",
        record=dispute.id,
        day=business_date(at) if at else made_on(dispute.id),
        at=at,
        title="conflict.settled",
        facts={
            "kind": dispute.kind,
            "field": dispute.field,
            "by": portrait.people.get(dispute.settled_by or ""),
            "set_aside": losers_of(dispute),
        },
    )


def _beginning(portrait: Portrait) -> Iterator[TimelineItem]:
    """Yield when the customer was added here, or since when somebody is one."""
    held = portrait.customer
    born = next((x for x in portrait.lines if x.record == held.id and x.verb == "create"), None)
    if born is not None and (at := _moment(born.at)):
        waiting = born.state in ("queued", "sent")
        yield _added(held, business_date(at), "customer.added", at, waiting)
    elif since := day_of(held, "since"):
        yield _added(held, since, "customer.since")
    elif made := made_on(held.id):
        yield _added(held, made, "customer.added")


def _added(
    held: Held, day: date, title: str, at: datetime | None = None, waiting: bool = False
) -> TimelineItem:
    return TimelineItem(kind="added", record=held.id, day=day, title=title, at=at, waiting=waiting)


def _moment(text: str) -> datetime | None:
    try:
        return parse_instant(text)
    except Refused:
        return None


def made_on(record_id: str) -> date | None:
    """Return the day on which an id was made; None for ids that do not tell (not UUIDv7)."""
    made = uuid.UUID(record_id)
    if made.version != 7:
        return None
    return business_date(datetime.fromtimestamp((made.int >> 80) / 1000, UTC))
