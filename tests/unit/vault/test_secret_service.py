"""The vault with a real Secret Service: gnome-keyring on a message bus of its own."""

from __future__ import annotations

import gc
import subprocess
import sys
from contextlib import closing

import pytest

from crm.domain.errors import Locked
from desktop.vault.keys import LEAST_COST
from desktop.vault.system_keyring import SystemKeyring
from desktop.vault.vault import Vault
from tests.helpers.secret_service import missing_programs, secret_service

pytestmark = pytest.mark.skipif(
    bool(missing_programs()),
    reason=f"NOT TESTED with a real keyring: {', '.join(missing_programs())} not installed",
)

PASSPHRASE = "four relay horses"
ENROLMENT = "0192f0c0-7a3b-7c4d-8e5f-0123456789ab"


@pytest.fixture
def service(tmp_path_factory, monkeypatch):
    """The environment of a running service; this process finds it too."""
    with secret_service(tmp_path_factory.mktemp("bus")) as environment:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", environment["DBUS_SESSION_BUS_ADDRESS"])
        yield environment


@pytest.fixture
def store(service):
    from keyring.backends.SecretService import Keyring

    return SystemKeyring(Keyring())


def created(folder, store):
    return Vault(folder).create(
        PASSPHRASE, practice=False, enrolment=ENROLMENT, keyring=store, cost=LEAST_COST
    )


def test_the_secret_service_is_found_by_itself_and_trusted(service):
    report = (
        "from desktop.vault.system_keyring import *; r = keyring_report(SystemKeyring()); "
        "print(r.code, r.backend)"
    )
    done = subprocess.run(
        [sys.executable, "-c", report],
        env=service,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.split() == ["keyring.secure", "keyring.backends.SecretService.Keyring"]


def test_a_vault_opens_in_another_run_by_the_same_users_keyring(tmp_path, store):
    key = created(tmp_path, store)
    from keyring.backends.SecretService import Keyring

    assert Vault(tmp_path).open(PASSPHRASE, SystemKeyring(Keyring())) == key


def test_a_wiped_keyring_is_a_missing_secret(tmp_path, store):
    created(tmp_path, store)
    store.delete(ENROLMENT)
    with pytest.raises(Locked) as caught:
        Vault(tmp_path).open(PASSPHRASE, store)
    assert caught.value.code == "vault.keyring.missing"


# The library leaves its connection open when it finds the keyring locked.
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_locked_keyring_is_said_to_be_locked(tmp_path, store):
    created(tmp_path, store)
    lock_default_collection()
    with pytest.raises(Locked) as caught:
        Vault(tmp_path).open(PASSPHRASE, store)
    assert caught.value.code == "keyring.locked"
    caught.value.__cause__ = caught.value.__context__ = None
    del caught
    gc.collect()  # here, where the warning is expected


def lock_default_collection():
    import secretstorage

    with closing(secretstorage.dbus_init()) as connection:
        secretstorage.get_default_collection(connection).lock()


def test_a_keyring_that_went_away_is_a_failure_and_not_a_missing_secret(
    tmp_path, tmp_path_factory, monkeypatch
):
    from keyring.backends.SecretService import Keyring

    with secret_service(tmp_path_factory.mktemp("bus")) as environment:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", environment["DBUS_SESSION_BUS_ADDRESS"])
        store = SystemKeyring(Keyring())
        created(tmp_path, store)
    with pytest.raises(Locked) as caught:
        Vault(tmp_path).open(PASSPHRASE, store)
    assert caught.value.code == "keyring.failed"
