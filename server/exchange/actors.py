"""Who asks, and what they may touch. Grants are the server's to give and take."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from server.store.people import Grant

# The hand before there is anybody (`init`, the first `user add`), and the server's own acts.
NOBODY = "00000000-0000-8000-8000-000000000000"


class Standing(Enum):
    """How somebody stands to a stream."""

    WRITE = "write"
    READ = "read"
    ONCE = "once"  # had a grant, has none now
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Actor:
    """A person acting through one incarnation.

    `server_hand` is somebody at the server itself (administrator, import,
    feed): writes everywhere, kinds that laptops only read included.
    """

    person: str
    incarnation: str
    grants: tuple[Grant, ...] = ()
    server_hand: bool = False
    retired: bool = False  # of a device that may bring what it has, and nothing more

    def standing(self, stream: str) -> Standing:
        if self.server_hand:
            return Standing.WRITE
        mine = [g for g in self.grants if g.stream == stream]
        if any(g.write for g in mine if g.until is None):
            return Standing.WRITE
        if any(g.until is None for g in mine):
            return Standing.READ
        return Standing.ONCE if mine else Standing.NEVER

    def once_on(self, streams: Iterable[str]) -> bool:
        """Tell whether any of `streams` is or was granted."""
        return any(self.standing(s) is not Standing.NEVER for s in streams)

    def readable(self) -> frozenset[str]:
        return frozenset(g.stream for g in self.grants if g.until is None)

    def writable(self) -> frozenset[str]:
        return frozenset(g.stream for g in self.grants if g.until is None and g.write)
