"""How an older replica becomes today's: an ordered list of steps, counted in `user_version`.

A step is never changed once a program with it has left the house. A new field is one line,
`adopt_field("customer", "nickname")`; a new kind is one line, `adopt_kind("gift")`. Both also
bring home what an older program kept unread, in `extra` or in `raw_record`.
"""

# Table and column names come from kinds, never from a person.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Callable, Sequence

import orjson
import sqlalchemy as sa

from crm.domain.errors import Refused
from crm.records import chain
from crm.records.tables import COLUMN_TYPES
from desktop.storage import urgent
from desktop.storage.first_tables import DDL
from desktop.storage.list_indexes import BESIDE_ROOT
from desktop.storage.tables import HEAD, KindTable, Tables

Step = Callable[[sa.Connection, Tables], None]


def first_tables(connection: sa.Connection, _: Tables) -> None:
    """Make the tables of the first version."""
    for statement in DDL:
        connection.exec_driver_sql(statement)


def adopt_field(kind: str, name: str) -> Step:
    """Return the step that gives field `name` of `kind` its column, filled from `extra`."""

    def step(connection: sa.Connection, tables: Tables) -> None:
        if name in columns_of(connection, kind):
            return  # the kind was adopted by a program that knew the field already
        column = COLUMN_TYPES[tables.kinds[kind].kind.by_name[name].type]().compile()
        connection.exec_driver_sql(f'ALTER TABLE "{kind}" ADD COLUMN "{name}" {column}')
        connection.exec_driver_sql(
            f'UPDATE "{kind}" SET "{name}" = json_extract(extra, ?),'
            " extra = nullif(json_remove(extra, ?), '{}')"
            " WHERE extra IS NOT NULL AND json_type(extra, ?) IS NOT NULL",
            (f"$.{name}",) * 3,
        )

    return step


def adopt_kind(name: str) -> Step:
    """Return the step that makes the table of kind `name` and moves its raw records there."""

    def step(connection: sa.Connection, tables: Tables) -> None:
        table = tables.kinds[name]
        table.table.create(connection)
        create_root_index(connection, table)
        _bring_home(connection, tables, table)

    return step


def _bring_home(connection: sa.Connection, tables: Tables, table: KindTable) -> None:
    raw = connection.exec_driver_sql(
        f"{tables.raw.select_sql} WHERE kind = ? ORDER BY n", (table.name,)
    )
    rows = []
    for row in raw:
        kind, fields, aside = tables.raw.fields_of(row[len(HEAD) :])
        rows.append((*row[: len(HEAD)], *table.body_values(kind, fields, aside)))
    if rows:
        connection.exec_driver_sql(table.insert_sql, rows)
        connection.exec_driver_sql("DELETE FROM raw_record WHERE kind = ?", (table.name,))


def create_root_index(connection: sa.Connection, table: KindTable) -> None:
    """Index the family of each record; made after a first load, which it would slow."""
    if table.root_index:
        beside = "".join(f', "{column}"' for column in BESIDE_ROOT.get(table.name, ()))
        connection.exec_driver_sql(
            f'CREATE INDEX IF NOT EXISTS "{table.root_index}" ON "{table.name}" (root{beside})'
        )


def columns_of(connection: sa.Connection, table: str) -> list[str]:
    """Return the names of a table's columns."""
    return [row[1] for row in connection.exec_driver_sql(f'PRAGMA table_info("{table}")')]


def keep_last_copies(connection: sa.Connection, _: Tables) -> None:
    """Give operations room for a copy of the record that they wait for."""
    connection.exec_driver_sql("ALTER TABLE op ADD COLUMN last_copy TEXT")


def make_room_for_the_card(connection: sa.Connection, _: Tables) -> None:
    """Make the tables of drafts and of received changes, and let operations be withdrawn.

    What an older program queued may have had a number before: none of it counts as unsent.
    """
    for statement in _CARD:
        connection.exec_driver_sql(statement)


