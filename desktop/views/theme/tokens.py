"""The design tokens of resources/theme/tokens.json as plain values. No Qt objects are made here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from resources import FOLDER

LIGHT, DARK = "light", "dark"


@cache
def tokens() -> Mapping[str, Any]:
    """Return the whole token file."""
    text = (FOLDER / "theme" / "tokens.json").read_text(encoding="utf-8")
    found: Mapping[str, Any] = json.loads(text)
    return found


def colours(theme: str) -> Mapping[str, str]:
    """Return role -> "#RRGGBB" of one theme."""
    found: Mapping[str, str] = tokens()["colour"][theme]
    return found


def size(name: str) -> int:
    """Return a length in logical pixels at text size 1."""
    return int(tokens()["size"][name])


def space(name: str) -> int:
    return int(tokens()["space"][name])


def radius(name: str) -> int:
    return int(tokens()["radius"][name])


def duration_ms(name: str) -> int:
    return int(tokens()["motion"][name])


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two "#RRGGBB" colours, 1 to 21.

    Source: WCAG 2.2, definitions of relative luminance and contrast ratio.
    """
    lights = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lights[0] + 0.05) / (lights[1] + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
