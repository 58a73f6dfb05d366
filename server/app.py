"""Composition root of the server: settings in, an ASGI application out."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI

from crm.domain.kind import Schema
from crm.domain.kinds import SCHEMA
from server.exchange.accounts import nobody
from server.exchange.epoch import Epoch
from server.exchange.seat_acts import Keeper
from server.exchange.throttle import Throttle
from server.opening import open_exchange, utc_now
from server.routes import errors, recovery, sync
from server.routes.body import BoundedBody
from server.routes.service import Service
from server.store.settings import Settings, public_text


def create_app(
    settings: Settings, schema: Schema = SCHEMA, now: Callable[[], str] = utc_now
) -> FastAPI:
    """Return the application, ready to serve."""
    exchange = open_exchange(settings, schema, now)
    nobody()  # before anybody may ask: the first wrong login shall take no longer than the others
    app = FastAPI(
        title="Yizhan", version="1", docs_url=None, redoc_url=None, redirect_slashes=False
    )
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
        folder=settings.folder,
    )
    app.include_router(sync.router)
    app.include_router(recovery.router)
    errors.install(app)
    app.add_middleware(BoundedBody)
    return app
