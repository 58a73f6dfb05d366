"""Identity documents: the number's form, and what a resident number tells.

The rules of the resident identity number are those of GB 11643-1999; see
docs/rules/identity.md. A number is normalised, never corrected: one whose
checksum, date or region does not hold is kept and marked unverified.
"""

from __future__ import annotations

import re
from datetime import date
from operator import mul
from typing import NamedTuple

from crm.domain.divisions import Division, by_code, smallest_known
from crm.domain.entry import Checked, code_text
from crm.domain.errors import Refused

RESIDENT = "resident_id"

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_LETTERS = "10X98765432"
_NEW_FORM = re.compile(r"[0-9]{17}[0-9X]")
_OLD_FORM = re.compile(r"[0-9]{15}")
_FIRST_YEAR = 1880  # nobody born earlier holds a resident number


class _Form(NamedTuple):
    shortest: int
    longest: int
    characters: re.Pattern[str]
    usual: re.Pattern[str] | None = None  # otherwise "identity.form"


_LETTERS_DIGITS = re.compile(r"[0-9A-Z]+")
_ANY = re.compile(r"[0-9A-Z()\-/·\u4e00-\u9fff]+")
_FORMS = {
    "passport": _Form(5, 15, _LETTERS_DIGITS),
    "hk_macau_permit": _Form(9, 11, _LETTERS_DIGITS, re.compile(r"[HM][0-9]{8}(?:[0-9]{2})?")),
    "taiwan_permit": _Form(8, 12, re.compile(r"[0-9A-Z()]+"), re.compile(r"[0-9]{8}|[0-9]{10}.*")),
    "foreign_permanent_id": _Form(
        15, 18, _LETTERS_DIGITS, re.compile(r"[A-Z]{3}[0-9]{12}|9[0-9]{16}[0-9X]")
    ),
    "military_id": _Form(4, 30, _ANY),
    "other": _Form(4, 30, _ANY),
}


def parse(text: str, id_type: str = RESIDENT) -> Checked:
    """Return the number of a document of `id_type` (one of kinds.ID_TYPES).

    Raises: Refused `identity.length`, `identity.characters`, `value.rounded`.
    """
    code = code_text(text).upper()
    if id_type == RESIDENT:
        return _resident(code.replace("-", ""))
    return _other(code, _FORMS.get(id_type, _FORMS["other"]))


def _resident(number: str) -> Checked:
    if len(number) not in (15, 18):
        raise Refused("identity.length", length=len(number))
    if not (_NEW_FORM.fullmatch(number) or _OLD_FORM.fullmatch(number)):
        raise Refused("identity.characters")
    return Checked(number, tuple(_doubts(number)))


def _doubts(number: str) -> list[str]:
    found = []
    if len(number) == 15:
        found.append("identity.old_form")
    elif check_digit(number[:17]) != number[17]:
        found.append("identity.checksum")
    if birth_date(number) is None:
        found.append("identity.date")
    if number[:6] not in by_code():
        found.append("identity.region")
    return found


def _other(code: str, form: _Form) -> Checked:
    if not form.shortest <= len(code) <= form.longest:
        raise Refused("identity.length", length=len(code))
    if not form.characters.fullmatch(code):
        raise Refused("identity.characters")
    unusual = form.usual is not None and not form.usual.fullmatch(code)
    return Checked(code, ("identity.form",) if unusual else ())


def check_digit(first: str) -> str:
    """Return the 18th character that belongs to 17 digits (ISO 7064 MOD 11-2)."""
    return _CHECK_LETTERS[sum(map(mul, map(int, first), _WEIGHTS)) % 11]


def looks_resident(text: str) -> bool:
    """Tell whether a number without a type has the form of a resident number.

    The permanent residence card of foreigners begins with 9 and is left to its own type.
    """
    try:
        code = code_text(text).upper().replace("-", "")
    except Refused:
        return False
    return not code.startswith("9") and bool(_NEW_FORM.fullmatch(code) or _OLD_FORM.fullmatch(code))


def birth_date(number: str) -> date | None:
    """Return the date in a normalised resident number; None where no such day exists."""
    digits = number[6:14] if len(number) == 18 else "19" + number[6:12]
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None
    return born if born.year >= _FIRST_YEAR else None


def gender(number: str) -> str | None:
    """Return "male" or "female": the 17th digit (the 15th of an old number), odd or even."""
    digit = number[16:17] if len(number) == 18 else number[14:15]
    if not digit.isdecimal():
        return None
    return "male" if int(digit) % 2 else "female"


def region(number: str) -> Division | None:
    """Return where the number was first issued: the county, else the smallest place known."""
    return smallest_known(number[:6])
