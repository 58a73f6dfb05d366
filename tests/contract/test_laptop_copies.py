"""A laptop's backup and back: whole, encrypted, a new incarnation. Enrolling again."""

from __future__ import annotations

import random
from contextlib import closing

import pytest

from crm.domain.errors import BadFile, Cancelled, Damaged, Locked, Refused
from desktop.app import copies
from desktop.app.again import enrol_again
from desktop.app.profiles import Asked, Profile, enrol_profile, open_replica, sync_engine
from desktop.services.progress import Progress
from desktop.services.undo import Action, undo
from desktop.storage import engine
from desktop.sync.errors import Revoked
from desktop.vault.system_keyring import SystemKeyring
from server.exchange import accounts, backups
from tests.helpers.full_disk import full_disk
from tests.helpers.live_server import PASSWORD
from tests.helpers.stores import database_url  # noqa: F401 - a fixture

PASSPHRASE = "ein langes Wort am Morgen 7"
WHO = Asked(password=lambda: PASSWORD, new_password=lambda: "", passphrase=lambda: PASSPHRASE)


class Desk:
    """A profile on disk, as the two programs use it."""

    def __init__(self, folder, server):
        self.profile, self.server = Profile(folder), server

    def enrol(self, login="manager"):
        enrol_profile(self.profile, self.server.url, login, WHO, practice=True)
        return self

    def opened(self):
        return closing(open_replica(self.profile, PASSPHRASE))

    def do(self, work):
        with self.opened() as replica, replica.unit_of_work() as uow:
            made = work(uow)
            uow.commit()
        return made

    def customer(self, name):
        with self.opened() as replica:
            home = accounts.portfolio(replica.identity().user)
        return self.do(lambda uow: uow.create("customer", {"name": name}, home=home))

    def edit(self, record, **fields):
        self.do(lambda uow: uow.edit(record, fields))

    def sync(self):
        with self.opened() as replica:
            return sync_engine(self.profile, replica).sync()

    def names(self):
        with self.opened() as replica, replica.reader() as reader:
            return {held.fields["name"] for held in reader.customers(limit=1000)}

    def back_up(self, file):
        with self.opened() as replica:
            return copies.back_up(self.profile, replica, PASSPHRASE, file)

    def restore(self, file, *, replace=False, passphrase=PASSPHRASE):
        return copies.restore(self.profile, passphrase, file, replace=replace)


@pytest.fixture
def server(new_server):
    server = new_server()
    server.person("manager")
    return server


@pytest.fixture
def desk(server, tmp_path):
    return Desk(tmp_path / "desk", server).enrol()


@pytest.fixture
def file(tmp_path):
    return tmp_path / "laptop.backup"


def refusal(call, kind=Refused):
    with pytest.raises(kind) as raised:
        call()
    return raised.value.code


def test_a_backup_opened_elsewhere_is_a_new_incarnation(desk, server, file, tmp_path):
    desk.customer("known")
    desk.sync()
    desk.customer("waits in both")
    assert desk.back_up(file).unsent == 1
    assert file.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in tmp_path.iterdir() if "part" in p.name] == []
    twin = Desk(tmp_path / "twin", server)
    assert twin.restore(file).unsent == 1
    desk.customer("of the original")
    twin.customer("of the copy")
    assert desk.sync().forks == 0
    report = twin.sync()
    assert (report.forks, report.verified) == (1, True)
    assert [desk.sync().forks, twin.sync().forks] == [0, 0]
    everybody = {"known", "waits in both", "of the original", "of the copy"}
    assert desk.names() == twin.names() == everybody


def test_a_restored_laptop_gets_back_what_the_server_holds(desk, file):
    first = desk.customer("before")
    desk.sync()
    desk.back_up(file)
    desk.edit(first, village="Cloud")
    desk.customer("after")
    desk.sync()
    assert refusal(lambda: desk.restore(file)) == "copy.profile_there"
    desk.restore(file, replace=True)
    assert desk.names() == {"before"}
    report = desk.sync()
    assert (report.forks, report.verified) == (1, True)
    assert desk.names() == {"before", "after"}


