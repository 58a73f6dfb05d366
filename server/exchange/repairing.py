"""`verify --repair`: what does not add up is put right, where it is certain what is right.

Each record has three witnesses: its content, the hash that was made with it, and its revisions.
Two that agree outvote the third. Where all three differ nothing is touched, and it is said.
Log and totals follow from records, so they are made anew; numbers only ever rise, so that no
laptop believes to have read what it has not. Everything is one transaction under the locks of
all streams, and each step is recorded in the table `repair`, without content.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crm.domain.ids import new_id
from crm.records.canonical import content_hash, digest_of
from crm.records.changes import overlaid
from crm.records.keys import basis_of, natural_keys
from crm.records.pinyin import search_key
from server.exchange.accept import Exchange
from server.exchange.failpoints import failpoint
from server.store import records as store
from server.store import streams
from server.store import tables as t
from server.store.records import StoredRecord
from server.store.streams import Totals

Puts = dict[str, list[tuple[str, int]]]  # record: (stream, version) of its live entries


@dataclass
class Repaired:
    """How much of what was put right; `uncertain` are ids of records that nobody can be sure of."""

    contents: int = 0  # from revisions, proved by the hash
    hashes: int = 0
    places: int = 0  # stream or root of a record
    entries: int = 0  # of stream logs
    totals: int = 0
    uncertain: list[str] = field(default_factory=list)


def repair(exchange: Exchange) -> Repaired:
    """Put right what can be. Raises: UserError `server.busy`."""
    with exchange.database.writing() as connection:
        names = [totals.id for totals in streams.read_all(connection)]
        lives = connection.execute(sa.select(t.record.c.stream).distinct()).scalars()
        totals = streams.lock(exchange.database, connection, {*names, *lives})
        work = _Work(exchange, connection, totals)
        work.records()
        work.log()
        work.totals()
        exchange.database.insert(connection, t.repair, work.steps)
        failpoint("repair.before_commit")
    failpoint("repair.committed")
    return work.done


class _Work:
    """One repair, all of whose streams are locked."""

    def __init__(
        self, exchange: Exchange, connection: Connection, totals: dict[str, Totals]
    ) -> None:
        self._database, self._connection = exchange.database, connection
        self._at = exchange.now()
        self._totals = totals
        self._all = {record.id: record for record in _records(connection)}
        self._puts = _puts(connection)
        self._newest: dict[str, int] = {}  # number of the newest entry, by stream
        self._untouched: set[str] = set()  # streams of uncertain records
        self.done = Repaired()
        self.steps: list[dict[str, Any]] = []

    def _note(self, what: str, stream: str, record: str | None) -> None:
        self.steps.append(
            {"id": new_id(), "at": self._at, "what": what, "stream": stream, "record": record}
        )

    # --- records ---

    def records(self) -> None:
        for record in sorted(self._all.values(), key=lambda r: (r.rank, r.id)):  # parents first
            if not _adds_up(record):
                self._settle(record)
        for record in sorted(self._all.values(), key=lambda r: (r.rank, r.id)):
            self._place(record)

    def _settle(self, record: StoredRecord) -> None:
        told = _replayed(store.history(self._connection, record.id))
        if told is None:
            self._give_up(record)
        elif self._proved(record, told):
            self.done.contents += 1
            self._save(record, "content")
        elif (record.fields, record.version, record.dead) == (told.fields, told.version, told.dead):
            record.hash = None if record.dead else _hash(record)
            self.done.hashes += 1
            self._save(record, "hash")
        else:
            self._give_up(record)

    def _proved(self, record: StoredRecord, told: _Told) -> bool:
        """Take what the revisions tell, if the hash agrees with it under this or another parent."""
        if record.hash is None:
            if not told.dead:
                return False
            record.fields, record.version, record.dead = {}, told.version, True
            return True
        family = (r.id for r in self._all.values() if r.root == record.root)
        for parent in (record.parent, None, *family):
            made = content_hash(record.id, record.kind, told.version, parent, told.fields)
            if made == record.hash:
                record.parent, record.dead = parent, False
                record.fields, record.version = dict(told.fields), told.version
                return True
        return False

    def _give_up(self, record: StoredRecord) -> None:
        self.done.uncertain.append(record.id)
        self._untouched |= {record.stream, *(stream for stream, _ in self._puts.get(record.id, []))}

    def _save(self, record: StoredRecord, what: str) -> None:
        if record.kind == "customer" and not record.dead:
            record.aside = search_key(str(record.fields.get("name", "")))
        store.save(self._database, self._connection, [record])
        rows = [
            {"key": store.key_hash(key), "record": record.id, "basis": basis_of(key)}
            for key in ([] if record.dead else natural_keys(record.kind, record.fields))
        ]
        store.replace_keys(self._database, self._connection, [record.id], rows)
        self._note(what, record.stream, record.id)

    def _place(self, record: StoredRecord) -> None:
        """A child lies where its root lies, and has its parent's root; a root lies where the log
        puts it."""
        parent = self._all.get(record.parent) if record.parent else None
        root = parent.root if parent else record.id if record.parent is None else record.root
        if record.id in self.done.uncertain:
            return
        puts = {stream for stream, _ in self._puts.get(record.id, [])}
        above = self._all.get(root) if root != record.id else None
        stream = above.stream if above else record.stream
        if above is None and len(puts) == 1 and not record.dead:
            stream = next(iter(puts))
        if (root, stream) != (record.root, record.stream) and stream in self._totals:
            record.root, record.stream = root, stream
            self.done.places += 1
            self._save(record, "place")

    # --- what follows from them ---

    def log(self) -> None:
        for record in self._all.values():
            puts = self._puts.pop(record.id, [])
            wanted = [] if record.dead else [(record.stream, record.version)]
            if puts != wanted and record.id not in self.done.uncertain:
                self._relog(record, puts)
        for record_id, puts in self._puts.items():  # of records that are not there at all
            for stream, version in puts:
                self._enter(stream, record_id, version, "deleted")
        for totals in self._totals.values():
            self._reach_head(totals)

    def _relog(self, record: StoredRecord, puts: list[tuple[str, int]]) -> None:
        for stream, _ in puts:
            if record.dead or stream != record.stream:
                self._enter(
                    stream, record.id, record.version, "deleted" if record.dead else "moved"
                )
        if not record.dead:
            self._enter(record.stream, record.id, record.version, None)

    def _enter(self, stream: str, record: str, version: int, cause: str | None) -> None:
        """Write an entry with the stream's next number; `cause` None is a put."""
        totals = self._totals[stream]
        totals.head = max(totals.head, self._highest(stream)) + 1
        entry = {"stream": stream, "record": record, "number": totals.head, "version": version}
        self._newest[stream] = totals.head
        row = {**entry, "gone": cause is not None, "cause": cause}
        store.log(self._database, self._connection, [row])
        self.done.entries += 1
        self._note("entry", stream, record)

    def _reach_head(self, totals: Totals) -> None:
        """Let the newest entry have the head's number: what was last is told once more."""
        highest = max(self._highest(totals.id), totals.floor)
        totals.head = max(totals.head, highest)
        if highest == totals.head:
            return
        for record in self._all.values():
            if record.stream == totals.id and not record.dead:
                self._enter(totals.id, record.id, record.version, None)
                return
        totals.head = highest  # nothing lives there

    def _highest(self, stream: str) -> int:
        if stream not in self._newest:
            self._newest[stream] = streams.count_log(self._connection, stream).highest
        return self._newest[stream]

    def totals(self) -> None:
        held: dict[str, list[bytes]] = {}
        for record in self._all.values():
            if not record.dead:
                held.setdefault(record.stream, []).append(record.hash or b"")
        before = {totals.id: totals for totals in streams.read_all(self._connection)}
        for name, totals in self._totals.items():
            if name in self._untouched:
                continue
            hashes = held.get(name, [])
            totals.live, totals.digest = len(hashes), digest_of(hashes)
            if totals != before.get(name):
                self.done.totals += 1
                self._note("totals", name, None)
        streams.save(self._database, self._connection, self._totals.values())


