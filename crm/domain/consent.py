"""Whether a customer may be contacted: for which purpose, by which way, on which day.

A statement is what the customer said once: granted, refused or withdrawn, for one purpose and
one way (or every way). Statements are only ever added, on several laptops at the same time, so
no clock and no order of arrival may decide between them. Instead each statement names the noes
that its author had before them (`seen`): a consent counts only if it answers every no of the
same purpose that concerns the way. One given on a laptop that did not know of a withdrawal
does not undo it; the customer is asked again. Sources: docs/rules/consent.md. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from crm.domain import identity
from crm.domain.kinds import CHANNELS, CONSENT_PURPOSES
from crm.domain.parameters import value_on

KIND = "consent"
EVERY_WAY = "any"
# Contract and legal duty: nobody is asked for consent (PIPL art. 13, 2 and 3).
DUTIES = frozenset({"service", "complaint"})
PURPOSES = ("service", "complaint", "club", "marketing", "survey", "sensitive", "share")
ASKED = tuple(purpose for purpose in CONSENT_PURPOSES if purpose not in DUTIES)
WAYLESS = frozenset({"sensitive", "share"})  # no way of contact: what is said holds for all
OF_AGE = 14  # years; below, a guardian consents (PIPL art. 31)
NOES = frozenset({"refused", "withdrawn"})
MOST_NOES = 100  # that one statement can answer: what a field of words holds


class Statement(NamedTuple):
    """What a customer said once; dates are YYYY-MM-DD or None."""

    id: str
    decision: str | None
    purpose: str | None
    channel: str | None
    from_on: str | None
    until_on: str | None
    evidence: str | None
    evidence_note: str | None
    guardian_name: str | None
    guardian_relation: str | None
    said_on: str | None
    seen: Collection[str]  # ids of the noes that its author knew


FIELDS = Statement._fields[1:]


@dataclass(frozen=True, slots=True)
class Permission:
    """An answer, and why. `reason` is a word of REASONS; facts hold dates, ways and months."""

    allowed: bool
    reason: str
    facts: Mapping[str, str | int] = field(default_factory=dict)


YES_REASONS = ("consent", "duty")
# Of several noes the first of these is told: the gravest, then the one easiest to mend.
NO_REASONS = (
    "stopped",
    "deceased",
    "withdrawn",
    "refused",
    "channel_refused",
    "guardian",
    "evidence",
    "not_yet",
    "stale",
    "ended",
    "other_way",
    "not_asked",
)
REASONS = YES_REASONS + NO_REASONS
_RANK = {reason: rank for rank, reason in enumerate(NO_REASONS)}
_NOT_ASKED = Permission(False, "not_asked")
_CONSENT = Permission(True, "consent")
_DUTY = Permission(True, "duty")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, the same for every customer of a list."""

    purpose: str
    channel: str
    on: str
    months: int  # older consents count as unknown
    oldest: str  # said before this day: older than `months`
    child_from: str  # born on this day or later: under 14
    young_from: str  # born earlier: of age already whenever a consent that counts was given

    @classmethod
    def of(
        cls, purpose: str, channel: str, on: str, parameters: Iterable[Mapping[str, object]]
    ) -> Question:
        """Return the question for a day. Raises: ValueError for an unknown purpose or way."""
        if purpose not in PURPOSES or channel not in (*CHANNELS, EVERY_WAY):
            raise ValueError("no such purpose or way")
        months = value_on(parameters, "consent_months", on)
        oldest = _months_before(on, months)
        return cls(
            purpose=purpose,
            channel=EVERY_WAY if purpose in WAYLESS else channel,
            on=on,
            months=months,
            oldest=oldest,
            child_from=_child_from(on),
            young_from=min(_child_from(on), _child_from(oldest)),
        )

    @property
    def said_as(self) -> str:
        """The purpose under which statements about it are made."""
        return "service" if self.purpose in DUTIES else self.purpose


