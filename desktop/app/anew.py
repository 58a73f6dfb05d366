"""Replaces this process by a new one of the same words: nothing in memory outlives a lock.

Python and Qt copy texts about and never wipe them, so the only memory that surely holds no name
is that of a process that has never seen one. docs/decisions/0086.
"""

from __future__ import annotations

import os
import sys
from collections.abc import MutableMapping
from typing import NoReturn

STANDING = "YIZHAN_STANDING"  # how the window stood; in the environment, for one start only
UNKEPT = "YIZHAN_UNKEPT"  # set where the lock could not save everything; for one start only
FRONT, BEHIND, MINIMIZED = "front", "behind", "minimized"


def command() -> list[str]:
    """Return the words that this process was started with, for the same program."""
    if getattr(sys, "frozen", False):
        return [sys.executable, *sys.argv[1:]]
    return [sys.executable, *sys.orig_argv[1:]]


def begin_anew(standing: str, *, unkept: bool = False) -> NoReturn:
    """Become a new process of the same words; `standing` is FRONT, BEHIND or MINIMIZED.

    `unkept`: something could not be saved, and only the new process can still say so.
    Files and connections close with the old one; locks on them go as well. The process id stays,
    but on Windows, where there is a second process and the first one ends.
    Raises: OSError where the program cannot be started (it was removed, memory is short).
    """
    environment = _environment(standing, unkept)
    if sys.platform == "win32":
        import subprocess

        subprocess.Popen(command(), env=environment, close_fds=True)
        os._exit(0)
    os.execve(sys.executable, command(), environment)  # noqa: S606 - no shell, on purpose


def _environment(standing: str, unkept: bool) -> dict[str, str]:
    """Return the environment of the new process.

    A frozen program is told by its packer's own variable that it is a start of its own.
    """
    given = {**os.environ, STANDING: standing}
    if unkept:
        given[UNKEPT] = "yes"
    if getattr(sys, "frozen", False):
        given["PYINSTALLER_RESET_ENVIRONMENT"] = "1"
    return given


def how_it_stood(environment: MutableMapping[str, str] = os.environ) -> str:
    """Return how the window stood before this start, "" after one by a person; forget it."""
    told = environment.pop(STANDING, "")
    return told if told in (FRONT, BEHIND, MINIMIZED) else ""


def was_unkept(environment: MutableMapping[str, str] = os.environ) -> bool:
    """Tell, once, whether the lock before this start could not save everything."""
    return environment.pop(UNKEPT, "") != ""
