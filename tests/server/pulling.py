"""What the naive client asks, answered by the store itself, without HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from server.exchange import read
from server.exchange.actors import Actor
from server.store import streams
from server.store.database import Database


def store_asker(database: Database) -> Callable[..., dict[str, Any]]:
    """Return a function that pulls pages straight from `database`."""

    def ask(
        stream: str, limit: int, after: int | None = None, scan: str | None = None
    ) -> dict[str, Any]:
        if scan is not None:
            inside = read.scan_page(database, stream, scan, limit)
        else:
            inside = read.log_page(database, stream, after or 0, limit)
        reply: dict[str, Any] = orjson.loads(b"{" + inside + b"}")
        return reply

    return ask


def granted_streams(database: Database, actor: Actor) -> dict[str, dict[str, Any]]:
    """Return what hello says of the actor's streams."""
    with database.snapshot() as connection:
        totals = streams.read(connection, actor.readable())
    return {
        i: {"head": s.head, "floor": s.floor, "live": s.live, "digest": f"{s.digest:032x}"}
        for i, s in totals.items()
    }