_CARD = (
    """
    CREATE TABLE draft (
        record TEXT NOT NULL, form TEXT NOT NULL, content TEXT NOT NULL, saved_at TEXT NOT NULL,
        PRIMARY KEY (record, form)
    )
    """,
    """
    CREATE TABLE received (
        seq INTEGER NOT NULL, record TEXT NOT NULL, field TEXT NOT NULL, old TEXT NOT NULL,
        new TEXT NOT NULL, version INTEGER NOT NULL, at TEXT NOT NULL, own INTEGER NOT NULL,
        PRIMARY KEY (seq)
    )
    """,
    "CREATE INDEX ix_received_record ON received (record)",
    "ALTER TABLE op ADD COLUMN has_left INTEGER",
    "UPDATE op SET has_left = 1",
    "CREATE INDEX ix_op_group ON op (group_id)",
    # Whose relative is this customer: few members are customers, so the index is small.
    "CREATE INDEX ix_household_member_customer ON household_member (customer)"
    " WHERE customer IS NOT NULL",
)


def index_for_lists(connection: sa.Connection, tables: Tables) -> None:
    """Let lists tell, without reading rows, what waits and what a family holds."""
    connection.exec_driver_sql("CREATE INDEX ix_op_root ON op (root, state)")
    connection.exec_driver_sql(
        "CREATE INDEX ix_op_elsewhere ON op (outcome) WHERE outcome IN ('diverted', 'quarantined')"
    )
    for name in BESIDE_ROOT:  # made narrower by older programs; the next sync makes what is not
        table = tables.kinds[name]
        if _has_index(connection, table.root_index):
            connection.exec_driver_sql(f'DROP INDEX "{table.root_index}"')
            create_root_index(connection, table)


def _has_index(connection: sa.Connection, name: str | None) -> bool:
    found = connection.exec_driver_sql(
        "SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = ?", (name,)
    )
    return found.first() is not None


def chain_receipts(connection: sa.Connection, _: Tables) -> None:
    """Let receipts be chained; those that are here follow each other in the order of writing."""
    for statement in _CHAIN:
        connection.exec_driver_sql(statement)
    rows = connection.exec_driver_sql(
        "SELECT seq, at, outcome, counts, heads FROM receipt ORDER BY seq"
    ).all()
    head = chain.NO_HEAD
    for n, (seq, at, outcome, counts, heads) in enumerate(rows, start=1):
        text = {"counts": orjson.loads(counts), "heads": orjson.loads(heads), "facts": {}}
        salt, text_salt = chain.new_salt(), chain.new_salt()
        parts = {
            "text": chain.commitment(text_salt, text).hex(),
            "lines": chain.all_of(()).hex(),
        }
        header = {"n": n, "at": at, "outcome": outcome, "times": 1, "since": at, **parts}
        link = chain.commitment(salt, header)
        head = chain.next_head(head, link)
        connection.exec_driver_sql(
            "UPDATE receipt SET since = at, n = ?, salt = ?, text_salt = ?, parts = ?,"
            " commitment = ?, head = ? WHERE seq = ?",
            (n, salt, text_salt, orjson.dumps(parts).decode(), link, head, seq),
        )


_CHAIN = (
    "ALTER TABLE receipt ADD COLUMN facts TEXT NOT NULL DEFAULT '{}'",
    "ALTER TABLE receipt ADD COLUMN times INTEGER NOT NULL DEFAULT 1",
    "ALTER TABLE receipt ADD COLUMN since TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE receipt ADD COLUMN n INTEGER",
    "ALTER TABLE receipt ADD COLUMN salt BLOB",
    "ALTER TABLE receipt ADD COLUMN text_salt BLOB",
    "ALTER TABLE receipt ADD COLUMN parts TEXT",
    "ALTER TABLE receipt ADD COLUMN commitment BLOB",
    "ALTER TABLE receipt ADD COLUMN head BLOB",
    "CREATE UNIQUE INDEX ix_receipt_n ON receipt (n)",
    """
    CREATE TABLE receipt_line (
        receipt INTEGER NOT NULL, place INTEGER NOT NULL, root TEXT, outcomes TEXT, salt BLOB,
        commitment BLOB NOT NULL, PRIMARY KEY (receipt, place)
    )
    """,
    "CREATE INDEX ix_receipt_line_root ON receipt_line (root)",
)


