"""Drafts: what stands in a form and is not saved yet. They never leave the laptop.

A draft is written every few seconds while somebody types, so writing one touches one row of
one table: no record, no outbox, no search index.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import sqlalchemy as sa

from desktop.services.ports import Draft
from desktop.storage.tables import Tables

_COLUMNS = "form, record, content, saved_at"


class Drafts:
    """The table `draft`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def save(self, form: str, record: str, values: Mapping[str, str], at: str) -> None:
        """Keep the draft of a form about `record` ("" for a new one) in place of an older one."""
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

    def drop_strays(self, tables: Tables) -> None:
        """Drop drafts about records that are not here (`seal`): drafts are few, look-ups cheap."""
        here = " AND ".join(
            f'NOT EXISTS (SELECT 1 FROM "{table.name}" WHERE id = draft.record)'  # noqa: S608
            for table in tables
        )
        self._connection.exec_driver_sql(f"DELETE FROM draft WHERE record <> '' AND {here}")  # noqa: S608


def _draft(row: Sequence[Any]) -> Draft:
    return Draft(form=row[0], record=row[1], values=orjson.loads(row[2]), saved_at=row[3])
