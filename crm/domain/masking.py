"""How a value is shown to somebody who has not asked to see it.

Only fields of class C3 are masked. A mask keeps enough to recognise a value
that one knows, and too little to use it: at least four characters stay hidden,
of a short value half.
"""

from __future__ import annotations

import re

from crm.domain.kind import Field, FieldType, Personal, Value

# Of a field that only a newer program knows: who can tell what it holds?
UNKNOWN = Field(name="", type=FieldType.TEXT, label="", max_length=0, personal=Personal.MASKED)
STAR = "*"

_PHONE = re.compile(r"(?:\+86)?(\+?[0-9]{6,15})")
_IDENTITY = re.compile(r"[0-9]{15}|[0-9]{17}[0-9X]")


def mask(spec: Field, value: Value) -> str:
    """Return `value` as text, masked where `spec` is of class C3.

    A phone keeps its first three and last four digits (138****0000), a resident
    identity number its first six and last two, other values their ends.
    """
    if isinstance(value, list):
        return "、".join(mask(spec, word) for word in value)
    text = str(value)
    if spec.personal is not Personal.MASKED or not text:
        return text
    if text.startswith("+") and (phone := _PHONE.fullmatch(text)):
        return _ends(phone[1], 3, 4)
    if _IDENTITY.fullmatch(text):
        return _ends(text, 6, 2)
    if "@" in text:
        local, _, domain = text.rpartition("@")
        return f"{_ends(local, 1, 0)}@{domain}"
    return _ends(text, 2, 2)


def _ends(text: str, first: int, last: int) -> str:
    """Keep both ends, the first one shortened before the last where too little stays hidden."""
    room = len(text) - 4 if len(text) >= 8 else len(text) // 2
    last = min(last, room)
    first = min(first, room - last)
    hidden = len(text) - first - last
    return text[:first] + STAR * hidden + text[len(text) - last :]
