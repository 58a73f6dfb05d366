"""Private files are written whole or not at all, and are their owner's alone."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys

import pytest

from crm.domain.errors import Refused
from desktop.services.private_files import make_private_folder, write_private_file

posix = pytest.mark.skipif(sys.platform == "win32", reason="modes and owners are POSIX's")


def test_a_file_is_replaced_whole(tmp_path):
    path = tmp_path / "vault.json"
    write_private_file(path, b"a longer old content")
    write_private_file(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


@posix
def test_a_file_is_closed_to_others_even_where_an_open_one_stood(tmp_path):
    path = tmp_path / "vault.json"
    path.write_bytes(b"old")
    path.chmod(0o644)
    write_private_file(path, b"new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_write_that_fails_leaves_what_was_there_and_no_litter(tmp_path):
    path = tmp_path / "taken"
    path.mkdir()
    (path / "old").write_bytes(b"old")
    with pytest.raises(OSError, match="taken"):
        write_private_file(path, b"new")
    assert list(tmp_path.iterdir()) == [path]
    assert (path / "old").read_bytes() == b"old"


LIMITED = """
import resource, signal, sys
from pathlib import Path
from desktop.services.private_files import write_private_file
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_private_file(Path(sys.argv[1]), b"x" * 2000)
except OSError:
    print("failed")
"""


@posix
def test_a_disk_that_takes_only_half_of_it_leaves_the_old_file(tmp_path):
    path = tmp_path / "vault.json"
    write_private_file(path, b"old")
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == "failed\n"
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


KILLED = """
import os, signal, sys
from pathlib import Path
from desktop.services import private_files

def die(event, _):
    if event == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)

if sys.argv[3] == "beside":  # as on file systems that know no nameless files
    private_files._write_nameless = lambda path, content: False
sys.addaudithook(die)
private_files.write_private_file(Path(sys.argv[1]), b"plain words")
"""


def killed_at(event, path, way="nameless"):
    command = [sys.executable, "-c", KILLED, str(path), event, way]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux knows nameless files")
@pytest.mark.parametrize("old", [None, b"old"])
def test_a_killed_write_leaves_nothing_in_clear(tmp_path, old):
    path = tmp_path / "export.csv"
    if old is not None:
        path.write_bytes(old)
    killed_at("os.link", path)  # everything is written, nothing has a name
    assert [file.read_bytes() for file in tmp_path.iterdir()] == ([] if old is None else [old])


@posix
@pytest.mark.parametrize("way", ["nameless", "beside"])
def test_what_a_killed_write_leaves_is_removed_by_the_next(tmp_path, way):
    path = tmp_path / "export.csv"
    path.write_bytes(b"old")
    for _ in range(2):
        killed_at("os.rename", path, way)
    litter = [file for file in tmp_path.iterdir() if file != path]
    assert len(litter) == 1  # the second write removed what the first one left
    assert path.read_bytes() == b"old"
    write_private_file(path, b"new")
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == b"new"


@posix
def test_what_another_process_is_writing_is_left_alone(tmp_path):
    import fcntl

    path = tmp_path / "export.csv"
    part = tmp_path / ".export.csv.0abc.yizhan-part"
    others = [tmp_path / ".export.csv.old", tmp_path / ".other.csv.0abc.yizhan-part"]
    for file in (part, *others):
        file.write_bytes(b"theirs")
    with part.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        write_private_file(path, b"new")
        assert part.exists()
    write_private_file(path, b"newer")
    assert sorted(tmp_path.iterdir()) == sorted([path, *others])


@posix
@pytest.mark.parametrize("mode", [0o700, 0o750, 0o755, 0o777, 0o1777])
def test_a_new_or_empty_folder_ends_closed(tmp_path, mode):
    empty = tmp_path / "empty"
    empty.mkdir()
    empty.chmod(mode)
    make_private_folder(empty)
    make_private_folder(tmp_path / "new" / "deep")
    assert stat.S_IMODE(empty.stat().st_mode) & 0o077 == 0
    assert stat.S_IMODE((tmp_path / "new" / "deep").stat().st_mode) == 0o700


@posix
@pytest.mark.parametrize("mode", [0o750, 0o755, 0o1777])
def test_a_folder_in_use_that_others_can_open_is_refused_untouched(tmp_path, mode):
    used = tmp_path / "used"
    used.mkdir()
    (used / "theirs").write_text("x")
    used.chmod(mode)
    with pytest.raises(Refused, match=r"folder\.shared"):
        make_private_folder(used)
    assert stat.S_IMODE(used.stat().st_mode) == mode


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="only root can give a folder away"
)
def test_somebody_elses_folder_is_refused(tmp_path):
    theirs = tmp_path / "theirs"
    theirs.mkdir(mode=0o700)
    os.chown(theirs, 65534, 65534)
    with pytest.raises(Refused, match=r"folder\.shared"):
        make_private_folder(theirs)
