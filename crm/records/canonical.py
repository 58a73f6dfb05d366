"""Canonical JSON, content hashes and stream digests.

Canonical JSON is RFC 8785. Wire values are strings, whole numbers within
2^53, booleans and arrays or objects of these; object names are lower-case
ASCII. Within that set sorting by bytes equals sorting by UTF-16 units and
no number needs the RFC's rule for fractions, so orjson's output is canonical.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import blake2b

import orjson

from crm.domain.errors import Refused
from crm.domain.kind import MAX_WHOLE, NAME

HASH_BYTES = 16
DIGEST_MODULUS = 1 << 128
MAX_DEPTH = 8


def canonical(value: object) -> bytes:
    """Return the canonical JSON of a wire value."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def check_wire_value(value: object, depth: int = 0) -> None:
    """Raise Refused `wire.value` for anything that canonical JSON cannot carry here."""
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, str):
        if not value.isascii():
            _check_text(value)
    elif isinstance(value, int):
        if abs(value) > MAX_WHOLE:
            raise Refused("wire.value", kind="number")
    elif isinstance(value, list | dict) and depth < MAX_DEPTH:
        _check_members(value, depth)
    else:
        raise Refused("wire.value", kind=type(value).__name__)


def _check_text(value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise Refused("wire.value", kind="text") from error


def _check_members(value: list[object] | dict[str, object], depth: int) -> None:
    if isinstance(value, dict):
        for name in value:
            if not NAME.fullmatch(name):
                raise Refused("wire.value", kind="name")
        value = list(value.values())
    for member in value:
        check_wire_value(member, depth + 1)


def content_hash(
    record_id: str, kind: str, version: int, parent: str | None, fields: Mapping[str, object]
) -> bytes:
    """Return the 16-byte BLAKE2b of a record's content; empty fields must be absent."""
    body = orjson.dumps([record_id, kind, version, parent, fields], option=orjson.OPT_SORT_KEYS)
    return blake2b(body, digest_size=HASH_BYTES).digest()


def digest_of(hashes: Iterable[bytes]) -> int:
    """Return the sum of content hashes mod 2^128: the digest of a set of records."""
    return sum(int.from_bytes(h, "big") for h in hashes) % DIGEST_MODULUS


def digest_text(digest: int) -> str:
    """Return a digest as 32 hexadecimal digits."""
    return f"{digest % DIGEST_MODULUS:032x}"


def bucket(record_id: str) -> int:
    """Return the bucket (0 to 255) of a record in `check` messages."""
    return int(record_id[-2:], 16)


def seen_hash(records: Iterable[tuple[str, str, str | None, Mapping[str, object]]]) -> str:
    """Return what a delete saw, as 32 hexadecimal digits (`delete-sees`).

    `records` are (id, kind, parent, fields) of the record and its living
    descendants as the author's screen showed them. Versions are left out (0):
    that view holds edits of its own that have no version yet.
    """
    hashes = sorted(content_hash(i, kind, 0, parent, f).hex() for i, kind, parent, f in records)
    return blake2b(canonical(hashes), digest_size=HASH_BYTES).hexdigest()
