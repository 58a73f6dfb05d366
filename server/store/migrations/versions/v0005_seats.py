"""Seats: leases by slot, who sits and who waits, what became of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Shape `lease` anew (nothing ever wrote into it) and add the tables of seats."""
    op.drop_table("lease")
    op.create_table(
        "lease",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("activity", sa.Text(), nullable=False),
        sa.Column("incarnation", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("slots", sa.Text(), nullable=False),
        sa.Column("until", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lease")),
    )
    op.create_index(op.f("ix_lease_activity"), "lease", ["activity"], unique=False)
    op.create_index(op.f("ix_lease_state_until"), "lease", ["state", "until"], unique=False)
    op.create_table(
        "seat",
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("activity", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ahead", sa.Boolean(), nullable=False),
        sa.Column("ticket", sa.BigInteger(), nullable=False),
        sa.Column("lease", sa.Text(), nullable=True),
        sa.Column("slot", sa.Text(), nullable=True),
        sa.Column("operation", sa.Text(), nullable=True),
        sa.Column("until", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("record", name=op.f("pk_seat")),
    )
    op.create_index(op.f("ix_seat_activity"), "seat", ["activity"], unique=False)
    op.create_index(op.f("ix_seat_operation"), "seat", ["operation"], unique=False)
    op.create_index(op.f("ix_seat_state_until"), "seat", ["state", "until"], unique=False)
    op.create_table(
        "seat_event",
        sa.Column("activity", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=True),
        sa.Column("lease", sa.Text(), nullable=True),
        sa.Column("slot", sa.Text(), nullable=True),
        sa.Column("operation", sa.Text(), nullable=True),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("activity", "number", name=op.f("pk_seat_event")),
    )
    op.create_table(
        "seat_synced",
        sa.Column("enrolment", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("enrolment", name=op.f("pk_seat_synced")),
    )
