"""`recovery.json`: a request for a forgotten passphrase's key, from asking until all is done.

What may claim the key (a secret, and the private half of the key that the answer is sealed to)
is wrapped as the replica's key is: by the passphrase that is to be the new one, and by a secret in
the system's keyring. Whoever takes the laptop between approval and claim has neither.
"""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crm.domain.errors import Locked, NotFound, Refused
from desktop.services.private_files import write_private_file
from desktop.vault.keys import (
    LEAST_COST,
    NONCE_BYTES,
    SALT_BYTES,
    SECRET_BYTES,
    Cost,
    wrapping_key,
)
from desktop.vault.passphrases import passphrase_bytes
from desktop.vault.secret_store import SecretStore
from desktop.vault.tuning import tuned_cost

FILE_NAME = "recovery.json"
ASKED, GRANTED, OWED = "asked", "granted", "owed"  # owed: the replica is still to get a new key
LARGEST_FILE = 64 * 1024
_DIGITS = re.compile(r"[0-9]{6}")
_ACCOUNT = re.compile(r"[A-Za-z0-9._-]{0,80}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What may be shown of a request. `account`: of the keyring's secret; "" in practice."""

    request: str
    code: str
    at: str
    account: str
    state: str = ASKED

    def __post_init__(self) -> None:
        if not (_DIGITS.fullmatch(self.code) and _ACCOUNT.fullmatch(self.account)):
            raise ValueError("six digits, and a name that any keyring takes")
        if self.state not in (ASKED, GRANTED, OWED):
            raise ValueError("no state of a request")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What claims the key. `answer` and `signature`: the signed reply, once it has come."""

    secret: str = field(repr=False)  # hex
    reply_key: str = field(repr=False)  # hex of the X25519 private key
    incarnation: str
    baton: str
    answer: str = ""  # hex of the body
    signature: str = ""


def read_request(folder: Path) -> Request | None:
    """Return what is under way; None where there is nothing, or nothing that makes sense."""
    try:
        held = _document(folder)
        return Request(**{name: _text(held[name]) for name in Request.__slots__})
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def keep_request(
    folder: Path, request: Request, claim: Claim, passphrase: str, keyring: SecretStore
) -> None:
    """Keep a request, its claim wrapped anew; killed on the way, the one before still opens.

    Raises: Locked `keyring.*`, `vault.memory.short`; Refused `vault.unwritable`.
    """
    secret = _kept_secret(keyring, request.account) if request.account else None
    cost = tuned_cost() if request.account else LEAST_COST
    salt, nonce = secrets.token_bytes(SALT_BYTES), secrets.token_bytes(NONCE_BYTES)
    wrapping = wrapping_key(passphrase_bytes(passphrase), secret, cost, salt)
    plain = json.dumps(asdict(claim)).encode("ascii")
    sealed = nonce + AESGCM(wrapping).encrypt(nonce, plain, _bound(request))
    kdf = {**asdict(cost), "salt": salt.hex()}
    _write(folder, {**asdict(request), "kdf": kdf, "claim": sealed.hex()})


def open_claim(folder: Path, passphrase: str, keyring: SecretStore) -> tuple[Request, Claim]:
    """Return a request and what claims its key.

    Raises: NotFound `recovery.nothing_asked`; Locked `vault.passphrase.wrong`, `keyring.*`.
    """
    request = read_request(folder)
    if request is None or request.state == OWED:
        raise NotFound("recovery.nothing_asked")
    try:
        held = _document(folder)
        kdf, sealed = held["kdf"], bytes.fromhex(_text(held["claim"]))
        cost = Cost(time=kdf["time"], memory_kib=kdf["memory_kib"], lanes=kdf["lanes"])
        salt = bytes.fromhex(kdf["salt"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotFound("recovery.nothing_asked") from error
    secret = _known_secret(keyring, request.account) if request.account else None
    wrapping = wrapping_key(passphrase_bytes(passphrase), secret, cost, salt)
    nonce, inside = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    try:
        plain = AESGCM(wrapping).decrypt(nonce, inside, _bound(request))
    except (InvalidTag, ValueError) as error:
        raise Locked("vault.passphrase.wrong") from error
    return request, Claim(**json.loads(plain))


def owe(folder: Path) -> None:
    """Keep in mind, and nothing besides, that the replica is still to get a new key."""
    request = read_request(folder)
    if request is not None:
        _write(folder, asdict(replace(request, state=OWED)))


def forget_request(folder: Path, keyring: SecretStore) -> None:
    """Remove a request, and its secret from the keyring. Raises: Locked `keyring.*`; OSError."""
    request = read_request(folder)
    if request is not None and request.account:
        keyring.delete(request.account)
    (folder / FILE_NAME).unlink(missing_ok=True)


def _document(folder: Path) -> dict[str, Any]:
    with (folder / FILE_NAME).open("rb") as file:
        content = file.read(LARGEST_FILE + 1)
    found = json.loads(content) if len(content) <= LARGEST_FILE else None
    if not isinstance(found, dict):
        raise ValueError("no request")
    return found


def _write(folder: Path, document: dict[str, object]) -> None:
    try:
        write_private_file(folder / FILE_NAME, json.dumps(document).encode("ascii"))
    except OSError as error:
        raise Refused("vault.unwritable", reason=type(error).__name__) from error


def _bound(request: Request) -> bytes:
    return json.dumps(asdict(request), sort_keys=True).encode("ascii")


def _kept_secret(keyring: SecretStore, account: str) -> bytes:
    """Return the keyring's secret, made where there is none.

    One that is there wraps what the file holds until it is written anew: it is not replaced.
    """
    secret = _found_secret(keyring, account)
    if secret is None:
        secret = secrets.token_bytes(SECRET_BYTES)
        keyring.set(account, secret.hex())
    return secret


def _known_secret(keyring: SecretStore, account: str) -> bytes:
    secret = _found_secret(keyring, account)
    if secret is None:  # gone with the keyring: only a new request helps
        raise Locked("recovery.secret_gone")
    return secret


def _found_secret(keyring: SecretStore, account: str) -> bytes | None:
    try:
        secret = bytes.fromhex(keyring.get(account) or "")
    except ValueError:  # somebody else's entry
        return None
    return secret if len(secret) == SECRET_BYTES else None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text expected")
    return value
