"""The chains of laptops' access logs; and a portfolio of one's own for whoever has none.

Entries of the access log lie in their author's own portfolio: a lead's and an officer's too.
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from crm.domain.ids import new_id
from crm.domain.instants import instant_text

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make the tables, and grant what is missing."""
    op.create_table(
        "access_head",
        sa.Column("incarnation", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("fits", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("incarnation", "place", name=op.f("pk_access_head")),
    )
    op.create_table(
        "access_link",
        sa.Column("incarnation", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("commitment", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("incarnation", "place", name=op.f("pk_access_link")),
    )
    _grant_own_portfolios(op.get_bind())


def _grant_own_portfolios(connection: sa.Connection) -> None:
    found = connection.exec_driver_sql(
        "SELECT id FROM person WHERE role <> 'manager' AND NOT EXISTS (SELECT 1 FROM stream_grant"
        " WHERE person = person.id AND stream = 'portfolio:' || person.id)"
    )
    people, now = [row[0] for row in found], instant_text(datetime.now(UTC))
    texts = [sa.column(name, sa.Text) for name in ("id", "person", "stream", "since")]
    grants = sa.table("stream_grant", *texts, sa.column("write", sa.Boolean))
    rows = [
        {"id": new_id(), "person": p, "stream": f"portfolio:{p}", "write": True, "since": now}
        for p in people
    ]
    if rows:
        connection.execute(sa.insert(grants), rows)
