"""Inside a child process: ids that follow from a seed, failpoints that kill, type or wait.

Nothing here changes what the product does; it only makes runs repeatable and steers when
things happen. Changes of what the product does are in `plants`.
"""

from __future__ import annotations

import hashlib
import os
import random
import signal
import sys
from types import SimpleNamespace

from crm.domain import ids

EPOCH_NS = 1_773_800_000_000_000_000  # a moment in March 2026


class SeededIds:
    """Stands in for the randomness and the clock inside `crm.domain.ids`."""

    def __init__(self):
        self._dice, self._time_ns = random.Random(0), EPOCH_NS
        ids.os = SimpleNamespace(urandom=self._bytes)
        ids.time = SimpleNamespace(time_ns=self._now_ns)

    def seed(self, *parts):
        """From now on ids follow from `parts` alone; the last one orders them in time."""
        text = "/".join(map(str, parts)).encode()
        self._dice = random.Random(hashlib.sha256(text).digest())
        self._time_ns = EPOCH_NS + int(parts[-1]) * 1_000_000_000

    def _bytes(self, count):
        return self._dice.randbytes(count)

    def _now_ns(self):
        self._time_ns += 1_000_000
        return self._time_ns


class Failpoints:
    """Stands in for `failpoint` in every module of a room that has taken it in."""

    def __init__(self, room, origin):
        self.kill, self.kill_after = "", 0
        self.handlers = {}  # name: what to call there, once
        product = origin.failpoint
        for module in list(sys.modules.values()):
            name = getattr(module, "__name__", "")
            if name.startswith(room) and getattr(module, "failpoint", None) is product:
                module.failpoint = self

    def __call__(self, name):
        if handler := self.handlers.pop(name, None):
            handler()
        if self.kill not in (name, "*"):
            return
        if self.kill_after:
            self.kill_after -= 1
            return
        os.kill(os.getpid(), signal.SIGKILL)

    def arm(self, name, after=0):
        """Die at this point ("*": at any), reached for the `after`-th time (counted from 0)."""
        self.kill, self.kill_after = name or "", after

    def clear(self):
        self.kill = ""
        self.handlers.clear()
