"""Drafts: what stands in a form and is not saved yet. They never leave the laptop.

A draft is written every few seconds while somebody types, so writing one touches one row of
one table: no record, no outbox, no search index.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import orjson
import sqlalchemy as sa

from desktop.services.ports import Draft
from desktop.storage.tables import IN_JSON, Tables, json_list

_COLUMNS = "form, record, content, saved_at"


class Drafts:
    """The table `draft`."""

    def __init__(self, connection: sa.Connection, tables: Tables) -> None:
        self._connection = connection
        self._tables = tables

    def save(self, form: str, record: str, values: Mapping[str, str], at: str) -> None:
        """Keep the draft of a form about `record` ("" for a new one) in place of an older one.

        A form may still be open about somebody who has left meanwhile: nothing is kept then.
        """
        if record and not self._is_here(record):
            return
        self._connection.exec_driver_sql(
            f"INSERT OR REPLACE INTO draft ({_COLUMNS}) VALUES (?, ?, ?, ?)",  # noqa: S608
            (form, record, orjson.dumps(dict(values)).decode(), at),
        )

    def get(self, form: str, record: str) -> Draft | None:
        row = self._connection.exec_driver_sql(
            f"SELECT {_COLUMNS} FROM draft WHERE record = ? AND form = ?",  # noqa: S608
            (record, form),
        ).first()
        return None if row is None else _draft(row)

    def all(self) -> tuple[Draft, ...]:
        """Return every draft, the latest first."""
        rows = self._connection.exec_driver_sql(
            f"SELECT {_COLUMNS} FROM draft ORDER BY saved_at DESC, form, record"  # noqa: S608
        )
        return tuple(_draft(row) for row in rows)

    def drop(self, form: str, record: str) -> None:
        self._connection.exec_driver_sql(
            "DELETE FROM draft WHERE record = ? AND form = ?", (record, form)
        )

    def drop_of(self, records: Collection[str]) -> None:
        """Forget what was typed about records that have left (`seal`)."""
        self._connection.exec_driver_sql(
            f"DELETE FROM draft WHERE record {IN_JSON}",  # noqa: S608
            (json_list(records),),
        )

    def drop_strays(self) -> None:
        """Drop drafts about records that are not here: drafts are few, look-ups cheap."""
        found = self._connection.exec_driver_sql("SELECT DISTINCT record FROM draft")
        self.drop_of([row[0] for row in found if row[0] and not self._is_here(row[0])])

    def _is_here(self, record: str) -> bool:
        return any(
            self._connection.exec_driver_sql(
                f'SELECT 1 FROM "{table.name}" WHERE id = ?',  # noqa: S608
                (record,),
            ).first()
            for table in self._tables
        )


def _draft(row: Sequence[Any]) -> Draft:
    return Draft(form=row[0], record=row[1], values=orjson.loads(row[2]), saved_at=row[3])
