"""Who this replica is, and small facts about itself: JSON values by name."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from typing import Any

import orjson
import sqlalchemy as sa

from crm.domain.errors import NotFound
from desktop.services.ports import Identity

VIEWED_MOST = 20  # customers remembered as looked at last
_VIEWED = "viewed"
_IDENTITY = tuple(spec.name for spec in dataclasses.fields(Identity))


class OwnState:
    """The table `self`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def get(self, name: str, default: Any = None) -> Any:
        found = self._connection.exec_driver_sql("SELECT value FROM self WHERE name = ?", (name,))
        row = found.first()
        return default if row is None else orjson.loads(row[0])

    def put(self, name: str, value: object) -> None:
        self._connection.exec_driver_sql(
            "INSERT INTO self (name, value) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, orjson.dumps(value).decode()),
        )

    def viewed(self) -> tuple[str, ...]:
        """Return the ids of the customers looked at last, the latest first."""
        return tuple(self.get(_VIEWED, ()))

    def note_viewed(self, customer: str) -> None:
        """Put a customer first among those looked at last."""
        others = [known for known in self.viewed() if known != customer]
        self.put(_VIEWED, [customer, *others][:VIEWED_MOST])

    def forget_viewed(self, customers: Collection[str]) -> None:
        """Forget customers who have left."""
        known = self.viewed()
        kept = [customer for customer in known if customer not in customers]
        if len(kept) < len(known):
            self.put(_VIEWED, kept)

    def identity(self) -> Identity:
        """Return who this replica is. Raises: NotFound `replica.not_enrolled`."""
        stored = self.get("identity")
        if stored is None:
            raise NotFound("replica.not_enrolled")
        return Identity(**stored)

    def put_identity(self, identity: Identity) -> None:
        self.put("identity", {name: getattr(identity, name) for name in _IDENTITY})
