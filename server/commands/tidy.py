"""`yizhan-server tidy`: forget old departures and settled conflicts; take back late seats."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict

from crm.domain.messages import line
from server.commands.answers import Answer
from server.exchange import losers, recovering, seat_acts, tidying
from server.exchange.accept import Exchange


def run(exchange: Exchange, options: Namespace) -> Answer:
    """Forget them, or with --dry-run say how many there are."""
    done = tidying.tidy(exchange, dry_run=options.dry_run)
    settled = losers.tidy(exchange, dry_run=options.dry_run)
    answer = {**asdict(done), **asdict(settled), "dry_run": options.dry_run}
    if options.dry_run:
        return answer, _said("would", done, settled), 0
    recovering.tidy(exchange)
    seats = asdict(seat_acts.tidy(exchange.seats))
    text = _said("done", done, settled)
    return {**answer, "seats": seats}, f"{text}\n{line('server.tidy.seats', **seats)}", 0


def _said(how: str, done: tidying.Tidied, settled: losers.Losers) -> str:
    departures = line(f"server.tidy.{how}", days=tidying.DAYS, **asdict(done))
    return (
        f"{departures}\n{line(f'server.tidy.{how}_settled', days=losers.DAYS, **asdict(settled))}"
    )
