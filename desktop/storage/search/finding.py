"""Finds customers: all who fit where they are few, otherwise stage by stage, the best first."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from math import inf

import sqlalchemy as sa

from desktop.storage.search.expressions import all_of
from desktop.storage.search.index import NEWEST, is_there
from desktop.storage.search.matching import COLUMNS, Candidate, Found
from desktop.storage.search.slips import near, proposal
from desktop.storage.search.terms import Place, Term, terms_of

_BATCH = 32  # rows fetched together
_PATIENCE = 30  # rows that a stage may look at in vain; the last one looks at all
_NEAR = 100  # rows looked at for a slip of typing

_INDEXED = f"""
    SELECT {COLUMNS} FROM search CROSS JOIN customer c ON c.n = {NEWEST} - search.rowid
    WHERE search MATCH ? ORDER BY search.rowid
"""  # noqa: S608 (no word of it comes from outside)
_COUNT = "SELECT count(*) FROM (SELECT 1 FROM search WHERE search MATCH ? LIMIT ?)"
_ALL = f"SELECT {COLUMNS} FROM customer c ORDER BY c.n DESC"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Hit:
    """A customer who was found; `matched` is the field in which the first term was found."""

    id: str
    name: str | None
    village: str | None
    matched: str
    similar: bool = False  # not what was typed, but one slip of typing away


def find(connection: sa.Connection, query: str, limit: int = 50) -> list[Hit]:
    """Return at most `limit` customers who fit every term of `query`, the best fit first.

    Best is the whole name, then its beginning, pinyin or initials, their beginning, and any
    other place; equals come newest first. When nobody fits, those come who would but for one
    slip of typing. A query that holds nothing to look for finds nobody.
    """
    terms = terms_of(query)
    if not terms or limit < 1:
        return []
    search = _Search(connection, terms, limit)
    if not is_there(connection):
        return search.without_index()
    return search.exact() or search.similar()


class _Search:
    """One query on its way to its hits."""

    def __init__(self, connection: sa.Connection, terms: tuple[Term, ...], limit: int) -> None:
        self._connection = connection
        self._terms = terms
        self._lead = terms[0]
        self._limit = limit
        self._hits: list[Hit] = []
        self._taken: set[int] = set()

    def exact(self) -> list[Hit]:
        """Return who fits every term."""
        everybody = self._with_others(self._lead, self._lead.expression)
        if self._more_than_wanted(everybody):
            for expression, worst in self._lead.stages():
                rows = self._rows(_INDEXED, self._with_others(self._lead, expression))
                self._take(rows, worst, _PATIENCE)
        self._take(self._rows(_INDEXED, everybody))
        return self._hits

    def without_index(self) -> list[Hit]:
        """Return who fits every term by reading all, newest first."""
        self._take(self._rows(_ALL))
        return self._hits

    def similar(self) -> list[Hit]:
        """Return who fits but for one slip of typing in one term."""
        for term in self._terms:
            expression = proposal(term)
            if expression:
                rows = self._rows(_INDEXED, self._with_others(term, expression))
                self._take_near(rows, term)
        return self._hits

    def _with_others(self, term: Term, expression: str) -> str:
        others = (other.expression for other in self._terms if other is not term)
        return all_of((expression, *others))

    def _more_than_wanted(self, expression: str) -> bool:
        counted = self._connection.exec_driver_sql(_COUNT, (expression, self._limit + 1))
        return bool(counted.scalar_one() > self._limit)

    def _rows(self, statement: str, *values: str) -> Generator[Candidate]:
        with closing(self._connection.exec_driver_sql(statement, values)) as rows:
            yield from map(Candidate._make, rows.yield_per(_BATCH))

    def _take(
        self,
        rows: Generator[Candidate],
        worst: Place = Place.ADDRESS,
        patience: float = inf,
    ) -> None:
        """Take as hits who fits, the first term in no place below `worst`.

        Gives up when more rows than `patience` were looked at in vain.
        """
        found: list[tuple[Found, Candidate]] = []
        with closing(rows):
            while len(self._hits) + len(found) < self._limit and patience >= 0:
                candidate = next(rows, None)
                if candidate is None:
                    break
                place = self._place_of(candidate)
                if place and place[0] <= worst:
                    self._taken.add(candidate.n)
                    found.append((place, candidate))
                else:
                    patience -= 1
        found.sort(key=lambda pair: pair[0][0])
        self._hits += [_hit(candidate, place[1]) for place, candidate in found]

    def _place_of(self, candidate: Candidate) -> Found | None:
        """Return where the first term fits, if every term does and nobody is taken twice."""
        if candidate.n in self._taken:
            return None
        place = candidate.place_of(self._lead)
        fits = place and all(candidate.place_of(term) for term in self._terms[1:])
        return place if fits else None

    def _take_near(self, rows: Generator[Candidate], term: Term) -> None:
        others = [other for other in self._terms if other is not term]
        with closing(rows):
            for candidate in islice(rows, _NEAR):
                if len(self._hits) >= self._limit:
                    break
                field = near(term, candidate) if candidate.n not in self._taken else None
                if field and all(candidate.place_of(other) for other in others):
                    self._taken.add(candidate.n)
                    self._hits.append(_hit(candidate, field, similar=True))


def _hit(candidate: Candidate, matched: str, *, similar: bool = False) -> Hit:
    return Hit(candidate.id, candidate.name, candidate.village, matched, similar)
