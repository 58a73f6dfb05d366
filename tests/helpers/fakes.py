"""Laptops for tests: a real encrypted replica in a folder, enrolled at a fake server."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone

from crm.domain.ids import new_id
from crm.domain.kinds import SCHEMA
from desktop.services.clock import SystemClock, TrustedTime
from desktop.services.ports import Identity
from desktop.storage.engine import reading, writing
from desktop.storage.migrations import MIGRATIONS
from desktop.storage.replica import FILE_NAME, Replica
from desktop.sync.engine import SyncEngine
from tests.helpers.laid_out import new_replica

NOON = datetime(2026, 3, 18, 12, 0, tzinfo=timezone(timedelta(hours=8)))


def a_key(seed="replica"):
    return hashlib.sha256(seed.encode()).digest()


def an_identity(user="manager", url="http://127.0.0.1:1", **changes):
    given = {
        "server_url": url,
        "server_key": "",
        "token": "practice-token",
        "enrolment": new_id(),
        "user": user,
        "name": "Practice",
        "branch": None,
        "role": "manager",
        "practice": True,
        "incarnation": new_id(),
        "baton": new_id(),
    }
    return Identity(**{**given, **changes})


class Laptop:
    """One replica with its engine; short names for what tests do all the time."""

    machine = SystemClock()  # whose clocks trusted time goes by
    _trusted = None

    def __init__(
        self,
        folder,
        server=None,
        user="manager",
        schema=SCHEMA,
        migrations=MIGRATIONS,
        deadline_s=10.0,
    ):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.server, self.user = folder, server, user
        self.schema, self.migrations, self.deadline_s = schema, migrations, deadline_s
        self.now = NOON
        self.replica = new_replica(
            folder / FILE_NAME, a_key(), schema, migrations, lambda: self.now
        )
        self.replica.enrolled(self._identity())

    def _identity(self):
        identity = an_identity(self.user)
        if self.server is None:
            return identity
        token = self.server.enrolled(self.user, identity.incarnation, identity.baton)
        return identity.but(
            server_url=self.server.url, token=token, server_key=self.server.server_key
        )

    def reopen(self, schema=None, migrations=None):
        """Close the file and open it again, perhaps with a newer program."""
        self.replica.close()
        self.schema, self.migrations = schema or self.schema, migrations or self.migrations
        self.replica = Replica.open(
            self.folder / FILE_NAME,
            a_key(),
            self.schema,
            migrations=self.migrations,
            clock=lambda: self.now,
        )
        self._trusted = None

    @property
    def trusted(self):
        """Trusted time by the clocks in `machine`."""
        if self._trusted is None:
            self._trusted = TrustedTime(self.machine, self.replica.marks)
        return self._trusted

    @property
    def engine(self):
        return SyncEngine(
            self.replica, self.folder, deadline_s=self.deadline_s, trusted=self.trusted
        )

    def sync(self, progress=None):
        return self.engine.sync(progress)

    def verify(self, **how):
        return self.engine.verify(**how)

    # --- the manager ---

    def create(self, kind, parent=None, home=None, **fields):
        with self.replica.unit_of_work() as uow:
            made = uow.create(kind, fields, parent=parent, home=home)
            uow.commit()
        return made

    def edit(self, record, **fields):
        with self.replica.unit_of_work() as uow:
            made = uow.edit(record, fields)
            uow.commit()
        return made

    def delete(self, record):
        with self.replica.unit_of_work() as uow:
            made = uow.delete(record)
            uow.commit()
        return made

    def fields(self, record):
        with self.replica.reader() as reader:
            return dict(reader.get(record).fields)

    def get(self, record):
        with self.replica.reader() as reader:
            return reader.get(record)

    def outbox(self, record=None):
        with self.replica.reader() as reader:
            return reader.outbox(record)

    def states(self):
        return [line.state for line in self.outbox()]

    # --- under the bonnet ---

    def rows(self, statement, *values):
        with reading(self.replica._engine) as connection:
            return [tuple(row) for row in connection.exec_driver_sql(statement, values)]

    def write(self, statement, *values):
        with writing(self.replica._engine) as connection:
            connection.exec_driver_sql(statement, values)

    def held(self):
        """Everything that can be seen: {id: (kind, stream, version, fields)}."""
        found = {}
        with self.replica.reader() as reader:
            for kind in self.schema.kinds:
                for record in reader.with_values(kind.name):
                    found[record.id] = (kind.name, record.stream, record.version, record.fields)
        return found


@contextmanager
def laptop_on(folder, server, **how):
    laptop = Laptop(folder, server, **how)
    try:
        yield laptop
    finally:
        laptop.replica.close()
