"""The bootstrap: what it says, what it leaves alone, and what it may import."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

import do
from tests.helpers.house import ROOT


def run_do(*words, **options):
    return subprocess.run(
        [sys.executable, ROOT / "do.py", *words],
        capture_output=True,
        encoding="utf-8",
        check=False,
        **options,
    )


@pytest.mark.parametrize(("words", "code"), [((), 0), (("--help",), 0), (("nonsense",), 2)])
def test_without_a_known_verb_it_lists_what_there_is(words, code):
    done = run_do(*words)
    assert done.returncode == code
    listed = {line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")}
    assert {"demo", "test", "check", "bench", "lock", "setup"} <= listed


def test_a_mistyped_option_of_check_is_not_taken_for_none():
    done = run_do("check", "--ful")
    assert done.returncode == 1
    assert "--full" in done.stderr


def test_it_imports_the_standard_library_alone():
    nodes = list(ast.walk(ast.parse((ROOT / "do.py").read_bytes())))
    imported = {
        alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names
    }
    imported |= {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in imported} <= sys.stdlib_module_names


def test_work_is_done_once_and_again_when_its_reason_changes(tmp_path, monkeypatch):
    monkeypatch.setattr(do, "VENV", tmp_path)
    due = []
    for digest in ("a", "a", "b"):
        with do.once_per("it", digest) as is_due:
            due.append(is_due)
    assert due == [True, False, True]


def test_work_that_failed_stays_due(tmp_path, monkeypatch):
    monkeypatch.setattr(do, "VENV", tmp_path)
    with pytest.raises(SystemExit), do.once_per("it", "a"):
        do.must(sys.executable, "-c", "raise SystemExit(3)", otherwise="Do this.")
    with do.once_per("it", "a") as is_due:
        assert is_due


def test_a_failing_command_ends_with_what_to_do():
    with pytest.raises(SystemExit, match=r"ended with 3\.\nDo this\."):
        do.must(sys.executable, "-c", "raise SystemExit(3)", otherwise="Do this.")


def test_a_missing_library_is_noticed_and_a_present_one_is_not():
    assert not do.is_there("libthereisnosuchthing.so.1")
    assert not do.is_there("/there/is/no/such/*.ttf")
    assert do.is_there(f"{ROOT}/**/do.py")


def test_the_line_to_paste_is_exact():
    assert do.sudo_line(do.apt_lines(["a", "b"])) == (
        "sudo apt-get update && "
        "sudo apt-get install -o DPkg::Lock::Timeout=300 -y --no-install-recommends a b"
    )
