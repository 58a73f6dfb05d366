"""A forgotten passphrase, a wiped keyring: the laptop opens again, with every edit in it."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
from dataclasses import replace

import pytest
import sqlalchemy as sa

from crm.domain.errors import Damaged, Locked, NotFound, Refused, ServerRefused, ServerUnreachable
from crm.domain.messages import explain
from desktop.app import recovering, rekeying
from desktop.app.profiles import Asked, Profile, enrol_profile, heeding, opened, sync_engine
from desktop.app.recovering import Given
from desktop.app.rekeying import rekey
from desktop.app.station import ProfileStation
from desktop.services.office import Login
from desktop.services.progress import Progress
from desktop.services.reach import read_reach
from desktop.vault import request_file
from desktop.vault.keys import LEAST_COST
from server.exchange import recovering as at_server
from server.exchange import revoking
from server.store import people, records, recoveries
from server.store import tables as t
from tests.helpers.bad_middle import Middle
from tests.helpers.certificates import Authority
from tests.helpers.house import ROOT
from tests.helpers.keyrings import MemorySecrets
from tests.helpers.live_server import PASSWORD
from tests.helpers.stores import database_url  # noqa: F401 - a fixture

FORGOTTEN, NEW, THIRD = "练习用的口令-42", "换过的新口令-77", "noch-ein-Wort-für-42"


class Computer:
    """A real profile, enrolled over HTTP as the program does it."""

    def __init__(self, folder, server, login, *, practice=True):
        self.server, self.login, self.profile = server, login, Profile(folder)
        asked = Asked(
            password=lambda: PASSWORD, new_password=lambda: PASSWORD, passphrase=lambda: FORGOTTEN
        )
        enrol_profile(self.profile, server.url, login, asked, device="laptop", practice=practice)

    def open(self, passphrase=FORGOTTEN):
        return opened(self.profile, passphrase)[0]

    def save(self, name, passphrase=FORGOTTEN):
        replica = self.open(passphrase)
        with replica.unit_of_work() as uow:
            made = uow.create("customer", {"name": name})
            uow.commit()
        replica.close()
        return made

    def sync(self, passphrase=FORGOTTEN):
        replica = self.open(passphrase)
        try:
            with heeding(self.profile):
                return sync_engine(self.profile, replica).sync()
        finally:
            replica.close()

    def ask(self, **given):
        known = {"login": self.login, "password": PASSWORD, "passphrase": NEW}
        return recovering.ask(self.profile, Given(**(known | given)))

    def go_on(self, passphrase=NEW, **where):
        return recovering.go_on(self.profile, passphrase, **where)


@pytest.fixture
def server(new_server):
    return new_server()


@pytest.fixture
def computer(tmp_path, server):
    server.person("lihua")
    server.person("wanglei", role="branch_lead")
    return Computer(tmp_path / "profile", server, "lihua")


def decide(server, request, *, grant=True, login="wanglei"):
    with server.exchange.database.snapshot() as connection:
        lead = people.find_person(connection, login=login)
    at_server.decide(server.exchange, lead, request.request, grant=grant)


def names(server):
    with server.exchange.database.snapshot() as connection:
        return {record.fields["name"] for record in records.of_kind(connection, "customer")}


def test_the_copy_is_there_from_the_first_minute_and_holds_no_key(computer):
    copy = computer.profile.vault.recovery()
    assert copy is not None
    replica, key = opened(computer.profile, FORGOTTEN)
    replica.close()
    content = b"".join(p.read_bytes() for p in computer.profile.folder.glob("*.json"))
    assert key.raw not in content
    assert key.hex().encode() not in content
    assert computer.profile.vault.recovery().key_id == copy.key_id
    assert read_reach(computer.profile.folder).server_url == computer.server.url


def test_a_forgotten_passphrase_loses_no_unsent_edit(computer):
    computer.save("王芳")
    computer.sync()
    computer.save("李雷")
    before, key = opened(computer.profile, FORGOTTEN)
    old = before.identity()
    before.close()
    request = computer.ask()
    assert computer.go_on().state == "waiting"
    decide(computer.server, request)
    assert computer.go_on() == recovering.Outcome("recovered", request.code)
    with pytest.raises(Locked, match=r"vault\.passphrase\.wrong"):
        computer.open(FORGOTTEN)
    after, new_key = opened(computer.profile, NEW)
    identity = after.identity()
    after.close()
    assert new_key.raw != key.raw, "the server has seen the old one"
    assert identity.enrolment != old.enrolment
    assert identity.incarnation != old.incarnation
    report = computer.sync(NEW)
    assert report.verified
    assert {"王芳", "李雷"} <= names(computer.server)
    assert recovering.under_way(computer.profile) is None
    assert computer.sync(NEW).verified


def test_where_the_server_has_moved_its_new_address_and_authority_are_believed(tmp_path, computer):
    authority = Authority("branch")
    shown, asked = authority.shows(tmp_path, "localhost"), authority.write(tmp_path)
    with Middle(computer.server.url, shown) as moved:
        where = {"server_url": moved.url, "ca_file": asked}
        request = computer.ask(**where)
        assert computer.go_on(**where).state == "waiting"
        with pytest.raises(ServerUnreachable, match=r"sync\.tls"):
            computer.go_on(server_url=moved.url)
        decide(computer.server, request)
        assert computer.go_on(**where).state == "recovered"
    computer.open(NEW).close()


def test_a_new_key_by_the_passphrase_that_came_to_mind_again_gives_the_request_up(computer):
    computer.save("李雷")
    request = computer.ask()
    rekey(computer.profile, FORGOTTEN)
    decide(computer.server, request)
    with pytest.raises(NotFound, match=r"recovery\.nothing_asked"):
        computer.go_on()
    assert computer.sync(FORGOTTEN).verified, "the token is still the one"
    assert "李雷" in names(computer.server)


@pytest.mark.slow
def test_a_recovered_laptop_can_be_recovered_again(computer):
    for passphrase in (NEW, THIRD):
        request = computer.ask(passphrase=passphrase)
        decide(computer.server, request)
        assert computer.go_on(passphrase).state == "recovered"
    assert computer.sync(THIRD).verified


class Keyring(MemorySecrets):
    def secure_backend(self):
        return "memory"


@pytest.fixture
def keyring(monkeypatch):
    """A keyring of this process, and keys that cost little."""
    made = Keyring()
    for module in ("profiles", "recovering", "rekeying"):
        monkeypatch.setattr(f"desktop.app.{module}.SystemKeyring", lambda: made)
    for module in ("vault", "request_file"):
        monkeypatch.setattr(f"desktop.vault.{module}.tuned_cost", lambda: LEAST_COST)
    return made


def test_a_wiped_keyring_is_recovered_from_as_well(tmp_path, server, keyring):
    server.person("lihua")
    server.person("wanglei", role="branch_lead")
    computer = Computer(tmp_path / "profile", server, "lihua", practice=False)
    computer.save("李雷")
    keyring.secrets.clear()
    with pytest.raises(Locked, match=r"vault\.keyring\.missing"):
        computer.open()
    request = computer.ask()
    decide(server, request)
    assert computer.go_on().state == "recovered"
    assert computer.sync(NEW).verified
    assert "李雷" in names(server)
    held = computer.profile.vault.header()
    assert not held.practice
    assert list(keyring.secrets) == [held.enrolment], "nothing that opens nothing stays"


def test_whoever_takes_the_laptop_between_approval_and_claim_cannot_claim(
    tmp_path, server, keyring
):
    server.person("lihua")
    server.person("wanglei", role="branch_lead")
    computer = Computer(tmp_path / "profile", server, "lihua", practice=False)
    request = computer.ask()
    decide(server, request)
    with pytest.raises(Locked, match=r"vault\.passphrase\.wrong"):
        computer.go_on("geraten-geraten")
    (account,) = [name for name in keyring.secrets if name.endswith(".recovery")]
    keyring.delete(account)
    with pytest.raises(Locked, match=r"recovery\.secret_gone"):
        computer.go_on()
    with server.exchange.database.snapshot() as connection:
        assert recoveries.held(connection, request.request).state == "approved"


@pytest.mark.slow
def test_a_laptop_that_was_enrolled_again_in_the_window_can_be_recovered(computer):
    """The copy is bound to the enrolment, and the restored server knows the new one alone."""
    office = ProfileStation(computer.profile.folder).unlock(FORGOTTEN)
    old = read_reach(computer.profile.folder).enrolment
    with computer.server.exchange.database.writing() as connection:
        connection.execute(sa.delete(t.enrolment).where(t.enrolment.c.id == old))
    office.enrol_again(Login(login=computer.login, password=PASSWORD), Progress())
    office.close()
    assert read_reach(computer.profile.folder).enrolment != old
    decide(computer.server, computer.ask())
    assert computer.go_on().state == "recovered"
    with computer.server.exchange.database.snapshot() as connection:
        states = sorted(d.state for d in people.devices(connection))
    assert states == ["active", "replaced"]


# --- thieves ---------------------------------------------------------------------------------


def test_a_thief_with_the_laptop_and_the_logins_password_gets_nothing_without_an_approval(
    computer,
):
    request = computer.ask(passphrase="the-thief-chose-this")
    for _ in range(2):
        assert computer.go_on("the-thief-chose-this").state == "waiting"
    with pytest.raises(Locked, match=r"vault\.passphrase\.wrong"):
        computer.open("the-thief-chose-this")
    decide(computer.server, request, grant=False)
    assert computer.go_on("the-thief-chose-this").state == "refused"
    assert recovering.under_way(computer.profile) is None
    computer.open().close()  # the owner's passphrase opens it as before
    assert computer.sync().verified


def test_a_laptop_that_was_declared_lost_recovers_nothing(computer):
    request = computer.ask()
    decide(computer.server, request)
    enrolment = read_reach(computer.profile.folder).enrolment
    assert revoking.revoke(computer.server.exchange, computer.server.data, enrolment, "lost")
    with pytest.raises(ServerRefused, match=r"device\.lost"):
        computer.go_on()
    with pytest.raises(ServerRefused, match=r"device\.lost"):
        computer.ask()


def test_the_sealed_copy_of_another_laptop_is_of_no_use_here(tmp_path, computer):
    server = computer.server
    server.person("zhaomin")
    other = Computer(tmp_path / "other", server, "zhaomin")
    vault = other.profile.vault.recovery()
    mine = computer.profile.vault.recovery()
    computer.profile.vault.set_recovery(vault.key_id, vault.sealed)
    with pytest.raises(ServerRefused, match=r"recovery\.sealed"):
        computer.ask()
    reach = (other.profile.folder / "reach.json").read_bytes()
    (computer.profile.folder / "reach.json").write_bytes(reach)
    with pytest.raises(ServerRefused, match=r"recovery\.other_person"):
        computer.ask()
    computer.open().close()  # which makes copy and address anew
    assert computer.profile.vault.recovery().key_id == mine.key_id
    assert computer.ask().code


def test_an_answer_that_the_pinned_server_did_not_sign_is_not_taken(computer):
    request = computer.ask()
    decide(computer.server, request)
    folder = computer.profile.folder
    known, claim = request_file.open_claim(folder, NEW, None)
    told = recovering._told(computer.profile, read_reach(folder), known, claim, lambda: None)
    forged = json.loads(told.body) | {"time": "2020"}
    granted = replace(claim, answer=json.dumps(forged).encode().hex(), signature=told.signature)
    known = replace(known, state=request_file.GRANTED)
    request_file.keep_request(folder, known, granted, NEW, None)
    for _ in range(2):  # it is kept: looking again does not help, and that is said
        with pytest.raises(Damaged, match=r"recovery\.answer") as told:
            computer.go_on()
        for language, way in (("en", "Ask anew"), ("zh", "重新申请")):
            assert way in explain(told.value, language)[1]
    decide(computer.server, computer.ask())
    assert computer.go_on().state == "recovered"
    computer.open(NEW).close()


@pytest.mark.parametrize(
    "sealed", [{}, {"keys": 5}, {"keys": [5]}, {"keys": ["?"]}, {"keys": ["AAAA"]}], ids=str
)
def test_an_answer_with_no_keys_in_it_is_damaged(tmp_path, sealed):
    """Anybody could have sealed it: the signature is looked at with what the key has opened."""
    with pytest.raises(Damaged, match=r"recovery\.answer"):
        recovering._fitting(Profile(tmp_path), sealed)


def test_without_a_copy_or_an_address_it_says_what_is_missing(computer):
    (computer.profile.folder / "reach.json").unlink()
    with pytest.raises(Refused, match=r"recovery\.where"):
        computer.ask()
    with pytest.raises(NotFound, match=r"recovery\.nothing_asked"):
        computer.go_on()


def test_a_wrong_password_asks_for_nothing_and_leaves_nothing(computer):
    with pytest.raises(Refused, match=r"enrol\.login"):
        computer.ask(password="geraten-geraten")
    assert recovering.under_way(computer.profile) is None


@pytest.mark.slow
def test_an_answer_that_came_too_late_is_asked_for_anew(computer, monkeypatch):
    """Killed after the server granted it, and back only after the hour was over."""
    request = computer.ask()
    decide(computer.server, request)
    assert computer.profile.enrolled
    known, claim = request_file.open_claim(computer.profile.folder, NEW, None)
    recovering._told(
        computer.profile, read_reach(computer.profile.folder), known, claim, lambda: None
    )
    with computer.server.exchange.database.writing() as connection:
        recoveries.change(connection, request.request, answer=None)
    with pytest.raises(ServerRefused, match=r"recovery\.over"):
        computer.go_on()
    assert recovering.under_way(computer.profile) is None
    again = computer.ask()
    decide(computer.server, again)
    assert computer.go_on().state == "recovered"
    assert computer.sync(NEW).verified


# --- killed on the way -----------------------------------------------------------------------

SCRIPT = """
import sys
from pathlib import Path
from desktop.app.profiles import Profile
from desktop.app.recovering import go_on

