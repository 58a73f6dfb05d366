"""Trusted time: the last server time plus what has elapsed since.

Leases and back-off ask here and never the wall clock, which anybody can set. Merges ask no
clock at all. The reasoning: docs/decisions/0012-trusted-time.md.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from crm.domain.errors import Damaged

# Time servers set a clock back by seconds now and then; nobody should be locked out by that.
TOLERANCE = timedelta(minutes=2)


class Clock(Protocol):
    """The two clocks of a machine."""

    def now(self) -> datetime:
        """Return the wall clock's instant, in UTC and aware. It may jump either way."""

    def monotonic(self) -> float:
        """Return seconds that only grow while the process lives, sleep of the machine included."""


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        if sys.platform == "linux":  # there time.monotonic() stands still in suspend
            return time.clock_gettime(time.CLOCK_BOOTTIME)
        if sys.platform == "darwin":  # likewise
            return time.clock_gettime(time.CLOCK_MONOTONIC)
        return time.monotonic()


class MarkStore(Protocol):
    """Keeps one short ASCII text for trusted time, in the encrypted replica."""

    def get(self) -> str | None:
        """Return the mark kept last, or None."""

    def set(self, mark: str) -> None:
        """Keep the mark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What survives a restart.

    heard: the last server time. reached: the highest trusted time seen (high-water mark).
    ahead: how far trusted time was ahead of the wall clock when the server was heard.
    """

    heard: datetime | None
    reached: datetime
    ahead: timedelta

    def as_text(self) -> str:
        heard = self.heard.isoformat() if self.heard else "-"
        return f"{heard} {self.reached.isoformat()} {self.ahead / timedelta(microseconds=1):.0f}"

    @classmethod
    def parse(cls, text: str) -> Mark:
        """Raises: Damaged `clock.mark.damaged`."""
        try:
            heard, reached, ahead_us = text.split(" ")
            return cls(
                heard=None if heard == "-" else _utc(datetime.fromisoformat(heard)),
                reached=_utc(datetime.fromisoformat(reached)),
                ahead=timedelta(microseconds=int(ahead_us)),
            )
        except (ValueError, OverflowError) as error:
            raise Damaged("clock.mark.damaged") from error


@dataclass(frozen=True, slots=True)
class _Anchor:
    """A trusted time, and where the monotonic clock stood at that instant."""

    mark: Mark
    monotonic: float


class TrustedTime:
    """One per process. Safe to ask from any thread; the store is used by the caller's thread."""

    def __init__(self, clock: Clock, store: MarkStore) -> None:
        """Take up where the last process left off. Raises: Damaged `clock.mark.damaged`."""
        self._clock = clock
        self._store = store
        self._kept = clock.now()  # since when a mark is kept: counts until a server was heard
        self._anchor = _Anchor(self._resumed(), clock.monotonic())

    def now(self) -> datetime:
        """Return the trusted time in UTC. It never runs backwards but by word of the server."""
        anchor = self._anchor
        return anchor.mark.reached + timedelta(seconds=self._clock.monotonic() - anchor.monotonic)

    @property
    def heard(self) -> datetime | None:
        """The last server time; None when no server was heard yet."""
        return self._anchor.mark.heard

    @property
    def since(self) -> datetime:
        """The last server time; where none was heard yet, when the first mark was kept."""
        return self.heard or self._kept

    @property
    def behind(self) -> bool:
        """True while the wall clock stands behind trusted time: whoever needs time sees expiry."""
        by_wall_clock = self._clock.now() + self._anchor.mark.ahead
        return by_wall_clock + TOLERANCE < self.now()

    def expired(self, until: datetime) -> bool:
        """Return whether something granted up to `until` has ended, or cannot be told."""
        return self.behind or self.now() >= until

    def hear(self, server_time: datetime) -> None:
        """Take the server's word, even for an earlier time than believed, and keep it.

        `server_time` is aware (ValueError otherwise) and from an authenticated answer.
        """
        self.note(server_time)
        self._store.set(self._anchor.mark.as_text())

    def note(self, server_time: datetime) -> None:
        """As `hear`; whoever calls it keeps what `raised` returns, in a transaction of its own."""
        heard = _utc(server_time)
        mark = Mark(heard=heard, reached=heard, ahead=heard - self._clock.now())
        self._anchor = _Anchor(mark, self._clock.monotonic())

    def remember(self, every: timedelta = timedelta(0)) -> None:
        """Raise the high-water mark to now and keep it: call it now and then, and on leaving.

        Nothing is written where the kept one is younger than `every`. Before the first server is
        heard the first mark stays: a lease counts from it.
        """
        kept = self._store.get()
        if kept is None or (self.heard and self.now() - Mark.parse(kept).reached >= every):
            self._store.set(self.raised())

    def raised(self) -> str:
        """Return the mark with the high-water mark at now, to be kept."""
        mark = self._anchor.mark
        return Mark(heard=mark.heard, reached=self.now(), ahead=mark.ahead).as_text()

    def _resumed(self) -> Mark:
        """Return the kept mark, raised by what the wall clock says has passed since."""
        text = self._store.get()
        if text is None:
            return Mark(heard=None, reached=self._clock.now(), ahead=timedelta(0))
        mark = Mark.parse(text)
        self._kept = mark.reached
        reached = max(mark.reached, self._clock.now() + mark.ahead)
        return Mark(heard=mark.heard, reached=reached, ahead=mark.ahead)


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("an instant needs its offset")
    return moment.astimezone(UTC)
