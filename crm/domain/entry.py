"""Text as people type it, and as spreadsheets spoil it, made plain.

What every value module shares: full-width digits and letters, invisible marks,
quotes and apostrophes around a cell, dashes of all sorts, a trailing `.0`. The
rules of one value (an identity number, a phone) live in its own module.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from crm.domain.errors import Refused


@dataclass(frozen=True, slots=True)
class Checked:
    """A normalised value, and the codes of what could not be verified about it."""

    value: str
    unverified: tuple[str, ...] = ()


_INVISIBLE = (
    *(0x00AD, 0x180E, 0xFEFF),
    *range(0x200B, 0x2010),  # zero-width and direction marks
    *range(0x202A, 0x202F),
    *range(0x2060, 0x206A),
)
_DASHES = "‐‑‒–—―−－﹣⁃"
_FULL_WIDTH = [*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B)]
_PLAIN: dict[int, str | None] = {
    **dict.fromkeys(_INVISIBLE),
    **{code: chr(code - 0xFEE0) for code in _FULL_WIDTH},
    0x3000: " ",
    0x00A0: " ",
}
_CODE: dict[int, str | None] = {
    **dict.fromkeys(_INVISIBLE),
    **{ord(dash): "-" for dash in _DASHES},
    ord("×"): "X",  # typed for the check letter of an identity number
}
_QUOTES = "'\"`‘’“”「」『』【】"
_CELL_NUMBER = re.compile(r"\d+\.0+")
_ROUNDED = re.compile(r"\d(?:\.\d+)?[eE]\+?\d+")


def tidy(text: str) -> str:
    """Return free text without cell artefacts: quotes around it, invisible marks, odd blanks."""
    plain = text if text.isascii() else unicodedata.normalize("NFC", text).translate(_PLAIN)
    plain = plain.replace("\r\n", "\n").strip()
    return _unquoted(plain)


def _unquoted(plain: str) -> str:
    if plain[:1] == "'":  # how Excel marks "this is text"
        plain = plain[1:]
    if len(plain) > 1 and plain[0] + plain[-1] in ("「」", "『』", "“”", "‘’", '""', "''"):
        plain = plain[1:-1]
    return plain.strip()


def code_text(text: str) -> str:
    """Return a number or code as plain ASCII where it can be, without blanks.

    Dashes become `-`; quotes around it and the `.0` of a number cell go.
    Raises: Refused `value.rounded` for `1.38E+10`, whose digits are lost.
    """
    plain = text
    if not text.isascii():
        plain = unicodedata.normalize("NFKC", text.translate(_CODE)).translate(_CODE)
    plain = "".join(plain.split()).strip(_QUOTES)
    if _CELL_NUMBER.fullmatch(plain):
        return plain.partition(".")[0]
    if _ROUNDED.fullmatch(plain):
        raise Refused("value.rounded")
    return plain


_DAY_FORMS = (
    re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})"),
    re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})[日号]?"),
    re.compile(r"(\d{4})(\d\d)(\d\d)"),
)
_MIDNIGHT = re.compile(r"(?<=\d)[T ]+0{1,2}:00(:00(\.0+)?)?$")


def written_day(text: str) -> str:
    """Return the date as YYYY-MM-DD.

    Takes 2026-3-8, 2026/03/08, 2026.3.8, 20260308, 2026年3月8日, and a date cell's
    midnight behind it. Raises: Refused `day.form`, or `day.impossible` for 31 February.
    """
    plain = code_text(_MIDNIGHT.sub("", text.strip()))
    for form in _DAY_FORMS:
        if match := form.fullmatch(plain):
            return _real_day(int(match[1]), int(match[2]), int(match[3]))
    raise Refused("day.form")


def _real_day(year: int, month: int, day: int) -> str:
    try:
        return date(year, month, day).isoformat()
    except ValueError as error:
        raise Refused("day.impossible") from error


_EMAIL = re.compile(r"[^@\s,;<>()\"]+@[^@\s,;<>()\"]+\.[^@\s.,;<>()\"]+")


def email(text: str) -> Checked:
    """Return an e-mail address, its domain in lower case. Raises: Refused `email.form`."""
    plain = code_text(text).removeprefix("mailto:")
    if not _EMAIL.fullmatch(plain):
        raise Refused("email.form")
    local, _, domain = plain.rpartition("@")
    return Checked(f"{local}@{domain.lower()}")


_BREAKS = re.compile(r"[、，,;；\n]+")


def split_words(text: str) -> list[str]:
    """Return the words of a list written in one cell, each once, in order."""
    words = (word.strip() for word in _BREAKS.split(tidy(text)))
    return list(dict.fromkeys(word for word in words if word))
