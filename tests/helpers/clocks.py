"""A clock that tests set by hand, and a place for trusted time's mark."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class FakeClock:
    """A wall clock that can be set, and a monotonic one that only passing time moves."""

    def __init__(self, now: datetime = datetime(2026, 11, 5, 1, 0, tzinfo=UTC)) -> None:
        self._now = now
        self._monotonic = 1_000.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def pass_time(self, elapsed: timedelta) -> None:
        """Let both clocks run on."""
        self._now += elapsed
        self._monotonic += elapsed.total_seconds()

    def set_wall(self, now: datetime) -> None:
        """Set the wall clock, as anybody can."""
        self._now = now

    def restart(self) -> None:
        """Start the monotonic clock anew, as a reboot does."""
        self._monotonic = 1.0


class FakeMarkStore:
    """Keeps the mark in memory."""

    def __init__(self) -> None:
        self.mark: str | None = None

    def get(self) -> str | None:
        return self.mark

    def set(self, mark: str) -> None:
        self.mark = mark
