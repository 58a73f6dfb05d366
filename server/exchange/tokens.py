"""Signed words of the server that a laptop carries and a restored server believes (`token`).

A token is the base64 of the canonical JSON of what was said, a dot, and the base64 of its Ed25519
signature. The same words give the same token, so that a repeated question gets the same answer.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from crm.records.canonical import canonical

LEASE, CONFIRMATION, STATEMENT = "lease", "confirmation", "statement"
MOST = 4096  # characters of a token


@dataclass(frozen=True, slots=True)
class Tokens:
    """Signs and reads tokens with the server's own key."""

    key: Ed25519PrivateKey

    def sign(self, what: str, body: Mapping[str, Any]) -> str:
        text = canonical({**body, "token": what})
        return f"{_base64(text)}.{_base64(self.key.sign(text))}"

    def read(self, what: str, token: object) -> Mapping[str, Any] | None:
        """Return what a token of this kind says; None for anything that we have not signed."""
        if not isinstance(token, str) or len(token) > MOST:
            return None
        said, _, signature = token.partition(".")
        try:
            text = base64.b64decode(said, validate=True)
            self.key.public_key().verify(base64.b64decode(signature, validate=True), text)
        except (InvalidSignature, binascii.Error, ValueError):
            return None
        body: Mapping[str, Any] = orjson.loads(text)
        return body if body.get("token") == what else None


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
