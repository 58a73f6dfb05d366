"""Which characters explain a hit: in the name itself, or in its pinyin with tone marks.

Pure. Follows the search (docs/search.md) in how a query is cut and compared, and the name's
search key (`crm.records.pinyin`) in how it is read; where a key does not fit its name,
character by character, nothing is marked rather than the wrong thing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from crm.domain.names import surname

Span = tuple[int, int]  # first character, and the one behind the last
Spans = tuple[Span, ...]  # in order, apart from each other
Piece = tuple[int, int, int]  # a syllable's place; its first letter, and behind its last

_BETWEEN = re.compile(r"[\s,;、]+")
_LATIN_ENDS = 0x2000  # what stands behind, and is a letter, is read character by character
_WIDE = range(0xFF00, 0xFFF0)


@dataclass(frozen=True, slots=True)
class Spelled:
    """A name's pinyin as people write it, `Zhào Guódòng`, and what of it explains the hit."""

    text: str
    spans: Spans


def spans(text: str, query: str, spelling: str = "") -> Spans:
    """Return what of `text` explains that it fits `query`.

    `spelling` is a name's search key, `zhang san feng|zsf`: characters are then found by
    their pinyin or initials, too. The text may be masked: what is hidden is not marked.
    """
    marked: set[int] = set()
    for word in words(query):
        marked.update(_direct(text, word) or _by_spelling(text, word, spelling))
    return _joined(marked)


def spelled(name: str, query: str, spelling: str) -> Spelled | None:
    """Return the pinyin of a Chinese name in the reading that explains the hit best.

    None for names in Latin letters, and where the key does not fit the name.
    """
    tokens = _tokens(name)
    fitting = [r for r in _readings(spelling) if len(r) == len(tokens)]
    if not fitting or all(_is_latin(name[start]) for start, _ in tokens):
        return None
    asked = words(query)
    syllables = max(fitting, key=lambda reading: len(_pieces(asked, reading)))
    parts = list(_written(name, tokens, syllables))
    starts = [0, *accumulate(map(len, parts))]
    marked: set[int] = set()
    for place, start, end in _pieces(asked, syllables):
        written = parts[place].strip(" ")
        at = starts[place] + len(parts[place]) - len(written)
        whole = len(written) != len(syllables[place])
        marked.update(range(at, at + len(written)) if whole else range(at + start, at + end))
    return Spelled("".join(parts), _joined(marked))


def words(query: str) -> list[str]:
    """Cut a query as the search does: folded, letters typed apart taken together."""
    found: list[str] = []
    apart = True
    for part in _BETWEEN.split(unicodedata.normalize("NFKC", query)):
        word = "".join(mark for mark, _ in _folded(part))
        letters = word.isascii() and word.isalpha()
        if letters and not apart:
            found[-1] += word
        elif word:
            found.append(word)
        apart = not letters
    return found


def _folded(text: str) -> Iterator[tuple[str, int]]:
    """Yield each letter and digit as it is compared, with its place in `text`."""
    for place, mark in enumerate(text):
        for folded in unicodedata.normalize("NFKC", mark).lower():
            if folded.isalnum() or unicodedata.category(folded) == "Co":
                yield folded, place


def _direct(text: str, word: str) -> set[int]:
    folded = list(_folded(text))
    kept = "".join(mark for mark, _ in folded)
    found: set[int] = set()
    at = kept.find(word)
    while at >= 0:
        found.update(place for _, place in folded[at : at + len(word)])
        at = kept.find(word, at + len(word))
    return found


def _by_spelling(name: str, word: str, spelling: str) -> set[int]:
    tokens = _tokens(name)
    for syllables in _readings(spelling):
        if len(syllables) == len(tokens) and (pieces := _pieces([word], syllables)):
            return {at for place, _, _ in pieces for at in range(*tokens[place])}
    return set()


# --- readings -------------------------------------------------------------------------------


def _readings(spelling: str) -> list[list[str]]:
    return [v.partition("|")[0].split() for v in spelling.split(";") if v]


def _tokens(name: str) -> list[Span]:
    """Return the parts of a name that have one syllable each: Latin words, other characters."""
    found: list[Span] = []
    for at, mark in enumerate(name):
        if unicodedata.category(mark)[0] not in "LN":
            continue
        if found and found[-1][1] == at and _is_latin(mark) and _is_latin(name[at - 1]):
            found[-1] = (found[-1][0], at + 1)
        else:
            found.append((at, at + 1))
    return found


def _is_latin(mark: str) -> bool:
    return ord(mark) < _LATIN_ENDS or ord(mark) in _WIDE


def _pieces(asked: Iterable[str], syllables: Sequence[str]) -> list[Piece]:
    """Return the letters of the syllables that the words stand for."""
    found: list[Piece] = []
    for word in asked:
        if word.isascii() and not word.isdecimal():
            found += _word_pieces(word, syllables)
    return found


def _word_pieces(word: str, syllables: Sequence[str]) -> list[Piece]:
    initials, full = "".join(s[0] for s in syllables), "".join(syllables)
    by_initials, by_letters = _fit(word, initials), _fit(word, full)
    if by_initials is None and len(word) == 2 and initials.endswith(word):
        by_initials = (2, len(initials) - 2)
    if by_initials is not None and (by_letters is None or by_initials[0] <= by_letters[0]):
        return [(place, 0, 1) for place in range(by_initials[1], by_initials[1] + len(word))]
    if by_letters is None:
        return []
    return list(_cut(syllables, by_letters[1], by_letters[1] + len(word)))


def _fit(word: str, spelt: str) -> tuple[int, int] | None:
    """Return how well (0 whole, 1 beginning, 2 inside) and where `word` stands in `spelt`."""
    if spelt.startswith(word):
        return (0 if spelt == word else 1), 0
    if len(word) > 2 and word in spelt:
        return 2, spelt.index(word)
    return None


def _cut(syllables: Sequence[str], first: int, end: int) -> Iterator[Piece]:
    """Yield the part of each syllable that lies between two letters of all of them."""
    at = 0
    for place, syllable in enumerate(syllables):
        start, stop = max(first - at, 0), min(end - at, len(syllable))
        if start < stop:
            yield place, start, stop
        at += len(syllable)


def _written(name: str, tokens: Sequence[Span], syllables: Sequence[str]) -> Iterator[str]:
    """Yield each syllable as written: the first of a word has a capital, and a blank before."""
    from crm.records.pinyin import toned  # its tables load slowly; only the palette asks

    family = len(surname(name))
    for place, ((start, end), syllable) in enumerate(zip(tokens, syllables, strict=True)):
        latin = _is_latin(name[start])
        text = name[start:end] if latin else toned(name[start], syllable)
        begins = latin or place in (0, family) or tokens[place - 1][1] < start
        if begins and not latin:
            text = text[:1].upper() + text[1:]
        yield f" {text}" if begins and place else text


def _joined(marked: Iterable[int]) -> Spans:
    found: list[Span] = []
    for at in sorted(marked):
        if found and found[-1][1] == at:
            found[-1] = (found[-1][0], at + 1)
        else:
            found.append((at, at + 1))
    return tuple(found)
