"""The epoch: a name for one uninterrupted life of the server's data.

It changes when a dump is restored: by our own command, or when the database turns out to be
another one, or to know less than its witness. It only hastens what numbers, batons and digests
would find anyway; a false alarm costs each laptop one comparison.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crm.domain.errors import UserError
from crm.domain.ids import new_id
from server.exchange import erasing, revoking, seat_acts
from server.exchange.accept import Exchange
from server.exchange.failpoints import failpoint
from server.store import people, witness
from server.store.database import Database

CHECK_EVERY_S = 30.0  # of serving; each is three small sums

log = logging.getLogger("yizhan.server")


class Epoch:
    """Knows the epoch of one database, and looks whether it still is the same database."""

    def __init__(
        self,
        exchange: Exchange,
        folder: Path,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._exchange = exchange
        self._database = exchange.database
        self._folder = folder
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._known = ""
        self.frozen = False  # as it was last read: whether seats may be frozen (`freeze`)
        self._checked = 0.0
        self.check()

    def known(self) -> str:
        """Return the epoch as it was last read. Never waits."""
        return self._known

    def current(self) -> str:
        """Return the epoch as it is: another process may have restored a dump."""
        try:
            with self._database.snapshot() as connection:
                state = people.state(connection)
        except (UserError, sa.exc.SQLAlchemyError):  # told with the error that this leads to
            return self._known
        if state is not None:
            self._known, self.frozen = str(state["epoch"]), state["frozen_until"] is not None
        return self._known

    def check_if_due(self) -> None:
        """Look again if that is some time ago; one at a time, the others go on meanwhile."""
        if self._monotonic() - self._checked < CHECK_EVERY_S:
            return
        if not self._lock.acquire(blocking=False):
            return
        try:
            self._look()
        except OSError as error:  # serving goes on: the witness only hastens things
            log.warning("the witness cannot be written: %s", type(error).__name__)
        finally:
            self._lock.release()

    def check(self) -> None:
        """Look now, and carry out what the list of revoked devices says.

        Raises: UserError `database.uninitialised`; OSError where the witness cannot be written.
        """
        with self._lock:
            with self._database.writing() as connection:
                revoking.carry_out(self._database, connection, self._folder)
                erasing.carry_out(self._exchange, connection, self._folder)
            self._look()

    def _look(self) -> None:
        """The witness is read first, so that what is read after it can only know more."""
        self._checked = self._monotonic()
        earlier = witness.read(self._folder)
        with self._database.snapshot() as connection:
            seen, stored = _seen(self._database, connection)
        if stored is None or stored != seen.fingerprint or not _follows(seen, earlier):
            seen = self._another(seen, first=stored is None and earlier is None)
        self._known = seen.epoch
        witness.write(self._folder, seen)

    def _another(self, found: witness.Seen, *, first: bool) -> witness.Seen:
        """Begin a new epoch, unless this is the first look ever or somebody else was faster."""
        with self._database.writing() as connection:
            people.state(connection, lock=True)  # of two who found it out at once, one begins it
            seen, _ = _seen(self._database, connection)
            if first:
                people.update_state(connection, fingerprint=seen.fingerprint)
            elif seen.epoch == found.epoch:
                log.warning("the database is not what it was: a new epoch")
                seen = renew(self._exchange, connection)
            failpoint("epoch.before_commit")
        failpoint("epoch.committed")
        return seen


def _seen(database: Database, connection: Connection) -> tuple[witness.Seen, str | None]:
    """Return what is to be seen, and the fingerprint that is stored."""
    state = people.state(connection)
    if state is None:
        raise UserError("database.uninitialised")
    stored = state["fingerprint"]
    return witness.look(database, connection, str(state["epoch"]), stored), stored


def _follows(seen: witness.Seen, earlier: witness.Seen | None) -> bool:
    return earlier is not None and seen.follows(earlier)


def renew(exchange: Exchange, connection: Connection) -> witness.Seen:
    """Begin a new epoch in this transaction, and the freeze that belongs to it (`freeze`)."""
    seen = witness.look(exchange.database, connection, new_id(), None)
    seat_acts.freeze(exchange.database, connection, exchange.schema, exchange.now())
    people.update_state(connection, epoch=seen.epoch, fingerprint=seen.fingerprint)
    return seen


def begin(database: Database, *, practice: bool, schema_version: int) -> None:
    """Write the server's row: its first epoch."""
    with database.writing() as connection:
        people.set_state(
            database,
            connection,
            epoch=new_id(),
            frozen_until=None,
            practice=practice,
            schema_version=schema_version,
        )
