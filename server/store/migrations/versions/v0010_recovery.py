"""Forgotten passphrases, the ends of devices, and which enrolment took the place of which."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the tables of requests and statements; enlarge that of devices."""
    _make_recovery()
    op.create_table(
        "statement",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("enrolment", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement")),
    )
    op.create_index(op.f("ix_statement_enrolment"), "statement", ["enrolment"], unique=False)
    op.add_column("enrolment", sa.Column("revoked_at", sa.Text(), nullable=True))
    op.add_column("enrolment", sa.Column("revoked_by", sa.Text(), nullable=True))
    op.add_column("enrolment", sa.Column("replaces", sa.Text(), nullable=True))
    op.create_index(op.f("ix_enrolment_replaces"), "enrolment", ["replaces"], unique=False)


def _make_recovery() -> None:
    op.create_table(
        "recovery",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("enrolment", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("reply_key", sa.Text(), nullable=False),
        sa.Column("claim", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.Text(), nullable=True),
        sa.Column("granted_at", sa.Text(), nullable=True),
        sa.Column("incarnation", sa.Text(), nullable=True),
        sa.Column("made", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery")),
    )
    op.create_index(op.f("ix_recovery_enrolment"), "recovery", ["enrolment"], unique=False)
    op.create_index(op.f("ix_recovery_state"), "recovery", ["state"], unique=False)
