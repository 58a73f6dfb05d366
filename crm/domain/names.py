"""Names of persons: normalised for keeping, split and addressed for printing.

Rare characters beyond the BMP are as good as any. Code points of the private
use area are what old systems put for them; they are kept and marked.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.resources import files

from crm.domain.entry import Checked, tidy
from crm.domain.errors import Refused

_HAN = r"[\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
_BLANK_IN_HAN = re.compile(rf"(?<={_HAN}) +(?={_HAN})")
_DOT_IN_HAN = re.compile(rf"(?<={_HAN}) ?[·•‧∙⋅・･．.●] ?(?={_HAN})")
_CHINESE = re.compile(rf"{_HAN}[{_HAN[1:-1]}·\ue000-\uf8ff]*")
_DIGIT = re.compile(r"\d")
_LOST = re.compile(r"[?？□〓\ufffd]")  # what a failed conversion leaves for a character
_ORGANISATION = re.compile(
    r"(?:公司|合作社|商店|超市|工厂|学校|医院|中心|委员会|服务部|经营部|厂|局|店|社|所|队|站)$"
)
_WORDS = {"zh": {"male": "先生", "female": "女士"}, "en": {"male": "Mr", "female": "Ms"}}


def parse(text: str) -> Checked:
    """Return the name with one kind of blank, middle dot and Unicode form.

    Raises: Refused `name.empty`, `name.digits_only`, `name.characters`.
    """
    name = " ".join(unicodedata.normalize("NFC", tidy(text)).split())
    name = _DOT_IN_HAN.sub("·", _BLANK_IN_HAN.sub("", name))
    if not name:
        raise Refused("name.empty")
    if _any_control(name):
        raise Refused("name.characters")
    if name.replace(" ", "").isdecimal():
        raise Refused("name.digits_only")
    return Checked(name, tuple(_doubts(name)))


def _any_control(name: str) -> bool:
    if name.isalpha():
        return False
    return any(unicodedata.category(mark) in ("Cc", "Cs") for mark in name)


def _doubts(name: str) -> list[str]:
    if name.isalpha():
        return []
    found = []
    if any(unicodedata.category(mark) == "Co" for mark in name):
        found.append("name.private_use")
    if _LOST.search(name):
        found.append("name.lost_character")
    if _DIGIT.search(name):
        found.append("name.digits")
    return found


@cache
def surname_readings() -> dict[str, tuple[str, ...]]:
    """Return surnames that are read otherwise than their characters, and all compound ones.

    Each reading is syllables with blanks between: 尉迟 -> ("yu chi",), the likeliest first.
    """
    text = files("resources").joinpath("names/surname_readings.tsv").read_text(encoding="utf-8")
    table = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            surname_text, _, readings = line.partition("\t")
            table[surname_text] = tuple(readings.split(","))
    return table


@cache
def _compound() -> frozenset[str]:
    return frozenset(name for name in surname_readings() if len(name) > 1)


def is_chinese(name: str) -> bool:
    """Tell whether a name is written in Chinese characters throughout (dots allowed)."""
    return _CHINESE.fullmatch(name) is not None


def surname(name: str) -> str:
    """Return the surname of a Chinese name; empty where there is none to tell.

    A name with a middle dot (阿依古丽·买买提) has none, a Latin one is not split.
    """
    if "·" in name or not is_chinese(name) or len(name) < 2:
        return ""
    if len(name) > 2 and name[:2] in _compound():
        return name[:2]
    return name[0]


def salutation(name: str, gender: str | None, language: str = "zh") -> str:
    """Return 先生 or 女士 (Mr or Ms) for a label; empty for organisations and where unknown."""
    if gender is None or _ORGANISATION.search(name):
        return ""
    return _WORDS.get(language, _WORDS["en"]).get(gender, "")
