"""Record ids: UUIDv7, made where the record is made."""

from __future__ import annotations

import hashlib
import os
import time
import uuid


def new_id() -> str:
    """Return a fresh UUIDv7 (RFC 9562 section 5.7) in its 36-character form."""
    millis = time.time_ns() // 1_000_000
    rand = int.from_bytes(os.urandom(10), "big")
    value = (millis & (2**48 - 1)) << 80 | 0x7 << 76 | (rand >> 68 & 0xFFF) << 64
    value |= 0b10 << 62 | (rand & (2**62 - 1))
    return str(uuid.UUID(int=value))


def derived_id(*parts: str) -> str:
    """Return the id that follows from `parts`: the same parts, the same id (UUIDv8)."""
    digest = bytearray(hashlib.blake2b("\x00".join(parts).encode(), digest_size=16).digest())
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(digest)))