def may_contact(
    customer: Mapping[str, object],
    statements: Iterable[Statement],
    purpose: str,
    channel: str,
    on: str,
    parameters: Iterable[Mapping[str, object]] = (),
) -> Permission:
    """Tell whether a customer (fields) may be contacted, with the reason.

    `channel` "any" asks whether there is a way at all. `on` is a day, YYYY-MM-DD.
    `parameters` are the fields of the bank's rules.
    """
    return answer(Question.of(purpose, channel, on, parameters), customer, statements)


def answer(
    question: Question, customer: Mapping[str, object], statements: Iterable[Statement]
) -> Permission:
    """Answer one question about one customer."""
    if stopped := standing(customer):
        return stopped
    said = [s for s in statements if s.purpose == question.said_as]
    if question.purpose in DUTIES:
        return _duty(question, customer, said) if said else _DUTY
    if not said:
        return _NOT_ASKED
    born = born_on(customer)
    if question.channel != EVERY_WAY or question.purpose in WAYLESS:
        return _by_way(question, question.channel, said, born)
    return _by_some_way(question, said, born)


def standing(customer: Mapping[str, object]) -> Permission | None:
    """Return why nothing at all may be done with a customer's data; None where it may."""
    if since := customer.get("restricted_on"):
        return Permission(False, "stopped", {"since": str(since)})
    return Permission(False, "deceased") if customer.get("deceased_on") else None


def is_child(question: Question, customer: Mapping[str, object]) -> bool:
    """Tell whether a customer is under 14 on the day of a question."""
    return born_on(customer) >= question.child_from


def born_on(customer: Mapping[str, object]) -> str:
    """Return the birth date, else that of the identity number; "" where neither is known."""
    born = customer.get("birth_date")
    if not born and customer.get("id_type") in (None, identity.RESIDENT):
        number = str(customer.get("id_number") or "")
        found = identity.birth_date(number) if len(number) in (15, 18) else None
        born = found.isoformat() if found else None
    return str(born or "")


def _child_from(day: str) -> str:
    """Return the birth date from which on one is under 14 on a day."""
    # On the birthday itself one is not yet past it.
    return f"{int(day[:4]) - OF_AGE:04d}{day[4:]}"


# --- consents ------------------------------------------------------------------------------


def concerns(said: Statement, channel: str, purpose: str) -> bool:
    """Tell whether what was said of one way concerns another."""
    return (
        said.channel in (channel, EVERY_WAY) or channel == EVERY_WAY or purpose in WAYLESS
    ) and said.purpose == purpose


def _by_way(question: Question, way: str, said: list[Statement], born: str) -> Permission:
    """Answer for one way; `said` is all of the purpose."""
    here = said
    if way != EVERY_WAY:
        here = [s for s in said if s.channel in (way, EVERY_WAY)]
    noes = {s.id for s in here if s.decision in NOES}
    answering = [s for s in here if s.decision == "granted" and noes.issubset(s.seen)]
    if answering:
        return min((_held(question, s, born) for s in answering), key=_order)
    if noes:
        last = max((s for s in here if s.decision in NOES), key=lambda s: (s.said_on or "", s.id))
        return Permission(False, str(last.decision), {"said_on": last.said_on or ""})
    elsewhere = {str(s.channel) for s in said if s.decision == "granted"}
    if not elsewhere:
        return _NOT_ASKED
    return Permission(False, "other_way", {"ways": " ".join(sorted(elsewhere))})


def _held(question: Question, said: Statement, born: str) -> Permission:
    """Tell whether a consent that no no stands against holds on the day.

    Whose own consent was given as a child gave none: it does not come to count with a birthday.
    """
    said_on = said.said_on or ""
    if said_on < question.oldest:
        return Permission(False, "stale", {"said_on": said_on, "months": question.months})
    if born >= min(_child_from(said_on), question.child_from) and not (
        said.guardian_name and said.guardian_relation
    ):
        return Permission(False, "guardian")
    if not said.evidence or (said.evidence == "spoken_witness" and not said.evidence_note):
        return Permission(False, "evidence")
    if (start := said.from_on or said_on) > question.on:
        return Permission(False, "not_yet", {"from_on": start})
    if said.until_on and said.until_on < question.on:
        return Permission(False, "ended", {"until_on": said.until_on})
    return _CONSENT


