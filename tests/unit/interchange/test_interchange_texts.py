"""Every code of the room has a text in both languages, with places that its facts fill."""

from __future__ import annotations

import ast
import json
import re
from importlib.resources import files
from string import Formatter

import pytest

import crm.interchange
from crm.domain.messages import LANGUAGES

TEXTS = json.loads(
    files("resources").joinpath("messages/interchange.json").read_text(encoding="utf-8")
)
TREES = [
    ast.parse(source.read_text(encoding="utf-8"))
    for source in files(crm.interchange).iterdir()
    if source.name.endswith(".py")
]
CODE = re.compile(r"(?:import|export|headings|cell|row)\.[a-z_]+")


def nodes(kind):
    return [node for tree in TREES for node in ast.walk(tree) if isinstance(node, kind)]


CODES = {
    node.value
    for node in nodes(ast.Constant)
    if isinstance(node.value, str) and CODE.fullmatch(node.value)
}
RAISED = [
    (call.args[0].value, {word.arg for word in call.keywords})
    for call in nodes(ast.Call)
    if isinstance(call.func, ast.Name)
    and call.func.id in ("BadFile", "Refused")
    and isinstance(call.args[0], ast.Constant)
]


OF_WHO_OPENS_THE_FILE = {"import.unreadable", "import.no_such_row"}  # this room is handed bytes


def places(text):
    whole = text if isinstance(text, str) else " ".join(text)
    return {name for _, name, _, _ in Formatter().parse(whole) if name}


def test_codes_and_texts_are_the_same_set():
    assert set(TEXTS) == CODES | OF_WHO_OPENS_THE_FILE


@pytest.mark.parametrize("code", sorted(TEXTS))
def test_a_text_has_the_same_places_in_every_language(code):
    assert set(TEXTS[code]) == set(LANGUAGES)
    shapes = {type(text) for text in TEXTS[code].values()}
    assert len(shapes) == 1
    assert len({frozenset(places(text)) for text in TEXTS[code].values()}) == 1


def test_every_place_is_filled_by_a_fact():
    assert len(RAISED) > 20
    for code, facts in RAISED:
        assert places(TEXTS[code]["en"]) <= facts, code
