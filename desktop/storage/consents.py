"""What customers have said about being contacted, for one of them or for all at once.

For a list a few statements of SQL answer, however long it is. They bring what the rules ask for
and no more, made to text inside SQLite, which runs without Python's lock: who said the same,
on the same day, in the same way, shares one reading of it.
"""

# Column names are those of the kinds; nothing of a person is part of a statement.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import orjson
import sqlalchemy as sa

from crm.domain import consent, identity
from crm.domain.consent import Statement
from desktop.services.ports import Alike
from desktop.storage.tables import IN_JSON, json_list

_THERE = "CASE WHEN t.{name} IS NOT NULL THEN '+' END"  # of texts only this is asked
_TEXTS = frozenset({"evidence_note", "guardian_name", "guardian_relation"})
_SAID = ", ".join(
    _THERE.format(name=name) if name in _TEXTS else f't."{name}"' for name in consent.FIELDS[:-1]
)
# Only of a no is it asked which one it is.
_NAMED = "CASE WHEN t.decision <> 'granted' THEN t.id ELSE '' END"
_STATEMENTS = f"""
    SELECT t.root, json_group_array(json_array({_NAMED}, {_SAID}, json(t.seen))) AS said
    FROM consent t WHERE t.purpose = ?
"""
_ALIKE = "SELECT said, json_group_array(root) FROM ({statements} GROUP BY t.root) GROUP BY said"
_CARRIED = f"""
    SELECT i.root, i.record_kind, i.state, i.record, i.changes
    FROM inbox_item i WHERE i.record_kind = '{consent.KIND}' AND i.state <> 'taken'
"""
_BEARING = ("birth_date", "id_type", "id_number", "restricted_on", "deceased_on")
_SPECIAL = f"""
    SELECT c.id, {", ".join(f"c.{name}" for name in _BEARING)} FROM customer c
    WHERE (restricted_on IS NOT NULL OR deceased_on IS NOT NULL OR birth_date >= ?
        OR (birth_date IS NULL AND id_number IS NOT NULL
            AND coalesce(id_type, '{identity.RESIDENT}') = '{identity.RESIDENT}'))
"""
_MEANS = ("phone", "email", "address")


class SqlConsents:
    """Fills `services.ports.Consents`, on one snapshot."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def said(self, purpose: str, ids: Collection[str] | None = None) -> list[Alike]:
        """Return what was said for `purpose`, and which customers said just that.

        Noes that wait in the inbox count as said. Customers who said nothing are left out; of
        texts it is only told whether they are there, and of consents not which they are.
        """
        waiting: dict[str, list[Statement]] = {}
        for root, no in self._carried(ids):
            if no.purpose == purpose:
                waiting.setdefault(root, []).append(no)
        held = json_list(waiting)
        alike = self._alike(f"NOT {IN_JSON}", held, purpose, ids)
        own = self._alike(IN_JSON, held, purpose, None) if waiting else []
        first = {customer: statements for statements, those in own for customer in those}
        return alike + [((*first.get(i, ()), *noes), [i]) for i, noes in waiting.items()]

    def _alike(
        self, which: str, held: str, purpose: str, ids: Collection[str] | None
    ) -> list[Alike]:
        statement, values = f"{_STATEMENTS} AND t.root {which}", [purpose, held]
        if ids is not None:
            statement, values = f"{statement} AND t.root {IN_JSON}", [*values, json_list(ids)]
        rows = self._connection.exec_driver_sql(
            _ALIKE.format(statements=statement), tuple(values)
        ).all()
        return [(_statements(row[0]), orjson.loads(row[1])) for row in rows]

    def special(
        self, young_from: str, ids: Collection[str] | None = None
    ) -> dict[str, Mapping[str, object]]:
        """Return {customer: fields} of those whose own fields may bear on an answer: data
        stopped, dead, born on `young_from` or later, or of an age that a number may tell."""
        rows = self._rows(_SPECIAL, "c.id", ids, (young_from,))
        return {row[0]: dict(zip(_BEARING, row[1:], strict=True)) for row in rows}

    def means(self, ids: Collection[str]) -> dict[str, Mapping[str, object]]:
        """Return {customer: fields} by which they can be reached."""
        statement = f"SELECT c.id, {', '.join(_MEANS)} FROM customer c WHERE 1"
        rows = self._rows(statement, "c.id", ids, ())
        return {row[0]: dict(zip(_MEANS, row[1:], strict=True)) for row in rows}

    def of(self, customer: str) -> list[Statement]:
        """Return all that one customer said, and the noes that wait in the inbox."""
        names = ", ".join(f'"{name}"' for name in consent.FIELDS)
        rows = self._connection.exec_driver_sql(
            f"SELECT id, {names} FROM consent WHERE root = ? ORDER BY id", (customer,)
        )
        own = [Statement._make([*row[:-1], orjson.loads(row[-1] or "[]")]) for row in rows]
        return own + [no for _, no in self._carried([customer])]

    def rules(self) -> list[dict[str, object]]:
        """Return the fields of the bank's rules."""
        rows = self._connection.exec_driver_sql("SELECT name, value, from_on FROM parameter")
        return [{"name": row[0], "value": row[1], "from_on": row[2]} for row in rows]

    def _carried(self, ids: Collection[str] | None) -> Iterator[tuple[str, Statement]]:
        for root, kind, state, record, changes in self._rows(_CARRIED, "i.root", ids, ()):
            item = {"record_kind": kind, "state": state, "record": record, "changes": changes}
            no = consent.carried(item)
            if no is not None:
                yield root, no

    def _rows(
        self,
        statement: str,
        column: str,
        ids: Collection[str] | None,
        values: tuple[object, ...],
    ) -> Sequence[Sequence[Any]]:
        if ids is not None:
            statement, values = f"{statement} AND {column} {IN_JSON}", (*values, json_list(ids))
        return self._connection.exec_driver_sql(statement, values).all()


def _statements(text: str) -> tuple[Statement, ...]:
    return tuple(Statement._make([*row[:-1], row[-1] or ()]) for row in orjson.loads(text))