def _order(one: Permission) -> tuple[int, list[tuple[str, str | int]]]:
    """Sort yes first, then by rank; of the same reason the latest date."""
    rank = -1 if one.allowed else _RANK[one.reason]
    return rank, [(n, _backwards(v)) for n, v in sorted(one.facts.items())]


def _backwards(value: str | int) -> str | int:
    if isinstance(value, int):
        return -value
    return "".join(chr(0x10FFFF - ord(char)) for char in value)


def _by_some_way(question: Question, said: list[Statement], born: str) -> Permission:
    """Answer whether one way is open; a way that nobody named stands for all such."""
    named = {str(s.channel) for s in said if s.channel != EVERY_WAY}
    unnamed = [way for way in CHANNELS if way not in named][:1]
    found = {way: _by_way(question, way, said, born) for way in (*sorted(named), *unnamed)}
    if any(one.allowed for one in found.values()):
        return _CONSENT
    return min(found.values(), key=_order)


# --- duties --------------------------------------------------------------------------------

_MEANS = {"phone": "phone", "sms": "phone", "email": "email", "post": "address", "visit": "address"}


def _duty(question: Question, customer: Mapping[str, object], said: list[Statement]) -> Permission:
    """Contract and law ask for no consent; a way the customer refused is left for an open one."""
    shut = {way for way in CHANNELS if _is_shut(way, said)}
    ways = [way for way, means in _MEANS.items() if customer.get(means) and way not in shut]
    if not ways or (question.channel == EVERY_WAY or question.channel not in shut):
        return _DUTY
    return Permission(False, "channel_refused", {"ways": " ".join(sorted(ways))})


def _is_shut(way: str, said: list[Statement]) -> bool:
    here = [s for s in said if s.channel in (way, EVERY_WAY)]
    noes = {s.id for s in here if s.decision in NOES}
    return bool(noes) and not any(s.decision == "granted" and noes.issubset(s.seen) for s in here)


# --- statements ----------------------------------------------------------------------------


def noes_to_answer(statements: Iterable[Statement], purpose: str, channel: str) -> tuple[str, ...]:
    """Return the ids of the noes that a new statement names as seen, oldest first."""
    known = [s for s in statements if s.decision in NOES and concerns(s, channel, purpose)]
    return tuple(s.id for s in sorted(known, key=lambda s: (s.said_on or "", s.id)))


def statement(record: str, fields: Mapping[str, object]) -> Statement:
    """Return the statement that a record of kind `consent` holds."""
    seen = fields.get("seen")
    return Statement._make(
        (
            record,
            *(_text(fields.get(name)) for name in FIELDS[:-1]),
            frozenset(map(str, seen)) if isinstance(seen, list) else frozenset(),
        )
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def carried(item: Mapping[str, object]) -> Statement | None:
    """Return the no that an inbox item brings from somebody who kept the customer before.

    It counts before anybody has taken it in, and even if nobody ever does: the customer said
    it. Taken in, it is a statement of its own. A consent in such an item does not count.
    """
    if item.get("record_kind") != KIND or item.get("state") == "taken":
        return None
    try:
        changes = json.loads(str(item.get("changes")))
        brought = statement(str(item.get("record")), {n: pair[1] for n, pair in changes.items()})
    except (ValueError, TypeError, AttributeError, LookupError):  # not what we write
        return None
    return brought if brought.decision in NOES else None


def _months_before(day: str, months: int) -> str:
    """Return the day `months` earlier, to be compared with; it need not be in the calendar."""
    months_since = int(day[:4]) * 12 + int(day[5:7]) - 1 - months
    return f"{months_since // 12:04d}-{months_since % 12 + 1:02d}{day[7:]}"
