"""How long one call may take: as long as bytes come at a fair rate, and no longer.

A fixed deadline is wrong on both sides: a page over a village's 64 kbit/s takes longer than a dead
server deserves. So a call starts with a grace, and each byte earns the time that it takes
on a line of half that rate; but never more than the grace is in hand. Hence silence ends a call
after the grace, whatever came before it; a byte a minute earns nothing to speak of; and an
honest slow line is heard to the end, LONGEST_S at most.
"""

from __future__ import annotations

import time

FAIR_BYTES_S = 4_000  # 32 kbit/s
LONGEST_S = 900.0


class Deadline:
    """One call's. Told of bytes by one thread, asked by another."""

    def __init__(self, grace_s: float, sending: int = 0) -> None:
        """`sending`: bytes that have to go up first. Nobody tells us how far they are: the
        system's buffers take them at once, so their time is granted beforehand."""
        now = time.monotonic()
        self._grace_s = grace_s
        self._end = now + grace_s + sending / FAIR_BYTES_S
        self._last = now + max(LONGEST_S, grace_s)

    def flowed(self, size: int) -> None:
        """Bytes came."""
        self._end = min(time.monotonic() + self._grace_s, self._end + size / FAIR_BYTES_S)

    def left(self) -> float:
        """Return the seconds that are left; 0 or less when it is over."""
        return min(self._end, self._last) - time.monotonic()
