"""Two sessions of PostgreSQL, held where a test wants them: by real locks, not by waiting."""

from __future__ import annotations

from contextlib import contextmanager
from time import monotonic

import pytest
import sqlalchemy as sa

from server.exchange import handover

PATIENCE_S = 20


@contextmanager
def accepted_but_not_committed(laptop, *operations):
    """A page that is settled; its transaction ends with the block."""
    page = laptop.numbered(operations)
    with laptop.world.database.writing() as connection:
        yield laptop.world.exchange._settle(connection, laptop.actor, page, frozenset())


@contextmanager
def moved_but_not_committed(world, roots, from_stream, to_stream):
    """Families that have moved; the transaction ends with the block."""
    actor = world.hand().actor
    transfer = handover.Transfer(roots=tuple(roots), to_stream=to_stream, from_stream=from_stream)
    both = frozenset([from_stream, to_stream])
    with world.database.writing() as connection:
        yield handover.move_locked(world.exchange, connection, actor, transfer, both)


def wait_until_blocked(world, writers=1):
    """Return once so many transactions wait for somebody's lock."""
    waiting = sa.text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    until = monotonic() + PATIENCE_S
    while monotonic() < until:
        with world.database.snapshot() as connection:
            if connection.execute(waiting).scalar_one() >= writers:
                return
    pytest.fail("nobody waits for a lock")
