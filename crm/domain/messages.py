"""Texts for error codes and for the command lines, in English and Chinese.

The catalogue is data: `resources/messages/*.json`, code -> {language: text}.
An error's text is a pair [what happened, what to do]; a plain line is one
string. Places like `{line}` are filled from the error's facts.
"""

from __future__ import annotations

import json
import locale
import os
from functools import cache
from importlib.resources import files
from typing import cast

from crm.domain.errors import UserError

Text = str | list[str]
LANGUAGES = ("en", "zh")


@cache
def catalogue() -> dict[str, dict[str, Text]]:
    """Return every code with its texts by language."""
    merged: dict[str, dict[str, Text]] = {}
    for entry in sorted(files("resources").joinpath("messages").iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".json"):
            merged.update(json.loads(entry.read_text(encoding="utf-8")))
    return merged


@cache
def system_language() -> str:
    """Return "zh" where the system is Chinese, else "en". YIZHAN_LANG wins."""
    chosen = os.environ.get("YIZHAN_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG")
    chosen = chosen or locale.getlocale()[0] or ""
    return "zh" if chosen.lower().startswith(("zh", "chinese")) else "en"


def line(code: str, language: str | None = None, **facts: object) -> str:
    """Return the one-line text of `code` with its places filled."""
    return cast(str, catalogue()[code][language or system_language()]).format(**facts)


def explain(error: UserError, language: str | None = None) -> tuple[str, str]:
    """Return (what happened, what to do) for an error a user can act on."""
    texts = catalogue().get(error.code)
    if texts is None:  # a test keeps this from happening for our own codes
        return error.code, ""
    what, remedy = cast(list[str], texts[language or system_language()])
    return what.format(**error.facts), remedy.format(**error.facts)
