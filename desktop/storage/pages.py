"""Applying what the server sends to the server layer: pages, repairs, purges.

Everything here is set-based and runs inside the caller's transaction: rows, rebased views,
totals and cursor commit together (`page-cursor`).
"""

# Table names come from kinds, never from a person.
# ruff: noqa: S608

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import Any

import orjson
import sqlalchemy as sa

from crm.domain.errors import Refused
from crm.records.canonical import content_hash, digest_of
from desktop.services.ports import Applied, Entry, Page, StreamState
from desktop.services.removals import DELETED, MISSING, MOVED, Allowance
from desktop.storage.covering import uncover, uncover_all
from desktop.storage.cursors import Cursors, Totals
from desktop.storage.history import Recording
from desktop.storage.layers import Copy, Layers
from desktop.storage.leaving import Departures
from desktop.storage.outbox import Outbox
from desktop.storage.search_port import SEARCHED, Touched
from desktop.storage.tables import IN_JSON, Tables, json_list

Known = tuple[int, bytes | None, str]  # version, hash, stream of the server layer
_CAUSES = {
    "deleted": DELETED,
    "moved": MOVED,
    "merged": MOVED,
    "erased": MOVED,
}  # of `gone` entries
ERASED = "erased"  # the cause of whatever goes beyond recovery, root or not
_UNKNOWN: Known = (0, None, "")


