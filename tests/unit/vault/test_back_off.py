"""Wrong passphrases: counted before they are tried, waited for whatever becomes of the clock."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import threading
from datetime import timedelta

import pytest

from crm.domain.errors import Damaged, Locked, NotFound, Refused
from crm.domain.instants import parse_instant
from desktop.app import destroying
from desktop.vault.attempts import FORGED, FREE, LONGEST_WAIT_S, Attempts
from desktop.vault.keys import LEAST_COST
from desktop.vault.vault import Vault
from desktop.vault.vault_file import read_vault
from tests.helpers.clocks import FakeBoot
from tests.helpers.keyrings import MemorySecrets

PASSPHRASE = "four relay horses"
ENROLMENT = "0192f0c0-7a3b-7c4d-8e5f-0123456789ab"


class Lock:
    """A vault with a clock and a keyring in hand."""

    def __init__(self, folder):
        self.folder, self.clock, self.keyring = folder, FakeBoot(), MemorySecrets()
        self.vault = Vault(folder, self.clock)
        self.key = self.vault.create(
            PASSPHRASE, practice=False, enrolment=ENROLMENT, keyring=self.keyring, cost=LEAST_COST
        )

    def code(self, passphrase="wrong one"):
        """Try a passphrase; return the code it was refused with, and the seconds to wait."""
        with pytest.raises(Locked) as caught:
            self.vault.unlock(passphrase, self.keyring)
        return caught.value.code, caught.value.facts.get("seconds")

    def wrong(self, times):
        for _ in range(times):
            self.clock.pass_s(LONGEST_WAIT_S)
            assert self.code() == ("vault.passphrase.wrong", None)

    def waiting(self):
        return self.vault.waiting_s(self.keyring)

    def rewrite(self, **changes):
        """Change fields as an attacker would, with a checksum that fits."""
        path = self.folder / "vault.json"
        document = json.loads(path.read_text()) | changes
        del document["checksum"]
        canonical = json.dumps(document, sort_keys=True, separators=(",", ":"))
        document["checksum"] = hashlib.sha256(canonical.encode()).hexdigest()
        path.write_text(json.dumps(document))

    def tries(self):
        return json.loads((self.folder / "vault.json").read_text())["attempts"]


@pytest.fixture
def lock(tmp_path):
    return Lock(tmp_path)


def test_five_wrong_tries_are_free_and_the_sixth_waits_half_a_minute(lock):
    for _ in range(FREE):
        assert lock.waiting() == 0
        assert lock.code() == ("vault.passphrase.wrong", None)
    assert lock.waiting() == 30
    assert lock.code() == ("vault.wait", 30)
    lock.clock.pass_s(29)
    assert lock.code() == ("vault.wait", 1)
    lock.clock.pass_s(1)
    assert lock.code() == ("vault.passphrase.wrong", None)


def test_the_wait_doubles_to_an_hour_and_stays_there(lock):
    lock.wrong(FREE)
    waits = []
    for _ in range(10):
        waits.append(lock.waiting())
        lock.wrong(1)
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


def test_the_right_passphrase_has_to_wait_as_well_and_then_clears_the_count(lock):
    lock.wrong(FREE)
    assert lock.code(PASSPHRASE) == ("vault.wait", 30)
    lock.clock.pass_s(30)
    assert lock.vault.open(PASSPHRASE, lock.keyring) == lock.key
    assert lock.code() == ("vault.passphrase.wrong", None)
    assert lock.waiting() == 0


def test_a_try_during_a_wait_is_not_counted_and_does_not_lengthen_it(lock):
    lock.wrong(FREE)
    before = lock.tries()
    for _ in range(3):
        lock.code()
    assert lock.tries() == before


def test_a_wait_survives_the_end_of_the_program(lock):
    lock.wrong(FREE + 2)
    lock.clock.pass_s(20)
    again = Vault(lock.folder, lock.clock)
    assert again.waiting_s(lock.keyring) == 100


def test_a_wait_begins_again_after_a_restart_of_the_machine_when_it_is_shown_first(lock):
    lock.wrong(FREE + 2)
    lock.clock.pass_s(100)
    lock.clock.restart()
    assert lock.waiting() == 120
    lock.clock.pass_s(50)
    assert lock.waiting() == 70
    lock.clock.restart()
    assert lock.code() == ("vault.wait", 120)


def test_the_wall_clock_changes_no_wait(lock, monkeypatch):
    """The only wall clock in it is the one that says since when, and nothing counts with that."""
    import desktop.vault.vault as module

    lock.wrong(FREE)
    moved = parse_instant("2036-01-01T00:00:00.000Z[+08:00]")
    monkeypatch.setattr(module, "_now", lambda: module.instant_text(moved + timedelta(days=9)))
    assert lock.waiting() == 30
    assert lock.code() == ("vault.wait", 30)


def test_a_success_tells_once_how_many_wrong_tries_there_were_and_since_when(lock):
    lock.wrong(3)
    told = lock.vault.unlock(PASSPHRASE, lock.keyring).earlier
    assert told is not None
    assert told.count == 3
    assert parse_instant(told.since).year >= 2024
    assert lock.vault.unlock(PASSPHRASE, lock.keyring).earlier is None


def test_a_try_is_counted_before_it_is_made(lock, monkeypatch):
    """Else whoever ends the program in time tries for nothing."""
    import desktop.vault.vault as module

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "wrapping_key", killed)
    with pytest.raises(KeyboardInterrupt):
        lock.vault.unlock("wrong one", lock.keyring)
    assert lock.tries()["count"] == 1


def test_a_try_that_the_memory_was_too_short_for_is_not_counted(lock, monkeypatch):
    import desktop.vault.vault as module

    def short(*_):
        raise Locked("vault.memory.short", memory_mib=64)

    monkeypatch.setattr(module, "wrapping_key", short)
    with pytest.raises(Locked):
        lock.vault.unlock("wrong one", lock.keyring)
    assert lock.tries()["count"] == 0


@pytest.mark.parametrize(
    "change", [{"count": 0}, {"at_s": 0}, {"boot_id": "x"}, {"mac": ""}, {"mac": "\ud800"}]
)
def test_tries_that_were_tampered_with_count_as_the_longest_wait(lock, change):
    lock.wrong(FREE + 1)
    lock.rewrite(attempts=lock.tries() | change)
    assert lock.code(PASSPHRASE) == ("vault.wait", LONGEST_WAIT_S)
    assert lock.tries()["count"] == FORGED
    lock.clock.pass_s(LONGEST_WAIT_S)
    assert lock.vault.open(PASSPHRASE, lock.keyring) == lock.key


@pytest.mark.parametrize(
    "change",
    [
        {"count": -1},
        {"count": 10**10},
        {"count": True},
        {"count": 1.5},
        {"at_s": "0"},
        {"boot_id": "x" * 65},
        {"boot_id": None},
        {"since": "驿"},
        {"since": "x" * 41},
        {"mac": None},
        {"more": 1},
    ],
)
def test_tries_of_no_known_form_are_damage(lock, change):
    lock.rewrite(attempts=lock.tries() | change)
    with pytest.raises(Damaged) as caught:
        lock.vault.open(PASSPHRASE, lock.keyring)
    assert caught.value.facts == {"part": "fields"}


def test_where_the_count_cannot_be_written_nothing_is_tried(lock, monkeypatch):
    """Else a full disk were as good as no back-off."""
    import desktop.vault.vault as module

    def full(*_):
        raise Refused("vault.unwritable", reason="ENOSPC")

    monkeypatch.setattr(module, "write_vault", full)
    with pytest.raises(Refused) as caught:
        lock.vault.unlock("wrong one", lock.keyring)
    assert caught.value.code == "vault.unwritable"


def test_two_processes_count_together(lock):
    """Each of two reads, counts and writes under the profile's lock: no try is lost."""
    context = multiprocessing.get_context("fork")
    ends = [context.Process(target=_tries, args=(lock, FREE)) for _ in range(2)]
    for end in ends:
        end.start()
    for end in ends:
        end.join(60)
        assert end.exitcode == 0
    assert read_vault(lock.folder / "vault.json").tries.attempts.count == FREE


