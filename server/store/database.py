"""One database, two engines: SQLite (embedded default) and PostgreSQL.

`writing()` is the only way to change anything: BEGIN IMMEDIATE on SQLite,
READ COMMITTED on PostgreSQL, where a snapshot older than the wait for a lock
would be stale. `snapshot()` reads one state and can write nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from crm.domain.errors import UserError

# PostgreSQL's classes of SQLSTATE: what another try, or a short wait, may mend.
COLLISIONS = ("40",)  # deadlock, serialization
NO_ROOM = "53100"  # PostgreSQL: disk_full
REFUSED_BY_DISK = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_READONLY)
TROUBLES = ("08", "53", "55P03", "57P")  # connection, resources, lock not to be had, shutdown
DRIVERS = {
    "sqlite": "sqlite",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
BUSY_TIMEOUT_MS = 30_000
SQLITE_PRAGMAS = (
    f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}",  # first: turning WAL on may have to wait
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA cache_size=-65536",
    "PRAGMA temp_store=MEMORY",
)


Rows = list[dict[str, Any]]


class Collided(UserError):
    """Two writers met, and this one lost: run the transaction again, from the beginning."""

    def __init__(self) -> None:
        super().__init__("server.busy")


class Database:
    """A store of the server: hands out connections, knows its dialect."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._writing: dict[str, Any] = {"isolation_level": "READ COMMITTED"}
        if self.is_sqlite:
            self._writing = {"sqlite_begin": "BEGIN IMMEDIATE"}

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that may write; commits at the end, rolls back on any error.

        Raises: Collided; UserError `server.busy` when the database cannot be had just now,
        `server.full` when the disk takes no more.
        """
        with _translated(), self.engine.connect() as bare:
            connection = bare.execution_options(**self._writing)
            with connection.begin():
                yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """One state of the whole database, for reading only. Raises: UserError `server.busy`."""
        options: dict[str, Any] = {"sqlite_begin": "BEGIN DEFERRED"}
        if not self.is_sqlite:
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with _translated(), self.engine.connect() as bare:
            connection = bare.execution_options(**options)
            with connection.begin():
                yield connection

    # Rows are whole: every column of the table, by name.

    def insert(self, connection: Connection, table: sa.Table, rows: Rows) -> None:
        """Insert rows; one that is there already is an IntegrityError."""
        self._write(connection, table, rows, "")

    def upsert(self, connection: Connection, table: sa.Table, rows: Rows) -> None:
        """Insert rows, or replace those already there. None comes twice."""
        keys = [column.name for column in table.primary_key]
        changed = [f'"{c.name}" = excluded."{c.name}"' for c in table.c if c.name not in keys]
        target = ", ".join(keys)
        conflict = f" ON CONFLICT ({target}) DO UPDATE SET {', '.join(changed)}"
        self._write(connection, table, rows, conflict)

    def add_missing(self, connection: Connection, table: sa.Table, rows: Rows) -> None:
        """Insert rows, and leave alone those already there."""
        self._write(connection, table, rows, " ON CONFLICT DO NOTHING")

    def _write(self, connection: Connection, table: sa.Table, rows: Rows, conflict: str) -> None:
        if not rows:
            return
        names = ", ".join(f'"{c.name}"' for c in table.c)
        into = f"INSERT INTO {table.name} ({names})"
        if self.is_sqlite:
            places = ", ".join(f":{c.name}" for c in table.c)
            connection.execute(sa.text(f"{into} VALUES ({places}){conflict}"), rows)
        else:
            statement = sa.text(f"{into} {_from_json(table, connection.dialect)}{conflict}")
            connection.execute(statement, {"rows": _json(rows)})

    def dispose(self) -> None:
        self.engine.dispose()


def _from_json(table: sa.Table, dialect: sa.Dialect) -> str:
    """Return a SELECT of rows that come as one JSON text.

    To PostgreSQL that is half the time of a statement a row, and a tenth of our own.
    """
    columns = ", ".join(f'"{c.name}" {_type_in_json(c, dialect)}' for c in table.c)
    values = ", ".join(_value_from_json(c) for c in table.c)
    return f"SELECT {values} FROM json_to_recordset(CAST(:rows AS json)) AS row({columns})"  # noqa: S608


def _type_in_json(column: sa.Column[Any], dialect: sa.Dialect) -> str:
    return "text" if _is_binary(column) else column.type.compile(dialect=dialect)


def _value_from_json(column: sa.Column[Any]) -> str:
    value = f'row."{column.name}"'
    return f"decode({value}, 'hex')" if _is_binary(column) else value


def _is_binary(column: sa.Column[Any]) -> bool:
    return isinstance(column.type, sa.LargeBinary)


def _json(rows: Rows) -> str:
    return orjson.dumps(rows, default=bytes.hex).decode()


@contextmanager
def _translated() -> Iterator[None]:
    """Tell what passes by itself from what is wrong."""
    try:
        yield
    except sa.exc.TimeoutError as error:  # every connection of the pool is in use
        raise UserError("server.busy") from error
    except sa.exc.OperationalError as error:
        code = getattr(error.orig, "sqlstate", None) or ""
        if code.startswith(COLLISIONS):
            raise Collided from error
        if code == NO_ROOM or _is_full(error):
            raise UserError("server.full") from error
        if error.connection_invalidated or code.startswith(TROUBLES) or _is_locked(error):
            raise UserError("server.busy") from error
        raise


def _is_full(error: sa.exc.OperationalError) -> bool:
    """Tell whether the disk took no more; a file that may not grow says so as an I/O error."""
    held = error.orig
    return isinstance(held, sqlite3.Error) and held.sqlite_errorcode in REFUSED_BY_DISK


def _is_locked(error: sa.exc.OperationalError) -> bool:
    held = error.orig
    return isinstance(held, sqlite3.Error) and held.sqlite_errorcode == sqlite3.SQLITE_BUSY


def _engine(url: str) -> Engine:
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError as error:
        raise UserError("database.url") from error
    if parsed.drivername not in DRIVERS:
        raise UserError("database.url")
    parsed = parsed.set(drivername=DRIVERS[parsed.drivername])
    engine = sa.create_engine(parsed, hide_parameters=True, pool_pre_ping=False)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _: object) -> None:
    # Transactions are opened by Database, not by the driver's guess.
    connection.isolation_level = None
    for pragma in SQLITE_PRAGMAS:
        connection.execute(pragma)


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))


def reachable(database: Database) -> None:
    """Raise UserError `database.unreachable` when the database cannot be asked."""
    try:
        with database.engine.connect() as connection:
            connection.execute(sa.text("SELECT 1"))
    except sa.exc.DBAPIError as error:
        raise UserError("database.unreachable", reason=type(error.orig).__name__) from error
