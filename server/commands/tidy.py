"""`yizhan-server tidy`: forget departures that no laptop can still need."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict

from crm.domain.messages import line
from server.commands.answers import Answer
from server.exchange import tidying
from server.exchange.accept import Exchange


def run(exchange: Exchange, options: Namespace) -> Answer:
    """Forget them, or with --dry-run say how many there are."""
    done = tidying.tidy(exchange, dry_run=options.dry_run)
    answer = {**asdict(done), "dry_run": options.dry_run}
    code = "server.tidy.would" if options.dry_run else "server.tidy.done"
    return answer, line(code, days=tidying.DAYS, **asdict(done)), 0
