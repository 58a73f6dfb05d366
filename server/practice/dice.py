"""Chance that comes out the same for the same seed, and ids drawn from it."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")


class Dice:
    """Draws for one purpose; `seed` and purpose decide all of them."""

    __slots__ = ("_random", "bits", "fraction")

    def __init__(self, seed: int, purpose: str) -> None:
        self._random = Random(f"{seed}/{purpose}")  # noqa: S311 - nothing secret is drawn
        self.fraction = self._random.random
        self.bits = self._random.getrandbits

    def chance(self, probability: float) -> bool:
        return self.fraction() < probability

    def whole(self, low: int, high: int) -> int:
        """Return a whole number from low to high, both included."""
        return low + int(self.fraction() * (high - low + 1))

    def pick(self, options: Sequence[T]) -> T:
        return options[int(self.fraction() * len(options))]

    def some(self, options: Sequence[T], most: int) -> list[T]:
        """Return one to `most` different options."""
        return self._random.sample(options, self.whole(1, most))

    def digits(self, count: int) -> str:
        return f"{int(self.fraction() * 10**count):0{count}d}"

    def peaked(self, low: int, high: int, mode: int) -> int:
        return int(self._random.triangular(low, high, mode))

    def heavy_tailed(self, median: float, spread: float) -> float:
        """Return a log-normal amount: half lie below the median, a few far above."""
        return median * self._random.lognormvariate(0.0, spread)


@cache  # days repeat, and a cached one costs a tenth
def day_text(ordinal: int) -> str:
    """Return the date of an ordinal as YYYY-MM-DD."""
    return date.fromordinal(ordinal).isoformat()


class Weighted(Generic[T]):
    """Options that come up as often as their weights say."""

    __slots__ = ("_options", "_sums", "_total")

    def __init__(self, weights: Mapping[T, float]) -> None:
        self._options = tuple(weights)
        self._sums = tuple(accumulate(weights.values()))
        self._total = self._sums[-1]

    def draw(self, dice: Dice) -> T:
        return self._options[bisect(self._sums, dice.fraction() * self._total)]


class Ids:
    """UUIDv7 ids without a clock: their moments run on from `first_ms`, last bytes evenly."""

    __slots__ = ("_bits", "_count", "_moment")

    def __init__(self, dice: Dice, first_ms: int) -> None:
        self._bits = dice.bits
        self._moment = first_ms
        self._count = 0

    def next(self) -> str:
        self._count += 1
        value = self._moment + self._count << 80 | 0x7 << 76 | 0b10 << 62
        value |= self._bits(12) << 64 | self._bits(54) << 8 | self._count & 0xFF
        text = f"{value:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
