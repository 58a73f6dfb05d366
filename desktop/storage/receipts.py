"""Receipts: what each sync came to, kept, searched and chained.

A receipt's header (place, moment, outcome) stays; its text (counts, heads, facts) and its lines,
one a customer whose edits it speaks of, are committed to apart, so that they can be dropped while
the chain stays whole. A sync in which nothing happened adds to one row at the end that is chained
only when something follows it.
"""

# Names in these statements are constants of this module.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import sqlalchemy as sa

from crm.domain.errors import Refused
from crm.domain.instants import instant_text, parse_instant
from crm.records import chain
from desktop.services.ports import (
    ChainFault,
    ChainReport,
    Receipt,
    ReceiptQuery,
)
from desktop.storage.chains import Chain
from desktop.storage.own_state import OwnState
from desktop.storage.tables import IN_JSON, Tables, json_list

TEXT_DAYS = 90  # after which a receipt's text is dropped
TOLD = "chain_told"  # in OwnState: what the server has said of the chain
SOMEBODY_LEFT = "receipts_somebody_left"
NOTHING_DONE = (  # counts that are all 0 after a sync in which nothing happened
    *("sent", "later", "received", "left", "repaired", "conflicts", "refused", "diverted"),
    "quarantined",
)
TOLD_ALONE = (*NOTHING_DONE, "forks", "held_back")  # a sync with one of them joins no other
_COLUMNS = "seq, at, outcome, counts, heads, facts, text_salt, times, since, n, salt, parts"


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of the table `receipt`."""

    seq: int
    at: str
    outcome: str
    counts: str
    heads: str
    facts: str
    text_salt: bytes | None  # None: the text was dropped, or is not chained yet
    times: int
    since: str
    n: int | None
    salt: bytes | None
    parts: str | None

    @property
    def text(self) -> dict[str, Any]:
        return {
            "counts": orjson.loads(self.counts),
            "heads": orjson.loads(self.heads),
            "facts": orjson.loads(self.facts),
        }

    def header(self, parts: Mapping[str, str]) -> dict[str, object]:
        return {
            "n": self.n,
            "at": self.at,
            "outcome": self.outcome,
            "times": self.times,
            "since": self.since,
            **parts,
        }


class Receipts:
    """The tables `receipt` and `receipt_line`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._own = OwnState(connection)
        self.chain = Chain(connection, "receipt", TOLD)

    # --- writing ---

    def add(self, receipt: Receipt) -> None:
        """Write a receipt down; one that tells of nothing joins the row at the end."""
        tail = self._tail()
        idle = not receipt.lines and not any(receipt.counts.get(n) for n in TOLD_ALONE)
        if idle and tail is not None and _alike(tail, receipt):
            self._fold(tail, receipt)
            return
        if tail is not None:
            self._chain(tail)
        seq = self._insert(receipt)
        self._insert_lines(seq, receipt.lines)
        if not idle:
            self._chain(self._row(seq))
        self._drop_old_texts(receipt.at)

    def _insert(self, receipt: Receipt) -> int:
        row = self._connection.exec_driver_sql(
            "INSERT INTO receipt (at, outcome, counts, heads, facts, times, since)"
            " VALUES (?, ?, ?, ?, ?, 1, ?) RETURNING seq",
            (
                receipt.at,
                receipt.outcome,
                _json(receipt.counts),
                _json(receipt.heads),
                _json(receipt.facts),
                receipt.at,
            ),
        )
        return int(row.scalar_one())

    def _insert_lines(self, seq: int, lines: Mapping[str, Mapping[str, int]]) -> None:
        rows = []
        for place, (root, outcomes) in enumerate(lines.items()):
            salt = chain.new_salt()
            content = {"root": root, "outcomes": dict(outcomes)}
            link = chain.commitment(salt, content)
            rows.append((seq, place, root, _json(outcomes), salt, link))
        if rows:
            self._connection.exec_driver_sql(
                "INSERT INTO receipt_line (receipt, place, root, outcomes, salt, commitment)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                rows,
            )

    def _fold(self, tail: _Row, receipt: Receipt) -> None:
        """Count one more sync in which nothing happened."""
        counts = orjson.loads(tail.counts)
        summed = {
            name: value if name == "verified" else value + counts.get(name, 0)
            for name, value in receipt.counts.items()
        }
        self._connection.exec_driver_sql(
            "UPDATE receipt SET at = ?, counts = ?, heads = ?, times = times + 1 WHERE seq = ?",
            (receipt.at or tail.at, _json(summed), _json(receipt.heads), tail.seq),
        )

    def _chain(self, row: _Row) -> None:
        """Give a row its place in the chain."""
        tip = self.chain.tip()
        row = replace(row, n=tip.length + 1)
        text_salt, salt = chain.new_salt(), chain.new_salt()
        lines = chain.all_of(line[3] for line in self._lines(row.seq))
        parts = {"text": chain.commitment(text_salt, row.text).hex(), "lines": lines.hex()}
        link = chain.commitment(salt, row.header(parts))
        self._connection.exec_driver_sql(
            "UPDATE receipt SET n = ?, text_salt = ?, salt = ?, parts = ?, commitment = ?,"
            " head = ? WHERE seq = ?",
            (row.n, text_salt, salt, _json(parts), link, chain.next_head(tip.head, link), row.seq),
        )

    # --- dropping ---

    def _drop_old_texts(self, now: str) -> None:
        """Drop what receipts say once they are old; where and when they stand stays."""
        oldest = _days_before(now, TEXT_DAYS)
        if oldest is None:
            return
        last = self._connection.exec_driver_sql(
            "SELECT max(n) FROM receipt WHERE at <> '' AND at < ?", (oldest,)
        ).scalar_one()
        if last is None:
            return
        self._connection.exec_driver_sql(
            "DELETE FROM receipt_line WHERE receipt IN (SELECT seq FROM receipt WHERE n <= ?)",
            (last,),
        )
        self._connection.exec_driver_sql(
            "UPDATE receipt SET counts = '{}', heads = '{}', facts = '{}', text_salt = NULL"
            " WHERE n <= ? AND text_salt IS NOT NULL",
            (last,),
        )

    def note_left(self, records: Collection[str]) -> None:
        """Records have left a stream: at the end of the pull somebody may have left for good."""
        if records:
            self._own.put(SOMEBODY_LEFT, True)

    def forget_strays(self, tables: Tables) -> None:
        """Blank the lines of customers who have left (`seal`); the chain stays as it is."""
        if not self._own.get(SOMEBODY_LEFT, False):
            return
        self._own.put(SOMEBODY_LEFT, False)
        here = " AND ".join(
            f'NOT EXISTS (SELECT 1 FROM "{table.name}" WHERE id = receipt_line.root)'
            for table in tables
        )
        self._connection.exec_driver_sql(
            "UPDATE receipt_line SET root = NULL, outcomes = NULL, salt = NULL"
            f" WHERE root IS NOT NULL AND {here}"
        )

    # --- reading ---

    def recent(self, limit: int) -> tuple[Receipt, ...]:
        """Return the last receipts, the latest first."""
        return self.search(ReceiptQuery(limit=limit))

    def search(self, query: ReceiptQuery) -> tuple[Receipt, ...]:
        """Return the receipts that fit, the latest first."""
        where, values = _conditions(query)
        rows = self._connection.exec_driver_sql(
            f"SELECT {_COLUMNS} FROM receipt WHERE {where} ORDER BY seq DESC LIMIT ?",
            (*values, query.limit),
        )
        return tuple(self._receipt(_Row(*row)) for row in rows.all())

    def _receipt(self, row: _Row) -> Receipt:
        return Receipt(
            at=row.at,
            outcome=row.outcome,
            counts=orjson.loads(row.counts),
            heads=orjson.loads(row.heads),
            facts=orjson.loads(row.facts),
            lines={
                root: orjson.loads(outcomes or "{}")
                for root, outcomes, _, _ in self._lines(row.seq)
                if root is not None
            },
            times=row.times,
            since=row.since,
            place=row.n,
            dropped=row.n is not None and row.text_salt is None,
        )

    def _row(self, seq: int) -> _Row:
        found = self._connection.exec_driver_sql(
            f"SELECT {_COLUMNS} FROM receipt WHERE seq = ?", (seq,)
        )
        return _Row(*found.one())

    def _tail(self) -> _Row | None:
        """Return the row at the end that is not chained yet."""
        found = self._connection.exec_driver_sql(
            f"SELECT {_COLUMNS} FROM receipt WHERE n IS NULL ORDER BY seq DESC LIMIT 1"
        ).first()
        return None if found is None else _Row(*found)

    def _lines(self, seq: int) -> list[tuple[str | None, str | None, bytes | None, bytes]]:
        rows = self._connection.exec_driver_sql(
            "SELECT root, outcomes, salt, commitment FROM receipt_line WHERE receipt = ?"
            " ORDER BY place",
            (seq,),
        )
        return [(row[0], row[1], row[2], row[3]) for row in rows]

    # --- the chain ---

    def verify(self) -> ChainReport:
        """Compute the chain anew from what the rows say; tell each row that does not fit."""
        faults: list[ChainFault] = []
        head, length, dropped = chain.NO_HEAD, 0, 0
        rows = self._connection.exec_driver_sql(
            f"SELECT {_COLUMNS}, commitment, head FROM receipt WHERE n IS NOT NULL ORDER BY n"
        ).all()
        newest = max((row[1] for row in rows if row[1]), default="")
        for found in rows:
            row, link, stored = _Row(*found[:-2]), found[-2], found[-1]
            faults += self._row_faults(row, link, length + 1, newest)
            head = chain.next_head(head, link or b"")
            if head != stored:
                faults.append(ChainFault(row.n or 0, "head"))
                head = stored or b""
            length, dropped = row.n or 0, dropped + (row.text_salt is None)
        faults += self._tail_faults()
        told = self.chain.told()
        if told is not None and (not told.fits or self.chain.head_at(told.length) != told.head):
            faults.append(ChainFault(told.length, "server"))
        return ChainReport(length=length, head=head, dropped=dropped, faults=tuple(faults))

    def _tail_faults(self) -> Iterator[ChainFault]:
        """One row may wait for its place in the chain; it is the last, and tells of nothing."""
        loose = self._connection.exec_driver_sql(
            "SELECT seq, counts FROM receipt WHERE n IS NULL ORDER BY seq"
        ).all()
        last = self._connection.exec_driver_sql("SELECT max(seq) FROM receipt").scalar_one()
        for seq, counts in loose:
            said = orjson.loads(counts)
            if seq != last or any(said.get(name) for name in NOTHING_DONE) or self._lines(seq):
                yield ChainFault(0, "loose")

    def _row_faults(
        self, row: _Row, link: bytes | None, place: int, newest: str
    ) -> Iterator[ChainFault]:
        if row.n != place:
            yield ChainFault(place, "missing")
        number, parts = row.n or 0, orjson.loads(row.parts or "{}")
        if row.salt is None or chain.commitment(row.salt, row.header(parts)) != link:
            yield ChainFault(number, "header")
        if row.text_salt is not None:
            said = chain.commitment(row.text_salt, row.text).hex()
            if said != parts.get("text"):
                yield ChainFault(number, "text")
            if not self._lines_fit(row, parts):
                yield ChainFault(number, "lines")
        elif not _is_old(row.at, newest):
            yield ChainFault(number, "text")

    def _lines_fit(self, row: _Row, parts: Mapping[str, str]) -> bool:
        lines = self._lines(row.seq)
        if chain.all_of(line[3] for line in lines).hex() != parts.get("lines"):
            return False
        for root, outcomes, salt, link in lines:
            if (root, outcomes, salt) == (None, None, None):
                continue  # its customer has left this laptop
            if salt is None or outcomes is None:
                return False  # emptied, and not as `forget_strays` does it
            content = {"root": root, "outcomes": orjson.loads(outcomes)}
            if chain.commitment(salt, content) != link:
                return False
        return True


