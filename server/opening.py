"""Settings in, an exchange out: what every command of the server opens.

It loads no web framework and no migrations: a command that serves nobody starts in half the time.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from crm.domain.instants import instant_text
from crm.domain.kind import Schema
from crm.domain.kinds import SCHEMA
from server.exchange.accept import Exchange
from server.exchange.failpoints import arm
from server.exchange.tokens import Tokens
from server.store import schema as store_schema
from server.store.database import Database, reachable
from server.store.settings import Settings


def utc_now() -> str:
    return instant_text(datetime.now(UTC))


def open_exchange(
    settings: Settings, schema: Schema = SCHEMA, now: Callable[[], str] = utc_now
) -> Exchange:
    """Open the store. Raises: UserError when it is unreachable or not up to date."""
    exchange = any_exchange(settings, schema, now)
    store_schema.require_current(exchange.database)
    return exchange


def any_exchange(
    settings: Settings, schema: Schema = SCHEMA, now: Callable[[], str] = utc_now
) -> Exchange:
    """Open a store, whatever is in it. Raises: UserError when it is unreachable."""
    database = Database(settings.database_url)
    reachable(database)
    if settings.practice:
        arm()
    signer = Tokens(settings.signing_key)
    return Exchange(database, schema, now, settings.sealing_key, signer)
