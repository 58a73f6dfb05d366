"""How things stand, for the status bar: what waits, what is to settle, the last sync."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.services.ports import ReaderFactory, Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Counts of edits, conflicts and customers; the receipt of the last sync."""

    waiting: int  # edits not sent
    to_settle: int  # open conflicts
    refused: int  # edits set aside
    elsewhere: int  # edits that went to somebody else
    last_sync: Receipt | None
    customers: int


def standing(reader: ReaderFactory) -> Standing:
    """Return how things stand now. A few milliseconds, whatever the replica holds."""
    with reader() as replica:
        tally = replica.lists.tally()
        last = replica.receipts(1)
    return Standing(
        waiting=tally.waiting,
        to_settle=tally.to_settle,
        refused=tally.refused,
        elsewhere=tally.elsewhere,
        last_sync=last[0] if last else None,
        customers=tally.customers,
    )
