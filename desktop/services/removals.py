"""How much of a stream may leave this laptop without a question (`ask-first`).

A hand-over and a revoked grant are signed: hello tells how many records of a stream were moved
or merged away since its cursor, and which streams are granted. Anything else that would take
more than ROWS records and more than a SHARE of a stream waits for the person's word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ROWS = 50
SHARE = 0.2

DELETED, MOVED, MISSING = "deleted", "moved", "missing"  # why records would leave


@dataclass(frozen=True, slots=True, kw_only=True)
class Removals:
    """How many records would leave without a signed cause, by what is said of them."""

    deleted: int = 0
    moved: int = 0  # more than the server has signed for
    missing: int = 0  # a complete reading of the stream did not bring them

    @property
    def total(self) -> int:
        return self.deleted + self.moved + self.missing


class AskFirst(Exception):  # no failure: the page waits for a person
    """So much would leave that the person is asked; nothing of the page was applied."""

    def __init__(self, removals: Removals) -> None:
        super().__init__(removals)
        self.removals = removals


@dataclass(slots=True)
class Agreement:
    """How many records the person has agreed to let leave: as many as were shown, no more."""

    left: int = 0


@dataclass(slots=True)
class Allowance:
    """What may leave one stream in one sync."""

    held: int  # records of the stream before anything left
    signed: int  # departures that hello signed and no page has told yet
    gone: int = 0  # records that left without a signed cause, so far
    agreed: Agreement | None = None  # shared by the streams of one sync

    def exceeded(self, counts: Mapping[str, int]) -> bool:
        """Tell whether removals, by cause, need to be asked about."""
        leaving = self._unsigned(counts)[0].total
        may_leave = self.agreed.left if self.agreed else 0
        return self._is_much(leaving) and leaving > may_leave

    def take(self, counts: Mapping[str, int]) -> None:
        """Count removals as they are applied. Raises: AskFirst."""
        unsigned, left = self._unsigned(counts)
        if self.exceeded(counts):
            raise AskFirst(unsigned)
        if self.agreed is not None and self._is_much(unsigned.total):
            self.agreed.left -= unsigned.total
        self.gone += unsigned.total
        self.signed = left

    def _is_much(self, leaving: int) -> bool:
        total = self.gone + leaving
        return total > ROWS and total > SHARE * self.held

    def _unsigned(self, counts: Mapping[str, int]) -> tuple[Removals, int]:
        """Return what no signature covers, and how many signed departures are left then."""
        left = self.signed
        moved = max(0, counts.get(MOVED, 0) - left)
        left = max(0, left - counts.get(MOVED, 0))
        missing = max(0, counts.get(MISSING, 0) - left)
        left = max(0, left - counts.get(MISSING, 0))
        return Removals(deleted=counts.get(DELETED, 0), moved=moved, missing=missing), left
