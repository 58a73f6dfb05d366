"""Which references make a record somebody's own, wherever it lies.

A customer's family lies below the customer. Beside it there are records that are about the
customer and hang elsewhere: a member of another customer's household, a conflict beside a grave.
Who is erased takes these along. Every reference of every kind is in one of the two sets.
"""

from __future__ import annotations

# (kind, field): the record is about whoever it names, and goes with them.
GOES_WITH = frozenset(
    {
        ("household_member", "customer"),
        ("duplicate_link", "other"),
        ("conflict", "record"),
        ("inbox_item", "record"),
        ("task", "visit"),
    }
)
# It names a colleague, a computer, an operation or a hand-over; or it is a log of ids and counts.
STAYS = frozenset(
    {
        ("duplicate_link", "other_manager"),
        ("conflict", "mine_author"),
        ("conflict", "mine_op"),
        ("conflict", "mine_device"),
        ("conflict", "theirs_author"),
        ("conflict", "theirs_op"),
        ("conflict", "settled_by"),
        ("inbox_item", "author"),
        ("inbox_item", "operation"),
        ("access_entry", "author"),
        ("access_entry", "subject"),  # the log stays: who looked, not at what
        ("hand_over", "from_manager"),
        ("hand_over", "to_manager"),
        ("hand_over", "by"),
        ("hand_over", "run"),
    }
)


def goes_with(kind: str) -> frozenset[str]:
    """Return the fields of a kind that name whom its records are about."""
    return frozenset(field for owner, field in GOES_WITH if owner == kind)
