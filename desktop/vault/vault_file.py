"""The form of `vault.json`: what is written, what is believed when it is read back.

The file is hostile until proven otherwise: its size, its fields and its costs are bounded
before anything is computed from them. It holds no secret by itself. Version 1 is read as well;
what is written is version 2: docs/decisions/0080-vault-file-version-2.md.
"""

from __future__ import annotations

import base64
import errno
import hashlib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from crm.domain.errors import Damaged, Locked, NotFound, Refused
from desktop.services.private_files import make_private_folder, write_private_file
from desktop.vault.attempts import Attempts
from desktop.vault.keys import SALT_BYTES, WRAPPED_BYTES, Cost

FILE_NAME = "vault.json"
VERSION = 2
HEADER_FORM = 1  # of what is bound to the wrapped key: it has not changed with version 2
CHECK_BYTES = 32
LARGEST_FILE = 64 * 1024
LARGEST_SEALED = 4 * 1024
KEY_ID_DIGITS = 16
LONGEST_MOMENT = 40
_ENROLMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_KEY_ID = re.compile(rf"[0-9a-f]{{{KEY_ID_DIGITS}}}")
_FIRST_FIELDS = {
    "version",
    "practice",
    "enrolment",
    "kdf",
    "keyring_check",
    "wrapped_key",
    "checksum",
}
_FIELDS = _FIRST_FIELDS | {"next", "recovery", "changed", "attempts"}

Document = dict[str, object]


def check_enrolment(enrolment: str) -> None:
    """Raise ValueError unless it may name an account in any keyring."""
    if not _ENROLMENT.fullmatch(enrolment):
        raise ValueError("an enrolment is a short ASCII identifier")


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultHeader:
    """The readable part of a vault. All of it is authenticated with the wrapped key.

    `enrolment` is also the account name in the keyring: up to 64 ASCII letters, digits, . _ -.
    `keyring_check` is None exactly in a practice vault.
    """

    practice: bool
    enrolment: str
    cost: Cost
    salt: bytes
    keyring_check: bytes | None

    def __post_init__(self) -> None:
        check_enrolment(self.enrolment)
        if self.practice != (self.keyring_check is None):
            raise ValueError("a practice vault has no keyring check, any other has one")

    def bound(self) -> bytes:
        """Return the bytes that AES-GCM authenticates: the header in canonical JSON."""
        return _canonical(_header_document(self))


@dataclass(frozen=True, slots=True)
class Recovery:
    """A copy of the replica's key, sealed to the server's key whose id this is."""

    key_id: str  # 16 hexadecimal digits
    sealed: str  # base64

    def __post_init__(self) -> None:
        if not _KEY_ID.fullmatch(self.key_id):
            raise ValueError("a key id has 16 hexadecimal digits")
        if not 0 < len(base64.b64decode(self.sealed, validate=True)) <= LARGEST_SEALED:
            raise ValueError("a sealed key is not of that size")


@dataclass(frozen=True, slots=True)
class Next:
    """The key that a re-key is about to give the replica, wrapped as the present one is."""

    wrapped: bytes
    recovery: Recovery | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """When passphrase and key were last chosen: instants as text, "" where nobody knows."""

    passphrase: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Tries:
    """The wrong tries and what shows that the vault's owner counted them."""

    attempts: Attempts = field(default_factory=Attempts)
    mac: str = ""


@dataclass(frozen=True, slots=True)
class VaultFile:
    """A whole vault file: header and wrapped key (nonce, ciphertext, tag), and what may change
    without the passphrase. `tries` is None exactly in a file of version 1.
    """

    header: VaultHeader
    wrapped: bytes
    next: Next | None = None
    recovery: Recovery | None = None
    changed: Changed = field(default_factory=Changed)
    tries: Tries | None = None


def write_vault(path: Path, vault: VaultFile) -> None:
    """Write the vault whole, 0600 in a folder of 0700.

    Raises: Refused `folder.shared`, `vault.unwritable`.
    """
    document = _whole_document(vault)
    document["checksum"] = _checksum(document)
    try:
        make_private_folder(path.parent)
        write_private_file(path, json.dumps(document, indent=2).encode("ascii") + b"\n")
    except OSError as error:
        raise Refused("vault.unwritable", reason=_reason(error)) from error


def read_vault(path: Path) -> VaultFile:
    """Return the vault at `path`.

    Raises: NotFound `vault.missing`, Locked `vault.unreadable` or `vault.version.newer`,
    Damaged `vault.damaged` with the part that does not add up.
    """
    document = _document(_content(path))
    _check_version(document)
    if document.get("checksum") != _checksum(document):
        raise Damaged("vault.damaged", part="checksum")
    try:
        return _vault(document)
    except (KeyError, TypeError, ValueError) as error:
        raise Damaged("vault.damaged", part="fields") from error


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except FileNotFoundError as error:
        raise NotFound("vault.missing") from error
    except OSError as error:
        raise Locked("vault.unreadable", reason=_reason(error)) from error
    if len(content) > LARGEST_FILE:
        raise Damaged("vault.damaged", part="size")
    return content


def _document(content: bytes) -> Document:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Damaged("vault.damaged", part="json") from error
    if not isinstance(document, dict):
        raise Damaged("vault.damaged", part="json")
    return document