def let_operations_wait_again(connection: sa.Connection, _: Tables) -> None:
    """Let a fork send what had its outcome once more, without laying it over again."""
    connection.exec_driver_sql("ALTER TABLE op ADD COLUMN was INTEGER")
    connection.exec_driver_sql("ALTER TABLE op ADD COLUMN covered INTEGER")


def keep_facts_of_refusals(connection: sa.Connection, _: Tables) -> None:
    """Let a refused operation keep what its reason says besides its code."""
    connection.exec_driver_sql("ALTER TABLE op ADD COLUMN facts TEXT")


def make_room_for_leaving(connection: sa.Connection, _: Tables) -> None:
    """Let operations be sealed, and make the tables of what leaves."""
    for statement in _LEAVING:
        connection.exec_driver_sql(statement)


_LEAVING = (
    "ALTER TABLE op ADD COLUMN sealed TEXT",
    """
    CREATE TABLE departure (
        n INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, root TEXT NOT NULL UNIQUE,
        at TEXT NOT NULL, step TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE purge_answer (
        seq INTEGER NOT NULL, at TEXT NOT NULL, roots TEXT NOT NULL, body BLOB NOT NULL,
        signature TEXT NOT NULL, PRIMARY KEY (seq)
    )
    """,
)


def keep_leases(connection: sa.Connection, _: Tables) -> None:
    """Make the tables of seats that may be given away with no network."""
    for statement in _LEASES:
        connection.exec_driver_sql(statement)


_LEASES = (
    """
    CREATE TABLE seat_wanted (
        activity TEXT NOT NULL, slots INTEGER NOT NULL, PRIMARY KEY (activity)
    )
    """,
    """
    CREATE TABLE seat_lease (
        id TEXT NOT NULL, activity TEXT NOT NULL, slots TEXT NOT NULL, until TEXT NOT NULL,
        token TEXT NOT NULL, PRIMARY KEY (id)
    )
    """,
    """
    CREATE TABLE seat_used (
        lease TEXT NOT NULL, slot TEXT NOT NULL, operation TEXT NOT NULL, until TEXT NOT NULL,
        PRIMARY KEY (lease, slot)
    )
    """,
    "CREATE INDEX ix_seat_used_operation ON seat_used (operation)",
)


def chain_access(connection: sa.Connection, _: Tables) -> None:
    """Make the chain of the access log."""
    connection.exec_driver_sql(
        """
        CREATE TABLE access_link (
            n INTEGER NOT NULL, entry TEXT NOT NULL, commitment BLOB NOT NULL,
            head BLOB NOT NULL, PRIMARY KEY (n)
        )
        """
    )


def let_noes_leave_first(connection: sa.Connection, _: Tables) -> None:
    """Find queued consents without reading the whole queue."""
    connection.exec_driver_sql(urgent.INDEX)


MIGRATIONS: tuple[Step, ...] = (
    first_tables,
    keep_last_copies,
    index_for_lists,
    make_room_for_the_card,
    adopt_kind("hand_over"),
    chain_receipts,
    let_operations_wait_again,
    keep_facts_of_refusals,
    adopt_field("conflict", "mine_computer"),
    adopt_field("conflict", "theirs_computer"),
    adopt_field("conflict", "settled_at"),
    make_room_for_leaving,
    keep_leases,
    adopt_kind("parameter"),
    adopt_kind("consent"),
    adopt_field("customer", "deceased_on"),
    adopt_field("customer", "restricted_on"),
    adopt_field("customer", "restricted_reason"),
    adopt_kind("access_entry"),
    chain_access,
    let_noes_leave_first,
)


def version_of(connection: sa.Connection) -> int:
    """Return how many steps this replica has gone."""
    return int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())


def migrate(connection: sa.Connection, tables: Tables, steps: Sequence[Step] = MIGRATIONS) -> None:
    """Go the steps that this replica has not gone yet; all of them or none.

    Raises: Refused `replica.newer` when a newer program wrote it; nothing is changed.
    """
    found = version_of(connection)
    if found > len(steps):
        raise Refused("replica.newer", found=found, known=len(steps))
    for step in steps[found:]:
        step(connection, tables)
    connection.exec_driver_sql(f"PRAGMA user_version = {len(steps)}")
