"""Seats that this laptop may give away with no network, and those that it has given.

A lease is one incarnation's: a fork drops it, a backup leaves it out (`forking.drop_leases`).
What was given away stays known as long as its operation does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import orjson
import sqlalchemy as sa

from desktop.services.ports import FreeSlot, Lease
from desktop.storage.engine import execute_many
from desktop.storage.tables import IN_JSON, json_list

MOST_WANTED = 50  # activities in one hello


class Seats:
    """The tables `seat_lease`, `seat_used` and `seat_wanted`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    # --- what to ask for ---

    def want(self, activity: str, slots: int) -> None:
        """Ask for so many free seats of an activity from the next hello on; 0: no more."""
        self._connection.exec_driver_sql(
            "INSERT INTO seat_wanted (activity, slots) VALUES (?, ?)"
            " ON CONFLICT (activity) DO UPDATE SET slots = excluded.slots",
            (activity, slots),
        )

    def wanted(self) -> dict[str, int]:
        """Return {activity: free seats wanted}, leases still held included with 0.

        Only the latest: wishes for what is long over would fill the question.
        """
        rows = self._connection.exec_driver_sql(
            "SELECT activity, slots FROM seat_wanted"
            " WHERE slots > 0 OR activity IN (SELECT activity FROM seat_lease)"
            " ORDER BY rowid DESC LIMIT ?",
            (MOST_WANTED,),
        )
        return {row[0]: row[1] for row in rows}

    def told(self, asked: Collection[str], leases: Iterable[Lease]) -> None:
        """Hold what the server told of these activities; what it did not tell is gone."""
        self._connection.exec_driver_sql(
            f"DELETE FROM seat_lease WHERE activity {IN_JSON}",  # noqa: S608
            (json_list(asked),),
        )
        execute_many(
            self._connection,
            "INSERT INTO seat_lease (id, activity, slots, until, token) VALUES (?, ?, ?, ?, ?)",
            [
                (one.id, one.activity, orjson.dumps(list(one.slots)).decode(), one.until, one.token)
                for one in leases
            ],
        )
        self._connection.exec_driver_sql(
            "DELETE FROM seat_used WHERE lease NOT IN (SELECT id FROM seat_lease)"
            " AND operation NOT IN (SELECT id FROM op)"
        )

    # --- giving them away ---

    def free(self, activity: str) -> tuple[FreeSlot, ...]:
        """Return the slots of an activity that were not given away, the longest held first.

        Whether a lease still holds is for trusted time to say.
        """
        rows = self._connection.exec_driver_sql(
            "SELECT l.id, s.value, l.until, l.token FROM seat_lease l, json_each(l.slots) s"
            " WHERE l.activity = ? AND NOT EXISTS"
            " (SELECT 1 FROM seat_used u WHERE u.lease = l.id AND u.slot = s.value)"
            " ORDER BY l.until DESC, l.id, s.key",
            (activity,),
        )
        return tuple(FreeSlot(lease=r[0], slot=r[1], until=r[2], token=r[3]) for r in rows)

    def use(self, slot: FreeSlot, operation: str) -> None:
        """Note that a slot was given away by this operation."""
        self._connection.exec_driver_sql(
            "INSERT INTO seat_used (lease, slot, operation, until) VALUES (?, ?, ?, ?)",
            (slot.lease, slot.slot, operation, slot.until),
        )

    def give_back(self, operations: Collection[str]) -> None:
        """These operations were withdrawn before they left: their slots are free again."""
        self._connection.exec_driver_sql(
            f"DELETE FROM seat_used WHERE operation {IN_JSON}",  # noqa: S608
            (json_list(operations),),
        )

    def until(self, operation: str) -> str | None:
        """Return until when the slot holds that this operation gave away."""
        row = self._connection.exec_driver_sql(
            "SELECT until FROM seat_used WHERE operation = ?", (operation,)
        ).first()
        return row[0] if row else None
