"""yizhan: the window, and the laptop's use cases without one. Verbs, options, JSON: docs/cli.md.

Importing this loads nothing: the window's first picture waits for every import on its way.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path


def entry() -> None:
    """The console script."""
    sys.exit(main(sys.argv[1:]))


def main(arguments: Sequence[str]) -> int:
    """Run one command, or open the window; return the exit code."""
    wish = _window_wish(arguments)
    if wish is not None:
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
