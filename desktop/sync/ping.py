"""Asking a server who it is, before anything is told to it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson

from crm.domain.errors import ServerUnreachable, UserError
from crm.domain.instants import parse_instant
from desktop.sync.conversation import believed
from desktop.sync.transport import Transport

DEADLINE_S = 15.0


@dataclass(frozen=True, slots=True)
class Ping:
    """What a Yizhan server says of itself. `time` is not authenticated: for showing only."""

    practice: bool
    schema: int
    time: datetime


def _go_on() -> None:
    """Nobody can cancel."""


def ping(
    server_url: str, *, ca_file: Path | None = None, check: Callable[[], None] = _go_on
) -> Ping:
    """Ask a server who it is; `check` is called while waiting and may raise.

    Raises: ServerUnreachable, Refused `sync.url.*`, and whatever `check` raises.
    """
    transport = Transport(server_url, ca_file=ca_file, deadline_s=DEADLINE_S)
    nonce = secrets.token_hex(16)
    try:
        pending = transport.start("/v1/ping", orjson.dumps({"nonce": nonce}))
        answer = pending.result(check)
    finally:
        transport.close()
    reply = believed(answer, nonce)
    try:
        if reply["service"] != "yizhan":
            raise ServerUnreachable("sync.not_our_server")
        return Ping(bool(reply["practice"]), int(reply["schema"]), parse_instant(reply["time"]))
    except (KeyError, TypeError, ValueError, UserError) as error:
        raise ServerUnreachable("sync.not_our_server") from error
