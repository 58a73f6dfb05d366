"""What becomes of a vault: version 2, another passphrase, another key, a key that came back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from crm.domain.errors import Damaged, Locked, Refused
from crm.domain.instants import parse_instant
from desktop.vault.keys import LEAST_COST, ReplicaKey
from desktop.vault.vault import Vault
from desktop.vault.vault_file import Recovery, read_vault
from tests.helpers.keyrings import MemorySecrets, UntouchableSecrets

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "vault1"
OLD, NEW = "four relay horses", "seven lanterns at dusk"
ENROLMENT = "0192f0c0-7a3b-7c4d-8e5f-0123456789ab"
COPY = Recovery("0123456789abcdef", "c2VhbGVk")


@pytest.fixture
def keyring():
    return MemorySecrets()


@pytest.fixture
def made(tmp_path, keyring):
    """A vault and its key."""
    vault = Vault(tmp_path)
    key = vault.create(OLD, practice=False, enrolment=ENROLMENT, keyring=keyring, cost=LEAST_COST)
    return vault, key


def refused(vault, passphrase, keyring):
    with pytest.raises(Locked) as caught:
        vault.open(passphrase, keyring)
    return caught.value.code


def document(folder):
    return json.loads((folder / "vault.json").read_text())


# --- version 1 ---


@pytest.mark.parametrize("name", ["practice", "work"])
def test_a_vault_of_version_1_opens_and_is_written_as_version_2_without_loss(tmp_path, name):
    shutil.copyfile(GOLDEN / f"{name}.json", tmp_path / "vault.json")
    told = json.loads((GOLDEN / "expected.json").read_text())[name]
    keyring = MemorySecrets()
    if told["secret"] is not None:
        keyring.set(ENROLMENT, told["secret"])
    before, vault = read_vault(tmp_path / "vault.json"), Vault(tmp_path)

    assert before.tries is None
    assert vault.open(told["passphrase"], keyring).hex() == told["key"]

    after = read_vault(tmp_path / "vault.json")
    assert document(tmp_path)["version"] == 2
    assert (after.header, after.wrapped) == (before.header, before.wrapped)
    assert vault.open(told["passphrase"], keyring).hex() == told["key"]
    assert vault.changed().passphrase == ""  # nobody knows when
    assert refused(vault, "another one", keyring) == "vault.passphrase.wrong"


def test_a_first_wrong_passphrase_on_a_vault_of_version_1_is_counted(tmp_path):
    shutil.copyfile(GOLDEN / "practice.json", tmp_path / "vault.json")
    assert refused(Vault(tmp_path), "wrong one", UntouchableSecrets()) == "vault.passphrase.wrong"
    assert document(tmp_path)["attempts"]["count"] == 1


def test_a_vault_of_version_2_without_its_new_fields_is_damaged(made, tmp_path):
    found = document(tmp_path)
    for name in ("next", "recovery", "changed", "attempts"):
        (tmp_path / "vault.json").write_text(
            json.dumps({n: v for n, v in found.items() if n != name})
        )
        with pytest.raises(Damaged):
            made[0].header()


# --- another passphrase ---


def test_after_a_change_the_new_passphrase_opens_and_the_old_one_does_not(made, keyring):
    vault, key = made
    salt = vault.header().salt
    vault.change_passphrase(OLD, NEW, keyring, LEAST_COST)
    assert vault.open(NEW, keyring) == key
    assert refused(vault, OLD, keyring) == "vault.passphrase.wrong"
    assert vault.header().salt != salt


def test_a_change_needs_the_old_passphrase_and_counts_a_wrong_one(made, keyring, tmp_path):
    vault, key = made
    with pytest.raises(Locked) as caught:
        vault.change_passphrase("wrong one", NEW, keyring, LEAST_COST)
    assert caught.value.code == "vault.passphrase.wrong"
    assert document(tmp_path)["attempts"]["count"] == 1
    assert vault.open(OLD, keyring) == key


def test_a_new_passphrase_below_the_least_rule_changes_and_counts_nothing(made, keyring, tmp_path):
    vault, _ = made
    before = (tmp_path / "vault.json").read_bytes()
    with pytest.raises(Refused):
        vault.change_passphrase(OLD, "short", keyring, LEAST_COST)
    assert (tmp_path / "vault.json").read_bytes() == before


def test_a_change_keeps_the_recovery_copy_and_says_when_it_was(made, keyring):
    vault, _ = made
    vault.set_recovery(COPY.key_id, COPY.sealed)
    before = vault.changed()
    vault.change_passphrase(OLD, NEW, keyring, LEAST_COST)
    assert vault.recovery() == COPY
    assert vault.changed().key == before.key
    assert parse_instant(vault.changed().passphrase) >= parse_instant(before.passphrase)


# --- another key ---


def test_a_rekey_gives_the_new_key_for_the_same_passphrase(made, keyring):
    vault, old = made
    with vault.rekeying(OLD, keyring) as (present, new, _):
        assert present == old
        assert new != old
    assert vault.open(OLD, keyring) == new
    assert read_vault(vault._path).next is None


@pytest.mark.parametrize("has_new", [True, False])
def test_a_rekey_that_was_cut_short_leaves_both_keys_and_the_replica_decides(
    made, keyring, has_new
):
    vault, old = made
    with (
        pytest.raises(KeyboardInterrupt),
        vault.rekeying(OLD, keyring, seal=lambda *_: COPY) as keys,
    ):
        raise KeyboardInterrupt
    has = keys[1] if has_new else old

    assert vault.open(OLD, keyring) == old  # nobody was there to tell: both stay
    assert vault.open(OLD, keyring, fits=lambda key: key == has) == has
    assert read_vault(vault._path).next is None
    assert vault.open(OLD, keyring) == has
    assert vault.recovery() == (COPY if has_new else None)


def test_where_neither_key_fits_both_are_kept(made, keyring):
    vault, old = made
    with pytest.raises(KeyboardInterrupt), vault.rekeying(OLD, keyring):
        raise KeyboardInterrupt
    assert vault.open(OLD, keyring, fits=lambda _: False) == old
    assert read_vault(vault._path).next is not None


def test_a_passphrase_that_is_changed_while_two_keys_are_there_opens_both(made, keyring):
    vault, _ = made
    with pytest.raises(KeyboardInterrupt), vault.rekeying(OLD, keyring) as (_, new, _):
        raise KeyboardInterrupt
    vault.change_passphrase(OLD, NEW, keyring, LEAST_COST)
    assert vault.open(NEW, keyring, fits=lambda key: key == new) == new


def test_a_second_rekey_waits_until_the_first_is_settled(made, keyring):
    vault, _ = made
    with pytest.raises(KeyboardInterrupt), vault.rekeying(OLD, keyring):
        raise KeyboardInterrupt
    with pytest.raises(Refused) as caught, vault.rekeying(OLD, keyring):
        raise AssertionError("a third key was made")
    assert caught.value.code == "vault.rekey.unsettled"


def test_a_rekey_drops_the_recovery_copy_of_the_old_key(made, keyring):
    vault, _ = made
    vault.set_recovery(COPY.key_id, COPY.sealed)
    with vault.rekeying(OLD, keyring):
        assert vault.recovery() == COPY  # the old key is still the replica's
    assert vault.recovery() is None


# --- a key that came back ---


def test_a_key_that_came_back_is_wrapped_anew_under_a_new_secret(made, keyring):
    vault, key = made
    vault.set_recovery(COPY.key_id, COPY.sealed)
    secret = keyring.secrets[ENROLMENT]
    vault.rewrap(key, NEW, keyring, cost=LEAST_COST)
    assert keyring.secrets[ENROLMENT] != secret
    assert vault.open(NEW, keyring) == key
    assert refused(vault, OLD, keyring) == "vault.passphrase.wrong"
    assert vault.recovery() == COPY


def test_a_wiped_keyring_is_no_hindrance_to_a_key_that_came_back(made):
    vault, key = made
    wiped = MemorySecrets()
    vault.rewrap(key, NEW, wiped, enrolment="another-enrolment", cost=LEAST_COST)
    assert vault.header().enrolment == "another-enrolment"
    assert vault.open(NEW, wiped) == key


def test_a_practice_vault_is_wrapped_anew_without_a_keyring(tmp_path):
    vault = Vault(tmp_path)
    key = vault.create(
        OLD, practice=True, enrolment="e", keyring=UntouchableSecrets(), cost=LEAST_COST
    )
    vault.rewrap(key, NEW, UntouchableSecrets())
    assert vault.open(NEW, UntouchableSecrets()) == key
    assert vault.header().cost == LEAST_COST


@pytest.mark.parametrize(
    ("key_id", "sealed"),
    [("0123", "eA=="), ("0123456789ABCDEF", "eA=="), (COPY.key_id, ""), (COPY.key_id, "A" * 5468)],
)
def test_a_recovery_copy_of_no_known_form_is_not_kept(made, key_id, sealed):
    with pytest.raises(ValueError, match=r"key|base64"):
        made[0].set_recovery(key_id, sealed)
    assert made[0].recovery() is None


def test_the_keys_of_an_opened_vault_show_nothing_of_themselves(made, keyring):
    vault, key = made
    shown = f"{vault.unlock(OLD, keyring)!r} {ReplicaKey(key.raw)!r}"
    assert key.hex() not in shown
    assert str(key.raw) not in shown
