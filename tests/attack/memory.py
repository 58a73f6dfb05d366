"""How much memory this process has taken at most since a moment: Linux counts it for us."""

from __future__ import annotations

from pathlib import Path

_STATUS = Path("/proc/self/status")
_REFS = Path("/proc/self/clear_refs")
_HIGHEST = "5"  # proc(5): resets the peak to what is taken now
_base = 0


def reset() -> None:
    """Begin anew from what is taken now."""
    global _base  # noqa: PLW0603 - there is one process
    _REFS.write_text(_HIGHEST)
    _base = _value("VmRSS")


def grown() -> int:
    """Return by how many bytes the peak has risen above what was taken at `reset`."""
    return _value("VmHWM") - _base


def _value(name: str) -> int:
    for line in _STATUS.read_text().splitlines():
        key, _, rest = line.partition(":")
        if key == name:
            return int(rest.split()[0]) * 1024
    raise LookupError(name)
