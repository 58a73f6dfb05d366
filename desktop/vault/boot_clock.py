"""Time within one start of the machine, for waits that no set clock may shorten.

`boot` names the start, `seconds` counts from it, sleep of the machine included. The wall clock
is not asked. Why: docs/decisions/0081-back-off.md. Windows and macOS are prepared and not run.
"""

from __future__ import annotations

import subprocess
import sys
import uuid
from functools import cache
from pathlib import Path
from typing import Protocol

from desktop.services.clock import SystemClock

LONGEST_NAME = 64
_LINUX = Path("/proc/sys/kernel/random/boot_id")


class BootClock(Protocol):
    """What back-off asks."""

    def boot(self) -> str:
        """Return the name of this start of the machine, up to 64 ASCII characters."""

    def seconds(self) -> int:
        """Return whole seconds within this start; they only grow."""


class MachineClock:
    """The machine's own."""

    def boot(self) -> str:
        return _boot()

    def seconds(self) -> int:
        return int(SystemClock().monotonic())


@cache
def _boot() -> str:
    """Return the system's name of this start; where it has none, one of this process alone."""
    return _told_by_system()[:LONGEST_NAME] or f"process {uuid.uuid4()}"


def _told_by_system() -> str:
    try:
        if sys.platform == "linux":
            return _LINUX.read_text("ascii").strip()
        if sys.platform == "darwin":
            asked = ["/usr/sbin/sysctl", "-n", "kern.bootsessionuuid"]
            return subprocess.run(
                asked, capture_output=True, text=True, check=True, timeout=5
            ).stdout.strip()
        if sys.platform == "win32":
            return f"start {_windows_count()}"
    except (OSError, ValueError, subprocess.SubprocessError):
        return ""  # no name: then a wait does not outlast this process, and begins again
    return ""


def _windows_count() -> int:
    import winreg

    place = r"SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters"
    with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, place) as key:  # type: ignore[attr-defined]
        return int(winreg.QueryValueEx(key, "BootId")[0])  # type: ignore[attr-defined]
