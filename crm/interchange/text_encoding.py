"""Which encoding a text file has: UTF-8, GB18030 or, with its mark, UTF-16.

Chinese Excel saves csv as GB18030 (it says ANSI or GBK), WPS and newer Excel
as UTF-8 with a mark, other programs as UTF-8 without. Strict decoding tells
them apart but for short files in which every character is two bytes of both.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from crm.domain.errors import BadFile

ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "utf-16")

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Two or more characters of the 3,755 commonest (GB 2312 level 1: B0A1-D7FE) in a row
_COMMON_PAIR = re.compile(rb"(?:[\xb0-\xd7][\xa1-\xfe]){2}")
_NOT_ASCII = re.compile(rb"[\x80-\xff]+")

# GB 18030-2022 gives these codes characters of their own; the codec still makes
# them private-use ones, which no font shows.
_PRIVATE_USE = str.maketrans(
    {
        0xE816: 0x20087,
        0xE817: 0x20089,
        0xE818: 0x200CC,
        0xE81E: 0x9FB4,
        0xE826: 0x9FB5,
        0xE82B: 0x9FB6,
        0xE82C: 0x9FB7,
        0xE831: 0x215D7,
        0xE832: 0x9FB8,
        0xE83B: 0x2298F,
        0xE843: 0x9FB9,
        0xE854: 0x9FBA,
        0xE855: 0x241FE,
        0xE864: 0x9FBB,
    }
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file's text, the encoding it was read in, and whether another would fit as well."""

    text: str
    encoding: str
    certain: bool = True


def decode(data: bytes, encoding: str | None = None) -> Decoded:
    """Return the text of `data`, in `encoding` where the person has said which.

    Raises: BadFile `import.encoding` with the line and the encoding that got furthest.
    """
    if encoding is not None:
        return Decoded(_text(data, encoding), encoding)
    for mark, marked in _MARKS:
        if data.startswith(mark):
            return Decoded(_text(data, marked), marked)
    return _guessed(data)


def _guessed(data: bytes) -> Decoded:
    utf8, gb18030 = _end_of_valid(data, "utf-8"), _end_of_valid(data, "gb18030")
    if utf8 < len(data) and gb18030 < len(data):
        best = "utf-8" if utf8 >= gb18030 else "gb18030"
        raise _undecodable(data, best, max(utf8, gb18030))
    if data.isascii() or gb18030 < len(data):
        return Decoded(_text(data, "utf-8"), "utf-8")
    if utf8 < len(data):
        return Decoded(_text(data, "gb18030"), "gb18030")
    return _both_fit(data)


def _both_fit(data: bytes) -> Decoded:
    """Choose where both decode: Chinese in UTF-8 takes three bytes, in GB18030 two."""
    text = data.decode("utf-8")
    if max(text) >= "\u0800":
        return Decoded(text, "utf-8")
    chinese = any(_COMMON_PAIR.match(run[0]) for run in _NOT_ASCII.finditer(data))
    encoding = "gb18030" if chinese else "utf-8"
    return Decoded(_text(data, encoding), encoding, certain=False)


def _end_of_valid(data: bytes, encoding: str) -> int:
    try:
        data.decode(encoding)
    except UnicodeDecodeError as error:
        return error.start
    return len(data)


def _text(data: bytes, encoding: str) -> str:
    if encoding not in ENCODINGS:
        raise BadFile("import.encoding_unknown", known=", ".join(ENCODINGS))
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise _undecodable(data, encoding, error.start) from error
    return text.translate(_PRIVATE_USE) if encoding == "gb18030" and not text.isascii() else text


def _undecodable(data: bytes, encoding: str, at: int) -> BadFile:
    line = data.count(b"\n", 0, at) + 1
    return BadFile("import.encoding", line=line, encoding=encoding.upper())
