"""Which of the cases to settle comes first, and why it matters.

The order is one that can be said in a sentence: high-value customers, then identity, phone and
money, then what has waited longest. It holds within each group.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from crm.domain.kind import Schema
from desktop.services.settling import GROUPS, Case

Why = Literal["high", "identity", "phone", "money", "removal"]
WEIGHTY: tuple[Why, ...] = ("identity", "phone", "money")
_IDENTITY = frozenset({"id_type", "id_number", "name", "birth_date"})
_PHONE = frozenset({"phone", "value"})  # `value` is a contact point's


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """What all cases come to; counts are decisions, `high` and `weighty` customers."""

    decisions: int
    high: int
    weighty: int
    since: str | None  # when the oldest came to be


def in_order(cases: Iterable[Case], schema: Schema) -> tuple[Case, ...]:
    """Return the cases by group and weight, each with its reasons."""
    weighed = [replace(case, why=tuple(_reasons(case, schema))) for case in cases]
    return tuple(sorted(weighed, key=_place))


def _place(case: Case) -> tuple[int, bool, bool, str, str]:
    return (
        GROUPS.index(case.group),
        "high" not in case.why,
        not set(case.why) & set(WEIGHTY),
        case.since or "~",  # behind every moment
        case.key,
    )


def _reasons(case: Case, schema: Schema) -> Iterator[Why]:
    if case.customer is not None and case.customer.fields.get("tier") == "high":
        yield "high"
    named = set(_named(case))
    if (case.twins is not None and case.twins.basis == "identity") or any(
        kind == "customer" and field in _IDENTITY for kind, field in named
    ):
        yield "identity"
    if any(field in _PHONE for _, field in named):
        yield "phone"
    if any(_is_money(schema, kind, field) for kind, field in named):
        yield "money"
    if any(contest.dispute.verb == "delete" for contest in case.contests):
        yield "removal"


def _named(case: Case) -> Iterator[tuple[str, str]]:
    """Yield the fields that a case is about, with their kinds."""
    for contest in case.contests:
        about = contest.settling or contest.dispute
        if about.field is not None:
            yield about.kind, about.field
    for one in case.handed:
        yield from ((one.kind, name) for name in one.fields)
    for line in case.lines:
        yield from ((line.kind, name) for name in line.fields)


def _is_money(schema: Schema, kind: str, field: str) -> bool:
    known = schema.get(kind)
    return known is not None and field in known.by_name and field.endswith(("_minor", "_bp"))


def at_a_glance(cases: Iterable[Case]) -> Glance:
    """Return what those cases come to in which somebody has to decide."""
    owed = [case for case in cases if case.decisions]
    return Glance(
        decisions=sum(case.decisions for case in owed),
        high=len({case.root for case in owed if "high" in case.why}),
        weighty=len({case.root for case in owed if set(case.why) & set(WEIGHTY)}),
        since=min((case.since for case in owed if case.since), default=None),
    )
