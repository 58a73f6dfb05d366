"""Becoming a new incarnation, in the replica: everything retained goes back into the queue.

What is seen must not change by that. An operation that has come back is in the server layer
already; it is marked `covered` and not laid over again, so that what a colleague wrote since
stays in sight. The mark goes when the server turns out to be older than that operation: then it
is an edit that waits, like any other.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from desktop.services.ports import Granted
from desktop.storage.cursors import Cursors
from desktop.storage.pages import Pages

LEASES = ("seat_lease",)  # tables of what only one incarnation may hold


def requeue_all(connection: sa.Connection) -> dict[str, str]:
    """Put every retained operation back into the queue; return the outcomes that some had.

    By seq they keep their order. What was set aside stays aside; numbers are given anew. None
    can be withdrawn as if it had never been (`has_left`): where this is a copy, the original may
    have sent it.
    """
    told = connection.exec_driver_sql(
        "SELECT id, outcome FROM op WHERE state IN ('settled', 'echoed')"
    ).all()
    connection.exec_driver_sql(
        "UPDATE op SET covered = CASE WHEN state = 'echoed' THEN 1 ELSE covered END,"
        " was = coalesce(version, was), number = NULL, version = NULL, settled_at = NULL,"
        " outcome = CASE WHEN outcome = 'later' THEN outcome END, reason = NULL,"
        " state = 'queued' WHERE state IN ('queued', 'sent', 'settled', 'echoed')"
    )
    connection.exec_driver_sql("UPDATE op SET number = NULL WHERE state <> 'queued'")
    count_as_left(connection)
    return {row[0]: str(row[1]) for row in told}


def count_as_left(connection: sa.Connection) -> None:
    """What waits here may be at the server already: undoing it takes an edit."""
    connection.exec_driver_sql("UPDATE op SET has_left = 1 WHERE has_left IS NULL")


def drop_leases(connection: sa.Connection) -> None:
    """Let go of what only the incarnation that it was given to may use."""
    for table in LEASES:
        connection.exec_driver_sql(f'DELETE FROM "{table}"')  # noqa: S608 - a constant


def reread(cursors: Cursors, pages: Pages, granted: Mapping[str, Granted]) -> int:
    """Begin a baseline of each stream that may not be what the server has; return how many.

    One with equal contents keeps its rows, and its cursor goes to the head that was told. All
    versions are forgotten before the first page comes: a record may have moved between streams.
    """
    scanned = 0
    for name, state in cursors.all().items():
        told = granted.get(name)
        if told is None or (state.number < 0 and not state.baselining):
            continue  # leaves as a whole; or has never been read
        if not state.baselining and (state.live, state.digest) == (told.live, told.digest):
            cursors.move(name, told.head)
        else:
            pages.start_scan(name)
            scanned += 1
    return scanned
