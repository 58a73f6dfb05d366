"""A lost device destroys what it has; a retired one hands it in first. By signed word only."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import sqlalchemy as sa

from crm.domain.errors import Locked, NotFound, ServerUnreachable
from crm.domain.kinds import SCHEMA
from desktop.app import destroying
from desktop.app.profiles import Profile, heeding, open_replica
from desktop.app.station import ProfileStation
from desktop.services.progress import Progress
from desktop.storage.replica import FILE_NAME, Replica
from desktop.sync.engine import SyncEngine
from desktop.sync.errors import Condemned, Revoked
from desktop.vault.keys import LEAST_COST
from desktop.vault.vault import Vault
from server.exchange import ending, revoking
from server.store import people, statements
from server.store import tables as t
from tests.helpers.fake_server import FakeServer
from tests.helpers.fakes import Laptop, an_identity
from tests.helpers.house import ROOT
from tests.helpers.keyrings import MemorySecrets

ONE_STORE = pytest.mark.parametrize("database_url", [None], ids=["sqlite"])
PASSPHRASE = "练习用的口令-42"


class Enrolled:
    """A profile as the program lays it out: a vault, a replica, an engine on it."""

    def __init__(self, folder, server, user):
        identity = an_identity(user)
        token = server.enrolled(user, identity.incarnation, identity.baton)
        self.identity = identity.but(
            server_url=server.url, token=token, server_key=server.server_key
        )
        self.profile, self.keyring = Profile(folder), MemorySecrets()
        key = Vault(folder).create(
            PASSPHRASE,
            practice=True,
            enrolment=identity.enrolment,
            keyring=self.keyring,
            cost=LEAST_COST,
        )
        self.replica = Replica.create(folder / FILE_NAME, key.raw, SCHEMA)
        self.replica.enrolled(self.identity)

    def save(self, name):
        with self.replica.unit_of_work() as uow:
            made = uow.create("customer", {"name": name})
            uow.commit()
        return made

    def sync(self):
        with heeding(self.profile):
            return SyncEngine(self.replica, self.profile.folder).sync()

    def left(self):
        return {path.name for path in self.profile.folder.iterdir() if path.is_file()}


@pytest.fixture
def enrolled(tmp_path):
    made = []

    def make(server, user):
        folder = tmp_path / f"profile{len(made)}"
        folder.mkdir(mode=0o700)
        made.append(Enrolled(folder, server, user))
        return made[-1]

    yield make
    for each in made:
        each.replica.close()


def declare(server, laptop, state):
    """Revoke the laptop's device; the server names devices itself."""
    with server.exchange.database.snapshot() as connection:
        held = people.incarnation(connection, laptop.identity.incarnation)
    assert revoking.revoke(server.exchange, server.data, held.enrolment, state)


def device(server, laptop):
    with server.exchange.database.snapshot() as connection:
        return next(
            d for d in people.devices(connection) if d.incarnation == laptop.identity.incarnation
        )


def stated(server, laptop):
    """Return what the server has signed about the laptop's end: (what, the words)."""
    enrolment = device(server, laptop).enrolment
    with server.exchange.database.snapshot() as connection:
        kept = statements.of_devices(connection, [enrolment]).get(enrolment, [])
    found = [(one.what, ending.said_in(server.exchange.tokens, one)) for one in kept]
    assert all(said and said["enrolment"] == enrolment for _, said in found)
    return found


def test_a_lost_laptop_destroys_everything_and_brings_nothing(new_server, enrolled):
    server = new_server()
    laptop = enrolled(server, server.person("lihua"))
    laptop.save("王芳")
    laptop.sync()
    unsent = laptop.save("李雷")
    declare(server, laptop, "lost")
    with pytest.raises(Condemned, match=r"sync\.lost"):
        laptop.sync()
    assert "vault.json" not in laptop.left()  # the key first: the files are noise already
    assert not laptop.profile.enrolled
    laptop.replica.close()
    assert destroying.finish(laptop.profile.folder) == "sync.lost"
    assert not any(name.startswith(("replica", "vault", "destroying")) for name in laptop.left())
    with pytest.raises(NotFound, match=r"profile\.none"):
        open_replica(laptop.profile, PASSPHRASE)
    found = device(server, laptop)
    assert (found.state, found.unsent) == ("lost", 1)
    assert found.ended_at
    with server.exchange.database.snapshot() as connection:
        assert people.receipts(connection, [unsent]) == {}
    assert [what for what, _ in stated(server, laptop)] == ["told", "destroyed"]


