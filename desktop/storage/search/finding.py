"""Finds customers: all who fit where they are few, otherwise stage by stage, the best first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from math import inf
from typing import Any

import orjson
import sqlalchemy as sa

from desktop.storage.search.expressions import all_of
from desktop.storage.search.index import NEWEST, is_there
from desktop.storage.search.matching import COLUMNS, Candidate
from desktop.storage.search.slips import near, proposal
from desktop.storage.search.terms import Place, Term, terms_of

_BATCH = 32  # rows fetched together
_FEW = 150  # rows that are read and put in order in one go
_PATIENCE = 30  # rows that a stage may look at in vain; the last one looks at all
_NEAR = 100  # rows looked at for a slip of typing

_JOINED = f"search CROSS JOIN customer c ON c.n = {NEWEST} - search.rowid"
_INDEXED = f"""
    SELECT {COLUMNS} FROM {_JOINED} WHERE search MATCH ? AND {{within}} ORDER BY search.rowid
"""  # noqa: S608 (no word of it comes from outside)
_NUMBERS = "SELECT rowid FROM search WHERE search MATCH ? ORDER BY rowid LIMIT ?"
_NUMBERS_WITHIN = f"""
    SELECT search.rowid FROM {_JOINED} WHERE search MATCH ? AND {{within}}
    ORDER BY search.rowid LIMIT ?
"""  # noqa: S608
_NUMBERED = f"""
    SELECT {COLUMNS} FROM json_each(?) CROSS JOIN customer c ON c.n = {NEWEST} - value
"""  # noqa: S608
_ALL = f"SELECT {COLUMNS} FROM customer c WHERE {{within}} ORDER BY c.n DESC"  # noqa: S608

Fit = tuple[Place, str, Candidate]  # where the first term was found, and in which field


@dataclass(frozen=True, slots=True)
class Hit:
    """A customer who was found; `matched` is the field in which the first term was found."""

    id: str
    name: str | None
    village: str | None
    matched: str
    similar: bool = False  # not what was typed, but one slip of typing away


@dataclass(frozen=True, slots=True)
class Within:
    """Who is looked at: a condition on the customer `c`, made of constants, and its values."""

    sql: str = "1"
    values: tuple[Any, ...] = ()


EVERYBODY = Within()


def find(
    connection: sa.Connection, query: str, limit: int = 50, within: Within = EVERYBODY
) -> list[Hit]:
    """Return at most `limit` customers who fit every term of `query`, the best fit first.

    Best is the whole name, then its beginning, pinyin or initials, their beginning, and any
    other place; equals come newest first. When nobody fits, those come who would but for one
    slip of typing. A query that holds nothing to look for finds nobody.
    """
    terms = terms_of(query)
    if not terms or limit < 1:
        return []
    search = _Search(connection, terms, limit, within)
    if not is_there(connection):
        return search.without_index()
    return search.exact() or search.similar()


class _Search:
    """One query on its way to its hits."""

    def __init__(
        self, connection: sa.Connection, terms: tuple[Term, ...], limit: int, within: Within
    ) -> None:
        self._connection = connection
        self._within = within
        self._terms = terms
        self._lead = terms[0]
        self._limit = limit
        self._taken: set[int] = set()

    def exact(self) -> list[Hit]:
        """Return who fits every term."""
        everybody = self._with_others(self._lead, self._lead.expression)
        few = max(self._limit, _FEW)
        numbers = self._numbers(everybody, few + 1)
        if len(numbers) > few:
            return self._best(islice(self._by_stages(everybody), self._limit))
        if not numbers:
            return []
        return self._best(self._fitting(self._rows(_NUMBERED, orjson.dumps(numbers).decode())))

    def _numbers(self, expression: str, limit: int) -> Sequence[int]:
        within = self._within
        everybody = within == EVERYBODY
        statement = _NUMBERS if everybody else _NUMBERS_WITHIN.format(within=within.sql)
        values = (expression, *within.values, limit)
        return self._connection.exec_driver_sql(statement, values).scalars().all()

    def without_index(self) -> list[Hit]:
        """Return who fits every term by reading all."""
        everybody = _ALL.format(within=self._within.sql)
        return self._best(self._fitting(self._rows(everybody, *self._within.values)))

    def similar(self) -> list[Hit]:
        """Return who fits but for one slip of typing in one term."""
        hits: list[Hit] = []
        for term in self._terms:
            expression = proposal(term)
            if expression:
                rows = self._indexed(self._with_others(term, expression))
                hits += self._near(islice(rows, _NEAR), term)
        return hits[: self._limit]

    def _with_others(self, term: Term, expression: str) -> str:
        others = (other.expression for other in self._terms if other is not term)
        return all_of((expression, *others))

    def _indexed(self, expression: str) -> Iterator[Candidate]:
        statement = _INDEXED.format(within=self._within.sql)
        return self._rows(statement, expression, *self._within.values)

    def _rows(self, statement: str, *values: Any) -> Iterator[Candidate]:
        with closing(self._connection.exec_driver_sql(statement, values)) as rows:
            yield from map(Candidate._make, rows.yield_per(_BATCH))

    def _by_stages(self, everybody: str) -> Iterator[Fit]:
        for expression, worst in self._lead.stages():
            rows = self._indexed(self._with_others(self._lead, expression))
            yield from self._fitting(rows, worst, _PATIENCE)
        yield from self._fitting(self._indexed(everybody))

    def _fitting(
        self,
        rows: Iterable[Candidate],
        worst: Place = Place.ADDRESS,
        patience: float = inf,
    ) -> Iterator[Fit]:
        """Yield who fits every term, the first in no place below `worst`, and was not yet taken.

        Ends when more rows than `patience` were read in vain.
        """
        for candidate in rows:
            if candidate.n in self._taken:
                continue
            found = candidate.place_of(self._lead)
            if found and found[0] <= worst and self._fits(candidate, self._terms[1:]):
                self._taken.add(candidate.n)
                yield *found, candidate
                continue
            patience -= 1
            if patience < 0:
                return

    def _fits(self, candidate: Candidate, terms: Iterable[Term]) -> bool:
        return all(candidate.place_of(term) for term in terms)

    def _best(self, fits: Iterable[Fit]) -> list[Hit]:
        ordered = sorted(fits, key=lambda fit: fit[0])
        return [_hit(candidate, field) for _, field, candidate in ordered[: self._limit]]

    def _near(self, rows: Iterable[Candidate], term: Term) -> Iterator[Hit]:
        others = [other for other in self._terms if other is not term]
        for candidate in rows:
            field = near(term, candidate) if candidate.n not in self._taken else None
            if field and self._fits(candidate, others):
                self._taken.add(candidate.n)
                yield _hit(candidate, field, similar=True)


def _hit(candidate: Candidate, matched: str, *, similar: bool = False) -> Hit:
    return Hit(candidate.id, candidate.name, candidate.village, matched, similar)
