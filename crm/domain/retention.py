"""Whether a customer's data must be kept for a while although it was asked to be erased.

Rules and their sources: docs/rules/rights.md. Pure: values in, reasons out. Where one applies,
processing stops but for keeping (PIPL article 47, second paragraph).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

REASONS = ("asked", "purpose", "ended", "withdrawn", "unlawful", "other")  # PIPL article 47
ENDED_COMPLAINTS = frozenset({"closed", "withdrawn", "not_accepted"})
NEVER = date.max  # until somebody closes what is open


@dataclass(frozen=True, slots=True, order=True)
class Kept:
    """One reason to keep: `until` is the first day on which it no longer holds (NEVER: open)."""

    until: date
    reason: str  # account_open, complaint_open, account_closed

    @property
    def open(self) -> bool:
        return self.until == NEVER


def kept_because(
    family: Iterable[tuple[str, Mapping[str, Any]]], today: date, years: int
) -> tuple[Kept, ...]:
    """Return the reasons that hold on `today`, the one that lasts longest first.

    `family` are (kind, fields) of the customer's living records; `years` run from the day on
    which an account was closed. A closing day that is no day counts as today's: rather too long.
    """
    found = {_reason(kind, fields, today, years) for kind, fields in family}
    held = [kept for kept in found if kept is not None and kept.until > today]
    return tuple(sorted(held, reverse=True))


def _reason(kind: str, fields: Mapping[str, Any], today: date, years: int) -> Kept | None:
    if kind == "complaint" and fields.get("state") not in ENDED_COMPLAINTS:
        return Kept(NEVER, "complaint_open")
    if kind != "account":
        return None
    if not fields.get("closed_on"):
        return Kept(NEVER, "account_open")
    return Kept(_years_after(_day(fields["closed_on"], today), years), "account_closed")


def _day(text: object, today: date) -> date:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return today


def _years_after(day: date, years: int) -> date:
    """Return the first day after the keeping: the rules count from the end of the closing year.

    "自业务关系结束当年计起" (order 2 of 2007, article 29): the year of the end counts in full.
    """
    year = day.year + years + 1
    return date(year, 1, 1) if year <= NEVER.year else NEVER