def _conditions(query: ReceiptQuery) -> tuple[str, list[object]]:
    """Return the WHERE of a search and its values."""
    terms: list[tuple[str, tuple[object, ...]]] = []
    if query.since is not None:
        terms.append(("at >= ?", (_moment(query.since),)))
    if query.until is not None:
        terms.append(("since < ? AND at <> ''", (_moment(query.until),)))
    if query.outcomes is not None:
        terms.append((f"outcome {IN_JSON}", (json_list(query.outcomes),)))
    if query.not_outcomes is not None:
        terms.append((f"outcome NOT {IN_JSON}", (json_list(query.not_outcomes),)))
    terms += [("json_extract(counts, ?) > 0", (f"$.{name}",)) for name in query.counted]
    none = "coalesce(json_extract(counts, ?), 0) = 0"
    terms += [(none, (f"$.{name}",)) for name in query.not_counted]
    if query.roots is not None:
        below = f"SELECT receipt FROM receipt_line WHERE root {IN_JSON}"
        terms.append((f"seq IN ({below})", (json_list(query.roots),)))
    where = " AND ".join(term for term, _ in terms) or "1"
    return where, [value for _, values in terms for value in values]


def _moment(moment: datetime) -> str:
    return instant_text(moment.astimezone(UTC))


def _alike(tail: _Row, receipt: Receipt) -> bool:
    return tail.outcome == receipt.outcome and orjson.loads(tail.facts) == dict(receipt.facts)


def _is_old(at: str, newest: str) -> bool:
    """Tell whether a receipt's text may be gone; who had no answer has no moment of its own."""
    oldest = _days_before(newest, TEXT_DAYS)
    return not at or (oldest is not None and at < oldest)


def _days_before(moment: str, days: int) -> str | None:
    try:
        return instant_text(parse_instant(moment) - timedelta(days=days))
    except (Refused, OverflowError):
        return None


def _json(value: Mapping[str, object] | Iterable[Any] | Sequence[Any]) -> str:
    return orjson.dumps(value).decode()
