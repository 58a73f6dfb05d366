"""How a place is said among people who live there."""

from __future__ import annotations

import re

# Province, city and county, which everybody here knows; what is left begins with the town.
_FAR = re.compile(
    r"^(?:[^省市县区]{2,4}省|[^区]{2,8}自治区)?(?:[^市州盟县区]{2,8}[市州盟])?(?:[^县市区旗镇乡]{1,8}[县市区旗])?"
)


def short_place(address: str) -> str:
    """Return an address from the town on; the whole where nothing would be left."""
    return _FAR.sub("", address) or address
