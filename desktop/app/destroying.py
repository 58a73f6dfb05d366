"""Destroying a profile, once the server has signed that it must be: the key first (`lost`).

DIR/destroying holds why, from before the key goes until nothing is left. Whatever is killed in
between, the key is gone or the mark is there, and the next start goes on. Without the key the
replica is noise; its files go as well, once nobody has them open. DIR/forgetting names what the
system's keyring is still to forget: one that does not answer is asked again at each start.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from crm.domain.errors import Locked, UserError
from desktop.services.greeting import FILE_NAME as GREETING
from desktop.services.private_files import PART, write_private_file
from desktop.sync.failpoints import failpoint

MARK, FORGETTING = "destroying", "forgetting"
REASONS = frozenset({"sync.lost", "sync.retired"})
_REPLICA = "replica.*"  # the file, its log, what an enrolment or a restore left half done
_VAULT, LOCK_NAME = "vault.json", "vault.lock"
_REQUEST, _REACH, REKEY_WANTED = "recovery.json", "reach.json", "rekey.wanted"
_MOST_NAMES = 4096  # bytes
LOCK_WAITS_S = 5.0  # a try takes about half a second
_SCRATCH = f".*{PART}"  # of a restore that was killed: a vault and a replica

log = logging.getLogger(__name__)


def condemn(folder: Path, reason: str) -> None:
    """Destroy the key of a profile; `reason` is a code of REASONS.

    A keyring that does not answer does not save it: the wrapped key is gone all the same.
    """
    write_private_file(folder / MARK, reason.encode("ascii"))
    failpoint("destroy.marked")
    _destroy_key(folder)
    failpoint("destroy.key")
    _forget_secrets(folder)
    log.warning("destroyed the key: %s", reason)


def condemned(folder: Path) -> str:
    """Return why a profile is being destroyed; "" where it is not."""
    try:
        reason = (folder / MARK).read_bytes().decode("ascii", "replace")
    except FileNotFoundError:
        return ""
    return reason if reason in REASONS else "sync.lost"


def finish(folder: Path) -> str:
    """Remove what is left of a condemned profile; return why, "" where there is nothing to do.

    Raises: OSError where the system does not let a file go; the next start tries again.
    """
    reason = condemned(folder)
    if not reason:
        _forget_secrets(folder)  # of an earlier end, whose keyring did not answer
        return ""
    _destroy_key(folder)
    _forget_secrets(folder)
    beside = [folder / name for name in (GREETING, LOCK_NAME, REKEY_WANTED, _REACH)]
    for path in (*sorted(folder.glob(_REPLICA)), *beside):
        path.unlink(missing_ok=True)
    for left in [path for path in folder.glob(_SCRATCH) if path.is_dir()]:
        shutil.rmtree(left)
    failpoint("destroy.files")
    (folder / MARK).unlink()
    log.warning("nothing of the profile is left")
    return reason


def _destroy_key(folder: Path) -> None:
    """Destroy the wrapped key and what could claim it again; note what the keyring has of it."""
    files = [folder / name for name in (_VAULT, _REQUEST) if (folder / name).exists()]
    if not files:
        return
    _note_secrets(folder)
    with _nobody_tries(folder):
        for file in files:
            _overwrite(file)
            file.unlink()


@contextmanager
def _nobody_tries(folder: Path) -> Iterator[None]:
    """Wait for whoever tries a passphrase, which writes the vault anew; not for long."""
    lock = FileLock(folder / LOCK_NAME, timeout=LOCK_WAITS_S, mode=0o600)
    try:
        lock.acquire()
    except (Timeout, OSError) as error:  # the key goes all the same
        log.warning("destroying without the vault's lock: %s", type(error).__name__)
    try:
        yield
    finally:
        lock.release()


def _note_secrets(folder: Path) -> None:
    """Keep the names of the keyring's secrets, before what names them is gone."""
    from desktop.vault.request_file import read_request
    from desktop.vault.vault import Vault

    names = set(_noted(folder))
    try:
        header = Vault(folder).header()
        names |= set() if header.practice else {header.enrolment}
    except UserError as error:  # destroyed by an earlier try, or damaged
        log.warning("keyring secret not known: %s", error.code)
    request = read_request(folder)
    names |= {request.account} if request and request.account else set()
    if names:
        write_private_file(folder / FORGETTING, json.dumps(sorted(names)).encode("ascii"))


def _noted(folder: Path) -> list[str]:
    try:
        with (folder / FORGETTING).open("rb") as file:
            found = json.loads(file.read(_MOST_NAMES))
    except (FileNotFoundError, ValueError, RecursionError):
        return []
    return [name for name in found if isinstance(name, str)] if isinstance(found, list) else []


def _forget_secrets(folder: Path) -> None:
    """Take its half of destroyed keys from the system's keyring; one that fails is asked again."""
    if not (folder / FORGETTING).exists():
        return
    from desktop.vault.system_keyring import SystemKeyring

    keyring = SystemKeyring()
    try:
        for name in _noted(folder):
            keyring.delete(name)
    except Locked as error:
        log.warning("keyring secret not removed: %s", error.code)
        return
    (folder / FORGETTING).unlink()


def _overwrite(path: Path) -> None:
    """Put noise over a small file before it goes, as far as the disk honours that."""
    with path.open("r+b") as file:
        file.write(secrets.token_bytes(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
