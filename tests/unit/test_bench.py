"""The runner of benches: a table for people, JSON for machines."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from tests.helpers.house import ROOT

TINY = """
def run(report):
    report(name="tiny.ratio", value=1.5, unit="x", floor=1.0, note="比")
    report(name="tiny.requests", value=1, unit="requests")
"""


@pytest.fixture
def benches(tmp_path):
    """A folder with the runner and two benches, and a way to run them."""
    shutil.copytree(ROOT / "bench", tmp_path / "bench")
    (tmp_path / "bench" / "tiny.py").write_text(TINY, encoding="utf-8")
    (tmp_path / "bench" / "broken.py").write_text("def run(report): 1 / 0\n", encoding="utf-8")

    def run(*words):
        command = [sys.executable, "-X", "utf8", "-m", "bench", *words]
        return subprocess.run(
            command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False
        )

    return run


def test_figures_are_printed_and_written(benches, tmp_path):
    done = benches("tiny", "--json", "figures.json")
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert lines[1:] == [
        ["name", "value", "unit", "floor", "note"],
        ["tiny.ratio", "1.5", "x", "1", "比"],
        ["tiny.requests", "1", "requests", "-"],
    ]
    ratio = {"name": "tiny.ratio", "value": 1.5, "unit": "x", "floor": 1.0, "note": "比"}
    requests = {"name": "tiny.requests", "value": 1, "unit": "requests", "floor": None, "note": ""}
    written = json.loads((tmp_path / "figures.json").read_bytes())
    assert written == {"figures": [ratio, requests]}


def test_a_bench_that_fails_fails_the_run(benches):
    done = benches("broken")
    assert done.returncode != 0
    assert "ZeroDivisionError" in done.stderr


def test_an_unknown_bench_is_told_what_there_is(benches):
    done = benches("nonsense")
    assert done.returncode == 2
    assert "tiny" in done.stderr
