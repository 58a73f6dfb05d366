"""Gives a replica another key, in one transaction: every page is written anew under it.

Killed anywhere, the file is wholly of the old key or wholly of the new one: until the log has
its last frame the old one opens it, from then on the new one does. Nobody else may have it open.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from crm.domain.errors import Damaged, Locked, Refused
from desktop.storage import disk
from desktop.storage.engine import driver, opens, unlock

BUSY_MS = 500
ROOM = 1.1  # of the file's size: the log takes as much, and a little more

_ALONE = (
    "PRAGMA cipher_memory_security = OFF",
    f"PRAGMA busy_timeout = {BUSY_MS}",
    "PRAGMA locking_mode = EXCLUSIVE",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "BEGIN IMMEDIATE",
    "COMMIT",
)

Reached = Callable[[str], None]  # is told how far it has come


def rekey(path: Path, old: bytes, new: bytes, reached: Reached) -> None:
    """Encrypt the replica at `path` under `new` (32 bytes); `old` opens it no more.

    Raises: Refused `replica.rekey.in_use` where somebody has it open; Damaged
    `replica.disk_full` (looked for before anything is written), `replica.unreadable`; Locked.
    Then the old key is still the one.
    """
    _demand_room(path)
    try:
        with closing(_connected(path)) as connection:
            unlock(connection, old.hex())
            _alone(connection)
            connection.execute(f"PRAGMA rekey = \"x'{new.hex()}'\"").fetchall()
            reached("rekey.logged")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except driver().DatabaseError as error:
        if disk.code_of(error) == disk.LOCKED:
            # Nobody else can be at it. The pragma says "ok" also where a page could not be
            # written, and leaves a transaction open that locks the log; closing takes it back.
            raise Damaged("replica.disk_full") from error
        raise disk.told(error, path) or Damaged("replica.unreadable") from error
    if not opens(path, new) or opens(path, old):
        raise Damaged("replica.unreadable")


def _demand_room(path: Path) -> None:
    if shutil.disk_usage(path.parent).free < path.stat().st_size * ROOM:
        raise Damaged("replica.disk_full")


def _connected(path: Path) -> Any:
    uri = f"{path.absolute().as_uri()}?mode=rw"
    return driver().connect(uri, uri=True, isolation_level=None)


def _alone(connection: Any) -> None:
    """Keep everybody out: in WAL mode a connection holds its lock for as long as it is open.

    Raises: Refused `replica.rekey.in_use`; Locked `replica.key` where the key is another one.
    """
    try:
        for statement in _ALONE:
            connection.execute(statement).fetchall()
    except driver().DatabaseError as error:
        code = disk.code_of(error)
        if code in {disk.BUSY, disk.LOCKED}:
            raise Refused("replica.rekey.in_use") from error
        if code == disk.NOT_A_DATABASE:
            raise Locked("replica.key") from error
        raise
