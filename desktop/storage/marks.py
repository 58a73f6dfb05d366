"""Where trusted time keeps its mark: inside the encrypted replica."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from crm.domain.instants import instant_text
from desktop.services.clock import Mark
from desktop.services.ports import Clock
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


def forget_before(connection: sa.Connection, clock: Clock, days: int) -> str:
    """Return the moment before which may be forgotten what is kept for so many days.

    By this computer's clock, but not by more than the server's last word bears out: a clock
    that was set years ahead forgets nothing. Raises: Damaged `clock.mark.damaged`.
    """
    now, mark = clock(), mark_of(connection)
    heard = Mark.parse(mark).heard if mark is not None else None
    if heard is not None:
        now = min(now, heard)
    return instant_text(now - timedelta(days=days))
