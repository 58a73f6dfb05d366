"""A customer from all sides, read in one snapshot: what the customer page shows.

Values only: nothing is worded, rounded or masked here. What waits, is contested or was
refused carries a mark; the screen decides how a mark looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from crm.domain.checks import unverified
from crm.domain.errors import NotFound
from crm.domain.kind import Schema
from crm.domain.kinds import RELATIONS, VISITS_MET, VISITS_TO_COME
from desktop.services.conflicts import CONFLICT, Dispute, dispute_of
from desktop.services.customers import CUSTOMER
from desktop.services.ports import Held, OutboxLine, Reader, ReaderFactory

Mark = Literal["waiting", "to_settle", "refused"]
Marks = Mapping[str, Mapping[str, Mark]]  # record: {field: mark}
WHOLE = ""  # the "field" of a mark on a record as a whole: added, removed

SOON_DAYS = 30
DEBTS = frozenset({"loan", "card"})  # accounts whose balance the customer owes
HOME_CURRENCY = "CNY"
MET, TO_COME = VISITS_MET, VISITS_TO_COME


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """Open accounts, soonest maturity first, and sums over those in yuan that are no debts."""

    held: tuple[Held, ...]
    closed: tuple[Held, ...]
    total_minor: int  # fen
    maturing_minor: int  # fen, within SOON_DAYS
    next_maturity: date | None  # the first within SOON_DAYS
    as_of: str | None  # when the branch was last heard; None before the first sync


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One member of a household; `customer` is a customer of this laptop, if it is one."""

    held: Held
    name: str | None
    relation: str | None
    customer: str | None
    is_self: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    held: Held
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LastVisit:
    day: date
    channel: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """Somebody who may be the same person; `name` is None when another manager keeps them."""

    link: Held
    basis: str
    other: str | None
    name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Portrait:
    """One customer with everything that hangs under it, as of one moment."""

    customer: Held
    family: tuple[Held, ...]  # everything below the customer
    lines: tuple[OutboxLine, ...]  # of customer and family, in the order of saving
    marks_by_record: Marks
    doubts: Mapping[str, tuple[str, ...]]  # field: codes of what could not be verified
    contacts: tuple[Held, ...]
    households: tuple[Household, ...]
    accounts: Accounts
    tags: tuple[Held, ...]
    open_tasks: tuple[Held, ...]  # most urgent first
    last_visit: LastVisit | None
    duplicates: tuple[Duplicate, ...]
    disputes: tuple[Dispute, ...]
    settled: tuple[Dispute, ...] = ()  # conflicts of the last 90 days: what was set aside
    people: Mapping[str, str] = field(default_factory=dict)  # names of colleagues by id

    @property
    def marks(self) -> Mapping[str, Mark]:
        """The marks on the customer's own fields."""
        return self.marks_by_record.get(self.customer.id, {})

    @property
    def waiting(self) -> int:
        """How many edits of this customer and family wait to be sent."""
        return sum(line.state in ("queued", "sent") for line in self.lines)


def portrait(reader: ReaderFactory, schema: Schema, customer_id: str, today: date) -> Portrait:
    """Return everything about one customer. Raises: NotFound `record.unknown`,
    `customer.other_kind`.
    """
    with reader() as replica:
        family = _family(replica, customer_id)
        lines = replica.outbox_of([held.id for held in family])
        households = _households(replica, family)
        duplicates = tuple(_duplicate(replica, held) for held in _open(family, "duplicate_link"))
        receipts = replica.receipts(1)
        staff = replica.with_values("staff")
    customer, below = family[0], family[1:]
    disputes = tuple(dispute_of(held) for held in _open(below, CONFLICT))
    last = _last_visit(below, today)
    return Portrait(
        customer=customer,
        family=below,
        lines=lines,
        marks_by_record=marks_of(lines, disputes),
        doubts=unverified(schema[CUSTOMER], customer.fields),
        contacts=tuple(sorted(_of(below, "contact_point"), key=_preferred_first)),
        households=households,
        accounts=accounts_of(_of(below, "account"), today, receipts[0].at if receipts else None),
        tags=_of(below, "tag"),
        open_tasks=tuple(sorted(_open(below, "task"), key=_due)),
        last_visit=last,
        duplicates=duplicates,
        disputes=disputes,
        settled=_settled(below),
        people={held.id: str(held.fields.get("name") or "") for held in staff},
    )


def _settled(below: Iterable[Held]) -> tuple[Dispute, ...]:
    found = (dispute_of(held) for held in below if held.kind == CONFLICT)
    return tuple(one for one in found if one.state != "open" and one.kind != CONFLICT)


def _family(replica: Reader, customer_id: str) -> tuple[Held, ...]:
    """Return customer and family, the customer first; one look at the tables where it is known."""
    family = replica.family(customer_id)
    if not family:
        found = replica.get(customer_id)  # says that it is unknown, or tells its kind
        raise NotFound("customer.other_kind", kind=found.kind)
    if family[0].kind != CUSTOMER:
        raise NotFound("customer.other_kind", kind=family[0].kind)
    return family


def _of(family: Iterable[Held], kind: str) -> tuple[Held, ...]:
    return tuple(held for held in family if held.kind == kind)


def _open(family: Iterable[Held], kind: str) -> tuple[Held, ...]:
    return tuple(h for h in family if h.kind == kind and h.fields.get("state") == "open")


def text_of(held: Held, name: str) -> str | None:
    """Return a field as text; None where it is empty."""
    value = held.fields.get(name)
    return None if value is None else str(value)


