"""A finding of time counts where it repeats; any other failure counts the first time."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.helpers.house import ROOT
from tests.helpers.second_try import place_of

PLANTED = """
import itertools
import pytest

runs = {name: itertools.count(1) for name in ("once", "always", "elsewhere", "wrong", "late")}


@pytest.fixture
def finds(judge):
    places = {}
    yield places
    judge.findings(places)


def test_once(judge):
    judge.within(1, 2 if next(runs["once"]) == 1 else 0, "the first look")


def test_always(finds):
    next(runs["always"])
    finds["here"] = "here it is slow"


def test_elsewhere(finds):
    finds[f"place {next(runs['elsewhere'])}"] = "slow"


def test_wrong(finds):
    finds["here"] = "here it is slow"
    assert next(runs["wrong"]) != 1


def test_late(finds):
    finds["here"] = "here it is slow"
    assert next(runs["late"]) == 1


def test_how_often():
    counts = {name: next(count) - 1 for name, count in runs.items()}
    assert counts == {"once": 2, "always": 3, "elsewhere": 2, "wrong": 1, "late": 2}
"""


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    """What pytest says of the planted tests."""
    folder = tmp_path_factory.mktemp("planted")
    (folder / "test_it.py").write_text(PLANTED, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-rA", "-p", "tests.helpers.second_try"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


@pytest.mark.parametrize(
    ("test", "said"),
    [
        ("once", "PASSED"),
        ("always", "ERROR"),  # at its end, as the fixture that watches the window
        ("elsewhere", "PASSED"),
        ("wrong", "FAILED"),
        ("late", "FAILED"),
        ("how_often", "PASSED"),
    ],
)
def test_what_is_slow_counts_where_it_repeats(outcome, test, said):
    assert f"\n{said} test_it.py::test_{test}" in outcome


def test_what_did_not_repeat_is_told(outcome):
    assert "slow once, not again: test_it.py::test_once: the first look took 2.000 s" in outcome
    assert "not again: test_it.py::test_always" not in outcome


def test_the_place_of_a_stall_is_the_first_call_into_a_view():
    stack = ("desktop.app.window:9 run", "desktop.views.a:3 paint", "desktop.views.b:7 draw")
    assert place_of(stack) == "desktop.views.a paint"
    assert place_of(("__main__:1 main", "desktop.app.window:9 run")) == "desktop.app.window run"
    assert place_of(()) == "? "