@dataclass(frozen=True, slots=True)
class _Told:
    """What a record's revisions tell of it."""

    fields: Mapping[str, Any]
    version: int
    dead: bool


def _replayed(history: list[Mapping[str, Any]]) -> _Told | None:
    """Return what a record must be by its revisions; None where these are not whole."""
    fields: dict[str, Any] = {}
    dead = False
    for number, revision in enumerate(history, start=1):
        if revision["version"] != number:
            return None
        changes = orjson.loads(revision["changes"])
        fields = overlaid(fields, changes)
        dead = not fields and _ends(revision["verb"], changes, dead)
    return _Told(fields, len(history), dead) if history else None


def _ends(verb: str, changes: Mapping[str, Any], dead: bool) -> bool:
    """Tell whether a record that has no field after a revision is dead after it.

    The verb is that of the operation, which may have done something else to this record: a note
    that a removal left is brought by `delete`, and a merge changes nothing in the children.
    """
    if verb in ("delete", "erase") or (verb == "merge" and changes):
        return True
    return dead and verb in ("merge", "move")


def _adds_up(record: StoredRecord) -> bool:
    if record.dead:
        return record.hash is None and not record.fields
    return record.hash == _hash(record)


def _hash(record: StoredRecord) -> bytes:
    return content_hash(record.id, record.kind, record.version, record.parent, record.fields)


def _records(connection: Connection) -> Iterator[StoredRecord]:
    """Yield every record; fields that are no JSON count as none."""
    for row in connection.execute(sa.select(t.record)).mappings():
        try:
            fields = orjson.loads(row["fields"])
        except orjson.JSONDecodeError:
            fields = {}
        yield StoredRecord(**{**row, "fields": fields if isinstance(fields, dict) else {}})


def _puts(connection: Connection) -> Puts:
    entry = t.stream_log.c
    rows = connection.execute(
        sa.select(entry.record, entry.stream, entry.version)
        .where(sa.not_(entry.gone))
        .order_by(entry.record, entry.stream)
    )
    found: Puts = {}
    for record, stream, version in rows:
        found.setdefault(record, []).append((stream, version))
    return found
