"""When a customer leaves the laptop: what goes, what is sealed, what is said about it (`seal`).

A root is *marked* in the transaction that takes its row away. It may still turn up in another
stream that this laptop reads, so that nothing else happens until the engine knows that it does
not; then `let_go` takes all that was kept beside the rows, and seals the operations to the
server's key. Afterwards the file is written anew (`Replica.wipe`), and only then the departure
is stated to the server: marked -> gone -> wiped -> forgotten, once the server has signed for it.

A kill in between leaves the row in `departure`, from which the next sync goes on.
"""

# Table names come from kinds, never from a person.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import orjson
import sqlalchemy as sa

from crm.domain.instants import instant_text
from desktop.services.ports import Clock
from desktop.storage.drafts import Drafts
from desktop.storage.history import Changes
from desktop.storage.layers import Layers, ids_in_view
from desktop.storage.outbox import Outbox
from desktop.storage.own_state import OwnState
from desktop.storage.tables import IN_JSON, Tables, json_list

MARKED, GONE, WIPED = "marked", "gone", "wiped"
IMPERSONAL = frozenset({"bank", "branch"})  # streams of products and colleagues, not of customers


def is_personal(stream: str) -> bool:
    """Tell whether customers lie in a stream."""
    return stream.partition(":")[0] not in IMPERSONAL