def _check_version(document: Document) -> None:
    """Look at the version first: a newer file may differ in everything else."""
    version = document.get("version")
    if type(version) is not int or version < 1:
        raise Damaged("vault.damaged", part="version")
    if version > VERSION:
        raise Locked("vault.version.newer", known=VERSION)


def _vault(document: Document) -> VaultFile:
    if set(document) != (_FIRST_FIELDS if document["version"] == 1 else _FIELDS):
        raise ValueError("fields missing or unknown")
    header, wrapped = _header(document), _bytes(document["wrapped_key"], WRAPPED_BYTES)
    if document["version"] == 1:
        return VaultFile(header, wrapped)
    return VaultFile(
        header,
        wrapped,
        next=_next(document["next"]),
        recovery=_recovery(document["recovery"]),
        changed=_changed(_fields(document["changed"], {"passphrase", "key"})),
        tries=_tries(_fields(document["attempts"], {"count", "boot_id", "at_s", "since", "mac"})),
    )


def _next(found: object) -> Next | None:
    if found is None:
        return None
    inside = _fields(found, {"wrapped_key", "recovery"})
    return Next(_bytes(inside["wrapped_key"], WRAPPED_BYTES), _recovery(inside["recovery"]))


def _recovery(found: object) -> Recovery | None:
    if found is None:
        return None
    inside = _fields(found, {"key_id", "sealed"})
    return Recovery(_text(inside["key_id"]), _text(inside["sealed"]))


def _changed(found: Document) -> Changed:
    return Changed(_moment(found["passphrase"]), _moment(found["key"]))


def _tries(found: Document) -> Tries:
    attempts = Attempts(
        count=_whole(found["count"]),
        boot=_text(found["boot_id"]),
        at_s=_whole(found["at_s"]),
        since=_moment(found["since"]),
    )
    return Tries(attempts, _text(found["mac"]))


def _fields(found: object, names: set[str]) -> Document:
    if not isinstance(found, dict) or set(found) != names:
        raise TypeError("fields missing or unknown")
    return found


def _moment(value: object) -> str:
    text = _text(value)
    if len(text) > LONGEST_MOMENT or not text.isascii():
        raise ValueError("no instant")
    return text


def _header(document: Document) -> VaultHeader:
    practice, check, kdf = document["practice"], document["keyring_check"], document["kdf"]
    if type(practice) is not bool or not isinstance(kdf, dict) or kdf["name"] != "argon2id":
        raise TypeError("practice is a truth value, kdf is argon2id")
    return VaultHeader(
        practice=practice,
        enrolment=_text(document["enrolment"]),
        cost=Cost(
            time=_whole(kdf["time"]),
            memory_kib=_whole(kdf["memory_kib"]),
            lanes=_whole(kdf["lanes"]),
        ),
        salt=_bytes(kdf["salt"], SALT_BYTES),
        keyring_check=None if check is None else _bytes(check, CHECK_BYTES),
    )


def _whole_document(vault: VaultFile) -> Document:
    """Return the document of version 2, without its checksum."""
    tries = vault.tries or Tries()
    return _header_document(vault.header) | {
        "version": VERSION,
        "wrapped_key": vault.wrapped.hex(),
        "next": vault.next and _next_document(vault.next),
        "recovery": vault.recovery and _recovery_document(vault.recovery),
        "changed": {"passphrase": vault.changed.passphrase, "key": vault.changed.key},
        "attempts": {
            "count": tries.attempts.count,
            "boot_id": tries.attempts.boot,
            "at_s": tries.attempts.at_s,
            "since": tries.attempts.since,
            "mac": tries.mac,
        },
    }


def _next_document(following: Next) -> Document:
    recovery = following.recovery and _recovery_document(following.recovery)
    return {"wrapped_key": following.wrapped.hex(), "recovery": recovery}


def _recovery_document(recovery: Recovery) -> Document:
    return {"key_id": recovery.key_id, "sealed": recovery.sealed}


def _header_document(header: VaultHeader) -> Document:
    check = header.keyring_check
    return {
        "version": HEADER_FORM,
        "practice": header.practice,
        "enrolment": header.enrolment,
        "kdf": {
            "name": "argon2id",
            "time": header.cost.time,
            "memory_kib": header.cost.memory_kib,
            "lanes": header.cost.lanes,
            "salt": header.salt.hex(),
        },
        "keyring_check": None if check is None else check.hex(),
    }


def _checksum(document: Document) -> str:
    """Return a checksum that finds accidents; against intent there is AES-GCM."""
    rest = {name: value for name, value in document.items() if name != "checksum"}
    return hashlib.sha256(_canonical(rest)).hexdigest()


def _canonical(document: Document) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode("ascii")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text expected")
    return value


def _whole(value: object) -> int:
    if type(value) is not int:  # True is an int too
        raise TypeError("whole number expected")
    return value


def _bytes(value: object, length: int) -> bytes:
    decoded = bytes.fromhex(_text(value))
    if len(decoded) != length:
        raise ValueError("wrong length")
    return decoded


def _reason(error: OSError) -> str:
    """Return the system's name of an error (EACCES, ENOSPC), which no path is part of."""
    return errno.errorcode.get(error.errno or 0, type(error).__name__)
