"""Who was erased, and whose processing was stopped."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

# Columns of which PostgreSQL's planner keeps no samples: they would be copies of content, in a
# table of the system that only its owner may empty. Nothing is looked up by them.
_CONTENT = (
    ("record", "fields"),
    ("record", "aside"),
    ("revision", "changes"),
    ("receipt", "facts"),
    ("quarantine", "body"),
)


def upgrade() -> None:
    """Make the table of erasures; let no statistics hold content."""
    op.create_table(
        "erasure",
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("until", sa.Text(), nullable=True),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column("lived", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("root", name=op.f("pk_erasure")),
    )
    if op.get_bind().dialect.name == "postgresql":
        for table, column in _CONTENT:
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS 0")
