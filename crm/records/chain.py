"""The chain of a laptop's receipts: salted commitments, each head over the one before.

A commitment says nothing of its content to who has no salt; erasing content and salt leaves the
chain as it was. Both ends compute heads, so the arithmetic lives here. BLAKE2b-256 throughout.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from hashlib import blake2b

from crm.records.canonical import canonical

SALT_BYTES = HEAD_BYTES = 32
NO_HEAD = bytes(HEAD_BYTES)  # before the first receipt
MOST_LINKS = 500  # commitments that one hello carries
MOST_LENGTH = 2**53 - 1


def new_salt() -> bytes:
    return secrets.token_bytes(SALT_BYTES)


def commitment(salt: bytes, content: object) -> bytes:
    """Return BLAKE2b-256(salt || canonical JSON of `content`)."""
    return _hash(salt + canonical(content))


def all_of(commitments: Iterable[bytes]) -> bytes:
    """Return one commitment to several, in their order."""
    return _hash(b"".join(commitments))


def next_head(head: bytes, link: bytes) -> bytes:
    """Return the head once a receipt with the commitment `link` has followed on `head`."""
    return _hash(head + link)


def head_after(head: bytes, links: Iterable[bytes]) -> bytes:
    """Return the head once several receipts have followed."""
    for link in links:
        head = next_head(head, link)
    return head


def told(length: int, head: bytes) -> str:
    """Return a chain's head as the wire has it: its length and hash."""
    return f"{length}:{head.hex()}"


def read_told(text: object) -> tuple[int, bytes] | None:
    """Return (length, head) of what `told` made; None for anything else."""
    length, _, head = text.partition(":") if isinstance(text, str) else ("", "", "")
    digits = length.isascii() and length.isdigit() and len(length) <= 16
    if not digits or len(head) != 2 * HEAD_BYTES:
        return None
    try:
        number, found = int(length), bytes.fromhex(head)
    except ValueError:
        return None
    return (number, found) if number <= MOST_LENGTH and len(found) == HEAD_BYTES else None


def _hash(content: bytes) -> bytes:
    return blake2b(content, digest_size=HEAD_BYTES).digest()
