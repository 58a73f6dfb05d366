"""How far each stream has been read, and the totals of what is held of it.

Totals speak of the server layer and are carried along: new minus old, in the transaction
that changes a record. `recount` adds them up again from the stored hashes.
"""

# Table and column names come from kinds, never from a person.
# ruff: noqa: S608

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from crm.domain.kind import ID
from crm.records.canonical import DIGEST_MODULUS, digest_of, digest_text
from desktop.services.ports import Granted, StreamState
from desktop.storage.engine import execute_many
from desktop.storage.tables import Tables

_COLUMNS = "stream, number, scan, base, baselining, live, digest, writable"
# What is no number or digest is damage: it equals nothing that a server tells, and is read anew.
_DAMAGED = -1
_DIGEST = re.compile(r"[0-9a-f]{32}")
_POSITION = re.compile(rf"([0-9]{{1,3}}:{ID.pattern})?")
_FIRST, _AGAIN = 2, 1  # baselining: of a stream that was empty here; of one that was not


class Totals:
    """Changes of live counts and digests, by stream."""

    def __init__(self) -> None:
        self.live: dict[str, int] = defaultdict(int)
        self.digest: dict[str, int] = defaultdict(int)

    def add(self, stream: str, content_hash: bytes) -> None:
        self.live[stream] += 1
        self.digest[stream] += int.from_bytes(content_hash, "big")

    def take(self, stream: str, content_hash: bytes) -> None:
        self.live[stream] -= 1
        self.digest[stream] -= int.from_bytes(content_hash, "big")


# What `tidy` puts right, in one look.
_WRONG = (
    "stream IS NULL OR stream GLOB '*[^a-z0-9:-]*' OR stream NOT GLOB '[a-z]*'"
    " OR digest GLOB '*[^0-9a-f]*' OR scan GLOB '*[^0-9a-f:-]*'"
    " OR typeof(number) <> 'integer' OR typeof(live) <> 'integer'"
    " OR typeof(baselining) <> 'integer' OR typeof(writable) <> 'integer'"
    " OR typeof(base) NOT IN ('integer', 'null')"
)


class Cursors:
    """The table `cursor`."""

    def __init__(self, connection: sa.Connection, tables: Tables) -> None:
        self._connection = connection
        self._tables = tables

    def tidy(self) -> None:
        """Take out what cannot be what it should be, before anything is read: a stream of such a
        name leaves, and is read anew if it is granted."""
        wrong = self._connection.exec_driver_sql(f"SELECT 1 FROM cursor WHERE {_WRONG} LIMIT 1")
        if wrong.first() is None:
            return
        self._connection.exec_driver_sql(
            "DELETE FROM cursor WHERE stream IS NULL OR stream GLOB '*[^a-z0-9:-]*'"
            " OR stream NOT GLOB '[a-z]*'"
        )
        for column, marks in (("digest", "0-9a-f"), ("scan", "0-9a-f:-")):
            self._connection.exec_driver_sql(
                f"UPDATE cursor SET {column} = '' WHERE {column} GLOB '*[^{marks}]*'"
            )
        wholes = {"number": -1, "live": _DAMAGED, "baselining": 0, "writable": 0}
        for column, otherwise in wholes.items():
            self._connection.exec_driver_sql(
                f"UPDATE cursor SET {column} = {otherwise} WHERE typeof({column}) <> 'integer'"
            )
        self._connection.exec_driver_sql(
            "UPDATE cursor SET base = NULL WHERE typeof(base) NOT IN ('integer', 'null')"
        )

    def all(self) -> dict[str, StreamState]:
        rows = self._connection.exec_driver_sql(f"SELECT {_COLUMNS} FROM cursor ORDER BY stream")
        return {row[0]: _state(row) for row in rows}

    def get(self, stream: str) -> StreamState | None:
        row = self._connection.exec_driver_sql(
            f"SELECT {_COLUMNS} FROM cursor WHERE stream = ?",
            (stream,),
        ).first()
        return None if row is None else _state(row)

    def put(self, state: StreamState) -> None:
        self._connection.exec_driver_sql(
            f"INSERT OR REPLACE INTO cursor ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                state.stream,
                state.number,
                state.scan,
                state.base,
                (_FIRST if state.fresh else _AGAIN) if state.baselining else 0,
                state.live,
                digest_text(state.digest),
                int(state.writable),
            ),
        )

    def move(self, stream: str, number: int) -> None:
        """Let a stream be read on from `number`: what is held is what the server holds there."""
        self._connection.exec_driver_sql(
            "UPDATE cursor SET number = ? WHERE stream = ?", (number, stream)
        )

    def drop(self, stream: str) -> None:
        self._connection.exec_driver_sql("DELETE FROM cursor WHERE stream = ?", (stream,))

    def grant(self, granted: Mapping[str, Granted]) -> None:
        """Remember granted streams, and whether they may be written to."""
        execute_many(
            self._connection,
            "INSERT INTO cursor (stream, number, baselining, live, digest, writable)"
            " VALUES (?, -1, 0, 0, ?, ?)"
            " ON CONFLICT (stream) DO UPDATE SET writable = excluded.writable",
            [(name, digest_text(0), int(stream.write)) for name, stream in granted.items()],
        )

    def carry(self, totals: Totals) -> None:
        """Add what a transaction changed to the totals of the streams that are read."""
        for stream in totals.live:
            state = self.get(stream)
            if state is None:  # a row that damage has moved to a stream that does not exist
                continue
            self.set_totals(
                stream,
                state.live + totals.live[stream],
                (state.digest + totals.digest[stream]) % DIGEST_MODULUS,
            )

    def set_totals(self, stream: str, live: int, digest: int) -> None:
        self._connection.exec_driver_sql(
            "UPDATE cursor SET live = ?, digest = ? WHERE stream = ?",
            (live, digest_text(digest), stream),
        )

    def hashes(self, stream: str) -> Iterator[tuple[str, bytes]]:
        """Yield (id, content hash) of each record of the server layer in a stream."""
        for table in self._tables:
            yield from _pairs(self._connection, table.name, "id", stream)
        yield from _pairs(self._connection, "shadow", "record", stream)

    def recount(self, stream: str) -> None:
        """Add the totals up again from the stored hashes."""
        found = [content_hash for _, content_hash in self.hashes(stream)]
        self.set_totals(stream, len(found), digest_of(found))


def _pairs(
    connection: sa.Connection, table: str, key: str, stream: str
) -> Iterator[tuple[str, bytes]]:
    rows = connection.exec_driver_sql(
        f'SELECT {key}, hash FROM "{table}" WHERE stream = ? AND hash IS NOT NULL',
        (stream,),
    )
    yield from ((row[0], row[1]) for row in rows)


def _whole(value: object) -> int:
    return value if type(value) is int else _DAMAGED


def _state(row: Sequence[Any]) -> StreamState:
    stream, number, scan, base, baselining, live, digest, writable = row
    return StreamState(
        stream=stream,
        number=_whole(number),
        scan=scan if scan is None or _POSITION.fullmatch(str(scan)) else "",
        base=None if base is None or type(base) is not int else base,
        baselining=bool(baselining),
        fresh=baselining == _FIRST,
        live=_whole(live),
        digest=int(digest, 16) if _DIGEST.fullmatch(str(digest)) else _DAMAGED,
        writable=bool(writable),
    )
