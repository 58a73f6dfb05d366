"""Lists of customers, by SQL that works on sets: who is wanted, in which order, one page.

A long answer is made to one JSON text inside SQLite, which runs without Python's lock; the
window's thread goes on drawing meanwhile. Names and words of people are parameters only.

Children are reached from their customer, so those whose customer is not here (`loose-keys`)
show nowhere.
"""

# Table and column names are constants of this module.
# ruff: noqa: S608

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import orjson
import sqlalchemy as sa

from desktop.services.list_values import (
    REFUSED,
    TO_SETTLE,
    WAITING,
    CustomerRow,
    Filters,
    Sort,
    Tally,
    TextHit,
)
from desktop.services.portrait import DEBTS, MET
from desktop.storage.list_indexes import name_order
from desktop.storage.outbox import ELSEWHERE_SQL
from desktop.storage.search.finding import Within, find
from desktop.storage.tables import IN_JSON, json_list


def _any(words: Iterable[str]) -> str:
    return ", ".join(f"'{word}'" for word in sorted(words))


# Conditions on a child `t` of a customer.
_TOOK_PLACE = f"t.state IN ({_any(MET)})"
# What the customer has, not what it owes.
_HELD = f"t.closed_on IS NULL AND coalesce(t.type, '') NOT IN ({_any(DEBTS)})"
_IN_YUAN = f"{_HELD} AND t.currency = 'CNY'"
_OPEN = "t.state = 'open'"
_UNSENT = "t.state IN ('queued', 'sent')"
_ASIDE = "t.state = 'aside'"
_MARKS = {WAITING: ("op", _UNSENT), TO_SETTLE: ("conflict", _OPEN), REFUSED: ("op", _ASIDE)}

_BY_NAME = (*name_order("c."), "c.n")
_NAME = ", ".join(_BY_NAME)
_NAME_BACKWARDS = ", ".join(f"{term} DESC" for term in _BY_NAME)
_TIER = "CASE c.tier WHEN 'high' THEN 3 WHEN 'general' THEN 2 WHEN 'low' THEN 1 END"


def _of_customer(value: str, table: str, condition: str) -> str:
    return f"(SELECT {value} FROM {table} t WHERE t.root = c.id AND {condition})"


_BALANCE = _of_customer("sum(t.balance_minor)", "account", _IN_YUAN)
_LAST_VISIT = _of_customer('max(t."on")', "visit", _TOOK_PLACE)
_SORTED_BY = {
    "tier": _TIER,
    "balance": _BALANCE,
    "last_visit": _LAST_VISIT,
    "next_contact": "c.next_contact_on",
    "village": "v.place",
}
# Villages in their order, a JSON list; materialized, so that they are looked up by an index.
_PLACES = "WITH v AS MATERIALIZED (SELECT key AS place, value FROM json_each(?))"
_PLACED = "customer c LEFT JOIN v ON v.value = c.village"
_VILLAGES = "SELECT village, count(*) FROM customer WHERE village IS NOT NULL GROUP BY village"

_ROW = f"""
    SELECT c.n, c.id, c.name, c._aside, c.tier, c.village, c.address, c.postcode, c.phone,
        c.gender, c.birth_date, c.occupation, c.preferred_channel, c.since, c.next_contact_on,
        {_BALANCE},
        {_of_customer("min(t.matures_on)", "account", f"{_HELD} AND t.matures_on >= ?")},
        {_LAST_VISIT},
        {_of_customer("count(*) > 0", "op", _UNSENT)},
        {_of_customer("count(*) > 0", "conflict", _OPEN)},
        {_of_customer("count(*) > 0", "op", _ASIDE)},
        (SELECT json_group_array(label) FROM
            (SELECT DISTINCT t.label FROM tag t WHERE t.root = c.id AND t.label IS NOT NULL
             ORDER BY t.label))
    FROM json_each(?) k CROSS JOIN customer c ON c.n = k.value
"""
_COUNT = "SELECT count(*) FROM customer"
LOOKS = "access_entry"  # it travels as an edit does, and nobody wrote it
_TALLY = f"""
    SELECT ({_COUNT}), (SELECT count(*) FROM op t WHERE {_UNSENT} AND t.kind <> '{LOOKS}'),
        (SELECT count(*) FROM conflict t WHERE {_OPEN})
            + (SELECT count(*) FROM inbox_item t WHERE {_OPEN}),
        (SELECT count(*) FROM op t WHERE {_ASIDE}),
        (SELECT count(*) FROM op t WHERE {ELSEWHERE_SQL}),
        (SELECT count(*) FROM op t WHERE {_UNSENT} AND t.kind = '{LOOKS}')
"""


