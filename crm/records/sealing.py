"""Sealing: what only the holder of a private key may read.

One X25519 exchange with a key that is made for this once and forgotten, HKDF-SHA256,
ChaCha20-Poly1305. `seal` is for an operation whose customer has left a laptop: plain is the
canonical JSON of `fields`, `seen`, `into` and `copy`; the header, in clear, is authenticated with
it, so that no content can be put under another header. `seal_bytes` is for anything else: its
purpose and what it is bound to take the header's place.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
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
    plain = canonical({name: content[name] for name in CONTENT})
    return _sealed(public_key, _INFO, _bound(header), plain)


def unseal(private_key: X25519PrivateKey, header: Mapping[str, object], sealed: str) -> Any:
    """Return the content that was sealed under `header`. Raises: SealBroken."""
    plain = _unsealed(private_key, _INFO, _bound(header), sealed)
    try:
        return orjson.loads(plain)
    except ValueError as error:
        raise SealBroken from error


def seal_bytes(public_key: str, purpose: str, bound: Mapping[str, str], plain: bytes) -> str:
    """Return `plain` sealed for one purpose, bound to names and their values, as base64.

    Raises: ValueError for a key that nothing can be sealed to.
    """
    return _sealed(public_key, _info(purpose), canonical(dict(bound)), plain)


def unseal_bytes(
    private_key: X25519PrivateKey, purpose: str, bound: Mapping[str, str], sealed: str
) -> bytes:
    """Return what `seal_bytes` was given for the same purpose and binding. Raises: SealBroken."""
    return _unsealed(private_key, _info(purpose), canonical(dict(bound)), sealed)


def key_id(public_key: str) -> str:
    """Return the 16 hexadecimal digits by which a seal key (base64) is told from another."""
    return hashlib.sha256(public_key.encode()).hexdigest()[:16]


def check_seal_key(public_key: str) -> None:
    """Raise ValueError unless something can be sealed to this key."""
    seal(public_key, dict.fromkeys(HEADER), dict.fromkeys(CONTENT))


def _sealed(public_key: str, info: bytes, bound: bytes, plain: bytes) -> str:
    there = X25519PublicKey.from_public_bytes(base64.b64decode(public_key, validate=True))
    once = X25519PrivateKey.generate()
    ours = once.public_key().public_bytes_raw()
    key = _key(once.exchange(there), ours, there.public_bytes_raw(), info)
    return base64.b64encode(ours + ChaCha20Poly1305(key).encrypt(_NONCE, plain, bound)).decode()


def _unsealed(private_key: X25519PrivateKey, info: bytes, bound: bytes, sealed: str) -> bytes:
    try:
        raw = base64.b64decode(sealed, validate=True)
        theirs = X25519PublicKey.from_public_bytes(raw[:KEY_BYTES])
        shared = private_key.exchange(theirs)
        ours = private_key.public_key().public_bytes_raw()
        key = _key(shared, raw[:KEY_BYTES], ours, info)
        return ChaCha20Poly1305(key).decrypt(_NONCE, raw[KEY_BYTES:], bound)
    except (binascii.Error, ValueError, InvalidTag) as error:
        raise SealBroken from error


def _info(purpose: str) -> bytes:
    return _INFO + b": " + purpose.encode("ascii")


def _key(shared: bytes, ours: bytes, theirs: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=ours + theirs, info=info).derive(shared)


def _bound(header: Mapping[str, object]) -> bytes:
    return canonical([header[name] for name in HEADER])
