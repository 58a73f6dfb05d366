"""A page of a reply: as many entries as it takes, by count and by bytes.

Rows are read a part at a time: what is too much shall not all lie in memory first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

MAX_BYTES = 8 * 1024 * 1024  # of the entries of a reply; a page has one at least
AT_ONCE = 1000  # rows


@dataclass(slots=True)
class Page:
    """Entries as they come from the store."""

    limit: int
    entries: list[bytes] = field(default_factory=list)
    last: Any = None  # the row of the last entry
    full: bool = False  # there may be more
    _bytes: int = 0
    _ended: bool = False  # the store has no more

    @property
    def wants(self) -> int:
        """How many rows to read next; 0 where the page is done."""
        done = self.full or self._ended
        return 0 if done else min(AT_ONCE, self.limit - len(self.entries))

    def take(self, rows: Sequence[Any], entry: Callable[[Any], bytes]) -> None:
        """Take rows, of which `wants` were asked for; those that are too many stay out."""
        self._ended = len(rows) < self.wants
        for row in rows:
            made = entry(row)
            if self.entries and self._bytes + len(made) > MAX_BYTES:
                self.full = True
                return
            self.entries.append(made)
            self._bytes += len(made)
            self.last = row
        self.full = len(self.entries) == self.limit
