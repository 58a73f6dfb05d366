"""Places where a test may kill the process: the commit boundaries that the rules name.

Armed by the environment variable YIZHAN_FAILPOINT and only where `arm` was called, which a
practice profile does. Anywhere else a failpoint is one comparison with None.
"""

from __future__ import annotations

import os
import signal

_armed: list[str] = []


def arm() -> None:
    """Let YIZHAN_FAILPOINT=name kill this process at that point (SIGKILL, as a power cut would)."""
    _armed[:] = [os.environ.get("YIZHAN_FAILPOINT", "")]


def failpoint(name: str) -> None:
    """Die here, if armed."""
    if _armed and _armed[0] == name:
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
