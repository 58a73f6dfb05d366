"""Slows guessing of passwords, by login and by address. In memory, per process.

A branch stands behind one address: its people's tries are many and mostly right, and each that
was right is given back. Knows nothing of people; asks no wall clock.
"""

from __future__ import annotations

import ipaddress
import threading
import time
from collections.abc import Callable

from crm.domain.errors import UserError

TRIES = 5  # wrong ones for a login
PAUSE_S = 30.0
OF_ADDRESS = 60  # wrong ones from an address
BACK_S = 5.0  # until an address has one more
REMEMBERED = 10_000  # logins, and as many addresses


class Throttle:
    """After some failures a login waits, and after many an address."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._failed: dict[str, tuple[int, float]] = {}  # login: tries, when the last one was
        self._spent: dict[str, tuple[float, float]] = {}  # address: tries, as of when
        self._lock = threading.Lock()

    def take(self, login: str, address: str = "") -> None:
        """Count a try before it is looked at: guesses that come together count too.

        Raises: UserError `server.busy` (fact `retry_s`) while `login` or `address` has to wait.
        """
        now = self._monotonic()
        with self._lock:
            waits = self._take_login(login, now) or self._take_address(place(address), now)
        if waits:
            raise UserError("server.busy", retry_s=waits)

    def forgive(self, login: str, address: str = "") -> None:
        """A try was right: it counts for nothing."""
        with self._lock:
            self._failed.pop(login, None)
            spent, at = self._spent.get(place(address), (0.0, 0.0))
            if spent:
                self._spent[place(address)] = (max(0.0, spent - 1), at)

    def _take_login(self, login: str, now: float) -> int:
        """Return how many seconds a login has to wait: 0 for a try that may be."""
        count, last = self._failed.pop(login, (0, now))
        waits = count >= TRIES and now - last < PAUSE_S
        self._failed[login] = (count, last) if waits else (count + 1, now)
        _forget_oldest(self._failed)
        return int(PAUSE_S) if waits else 0

    def _take_address(self, known: str, now: float) -> int:
        if not known:
            return 0
        spent, at = self._spent.pop(known, (0.0, now))
        spent = max(0.0, spent - (now - at) / BACK_S)
        waits = spent > OF_ADDRESS - 1
        self._spent[known] = (spent if waits else spent + 1, now)
        _forget_oldest(self._spent)
        return int(BACK_S) if waits else 0


def _forget_oldest(held: dict[str, tuple[int, float]] | dict[str, tuple[float, float]]) -> None:
    if len(held) > REMEMBERED:  # the oldest goes, not everybody
        del held[next(iter(held))]


def place(address: str) -> str:
    """Return what counts as one address: of IPv6 the network, since one line has all of it."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if known.version == 4 or known.ipv4_mapped:
        return str(getattr(known, "ipv4_mapped", None) or known)
    return str(ipaddress.ip_network((known, 64), strict=False))
