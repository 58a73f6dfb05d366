"""What the server forgets: departures that are older than any laptop may stay away (`floor`).

Operation ids, graves and grants stay for ever. A laptop whose cursor lies below the floor reads
its stream anew and drops what that does not bring, so nothing comes back to life.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from crm.domain.instants import instant_text, parse_instant
from server.exchange.accept import Exchange
from server.exchange.failpoints import failpoint
from server.store import streams

DAYS = 400
PAGE = 5_000  # departures a transaction


@dataclass(frozen=True, slots=True)
class Tidied:
    streams: int
    departures: int


def tidy(exchange: Exchange, *, dry_run: bool = False) -> Tidied:
    """Forget old departures stream by stream, the floor with them; locks are held short."""
    before = instant_text(parse_instant(exchange.now()) - timedelta(days=DAYS))
    with exchange.database.snapshot() as connection:
        found = streams.old_departures(connection, before)
    if not dry_run:
        for stream in found:
            while _forget(exchange, stream, before) == PAGE:
                continue
    return Tidied(len(found), sum(found.values()))


def _forget(exchange: Exchange, stream: str, before: str) -> int:
    """Forget one page of a stream's departures; return how many."""
    with exchange.database.writing() as connection:
        totals = streams.lock(exchange.database, connection, [stream])[stream]
        numbers = streams.departures_before(connection, stream, before, PAGE)
        if not numbers:
            return 0
        streams.forget(connection, stream, numbers)
        totals.floor = max(totals.floor, numbers[-1])
        streams.save(exchange.database, connection, [totals])
        failpoint("tidy.before_commit")
    failpoint("tidy.committed")
    return len(numbers)
