"""Phone numbers: as typed in China, kept as E.164.

Length and characters are checked here by the rules of docs/rules/identity.md;
whether a number is assigned at all is asked of phonenumbers, which is loaded
at the first such question. Numbers are never called or looked up anywhere.
"""

from __future__ import annotations

import re
from functools import cache

from crm.domain.entry import Checked, code_text
from crm.domain.errors import Refused

UNASSIGNED = "phone.unassigned"

_MOBILE = re.compile(r"\+861\d{10}")
_EXTENSION = re.compile(r"(?:转|分机|ext\.?|#|x)-?\d{1,6}$|^\(?0\d{2,3}\)?-?\d{7,8}-\d{1,6}$", re.I)
_SEVERAL = re.compile(r"\d{7,}[/、,;，；|]|1\d{10}\D*1\d{10}")
_SEPARATORS = str.maketrans("", "", "-().")
_ABROAD = re.compile(r"(?:\+|00)(?!86)([1-9]\d*)")
_HOME = re.compile(r"^(?:\+86|0086|86(?=\d{10}))")


def parse(text: str) -> Checked:
    """Return the number as E.164, `+8613…`; China is assumed.

    Raises: Refused `phone.characters`, `phone.length`, `phone.area_code` (a local
    number alone), `phone.extension`, `phone.several`, `value.rounded`.
    """
    code = code_text(text)
    digits = code.translate(_SEPARATORS)
    if problem := _problem(code, digits.removeprefix("+")):
        raise Refused(problem)
    if abroad := _ABROAD.fullmatch(digits):
        return _abroad(abroad[1])
    return _at_home(_HOME.sub("", digits))


def _problem(code: str, digits: str) -> str | None:
    if _EXTENSION.search(code):
        return "phone.extension"
    if _SEVERAL.search(code):
        return "phone.several"
    return None if digits.isascii() and digits.isdecimal() else "phone.characters"


def _at_home(digits: str) -> Checked:
    if len(digits) == 11 and digits[0] == "1":
        return _marked("+86" + digits, _mobile_assigned(digits[:5]))
    if not digits.startswith("0") and len(digits) in (7, 8):
        raise Refused("phone.area_code")
    significant = digits.removeprefix("0")
    if not _home_length(significant):
        raise Refused("phone.length", length=len(digits))
    return _marked("+86" + significant, _assigned("+86" + significant))


def _home_length(significant: str) -> bool:
    """Tell whether area code and number together have a length that exists in China."""
    length = len(significant)
    if significant[:1] == "1" and significant[:2] != "10":
        return length == 11
    if significant[:2] == "10" or significant[:1] == "2":
        return length == 10  # Beijing and the 02x cities: 2 + 8
    return length in (10, 11) and significant[:1] != "0"


def _abroad(digits: str) -> Checked:
    import phonenumbers as lib  # 30 ms, and most runs never need it

    try:
        number = lib.parse("+" + digits)
    except lib.NumberParseException as error:
        raise Refused("phone.length", length=len(digits)) from error
    if not lib.is_possible_number(number):
        raise Refused("phone.length", length=len(digits))
    return _marked("+" + digits, lib.is_valid_number(number))


def _marked(number: str, assigned: bool) -> Checked:
    return Checked(number, () if assigned else (UNASSIGNED,))


@cache
def _mobile_assigned(prefix: str) -> bool:
    """Tell whether mobiles that begin with these five digits are assigned.

    The metadata tells Chinese mobiles apart by five digits at most; a test holds it to that.
    """
    return _assigned(f"+86{prefix}000000")


def _assigned(number: str) -> bool:
    import phonenumbers as lib

    return lib.is_valid_number(lib.parse(number))


def display(number: str) -> str:
    """Return an E.164 number as it is written in China: `138 1234 5678`, `010 6552 9988`."""
    if _MOBILE.fullmatch(number):
        return f"{number[3:6]} {number[6:10]} {number[10:]}"
    import phonenumbers as lib

    form = lib.PhoneNumberFormat
    style = form.NATIONAL if number.startswith("+86") else form.INTERNATIONAL
    return lib.format_number(lib.parse(number), style)


def is_mobile(number: str) -> bool:
    """Tell whether an E.164 number has the form of a Chinese mobile."""
    return _MOBILE.fullmatch(number) is not None
