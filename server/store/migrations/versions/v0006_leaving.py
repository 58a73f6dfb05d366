"""What laptops have removed, and when a lost or retired one was told to destroy everything."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the table of purge statements."""
    op.create_table(
        "purge",
        sa.Column("incarnation", sa.Text(), nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("told_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("incarnation", "root", "at", name=op.f("pk_purge")),
    )
    op.create_index(op.f("ix_purge_root"), "purge", ["root"], unique=False)
    op.add_column("enrolment", sa.Column("ended_at", sa.Text(), nullable=True))
