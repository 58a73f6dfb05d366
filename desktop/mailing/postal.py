"""What may keep a label from arriving: doubts about its postcode. Warns, never blocks."""

from __future__ import annotations

import re
from functools import lru_cache

from crm.domain import postcodes

_WITHOUT_POSTCODES = ("香港", "澳门", "台湾")


def postcode_problem(postcode: str, address: str) -> str | None:
    """Return the code of what is doubtful about `postcode`, or None."""
    if address.startswith(_WITHOUT_POSTCODES):
        return None
    if not postcode:
        return "mailing.postcode.missing"
    if not re.fullmatch(r"[0-9]{6}", postcode):
        return "mailing.postcode.malformed"
    place = re.split(r"[0-9]", address, maxsplit=1)[0]
    return None if _fits(postcode, place) else "mailing.postcode.mismatch"


@lru_cache(maxsize=1024)  # a mailing goes to few places, and finding one takes a while
def _fits(postcode: str, place: str) -> bool:
    return postcodes.matches(postcode, place) is not False
