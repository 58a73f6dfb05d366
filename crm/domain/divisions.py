"""The administrative divisions of China, with their codes and postcodes.

Codes are GB/T 2260: two digits each for province, prefecture and county. The
table in `resources/divisions.csv` is today's (see resources/NOTICE.md), so a
code abolished long ago is unknown here though identity numbers still carry it.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Division:
    """One province, prefecture or county; the parts below its own level are empty."""

    code: str  # six digits
    province: str
    city: str = ""  # empty too for counties directly under a province
    county: str = ""
    postcode: str = ""  # empty where the source has none

    @property
    def name(self) -> str:
        """The full name, as an address begins: 安徽省六安市霍山县."""
        return self.province + self.city + self.county

    @property
    def own_name(self) -> str:
        return self.county or self.city or self.province

    @property
    def scope(self) -> str:
        """The digits that the codes of everything inside begin with."""
        if self.code.endswith("0000"):
            return self.code[:2]
        return self.code[:4] if self.code.endswith("00") else self.code


@dataclass(frozen=True, slots=True)
class Village:
    """A village or residents' community, of the counties that practice branches use."""

    county: str  # code
    town: str
    name: str


@cache
def by_code() -> dict[str, Division]:
    """Return every division by its code, in code order."""
    table: dict[str, Division] = {}
    for row in _rows("divisions.csv"):
        made = _placed(table, row["code"], row["name"], row["postcode"])
        table[made.code] = made
    return table


def _rows(resource: str) -> csv.DictReader[str]:
    text = files("resources").joinpath(resource).read_text(encoding="utf-8")
    return csv.DictReader(text.splitlines())


def _placed(table: dict[str, Division], code: str, name: str, postcode: str) -> Division:
    if code.endswith("0000"):
        return Division(code, name, postcode=postcode)
    province = table[code[:2] + "0000"].province
    if code.endswith("00"):
        return Division(code, province, name, postcode=postcode)
    above = table.get(code[:4] + "00")
    return Division(code, province, above.city if above else "", name, postcode)


@cache
def villages() -> tuple[Village, ...]:
    """Return the towns and villages of the practice counties."""
    rows = _rows("divisions_villages.csv")
    return tuple(Village(row["county"], row["town"], row["village"]) for row in rows)


def smallest_known(code: str) -> Division | None:
    """Return the division of `code`, else the prefecture or province around it, else None."""
    table = by_code()
    return table.get(code) or table.get(code[:4] + "00") or table.get(code[:2] + "0000")


_PROVINCE_ENDS = re.compile(r"(?:省|市|特别行政区|(?:壮族|回族|维吾尔)?自治区)$")
_CITY_ENDS = re.compile(r"(?:市|地区|盟)$")
_LONGEST_NAME = 15
_A_STREET = re.compile(r"[东西南北中一二三]?(?:路|街|大街|大道|巷|里|村|镇|乡|社区|小区|花园)")


@cache
def _by_name() -> dict[str, list[Division]]:
    """Return divisions by name; provinces and prefectures also by their short names."""
    index: dict[str, list[Division]] = defaultdict(list)
    for place in by_code().values():
        ends = _PROVINCE_ENDS if not place.city and not place.county else _CITY_ENDS
        short = place.own_name if place.county else ends.sub("", place.own_name)
        for name in {place.own_name, short}:
            index[name].append(place)
    return index


def find(address: str) -> Division | None:
    """Return the smallest division that `address` begins with, or None.

    Takes `安徽省六安市霍山县…`, `安徽霍山县…` and `霍山县…`; a name that several
    provinces use (朝阳区) is found only behind the place it belongs to.
    """
    rest = "".join(address.split())
    place: Division | None = None
    while (step := _step(rest, place)) is not None:
        place, rest = step
    return place


def _step(rest: str, inside: Division | None) -> tuple[Division, str] | None:
    if inside is not None:
        rest = rest.removeprefix("市辖区").removeprefix(inside.own_name)
    for length in range(min(_LONGEST_NAME, len(rest)), 1, -1):
        found = _only(_by_name().get(rest[:length], []), inside)
        if found is not None and _stands(found, rest, length, inside):
            return found, rest[length:]
    return None


def _stands(found: Division, rest: str, length: int, inside: Division | None) -> bool:
    """Tell whether the name means the place: 北京路 is a street, 六安 alone may be anything."""
    if length == len(found.own_name):
        return True
    if inside is None and found.city:
        return False
    return _A_STREET.match(rest, length) is None


def _only(found: list[Division], inside: Division | None) -> Division | None:
    """Return the one division inside `inside`; the larger one where two share a name."""
    if inside is not None:
        found = [d for d in found if d.code.startswith(inside.scope) and d is not inside]
    if not found:
        return None
    size = min(len(d.scope) for d in found)
    largest = [d for d in found if len(d.scope) == size]
    return largest[0] if len(largest) == 1 else None
