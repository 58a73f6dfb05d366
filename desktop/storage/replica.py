"""The replica: one encrypted file with what a manager may see, and what waits to be sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import sqlalchemy as sa

from crm.domain.kind import Schema
from desktop.services.clock import MarkStore, SystemClock, TrustedTime
from desktop.services.ports import Clock, Identity
from desktop.services.progress import Progress
from desktop.storage import engine as engines
from desktop.storage.forking import count_as_left, drop_leases
from desktop.storage.marks import ReplicaMarks
from desktop.storage.migrations import MIGRATIONS, Step, migrate
from desktop.storage.own_state import OwnState
from desktop.storage.search_port import SearchIndex
from desktop.storage.search_state import SearchState
from desktop.storage.sync_store import SqlSyncTransaction
from desktop.storage.tables import Tables, tables_of
from desktop.storage.unit_of_work import SqlReader, SqlUnitOfWork

FILE_NAME = "replica.db"


def local_now() -> datetime:
    """Return the laptop's time with its offset."""
    return datetime.now(UTC).astimezone()


class Replica:
    """An open replica. `unit_of_work` is what use cases take, `transaction` what sync takes."""

    def __init__(
        self, engine: sa.Engine, tables: Tables, index: type[SearchIndex], clock: Clock
    ) -> None:
        self._engine = engine
        self._tables = tables
        self._index = index
        self._clock = clock

    @classmethod
    def create(
        cls,
        path: Path,
        key: bytes,
        schema: Schema,
        *,
        migrations: Sequence[Step] = MIGRATIONS,
        index: type[SearchIndex] | None = None,
        clock: Clock = local_now,
    ) -> Replica:
        """Make a new, empty replica at `path`. Raises: Refused `replica.exists`."""
        engine = engines.open_engine(path, key, create=True)
        return cls._ready(engine, schema, migrations, index, clock)

    @classmethod
    def open(
        cls,
        path: Path,
        key: bytes,
        schema: Schema,
        *,
        migrations: Sequence[Step] = MIGRATIONS,
        index: type[SearchIndex] | None = None,
        clock: Clock = local_now,
    ) -> Replica:
        """Open a replica and bring it to today's shape.

        Raises: NotFound, Damaged or Locked as `open_engine`; Refused `replica.newer`.
        """
        engine = engines.open_engine(path, key, create=False)
        return cls._ready(engine, schema, migrations, index, clock)

    @staticmethod
    def fits(path: Path, key: bytes) -> bool:
        """Tell whether `key` opens the replica at `path`. Raises: Damaged, Locked, Refused."""
        return engines.opens(path, key)

    @staticmethod
    def rekey(path: Path, old: bytes, new: bytes, reached: Callable[[str], None]) -> None:
        """Encrypt the replica at `path`, which nobody has open, under another key.

        Raises: as `rekeying.rekey`.
        """
        from desktop.storage import rekeying

        rekeying.rekey(path, old, new, reached)

    @classmethod
    def _ready(
        cls,
        engine: sa.Engine,
        schema: Schema,
        migrations: Sequence[Step],
        index: type[SearchIndex] | None,
        clock: Clock,
    ) -> Replica:
        tables, index = tables_of(schema), index or _customer_search()
        try:
            with engines.writing(engine) as connection:
                migrate(connection, tables, migrations)
                SearchState(connection, index).open()
        except BaseException:
            engine.dispose()
            raise
        return cls(engine, tables, index, clock)

    def close(self) -> None:
        """Close the file. Open transactions of other threads end with an error."""
        self._engine.dispose()

    @cached_property
    def trusted(self) -> TrustedTime:
        """Trusted time by this machine's clocks: one for all who ask. Raises: Damaged."""
        return TrustedTime(SystemClock(), self.marks)

    @property
    def marks(self) -> MarkStore:
        """Where trusted time keeps its mark."""
        return ReplicaMarks(self._engine)

    @property
    def schema(self) -> Schema:
        return self._tables.schema

    def enrolled(self, identity: Identity) -> None:
        """Store who this replica is to its server."""
        with engines.writing(self._engine) as connection:
            OwnState(connection).put_identity(identity)

    def enrolled_again(self, new: Identity) -> None:
        """Be known to the same server under a new token; everything retained waits again."""
        with self.transaction() as tx:
            tx.fork()
            tx.put_identity(
                new.but(ca_file=tx.identity().ca_file, seal_key=tx.identity().seal_key, reread=True)
            )

    def identity(self) -> Identity:
        """Return who this replica is. Raises: NotFound `replica.not_enrolled`."""
        with engines.reading(self._engine) as connection:
            return OwnState(connection).identity()

    def damaged_pages(self) -> int:
        """Return how many pages fail their authentication code. Reads the whole file."""
        with engines.reading(self._engine) as connection:
            return len(connection.exec_driver_sql("PRAGMA cipher_integrity_check").all())

    @contextmanager
    def reader(self) -> Iterator[SqlReader]:
        """Yield one snapshot to read from. Waits for nobody."""
        with engines.reading(self._engine) as connection:
            yield SqlReader(connection, self._tables, SearchState(connection, self._index))

    @contextmanager
    def unit_of_work(self) -> Iterator[SqlUnitOfWork]:
        """Yield a writing transaction; what is not committed inside the block is undone."""
        with engines.writing(self._engine) as connection:
            search = SearchState(connection, self._index)
            uow = SqlUnitOfWork(connection, self._tables, search, self._clock)
            yield uow
            if not uow.committed:
                connection.rollback()

    @contextmanager
    def transaction(self, stop: Progress | None = None) -> Iterator[SqlSyncTransaction]:
        """Yield a writing transaction of the sync engine; it commits when the block ends.

        A wish to `stop` is heard in the midst of a statement: all is undone, and Cancelled raised.
        """
        with engines.writing(self._engine) as connection, engines.stoppable(connection, stop):
            search = SearchState(connection, self._index)
            transaction = SqlSyncTransaction(connection, self._tables, search, self._clock)
            yield transaction
            transaction.close()

    def copy_to(self, path: Path, key: bytes, progress: Progress | None = None) -> None:
        """Write a copy of one state of this replica, encrypted under `key`, to a new file.

        It is marked as a copy, and holds no seats. Others may read and write meanwhile. Reports
        bytes. Raises: as `open_engine` with create; Damaged; Cancelled.
        """
        target = engines.open_engine(path, key, create=True)
        try:
            engines.copy(self._engine, target, progress or Progress())
            with engines.writing(target) as connection:
                own = OwnState(connection)
                own.put_identity(own.identity().but(copied=True))
                drop_leases(connection)
                count_as_left(connection)
            engines.wipe(target)
        finally:
            target.dispose()

    def leave_log(self) -> bool:
        """Write the log into the file and do without one; False where others have it open."""
        return engines.leave_log(self._engine)

    def wipe(self) -> bool:
        """Write the file anew from what is in it, so that nothing else is (`engine.wipe`)."""
        return engines.wipe(self._engine)

    @contextmanager
    def loading(self) -> Iterator[None]:
        """Tune for a bulk load while the block lasts."""
        with engines.loading(self._engine):
            yield


def _customer_search() -> type[SearchIndex]:
    from desktop.storage.search import CustomerSearch

    return CustomerSearch
