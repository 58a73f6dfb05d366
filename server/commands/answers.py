"""What a verb gives back, and how its progress is shown."""

from __future__ import annotations

import getpass
import sys
from typing import Any

from crm.domain.exits import harmless

Answer = tuple[dict[str, Any], str, int]  # JSON, text, exit code
STOPPED = 3  # a rule stands in the way; nothing was changed


def secret(prompt: str) -> str:
    """Read a secret: by prompt on a terminal, else the next line of standard input."""
    if sys.stdin.isatty():
        return getpass.getpass(prompt + ": ")
    return sys.stdin.readline().rstrip("\r\n")


def tell(text: str) -> None:
    """Write a line for whoever watches; JSON on standard output stays one object."""
    sys.stderr.write(harmless(text) + "\n")
    sys.stderr.flush()


def count(done: int, total: int) -> None:
    """Show how far it is, on a terminal only."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{done}/{total}" + ("\n" if done == total else ""))
