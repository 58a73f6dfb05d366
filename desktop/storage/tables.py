"""Every table of the replica: one per record kind, derived, and the laptop's own.

A kind's table holds the *view*: what the manager sees, edits not yet sent included. Its
columns `version`, `stream` and `hash` speak of the *server layer*, the copy that the server
last sent. While a record has unsettled operations that copy is kept in `shadow`, and the
view's `hash` is empty; so a hash stands for each record of the server layer exactly once.

`_aside` is the search key that came with a record (its pinyin); no field can be called so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson
import sqlalchemy as sa

from crm.domain.kind import FieldType, Kind, Schema
from crm.records.canonical import canonical
from crm.records.tables import ENVELOPE, RowCodec, table_for

ASIDE = "_aside"
HEAD = ENVELOPE[:-1]  # id, parent, root, stream, version, hash

# States of an operation, in the order in which it passes through them.
QUEUED, SENT, SETTLED, ECHOED, ASIDE_STATE = "queued", "sent", "settled", "echoed", "aside"


class _Statements:
    """The SQL of one table that holds records. Names come from kinds, never from a person."""

    name: str
    body: tuple[str, ...]

    def _prepare(self) -> None:
        columns = [f'"{column}"' for column in (*HEAD, *self.body)]
        places = ", ".join("?" * len(columns))
        renewed = ", ".join(f"{column} = excluded.{column}" for column in columns[1:])
        table, names = f'"{self.name}"', ", ".join(columns)
        self.select_sql = f"SELECT {names} FROM {table}"  # noqa: S608
        self.insert_sql = f"INSERT INTO {table} ({names}) VALUES ({places})"  # noqa: S608
        self.upsert_sql = f"{self.insert_sql} ON CONFLICT (id) DO UPDATE SET {renewed}"
        self.delete_sql = f"DELETE FROM {table}"  # noqa: S608
        self.update_sql = f"UPDATE {table} SET"


IN_JSON = "IN (SELECT value FROM json_each(?))"  # one parameter: a JSON list of ids


def json_list(ids: Iterable[str]) -> str:
    """Return the parameter of IN_JSON."""
    return orjson.dumps(list(ids)).decode()


class KindTable(_Statements):
    """The view of one kind: its table, and the way between rows and wire fields."""

    def __init__(self, kind: Kind, metadata: sa.MetaData) -> None:
        self.kind = kind
        self.name = kind.name
        self.codec = RowCodec(kind)
        self.table = table_for(kind, metadata)
        self.table.append_column(sa.Column(ASIDE, sa.Text))
        self.body = ("extra", *self.codec.columns, ASIDE)
        self._names = frozenset(self.codec.columns)
        self._lists = [
            place for place, spec in enumerate(kind.fields) if spec.type is FieldType.WORDS
        ]
        self._prepare()

    @property
    def root_index(self) -> str | None:
        """The name of the index on `root`; None for kinds that are always roots."""
        return None if self.kind.parents == ("",) else f"ix_{self.name}_root"

    @property
    def root_column(self) -> str:
        """Where the root of a record stands; what is always a root is found by its id."""
        return "id" if self.root_index is None else "root"

    def body_values(self, _: str, fields: Mapping[str, object], aside: str | None) -> list[object]:
        """Return the values of the columns in `body`.

        What `RowCodec.to_row` does, at half the cost: a first load comes by 400,000 times.
        """
        if not self._names.issuperset(fields):
            return [*self.codec.to_row(fields), aside]
        row = [None, *map(fields.get, self.codec.columns), aside]
        for place in self._lists:
            if row[place + 1] is not None:
                row[place + 1] = orjson.dumps(row[place + 1]).decode()
        return row

    def fields_of(self, body: Sequence[Any]) -> tuple[str, dict[str, object], str | None]:
        """Return (kind, wire fields, search key) of the values in `body`."""
        return self.name, self.codec.to_fields(body[0], body[1:-1]), body[-1]


class RawTable(_Statements):
    """Records of kinds that only a newer version knows, as they came. Used like a KindTable."""

    name = "raw_record"
    root_index = None
    root_column = "root"
    body = ("kind", "fields", ASIDE)

    def __init__(self) -> None:
        self._prepare()

    def body_values(
        self, kind: str, fields: Mapping[str, object], aside: str | None
    ) -> list[object]:
        """Return the values of the columns in `body`."""
        return [kind, canonical(dict(fields)).decode(), aside]

    def fields_of(self, body: Sequence[Any]) -> tuple[str, dict[str, object], str | None]:
        """Return (kind, wire fields, search key) of the values in `body`."""
        return body[0], orjson.loads(body[1]), body[2]


StoredTable = KindTable | RawTable


def own_tables(metadata: sa.MetaData) -> None:
    """Define the tables that only the laptop has."""
    sa.Table(
        "raw_record",  # kinds that only a newer version knows, as they came
        metadata,
        sa.Column("n", sa.Integer, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("parent", sa.Text),
        sa.Column("root", sa.Text, nullable=False),
        sa.Column("stream", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("hash", sa.LargeBinary),
        sa.Column("fields", sa.Text, nullable=False),
        sa.Column(ASIDE, sa.Text),
    )
    sa.Table(
        "shadow",  # the server's copy of a record with unsettled operations
        metadata,
        sa.Column("record", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("parent", sa.Text),
        sa.Column("root", sa.Text, nullable=False),
        sa.Column("stream", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),  # 0: the server has none
        sa.Column("hash", sa.LargeBinary),
        sa.Column("fields", sa.Text),
        sa.Column("aside", sa.Text),
    )
    sa.Table(
        "op",  # the outbox
        metadata,
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("number", sa.Integer),
        sa.Column("group_id", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("verb", sa.Text, nullable=False),
        sa.Column("record", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("root", sa.Text, nullable=False),
        sa.Column("parent", sa.Text),
        sa.Column("home", sa.Text),
        sa.Column("fields", sa.Text, nullable=False),  # {name: [base, new]}
        sa.Column("seen", sa.Text),
        sa.Column("survivor", sa.Text),
        sa.Column("stream", sa.Text, nullable=False),  # where the laptop believes it lies
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text),
        sa.Column("version", sa.Integer),
        sa.Column("reason", sa.Text),
        sa.Column("settled_at", sa.Text),
        sa.Column("last_copy", sa.Text),  # the record's fields as seen when it came back `later`
        sa.Column("facts", sa.Text),  # of a refusal: JSON
        sa.Column("has_left", sa.Integer),  # 1 once it had a number: it may have been taken
        sa.Column("was", sa.Integer),  # its result version under an earlier incarnation
        sa.Column("covered", sa.Integer),  # 1: waits again, and is in the server layer already
        sa.Column("sealed", sa.Text),  # base64: fields, seen, survivor, copy, for the server alone
        sa.Index("ix_op_state", "state", "seq"),
        sa.Index("ix_op_record", "record", "seq"),
        sa.Index("ix_op_root", "root", "state"),
        sa.Index(
            "ix_op_elsewhere",
            "outcome",
            sqlite_where=sa.text("outcome IN ('diverted', 'quarantined')"),
        ),
        sa.Index("ix_op_group", "group_id"),
        sqlite_autoincrement=True,
    )
    sa.Table(
        "draft",  # what was typed into a form and not saved
        metadata,
        sa.Column("record", sa.Text, primary_key=True),  # "" for a record that is not yet
        sa.Column("form", sa.Text, primary_key=True),
        sa.Column("content", sa.Text, nullable=False),  # {field: text}
        sa.Column("saved_at", sa.Text, nullable=False),
    )
    sa.Table(
        "received",  # what the server has changed in fields of records that were here already
        metadata,
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("record", sa.Text, nullable=False),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("old", sa.Text, nullable=False),  # canonical JSON
        sa.Column("new", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("own", sa.Integer, nullable=False),  # 1: an edit of this laptop came back
        sa.Index("ix_received_record", "record"),
    )
    sa.Table(
        "cursor",
        metadata,
        sa.Column("stream", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),  # -1 until a scan has ended
        sa.Column("scan", sa.Text),  # position of the scan under way
        sa.Column("base", sa.Integer),  # head when the scan began
        sa.Column("baselining", sa.Integer, nullable=False),  # rows not brought are still here
        sa.Column("live", sa.Integer, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("writable", sa.Integer, nullable=False),
    )
    sa.Table(
        "self",  # who this replica is; JSON values
        metadata,
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    sa.Table(
        "departure",  # roots that leave, until the server has signed that it knows
        metadata,
        sa.Column("n", sa.Integer, primary_key=True),
        sa.Column("root", sa.Text, nullable=False, unique=True),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("step", sa.Text, nullable=False),  # marked, gone, wiped
        sqlite_autoincrement=True,
    )
    sa.Table(
        "purge_answer",  # what the server signed about them, word for word
        metadata,
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("roots", sa.Text, nullable=False),  # JSON
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("signature", sa.Text, nullable=False),
    )
    sa.Table(
        "receipt",  # one row a sync; or several syncs in which nothing happened
        metadata,
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("counts", sa.Text, nullable=False),
        sa.Column("heads", sa.Text, nullable=False),
        sa.Column("facts", sa.Text, nullable=False, server_default="{}"),
        sa.Column("times", sa.Integer, nullable=False, server_default="1"),
        sa.Column("since", sa.Text, nullable=False, server_default=""),
        sa.Column("n", sa.Integer),  # its place in the chain; none: it waits at the end
        sa.Column("salt", sa.LargeBinary),  # of the header
        sa.Column("text_salt", sa.LargeBinary),  # none: the text was dropped
        sa.Column("parts", sa.Text),  # commitments to the text and to the lines
        sa.Column("commitment", sa.LargeBinary),
        sa.Column("head", sa.LargeBinary),  # of the chain, this receipt included
        sa.Index("ix_receipt_n", "n", unique=True),
    )
    sa.Table(
        "receipt_line",  # whose edits a receipt speaks of
        metadata,
        sa.Column("receipt", sa.Integer, primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True),
        sa.Column("root", sa.Text),  # none, like the next two: the customer has left
        sa.Column("outcomes", sa.Text),  # {outcome: count}
        sa.Column("salt", sa.LargeBinary),
        sa.Column("commitment", sa.LargeBinary, nullable=False),
        sa.Index("ix_receipt_line_root", "root"),
    )

    sa.Table(
        "access_link",  # the chain of the access log; what entries say stands in their records
        metadata,
        sa.Column("n", sa.Integer, primary_key=True),  # its place in the chain, from 1
        sa.Column("entry", sa.Text, nullable=False),
        sa.Column("commitment", sa.LargeBinary, nullable=False),
        sa.Column("head", sa.LargeBinary, nullable=False),  # of the chain, this entry included
    )

    sa.Table(
        "seat_wanted",  # how many free seats of an activity the next hello asks to hold
        metadata,
        sa.Column("activity", sa.Text, primary_key=True),
        sa.Column("slots", sa.Integer, nullable=False),
    )
    sa.Table(
        "seat_lease",  # seats that this incarnation may give away
        metadata,
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("activity", sa.Text, nullable=False),
        sa.Column("slots", sa.Text, nullable=False),  # JSON list: those free at the server
        sa.Column("until", sa.Text, nullable=False),
        sa.Column("token", sa.Text, nullable=False),
    )
    sa.Table(
        "seat_used",  # seats that were given away, as long as the operation is known
        metadata,
        sa.Column("lease", sa.Text, primary_key=True),
        sa.Column("slot", sa.Text, primary_key=True),
        sa.Column("operation", sa.Text, nullable=False),
        sa.Column("until", sa.Text, nullable=False),
        sa.Index("ix_seat_used_operation", "operation"),
    )


class Tables:
    """All tables that follow from a schema."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.metadata = sa.MetaData()
        self.kinds = {kind.name: KindTable(kind, self.metadata) for kind in schema.kinds}
        self.raw = RawTable()
        own_tables(self.metadata)

    def __iter__(self) -> Iterator[StoredTable]:
        """Yield every table that holds records, parents before children."""
        yield from self.kinds.values()
        yield self.raw

    def holding(self, kind: str) -> StoredTable:
        """Return the table that holds records of `kind`, known or not."""
        return self.kinds.get(kind, self.raw)


@lru_cache(maxsize=8)
def tables_of(schema: Schema) -> Tables:
    """Return the tables of a schema: they never change, and are dear to define."""
    return Tables(schema)
