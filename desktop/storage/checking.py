"""Recomputing what is stored: content against hashes, hashes against totals, roots against parents.

A record whose content does not give its hash is marked by that: its hash becomes what the
content gives, so that a comparison with the server finds it and brings it anew. A row that
cannot even be read is dropped: the server has it. Edits of one's own are never touched; they are
laid over their records again at the end.
"""

# Table names come from kinds, never from a person.
# ruff: noqa: S608

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from crm.domain.errors import UserError
from crm.domain.kind import ID, MAX_WHOLE
from crm.records.canonical import DIGEST_MODULUS, bucket, content_hash
from crm.records.pinyin import search_key
from desktop.services.progress import Progress
from desktop.storage.cursors import Cursors
from desktop.storage.engine import execute_many
from desktop.storage.layers import SEARCHED, SHADOW_SQL, Copy, copy_of, shadow_copy
from desktop.storage.outbox import UNSETTLED_SQL
from desktop.storage.tables import ASIDE, StoredTable, Tables

BUCKETS = 256
_STEP = 500  # records between two reports
_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, UserError)


@dataclass
class Damage:
    """What a recomputation found, all of it corrected as far as a laptop can by itself."""

    records: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # by stream
    dropped: int = 0  # rows that could not be read, or lay where nothing lies
    asides: list[str] = field(default_factory=list)  # customers whose search key is new
    wrong_asides: int = 0  # of these, how many had another one; a server need not send any
    dirty: dict[str, str] = field(default_factory=dict)  # {id: kind}: to be laid over again

    @property
    def count(self) -> int:
        return sum(map(len, self.records.values())) + self.dropped + self.wrong_asides


