"""What every message must be before anything reads it, and what every reply says of itself.

JSON of another kind than ours costs little to refuse and much to think about: halves of
characters that no store takes, numbers that are none, lists in lists in lists.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import orjson

DEEPEST = 32  # lists and objects in one another; ours are ten at most
MOST = 100_000  # lists and objects in all; ours are a fifth of it, a body has room for a million
# A string, or what there is of one that never ends: it always matches, so nothing is read twice.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.?[^"\\]*+)*+"?', re.DOTALL)
_EVERY_REPLY = (
    (b"cache-control", b"no-store"),  # personal data: no proxy keeps it
    (b"x-content-type-options", b"nosniff"),
)
_OVER_TLS = ((b"strict-transport-security", b"max-age=31536000"),)


def is_sound(body: bytes) -> bool:
    """Tell whether a body is JSON as we take it: UTF-8, whole characters, numbers, neither deep
    nor made of brackets. Anybody may send one, and all wait while it is looked at."""
    if _opened(body) > MOST and _opened(_STRING.sub(b"", body)) > MOST:
        return False
    try:
        message = orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    level: list[object] = [message]
    for _ in range(DEEPEST + 1):
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return True
    return False


def _opened(text: bytes) -> int:
    return text.count(b"[") + text.count(b"{")


def _inside(value: object) -> Iterable[object]:
    """Return the lists and objects in a list or an object."""
    inner: Iterable[object] = ()
    if type(value) is dict:
        inner = value.values()
    elif type(value) is list:
        inner = value
    return [each for each in inner if type(each) is dict or type(each) is list]


def headers(scheme: str) -> list[tuple[bytes, bytes]]:
    """Return the headers that every reply has."""
    return [*_EVERY_REPLY, *(_OVER_TLS if scheme == "https" else ())]
