"""Destroying a profile, once the server has signed that it must be: the key first (`lost`).

DIR/destroying holds why, from before the key goes until nothing is left. Whatever is killed in
between, the key is gone or the mark is there, and the next start goes on. Without the key the
replica is noise; its files go as well, once nobody has them open.
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
from pathlib import Path

from crm.domain.errors import Locked, UserError
from desktop.services.greeting import FILE_NAME as GREETING
from desktop.services.private_files import PART, write_private_file
from desktop.sync.failpoints import failpoint

MARK = "destroying"
REASONS = frozenset({"sync.lost", "sync.retired"})
_REPLICA = "replica.*"  # the file, its log, what an enrolment or a restore left half done
_VAULT, LOCK_NAME = "vault.json", "vault.lock"
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
        return ""
    _destroy_key(folder)
    for path in (*sorted(folder.glob(_REPLICA)), folder / GREETING, folder / LOCK_NAME):
        path.unlink(missing_ok=True)
    for left in [path for path in folder.glob(_SCRATCH) if path.is_dir()]:
        shutil.rmtree(left)
    failpoint("destroy.files")
    (folder / MARK).unlink()
    log.warning("nothing of the profile is left")
    return reason


def _destroy_key(folder: Path) -> None:
    vault = folder / _VAULT
    if not vault.exists():
        return
    _forget_secret(folder)
    _overwrite(vault)
    vault.unlink()


def _forget_secret(folder: Path) -> None:
    """Take the half of the key that the system's keyring has; a practice profile has none."""
    from desktop.vault.system_keyring import SystemKeyring
    from desktop.vault.vault import Vault

    try:
        header = Vault(folder).header()
        if not header.practice:
            SystemKeyring().delete(header.enrolment)
    except (Locked, UserError) as error:
        log.warning("keyring secret not removed: %s", error.code)


def _overwrite(path: Path) -> None:
    """Put noise over a small file before it goes, as far as the disk honours that."""
    with path.open("r+b") as file:
        file.write(secrets.token_bytes(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
