"""Keeps this process's memory out of files: no core dumps, and no other program reads it.

Called first thing by every program of ours. Nothing here raises: a system that has no such
setting is served as well as it can be, and docs/security.md says where.
"""

from __future__ import annotations

import sys

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
