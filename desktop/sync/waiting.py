"""How long to wait: what a server asks for, back-off after a line that broke, and chance.

Chance, because the laptops of a branch come back together: asked to wait 5 seconds, they
should not all be there again at the same instant. Pure: dice are handed in, 0 <= dice < 1.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

NOT_TOLD_S = 30  # of a server that is busy and does not say for how long
LONGEST_S = 86_400

_SECONDS = re.compile(r"[0-9]{1,9}")
_FIRST_S, _MOST_S = 0.5, 8.0
_SPREAD = 0.25  # of what was asked for
_SPREAD_MOST_S = 10.0


def retry_after_s(said: str | None, date: str | None) -> int:
    """Return the seconds that a reply asks to wait (RFC 9110: seconds, or a date).

    A date is held against the reply's own `Date`, so that no clock of a laptop counts.
    """
    if said is not None and _SECONDS.fullmatch(said.strip()):
        return min(int(said), LONGEST_S)
    until = _moment(said)
    if until is None:
        return NOT_TOLD_S
    since = _moment(date) or datetime.now(UTC)
    return min(max(0, round((until - since).total_seconds())), LONGEST_S)


def _moment(said: str | None) -> datetime | None:
    """Return an HTTP date; None where it is none."""
    try:
        found = parsedate_to_datetime(said or "")
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def jittered_s(seconds: float, dice: float) -> float:
    """Return what was asked for and up to a quarter more, never less."""
    return seconds + dice * min(seconds * _SPREAD, _SPREAD_MOST_S)


def backoff_s(times: int, dice: float) -> float:
    """Return the pause before asking again after the line broke for the `times`-th time running.

    None at first: most lines are there again at once. Then twice as long each time, of which
    between a half and all is waited.
    """
    if times <= 1:
        return 0.0
    full: float = min(_FIRST_S * 2 ** (times - 2), _MOST_S)
    return full * (1 + dice) / 2
