"""Where trusted time keeps its mark: inside the encrypted replica."""

from __future__ import annotations

import sqlalchemy as sa

from desktop.storage import engine as engines
from desktop.storage.own_state import OwnState

_MARK = "clock"


class ReplicaMarks:
    """Fills `services.clock.MarkStore`: each call is a transaction of its own."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def get(self) -> str | None:
        with engines.reading(self._engine) as connection:
            return mark_of(connection)

    def set(self, mark: str) -> None:
        with engines.writing(self._engine) as connection:
            put_mark(connection, mark)


def mark_of(connection: sa.Connection) -> str | None:
    found: str | None = OwnState(connection).get(_MARK)
    return found


def put_mark(connection: sa.Connection, mark: str) -> None:
    """Keep the mark in a transaction that is open."""
    OwnState(connection).put(_MARK, mark)
