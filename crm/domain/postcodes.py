"""Chinese postcodes: six digits, two of them the province.

A postcode that does not fit its address is worth a warning and never a
refusal: docs/rules/addresses.md lists real codes that break the rule.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache

from crm.domain.divisions import Division, by_code, find
from crm.domain.entry import Checked, code_text
from crm.domain.errors import Refused

# First two digits by the two digits of the province's code. Source: docs/rules/addresses.md.
_PREFIXES: dict[str, tuple[str, ...]] = {
    "11": ("10",),
    "12": ("30",),
    "13": ("05", "06", "07"),
    "14": ("03", "04"),
    "15": ("01", "02"),
    "21": ("11", "12"),
    "22": ("13",),
    "23": ("15", "16"),
    "31": ("20",),
    "32": ("21", "22"),
    "33": ("31", "32"),
    "34": ("23", "24"),
    "35": ("35", "36"),
    "36": ("33", "34"),
    "37": ("25", "26", "27"),
    "41": ("45", "46", "47"),
    "42": ("43", "44"),
    "43": ("41", "42"),
    "44": ("51", "52"),
    "45": ("53", "54"),
    "46": ("57",),
    "50": ("40",),
    "51": ("61", "62", "63", "64"),
    "52": ("55", "56"),
    "53": ("65", "66", "67"),
    "54": ("85", "86"),
    "61": ("71", "72"),
    "62": ("73", "74"),
    "63": ("81",),
    "64": ("75",),
    "65": ("83", "84"),
    "81": ("99",),
    "82": ("99",),
}
_KNOWN = frozenset(prefix for prefixes in _PREFIXES.values() for prefix in prefixes)


def parse(text: str) -> Checked:
    """Return the six digits; `postcode.prefix` marks a code of no province.

    Raises: Refused `postcode.characters`, `postcode.length`, `value.rounded`.
    """
    digits = code_text(text).replace("-", "")
    if not (digits.isascii() and digits.isdecimal()):
        raise Refused("postcode.characters")
    if len(digits) != 6:
        raise Refused("postcode.length", length=len(digits))
    return Checked(digits, () if digits[:2] in _KNOWN else ("postcode.prefix",))


def matches(postcode: str, place: str) -> bool | None:
    """Tell whether the postcode fits a province's name or an address; None where unknown."""
    found = find(place)
    prefixes = _PREFIXES.get(found.code[:2]) if found else None
    if found is None or prefixes is None:
        return None
    if postcode.startswith(prefixes):
        return True
    return any(d.code[:2] == found.code[:2] for d in places(postcode))


def of_place(address: str) -> str | None:
    """Return the postcode of the county (else prefecture) that the address begins with."""
    found = find(address)
    return found.postcode or None if found else None


def places(postcode: str) -> tuple[Division, ...]:
    """Return the divisions with this postcode; without any, those that share its first four digits.

    The last two digits name the delivery office, and the table knows one office a county.
    """
    index = _by_postcode()
    return tuple(index.get(postcode) or index.get(postcode[:4]) or ())


@cache
def _by_postcode() -> dict[str, list[Division]]:
    index: dict[str, list[Division]] = defaultdict(list)
    for place in by_code().values():
        if place.postcode:
            index[place.postcode].append(place)
            index[place.postcode[:4]].append(place)
    return index
