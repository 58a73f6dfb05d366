"""Planted bugs: each breaks one rule of docs/sync-protocol.md, in the process that keeps it.

They live here and nowhere else; the product knows nothing of them.
"""

from __future__ import annotations

PLANTS = {}  # name: (which side, what breaks it)


def planted(side):
    """Register a function as the bug of its name."""

    def register(function):
        PLANTS[function.__name__.replace("_", "-")] = (side, function)
        return function

    return register


def plant(side, name):
    """Break the rule `name` in this process, if it is one of this side."""
    if name and PLANTS[name][0] == side:
        PLANTS[name][1]()
