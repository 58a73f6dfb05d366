"""Which keyrings are used, which are refused, and what the report says."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import keyring
import pytest
from keyring.backends import fail, null

from crm.domain.errors import Locked
from desktop.vault.system_keyring import SECURE_BACKENDS, SystemKeyring, keyring_report
from tests.helpers.keyrings import (
    BrokenBackend,
    FixedChain,
    ForgetfulBackend,
    LockedBackend,
    MemoryBackend,
    PlainTextBackend,
    class_name,
)


def trusting(backend) -> SystemKeyring:
    return SystemKeyring(backend, trusted=frozenset({class_name(backend)}))


@pytest.fixture
def _keyring_as_before():
    before = keyring.get_keyring()
    yield
    keyring.set_keyring(before)


def test_a_secret_is_kept_read_and_forgotten_under_the_service_name():
    backend = MemoryBackend()
    store = trusting(backend)
    assert store.get("laptop") is None
    store.set("laptop", "a secret")
    assert backend.passwords == {("yizhan", "laptop"): "a secret"}
    assert store.get("laptop") == "a secret"
    store.delete("laptop")
    store.delete("laptop")
    assert store.get("laptop") is None


@pytest.mark.usefixtures("_keyring_as_before")
def test_the_back_end_that_the_library_has_chosen_is_used():
    backend = MemoryBackend()
    keyring.set_keyring(backend)
    SystemKeyring(trusted=frozenset({class_name(backend)})).set("laptop", "a secret")
    assert backend.get_password("yizhan", "laptop") == "a secret"


def test_a_plain_text_back_end_is_refused_and_never_written():
    backend = PlainTextBackend()
    with pytest.raises(Locked) as caught:
        SystemKeyring(backend).set("laptop", "a secret")
    assert caught.value.code == "keyring.insecure"
    assert caught.value.facts == {"backend": "tests.helpers.keyrings.PlainTextBackend"}
    assert backend.passwords == {}


@pytest.mark.parametrize("kind", [fail.Keyring, null.Keyring, FixedChain])
def test_no_back_end_at_all_is_refused_as_such(kind):
    with pytest.raises(Locked) as caught:
        SystemKeyring(kind()).get("laptop")
    assert caught.value.code == "keyring.none"


def test_a_chain_of_bad_ones_is_refused_by_the_name_of_the_first_bad_one():
    with pytest.raises(Locked) as caught:
        SystemKeyring(FixedChain(null.Keyring(), PlainTextBackend())).secure_backend()
    assert caught.value.code == "keyring.insecure"
    assert caught.value.facts == {"backend": "tests.helpers.keyrings.PlainTextBackend"}


def test_of_a_mixed_chain_only_the_secure_member_is_read_and_written():
    bad, good = PlainTextBackend(), MemoryBackend()
    bad.set_password("yizhan", "planted", "by somebody else")
    store = SystemKeyring(FixedChain(bad, good), trusted=frozenset({class_name(good)}))
    store.set("laptop", "a secret")
    assert good.passwords == {("yizhan", "laptop"): "a secret"}
    assert store.get("planted") is None


@pytest.mark.parametrize(
    ("kind", "code", "reason"),
    [
        (LockedBackend, "keyring.locked", "KeyringLocked"),
        (BrokenBackend, "keyring.failed", "ConnectionResetError"),
        (ForgetfulBackend, "keyring.failed", "NotKept"),
    ],
)
def test_a_keyring_that_does_not_serve_is_a_clear_error(kind, code, reason):
    with pytest.raises(Locked) as caught:
        trusting(kind()).set("laptop", "a secret")
    assert caught.value.code == code
    assert caught.value.facts["reason"] == reason


def test_the_report_on_a_secure_back_end_has_no_remedy():
    report = keyring_report(trusting(MemoryBackend()))
    assert report.secure
    assert report.backend == "tests.helpers.keyrings.MemoryBackend"
    assert report.code == "keyring.secure"
    for language in ("en", "zh"):
        why, remedy = report.texts(language)
        assert report.backend in why
        assert remedy == ""


@pytest.mark.parametrize("backend", [PlainTextBackend(), fail.Keyring()])
def test_the_report_on_a_refused_back_end_says_why_and_what_to_do(backend):
    report = keyring_report(SystemKeyring(backend))
    assert not report.secure
    assert report.backend == class_name(backend)
    for language in ("en", "zh"):
        why, remedy = report.texts(language)
        assert class_name(backend) in why
        assert "gnome-keyring" in remedy


REPORT = """
import json
from desktop.vault.system_keyring import SystemKeyring, keyring_report
report = keyring_report(SystemKeyring())
print(json.dumps([report.code, report.backend, report.finding.facts]))
"""


def reported_by_a_process(tmp_path, **settings: str) -> list:
    """Ask in a fresh process without a session bus: keyring chooses once per process."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DBUS_SESSION_BUS_ADDRESS", "PYTHON_KEYRING_BACKEND", "DISPLAY"}
    }
    environment |= {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)} | settings
    environment |= {name: str(tmp_path) for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME")}
    done = subprocess.run(
        [sys.executable, "-c", REPORT],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a keyring is always there")
def test_a_linux_without_a_session_bus_has_no_keyring(tmp_path):
    assert reported_by_a_process(tmp_path)[:2] == ["keyring.none", "keyring.backends.fail.Keyring"]


@pytest.mark.parametrize("chosen", ["nowhere.at.all.Keyring", "keyring.backends.null.Nothing", "x"])
def test_settings_that_name_nothing_loadable_are_a_clear_error(tmp_path, chosen):
    code, backend, facts = reported_by_a_process(tmp_path, PYTHON_KEYRING_BACKEND=chosen)
    assert code == "keyring.misconfigured"
    assert backend == ""
    assert set(facts) == {"reason"}


def test_settings_that_choose_the_null_keyring_are_refused(tmp_path):
    found = reported_by_a_process(tmp_path, PYTHON_KEYRING_BACKEND="keyring.backends.null.Keyring")
    assert found[:2] == ["keyring.none", "keyring.backends.null.Keyring"]


def test_the_trusted_names_are_classes_that_the_library_has():
    """A renamed class would otherwise turn a good keyring into a refused one unnoticed."""
    names = subprocess.run(
        [sys.executable, "-c", CLASSES], capture_output=True, text=True, check=True, timeout=60
    ).stdout.split()
    assert set(names) >= SECURE_BACKENDS


CLASSES = """
import importlib
for module in ("SecretService", "libsecret", "kwallet", "Windows", "macOS"):
    found = importlib.import_module("keyring.backends." + module)
    for name, value in vars(found).items():
        if isinstance(value, type) and value.__module__ == found.__name__:
            print(found.__name__ + "." + value.__qualname__)
"""
