"""What a spreadsheet's stored number means: a whole number, a date, or digits that are lost.

A spreadsheet keeps numbers as IEEE doubles, 15 significant digits of them
true. An identity number of 18 digits typed as a number has lost its end for
good: the cell is marked damaged and never guessed at.
Source of the number format rules: ECMA-376 part 1, 18.8.30 and 18.17.4.1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

DIGITS_LOST = "cell.digits_lost"
ERROR_VALUE = "cell.error_value"
NOT_COMPUTED = "cell.not_computed"
NO_RESULT = "#CALC!"  # shown for a formula that was never computed; a spreadsheet's own word

TRUE_DIGITS = 15
_SHORT_WHOLE = re.compile(r"-?[0-9]{1,15}")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")

# 27-36 and 50-58 are dates in the East Asian editions only, where our files come from
_DATE_FORMATS = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_NOT_PLACES = re.compile(r'"[^"]*"?|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]?', re.IGNORECASE)
_DATE_PLACES = re.compile(r"[ymdhs]", re.IGNORECASE)

_EPOCH_1900 = datetime(1899, 12, 30)  # noqa: DTZ001  (a sheet's dates have no zone)
_DAYS_1904 = 1462
_LAST_DAY = 2_958_466  # the day after 9999-12-31
_PHANTOM = 60  # 1900-02-29, which the 1900 system counts and the calendar does not


_ROUNDED = re.compile(r"-?[0-9](?:\.[0-9]+)?E\+[0-9]+")
_ERROR = re.compile(r"#(?:[A-Z]+[!?]|N/A|DIV/0!|#+)")


def text_damage(text: str) -> str:
    """Return the damage code of a text cell that shows what a number cell lost, or ""."""
    if "E+" in text and _ROUNDED.fullmatch(text):
        return DIGITS_LOST
    return ERROR_VALUE if text[:1] == "#" and _ERROR.fullmatch(text) else ""


@dataclass(frozen=True, slots=True)
class Style:
    """What a cell's number format says about its number."""

    is_date: bool = False
    width: int = 0  # of a format that is all zeros: leading zeros are shown


PLAIN = Style()


def style_of(format_id: int, code: str | None) -> Style:
    """Return the style of a built-in (`code` is None) or custom number format."""
    if code is None:
        return Style(is_date=format_id in _DATE_FORMATS)
    if code and not code.strip("0"):
        return Style(width=len(code))
    places = _NOT_PLACES.sub("", code.partition(";")[0])
    return Style(is_date=bool(_DATE_PLACES.search(places)) and "general" not in places.casefold())


def number_text(raw: str, style: Style, *, date1904: bool) -> tuple[str, str]:
    """Return (text, damage code or "") of a stored number.

    Raises: ValueError for what is no number.
    """
    if style is PLAIN and _SHORT_WHOLE.fullmatch(raw):
        return raw, ""
    if not _NUMBER.fullmatch(raw):
        raise ValueError("not a number")
    number = float(raw)
    if style.is_date and 0 <= number < _LAST_DAY - (_DAYS_1904 if date1904 else 0):
        return moment_text(number, date1904=date1904), ""
    if abs(number) >= 10**TRUE_DIGITS:
        return f"{number:.14E}", DIGITS_LOST  # a form that is refused as text as well
    return _plain(number).zfill(style.width), ""


def moment_text(serial: float, *, date1904: bool) -> str:
    """Return a day number as YYYY-MM-DD, with HH:MM:SS where it has a time of day."""
    if date1904:
        serial += _DAYS_1904
    elif serial < _PHANTOM:
        serial += 1
    moment = _EPOCH_1900 + timedelta(seconds=round(serial * 86_400))
    if moment.time() == datetime.min.time():
        return moment.strftime("%Y-%m-%d")
    return moment.strftime("%Y-%m-%d %H:%M:%S" if serial >= 2 else "%H:%M:%S")


def _plain(number: float) -> str:
    return str(int(number)) if number.is_integer() else f"{number:.15g}"
