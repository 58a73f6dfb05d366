"""How things stand, for the status bar: what waits, what is to settle, the last sync."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.services.ports import ReaderFactory, Receipt
from desktop.services.receipts import COMPLETE, PARTIAL

LOOKED_THROUGH = 200  # receipts; a laptop that is offline for days has many that reached nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Counts of edits, conflicts and customers; the receipt of the last sync that came through."""

    waiting: int  # edits not sent
    to_settle: int  # open conflicts
    refused: int  # edits set aside
    elsewhere: int  # edits that went to somebody else
    last_sync: Receipt | None
    customers: int
    looks: int = 0  # entries of the access log not sent: a reason to sync, not an edit


def standing(reader: ReaderFactory) -> Standing:
    """Return how things stand now. A few milliseconds, whatever the replica holds."""
    with reader() as replica:
        tally = replica.lists.tally()
        last = _came_through(replica.receipts(LOOKED_THROUGH))
    return Standing(
        waiting=tally.waiting,
        to_settle=tally.to_settle,
        refused=tally.refused,
        elsewhere=tally.elsewhere,
        last_sync=last,
        customers=tally.customers,
        looks=tally.looks,
    )


def _came_through(receipts: tuple[Receipt, ...]) -> Receipt | None:
    """Return the newest receipt of a sync that the server answered to the end."""
    through = (receipt for receipt in receipts if receipt.outcome in (COMPLETE, PARTIAL))
    return next(through, None)
