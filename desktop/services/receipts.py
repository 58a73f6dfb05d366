"""What the last syncs came to, for the list of receipts. Wording is the screen's."""

from __future__ import annotations

from typing import Literal

from desktop.services.ports import ReaderFactory, Receipt

SHOWN = 30
COMPLETE, PARTIAL, CANCELLED = "complete", "partial", "work.cancelled"
OFFLINE = frozenset({"sync.unreachable", "sync.timeout"})  # the line, not anybody's mistake

Mark = Literal["synced", "to_settle", "refused", "stopped", "offline", "failed"]


def recent(reader: ReaderFactory, limit: int = SHOWN) -> tuple[Receipt, ...]:
    """Return the last receipts, the newest first."""
    with reader() as replica:
        return replica.receipts(limit)


def mark_of(receipt: Receipt) -> Mark:
    """Return what a receipt says first: what somebody must look at outweighs success."""
    if receipt.outcome in OFFLINE:
        return "offline"
    if receipt.outcome == CANCELLED:
        return "stopped"
    if receipt.outcome not in (COMPLETE, PARTIAL):
        return "failed"
    if receipt.counts.get("refused"):
        return "refused"
    return "to_settle" if receipt.counts.get("conflicts") else "synced"
