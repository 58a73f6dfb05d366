"""What is asked of the index: full-text expressions over three-character tokens.

Every expression finds at least the customers it is meant for. It may find a few more, where
tokens of one field stand in another or apart from each other; `matching` judges each row.
The index keeps no positions, so a longer text is asked for by its tokens joined with AND.
"""

from __future__ import annotations

from collections.abc import Iterable

from desktop.storage.search.texts import ID_TAIL

TELLING = 8  # characters of a long text that are asked for


def all_of(parts: Iterable[str]) -> str:
    """Return the expression for rows that every part finds."""
    return f"({' AND '.join(parts)})"


def any_of(parts: Iterable[str]) -> str:
    """Return the expression for rows that any part finds."""
    return f"({' OR '.join(parts)})"


def _token(marks: str) -> str:
    quoted = marks.replace('"', '""')
    return f'"{quoted}"'


def _tokens(text: str) -> list[str]:
    return [_token(text[at : at + 3]) for at in range(len(text) - 2)]


def anywhere(text: str) -> str:
    """Rows with a text of three characters or more in any field but the name.

    The last tokens of a long one tell enough: what all share, a province, the first digits of
    mobile numbers, stands in front, and those are the tokens that cost time.
    """
    return all_of(_tokens(text[-TELLING:]))


# -- the name, kept as ^张.三.丰$ ----------------------------------------------------------


def name_is(text: str) -> str:
    return all_of(_tokens(f"^{'.'.join(text)}$"))


def name_starts(text: str) -> str:
    if len(text) == 1:
        return any_of((_token(f"^{text}."), _token(f"^{text}$")))
    return all_of((_token(f"^{text[0]}."), *_pairs(text)))


def name_has(text: str) -> str:
    if len(text) > 1:
        return all_of(_pairs(text))
    return any_of(_token(before + text + after) for before in "^." for after in ".$")


def _pairs(text: str) -> list[str]:
    return [_token(f"{text[at]}.{text[at + 1]}") for at in range(len(text) - 1)]


# -- pinyin and initials, kept as <<zhangsanfeng|zsf> --------------------------------------


def spelling_is(text: str) -> str:
    initials = all_of(_tokens(f"|{text}>"))
    if len(text) == 1:
        return initials
    return any_of((initials, all_of(_tokens(f"<{text}|"))))


def spelling_starts(text: str) -> str:
    if len(text) == 1:
        return _token(f"<<{text}")
    return any_of((all_of(_tokens(f"<{text}")), all_of(_tokens(f"|{text}"))))


def initials_end(text: str) -> str:
    """Two initials at the end: a given name."""
    return _token(f"{text}>")


# -- phones 138…!, identity numbers …1234#, villages [南山村 --------------------------------


def phone_ends(digits: str) -> str:
    return all_of(_tokens(f"{digits[-TELLING:]}!"))


def id_ends(text: str) -> str:
    return all_of(_tokens(f"{text[-ID_TAIL:]}#"))


def village_starts(text: str) -> str:
    """Villages that begin with two characters."""
    return _token(f"[{text}")
