"""How a customer's fields look when they are compared: the same for the index and for a query.

Folded text has no blanks, punctuation or letter case, and its digits and letters are narrow.
What remains are letters, digits, and private-use code points, which old systems put for rare
characters. Punctuation is therefore free to mark, in the index, where a text begins and ends.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_PLAIN = re.compile(r"[0-9a-z\u4e00-\u9fff]*")
_KEPT = ("L", "M", "N")
_MOBILE = re.compile(r"861[0-9]{10}")
_OTHERS = re.compile(r"[^0-9]+")
ID_TAIL = 4  # characters of an identity number that the index holds


def fold(text: str | None) -> str:
    """Return `text` as it is compared: NFKC, lower case, letters and digits alone."""
    if not text or _PLAIN.fullmatch(text):
        return text or ""
    return "".join(filter(_is_kept, unicodedata.normalize("NFKC", text).lower()))


@cache
def _is_kept(mark: str) -> bool:
    if 0xFE00 <= ord(mark) <= 0xFE0F or 0xE0100 <= ord(mark) <= 0xE01EF:
        return False  # choose between shapes of one character
    category = unicodedata.category(mark)
    return category[0] in _KEPT or category == "Co"


def dialled(phone: str | None) -> str:
    """Return the digits of a phone number as they are dialled in China.

    `+86138…` gives `138…`, `+8610…` gives `010…`; `+852…` gives `852…`.
    """
    if not phone:
        return ""
    if phone.isascii() and phone[1:].isdecimal():
        digits = phone.removeprefix("+")
    else:
        digits = _OTHERS.sub("", unicodedata.normalize("NFKC", phone))
    if not phone.startswith("+86"):
        return digits
    return digits[2:] if _MOBILE.fullmatch(digits) else f"0{digits[2:]}"


def readings(key: str) -> list[tuple[str, str]]:
    """Return (full pinyin without blanks, initials) of each variant in a search key."""
    found = []
    for variant in key.replace(" ", "").split(";"):
        full, _, initials = variant.partition("|")
        found.append((full, initials))
    return found


# -- the marked forms that the index keeps: docs/search.md has the table ------------------


def marked_name(name: str | None) -> str:
    """Return 张三丰 as `^张.三.丰$`: three marks in a row then hold one or two characters."""
    return f"^{'.'.join(fold(name))}$"


def marked_phone(phone: str | None) -> str:
    """Return the dialled digits with `!` behind them."""
    digits = dialled(phone)
    return f"{digits}!" if digits else ""


def marked_id(number: str | None) -> str:
    """Return the last characters of an identity number with `#` behind them."""
    return f"{fold(number)[-ID_TAIL:]}#" if number else ""
