"""What a person is told, by window and by command, where the keyring does not serve: the real
gnome-keyring locked, wiped, with another secret, gone; and a plain-text one. Each way goes on.
"""

from __future__ import annotations

import gc
import io
import json
from contextlib import closing

import keyring.core
import pytest

from crm.domain.errors import Locked
from crm.domain.kinds import SCHEMA
from crm.domain.messages import explain
from desktop.app.profiles import Profile, unlocked
from desktop.app.station import ProfileStation
from desktop.cli import main
from desktop.jobs.desk import Jobs
from desktop.storage.replica import FILE_NAME, Replica
from desktop.vault.keys import LEAST_COST
from desktop.vault.system_keyring import SystemKeyring
from desktop.views.language.translating import current_language
from desktop.views.unlock.page import UnlockPage
from desktop.views.unlock.presenter import UnlockPresenter
from tests.helpers.fakes import an_identity
from tests.helpers.keyrings import PlainTextBackend
from tests.helpers.secret_service import missing_programs, secret_service
from tests.unit.vault.test_secret_service import lock_default_collection

PASSPHRASE, NEW = "four relay horses", "seven lanterns at dusk"
ENROLMENT = "0192f0c0-7a3b-7c4d-8e5f-0123456789ab"
REAL = pytest.mark.skipif(
    bool(missing_programs()),
    reason=f"NOT TESTED with a real keyring: {', '.join(missing_programs())} not installed",
)
# The library leaves its connection open when it finds the keyring locked.
QUIET = (
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
)


@pytest.fixture
def backend(tmp_path_factory, monkeypatch):
    """The real keyring, as the one that this process would find."""
    with secret_service(tmp_path_factory.mktemp("bus")) as environment:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", environment["DBUS_SESSION_BUS_ADDRESS"])
        from keyring.backends.SecretService import Keyring

        monkeypatch.setattr(keyring.core, "_keyring_backend", Keyring())
        yield
        gc.collect()  # here, where the warning is expected


@pytest.fixture
def profile(tmp_path, backend):
    """A work profile with nobody in it."""
    made = Profile(tmp_path / "laptop")
    made.prepare()
    key = made.vault.create(
        PASSPHRASE, practice=False, enrolment=ENROLMENT, keyring=SystemKeyring(), cost=LEAST_COST
    )
    with closing(Replica.create(made.folder / FILE_NAME, key.raw, SCHEMA)) as replica:
        replica.enrolled(an_identity("manager").but(practice=False, enrolment=ENROLMENT))
    return made


def wiped(monkeypatch):
    SystemKeyring().delete(ENROLMENT)


def another(monkeypatch):
    SystemKeyring().set(ENROLMENT, "00" * 32)


def locked(monkeypatch):
    lock_default_collection()


def plain(monkeypatch):
    monkeypatch.setattr(keyring.core, "_keyring_backend", PlainTextBackend())


def absent(monkeypatch):
    from keyring.backends.fail import Keyring

    monkeypatch.setattr(keyring.core, "_keyring_backend", Keyring())


WAYS = [
    pytest.param(wiped, "vault.keyring.missing", "yizhan recover", id="wiped"),
    pytest.param(another, "vault.keyring.changed", "yizhan recover", id="another"),
    pytest.param(locked, "keyring.locked", "Unlock it", id="locked", marks=QUIET),
    pytest.param(plain, "keyring.insecure", "gnome-keyring", id="plain"),
    pytest.param(absent, "keyring.none", "install", id="absent"),
]


@REAL
@pytest.mark.parametrize(("spoil", "code", "remedy"), WAYS)
def test_a_command_says_what_is_wrong_with_the_keyring_and_what_to_do(
    profile, monkeypatch, capsys, spoil, code, remedy
):
    spoil(monkeypatch)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSPHRASE}\n"))
    assert main(["tasks", "--profile", str(profile.folder), "--json"]) == 6
    told = json.loads(capsys.readouterr().out)["error"]
    assert told["code"] == code
    english = explain(Locked(code, backend="b", reason="r"), "en")[1]
    assert remedy in english
    assert tries(profile) == 0  # nothing was tried, and so nothing is waited for


@REAL
@pytest.mark.parametrize(("spoil", "code", "remedy"), WAYS)
def test_the_unlock_page_says_it_before_a_passphrase_is_typed(
    qtbot, profile, monkeypatch, spoil, code, remedy
):
    spoil(monkeypatch)
    page, jobs = UnlockPage(), Jobs()
    qtbot.addWidget(page)
    UnlockPresenter(page, ProfileStation(profile.folder), jobs).show()
    page.show()
    qtbot.waitUntil(page.passphrase.has_problem, timeout=20_000)
    said = page.passphrase.line.accessibleDescription()
    assert explain(Locked(code, backend="b", reason="r"), current_language())[1][:5] in said
    assert page.forgot.isVisible()  # the way back in, where the keyring was wiped
    assert page.button.isEnabled()
    assert jobs.close()


@REAL
def test_a_keyring_that_was_put_in_order_opens_again_without_a_restart(profile, monkeypatch):
    store = SystemKeyring()
    secret = store.get(ENROLMENT)
    wiped(monkeypatch)
    with pytest.raises(Locked):
        unlocked(profile, PASSPHRASE)
    store.set(ENROLMENT, secret)
    assert unlocked(profile, PASSPHRASE).earlier is None


@REAL
def test_a_key_that_came_back_gets_a_new_secret_in_a_keyring_that_was_wiped(profile, monkeypatch):
    key = unlocked(profile, PASSPHRASE).key
    wiped(monkeypatch)
    profile.vault.rewrap(key, NEW, SystemKeyring(), cost=LEAST_COST)
    assert unlocked(profile, NEW).key == key


@REAL
def test_passphrase_and_key_are_changed_with_the_real_keyring(profile):
    profile.vault.change_passphrase(PASSPHRASE, NEW, SystemKeyring(), LEAST_COST)
    with profile.vault.rekeying(NEW, SystemKeyring()) as (_, new, _):
        pass
    assert profile.vault.open(NEW, SystemKeyring()) == new


def tries(profile):
    return json.loads((profile.folder / "vault.json").read_text())["attempts"]["count"]