def test_a_backup_is_one_state_while_others_write(desk, file, tmp_path, server):
    desk.customer("before")
    with desk.opened() as mine, desk.opened() as theirs, mine.reader() as reader:
        reader.customers()  # a snapshot is held open
        with theirs.unit_of_work() as uow:
            uow.create("customer", {"name": "half saved"}, home="portfolio:x")
            copies.back_up(desk.profile, mine, PASSPHRASE, file)
            uow.commit()
    twin = Desk(tmp_path / "twin", server)
    twin.restore(file)
    assert twin.names() == {"before"}
    assert desk.names() == {"before", "half saved"}


def test_an_edit_that_waits_in_a_copy_may_have_been_sent_by_the_original(
    desk, server, file, tmp_path
):
    first = desk.customer("before")
    desk.sync()
    with desk.opened() as replica, replica.unit_of_work() as uow:
        uow.edit(first, {"village": "Cloud"})
        action = Action.of(uow)
        uow.commit()
    desk.back_up(file)
    desk.sync()
    twin = Desk(tmp_path / "twin", server)
    twin.restore(file)
    with twin.opened() as replica:
        undo(replica.unit_of_work, action)
    assert twin.sync().verified
    for place in (desk, twin):
        place.sync()
        with place.opened() as replica, replica.reader() as reader:
            assert "village" not in reader.get(first).fields


def test_seats_held_are_left_out_of_a_backup(desk, file, tmp_path, server):
    with desk.opened() as replica:
        from desktop.storage.engine import writing

        with writing(replica._engine) as connection:
            connection.exec_driver_sql("INSERT INTO seat_lease VALUES ('l', 'a', '[]', 'now', 't')")
    desk.back_up(file)
    for place, held in ((desk, 1), (Desk(tmp_path / "twin", server), 0)):
        if not held:
            place.restore(file)
        with place.opened() as replica, replica.reader() as reader:
            rows = reader._outbox._connection.exec_driver_sql("SELECT count(*) FROM seat_lease")
            assert rows.scalar_one() == held


def test_a_restore_loses_no_edit_that_was_not_sent(desk, file):
    desk.back_up(file)
    desk.customer("not sent")
    assert refusal(lambda: desk.restore(file, replace=True)) == "copy.unsent"
    assert desk.names() == {"not sent"}


def test_a_profile_that_is_open_is_not_replaced(desk, file):
    desk.back_up(file)
    with desk.opened() as replica:
        with replica.reader() as reader:
            reader.customers()
        assert refusal(lambda: desk.restore(file, replace=True)) == "copy.in_use"
    desk.restore(file, replace=True)


@pytest.mark.parametrize("kept", [0, 12], ids=["all", "behind-the-first-pages"])
def test_a_replica_that_is_damaged_is_what_a_backup_is_for(desk, file, kept):
    desk.customer("somebody")
    desk.back_up(file)
    content = desk.profile.replica_path.read_bytes()
    sound = content[: kept * 4096]
    desk.profile.replica_path.write_bytes(sound + b"\0" * (len(content) - len(sound)))
    desk.restore(file, replace=True)
    assert desk.names() == {"somebody"}


def test_edits_behind_another_passphrase_are_not_replaced(desk, file, server, tmp_path):
    """The folder was enrolled anew since, with a passphrase that this person has not typed."""
    desk.back_up(file)
    newer = Desk(tmp_path / "newer", server)
    asked = Asked(WHO.password, WHO.new_password, passphrase=lambda: "ein anderes Wort 88")
    enrol_profile(newer.profile, server.url, "manager", asked, practice=True)
    before = newer.profile.replica_path.read_bytes()
    assert refusal(lambda: newer.restore(file, replace=True)) == "copy.other_passphrase"
    assert newer.profile.replica_path.read_bytes() == before
    assert refusal(newer.names, Locked) == "vault.passphrase.wrong"  # its vault is its own still


def test_a_wrong_passphrase_changes_nothing(desk, file):
    desk.back_up(file)
    code = refusal(lambda: desk.restore(file, replace=True, passphrase="another one 88"), Locked)
    assert code == "vault.passphrase.wrong"
    assert sorted(p.name for p in desk.profile.folder.iterdir() if p.is_dir()) == ["logs"]


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("flipped", "copy.damaged"),
        ("cut", "copy.damaged"),
        ("another", "copy.not_one"),
        ("newer", "copy.newer"),
    ],
)
def test_a_file_that_is_not_whole_is_refused_and_changes_nothing(desk, file, how, code, seed):
    desk.customer("somebody")
    desk.sync()
    desk.back_up(file)
    content, dice = file.read_bytes(), random.Random(seed)
    for _ in range(10):
        place = dice.randrange(len(copies.MAGIC), len(content))
        flipped = bytes([content[place] ^ (1 << dice.randrange(8))])
        spoiled = {
            "flipped": content[:place] + flipped + content[place + 1 :],
            "cut": content[:place],
            "another": b"\x89PNG" + content,
            "newer": content.replace(b"P 1\n", b"P 2\n", 1),
        }
        file.write_bytes(spoiled[how])
        assert refusal(lambda: desk.restore(file, replace=True), BadFile) == code
    assert desk.names() == {"somebody"}


