"""Looks for texts in the memory of a running process, as a thief with the laptop awake would."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

CHUNK = 1 << 18
NOTHING = bytes(CHUNK)  # most of what a process has asked for
# Qt keeps texts as UTF-16, CPython as one, two or four bytes a character; files as UTF-8.
ENCODINGS = ("utf-8", "utf-16-le", "utf-32-le")
_LINE = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \d+ *(.*)")


def found_in_memory(pid: int, planted: Mapping[str, str | bytes]) -> dict[str, list[str]]:
    """Return which planted texts or bytes the process holds, each with the encodings found.

    Looks at everything that can be read and was not simply mapped from a file unchanged. Needs
    root: our programs keep others of the same user out. Raises: PermissionError.
    """
    needles = {(name, code): data for name, what in planted.items() for code, data in _forms(what)}
    overlap = max(map(len, needles.values())) - 1
    found: dict[str, list[str]] = {}
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for start, end in _regions(pid):
            for data in _chunks(memory.fileno(), start, end, overlap):
                for name, code in [key for key, needle in needles.items() if needle in data]:
                    found.setdefault(name, []).append(code)
                    del needles[name, code]
    return found


def _forms(what: str | bytes) -> list[tuple[str, bytes]]:
    """Return the bytes that a text may stand as, each once."""
    if isinstance(what, bytes):
        return [("raw", what)]
    # without the last zeros, of which memory is full: to look for them takes five times as long
    return [(code, what.encode(code).rstrip(b"\0")) for code in ENCODINGS]


def _regions(pid: int) -> Iterator[tuple[int, int]]:
    """Yield from where to where memory can hold what was written while the program ran."""
    for line in Path(f"/proc/{pid}/maps").read_text(encoding="utf-8").splitlines():
        match = _LINE.fullmatch(line)
        assert match, line
        start, end, mode, name = int(match[1], 16), int(match[2], 16), match[3], match[4]
        unchanged = name.startswith("/") and "w" not in mode
        if mode.startswith("r") and not unchanged and name not in ("[vvar]", "[vsyscall]"):
            yield start, end


def _chunks(memory: int, start: int, end: int, overlap: int) -> Iterator[bytes]:
    at = start
    while at < end:
        try:
            data = os.pread(memory, min(CHUNK, end - at), at)
        except OSError:  # a guard page, a device: there is nothing of ours
            return
        if data != NOTHING[: len(data)]:
            yield data
        if at + len(data) >= end:
            return
        at += max(1, len(data) - overlap)
