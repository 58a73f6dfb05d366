"""What the replica asks of a search index, and which records it must be told of."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Protocol

import sqlalchemy as sa

from desktop.services.progress import Progress

# Kinds whose text is found: a customer's own, and what hangs directly on its family's root.
OWN, OF_ROOT = "own", "root"
SEARCHED = {"customer": OWN, "contact_point": OF_ROOT}


class SearchIndex(Protocol):
    """Finds customers. Lives in the replica, in the transaction of whoever writes."""

    def __init__(self, connection: sa.Connection) -> None: ...

    @staticmethod
    def create_tables(connection: sa.Connection) -> None: ...

    @staticmethod
    def drop(connection: sa.Connection) -> None: ...

    def rebuild(self, progress: Progress | None = None) -> None: ...

    def update(self, ids: Collection[str]) -> None: ...

    def find(self, query: str, limit: int = 50) -> list[Any]: ...


class Touched:
    """Customers that a transaction has changed, for the search index."""

    def __init__(self) -> None:
        self.ids: set[str] = set()

    def add(self, kind: str, record: str, root: str) -> None:
        way = SEARCHED.get(kind)
        if way is not None:
            self.ids.add(record if way == OWN else root)