@dataclass
class _Corrections:
    """What one table needs; written only when all of it has been read."""

    useless: list[object] = field(default_factory=list)  # keys of rows
    hashes: dict[str, bytes] = field(default_factory=dict)
    asides: dict[str, str] = field(default_factory=dict)

    def compare(self, copy: Copy, damage: Damage) -> None:
        made = content_hash(copy.id, copy.kind, copy.version, copy.parent, copy.fields)
        if made != copy.hash:
            damage.records[copy.stream].add(copy.id)
            self.hashes[copy.id] = made
        elif copy.kind == SEARCHED:
            wanted = search_key(str(copy.fields.get("name") or ""))
            if copy.aside != wanted:
                self.asides[copy.id] = wanted
                damage.wrong_asides += copy.aside is not None


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

    def held(self, stream: str, buckets: Collection[int]) -> list[tuple[str, bytes]]:
        """Return (id, hash) of what is held of some buckets of a stream."""
        wanted = frozenset(buckets)
        return [each for each in self._cursors.hashes(stream) if bucket(each[0]) in wanted]

    def rehash(self, progress: Progress) -> Damage:
        """Recompute every hash from content, and add totals up again."""
        damage = Damage()
        with _any_text(self._connection):
            for table in self._tables:
                self._check_table(table, damage, progress)
            self._check_shadows(damage)
        for stream, record in self._wrong_roots():
            damage.records[stream].add(record)
        for stream in self._cursors.all():
            self._cursors.recount(stream)
        damage.dirty = self._dirty()
        return damage

    # --- rows ---

    def _check_table(self, table: StoredTable, damage: Damage, progress: Progress) -> None:
        """A row without a hash is one's own edit, over a shadow; without that it is nobody's."""
        streams = self._cursors.all().keys()
        total = sum(state.live for state in self._cursors.all().values())
        shadows = {row[0] for row in self._connection.exec_driver_sql("SELECT record FROM shadow")}
        found = _Corrections()
        for done, row in enumerate(self._connection.exec_driver_sql(table.select_sql)):
            if done % _STEP == 0:
                progress.step(min(done, total), total)
            if row[5] is None:  # hash
                found.useless += [row[0]] if row[0] not in shadows else []
                continue
            copy = _read(table, row)
            if copy is None or copy.stream not in streams:
                found.useless.append(row[0])
            else:
                found.compare(copy, damage)
        self._correct(table.name, "id", found, damage)

    def _check_shadows(self, damage: Damage) -> None:
        streams = self._cursors.all().keys()
        found = _Corrections()
        for row in self._connection.exec_driver_sql(SHADOW_SQL):
            copy = _read_shadow(row)
            if copy is None or (copy.hash is not None and copy.stream not in streams):
                found.useless.append(row[0])
            elif copy.hash is not None:
                found.compare(copy, damage)
        self._correct("shadow", "record", found, damage)

    def _correct(self, place: str, key: str, found: _Corrections, damage: Damage) -> None:
        aside = ASIDE if key == "id" else "aside"
        for column, values in (("hash", found.hashes), (aside, found.asides)):
            execute_many(
                self._connection,
                f'UPDATE "{place}" SET "{column}" = ? WHERE {key} = ?',
                [(value, record) for record, value in values.items()],
            )
        damage.asides += found.asides
        damage.dropped += len(found.useless)
        self._drop(place, key, found.useless)

    def _drop(self, place: str, key: str, found: Sequence[object]) -> None:
        """Drop rows by what stands in their key column, text or not."""
        for value in found:
            raw = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value
            self._connection.exec_driver_sql(
                f'DELETE FROM "{place}" WHERE CAST({key} AS BLOB) IS CAST(? AS BLOB)', (raw,)
            )

    def _dirty(self) -> dict[str, str]:
        rows = self._connection.exec_driver_sql(
            f"SELECT DISTINCT record, kind FROM op WHERE {UNSETTLED_SQL}"
        )
        return {row[0]: row[1] for row in rows}

    # --- roots ---

    def _wrong_roots(self) -> Iterator[tuple[str, str]]:
        """Yield (stream, id) of records whose root, which no hash covers, is not their parent's."""
        places = [(f'"{table.name}"', "id") for table in self._tables] + [("shadow", "record")]
        for own, key in places:
            yield from self._pairs(
                f"SELECT stream, {key} FROM {own}"
                f" WHERE parent IS NULL AND root <> {key} AND hash IS NOT NULL"
            )
            for above in self._tables:
                yield from self._pairs(
                    f'SELECT c.stream, c.{key} FROM {own} AS c JOIN "{above.name}" AS p'
                    " ON p.id = c.parent WHERE c.root <> p.root AND c.hash IS NOT NULL"
                )

    def _pairs(self, statement: str) -> list[tuple[str, str]]:
        return [(row[0], row[1]) for row in self._connection.exec_driver_sql(statement)]


def _read(table: StoredTable, row: Sequence[Any]) -> Copy | None:
    try:
        copy = copy_of(table, row)
        return copy if _is_sound(copy) else None
    except _UNREADABLE:
        return None


def _read_shadow(row: Sequence[Any]) -> Copy | None:
    try:
        copy = shadow_copy(row)
        return copy if copy.hash is None or _is_sound(copy) else None
    except _UNREADABLE:
        return None


def _is_sound(copy: Copy) -> bool:
    """Tell whether a copy can be hashed and found again; raise or return False if not."""
    texts = (copy.id, copy.root, copy.stream, copy.kind, copy.parent or copy.id)
    if not all(isinstance(text, str) for text in texts):
        return False
    if not isinstance(copy.hash, bytes) or not isinstance(copy.fields, dict):
        return False
    if not all(map(ID.fullmatch, (copy.id, copy.root, copy.parent or copy.id))):
        return False
    if type(copy.version) is not int or not 0 <= copy.version <= MAX_WHOLE:
        return False
    (copy.aside or "").encode()
    content_hash(copy.id, copy.kind, copy.version, copy.parent, copy.fields)
    return True


@contextmanager
def _any_text(connection: sa.Connection) -> Iterator[None]:
    """Read texts that are no UTF-8 as what they are, rather than fail on the first one."""
    raw: Any = connection.connection.driver_connection
    before, raw.text_factory = raw.text_factory, _lenient
    try:
        yield
    finally:
        raw.text_factory = before


def _lenient(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
