"""A laptop's backup: its replica and its vault in one file, and back from it.

MAGIC · length of the header · header (JSON, with the vault) · the replica, encrypted as it is ·
BLAKE2b-256 of all before it. It opens like the profile: with the passphrase, and with the secret
in this system's keyring. Seats held are left out, and the copy is marked: the first sync makes
it a new incarnation, since the original may be alive.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

import orjson

from crm.domain.errors import BadFile, Damaged, Locked, NotFound, Refused
from crm.domain.instants import instant_text
from crm.domain.kinds import SCHEMA
from desktop.app.profiles import Profile, unlocked
from desktop.services.private_files import write_private_file
from desktop.services.progress import Progress
from desktop.storage.replica import Replica, local_now
from desktop.sync.engine import only_one
from desktop.vault.keys import ReplicaKey
from desktop.vault.system_keyring import SystemKeyring
from desktop.vault.vault import Vault
from desktop.vault.vault_file import FILE_NAME as VAULT_NAME

FAMILY, MAGIC = b"YIZHAN-LAPTOP ", b"YIZHAN-LAPTOP 1\n"
SUM_BYTES, LENGTH_BYTES = 32, 4
LONGEST_HEADER = 256 * 1024
CHUNK = 1 << 20
PART = "replica.restored"
_BEYOND_OPENING = frozenset(
    {
        *("replica.unreadable", "replica.not_encrypted", "replica.cut_short", "replica.key"),
        *("vault.damaged", "vault.keyring.missing", "vault.keyring.changed"),
    }
)


@dataclass(frozen=True, slots=True)
class Copied:
    """What a backup holds. `unsent` counts edits that no server had when it was made."""

    at: str
    unsent: int


# --- backing up ------------------------------------------------------------------------------


def back_up(profile: Profile, replica: Replica, passphrase: str, file: Path) -> Copied:
    """Write a backup of an open profile to `file`; the window or a sync may be at work.

    Raises: as `write_copy`; Locked `vault.*` for a wrong passphrase.
    """
    if file.exists():
        raise Refused("copy.exists")
    return write_copy(profile, replica, unlocked(profile, passphrase).key, file)


def write_copy(
    profile: Profile,
    replica: Replica,
    key: ReplicaKey,
    file: Path,
    progress: Progress | None = None,
) -> Copied:
    """As `back_up`, under the replica's own `key`. Reports stages and, in them, bytes.

    Raises: Refused `copy.exists`; BadFile `copy.unwritable`; Damaged; Cancelled. Then no file has
    that name.
    """
    if file.exists():
        raise Refused("copy.exists")
    at, progress = instant_text(local_now()), progress or Progress()
    try:
        with _scratch(file.parent) as folder:
            progress.stage("copy")
            replica.copy_to(folder / PART, key.raw, progress)
            progress.stage("check")
            unsent = _checked(folder / PART, key)
            progress.stage("write")
            header = {"at": at, "vault": (profile.folder / VAULT_NAME).read_text("ascii")}
            _assemble(folder / "whole", orjson.dumps(header), folder / PART, progress)
            (folder / "whole").replace(file)
    except OSError as error:
        raise BadFile("copy.unwritable", reason=_reason(error)) from error
    return Copied(at, unsent)


def _checked(copy: Path, key: ReplicaKey) -> int:
    """Return how many edits a copy holds that no server had. Raises: Damaged."""
    with closing(Replica.open(copy, key.raw, SCHEMA)) as replica:
        if replica.damaged_pages():
            raise Damaged("replica.unreadable")
        return _unsent(replica)


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """Yield a private folder beside what is to be written; nothing of it stays."""
    made = Path(tempfile.mkdtemp(".yizhan-part", ".", folder))  # 0700
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _assemble(target: Path, header: bytes, replica: Path, progress: Progress) -> None:
    digest, done = hashlib.blake2b(digest_size=SUM_BYTES), 0
    total = replica.stat().st_size
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file, replica.open("rb") as source:
        for part in _parts(header, source):
            digest.update(part)
            file.write(part)
            done += len(part)
            progress.step(min(done, total), total)
        file.write(digest.digest())
        file.flush()
        os.fsync(file.fileno())


def _parts(header: bytes, source: BinaryIO) -> Iterator[bytes]:
    yield MAGIC + len(header).to_bytes(LENGTH_BYTES, "big") + header
    while data := source.read(CHUNK):
        yield data


def _unsent(replica: Replica) -> int:
    with replica.transaction() as tx:
        return tx.unsent()


# --- restoring -------------------------------------------------------------------------------


def restore(profile: Profile, passphrase: str, file: Path, *, replace: bool) -> Copied:
    """Make a profile of a backup. What is there is replaced only if that is said, if nobody
    has it open, and if nothing in it waits to be sent.

    Raises: BadFile `copy.*`; Refused `copy.profile_there`, `copy.unsent`, `copy.in_use`,
    `copy.other_passphrase`; Locked `vault.*`. Then the profile is as it was.
    """
    if profile.enrolled and not replace:
        raise Refused("copy.profile_there")
    profile.prepare()
    with only_one(profile.folder), _opened(file) as (header, source), _scratch(profile.folder) as s:
        vault = header["vault"].encode("ascii")
        write_private_file(s / VAULT_NAME, vault)
        _extract(source, s / PART)
        key = Vault(s).open(passphrase, SystemKeyring(), partial(_fits, s / PART))
        with closing(Replica.open(s / PART, key.raw, SCHEMA)) as copy:
            if copy.damaged_pages():
                raise Damaged("replica.unreadable")
            found = Copied(header["at"], _unsent(copy))
            copy.wipe()  # and so its log is empty
        if profile.enrolled:
            _stand_aside(profile, passphrase)
        _put_in_place(profile, (s / VAULT_NAME).read_bytes(), s / PART)
    return found


@contextmanager
def _opened(file: Path) -> Iterator[tuple[dict[str, str], BinaryIO]]:
    """Open a backup whose every byte is as it was written, at the beginning of its replica."""
    try:
        with file.open("rb") as source:
            _check_sum(source)
            source.seek(len(MAGIC))
            length = int.from_bytes(source.read(LENGTH_BYTES), "big")
            if length > LONGEST_HEADER:
                raise BadFile("copy.damaged")
            yield _header(source.read(length)), source
    except OSError as error:
        raise BadFile("copy.unreadable", reason=_reason(error)) from error


def _header(text: bytes) -> dict[str, str]:
    """Return what is told of a copy: `at` and `vault`. The sum is no proof that we wrote it."""
    try:
        told = orjson.loads(text)
        return {name: told[name].encode("ascii").decode() for name in ("at", "vault")}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadFile("copy.damaged") from error


def _check_sum(source: BinaryIO) -> None:
    beginning = source.read(len(MAGIC))
    if not beginning.startswith(FAMILY):
        raise BadFile("copy.not_one")
    if beginning != MAGIC:
        raise BadFile("copy.newer")
    left = source.seek(0, os.SEEK_END) - SUM_BYTES
    source.seek(0)
    digest = hashlib.blake2b(digest_size=SUM_BYTES)
    while left > 0 and (data := source.read(min(CHUNK, left))):
        digest.update(data)
        left -= len(data)
    if left != 0 or source.read() != digest.digest():
        raise BadFile("copy.damaged")


def _extract(source: BinaryIO, target: Path) -> None:
    place = source.tell()
    left = source.seek(0, os.SEEK_END) - SUM_BYTES - place
    source.seek(place)
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        while left > 0 and (data := source.read(min(CHUNK, left))):
            file.write(data)
            left -= len(data)
        file.flush()
        os.fsync(file.fileno())


def _fits(replica: Path, key: ReplicaKey) -> bool:
    return Replica.fits(replica, key.raw)


def _stand_aside(profile: Profile, passphrase: str) -> None:
    """Make sure that the replica that goes is nobody's loss, and write its log into it.

    One that nobody can open (damaged, or of a vault or a keyring secret that is gone) is what
    restoring is for. One with another passphrase may hold edits that wait.
    """
    try:
        _leave_log(profile, passphrase)
    except (Damaged, Locked, NotFound) as error:
        if error.code == "vault.passphrase.wrong":
            raise Refused("copy.other_passphrase") from error
        if error.code not in _BEYOND_OPENING and not isinstance(error, NotFound):
            raise


def _leave_log(profile: Profile, passphrase: str) -> None:
    key = unlocked(profile, passphrase).key
    with closing(Replica.open(profile.replica_path, key.raw, SCHEMA)) as replica:
        waiting = _unsent(replica)
        if waiting:
            raise Refused("copy.unsent", count=waiting)
        if not replica.leave_log():
            raise Refused("copy.in_use")


def _put_in_place(profile: Profile, vault: bytes, part: Path) -> None:
    """The vault first: should the power go before the replica follows, restoring is repeated."""
    path = profile.folder / VAULT_NAME
    if not path.exists() or path.read_bytes() != vault:
        profile.vault.put(vault)
    for log in ("-wal", "-shm"):  # of the replica that goes: SQLite would mix it in
        profile.replica_path.with_name(profile.replica_path.name + log).unlink(missing_ok=True)
    part.replace(profile.replica_path)


def _reason(error: OSError) -> str:
    """Return the system's name of an error (ENOSPC), which no path is part of."""
    return errno.errorcode.get(error.errno or 0, type(error).__name__)
