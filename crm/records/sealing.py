"""Sealing: what only the server may read of an operation whose customer has left a laptop.

One X25519 exchange with a key that is made for this operation and forgotten, HKDF-SHA256,
ChaCha20-Poly1305. Plain is the canonical JSON of `fields`, `seen`, `into` and `copy`; the
header, in clear, is authenticated with it, so that no content can be put under another header.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crm.records.canonical import canonical

KEY_BYTES = 32
HEADER = ("id", "group", "author", "at", "verb", "record", "kind", "root", "parent", "home")
CONTENT = ("fields", "seen", "into", "copy")
_NONCE = bytes(12)  # each key seals once
_INFO = b"yizhan seal 1"


class SealBroken(Exception):
    """It was not sealed to this key, or not under this header, or changed since."""


def seal(public_key: str, header: Mapping[str, object], content: Mapping[str, object]) -> str:
    """Return the sealed content as base64.

    `public_key` is base64 of 32 bytes, `header` has HEADER's names, `content` CONTENT's.
    Raises: ValueError for a key that nothing can be sealed to.
    """
    there = X25519PublicKey.from_public_bytes(base64.b64decode(public_key, validate=True))
    once = X25519PrivateKey.generate()
    ours = once.public_key().public_bytes_raw()
    key = _key(once.exchange(there), ours, there.public_bytes_raw())
    plain = canonical({name: content[name] for name in CONTENT})
    return base64.b64encode(ours + _cipher(key).encrypt(_NONCE, plain, _bound(header))).decode()


def unseal(private_key: X25519PrivateKey, header: Mapping[str, object], sealed: str) -> Any:
    """Return the content that was sealed under `header`. Raises: SealBroken."""
    try:
        raw = base64.b64decode(sealed, validate=True)
        theirs = X25519PublicKey.from_public_bytes(raw[:KEY_BYTES])
        shared = private_key.exchange(theirs)
        key = _key(shared, raw[:KEY_BYTES], private_key.public_key().public_bytes_raw())
        return orjson.loads(_cipher(key).decrypt(_NONCE, raw[KEY_BYTES:], _bound(header)))
    except (binascii.Error, ValueError, InvalidTag) as error:
        raise SealBroken from error


def check_seal_key(public_key: str) -> None:
    """Raise ValueError unless something can be sealed to this key."""
    seal(public_key, dict.fromkeys(HEADER), dict.fromkeys(CONTENT))


def _key(shared: bytes, ours: bytes, theirs: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=ours + theirs, info=_INFO).derive(shared)


def _cipher(key: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(key)


def _bound(header: Mapping[str, object]) -> bytes:
    return canonical([header[name] for name in HEADER])