class Pages:
    """Writes the server layer (`pull-writes`: nobody else does)."""

    def __init__(
        self,
        connection: sa.Connection,
        tables: Tables,
        outbox: Outbox,
        cursors: Cursors,
        layers: Layers,
        recording: Recording,
        departures: Departures,
    ) -> None:
        self._connection = connection
        self._tables = tables
        self._outbox = outbox
        self._cursors = cursors
        self._layers = layers
        self._recording = recording
        self._departures = departures
        self.touched: Touched | None = Touched()  # None while the search index waits for a rebuild
        self._allowance: Allowance | None = None

    @contextmanager
    def within(self, allowance: Allowance | None) -> Iterator[None]:
        """Let no more leave inside the block than `allowance` says (`ask-first`)."""
        self._allowance = allowance
        try:
            yield
        finally:
            self._allowance = None

    # --- pages ---

    def start_scan(self, stream: str) -> StreamState:
        """Begin a baseline: forget versions first, so that every row is brought anew (`baseline`,
        `repair-forces`)."""
        state = self._cursors.get(stream) or StreamState(stream=stream)
        held = next(self._cursors.hashes(stream), None) is not None
        started = replace(state, number=-1, scan="", base=None, baselining=True, fresh=not held)
        self._cursors.put(started)
        if held:
            self._forget_versions(stream, None)
        return started

    def apply(self, page: Page) -> Applied:
        """Apply one page and move the cursor.

        Raises: Refused `sync.page.moved` when the cursor is not where the page was asked from.
        """
        state = self._cursors.get(page.stream)
        if state is None or not _asked_here(state, page):
            raise Refused("sync.page.moved", stream=page.stream)
        applied = self._entries(page, fresh=state.fresh and page.scan is not None)
        return self._advance(state, page, applied)

    def _advance(self, state: StreamState, page: Page, applied: Applied) -> Applied:
        totals = self._cursors.get(page.stream) or state
        moved = replace(_moved(state, page), live=totals.live, digest=totals.digest)
        ended = state.baselining and moved.scan is None and moved.number >= page.head
        self._cursors.put(replace(moved, baselining=moved.baselining and not ended))
        if not ended or state.fresh:
            return applied
        dropped = self._drop_unbrought(page.stream)
        return replace(applied, removed=applied.removed | dropped)

    def _entries(self, page: Page, *, fresh: bool) -> Applied:
        if fresh and not self._outbox.any_unsettled():
            try:
                with self._connection.begin_nested():
                    return self._insert(page.stream, page.entries)
            except sa.exc.IntegrityError:
                pass  # a record has moved here from another stream meanwhile: look before writing
        return self._merge(page.stream, page.entries)

    def _insert(self, stream: str, entries: Sequence[Entry]) -> Applied:
        """The way of a first load: nothing is held of this stream, so nothing is looked up."""
        totals = Totals()
        for kind, of_kind in groupby(entries, key=itemgetter(2)):
            table = self._tables.holding(kind)
            body_values = table.body_values
            rows, hashes = [], []
            for _, record, _, version, parent, root, fields, aside in of_kind:
                made = content_hash(record, kind, version, parent, fields)
                hashes.append(made)
                body = body_values(kind, fields, aside)
                rows.append((record, parent, root, stream, version, made, *body))
            self._connection.exec_driver_sql(table.insert_sql, rows)
            totals.live[stream] += len(rows)
            totals.digest[stream] += digest_of(hashes)
        self._cursors.carry(totals)
        self._touch(entries)
        return Applied(received=len(entries))

    def _merge(self, stream: str, entries: Sequence[Entry], *, noting: bool = True) -> Applied:
        known = self._known(entries)
        newer = [e for e in _newest(entries) if e[3] > known.get(e[1], _UNKNOWN)[0]]  # newer-only
        dirty = self._outbox.dirty([entry[1] for entry in newer])
        totals = Totals()
        clean: list[Copy] = []
        kept: list[Copy] = []
        changed: list[Copy] = []
        gone: dict[str, str] = {}
        self._ask_first({e[1]: _CAUSES[e[7]] for e in newer if e[6] is None and e[1] in known})
        for entry in newer:
            record, kind = entry[1], entry[2]
            _, old, old_stream = known.get(record, _UNKNOWN)
            if old is not None:
                totals.take(old_stream, old)
            if entry[6] is None:
                gone[record] = kind
                continue
            copy = _copy_of_entry(entry, stream)
            totals.add(stream, copy.hash or b"")
            if noting and old is not None and old != copy.hash:
                changed.append(copy)
            (kept if record in dirty else clean).append(copy)
        self._touch_gone(gone)
        erased = {e[1] for e in newer if e[6] is None and e[7] == ERASED}
        self._departures.mark_gone(stream, gone, erased)
        self._recording.note(changed)
        self._recording.drop_of(gone)
        self._layers.put_views(clean)
        self._layers.drop_views(gone)
        self._layers.drop_shadows(gone)
        versions = [(e[1], e[3]) for e in newer if e[1] in dirty]
        uncover(self._connection, versions)
        self._outbox.echo(versions)
        self._layers.rebase({e[1]: e[2] for e in newer if e[1] in dirty}, fresh=kept)
        self._cursors.carry(totals)
        self._touch(newer)
        return Applied(
            put=frozenset(copy.id for copy in (*clean, *kept)),
            received=len(clean) + len(kept),
            removed=frozenset(r for r in gone if known.get(r, _UNKNOWN)[1] is not None),
        )

    def _touch(self, entries: Sequence[Entry]) -> None:
        if self.touched is not None:
            for entry in entries:
                if entry[2] in SEARCHED:
                    self.touched.add(entry[2], entry[1], entry[5])

    def _touch_gone(self, gone: dict[str, str]) -> None:
        """What leaves is sent without its root: ours still have theirs."""
        by_table: dict[str, list[str]] = {}
        for record, kind in gone.items():
            by_table.setdefault(self._tables.holding(kind).name, []).append(record)
        for name, ids in by_table.items():
            self._touch_all(name, f"id {IN_JSON}", (json_list(ids),))

    def _known(self, entries: Sequence[Entry]) -> dict[str, Known]:
        """Return what the server layer holds of the entries' records."""
        by_table: dict[str, list[str]] = {}
        for entry in entries:
            by_table.setdefault(self._tables.holding(entry[2]).name, []).append(entry[1])
        found: dict[str, Known] = {}
        for name, ids in by_table.items():
            rows = self._connection.exec_driver_sql(
                f'SELECT id, version, hash, stream FROM "{name}" WHERE id {IN_JSON}',
                (json_list(ids),),
            )
            found.update((row[0], (row[1], row[2], row[3])) for row in rows)
        rows = self._connection.exec_driver_sql(
            f"SELECT record, version, hash, stream FROM shadow WHERE record {IN_JSON}",
            (json_list([entry[1] for entry in entries]),),
        )
        found.update((row[0], (row[1], row[2], row[3])) for row in rows)
        return found

    # --- what leaves ---

    def _ask_first(self, removals: Mapping[str, str]) -> None:
        """Count what is about to leave, {record: cause}. Raises: AskFirst, before anything left.

        What the person removed, and what went with that, is no surprise.
        """
        if self._allowance is None or not removals:
            return
        if self._allowance.exceeded(Counter(removals.values())):
            own = self._removed_here(removals)
            removals = {r: cause for r, cause in removals.items() if r not in own}
        self._allowance.take(Counter(removals.values()))

    def _removed_here(self, records: Collection[str]) -> set[str]:
        """Return those of `records` that an own delete took, or whose parent or root it took."""
        listed, deleted = json_list(records), self._outbox.deleted()
        found = deleted.intersection(records)
        for table in self._tables:
            rows = self._connection.exec_driver_sql(
                f'SELECT id, parent, root FROM "{table.name}" WHERE id {IN_JSON}', (listed,)
            )
            found.update(row[0] for row in rows if not deleted.isdisjoint(row[1:]))
        return found

    def purge(self, stream: str) -> Applied:
        """Drop a stream that is granted no longer: rows, shadows and cursor (`purge-cursor`).

        Unsettled operations stay in the outbox and are still pushed, sealed by then (`seal`).
        """
        removed = {record for record, _ in self._cursors.hashes(stream)}
        self._departures.mark_stream(stream)
        self._recording.drop_of(removed)
        for table in self._tables:
            self._touch_all(table.name, "stream = ?", (stream,))
            self._connection.exec_driver_sql(f"{table.delete_sql} WHERE stream = ?", (stream,))
        self._connection.exec_driver_sql("DELETE FROM shadow WHERE stream = ?", (stream,))
        self._cursors.drop(stream)
        return Applied(put=frozenset(), removed=frozenset(removed))

    def touch_records(self, records: Collection[str]) -> None:
        """Tell the search index of `records`, all in the outbox, whose view was laid anew."""
        if self.touched is not None:
            for kind, record, root in self._outbox.places(records):
                self.touched.add(kind, record, root)

    def _touch_all(self, table: str, where: str, values: tuple[Any, ...]) -> None:
        if self.touched is None:
            return
        rows = self._connection.exec_driver_sql(
            f'SELECT id, root FROM "{table}" WHERE {where}', values
        )
        for record, root in rows:
            self.touched.add(table, record, root)

    def _drop_unbrought(self, stream: str) -> frozenset[str]:
        """Drop rows that a baseline or repair was to bring and did not; never local-born ones."""
        removed: dict[str, str] = {}
        for table in self._tables:
            where = "stream = ? AND version = 0 AND hash IS NOT NULL"
            self._touch_all(table.name, where, (stream,))
            kind = "kind" if table is self._tables.raw else f"'{table.name}'"
            rows = self._connection.exec_driver_sql(
                f'SELECT id, {kind}, hash FROM "{table.name}" WHERE {where}', (stream,)
            )
            removed.update(self._taken(rows, stream))
        shadows = self._connection.exec_driver_sql(
            "SELECT record, kind, hash FROM shadow"
            " WHERE stream = ? AND version = 0 AND hash IS NOT NULL",
            (stream,),
        )
        removed.update(self._taken(shadows, stream))
        self._ask_first(dict.fromkeys(removed, MISSING))
        self._departures.mark_gone(stream, removed)
        self._recording.drop_of(removed)
        self._layers.drop_views(removed)
        self._layers.drop_shadows(removed)
        uncover_all(self._connection, removed)
        self._layers.rebase(removed)  # unsettled operations of theirs are laid over nothing now
        return frozenset(removed)

    def _taken(self, rows: Any, stream: str) -> Iterator[tuple[str, str]]:
        totals = Totals()
        for record, kind, old in rows.all():
            totals.take(stream, old)
            yield record, kind
        self._cursors.carry(totals)

    # --- repairs ---

    def repair(self, stream: str, buckets: Collection[int], entries: Sequence[Entry]) -> Applied:
        """Make some buckets of a stream what the server says they hold (`repair-forces`)."""
        self._forget_versions(stream, buckets)
        self._forget_strays([entry[1] for entry in entries])
        applied = self._merge(stream, entries)
        dropped = self._drop_unbrought(stream)
        self._cursors.recount(stream)
        return replace(applied, removed=applied.removed | dropped)

    def repair_records(
        self, stream: str, entries: Sequence[Entry], absent: Collection[str]
    ) -> Applied:
        """Put what the server sends in place of what is held, wherever that lies; drop what is
        `absent` from the stream (`repair-forces`). What differs was damage, no colleague's edit:
        nothing is noted in the history."""
        roots = [entry[5] for entry in entries] + self._roots_of(absent)
        self._forget([entry[1] for entry in entries], "")
        self._forget(absent, "AND stream = ? AND hash IS NOT NULL", stream)
        applied = self._merge(stream, entries, noting=False)
        dropped = self._drop_unbrought(stream)
        return replace(applied, removed=applied.removed | dropped, roots=tuple(roots))

    def _forget(self, records: Collection[str], where: str, *values: str) -> None:
        for table, key in self._places():
            self._connection.exec_driver_sql(
                f'UPDATE "{table}" SET version = 0 WHERE {key} {IN_JSON} {where}',
                (json_list(records), *values),
            )

    def _roots_of(self, records: Collection[str]) -> list[str]:
        found: dict[str, str] = {}
        for table, key in self._places():
            rows = self._connection.exec_driver_sql(
                f'SELECT {key}, root FROM "{table}" WHERE {key} {IN_JSON}', (json_list(records),)
            )
            found.update((row[0], row[1]) for row in rows)
        return list(found.values())

    def _places(self) -> list[tuple[str, str]]:
        return [*((table.name, "id") for table in self._tables), ("shadow", "record")]

    def _forget_versions(self, stream: str, buckets: Collection[int] | None) -> None:
        for table, key in self._places():
            where, values = "stream = ? AND hash IS NOT NULL", [stream]
            if buckets is not None:
                where += f" AND substr({key}, -2) {IN_JSON}"
                values.append(orjson.dumps([f"{b:02x}" for b in buckets]).decode())
            self._connection.exec_driver_sql(
                f'UPDATE "{table}" SET version = 0 WHERE {where}', tuple(values)
            )

    def _forget_strays(self, records: list[str]) -> None:
        """Rows that damage has moved to a stream that does not exist give way, too."""
        for table, key in self._places():
            self._connection.exec_driver_sql(
                f'UPDATE "{table}" SET version = 0 WHERE {key} {IN_JSON} AND hash IS NOT NULL'
                " AND stream NOT IN (SELECT stream FROM cursor)",
                (json_list(records),),
            )


def _newest(entries: Sequence[Entry]) -> list[Entry]:
    """Return one entry a record: the newest, should a page name it twice."""
    found: dict[str, Entry] = {}
    for entry in entries:
        if entry[1] not in found or entry[3] > found[entry[1]][3]:
            found[entry[1]] = entry
    return list(found.values())


def _asked_here(state: StreamState, page: Page) -> bool:
    if page.scan is not None:
        return state.scan == page.scan
    return state.scan is None and state.number == page.after


def _moved(state: StreamState, page: Page) -> StreamState:
    if page.scan is None:
        return replace(state, number=int(page.next))
    base = page.head if state.base is None else state.base
    if page.more:
        return replace(state, scan=str(page.next), base=base)
    return replace(state, number=base, scan=None, base=base)


def _copy_of_entry(entry: Entry, stream: str) -> Copy:
    _, record, kind, version, parent, root, fields, aside = entry
    return Copy(
        id=record,
        kind=kind,
        parent=parent,
        root=root,
        stream=stream,
        version=version,
        hash=content_hash(record, kind, version, parent, fields),
        fields=fields,
        aside=aside,
    )
