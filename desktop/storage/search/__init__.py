"""Finding customers by whatever a manager has at hand: name, pinyin, phone, place, number.

The index lies inside the encrypted replica and is written in the transaction of the change
that it follows. Nothing here logs; nothing leaves the replica but hits. docs/search.md tells
what is found, how, and what it costs.
"""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from desktop.services.progress import Progress
from desktop.storage.search.finding import Hit, find
from desktop.storage.search.index import create_tables, drop, rebuild, update

__all__ = ["CustomerSearch", "Hit", "create_tables", "drop", "find", "rebuild", "update"]


class CustomerSearch:
    """The index of one replica in one transaction: the functions of this package as one port."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    @staticmethod
    def create_tables(connection: sa.Connection) -> None:
        create_tables(connection)

    @staticmethod
    def drop(connection: sa.Connection) -> None:
        drop(connection)

    def rebuild(self, progress: Progress | None = None) -> None:
        rebuild(self._connection, progress)

    def update(self, ids: Collection[str]) -> None:
        update(self._connection, ids)

    def find(self, query: str, limit: int = 50) -> list[Hit]:
        return find(self._connection, query, limit)