class Departures:
    """The table `departure`, and what leaves with a root."""

    def __init__(
        self,
        connection: sa.Connection,
        tables: Tables,
        outbox: Outbox,
        layers: Layers,
        clock: Clock,
    ) -> None:
        self._connection = connection
        self._tables = tables
        self._outbox = outbox
        self._layers = layers
        self._clock = clock

    # --- marking ---

    def mark_gone(
        self, stream: str, records: Collection[str], erased: Collection[str] = ()
    ) -> None:
        """Mark those of `records`, about to leave `stream`, that are roots; and those of
        `erased` whose root stays here: what is about somebody who was erased elsewhere.

        An edit may name the root that a record had when it was saved, before a merge hung it
        elsewhere: that root is marked too, or its edits would stay in clear.
        """
        if not records or not is_personal(stream):
            return
        listed = json_list(records)
        roots = self._roots(
            f"id = root AND id {IN_JSON}", f"root = record AND root {IN_JSON}", listed
        )
        named = self._outbox.roots_among(records) | self._outbox.roots_in_clear(records)
        self._mark(roots | named | self._apart(erased, records))

    def _apart(self, erased: Collection[str], records: Collection[str]) -> set[str]:
        """Return those of `erased` that no departure of their root takes along."""
        if not erased:
            return set()
        listed, gone = json_list(erased), set(records)
        found = {
            (row[0], row[1])
            for table in (*(table.name for table in self._tables), "shadow")
            for row in self._all(
                f'SELECT {_key(table)}, root FROM "{table}" WHERE {_key(table)} {IN_JSON}'
                " AND root NOT IN (SELECT root FROM departure)",
                listed,
            )
        }
        return {record for record, root in found if record != root and root not in gone}

    def mark_stream(self, stream: str) -> None:
        """Mark every root of a stream that is granted no longer, those born here included."""
        if is_personal(stream):
            roots = self._roots("stream = ?", "stream = ?", stream)
            tables = [*(table.name for table in self._tables), "shadow"]
            self._mark(roots | self._outbox.roots_in(stream, tables))

    def mark_absent(self, records: Collection[str]) -> None:
        """Mark the roots of these records, all in the outbox, that are not here."""
        if not records:
            return
        roots = {r for r, stream in self._outbox.roots_of(records) if is_personal(stream)}
        self._mark(roots - self.present(roots))

    def _roots(self, where_row: str, where_shadow: str, value: str) -> set[str]:
        found: set[str] = set()
        for name in (table.name for table in self._tables):
            rows = self._all(f'SELECT DISTINCT root FROM "{name}" WHERE {where_row}', value)
            found.update(row[0] for row in rows)
        rows = self._all(f"SELECT DISTINCT root FROM shadow WHERE {where_shadow}", value)
        return found.union(row[0] for row in rows)

    def _mark(self, roots: Iterable[str]) -> None:
        at = instant_text(self._clock())
        for root in sorted(roots):  # a new row, with a number of its own, if it was there before
            self._connection.exec_driver_sql(
                "INSERT OR REPLACE INTO departure (root, at, step) VALUES (?, ?, ?)",
                (root, at, MARKED),
            )

    def last_mark(self) -> int:
        """Return the number of the newest departure; 0 where there is none."""
        found = self._connection.exec_driver_sql("SELECT max(n) FROM departure").scalar()
        return int(found or 0)

    # --- leaving ---

    def let_go(self, until: int | None, seal_key: str) -> set[str]:
        """Let marked roots leave that have not turned up elsewhere; return them.

        `until`: only marks up to this number. Where there is something to seal and no key,
        because the server is older than sealing, the root waits: no edit is ever dropped.
        """
        marked = self._marked(until)
        if not marked:
            return set()
        here = self.present(marked)
        self._forget(here)
        leaving = marked - here
        family = self._family(leaving)
        if not seal_key:
            unsealable = self._outbox.roots_in_clear(family)
            leaving -= unsealable
            family = self._family(leaving) if unsealable else family
        if leaving:
            self._outbox.seal(family, seal_key)
            self._drop(leaving, family)
            self._step(leaving, GONE)
        return leaving

    def _marked(self, until: int | None) -> set[str]:
        rows = self._connection.exec_driver_sql(
            "SELECT root FROM departure WHERE step = ? AND n <= coalesce(?, n)", (MARKED, until)
        )
        return {row[0] for row in rows}

    def _family(self, roots: Collection[str]) -> dict[str, str]:
        """Return {id: kind} of what is kept of these families beside the server's copies.

        A record that the server layer still holds is somebody's who is here: it was hung
        under another root, as a merge does.
        """
        if not roots:
            return {}
        listed = json_list(roots)
        found = {**self._outbox.records_under(roots), **self._outbox.kinds_of(roots)}
        for table in self._tables:
            kind = "kind" if table is self._tables.raw else f"'{table.name}'"
            where = f"{table.root_column} {IN_JSON} AND hash IS NULL"
            found.update(
                self._pairs(f'SELECT id, {kind} FROM "{table.name}" WHERE {where}', listed)
            )
        found.update(
            self._pairs(
                f"SELECT record, kind FROM shadow WHERE root {IN_JSON} AND hash IS NULL", listed
            )
        )
        held = self._layers.served(found)
        return {record: kind for record, kind in found.items() if record not in held}

    def _drop(self, roots: Collection[str], family: Mapping[str, str]) -> None:
        self._layers.rebase(family)  # what is sealed is laid over nothing: its view goes
        self._layers.drop_views(family)
        self._layers.drop_shadows(family)
        named = {*roots, *family}
        Drafts(self._connection, self._tables).drop_of(named)
        Changes(self._connection).drop_of(named)
        OwnState(self._connection).forget_viewed(roots)

    def present(self, ids: Collection[str]) -> set[str]:
        """Return those that are seen, or that an edit of one's own only hides."""
        seen = ids_in_view(self._connection, self._tables, ids)
        hidden = f"SELECT record FROM shadow WHERE record {IN_JSON} AND hash IS NOT NULL"
        return seen.union(row[0] for row in self._all(hidden, json_list(ids)))

    # --- afterwards ---

    def owes_wipe(self) -> bool:
        """Tell whether something has left of which the file may hold remains."""
        found = self._connection.exec_driver_sql(
            "SELECT 1 FROM departure WHERE step = ? LIMIT 1", (GONE,)
        )
        return found.first() is not None

    def wiped(self) -> None:
        """The file holds nothing more of what has left."""
        self._connection.exec_driver_sql(
            "UPDATE departure SET step = ? WHERE step = ?", (WIPED, GONE)
        )

    def statements(self, limit: int) -> list[dict[str, str]]:
        """Return what is to be said to the server: roots that left beyond recovery."""
        rows = self._connection.exec_driver_sql(
            "SELECT root, at FROM departure WHERE step = ? ORDER BY n LIMIT ?", (WIPED, limit)
        )
        return [{"root": row[0], "at": row[1]} for row in rows]

    def stated(self, roots: Collection[str], at: str, body: bytes, signature: str) -> None:
        """The server has signed for these; keep its words, forget the statements."""
        self._connection.exec_driver_sql(
            f"DELETE FROM departure WHERE step = ? AND root {IN_JSON}", (WIPED, json_list(roots))
        )
        self._connection.exec_driver_sql(
            "INSERT INTO purge_answer (at, roots, body, signature) VALUES (?, ?, ?, ?)",
            (at, orjson.dumps(sorted(roots)).decode(), body, signature),
        )

    def _forget(self, roots: Collection[str]) -> None:
        self._connection.exec_driver_sql(
            f"DELETE FROM departure WHERE root {IN_JSON}", (json_list(roots),)
        )

    def _step(self, roots: Collection[str], step: str) -> None:
        self._connection.exec_driver_sql(
            f"UPDATE departure SET step = ? WHERE root {IN_JSON}", (step, json_list(roots))
        )

    def _all(self, statement: str, value: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self._connection.exec_driver_sql(statement, (value,))]

    def _pairs(self, statement: str, value: str) -> dict[str, str]:
        return {str(record): str(kind) for record, kind in self._all(statement, value)}


def _key(table: str) -> str:
    """Return the column of a table that names the record."""
    return "record" if table == "shadow" else "id"