def test_a_retired_laptop_hands_in_what_waits_and_states_that_all_goes(new_server, enrolled):
    server = new_server()
    laptop = enrolled(server, server.person("lihua"))
    laptop.save("王芳")
    laptop.sync()
    laptop.save("李雷")
    declare(server, laptop, "retired")
    with pytest.raises(Condemned, match=r"sync\.retired"):
        laptop.sync()
    assert "vault.json" not in laptop.left()
    with server.exchange.database.snapshot() as connection:
        (row,) = people.quarantined(connection)
        (purge,) = people.purges_of(connection, laptop.identity.incarnation)
    assert "李雷" in row["body"]
    assert (row["reason"], purge["root"]) == ("retired", "*")
    found = device(server, laptop)
    assert (found.state, found.unsent) == ("retired", 0)
    assert found.ended_at
    ((what, said),) = stated(server, laptop)
    assert what == "handed_in"
    assert (said["incarnation"], said["unsent"]) == (laptop.identity.incarnation, 0)


@ONE_STORE
def test_a_laptop_that_is_lost_in_the_midst_of_a_sync_asks_for_the_signed_word(
    new_server, enrolled
):
    server = new_server()
    laptop = enrolled(server, server.person("lihua"))
    laptop.save("王芳")
    engine = SyncEngine(laptop.replica, laptop.profile.folder)

    def meanwhile(stage):
        if stage == "send":
            declare(server, laptop, "lost")

    with heeding(laptop.profile), pytest.raises(Condemned):
        engine.sync(Progress(stage=meanwhile))


# --- words that are not the server's ---


@pytest.fixture
def forger(tmp_path):
    with FakeServer() as server:
        server.grants["manager"] = {"portfolio:manager": True}
        laptop = Laptop(tmp_path / "laptop", server)
        laptop.create("customer", name="王芳")
        yield server, laptop
        laptop.replica.close()


@pytest.mark.parametrize("path", ["/v1/hello", "/v1/push", "/v1/pull"])
def test_a_refusal_destroys_nothing_however_it_is_worded(forger, path):
    server, laptop = forger
    server.plan(path, "gone", "gone", "gone")
    before = laptop.held()
    with pytest.raises(Revoked):
        laptop.sync()
    assert laptop.held() == before
    server.plans.clear()
    assert laptop.sync().verified


@pytest.mark.parametrize("verdict", ["destroy", "retire"])
def test_a_verdict_that_is_not_signed_destroys_nothing(forger, verdict):
    server, laptop = forger
    server.verdict = verdict
    server.plan("/v1/hello", "forged")
    before = laptop.held()
    with pytest.raises(ServerUnreachable, match=r"sync\.signature"):
        laptop.sync()
    assert laptop.held() == before


def test_a_replayed_verdict_destroys_nothing(forger):
    server, laptop = forger
    server.verdict = "destroy"
    server.plan("/v1/hello", "replay")
    with pytest.raises(ServerUnreachable):
        laptop.sync()
    assert laptop.held()


def test_a_retired_laptop_whose_edits_do_not_arrive_keeps_them(forger):
    server, laptop = forger
    server.verdict = "retire"
    server.refuse_ops[lambda op: True] = ("later", "record.unknown")
    with pytest.raises(Revoked, match=r"sync\.handing_in"):
        laptop.sync()
    assert laptop.states() == ["queued"]


def test_a_restored_servers_word_for_a_lost_laptop_is_heeded(forger):
    server, laptop = forger
    laptop.sync()
    server.epoch, server.verdict = "another", "destroy"
    with pytest.raises(Condemned):
        laptop.sync()


# --- killed on the way ---

SCRIPT = """
import sys
from pathlib import Path
from desktop.app.destroying import condemn, finish
from desktop.sync.failpoints import arm

arm()
folder = Path(sys.argv[1])
condemn(folder, "sync.lost")
finish(folder)
"""


