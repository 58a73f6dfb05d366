"""docs/security.md promises nothing that no test proves."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.attack.registry import load
from tests.helpers.house import ROOT

PAGE = ROOT / "docs" / "security.md"


def rows() -> list[tuple[str, str, str, str]]:
    """Return (promise, rests on, test, in) of each line of the table of promises."""
    section = (
        PAGE.read_text(encoding="utf-8").partition("## What is promised")[2].partition("\n## ")[0]
    )
    lines = [line.strip("|").split(" | ") for line in section.splitlines() if line.startswith("| ")]
    assert lines[0] == [" promise", "rests on", "test", "in "]
    return [tuple(cell.strip() for cell in line) for line in lines[1:]]


def test_every_line_of_the_table_is_whole():
    assert len(rows()) > 10
    for row in rows():
        assert len(row) == 4, row
        assert all(row), row


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[2][:60])
def test_the_test_that_a_promise_names_is_there(row):
    """`a_name` is part of the name of a test in tests/IN.py; an attack's name is registered."""
    names, place = re.findall(r"`([^`]+)`", row[2]), row[3]
    assert names, "a promise without a test is none"
    for name in names:
        if place == "attack":
            assert name in load()
        else:
            assert defined(name, ROOT / "tests" / f"{place}.py")


def defined(name: str, file: Path) -> bool:
    return (
        re.search(rf"^def test_\w*{name}\w*\(", file.read_text(encoding="utf-8"), re.M) is not None
    )


def test_a_test_that_is_not_there_is_noticed():
    assert not defined("this_was_never_written", Path(__file__))
