"""A chain as its rows hold it: how long it is, its heads and links, what the server said of it.

Receipts have one, the access log has one. Whoever writes a row gives it its place; here the rows
are only read.
"""

# Names in these statements are constants of those who make a `Chain`.
# ruff: noqa: S608

from __future__ import annotations

import sqlalchemy as sa

from crm.records import chain
from desktop.services.ports import ChainTip, ChainTold
from desktop.storage.own_state import OwnState


class Chain:
    """Rows of `table` with `n` (their place; none: not chained yet), `commitment` and `head`."""

    def __init__(self, connection: sa.Connection, table: str, told: str) -> None:
        self._connection, self._table, self._told = connection, table, told
        self._own = OwnState(connection)

    def tip(self) -> ChainTip:
        """Return the chain's length and head."""
        found = self._connection.exec_driver_sql(
            f"SELECT n, head FROM {self._table} WHERE n IS NOT NULL ORDER BY n DESC LIMIT 1"
        ).first()
        return ChainTip(0, chain.NO_HEAD) if found is None else ChainTip(found[0], found[1])

    def links_after(self, length: int) -> tuple[bytes, ...]:
        """Return the commitments behind the first `length`, as many as one hello carries."""
        rows = self._connection.exec_driver_sql(
            f"SELECT commitment FROM {self._table} WHERE n > ? ORDER BY n LIMIT ?",
            (length, chain.MOST_LINKS),
        )
        return tuple(row[0] for row in rows)

    def head_at(self, length: int) -> bytes | None:
        """Return the head that the chain had at a length; None where it was never so long."""
        if length == 0:
            return chain.NO_HEAD
        found = self._connection.exec_driver_sql(
            f"SELECT head FROM {self._table} WHERE n = ?", (length,)
        ).first()
        return None if found is None else bytes(found[0])

    def told(self) -> ChainTold | None:
        """Return what the server has said of this chain to this incarnation."""
        held = self._own.get(self._told)
        if not isinstance(held, dict) or held.get("incarnation") != self._incarnation():
            return None
        return ChainTold(held["length"], bytes.fromhex(held["head"]), bool(held["fits"]))

    def tell(self, told: ChainTold) -> None:
        """Keep what the server has said."""
        value = {"length": told.length, "head": told.head.hex(), "fits": told.fits}
        self._own.put(self._told, {"incarnation": self._incarnation(), **value})

    def _incarnation(self) -> str:
        return self._own.identity().incarnation
