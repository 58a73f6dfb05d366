"""Text that a spreadsheet would run as a formula, made harmless and read back.

A cell that begins with = + - @, a tab or a line end can run in the program
that opens the file. An apostrophe in front stops it in all of them; reading
takes exactly one away, so that `+8613…` comes back as it was.
"""

from __future__ import annotations

import re

_RISKY = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_GUARDED = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")


def is_risky(text: str) -> bool:
    """Tell whether a spreadsheet may take `text` for more than text."""
    return _RISKY.match(text) is not None


def guarded(text: str) -> str:
    """Return `text` with an apostrophe in front where it needs one."""
    return "'" + text if is_risky(text) else text


def unguarded(text: str) -> str:
    """Return what `guarded` was given."""
    return text[1:] if _GUARDED.match(text) else text
