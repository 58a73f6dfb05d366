"""Pinyin of names for the search index: computed once, when a name is written.

Readings come from two small tables of our own (surnames, given names) and from
pypinyin's character table behind them, which is loaded at the first Chinese name.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from itertools import chain, islice, product
from pathlib import Path

from crm.domain.names import surname, surname_readings

MAX_LENGTH = 200
MAX_VARIANTS = 3

Reading = tuple[str, ...]  # syllables

_U_SPELT = frozenset(("lv", "lve", "nv", "nve"))  # every syllable of Mandarin that keeps its ü
_DIAERESIS = "\u0308"
_LATIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i"})


def search_key(name: str) -> str:
    """Return `zhang san feng|zsf`; several readings are separated by `;`.

    At most three variants and 200 characters, lower-case ASCII. ü is `v`, with a
    second variant in `u`. Latin words lose case and accents. Characters that no
    table knows are left out; a name of such characters alone has the key "".
    """
    return _key(_choices(name))


def word_key(text: str) -> str:
    """Return as `search_key` does what is nobody's name: a tag, a village, a command."""
    return _key(_word_choices(text))


def _key(parts: Iterable[tuple[Reading, ...]]) -> str:
    choices = list(parts)
    if all(len(readings) == 1 for readings in choices):
        combinations = iter((tuple(readings[0] for readings in choices),))
    else:
        combinations = product(*choices)
    return _joined(map(_variant, islice(_spellings(combinations), MAX_VARIANTS)))


def _joined(variants: Iterable[str]) -> str:
    key = ""
    for variant in variants:
        longer = f"{key};{variant}" if key else variant
        if len(longer) > MAX_LENGTH:
            break
        key = longer
    return key


def _variant(syllables: Reading) -> str:
    variant = f"{' '.join(syllables)}|{''.join([syllable[0] for syllable in syllables])}"
    if len(variant) > MAX_LENGTH:
        return _variant(syllables[:-1] or (syllables[0][: MAX_LENGTH - 2],))
    return variant if syllables else ""


def _spellings(combinations: Iterable[tuple[Reading, ...]]) -> Iterator[Reading]:
    """Yield the syllables of each combination, then with `u` where they hold a `v`."""
    for parts in combinations:
        syllables = tuple(chain.from_iterable(parts))
        yield syllables
        if not _U_SPELT.isdisjoint(syllables):
            yield tuple([_with_u(syllable) for syllable in syllables])


def _with_u(syllable: str) -> str:
    return syllable.replace("v", "u") if syllable in _U_SPELT else syllable


def _choices(name: str) -> Iterator[tuple[Reading, ...]]:
    """Yield, part by part of the name, the readings that the part may have."""
    family = surname(name)
    if family in surname_readings():
        yield _surname_choices(family)
        name = name[len(family) :]
    yield from _word_choices(name)


def _word_choices(text: str) -> Iterator[tuple[Reading, ...]]:
    word = ""
    for mark in text:
        latin = _latin(mark)
        if latin:
            word += latin
            continue
        if word:
            yield ((word,),)
            word = ""
        if readings := _character(mark):
            yield readings
    if word:
        yield ((word,),)


@cache
def _surname_choices(family: str) -> tuple[Reading, ...]:
    return tuple(tuple(reading.split()) for reading in surname_readings()[family])


@cache
def _latin(mark: str) -> str:
    """Return the ASCII letters or digits that stand for one character, else ""."""
    plain = unicodedata.normalize("NFKD", mark.lower().translate(_LATIN)).lower()  # 𝑨 is upper A
    return "".join(part for part in plain if part.isascii() and part.isalnum())


@cache
def _character(mark: str) -> tuple[Reading, ...]:
    """Return the readings of one Chinese character in given names; () where unknown."""
    known = _given_readings().get(mark)
    if known is None:
        first = _dictionary().get(ord(mark), "").partition(",")[0]
        known = (_toneless(first),)
    return tuple((reading,) for reading in known if reading)


@cache
def _given_readings() -> dict[str, Reading]:
    text = files("resources").joinpath("names/given_readings.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return {mark: tuple(readings.split(",")) for mark, readings in rows}


@cache
def _dictionary() -> dict[int, str]:
    """Return the package's table of characters, read without the package where that can be done.

    Importing it would load its phrases as well: 0.2 s, most of it holding Python's lock, while a
    window waits.
    """
    package = find_spec("pypinyin")
    origin = package.origin if package else None
    table = Path(origin).with_name("pinyin_dict.json") if origin else None
    if table is not None and table.is_file():
        return {int(mark): readings for mark, readings in json.loads(table.read_bytes()).items()}
    from pypinyin.pinyin_dict import pinyin_dict

    return pinyin_dict


def toned(mark: str, syllable: str) -> str:
    """Return `syllable`, a reading of the character `mark`, with its tone: zhāng for zhang.

    Of several tones the most usual one. What no table knows is returned as it came.
    """
    for reading in _dictionary().get(ord(mark), "").split(","):
        plain = _toneless(reading)
        if syllable in (plain, _with_u(plain)):
            return unicodedata.normalize("NFC", reading)
    return syllable


def _toneless(reading: str) -> str:
    """Return zhāng as zhang and lǚ as lv."""
    parts = unicodedata.normalize("NFD", reading).replace("u" + _DIAERESIS, "v")
    return "".join(part for part in parts if part.isascii() and part.isalpha())