@ONE_STORE
@pytest.mark.parametrize("place", ["destroy.marked", "destroy.key", "destroy.files"])
def test_killed_on_the_way_nothing_readable_stays_and_the_next_start_goes_on(
    new_server, enrolled, place
):
    server = new_server()
    laptop = enrolled(server, server.person("lihua"))
    laptop.save("王芳")
    laptop.replica.close()
    folder = laptop.profile.folder
    scratch = folder / ".abc.yizhan-part"  # a restore was killed here once
    scratch.mkdir()
    (scratch / "vault.json").write_bytes((folder / "vault.json").read_bytes())
    environment = {**os.environ, "YIZHAN_FAILPOINT": place, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder)], env=environment, check=False, timeout=60
    )
    assert done.returncode == -9
    assert not laptop.profile.enrolled
    with pytest.raises((NotFound, Locked)):
        open_replica(laptop.profile, PASSPHRASE)
    assert destroying.finish(folder) == "sync.lost"
    assert not any(name.startswith(("replica", "vault", "destroying")) for name in laptop.left())
    assert not scratch.exists()
    assert destroying.finish(folder) == ""


@ONE_STORE
def test_how_many_edits_went_with_a_lost_laptop_is_known_though_it_could_not_say_that_it_did(
    new_server, enrolled
):
    """The line breaks between the verdict and the last word."""
    server = new_server()
    laptop = enrolled(server, server.person("lihua"))
    laptop.save("李雷")
    declare(server, laptop, "lost")
    engine = SyncEngine(laptop.replica, laptop.profile.folder)
    with pytest.raises(Condemned) as ended:
        engine.sync()
    destroying.condemn(laptop.profile.folder, ended.value.code)
    assert [what for what, _ in stated(server, laptop)] == ["told"]
    assert device(server, laptop).unsent == 1
    server.__exit__()
    ended.value.last_word()  # nobody answers: it says so in the log, and ends
    assert "vault.json" not in laptop.left()


@ONE_STORE
def test_a_retired_laptop_whose_person_a_restored_dump_forgot_hands_in_and_goes(
    new_server, enrolled
):
    server = new_server()
    laptop = enrolled(server, server.person("lihua"))
    laptop.save("李雷")
    declare(server, laptop, "retired")
    with server.exchange.database.writing() as connection:
        wanted = t.incarnation.c.enrolment.is_not(None)  # not the server's own hand
        connection.execute(sa.delete(t.incarnation).where(wanted))
        connection.execute(sa.delete(t.stream_grant))
        connection.execute(sa.delete(t.person))
    with pytest.raises(Condemned, match=r"sync\.retired"):
        laptop.sync()
    assert "vault.json" not in laptop.left()
    with server.exchange.database.snapshot() as connection:
        (row,) = people.quarantined(connection)
    assert "李雷" in row["body"]


class Unreachable(MemorySecrets):
    """A keyring that is locked until it is told otherwise."""

    locked = True

    def delete(self, account):
        if self.locked:
            raise Locked("keyring.locked", backend="test", reason="test")
        super().delete(account)


def test_a_secret_that_a_locked_keyring_kept_goes_at_the_next_start(tmp_path, monkeypatch):
    keyring = Unreachable()
    monkeypatch.setattr("desktop.vault.system_keyring.SystemKeyring", lambda: keyring)
    folder = tmp_path / "profile"
    folder.mkdir(mode=0o700)
    Vault(folder).create(
        PASSPHRASE, practice=False, enrolment="enrolment-1", keyring=keyring, cost=LEAST_COST
    )
    destroying.condemn(folder, "sync.lost")
    assert not (folder / "vault.json").exists(), "the key goes whatever the keyring says"
    assert destroying.finish(folder) == "sync.lost"
    assert keyring.get("enrolment-1")
    station = ProfileStation(folder)
    assert station.finish_destroying() == ""
    assert keyring.get("enrolment-1"), "still locked"
    keyring.locked = False
    assert station.finish_destroying() == ""
    assert keyring.get("enrolment-1") is None
    assert list(folder.iterdir()) == []


def test_a_real_profiles_keyring_secret_goes_with_it(tmp_path, monkeypatch):
    keyring = MemorySecrets()
    monkeypatch.setattr("desktop.vault.system_keyring.SystemKeyring", lambda: keyring)
    folder = tmp_path / "profile"
    folder.mkdir(mode=0o700)
    Vault(folder).create(
        PASSPHRASE, practice=False, enrolment="enrolment-1", keyring=keyring, cost=LEAST_COST
    )
    assert keyring.get("enrolment-1")
    destroying.condemn(folder, "sync.lost")
    assert keyring.get("enrolment-1") is None
    assert not (folder / "vault.json").exists()
