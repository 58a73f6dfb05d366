"""No program of ours leaves its memory in a file, or lets others of the same user read it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from desktop.app import anew
from tests.helpers.house import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="how Linux does it")
SAY = """
import ctypes, resource
said = ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), *resource.getrlimit(resource.RLIMIT_CORE)
"""
COMMAND = """
import sys
from {module} import entry
sys.argv = ["program", "--help"]
try:
    entry()
except SystemExit:
    {say}
    print(*said, file=sys.stderr)
"""
WINDOW = """
import sys
from desktop.cli import entry
from PySide6.QtCore import QTimer
from desktop.app import window
sys.argv = ["program", "window", "--profile", sys.argv[1]]
def look(opened):
    {say}
    if opened.ready:
        print(*said, file=sys.stderr)
        opened.app.quit()
shown = window.OpenWindow.show
def show(self, standing=""):
    shown(self, standing)
    self.looking = QTimer(interval=20)
    self.looking.timeout.connect(lambda: look(self))
    self.looking.start()
window.OpenWindow.show = show
entry()
"""
NOT_AT_ALL = "0 0 0"


def told(code, *words):
    """Run code; return the last line of what it said on standard error."""
    command = [sys.executable, "-c", code.format(module=words[0], say=SAY.replace("\n", "\n    "))]
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [*command, *words],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=env,
        timeout=60,
    )
    return done.stderr.splitlines()[-1]


@pytest.mark.parametrize("module", ["desktop.cli", "server.cli"])
def test_a_command_writes_no_core_dump_and_cannot_be_read_by_others(module):
    assert told(COMMAND, module) == NOT_AT_ALL


def test_the_window_writes_no_core_dump_and_cannot_be_read_by_others(tmp_path):
    assert told(WINDOW, str(tmp_path / "profile")) == NOT_AT_ALL


def test_how_the_window_stood_is_told_to_one_start_only():
    environment = {anew.STANDING: anew.MINIMIZED, "HOME": "/"}
    assert anew.how_it_stood(environment) == anew.MINIMIZED
    assert anew.how_it_stood(environment) == ""
    assert environment == {"HOME": "/"}
    assert anew.how_it_stood({anew.STANDING: "upside down"}) == ""


def test_it_begins_anew_with_the_same_words(monkeypatch):
    monkeypatch.setattr(sys, "orig_argv", ["python3", "-X", "utf8", "yizhan", "window"])
    assert anew.command() == [sys.executable, "-X", "utf8", "yizhan", "window"]


def test_a_bundled_program_begins_anew_as_itself(monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "argv", ["yizhan", "window", "--profile", "here"])
    assert anew.command() == [sys.executable, "window", "--profile", "here"]
    assert anew._environment(anew.FRONT, unkept=False)["PYINSTALLER_RESET_ENVIRONMENT"] == "1"


LAST_WORDS = """
import sys, threading, warnings
from {module} import entry
from crm.domain import secrecy
said = "\\u9f9a\\u9619 15400077312"
class Grave:
    def __del__(self):
        raise ValueError(said)
def fail():
    try:
        raise OSError(2, said, said)
    except OSError as error:
        error.add_note(said)
        raise LookupError(said) from error
sys.argv = ["program", "--help"]
try:
    entry()
except SystemExit:
    Grave()
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    warnings.warn(said, UserWarning)
    fail()
"""


@pytest.mark.parametrize("module", ["desktop.cli", "server.cli"])
def test_what_nobody_caught_is_told_by_type_and_place_without_a_word(module):
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", LAST_WORDS.format(module=module)],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
    )
    assert "15400077312" not in done.stderr
    told = [line for line in done.stderr.splitlines() if line.startswith(("unexpected", "warning"))]
    assert [line.split()[1] for line in told] == [
        *("ValueError", "LookupError", "UserWarning", "LookupError")
    ]
    assert done.returncode == 1
    assert "at __main__:" in told[-1]
