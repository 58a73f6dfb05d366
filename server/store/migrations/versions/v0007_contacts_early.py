"""Contacts come before their siblings in a scan: a laptop can search for all that is searched
while the rest is still on its way."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Give contacts the rank that their kind has now; digests put a scan under way right."""
    op.execute("UPDATE record SET rank = 15 WHERE kind = 'contact_point'")
