"""Beyond recovery at the server: the database's files are written anew from what is in them.

An emptied row leaves its former bytes in free pages and in the log until something else is
written there. SQLite: VACUUM and an emptied log leave none (as on the laptop, decision 0053).
PostgreSQL: VACUUM FULL writes the tables anew; its own log (pg_wal, and archives of it, which
are the keeper's) holds former states until it is recycled: nobody but the keeper can hasten that.
"""

from __future__ import annotations

import sqlite3

import sqlalchemy as sa

from server.store import tables as t
from server.store.database import NO_ROOM, REFUSED_BY_DISK, Database

# Those that hold content, or whose former rows did.
TABLES = (t.record, t.revision, t.receipt, t.quarantine, t.natural_key)
LOCK_TIMEOUT_S = 30
_MUST_WAIT = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, *REFUSED_BY_DISK)


def wipe(database: Database) -> bool:
    """Write the files anew; False where it must wait: others read or write for so long, or the
    disk has no room for a second copy.

    Writers wait meanwhile: seconds for 100,000 customers.
    """
    return _wipe_sqlite(database) if database.is_sqlite else _wipe_postgresql(database)


def _wipe_sqlite(database: Database) -> bool:
    held = database.engine.raw_connection()
    try:
        held.execute("VACUUM")
        ((busy, *_),) = held.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode in _MUST_WAIT:
            return False
        raise
    finally:
        held.close()
    return not busy


def _wipe_postgresql(database: Database) -> bool:
    names = ", ".join(table.name for table in TABLES)
    try:
        with database.engine.connect() as bare:
            connection = bare.execution_options(isolation_level="AUTOCOMMIT")
            connection.execute(sa.text(f"SET lock_timeout = '{LOCK_TIMEOUT_S}s'"))
            connection.execute(sa.text(f"VACUUM (FULL, ANALYZE) {names}"))
            _checkpoint(connection)
    except sa.exc.OperationalError as error:
        if getattr(error.orig, "sqlstate", None) in ("55P03", NO_ROOM):  # lock_not_available
            return False
        raise
    return True


def _checkpoint(connection: sa.Connection) -> None:
    """Let the former files go now; a user who may not order it gets it with the next one."""
    try:
        connection.execute(sa.text("CHECKPOINT"))
    except sa.exc.ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) != "42501":  # insufficient_privilege
            raise