def _tries(lock, times):
    for _ in range(times):
        with pytest.raises(Locked) as caught:
            lock.vault.unlock("wrong one", lock.keyring)
        assert caught.value.code in ("vault.passphrase.wrong", "vault.wait")


def test_a_count_beyond_all_bounds_waits_no_longer_than_an_hour():
    assert Attempts(count=10**9).wait_s == LONGEST_WAIT_S


@pytest.fixture
def meanwhile(lock, monkeypatch):
    """Return what lets something begin in the middle of a try: between its two writes."""
    import desktop.vault.vault as module

    compute = module.wrapping_key

    def during(work):
        ends = threading.Thread(target=work)

        def slow(*given):
            ends.start()
            ends.join(0.2)
            return compute(*given)

        monkeypatch.setattr(module, "wrapping_key", slow)
        assert lock.vault.unlock(PASSPHRASE, lock.keyring).key == lock.key, "it was waited for"
        ends.join(60)

    return during


def test_a_try_under_way_does_not_bring_back_a_key_that_is_destroyed(lock, meanwhile, monkeypatch):
    """The branch's word may come to the window while a command asks for the passphrase."""
    monkeypatch.setattr(destroying, "_forget_secrets", lambda _: None)
    meanwhile(lambda: destroying.condemn(lock.folder, "sync.lost"))
    assert not (lock.folder / "vault.json").exists()


def test_a_try_under_way_does_not_undo_a_restored_vault(lock, meanwhile):
    meanwhile(lambda: lock.vault.put(b"of a backup"))
    assert (lock.folder / "vault.json").read_bytes() == b"of a backup"


def test_a_vault_that_is_gone_is_not_written_anew(lock, monkeypatch):
    import desktop.vault.vault as module

    compute = module.wrapping_key

    def destroyed(*given):
        (lock.folder / "vault.json").unlink()
        return compute(*given)

    monkeypatch.setattr(module, "wrapping_key", destroyed)
    with pytest.raises(NotFound, match=r"vault\.missing"):
        lock.vault.unlock(PASSPHRASE, lock.keyring)
    assert not (lock.folder / "vault.json").exists()
