"""`yizhan-server tidy`: forget departures that no laptop can still need; take back late seats."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict

from crm.domain.messages import line
from server.commands.answers import Answer
from server.exchange import seat_acts, tidying
from server.exchange.accept import Exchange


def run(exchange: Exchange, options: Namespace) -> Answer:
    """Forget them, or with --dry-run say how many there are."""
    done = tidying.tidy(exchange, dry_run=options.dry_run)
    answer = {**asdict(done), "dry_run": options.dry_run}
    if options.dry_run:
        return answer, line("server.tidy.would", days=tidying.DAYS, **asdict(done)), 0
    seats = asdict(seat_acts.tidy(exchange.seats))
    text = line("server.tidy.done", days=tidying.DAYS, **asdict(done))
    return {**answer, "seats": seats}, f"{text}\n{line('server.tidy.seats', **seats)}", 0
