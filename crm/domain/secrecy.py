"""Keeps this process's memory out of files: no core dumps, no other program reads it, and what
Python itself says on standard error at the end of its wits is types and places, never words.

Called first thing by every program of ours. Nothing here raises: a system that has no such
setting is served as well as it can be, and docs/security.md says where.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import threading

PR_SET_DUMPABLE = 4
_NO_CRASH_WINDOW = 0x0001 | 0x0002  # SEM_FAILCRITICALERRORS, SEM_NOGPFAULTERRORBOX


def forbid_core_dumps() -> None:
    """Let a crash write no core file. Costs under a millisecond; the children inherit it."""
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.kernel32.SetErrorMode(_NO_CRASH_WINDOW)
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def hide_memory() -> None:
    """Keep other programs of the same user from reading this process (Linux).

    A core handler that is a program gets nothing either, which the limit alone does not promise.
    To be said anew by every new program: the system forgets it when one is executed.
    """
    if sys.platform != "linux":
        return
    import ctypes

    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def keep_words_back() -> None:
    """Let nothing that Python prints by itself quote a value: an error's words may name somebody.

    What nobody caught, also on a thread or while an object is taken apart, and warnings are told
    by type and place. Standard error may be a file that stays: a session's, a service's journal.
    """
    import threading
    import warnings

    sys.excepthook = tell_uncaught
    sys.unraisablehook = _tell_unraisable
    threading.excepthook = tell_uncaught_in_thread
    warnings.showwarning = _tell_warning


def tell_uncaught(
    kind: type[BaseException], _error: BaseException, trace: TracebackType | None
) -> None:
    """Say the type of an error and where it was, innermost first."""
    places = [*_places(trace)][::-1]
    _say(f"unexpected: {kind.__name__} at {' < '.join(places[:8]) or '?'}")


def tell_uncaught_in_thread(given: threading.ExceptHookArgs) -> None:
    if not issubclass(given.exc_type, SystemExit) and given.exc_value is not None:
        tell_uncaught(given.exc_type, given.exc_value, given.exc_traceback)


def _tell_unraisable(given: sys.UnraisableHookArgs) -> None:
    if given.exc_value is not None:
        tell_uncaught(given.exc_type, given.exc_value, given.exc_traceback)


def _tell_warning(
    message: object,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: object = None,
    line: object = None,
) -> None:
    del message, file, line  # words
    name = filename.replace("\\", "/").rpartition("/")[2]  # a path would name the user's home
    _say(f"warning: {category.__name__} at {name}:{lineno}")


def _places(trace: TracebackType | None) -> Iterator[str]:
    while trace is not None:
        yield f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}"
        trace = trace.tb_next


def _say(text: str) -> None:
    try:
        if sys.stderr is not None:  # a window has none
            sys.stderr.write(f"{text}\n")
    except (OSError, ValueError):  # full or closed: there is nobody to tell
        return
