"""A second start of the same profile raises the first window and ends."""

from __future__ import annotations

import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from desktop.views.shell.single import SingleWindow, socket_name
from tests.helpers.house import ROOT

SECOND_START = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from desktop.views.shell.single import SingleWindow
app = QCoreApplication([])
window = SingleWindow(Path(sys.argv[1]))
first = window.first()
first and window.listen()
print("first" if first else "told", flush=True)
app.exec() if sys.argv[2:] else None
"""


def start(profile, *words):
    command = [sys.executable, "-c", SECOND_START, str(profile), *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


@pytest.fixture
def window(tmp_path):
    made = SingleWindow(tmp_path / "profile")
    yield made
    made.close()


def test_a_second_start_raises_the_first_window_and_ends(qtbot, window, tmp_path):
    assert window.first()
    window.listen()
    with qtbot.waitSignal(window.raise_requested, timeout=20_000):
        second = start(tmp_path / "profile")
    assert second.communicate(timeout=20)[0] == "told\n"
    if sys.platform != "win32":
        socket = Path(socket_name(tmp_path / "profile"))
        assert stat.S_IMODE(socket.stat().st_mode) & 0o077 == 0


def test_another_profile_has_a_window_of_its_own(qtbot, window, tmp_path):
    assert window.first()
    other = SingleWindow(tmp_path / "other")
    assert other.first()
    other.close()


def test_what_a_killed_window_left_does_not_keep_the_next_from_opening(qtbot, window, tmp_path):
    killed = start(tmp_path / "profile", "stay")
    assert killed.stdout.readline() == "first\n"
    killed.send_signal(signal.SIGKILL)
    killed.communicate(timeout=20)
    assert (tmp_path / "profile" / "window.lock").exists()
    assert window.first()
    window.listen()
    with qtbot.waitSignal(window.raise_requested, timeout=20_000):
        second = start(tmp_path / "profile")
    assert second.communicate(timeout=20)[0] == "told\n"


def test_after_the_first_window_closed_the_next_start_is_the_first(qtbot, window, tmp_path):
    assert window.first()
    window.close()
    again = SingleWindow(tmp_path / "profile")
    assert again.first()
    again.close()


def begin_in_vain(window, profile):
    """Step aside for another process, which could be the first one and is not there."""
    with window.stepped_aside():
        other = SingleWindow(profile)
        assert other.first()
        other.close()
        raise OSError("no memory")


def test_where_the_program_could_not_begin_anew_it_is_the_first_window_again(
    qtbot, window, tmp_path
):
    assert window.first()
    window.listen()
    with pytest.raises(OSError, match="no memory"):
        begin_in_vain(window, tmp_path / "profile")
    with qtbot.waitSignal(window.raise_requested, timeout=20_000):
        second = start(tmp_path / "profile")
    assert second.communicate(timeout=20)[0] == "told\n"


def test_a_window_opens_where_no_lock_can_be_made(qtbot, tmp_path):
    (tmp_path / "profile").write_text("a file where the folder should be")
    assert SingleWindow(tmp_path / "profile").first()


@pytest.mark.skipif(sys.platform == "win32", reason="pipes have short names")
def test_a_long_path_gets_a_short_socket(tmp_path):
    assert len(socket_name(tmp_path / ("long" * 30))) < 100
