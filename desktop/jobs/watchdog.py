"""Finds stalls: moments in which the GUI thread answers nobody for too long.

A thread of its own sends a beat through the GUI thread's event loop. While the beat is not
answered it looks where the GUI thread is. What it writes down is functions and lines, never a
value. Time in which the machine gave our threads no processor is not counted, where the system
tells it (Linux). For tests and for diagnosis; not started otherwise.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal, Slot

THRESHOLD_MS = 100
PAUSE_S = 0.025  # between two beats
STEP_S = 0.01  # between two looks at a thread that does not answer
ENVIRONMENT = "YIZHAN_WATCHDOG"  # names the file that gets the stalls as JSON lines

Stack = tuple[str, ...]
Tell = Callable[["Stall"], None]


@dataclass(frozen=True, slots=True)
class Stall:
    """One stall: how long at least, and where, outermost first, as "module:line function"."""

    duration_ms: int
    stack: Stack

    def __str__(self) -> str:
        return "\n  ".join([f"the GUI thread was busy for {self.duration_ms} ms:", *self.stack])


class _Pulse(QObject):
    """Carries a beat into the event loop of the thread that made it."""

    beat = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.answered = threading.Event()
        self.beat.connect(self._answer, Qt.ConnectionType.QueuedConnection)

    @Slot()
    def _answer(self) -> None:
        self.answered.set()


class _Times:
    """Time that passed, less the time our threads waited for a processor meanwhile."""

    def __init__(self, watched: int) -> None:
        self._watched = watched
        self._start = time.monotonic()
        self._worked, self._waited = _figures(watched)
        self._own_waited = _figures(threading.get_native_id())[1]
        self._others: dict[int, float] | None = None

    def wall_s(self) -> float:
        return time.monotonic() - self._start

    def passed_s(self) -> float:
        """Return seconds since the start. What others waited counts from the first question."""
        waits = self._waits_of_others()
        if self._others is None:  # asking all of them at every beat would cost too much
            self._others = waits
        waited = _figures(self._watched)[1] - self._waited
        for thread, now in waits.items():
            waited += now - self._others.get(thread, now)  # it may hold what the watched one needs
        return max(0.0, self.wall_s() - waited)

    def start_late(self, pause_s: float) -> None:
        """Count of what has passed, a pause left out, only what the watched thread has worked.

        What this thread waited for a processor meanwhile is no sign of a stall either. On a
        loaded machine some of a call that lets no other thread run is lost by that.
        """
        worked, self._waited = _figures(self._watched)
        own_waited = _figures(threading.get_native_id())[1] - self._own_waited
        passed = max(0.0, self.wall_s() - pause_s - own_waited)
        self._start = time.monotonic() - min(passed, worked - self._worked)

    def _waits_of_others(self) -> dict[int, float]:
        own = {self._watched, threading.get_native_id()}
        return {thread: _figures(thread)[1] for thread in _threads() - own}


def _threads() -> set[int]:
    alive = threading.enumerate()
    return {thread.native_id for thread in alive if thread.native_id is not None}


def _figures(thread: int) -> tuple[float, float]:
    """Return seconds a thread has worked, and was ready and not running (Linux).

    Where nobody tells, it has worked all the time.
    """
    try:
        figures = Path(f"/proc/self/task/{thread}/schedstat").read_text(encoding="ascii").split()
        return int(figures[0]) / 1e9, int(figures[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return time.monotonic(), 0.0


class Watchdog:
    """Watches the thread that makes it, from `start` to `stop`."""

    def __init__(
        self, tell: Tell, *, threshold_ms: int = THRESHOLD_MS, within: tuple[str, ...] = ()
    ) -> None:
        """tell: called on the watchdog's thread, once for each stall, when it is over.

        within: modules. If given, only a single call into one of them counts, not whatever
            keeps the event loop from turning: tests do a lot besides.
        """
        self._tell = tell
        self._threshold_ms = threshold_ms
        self._pulse = _Pulse()
        self._watched = threading.current_thread()
        self._within = within
        self._pause_s = STEP_S if within else PAUSE_S
        self._watching = threading.Event()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)

    def start(self) -> None:
        """Start the thread, and return when it watches."""
        self._thread.start()
        self._watching.wait(timeout=5)

    def stop(self) -> None:
        """End the thread; a stall that lasts still is told before."""
        self._end.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        look = self._new_look()
        self._watching.set()
        while not self._end.wait(self._pause_s):
            self._pulse.answered.clear()
            self._pulse.beat.emit()
            look.begin(self._pause_s)
            while not self._pulse.answered.wait(STEP_S) and not self._end.is_set():
                self._report(look.again())
            self._report(look.finished())
            look = self._new_look()

    def _new_look(self) -> _Look:
        if self._within:
            return _CallLook(self._watched, self._within)
        return _Look(self._watched)

    def _report(self, stall: Stall | None) -> None:
        if stall is not None and stall.duration_ms >= self._threshold_ms:
            self._tell(stall)


class _Look:
    """Looks at a thread as long as one beat is not answered: all of that is one stall."""

    def __init__(self, watched: threading.Thread) -> None:
        self._ident = watched.ident or 0
        self._native = watched.native_id or 0
        self._stacks: Counter[Stack] = Counter()
        self._longest_s = 0.0
        self._times = _Times(self._native)

    def begin(self, pause_s: float) -> None:
        """Start after a pause. One that ended late was held up by whoever is busy now."""
        if self._times.wall_s() > pause_s + STEP_S:
            self._times.start_late(pause_s)
            self.again()
        else:
            self._times = _Times(self._native)

    def again(self) -> Stall | None:
        """Look once more. Returns what ended since the last look."""
        self._stacks[_stack(_frame_of(self._ident))] += 1
        self._longest_s = self._times.passed_s()
        return None

    def finished(self) -> Stall | None:
        """Return what was seen, with the place seen most often."""
        if not self._stacks:
            return None
        return Stall(round(1000 * self._longest_s), self._stacks.most_common(1)[0][0])


class _CallLook(_Look):
    """Tells single calls into some modules apart, and measures each for itself."""

    def __init__(self, watched: threading.Thread, within: tuple[str, ...]) -> None:
        super().__init__(watched)
        self._within = within
        self._before = self._times  # of the last look

    def begin(self, pause_s: float) -> None:
        self.again()

    def again(self) -> Stall | None:
        now = _Times(self._native)
        frame = _frame_of(self._ident)
        entry = _entry(frame, self._within)
        goes_on = entry is not None and not entry.f_trace_lines
        ended = None if goes_on else self.finished()
        if not goes_on:
            self._stacks.clear()
        if entry is not None:
            self._follow(entry, frame)
        self._before = now
        return ended

    def _follow(self, entry: FrameType, frame: FrameType | None) -> None:
        if not self._stacks:
            # A flag that only debuggers read, and that is new with every call: it marks this one.
            entry.f_trace_lines = False
            self._times = self._before  # it began after the last look, however late this one is
            self._times.start_late(0.0)
        self._longest_s = self._times.passed_s()
        self._stacks[_stack(frame)] += 1


def _frame_of(thread: int) -> FrameType | None:
    return sys._current_frames().get(thread)


def _callers(frame: FrameType | None) -> list[FrameType]:
    """Return the frames of a stack, innermost first."""
    frames = []
    while frame is not None:
        frames.append(frame)
        frame = frame.f_back
    return frames


def _entry(frame: FrameType | None, within: tuple[str, ...]) -> FrameType | None:
    """Return the outermost call into the modules."""
    inside = [each for each in _callers(frame) if _is_in(_module(each), within)]
    return inside[-1] if inside else None


def _is_in(module: str, within: tuple[str, ...]) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in within)


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "?"))


def _stack(frame: FrameType | None) -> Stack:
    places = (f"{_module(f)}:{f.f_lineno} {f.f_code.co_name}" for f in _callers(frame))
    return tuple(places)[::-1]


def start_from_environment(app: QCoreApplication) -> Watchdog | None:
    """Watch the GUI thread if YIZHAN_WATCHDOG names a file; it gets a JSON line for each stall."""
    name = os.environ.get(ENVIRONMENT)
    if not name:
        return None
    watchdog = Watchdog(lambda stall: _append(Path(name), stall))
    app.aboutToQuit.connect(watchdog.stop)
    watchdog.start()
    return watchdog


def _append(file: Path, stall: Stall) -> None:
    with open(file, "a", encoding="ascii", opener=_private) as lines:  # Path.open has no opener
        lines.write(json.dumps(asdict(stall)) + "\n")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