@pytest.mark.parametrize("room_kib", [0, 64, 256])
def test_a_full_disk_leaves_no_half_file(desk, file, tmp_path, room_kib):
    room = full_disk(room_kib * 1024)
    with desk.opened() as replica, room, pytest.raises((BadFile, Damaged, Refused)) as raised:
        copies.back_up(desk.profile, replica, PASSPHRASE, file)
    told = {"copy.unwritable", "replica.disk_full", "vault.unwritable"}  # no room: nothing is tried
    assert raised.value.code in told
    assert not file.exists()
    assert [p.name for p in tmp_path.iterdir() if "part" in p.name] == []


def test_a_copy_holds_one_moment_though_somebody_writes_at_every_page(desk, file, monkeypatch):
    monkeypatch.setattr(engine, "COPY_PAGES", 8)
    desk.customer("before")
    written, stages = [], []
    with desk.opened() as replica:
        key = desk.profile.vault.open(PASSPHRASE, SystemKeyring())

        def write(done, total):
            if stages == ["copy"]:
                written.append(desk.customer(f"during {len(written)}"))

        made = copies.write_copy(desk.profile, replica, key, file, Progress(write, stages.append))
    assert len(written) > 3
    assert (made.unsent, stages) == (1, ["copy", "check", "write"])
    copy = Desk(file.parent / "there", desk.server)
    copies.restore(copy.profile, PASSPHRASE, file, replace=False)
    assert copy.names() == {"before"}


@pytest.mark.parametrize("at", ["copy", "write"])
def test_a_copy_that_is_stopped_leaves_no_file(desk, file, tmp_path, at):
    stages = []

    def stop(done, total):
        if stages[-1] == at:
            progress.cancel()

    progress = Progress(stop, stages.append)
    key = desk.profile.vault.open(PASSPHRASE, SystemKeyring())
    with desk.opened() as replica, pytest.raises(Cancelled):
        copies.write_copy(desk.profile, replica, key, file, progress)
    assert not file.exists()
    assert [p.name for p in tmp_path.iterdir() if "part" in p.name] == []


# --- enrolling again --------------------------------------------------------------------------


@pytest.fixture
def forgotten(server, desk, tmp_path):
    """A laptop that was enrolled after the backup to which its server has been restored."""
    late = Desk(tmp_path / "late", server)
    made = server.settings.folder / "dump"
    backups.back_up(server.exchange, server.settings, made, None)
    late.enrol()
    late.customer("sent and lost by the server")
    late.sync()
    late.customer("not sent")
    backups.restore(server.exchange, server.settings, made, replace=True)
    return late


def again(desk, login="manager"):
    with desk.opened() as replica:
        return enrol_again(desk.profile, replica, login, WHO)


def test_a_laptop_that_the_server_forgot_keeps_everything_and_is_enrolled_again(forgotten, desk):
    assert refusal(forgotten.sync, Revoked) == "sync.token"
    assert forgotten.names() == {"sent and lost by the server", "not sent"}
    again(forgotten)
    report = forgotten.sync()
    assert (report.forks, report.verified, report.applied) == (0, True, 2)
    desk.sync()
    assert desk.names() == forgotten.names() == {"sent and lost by the server", "not sent"}


def test_nobody_else_enrols_a_laptop_again(forgotten):
    forgotten.server.person("other")
    assert refusal(lambda: again(forgotten, "other")) == "enrol.other_person"
    assert refusal(forgotten.sync, Revoked) == "sync.token"
    assert forgotten.names() == {"sent and lost by the server", "not sent"}
    again(forgotten)


def test_a_laptop_that_is_known_is_not_enrolled_again(desk):
    desk.customer("somebody")
    assert refusal(lambda: again(desk)) == "enrol.known"
    assert desk.names() == {"somebody"}
