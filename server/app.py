"""Composition root of the server: settings in, an ASGI application out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from fastapi import FastAPI

from crm.domain.instants import instant_text
from crm.domain.kind import Schema
from crm.domain.kinds import SCHEMA
from server.exchange.accept import Exchange
from server.exchange.accounts import Throttle
from server.exchange.epoch import Epoch
from server.exchange.failpoints import arm
from server.exchange.seat_acts import Keeper
from server.exchange.tokens import Tokens
from server.routes import errors, sync
from server.routes.body import BoundedBody
from server.routes.service import Service
from server.store import schema as store_schema
from server.store.database import Database, reachable
from server.store.settings import Settings, public_text


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


def create_app(
    settings: Settings, schema: Schema = SCHEMA, now: Callable[[], str] = utc_now
) -> FastAPI:
    """Return the application, ready to serve."""
    exchange = open_exchange(settings, schema, now)
    app = FastAPI(title="Yizhan", version="1", docs_url=None, redoc_url=None)
    key = settings.signing_key
    epoch = Epoch(exchange, settings.folder)
    app.state.service = Service(
        exchange=exchange,
        key=key,
        public_key=public_text(key),
        seal_key=public_text(settings.sealing_key),
        practice=settings.practice,
        epoch=epoch,
        throttle=Throttle(),
        keeper=Keeper(exchange.seats),
    )
    app.include_router(sync.router)
    errors.install(app)
    app.add_middleware(BoundedBody)
    return app
