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


class FakeBoot:
    """A machine's clock since its start; a restart gives it a new name and begins at nothing."""

    def __init__(self) -> None:
        self._starts, self._seconds = 1, 1_000

    def boot(self) -> str:
        return f"start {self._starts}"

    def seconds(self) -> int:
        return self._seconds

    def pass_s(self, seconds: int) -> None:
        self._seconds += seconds

    def restart(self) -> None:
        """Start the machine anew."""
        self._starts, self._seconds = self._starts + 1, 20
