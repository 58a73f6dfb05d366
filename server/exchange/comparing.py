"""check: where a laptop's copy of a stream differs, and only what differs.

First a laptop sends its 256 bucket sums and learns which differ. Then it names what it holds
of those, piece by piece in the order of ids, and is sent the records that it has not or has
otherwise, and the ids that are not here. No reply grows with the stream.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

import orjson
from sqlalchemy.engine import Connection

from crm.domain.errors import Refused
from crm.records.canonical import bucket, digest_of, digest_text
from server.exchange.paging import AT_ONCE, MAX_BYTES
from server.exchange.read import put_entry
from server.store import records as store
from server.store import streams
from server.store.database import Database
from server.store.streams import Totals

BUCKETS = 256
MOST_ENTRIES = 5000
Hashes = dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a laptop looks at. `after` and `until` are ids: after < id <= until."""

    sums: list[str] | None = None
    buckets: Collection[int] | None = None
    held: Mapping[str, str] = field(default_factory=dict)  # id: hash in hexadecimal digits
    after: str = ""
    until: str | None = None


@dataclass(slots=True)
class _Found:
    """What differs in one piece."""

    buckets: list[int]
    ids: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    next: str | None = None  # compared up to here; None: to the end of what was asked for
    cut_at: bool = False  # it may end at any record

    def end(self, count: int) -> None:
        """End behind so many records."""
        self.ids = self.ids[:count]
        self.next = self.ids[-1]
        self.absent = [record for record in self.absent if record <= self.ids[-1]]

    def end_between_buckets(self, count: int) -> None:
        """End behind the last bucket that is whole within so many records."""
        begun = set(map(bucket, self.ids[count:]))
        self.buckets = [number for number in self.buckets if number not in begun]
        self.ids = [record for record in self.ids[:count] if bucket(record) not in begun]


def check(database: Database, stream: str, asked: Asked) -> bytes:
    """Return the inside of a check reply, all of one snapshot. Raises: Refused `request.form`."""
    with database.snapshot() as connection:
        totals = streams.read(connection, [stream]).get(stream, Totals(stream))
        found = _found(connection, stream, asked)
        entries = _entries(connection, stream, found)
    return _reply(totals, found, entries)


def _entries(connection: Connection, stream: str, found: _Found) -> list[bytes]:
    """Return the entries of what was found; where they are too many bytes, cut both."""
    entries: dict[str, bytes] = {}
    spent = 0
    for start in range(0, len(found.ids), AT_ONCE):
        ids = found.ids[start : start + AT_ONCE]
        rows = store.live_rows(connection, stream, ids)
        made = {row.id: put_entry(0, row) for row in rows}
        spent += sum(map(len, made.values()))
        if spent > MAX_BYTES and found.cut_at:
            return [*entries.values(), *_cut(found, start, made, spent)]
        if spent > MAX_BYTES:
            found.end_between_buckets(start)
            return [entries[record] for record in found.ids if record in entries]
        entries |= made
    return list(entries.values())


def _cut(found: _Found, start: int, made: Mapping[str, bytes], spent: int) -> list[bytes]:
    """Leave out what is too much; the laptop asks for it behind the last one that it gets."""
    kept = found.ids[start : start + AT_ONCE]
    while len(kept) > 1 - bool(start) and spent > MAX_BYTES:
        spent -= len(made.get(kept.pop(), b""))
    found.end(start + len(kept))
    return [made[record] for record in kept if record in made]


def _found(connection: Connection, stream: str, asked: Asked) -> _Found:
    if asked.buckets:
        return _piece(_of_buckets(connection, stream, asked), asked)
    if asked.sums is None:
        raise Refused("request.form")
    here = _by_bucket(store.hashes(connection, stream))
    differing = [b for b in range(BUCKETS) if _sum(here.get(b, {})) != asked.sums[b]]
    if asked.buckets is not None:
        return _Found(differing)
    return _whole_buckets(here, differing)


def _of_buckets(connection: Connection, stream: str, asked: Asked) -> Hashes:
    """Return {id: hash} of the buckets that are looked at, in the order of ids."""
    wanted = frozenset(asked.buckets or ())
    return {
        record: content
        for record, content in sorted(store.hashes(connection, stream))
        if bucket(record) in wanted
        and record > asked.after
        and (asked.until is None or record <= asked.until)
    }


def _piece(here: Hashes, asked: Asked) -> _Found:
    differing = [r for r, content in here.items() if asked.held.get(r) != content.hex()]
    found = _Found(sorted(asked.buckets or ()), differing[:MOST_ENTRIES], cut_at=True)
    if len(differing) > MOST_ENTRIES:
        found.next = found.ids[-1]
    end = found.next or asked.until
    found.absent = sorted(
        r for r in asked.held.keys() - here.keys() if asked.after < r and (not end or r <= end)
    )
    return found


def _whole_buckets(here: Mapping[int, Hashes], differing: Iterable[int]) -> _Found:
    """The way of a laptop of the first release: as many whole buckets as one reply takes.

    What is left out still differs afterwards, so it reads the stream anew.
    """
    found = _Found([])
    for number in differing:
        ids = list(here.get(number, ()))
        if found.buckets and len(found.ids) + len(ids) > MOST_ENTRIES:
            break
        found.buckets.append(number)
        found.ids += ids
    return found


def _by_bucket(hashes: Iterable[tuple[str, bytes]]) -> dict[int, Hashes]:
    here: dict[int, Hashes] = {}
    for record, content in hashes:
        here.setdefault(bucket(record), {})[record] = content
    return here


def _sum(members: Hashes) -> str:
    return digest_text(digest_of(members.values()))


def _reply(totals: Totals, found: _Found, entries: Iterable[bytes]) -> bytes:
    told = {
        "stream": totals.id,
        "head": totals.head,
        "live": totals.live,
        "digest": digest_text(totals.digest),
        "buckets": found.buckets,
        "absent": found.absent,
        "more": found.next is not None,
        "next": found.next,
    }
    return orjson.dumps(told)[1:-1] + b',"entries":[%s]' % b",".join(entries)
