"""`yizhan-server deputy`: somebody keeps a colleague's customers for a while."""

from __future__ import annotations

from argparse import Namespace
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time

from crm.domain.errors import Refused
from crm.domain.instants import SHANGHAI, instant_text
from crm.domain.messages import line
from server.commands.answers import Answer
from server.exchange import accounts
from server.exchange.accept import Exchange


def run(exchange: Exchange, options: Namespace) -> Answer:
    """Grant a period, first and last day included. Raises: Refused, NotFound."""
    if date.min in (options.first, options.last) or date.max in (options.first, options.last):
        raise Refused("deputy.period")  # such a day has no beginning in Shanghai, or no end
    deputy = accounts.find(exchange, options.login)
    principal = accounts.find(exchange, options.of)
    first, last = options.first, options.last
    since, until = _beginning(first), _beginning(last + timedelta(days=1))
    accounts.deputise(exchange, deputy, principal, since=since, until=until)
    answer = {"user": deputy.id, "of": principal.id, "since": since, "until": until}
    text = line(
        "server.deputy.done", login=deputy.login, of=principal.login, first=first, last=last
    )
    return answer, text, 0


def _beginning(day: date) -> str:
    """Return the moment at which a day begins in Shanghai."""
    return instant_text(datetime.combine(day, clock_time(), SHANGHAI).astimezone(UTC))
