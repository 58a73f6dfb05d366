"""What argon2id shall cost on this machine, measured when a passphrase is chosen.

About half a second: long for whoever tries many, short for whoever knows it. Never below three
passes over 64 MiB (RFC 9106, second recommended option), never above the bounds of `Cost`.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

from argon2.exceptions import HashingError
from argon2.low_level import Type, hash_secret_raw

from desktop.vault.keys import KEY_BYTES, SALT_BYTES, Cost

TARGET_S = 0.5
LEAST_PASSES, MOST_PASSES = 3, 16
LEAST_KIB, USUAL_KIB, MOST_KIB = 64 * 1024, 256 * 1024, 1024 * 1024
MOST_LANES = 4
RUNS = 2
FLOOR = Cost(time=LEAST_PASSES, memory_kib=LEAST_KIB, lanes=1)


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast argon2id is here, on memory of LEAST_KIB: seconds of a pass, and of the first touch
    of the memory, which the system has to hand out. Both grow with the memory.
    """

    pass_s: float
    touch_s: float

    def seconds(self, cost: Cost) -> float:
        """Return what a run is expected to take."""
        return (self.touch_s + self.pass_s * cost.time) * cost.memory_kib / LEAST_KIB

    def passes(self, memory_kib: int, target_s: float) -> int:
        """Return how many passes over `memory_kib` take `target_s`, at least LEAST_PASSES."""
        share_s = target_s * LEAST_KIB / memory_kib
        return max(LEAST_PASSES, round((share_s - self.touch_s) / self.pass_s))


def tuned_cost(target_s: float = TARGET_S) -> Cost:
    """Return a cost that takes about `target_s` seconds here; finding it takes as long."""
    lanes = max(1, min(MOST_LANES, os.cpu_count() or 1))
    pace = _measured(lanes)
    return FLOOR if pace is None else fitted(pace, _fair_share_kib(), lanes, target_s)


def fitted(pace: Pace, share_kib: int, lanes: int, target_s: float = TARGET_S) -> Cost:
    """Return the cost nearest to `target_s`: with 256 MiB, where `share_kib` and time allow it.

    A machine so fast that MOST_PASSES over it are too short takes more memory; a slow one less.
    """
    memory_kib = LEAST_KIB
    while memory_kib * 2 <= min(share_kib, MOST_KIB):
        wider = Cost(time=LEAST_PASSES, memory_kib=memory_kib * 2, lanes=lanes)
        if memory_kib * 2 <= USUAL_KIB:
            enough = pace.seconds(wider) > target_s
        else:
            enough = pace.passes(memory_kib, target_s) <= MOST_PASSES
        if enough:
            break
        memory_kib *= 2
    passes = min(MOST_PASSES, pace.passes(memory_kib, target_s))
    return Cost(time=passes, memory_kib=memory_kib, lanes=lanes)


def _measured(lanes: int) -> Pace | None:
    """Measure runs of one pass and of three; None where there is no memory for them.

    The quickest of each counts: other programs only ever make a run longer.
    """
    try:
        one_s = min(_run_s(1, lanes) for _ in range(RUNS))
        three_s = min(_run_s(3, lanes) for _ in range(RUNS))
    except HashingError:
        return None
    pass_s = max((three_s - one_s) / 2, one_s / 16)
    return Pace(pass_s, max(one_s - pass_s, 0.0))


def _run_s(passes: int, lanes: int) -> float:
    began = time.perf_counter()
    hash_secret_raw(
        b"measured",
        bytes(SALT_BYTES),
        time_cost=passes,
        memory_cost=LEAST_KIB,
        parallelism=lanes,
        hash_len=KEY_BYTES,
        type=Type.ID,
    )
    return max(time.perf_counter() - began, 1e-6)


def _fair_share_kib() -> int:
    """Return an eighth of the machine's memory, at least LEAST_KIB; what is usual if unknown."""
    try:
        pages, page = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # Windows
        return USUAL_KIB
    return max(LEAST_KIB, pages * page // 1024 // 8)
