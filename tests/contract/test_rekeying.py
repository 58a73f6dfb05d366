"""A new key for the replica: killed anywhere, one of two keys opens it, and nothing is lost."""

from __future__ import annotations

import multiprocessing
import os
import signal
from contextlib import closing

import pytest

from crm.domain.errors import Damaged, Locked, Refused
from crm.domain.kinds import SCHEMA
from desktop.app import copies
from desktop.app.profiles import Profile, open_replica, unlocked
from desktop.app.rekeying import rekey
from desktop.storage import rekeying
from desktop.storage.replica import FILE_NAME, Replica
from tests.helpers.full_disk import full_disk
from tests.helpers.practice_profile import PASSPHRASE, PracticeLaptop, held

POINTS = ("rekey.both", "rekey.logged", "rekey.replica", "rekey.vault")


@pytest.fixture
def laptop(tmp_path):
    return PracticeLaptop(tmp_path / "laptop")


def start(laptop, point=""):
    """Rekey in a process of its own."""
    process = multiprocessing.get_context("fork").Process(target=_rekey, args=(laptop, point))
    process.start()
    return process


def _rekey(laptop, point):
    os.environ["YIZHAN_FAILPOINT"] = point
    rekey(laptop.profile, PASSPHRASE)


def ended(process):
    process.join(60)
    return process.exitcode


def test_after_a_rekey_the_old_key_opens_nothing_and_the_passphrase_everything(laptop):
    rekey(laptop.profile, PASSPHRASE)
    new = unlocked(laptop.profile, PASSPHRASE).key
    assert new != laptop.key
    assert laptop.fits(new)
    assert not laptop.fits(laptop.key)
    with pytest.raises(Locked, match=r"replica\.key"):
        Replica.open(laptop.profile.replica_path, laptop.key.raw, SCHEMA)
    assert laptop.held() == laptop.names
    assert laptop.vault().next is None


def test_no_page_of_the_file_stays_as_it_was(laptop):
    """A page that were not written anew would still be read with the old key."""
    path = laptop.profile.replica_path
    before = pages(path)
    rekey(laptop.profile, PASSPHRASE)
    after = pages(path)
    assert len(after) == len(before)
    assert not set(before) & set(after)


def pages(path):
    content = path.read_bytes()
    return [content[at : at + 4096] for at in range(0, len(content), 4096)]


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_every_step_the_next_start_opens_all_and_settles_the_key(laptop, point):
    assert ended(start(laptop, point)) == -signal.SIGKILL
    assert laptop.held() == laptop.names
    assert laptop.vault().next is None
    key = unlocked(laptop.profile, PASSPHRASE).key
    assert (key == laptop.key) == (point == "rekey.both")
    assert laptop.fits(key)
    rekey(laptop.profile, PASSPHRASE)
    assert not laptop.fits(key)
    assert laptop.held() == laptop.names


@pytest.mark.parametrize("point", POINTS)
def test_a_rekey_after_a_killed_one_needs_no_unlocking_between(laptop, point):
    assert ended(start(laptop, point)) == -signal.SIGKILL
    rekey(laptop.profile, PASSPHRASE)
    assert laptop.held() == laptop.names


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.8, 0.95, 1.0])
def test_killed_while_the_pages_are_written_nothing_is_lost(tmp_path, share):
    laptop = PracticeLaptop(tmp_path / "laptop", customers=1_500)
    log = laptop.profile.replica_path.with_name(f"{FILE_NAME}-wal")
    most = laptop.profile.replica_path.stat().st_size
    process = start(laptop)
    while process.is_alive() and size(log) <= share * most:
        pass
    process.kill()
    ended(process)
    assert laptop.held() == laptop.names
    key = unlocked(laptop.profile, PASSPHRASE).key
    assert laptop.fits(key)
    assert laptop.vault().next is None


def size(path):
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return -1


def test_a_backup_of_the_old_key_still_opens_with_the_vault_inside_it(laptop, tmp_path):
    file = tmp_path / "copy.yizhan"
    with closing(open_replica(laptop.profile, PASSPHRASE)) as replica:
        copies.back_up(laptop.profile, replica, PASSPHRASE, file)
    rekey(laptop.profile, PASSPHRASE)
    restored = Profile(tmp_path / "restored")
    copies.restore(restored, PASSPHRASE, file, replace=False)
    assert unlocked(restored, PASSPHRASE).key == laptop.key
    assert held(restored) == laptop.names


def test_a_backup_made_after_a_killed_rekey_opens_too(laptop, tmp_path):
    """The window that makes it has opened the replica; the vault beside it may hold both keys."""
    assert ended(start(laptop, "rekey.logged")) == -signal.SIGKILL
    both = (laptop.profile.folder / "vault.json").read_bytes()
    key, file = unlocked(laptop.profile, PASSPHRASE).key, tmp_path / "copy.yizhan"
    (laptop.profile.folder / "vault.json").write_bytes(both)
    with closing(Replica.open(laptop.profile.replica_path, key.raw, SCHEMA)) as replica:
        copies.write_copy(laptop.profile, replica, key, file)
    restored = Profile(tmp_path / "restored")
    copies.restore(restored, PASSPHRASE, file, replace=False)
    assert unlocked(restored, PASSPHRASE).key == key


def test_while_somebody_has_the_replica_open_the_key_stays(laptop):
    with closing(open_replica(laptop.profile, PASSPHRASE)):
        with pytest.raises(Refused) as caught:
            rekey(laptop.profile, PASSPHRASE)
        assert caught.value.code == "replica.rekey.in_use"
    assert unlocked(laptop.profile, PASSPHRASE).key == laptop.key
    assert laptop.held() == laptop.names
    assert laptop.vault().next is None


def test_without_room_for_a_second_copy_nothing_is_begun(laptop, monkeypatch):
    class Usage:
        free = 1000

    monkeypatch.setattr(rekeying.shutil, "disk_usage", lambda _: Usage)
    with pytest.raises(Damaged) as caught:
        rekey(laptop.profile, PASSPHRASE)
    assert caught.value.code == "replica.disk_full"
    assert laptop.held() == laptop.names


def test_room_for_one_more_copy_is_enough(laptop, monkeypatch):
    """As the window says before it asks: more would be refused where it could be done."""
    size = laptop.profile.replica_path.stat().st_size

    class Usage:
        free = 1.2 * size

    most = []

    def reached(point):
        log = laptop.profile.replica_path.with_name(f"{FILE_NAME}-wal")
        most.append(log.stat().st_size if point == "rekey.logged" else 0)

    monkeypatch.setattr(rekeying.shutil, "disk_usage", lambda _: Usage)
    rekeying.rekey(laptop.profile.replica_path, laptop.key.raw, bytes(range(32)), reached)
    assert 0 < max(most) < Usage.free


def test_a_disk_that_fills_while_the_pages_are_written_is_told_as_such(laptop):
    half = laptop.profile.replica_path.stat().st_size // 2
    with full_disk(half), pytest.raises(Damaged) as caught:
        rekey(laptop.profile, PASSPHRASE)
    assert caught.value.code == "replica.disk_full"
    assert unlocked(laptop.profile, PASSPHRASE).key == laptop.key
    assert laptop.held() == laptop.names


def test_a_wrong_passphrase_changes_no_key(laptop):
    with pytest.raises(Locked) as caught:
        rekey(laptop.profile, "wrong one")
    assert caught.value.code == "vault.passphrase.wrong"
    assert unlocked(laptop.profile, PASSPHRASE).key == laptop.key