go_on(Profile(Path(sys.argv[1])), sys.argv[2])
"""
PLACES = ("answered", "kept", "enrolled", "rewrapped", "owed", "rekeyed")


def test_a_wished_rekey_cut_short_leaves_a_copy_of_the_new_key_too(computer):
    """The replica has the new key, the vault holds both, and nobody knows the passphrase."""
    computer.save("李雷")
    rekeying.want(computer.profile.folder, wanted=True)
    process = multiprocessing.get_context("fork").Process(target=_rekey, args=(computer.profile,))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    decide(computer.server, computer.ask())
    assert computer.go_on().state == "recovered"
    assert computer.sync(NEW).verified
    assert "李雷" in names(computer.server)


def _rekey(profile):
    os.environ["YIZHAN_FAILPOINT"] = "rekey.replica"
    rekeying.rekey_if_wanted(profile, FORGOTTEN, lambda _: None)


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(one, marks=[] if one == "recover.rewrapped" else pytest.mark.slow)
        for one in [*(f"recover.{place}" for place in PLACES), "rekey.both", "rekey.replica"]
    ],
)
def test_killed_anywhere_on_the_way_it_goes_on_and_loses_no_edit(computer, place):
    computer.save("李雷")
    decide(computer.server, computer.ask())
    environment = {**os.environ, "YIZHAN_FAILPOINT": place, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(computer.profile.folder), NEW],
        env=environment,
        check=False,
        timeout=60,
    )
    assert done.returncode == -9, place
    if recovering.under_way(computer.profile) is not None:
        assert computer.go_on().state == "recovered"
    assert computer.sync(NEW).verified
    assert "李雷" in names(computer.server)
    assert recovering.under_way(computer.profile) is None
    with pytest.raises(Locked):
        computer.open(FORGOTTEN)
