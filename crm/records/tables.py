"""Tables derived from kinds, and the way between a table row and wire fields.

The laptop keeps one table per kind. `n` is the row's number for the search
index; `extra` holds, as JSON, fields that only a newer version knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import sqlalchemy as sa

from crm.domain.kind import FieldType, Kind

COLUMN_TYPES: dict[FieldType, type[sa.types.TypeEngine[Any]]] = {
    FieldType.TEXT: sa.Text,
    FieldType.WHOLE: sa.Integer,
    FieldType.FLAG: sa.Integer,
    FieldType.DAY: sa.Text,
    FieldType.INSTANT: sa.Text,
    FieldType.CHOICE: sa.Text,
    FieldType.REFERENCE: sa.Text,
    FieldType.WORDS: sa.Text,
}
ENVELOPE = ("id", "parent", "root", "stream", "version", "hash", "extra")


def table_for(kind: Kind, metadata: sa.MetaData) -> sa.Table:
    """Return the laptop's table for `kind`: envelope columns, then one per field."""
    return sa.Table(
        kind.name,
        metadata,
        sa.Column("n", sa.Integer, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("parent", sa.Text),
        sa.Column("root", sa.Text, nullable=False),
        sa.Column("stream", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("hash", sa.LargeBinary),
        sa.Column("extra", sa.Text),
        *(sa.Column(spec.name, COLUMN_TYPES[spec.type]) for spec in kind.fields),
    )


class RowCodec:
    """Turns wire fields into column values of one kind, and back."""

    def __init__(self, kind: Kind) -> None:
        self.columns = tuple(spec.name for spec in kind.fields)
        self._known = frozenset(self.columns)
        self._words = frozenset(s.name for s in kind.fields if s.type is FieldType.WORDS)
        self._word_places = tuple(i for i, n in enumerate(self.columns) if n in self._words)
        self._flags = frozenset(s.name for s in kind.fields if s.type is FieldType.FLAG)

    def to_row(self, fields: Mapping[str, object]) -> list[object]:
        """Return [extra, field, field, …] for wire `fields`."""
        get = fields.get
        row: list[object] = [get(name) for name in self.columns]
        for place in self._word_places:
            if row[place] is not None:
                row[place] = orjson.dumps(row[place]).decode()
        extra = None
        if not self._known.issuperset(fields):
            unknown = {n: v for n, v in fields.items() if n not in self._known}
            extra = orjson.dumps(unknown, option=orjson.OPT_SORT_KEYS).decode()
        return [extra, *row]

    def to_fields(self, extra: str | None, values: Sequence[object]) -> dict[str, object]:
        """Return the wire fields that `to_row` was given."""
        fields = {n: v for n, v in zip(self.columns, values, strict=True) if v is not None}
        for name in self._words & fields.keys():
            fields[name] = orjson.loads(str(fields[name]))
        for name in self._flags & fields.keys():
            fields[name] = bool(fields[name])
        if extra:
            fields.update(orjson.loads(extra))
        return fields
