"""What a run ends with when something does not hold."""

from __future__ import annotations


class Violation(Exception):
    """An invariant or a guarantee is broken. `what` is its short name."""

    def __init__(self, what, text):
        self.what, self.text = what, text
        super().__init__(f"{what}: {text}")
