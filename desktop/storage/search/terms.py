"""What a person typed, cut into terms, and how each term is looked for: the best places first."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

from desktop.storage.search import expressions as ask
from desktop.storage.search.texts import ID_TAIL, fold

MAX_QUERY = 200  # characters
MAX_TERMS = 8
MAX_TERM = 40  # characters

_BETWEEN = re.compile(r"[\s,;、]+")
_COUNTRY = re.compile(r"^(?:\+86|0086(?=[-0-9]{7})|86(?=1[0-9]{10}$))")
_ID_TAIL = re.compile(r"(?=(?:.*[0-9]){3})[0-9a-z]{4,}")


class Place(IntEnum):
    """Where a term was found; smaller is better."""

    NAME = 0
    NAME_START = 1
    SPELLING = 2  # pinyin or initials, all of them
    SPELLING_START = 3
    NAME_PART = 4
    TAIL = 5  # the last digits of a phone or identity number
    SPELLING_PART = 6
    PHONE_PART = 7
    VILLAGE = 8
    ADDRESS = 9


@dataclass(frozen=True)
class Term:
    """One folded word of a query."""

    text: str

    @cached_property
    def is_spelling(self) -> bool:
        """Whether it may be pinyin or initials."""
        return self.text.isascii() and self.text.isalnum() and not self.is_digits

    @cached_property
    def is_digits(self) -> bool:
        return self.text.isascii() and self.text.isdecimal()

    @cached_property
    def is_id_tail(self) -> bool:
        return _ID_TAIL.fullmatch(self.text) is not None

    @cached_property
    def expression(self) -> str:
        """The expression that finds every customer whom this term fits."""
        return ask.any_of(self._everywhere())

    def _everywhere(self) -> Iterator[str]:
        text = self.text
        yield ask.name_has(text)
        if len(text) == 2:
            yield ask.village_starts(text)
        if len(text) < 3 and self.is_spelling:
            yield ask.spelling_starts(text)
        if len(text) == 2 and self.is_spelling:
            yield ask.initials_end(text)
        if len(text) == 2 and self.is_digits:
            yield ask.phone_ends(text)
        if len(text) > 2:
            yield ask.anywhere(text)
        if self.is_id_tail and len(text) > ID_TAIL:
            yield ask.id_ends(text)

    def stages(self) -> Iterator[tuple[str, Place]]:
        """Yield expressions, each with the worst place that it is asked for, the best first.

        They put a long answer in order; `expression` finds the rest. A name in Latin letters
        is its own pinyin.
        """
        text = self.text
        if self.is_spelling:
            yield ask.spelling_is(text), Place.SPELLING
            yield ask.spelling_starts(text), Place.SPELLING_START
        elif self.is_digits and len(text) > 2:
            yield ask.phone_ends(text), Place.TAIL
        elif not self.is_digits:
            yield ask.name_is(text), Place.NAME
            yield ask.name_starts(text), Place.NAME_START
            yield ask.name_has(text), Place.NAME_PART
        if self.is_id_tail:
            yield ask.id_ends(text), Place.TAIL


def terms_of(query: str) -> tuple[Term, ...]:
    """Cut a query at blanks and commas; () when nothing in it can be looked for.

    Pinyin typed syllable by syllable is one term: `zhang san` looks for `zhangsan`. Beside other
    terms one or two digits say too little and are passed over: more of them are being typed.
    """
    narrow = unicodedata.normalize("NFKC", query[:MAX_QUERY])
    words = (_COUNTRY.sub("", word) for word in _BETWEEN.split(narrow))
    terms = [Term(text[:MAX_TERM]) for word in words if (text := fold(word))]
    telling = [term for term in terms if not term.is_digits or len(term.text) > 2]
    return tuple(dict.fromkeys(_joined(telling or terms[:1])))[:MAX_TERMS]


def _joined(terms: list[Term]) -> Iterator[Term]:
    letters = ""
    for term in terms:
        if term.text.isascii() and term.text.isalpha():
            letters += term.text
            continue
        if letters:
            yield Term(letters)
            letters = ""
        yield term
    if letters:
        yield Term(letters)
