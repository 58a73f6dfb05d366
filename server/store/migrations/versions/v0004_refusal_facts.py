"""What a refusal says besides its code."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Let receipts keep it."""
    op.add_column("receipt", sa.Column("facts", sa.Text(), nullable=True))
