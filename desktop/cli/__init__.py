"""yizhan: the window, and the laptop's use cases without one. Verbs, options, JSON: docs/cli.md.

Importing this loads nothing: the window's first picture waits for every import on its way.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path


def entry() -> None:
    """The console script."""
    from crm.domain.secrecy import forbid_core_dumps, hide_memory, keep_words_back

    forbid_core_dumps()
    keep_words_back()
    if _window_wish(sys.argv[1:]) is None:  # the window does it after its first picture
        hide_memory()
        sys.exit(main(sys.argv[1:]))
    _leave(main(sys.argv[1:]))


def _leave(code: int) -> None:
    """End at once: the window has waited for its jobs and closed its files.

    What Python would still do is to take the window's objects apart one by one, which takes as
    long as it took to load them, in an order that Qt does not promise to survive.
    """
    if "logging" in sys.modules:
        sys.modules["logging"].shutdown()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            with suppress(OSError):  # closed or full: there is nobody to tell
                stream.flush()
    os._exit(code)


def main(arguments: Sequence[str]) -> int:
    """Run one command, or open the window; return the exit code."""
    wish = _window_wish(arguments)
    if wish is not None:
        gc.disable()  # nothing that is loaded now goes away; the window's collector takes over
        from desktop.app.window import start

        return start(*wish)
    from desktop.cli.running import run_command

    return run_command(arguments)


def _window_wish(arguments: Sequence[str]) -> tuple[Path | None, bool] | None:
    """Return (profile, smoke) where plain words ask for the window, else None.

    Anything else, --help and mistakes included, is read by the whole parser.
    """
    words = list(arguments) or ["window"]
    if words.pop(0) != "window":
        return None
    smoke = "--smoke" in words
    if smoke:
        words.remove("--smoke")
    if not words:
        return None, smoke
    if len(words) == 2 and words[0] == "--profile":
        return Path(words[1]), smoke
    return None
