"""Places where a test may kill the server: its commit boundaries, as the rules name them.

Armed by the environment variable YIZHAN_SERVER_FAILPOINT and only where `arm` was called, which
a practice server does when its store is opened. Anywhere else a failpoint is one comparison.
"""

from __future__ import annotations

import os
import signal

_armed: list[str] = []


def arm() -> None:
    """Let YIZHAN_SERVER_FAILPOINT=name kill this process at that point (SIGKILL: a power cut)."""
    _armed[:] = [os.environ.get("YIZHAN_SERVER_FAILPOINT", "")]


def failpoint(name: str) -> None:
    """Die here, if armed."""
    if _armed and _armed[0] == name:
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
