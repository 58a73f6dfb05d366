"""Keeps the search index in step with the records, or says that it is not.

A first load would slow down by a factor if it kept the index up to date row by row. It drops
the index instead, in its first transaction, and rebuilds it at the end. Whatever ends it in
between, the mark `stale` stays: until the next save or the end of the next sync rebuilds the
index, a search reads every customer, which is slow and right.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from desktop.storage.own_state import OwnState
from desktop.storage.search_port import SearchIndex

_STALE = "search_stale"


class SearchState:
    """The search index of one replica, in one transaction."""

    def __init__(self, connection: sa.Connection, index: type[SearchIndex]) -> None:
        self._connection = connection
        self._own = OwnState(connection)
        self._index = index(connection)

    def open(self) -> None:
        """Have the tables of the index, or none while it is stale: searches see by that."""
        if self.stale:
            self._index.drop(self._connection)
        else:
            self._index.create_tables(self._connection)

    @property
    def stale(self) -> bool:
        return bool(self._own.get(_STALE, False))

    def mark_stale(self) -> None:
        """Leave the index behind from now on."""
        self._own.put(_STALE, True)
        self._index.drop(self._connection)

    def update(self, ids: Collection[str]) -> None:
        """Index these customers again."""
        if ids and not self.stale:
            self._index.update(ids)

    def make_ready(self) -> None:
        """Rebuild the index if a load has left it behind."""
        if self.stale:
            self._index.rebuild()
            self._own.put(_STALE, False)

    def find(self, query: str, limit: int) -> list[Any]:
        return self._index.find(query, limit)
