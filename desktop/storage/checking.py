"""Recomputing what is stored: content against hashes, hashes against totals, roots against parents.

A record whose content does not give its hash is marked by that: its hash becomes what the
content gives, its bucket's sum then differs from the server's, and a repair brings it anew.
"""

# Table names come from kinds, never from a person.
# ruff: noqa: S608

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import sqlalchemy as sa

from crm.records.canonical import DIGEST_MODULUS, bucket, content_hash
from desktop.services.progress import Progress
from desktop.storage.cursors import Cursors
from desktop.storage.layers import Copy, copy_of, shadow_copies
from desktop.storage.tables import Tables

BUCKETS = 256
_STEP = 2000  # records between two reports


class Checking:
    """Finds damage in the server layer. Knows nothing of the server."""

    def __init__(self, connection: sa.Connection, tables: Tables, cursors: Cursors) -> None:
        self._connection = connection
        self._tables = tables
        self._cursors = cursors

    def sums(self, stream: str) -> list[int]:
        """Return the 256 bucket sums of the stored hashes of a stream."""
        sums = [0] * BUCKETS
        for record, stored in self._cursors.hashes(stream):
            sums[bucket(record)] += int.from_bytes(stored, "big")
        return [value % DIGEST_MODULUS for value in sums]

    def rehash(self, progress: Progress) -> dict[str, set[int]]:
        """Recompute every hash from content; return the damaged buckets by stream.

        Totals are added up again. Nothing but hashes and totals is changed.
        """
        damaged: dict[str, set[int]] = defaultdict(set)
        wrong: list[tuple[bytes, str, str]] = []
        total = sum(state.live for state in self._cursors.all().values())
        for done, (place, copy) in enumerate(self._served()):
            if done % _STEP == 0:
                progress.step(min(done, total), total)
            made = content_hash(copy.id, copy.kind, copy.version, copy.parent, copy.fields)
            if made != copy.hash:
                damaged[copy.stream].add(bucket(copy.id))
                wrong.append((made, copy.id, place))
        self._correct(wrong)
        for stream, record in self._wrong_roots():
            damaged[stream].add(bucket(record))
        for stream in self._cursors.all():
            self._cursors.recount(stream)
        return dict(damaged)

    def _served(self) -> Iterator[tuple[str, Copy]]:
        for table in self._tables:
            rows = self._connection.exec_driver_sql(f"{table.select_sql} WHERE hash IS NOT NULL")
            yield from ((table.name, copy_of(table, row)) for row in rows)
        yield from (("shadow", c) for c in shadow_copies(self._connection) if c.hash is not None)

    def _correct(self, wrong: list[tuple[bytes, str, str]]) -> None:
        for made, record, place in wrong:
            key = "record" if place == "shadow" else "id"
            self._connection.exec_driver_sql(
                f'UPDATE "{place}" SET hash = ? WHERE {key} = ?', (made, record)
            )

    def _wrong_roots(self) -> Iterator[tuple[str, str]]:
        """Yield (stream, id) of records whose root, which no hash covers, is not their parent's."""
        for table in self._tables:
            own = f'"{table.name}"'
            yield from self._pairs(
                f"SELECT stream, id FROM {own}"
                " WHERE parent IS NULL AND root <> id AND hash IS NOT NULL"
            )
            for above in self._tables:
                yield from self._pairs(
                    f'SELECT c.stream, c.id FROM {own} AS c JOIN "{above.name}" AS p'
                    " ON p.id = c.parent WHERE c.root <> p.root AND c.hash IS NOT NULL"
                )

    def _pairs(self, statement: str) -> list[tuple[str, str]]:
        return [(row[0], row[1]) for row in self._connection.exec_driver_sql(statement)]
