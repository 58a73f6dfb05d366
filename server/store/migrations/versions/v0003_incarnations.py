"""What an incarnation came from, and the mark by which a database knows itself again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add columns; what is there already has nothing to say in them."""
    op.add_column("incarnation", sa.Column("fork_of", sa.Text(), nullable=True))
    op.add_column("incarnation", sa.Column("at", sa.Text(), nullable=True))
    op.add_column("server_state", sa.Column("fingerprint", sa.Text(), nullable=True))
