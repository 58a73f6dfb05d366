"""Near matches: what differs from the query by one slip of typing.

A slip is one character too many, missing or wrong, or two neighbours exchanged. It spoils one
part of the text at most, so customers are proposed by the other parts; then the text itself
is compared. Asked only when nothing was found; addresses are left out, they are too long.
"""

from __future__ import annotations

from itertools import pairwise

from desktop.storage.search import expressions as ask
from desktop.storage.search.matching import Candidate
from desktop.storage.search.terms import Term
from desktop.storage.search.texts import fold

_NAMES = range(3, 7)  # lengths of names in which a slip leaves enough to tell
_SHORTEST_SPELLING = 6
_SHORTEST_PHONE = 7
_PART = 3  # characters, the fewest that the index can be asked for


def proposal(term: Term) -> str | None:
    """Return the expression for customers whom `term` may have meant; None where it is short."""
    text = term.text
    if term.is_digits and len(text) >= _SHORTEST_PHONE:
        return _by_parts(text, text)
    if term.is_spelling and len(text) >= _SHORTEST_SPELLING:
        return _by_parts(text, f"<{text}")
    if len(text) in _NAMES and not text.isascii():
        return ask.any_of(_all_but(text, at) for at in range(len(text)))
    return None


def _all_but(text: str, at: int) -> str:
    return ask.all_of(map(ask.name_has, text[:at] + text[at + 1 :]))


def _by_parts(text: str, kept: str) -> str:
    """Return what finds `kept` with one of its parts spoilt: two of three parts, or one of two."""
    count = 3 if len(text) >= 3 * _PART else 2
    cuts = [len(kept) * number // count for number in range(count + 1)]
    parts = [ask.anywhere(kept[start:end]) for start, end in pairwise(cuts)]
    sound = [ask.all_of(parts[:at] + parts[at + 1 :]) for at in range(count)]
    # neighbours exchanged across a cut spoil both parts
    swapped = [kept[: cut - 1] + kept[cut] + kept[cut - 1] + kept[cut + 1 :] for cut in cuts[1:-1]]
    return ask.any_of(sound + list(map(ask.anywhere, swapped)))


def near(term: Term, candidate: Candidate) -> str | None:
    """Return the field that is one slip away from `term`, or None."""
    text = term.text
    if term.is_digits:
        return "phone" if any(_holds(phone, text) for phone in candidate.phones()) else None
    if term.is_spelling:
        spelt = (full for full, _ in candidate.readings())
        return "pinyin" if any(_starts(full, text) for full in spelt) else None
    return "name" if one_slip(fold(candidate.name), text) else None


def _starts(kept: str, text: str) -> bool:
    return any(one_slip(kept[: len(text) + more], text) for more in (-1, 0, 1))


def _holds(kept: str, text: str) -> bool:
    return any(_starts(kept[at:], text) for at in range(len(kept) - len(text) + 2))


def one_slip(kept: str, typed: str) -> bool:
    """Tell whether one slip at most lies between two texts."""
    at = 0
    while at < min(len(kept), len(typed)) and kept[at] == typed[at]:
        at += 1
    kept, typed = kept[at:], typed[at:]
    return (
        kept[1:] in (typed[1:], typed)
        or kept == typed[1:]
        or (kept[:2] == typed[1::-1] and kept[2:] == typed[2:])
    )