class SqlLists:
    """Fills `services.list_values.Lists`, on one snapshot."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def keys(
        self, filters: Filters, sort: Sort, today: date, limit: int | None = None
    ) -> array[int]:
        """Return who passes the filters, `text` left out, in order; at most `limit`."""
        within = _within(filters, today, _in_set)
        at_most = -1 if limit is None else limit
        found = self._one(
            f"{_PLACES} SELECT json_group_array(n) FROM (SELECT c.n FROM {_source(sort)}"
            f" WHERE {within.sql} ORDER BY {_order(sort)} LIMIT ?)",
            (self._places(sort), *within.values, at_most),
        )
        return array("q", orjson.loads(found))

    def hits(self, filters: Filters, today: date, limit: int) -> Sequence[TextHit]:
        """Return at most `limit` customers whom text and filters fit, the best fit first."""
        within = _within(filters, today, _for_each)
        found = find(self._connection, filters.text, limit, within)
        return [TextHit(hit.id, hit.matched, hit.similar) for hit in found]

    def keys_of(self, ids: Sequence[str], sort: Sort) -> dict[str, int]:
        """Return {id: key} of these customers, in order."""
        rows = self._connection.exec_driver_sql(
            f"{_PLACES} SELECT c.id, c.n FROM {_source(sort)} WHERE c.id {IN_JSON}"
            f" ORDER BY {_order(sort)}",
            (self._places(sort), json_list(ids)),
        )
        return {row[0]: row[1] for row in rows}

    def rows(self, keys: Sequence[int], today: date) -> dict[int, CustomerRow]:
        """Return {key: row} of those of `keys` who are here."""
        found = self._connection.exec_driver_sql(
            _ROW, (today.isoformat(), orjson.dumps(list(keys)).decode())
        )
        return {row[0]: _row(row) for row in found}

    def everybody(self) -> int:
        """Return how many customers are here."""
        return int(self._one(_COUNT))

    def counts(self, today: date, maturing_days: int, not_visited_days: int) -> dict[str, int]:
        """Return how many customers each filter would leave, with no other."""
        everybody = self.everybody()
        maturing = Filters(maturing_within_days=maturing_days)
        unvisited = Filters(not_visited_days=not_visited_days)
        marks = {mark: Filters(marked=frozenset({mark})) for mark in _MARKS}
        counted = {"maturing": maturing, "not_visited": unvisited, **marks}
        rows = self._connection.exec_driver_sql("SELECT tier, count(*) FROM customer GROUP BY tier")
        tiers = {row[0]: row[1] for row in rows if row[0]}
        found = {name: self._count(filters, today) for name, filters in counted.items()}
        return {"all": everybody, "high": 0, "general": 0, "low": 0} | tiers | found

    def villages(self) -> dict[str, int]:
        """Return {village: customers}, in the order of their pinyin."""
        found = {row[0]: row[1] for row in self._connection.exec_driver_sql(_VILLAGES)}
        return dict(sorted(found.items(), key=_by_village))

    def tags(self) -> dict[str, int]:
        """Return {label: customers}, the most frequent first."""
        rows = self._connection.exec_driver_sql(
            "SELECT label, count(DISTINCT root) FROM tag WHERE label IS NOT NULL"
            " AND root IN (SELECT id FROM customer) GROUP BY label ORDER BY 2 DESC, 1"
        )
        return {row[0]: row[1] for row in rows}

    def tally(self) -> Tally:
        """Return how much there is of what the status bar tells."""
        row = self._connection.exec_driver_sql(_TALLY).one()
        return Tally(
            customers=row[0],
            waiting=row[1],
            to_settle=row[2],
            refused=row[3],
            elsewhere=row[4],
            looks=row[5],
        )

    def _one(self, statement: str, values: tuple[Any, ...] = ()) -> Any:
        return self._connection.exec_driver_sql(statement, values).scalar_one()

    def _count(self, filters: Filters, today: date) -> int:
        within = _within(filters, today, _in_set)
        return int(self._one(f"SELECT count(*) FROM customer c WHERE {within.sql}", within.values))

    def _places(self, sort: Sort) -> str:
        return json_list(self.villages() if sort.field == "village" else ())


# --- in which order -------------------------------------------------------------------------


def _source(sort: Sort) -> str:
    return _PLACED if sort.field == "village" else "customer c"


def _order(sort: Sort) -> str:
    if sort.field == "newest":
        return "c.n" if sort.descending else "c.n DESC"
    if sort.field in ("name", "relevance"):
        return _NAME_BACKWARDS if sort.descending else _NAME
    way = "DESC" if sort.descending else "ASC"
    return f"{_SORTED_BY[sort.field]} {way} NULLS LAST, {_NAME}"


def _by_village(counted: tuple[str, int]) -> bytes:
    """GB 18030 has the common characters in the order of their pinyin; it needs no table."""
    return counted[0].encode("gb18030", errors="replace")


# --- who is wanted --------------------------------------------------------------------------


Having = Callable[[str, str], str]  # (table, condition on `t`) -> condition on the customer


def _in_set(table: str, condition: str) -> str:
    """For a list of all: the children are read once."""
    return f"c.id IN (SELECT t.root FROM {table} t WHERE {condition})"


def _for_each(table: str, condition: str) -> str:
    """For the few whom a text fits: each one's children are looked up."""
    return f"EXISTS (SELECT 1 FROM {table} t WHERE t.root = c.id AND {condition})"


