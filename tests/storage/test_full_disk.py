"""A disk that is full, a file that may not grow, a folder that cannot be written to."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from crm.domain.errors import Damaged, Locked
from crm.domain.kinds import SCHEMA
from desktop.storage.replica import FILE_NAME, Replica
from tests.helpers.fakes import Laptop, a_key

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="limits and mounts are POSIX's")

LIMITED = """
import resource, sys
from pathlib import Path
from crm.domain.errors import UserError
from crm.domain.kinds import SCHEMA
from desktop.storage.replica import Replica
from tests.helpers.fakes import a_key

def add_many(replica):
    for number in range(2000):
        with replica.unit_of_work() as uow:
            uow.create("customer", {"name": f"N{number}"})
            uow.commit()

path, what, limit = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
if what == "open":
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    replica = Replica.open(path, a_key(), SCHEMA)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    add_many(replica)
except UserError as error:
    print(error.code)
"""


@pytest.fixture
def path(tmp_path):
    laptop = Laptop(tmp_path)
    laptop.create("customer", name="Kept")
    laptop.replica.close()
    return tmp_path / FILE_NAME


def kept(path):
    """How many customers there are once there is room again."""
    replica = Replica.open(path, a_key(), SCHEMA)
    with replica.reader() as reader:
        found = len(reader.customers(limit=5000))
    replica.close()
    return found


@pytest.mark.parametrize(("what", "limit"), [("open", 4096), ("add", 4096), ("add", 400_000)])
def test_a_file_that_may_not_grow_is_a_full_disk_and_no_wrong_key(path, what, limit):
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path), what, str(limit)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == "replica.disk_full\n"
    assert kept(path) >= 1


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 8 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=8m,mode=700", "none", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("NOT TESTED: a really full disk needs leave to mount one")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder):
    with (folder / "filler").open("wb", buffering=0) as file:
        try:
            while file.write(b"x" * 1024):
                pass
        except OSError:
            return


def save_many(laptop):
    for _ in range(1000):
        laptop.create("customer", name="More" * 10)


def test_a_full_disk_is_told_when_opening_and_when_saving(small_disk):
    laptop = Laptop(small_disk)
    laptop.create("customer", name="Kept")
    fill(small_disk)
    with pytest.raises(Damaged) as saving:
        save_many(laptop)
    assert saving.value.code == "replica.disk_full"
    laptop.replica.close()
    fill(small_disk)
    with pytest.raises(Damaged) as opening:
        Replica.open(small_disk / FILE_NAME, a_key(), SCHEMA)
    assert opening.value.code == "replica.disk_full"
    (small_disk / "filler").unlink()
    assert kept(small_disk / FILE_NAME) >= 1


def test_on_a_full_disk_a_wrong_key_is_still_a_wrong_key(small_disk):
    Laptop(small_disk).replica.close()
    fill(small_disk)
    with pytest.raises(Locked) as wrong:
        Replica.open(small_disk / FILE_NAME, a_key("another"), SCHEMA)
    assert wrong.value.code == "replica.key"


def test_no_replica_is_made_on_a_full_disk(small_disk):
    fill(small_disk)
    with pytest.raises(Damaged) as full:
        Replica.create(small_disk / FILE_NAME, a_key(), SCHEMA)
    assert full.value.code == "replica.disk_full"


def test_a_disk_that_cannot_be_written_to_is_told(small_disk):
    Laptop(small_disk).replica.close()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    for action in (
        lambda: Replica.open(small_disk / FILE_NAME, a_key(), SCHEMA),
        lambda: Replica.create(small_disk / "another.db", a_key(), SCHEMA),
    ):
        with pytest.raises(Locked) as locked:
            action()
        assert locked.value.code == "replica.read_only"
