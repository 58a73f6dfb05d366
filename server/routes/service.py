"""What the routes work with, and the text of an error reply."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from server.exchange.accept import Exchange
from server.exchange.epoch import Epoch
from server.exchange.seat_acts import Keeper
from server.exchange.throttle import Throttle


@dataclass(frozen=True, slots=True)
class Service:
    """Handed over by the composition root."""

    exchange: Exchange
    key: Ed25519PrivateKey
    public_key: str
    seal_key: str  # base64: laptops seal to it
    practice: bool
    epoch: Epoch
    throttle: Throttle
    keeper: Keeper
    folder: Path  # of the server

    def envelope(self, nonce: str, done: int) -> dict[str, Any]:
        """Return what every reply begins with."""
        return {
            "nonce": nonce,
            "epoch": self.epoch.current(),
            "done": done,
            "time": self.exchange.now(),
        }

    def signature(self, body: bytes) -> str:
        """Return the base64 of the Ed25519 signature over a body, uncompressed."""
        return base64.b64encode(self.key.sign(body)).decode()

    def error_text(
        self,
        code: str,
        facts: Mapping[str, object],
        nonce: str | None,
        done: int | None = None,
    ) -> bytes:
        """Return the body of an error reply: a code, its facts, and the envelope of any reply."""
        body = {
            "error": {"code": code, "facts": facts},
            "nonce": nonce,
            "epoch": self.epoch.known(),
            "done": done,
            "time": self.exchange.now(),
        }
        return orjson.dumps(body, default=str)
