"""Text that a spreadsheet would run as a formula, made harmless and read back.

A cell that begins with = + - @, a tab or a line end can run in the program
that opens the file, also behind spaces and marks without width, which some
strip before they look. An apostrophe in front stops it in all of them; reading
takes exactly one away, so that `+8613…` comes back as it was.
"""

from __future__ import annotations

import re

_UNSEEN = r"[\s\x00\xad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]*"
_FORMULA = rf"(?:[\t\r\n]|{_UNSEEN}[=+\-@＝＋－＠])"
_RISKY = re.compile(rf"'*{_FORMULA}")
_GUARDED = re.compile(rf"'+{_FORMULA}")


def is_risky(text: str) -> bool:
    """Tell whether a spreadsheet may take `text` for more than text."""
    return _RISKY.match(text) is not None


def guarded(text: str) -> str:
    """Return `text` with an apostrophe in front where it needs one."""
    return "'" + text if is_risky(text) else text


def unguarded(text: str) -> str:
    """Return what `guarded` was given."""
    return text[1:] if _GUARDED.match(text) else text
