"""Settled conflicts: the side that was not taken is kept for 90 days, then the conflict goes.

It goes by an ordinary removal of the server's own hand, which travels to every laptop.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy.engine import Connection

from crm.domain.instants import instant_text, parse_instant
from crm.records.canonical import seen_hash
from server.exchange.accept import Exchange
from server.exchange.hand import Hand
from server.exchange.operations import MAX_OPERATIONS, Operation
from server.store import records as store
from server.store.records import StoredRecord

DAYS = 90


@dataclass(frozen=True, slots=True)
class Losers:
    """How many conflicts went, or would go."""

    conflicts: int


def tidy(exchange: Exchange, *, dry_run: bool = False) -> Losers:
    """Remove conflicts that were settled more than 90 days ago.

    One that is itself contested stays until that is gone.
    """
    before = instant_text(parse_instant(exchange.now()) - timedelta(days=DAYS))
    with exchange.database.snapshot() as connection:
        found = store.settled_conflicts(connection, before)
        lonely = [record for record in found if not _has_children(connection, record)]
    if dry_run or not lonely:
        return Losers(len(lonely))
    hand = Hand(exchange)
    for start in range(0, len(lonely), MAX_OPERATIONS):
        hand.push(list(_removals(hand, lonely[start : start + MAX_OPERATIONS])))
    return Losers(len(lonely))


def _has_children(connection: Connection, record: StoredRecord) -> bool:
    members = store.family(connection, record.root)
    return any(one.parent == record.id and not one.dead for one in members)


def _removals(hand: Hand, records: Iterable[StoredRecord]) -> Iterable[Operation]:
    for one in records:
        operation = hand.operation("delete", one.kind, one.id, {}, parent=one.parent, root=one.root)
        seen = seen_hash([(one.id, one.kind, one.parent, one.fields)])
        yield replace(operation, seen=seen)
