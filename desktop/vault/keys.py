"""From passphrase and keyring secret to the replica's key: derive, wrap, unwrap.

Pure computation: no files, no keyring, no rules about what a person may choose.
Why it is built so: docs/decisions/0010-vault-file.md.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field

from argon2.exceptions import HashingError
from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crm.domain.errors import Locked

KEY_BYTES = 32
SECRET_BYTES = 32
SALT_BYTES = 16
NONCE_BYTES = 12
TAG_BYTES = 16
WRAPPED_BYTES = NONCE_BYTES + KEY_BYTES + TAG_BYTES

# Domain separation: a key made for one purpose is of no use for another.
_PRACTICE = b"yizhan vault 1: wrap by passphrase"
_KEYRING = b"yizhan vault 1: wrap by passphrase and keyring secret"
_CHECK = b"yizhan vault 1: keyring check: "


@dataclass(frozen=True, slots=True)
class ReplicaKey:
    """The 32 random bytes that encrypt the replica. Its repr shows nothing."""

    raw: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.raw) != KEY_BYTES:
            raise ValueError("a replica key has 32 bytes")

    @classmethod
    def random(cls) -> ReplicaKey:
        return cls(secrets.token_bytes(KEY_BYTES))

    def hex(self) -> str:
        """Return 64 hexadecimal digits, as SQLCipher takes a raw key."""
        return self.raw.hex()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one argon2id run costs: passes, memory in KiB, lanes (threads).

    The upper bounds keep a hostile vault file from taking the machine's memory
    or an hour; the lower ones keep it from asking for no work at all.
    """

    time: int
    memory_kib: int
    lanes: int

    def __post_init__(self) -> None:
        if not (
            1 <= self.time <= 16
            and 8 * 1024 <= self.memory_kib <= 1024 * 1024
            and 1 <= self.lanes <= 16
        ):
            raise ValueError("argon2id cost out of bounds")


LEAST_COST = Cost(time=1, memory_kib=8 * 1024, lanes=1)  # some 5 ms: for tests and practice


def wrapping_key(passphrase: bytes, secret: bytes | None, cost: Cost, salt: bytes) -> bytes:
    """Return the 32-byte key that wraps the replica's key.

    `secret` is the keyring's, or None in a practice profile.
    Raises: Locked `vault.memory.short` when argon2id cannot get its memory.
    """
    material = _stretched(passphrase, cost, salt) + (secret or b"")
    purpose = _PRACTICE if secret is None else _KEYRING
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=purpose).derive(material)


def _stretched(passphrase: bytes, cost: Cost, salt: bytes) -> bytes:
    try:
        return hash_secret_raw(
            passphrase,
            salt,
            time_cost=cost.time,
            memory_cost=cost.memory_kib,
            parallelism=cost.lanes,
            hash_len=KEY_BYTES,
            type=Type.ID,
        )
    except HashingError as error:  # in bounds, so what is left is memory
        raise Locked("vault.memory.short", memory_mib=cost.memory_kib // 1024) from error


def keyring_check(secret: bytes, enrolment: str) -> bytes:
    """Return what tells this keyring secret from another; it says nothing of the passphrase."""
    return hmac.digest(secret, _CHECK + enrolment.encode("ascii"), "sha256")


def wrap(key: ReplicaKey, wrapping: bytes, bound: bytes) -> bytes:
    """Return nonce, AES-256-GCM ciphertext and tag; `bound` is authenticated with them."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(wrapping).encrypt(nonce, key.raw, bound)


def unwrap(wrapped: bytes, wrapping: bytes, bound: bytes) -> ReplicaKey:
    """Return the key that `wrap` hid. Raises cryptography's InvalidTag when anything differs."""
    nonce, sealed = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
    return ReplicaKey(AESGCM(wrapping).decrypt(nonce, sealed, bound))
