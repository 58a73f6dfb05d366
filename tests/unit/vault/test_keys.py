"""The derivation: every ingredient counts, and the formula is the one in the decision record."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag

from desktop.vault.keys import LEAST_COST, Cost, ReplicaKey, unwrap, wrap, wrapping_key

SECRET, SALT = bytes(range(32)), bytes(range(16))


def test_passphrase_secret_cost_and_salt_all_change_the_key():
    other_cost = Cost(time=2, memory_kib=8 * 1024, lanes=1)
    keys = [
        wrapping_key(b"passphrase", SECRET, LEAST_COST, SALT),
        wrapping_key(b"passphrasf", SECRET, LEAST_COST, SALT),
        wrapping_key(b"passphrase", bytes(32), LEAST_COST, SALT),
        wrapping_key(b"passphrase", None, LEAST_COST, SALT),
        wrapping_key(b"passphrase", SECRET, other_cost, SALT),
        wrapping_key(b"passphrase", SECRET, LEAST_COST, bytes(16)),
    ]
    assert len(set(keys)) == len(keys)
    assert all(len(key) == 32 for key in keys)


def hkdf_32_bytes(material: bytes, salt: bytes, info: bytes) -> bytes:
    """RFC 5869 with SHA-256 for a single block, written out."""
    extracted = hmac.digest(salt, material, hashlib.sha256)
    return hmac.digest(extracted, info + b"\x01", hashlib.sha256)


@pytest.mark.parametrize(
    ("secret", "purpose"),
    [
        (SECRET, b"yizhan vault 1: wrap by passphrase and keyring secret"),
        (None, b"yizhan vault 1: wrap by passphrase"),
    ],
)
def test_the_key_is_hkdf_over_argon2id_and_secret(secret, purpose):
    stretched = hash_secret_raw(
        b"passphrase",
        SALT,
        time_cost=1,
        memory_cost=8 * 1024,
        parallelism=1,
        hash_len=32,
        type=Type.ID,
    )
    expected = hkdf_32_bytes(stretched + (secret or b""), SALT, purpose)
    assert wrapping_key(b"passphrase", secret, LEAST_COST, SALT) == expected


def test_a_wrapped_key_opens_only_with_its_wrapping_key_its_bound_bytes_and_whole():
    key, wrapping = ReplicaKey.random(), bytes(32)
    wrapped = wrap(key, wrapping, b"header")
    assert unwrap(wrapped, wrapping, b"header") == key
    for content, other_wrapping, bound in (
        (wrapped, bytes(31) + b"\x01", b"header"),
        (wrapped, wrapping, b"heading"),
        (wrapped[:-1] + bytes([wrapped[-1] ^ 1]), wrapping, b"header"),
    ):
        with pytest.raises(InvalidTag):
            unwrap(content, other_wrapping, bound)


def test_wrapping_twice_gives_different_bytes():
    key = ReplicaKey.random()
    assert wrap(key, bytes(32), b"") != wrap(key, bytes(32), b"")


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_replica_key_has_32_bytes(length):
    with pytest.raises(ValueError, match="32 bytes"):
        ReplicaKey(bytes(length))
