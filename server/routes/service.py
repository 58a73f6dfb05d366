"""What the routes work with, and the text of an error reply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from server.exchange.accept import Exchange
from server.exchange.accounts import Throttle
from server.exchange.epoch import Epoch
from server.exchange.seat_acts import Keeper


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
