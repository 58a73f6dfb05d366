"""Opening the encrypted replica: SQLCipher under SQLAlchemy Core, explicit transactions.

The raw key goes in as the first statement of each connection; nothing here keeps it in a
URL, a log line or an error. Every transaction says at its start whether it will write.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from crm.domain.errors import Damaged, Locked, NotFound, Refused, UserError
from desktop.services.progress import Progress
from desktop.storage import disk

PAGE_BYTES = 4096  # SQLCipher 4's page
KEY_BYTES = 32
BUSY_TIMEOUT_MS = 15_000
CACHE_KIB = 64 * 1024
_STEPS = 50_000  # of SQLite's machine between two looks: a few milliseconds
LOAD_CACHE_KIB = 80 * 1024  # 128 MB took the process of 400,000 records over 300 MB
COPY_PAGES = 512  # between two looks at whether to stop: 2 MB
LOAD_WAL_PAGES = 32 * 1024  # 128 MB of log before it is copied into the file
_PLAIN = b"SQLite format 3\x00"
_WRITES, _BARE = "yizhan_writes", "yizhan_bare"

# An edit that was acknowledged survives a power cut: FULL waits for the disk at each commit.
# `secure_delete=FAST` overwrites what is deleted where that costs no extra write.
_PRAGMAS = (
    "PRAGMA cipher_memory_security = OFF",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    f"PRAGMA cache_size = -{CACHE_KIB}",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA foreign_keys = OFF",  # loose-keys
    "PRAGMA secure_delete = FAST",
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}",
)


def open_engine(path: Path, key: bytes, *, create: bool) -> sa.Engine:
    """Return an engine on the replica at `path`; `key` is 32 bytes.

    Raises: NotFound `replica.missing`, Refused `replica.exists`, Damaged `replica.not_encrypted`,
    `replica.cut_short`, `replica.unreadable` or `replica.disk_full`, Locked `replica.read_only`
    or `replica.key` (a wrong key and a first page that was overwritten look the same).
    """
    if len(key) != KEY_BYTES:
        raise ValueError("the replica's key has 32 bytes")
    _check_file(path, create=create)
    if create:
        _make_file(path)
    engine = _engine(path, key.hex())
    try:
        with reading(engine) as connection:
            connection.exec_driver_sql("SELECT count(*) FROM sqlite_master")
    except (sa.exc.DatabaseError, UserError) as error:
        engine.dispose()
        if not _first_page_opens(path, key.hex()):
            raise Locked("replica.key") from error
        if isinstance(error, UserError):
            raise
        raise Damaged("replica.unreadable") from error
    return engine


def _make_file(path: Path) -> None:
    try:
        path.touch(mode=0o600)  # the files beside it (-wal, -shm) take its mode
    except OSError as error:
        told = disk.refused_by_disk(error)
        if told is None:
            raise
        raise told from error


def _first_page_opens(path: Path, key_hex: str) -> bool:
    """Tell whether the key fits, whatever became of the other pages or of the disk.

    `immutable` reads the file alone: no log and no lock, for which a full disk has no room.
    """
    library = driver()
    connection = library.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True)
    try:
        unlock(connection, key_hex)
        connection.execute("PRAGMA user_version")
    except library.DatabaseError as error:
        return disk.code_of(error) != disk.NOT_A_DATABASE
    finally:
        connection.close()
    return True


def opens(path: Path, key: bytes) -> bool:
    """Tell whether `key` opens the replica as it stands, with what is in its log.

    Raises: Damaged, Locked or Refused for what the disk does.
    """
    library = driver()
    connection = library.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)
    try:
        unlock(connection, key.hex())
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except library.DatabaseError as error:
        if disk.code_of(error) == disk.NOT_A_DATABASE:
            return False
        raise disk.told(error, path) or Damaged("replica.unreadable") from error
    finally:
        connection.close()
    return True


def driver() -> Any:
    """Return the database library."""
    from sqlcipher3 import dbapi2  # type: ignore[import-untyped] # late: costs at start-up

    return dbapi2


def unlock(dbapi_connection: Any, key_hex: str) -> None:
    """Give a new connection its key, before any other statement."""
    dbapi_connection.execute("PRAGMA cipher_log_level = NONE")  # stderr is the user's
    dbapi_connection.execute(f"PRAGMA key = \"x'{key_hex}'\"")


def _check_file(path: Path, *, create: bool) -> None:
    size = path.stat().st_size if path.exists() else 0
    if create:
        if size:
            raise Refused("replica.exists")
        return
    if not size:
        raise NotFound("replica.missing")
    with path.open("rb") as file:
        if file.read(len(_PLAIN)) == _PLAIN:
            raise Damaged("replica.not_encrypted")
    if size % PAGE_BYTES:
        raise Damaged("replica.cut_short", bytes=size)


def _engine(path: Path, key_hex: str) -> sa.Engine:
    def connect() -> Any:
        """Open the file that is there: one that was destroyed is not made anew."""
        uri = f"{path.absolute().as_uri()}?mode=rw"
        return driver().connect(
            uri,
            uri=True,
            isolation_level=None,  # we say BEGIN ourselves
            check_same_thread=False,  # the pool lends a connection to one thread at a time
        )

    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)),
        module=driver(),
        hide_parameters=True,  # SQL errors quote no values
        creator=connect,
        pool_size=2,
    )

    @sa.event.listens_for(engine, "connect", insert=True)
    def connected(dbapi_connection: Any, _: object) -> None:
        unlock(dbapi_connection, key_hex)
        for pragma in _PRAGMAS:
            dbapi_connection.execute(pragma).fetchall()

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        options = connection.get_execution_options()
        if not options.get(_BARE, False):
            writes = options.get(_WRITES, False)
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def library_version() -> str:
    """Return the version of SQLite inside SQLCipher."""
    from sqlcipher3 import dbapi2  # late: costs at start-up

    return str(dbapi2.sqlite_version)


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Yield a connection in a transaction that holds the write lock from its start."""
    with (
        _translated(engine),
        engine.connect().execution_options(**{_WRITES: True}) as connection,
        connection.begin(),
    ):
        yield connection


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Yield a connection on one snapshot. Nothing may be written through it."""
    with _translated(engine), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def stoppable(connection: sa.Connection, stop: Progress | None) -> Iterator[None]:
    """Let a wish to `stop` interrupt the statements of a block. Raises: Cancelled."""
    if stop is None:
        yield
        return
    raw: Any = connection.connection.driver_connection
    raw.set_progress_handler(lambda: stop.stopping, _STEPS)
    try:
        yield
    except sa.exc.DBAPIError:
        stop.check()  # it was that; otherwise it was what it says
        raise
    finally:
        raw.set_progress_handler(None, 0)


def execute_many(
    connection: sa.Connection, statement: str, rows: Sequence[tuple[Any, ...]]
) -> None:
    """Run `statement` once a row; not at all for no rows, which the driver would misread."""
    if rows:
        connection.exec_driver_sql(statement, list(rows))


@contextmanager
def _translated(engine: sa.Engine) -> Iterator[None]:
    """Turn what the disk can do to a manager into errors that say so."""
    try:
        yield
    except Exception as error:
        cause = error.orig if isinstance(error, sa.exc.DatabaseError) else error
        told = None
        if isinstance(cause, driver().DatabaseError):  # also of what is asked of it directly
            told = disk.told(cause, Path(str(engine.url.database)))
        if told is None:
            raise
        raise told from error


@contextmanager
def loading(engine: sa.Engine) -> Iterator[None]:
    """Tune the pool's connections for a bulk load; what it cuts short is simply loaded again.

    Synchronous stays at NORMAL: in WAL mode a power cut loses the last pages, never the file.
    """
    with _translated(engine), engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        raw.execute("PRAGMA synchronous = NORMAL")
        raw.execute(f"PRAGMA cache_size = -{LOAD_CACHE_KIB}")
        raw.execute(f"PRAGMA wal_autocheckpoint = {LOAD_WAL_PAGES}")
    try:
        yield
    finally:
        engine.dispose()  # new connections start with the careful settings again


def wipe(engine: sa.Engine) -> bool:
    """Write the file anew from its living content and empty the log; tell whether all is done.

    `secure_delete` alone is not enough: it overwrites what is deleted from now on, but neither
    pages that were freed before nor what is left in a page when its rows move to another
    (measured: docs/decisions/0053-beyond-recovery.md). VACUUM builds each page again; it works
    in memory (`temp_store`), and so leaves nothing in a temporary file. The log is copied
    into the file and cut to nothing; False where somebody reads for so long that it cannot be.
    """
    with (
        _translated(engine),
        engine.connect().execution_options(**{_BARE: True}) as connection,
        connection.begin(),
    ):
        connection.exec_driver_sql("VACUUM")
        busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar_one()
    return not busy


def copy(source: sa.Engine, target: sa.Engine, progress: Progress) -> None:
    """Copy one state of `source` over `target`, page by page; both keep their keys.

    The transaction holds that state: without it each commit of somebody else would make the
    copying begin again. Reports bytes. Raises: Cancelled; Damaged.
    """

    def report(_: int, remaining: int, total: int) -> None:
        progress.step((total - remaining) * PAGE_BYTES, total * PAGE_BYTES)

    with _translated(target), reading(source) as old, target.connect() as new:
        old.exec_driver_sql("SELECT count(*) FROM sqlite_master")  # the state of this moment
        read: Any = old.connection.driver_connection
        write: Any = new.connection.driver_connection
        read.backup(write, pages=COPY_PAGES, progress=report)


def leave_log(engine: sa.Engine) -> bool:
    """Write the log into the file and do without one; False where others have the file open."""
    with _translated(engine), engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        raw.execute("PRAGMA busy_timeout = 500")
        try:
            (mode,) = raw.execute("PRAGMA journal_mode = DELETE").fetchone()
        except driver().OperationalError:
            return False
    return bool(mode == "delete")