def _within(filters: Filters, today: date, having: Having) -> Within:
    conditions = list(_conditions(filters, today, having))
    values = tuple(value for _, given in conditions for value in given)
    return Within(" AND ".join(sql for sql, _ in conditions) or "1", values)


def _conditions(filters: Filters, today: date, having: Having) -> Iterator[tuple[str, list[Any]]]:
    if filters.tiers:
        yield f"c.tier {IN_JSON}", [json_list(sorted(filters.tiers))]
    if filters.village is not None:
        yield "c.village = ?", [filters.village]
    if filters.tag is not None:
        yield having("tag", "t.label = ?"), [filters.tag]
    if (days := filters.maturing_within_days) is not None:
        until = today + timedelta(days=days)
        condition = f"{_HELD} AND t.matures_on BETWEEN ? AND ?"
        yield having("account", condition), [today.isoformat(), until.isoformat()]
    if (days := filters.not_visited_days) is not None:
        recent = having("visit", f'{_TOOK_PLACE} AND t."on" >= ?')
        yield f"NOT {recent}", [(today - timedelta(days=days)).isoformat()]
    for mark in sorted(filters.marked):
        yield having(*_MARKS[mark]), []


def _row(row: Sequence[Any]) -> CustomerRow:
    return CustomerRow(
        key=row[0],
        id=row[1],
        name=row[2] or "",
        spelling=row[3] or "",
        tier=row[4],
        village=row[5],
        address=row[6],
        postcode=row[7],
        phone=row[8],
        gender=row[9],
        birth_date=row[10],
        occupation=row[11],
        preferred_channel=row[12],
        since=row[13],
        next_contact_on=row[14],
        balance_minor=row[15],
        matures_on=row[16],
        last_visit=row[17],
        waiting=bool(row[18]),
        to_settle=bool(row[19]),
        refused=bool(row[20]),
        tags=tuple(orjson.loads(row[21])),
    )
