"""The form of `vault.json`: what is written, what is believed when it is read back.

The file is hostile until proven otherwise: its size, its fields and its costs are bounded
before anything is computed from them. It holds no secret by itself.
"""

from __future__ import annotations

import errno
import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

from crm.domain.errors import Damaged, Locked, NotFound, Refused
from desktop.services.private_files import make_private_folder, write_private_file
from desktop.vault.keys import SALT_BYTES, WRAPPED_BYTES, Cost

FILE_NAME = "vault.json"
VERSION = 1
CHECK_BYTES = 32
LARGEST_FILE = 64 * 1024
_ENROLMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_FIELDS = {
    "version",
    "practice",
    "enrolment",
    "kdf",
    "keyring_check",
    "wrapped_key",
    "checksum",
}

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
class VaultFile:
    """A whole vault file: header and wrapped key (nonce, ciphertext, tag)."""

    header: VaultHeader
    wrapped: bytes


def write_vault(path: Path, vault: VaultFile) -> None:
    """Write the vault whole, 0600 in a folder of 0700.

    Raises: Refused `folder.shared`, `vault.unwritable`.
    """
    document = _header_document(vault.header) | {"wrapped_key": vault.wrapped.hex()}
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
    if set(document) != _FIELDS:
        raise ValueError("fields missing or unknown")
    return VaultFile(_header(document), _bytes(document["wrapped_key"], WRAPPED_BYTES))


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


def _header_document(header: VaultHeader) -> Document:
    check = header.keyring_check
    return {
        "version": VERSION,
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
