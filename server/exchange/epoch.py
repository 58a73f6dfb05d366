"""The epoch: a name for one uninterrupted life of the server's data.

It changes when a dump is restored. It only hastens what numbers, batons and
digests would find anyway; finding restores by a witness comes with backup.
"""

from __future__ import annotations

from crm.domain.errors import UserError
from crm.domain.ids import new_id
from server.store import people
from server.store.database import Database


class Epoch:
    """Reads the epoch once: a restore restarts the server."""

    def __init__(self, database: Database) -> None:
        with database.snapshot() as connection:
            state = people.state(connection)
        if state is None:
            raise UserError("database.uninitialised")
        self._text = str(state["epoch"])

    def text(self) -> str:
        return self._text


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