def day_of(held: Held, name: str) -> date | None:
    """Return a day field as a date; None where it is empty or no date."""
    try:
        return date.fromisoformat(text_of(held, name) or "")
    except ValueError:
        return None


def _preferred_first(held: Held) -> tuple[bool, str]:
    return not held.fields.get("preferred"), held.id


def _due(held: Held) -> tuple[str, str]:
    return text_of(held, "due_on") or "9999", held.id


# --- marks ---------------------------------------------------------------------------------

_STATE_MARKS: Mapping[str, Mark] = {"queued": "waiting", "sent": "waiting", "aside": "refused"}


def marks_of(lines: Iterable[OutboxLine], disputes: Iterable[Dispute]) -> Marks:
    """Return what stands where; a contest outweighs a refusal, a refusal what waits."""
    found: dict[str, dict[str, Mark]] = {}
    for line in lines:
        mark = _mark(line)
        if mark is None:
            continue
        on_record = found.setdefault(line.record, {})
        for name in line.fields if line.verb == "edit" else (WHOLE,):
            on_record[name] = mark if on_record.get(name) != "refused" else "refused"
    for dispute in disputes:
        found.setdefault(dispute.record, {})[dispute.field or WHOLE] = "to_settle"
    return found


def _mark(line: OutboxLine) -> Mark | None:
    if line.state == "settled" and line.outcome == "conflict":
        return "to_settle"  # the conflict itself comes with the next pull
    return _STATE_MARKS.get(line.state)


# --- accounts ------------------------------------------------------------------------------


def accounts_of(accounts: Sequence[Held], today: date, as_of: str | None) -> Accounts:
    """Return accounts with their sums, in fen."""
    live = sorted((a for a in accounts if not a.fields.get("closed_on")), key=_matures)
    maturing = tuple(account for account in live if _matures_soon(account, today))
    return Accounts(
        held=tuple(live),
        closed=tuple(account for account in accounts if account.fields.get("closed_on")),
        total_minor=sum(map(_balance, filter(_is_asset, live))),
        maturing_minor=sum(map(_balance, filter(_in_yuan, maturing))),
        next_maturity=day_of(maturing[0], "matures_on") if maturing else None,
        as_of=as_of,
    )


def _matures(account: Held) -> tuple[str, str]:
    return text_of(account, "matures_on") or "9999", account.id


def _matures_soon(account: Held, today: date) -> bool:
    matures = day_of(account, "matures_on")
    soon = matures is not None and today <= matures <= today + timedelta(days=SOON_DAYS)
    return soon and text_of(account, "type") not in DEBTS


def _is_asset(account: Held) -> bool:
    return _in_yuan(account) and text_of(account, "type") not in DEBTS


def _in_yuan(account: Held) -> bool:
    return (text_of(account, "currency") or HOME_CURRENCY) == HOME_CURRENCY


def _balance(account: Held) -> int:
    value = account.fields.get("balance_minor")
    return value if isinstance(value, int) else 0


# --- people --------------------------------------------------------------------------------


def _households(replica: Reader, family: tuple[Held, ...]) -> tuple[Household, ...]:
    """Return the customer's own household, then those where others name the customer."""
    customer = family[0]
    own = [(held, _under(family, held)) for held in _of(family, "household")]
    known = {held.id for held, _ in own}
    above = sorted({m.parent for m in replica.memberships(customer.id) if m.parent} - known)
    elsewhere = [(replica.get(i), replica.children(i, "household_member")) for i in above]
    return tuple(
        Household(
            held=held,
            members=tuple(_member(replica, customer, m) for m in sorted(members, key=_kin)),
        )
        for held, members in (*own, *elsewhere)
    )


def _kin(held: Held) -> tuple[int, str]:
    """Sort the head first, then as relations are listed."""
    relation = text_of(held, "relation") or ""
    return RELATIONS.index(relation) if relation in RELATIONS else len(RELATIONS), held.id


def _under(family: Iterable[Held], above: Held) -> tuple[Held, ...]:
    return tuple(h for h in _of(family, "household_member") if h.parent == above.id)


def _member(replica: Reader, customer: Held, held: Held) -> Member:
    named = text_of(held, "customer")
    known = customer if named == customer.id else _customer(replica, named)
    return Member(
        held=held,
        name=text_of(known, "name") if known else text_of(held, "name"),
        relation=text_of(held, "relation"),
        customer=known.id if known else None,
        is_self=named == customer.id,
    )


def _customer(replica: Reader, record: str | None) -> Held | None:
    """Return a customer of this laptop; None when it is not here: others keep it."""
    try:
        return replica.get(record) if record else None
    except NotFound:
        return None


def _duplicate(replica: Reader, link: Held) -> Duplicate:
    other = _customer(replica, text_of(link, "other"))
    return Duplicate(
        link=link,
        basis=text_of(link, "basis") or "",
        other=other.id if other else None,
        name=text_of(other, "name") if other else None,
    )


# --- visits --------------------------------------------------------------------------------


def _last_visit(family: Iterable[Held], today: date) -> LastVisit | None:
    met = [
        (day, visit.id, visit)
        for visit in _of(family, "visit")
        if text_of(visit, "state") in MET and (day := day_of(visit, "on")) and day <= today
    ]
    if not met:
        return None
    day, _, visit = max(met, key=lambda found: found[:2])
    return LastVisit(
        day=day,
        channel=text_of(visit, "channel"),
    )
