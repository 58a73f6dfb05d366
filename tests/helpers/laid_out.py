"""What every test would make anew and find the same: an empty store or replica, made once.

The migrations have tests of their own; all others begin with a copy of what they leave.
"""

from __future__ import annotations

import atexit
import shutil
import sqlite3
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from crm.domain.kind import Schema
from crm.domain.kinds import SCHEMA
from desktop.services.ports import Clock
from desktop.storage import engine as replica_engine
from desktop.storage.migrations import MIGRATIONS, Step
from desktop.storage.replica import FILE_NAME, Replica
from server.store import database as server_database
from server.store import schema
from server.store.database import Database

CAREFUL = replica_engine._PRAGMAS, server_database.SQLITE_PRAGMAS  # the product's own


def without_fsync() -> None:
    """Let nothing in this process wait for the disk: no test can cut the power.

    What a killed process has written is the system's, and stays.
    """
    replica_engine._PRAGMAS = _hastened(replica_engine._PRAGMAS)
    server_database.SQLITE_PRAGMAS = _hastened(server_database.SQLITE_PRAGMAS)


def _hastened(pragmas: Sequence[str]) -> tuple[str, ...]:
    off = {"PRAGMA synchronous = FULL", "PRAGMA synchronous=FULL"}
    return tuple("PRAGMA synchronous = OFF" if pragma in off else pragma for pragma in pragmas)


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="yizhan-laid-out-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def new_replica(
    path: Path, key: bytes, kinds: Schema, steps: Sequence[Step], clock: Clock
) -> Replica:
    """Make an empty replica, as Replica.create does."""
    if (kinds, steps) != (SCHEMA, MIGRATIONS):
        return Replica.create(path, key, kinds, migrations=steps, clock=clock)
    assert not path.exists()
    shutil.copy(_empty_replica(key), path)  # with its mode
    return Replica.open(path, key, kinds, migrations=steps, clock=clock)


@cache
def _empty_replica(key: bytes) -> Path:
    path = _folder() / key.hex() / FILE_NAME
    path.parent.mkdir()
    Replica.create(path, key, SCHEMA).close()
    return path


def new_store(path: Path) -> None:
    """Put a SQLite database of today's schema, without a server in it, to `path`."""
    shutil.copyfile(_empty_store(), path)


@cache
def _empty_store() -> Path:
    path = _folder() / "server.db"
    database = Database(f"sqlite:///{path}")
    schema.upgrade(database)
    database.dispose()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path


def bring_up_to_date(database: Database) -> None:
    """Run the migrations that are missing; ask first, which is quicker."""
    with database.snapshot() as connection:
        held = schema.current(connection)
    if held != schema.revisions()[-1]:
        schema.upgrade(database)
