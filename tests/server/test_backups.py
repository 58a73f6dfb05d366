"""Backups of the server: whole, verified, counted; restored whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
from pathlib import Path

import pytest
import sqlalchemy as sa
import zstandard

from crm.domain.errors import BadFile, Damaged, Refused
from crm.domain.ids import new_id
from crm.domain.kinds import SCHEMA
from server.exchange import accounts, backups, epoch, failpoints, read, revoking
from server.exchange.hand import Hand
from server.opening import any_exchange, open_exchange
from server.store import backup_list, dump, files, people, schema
from server.store import settings as server_settings
from server.store import tables as t
from server.store.database import Database
from tests.helpers.commands import finish, start
from tests.helpers.full_disk import full_disk
from tests.helpers.server import STORES


class House:
    """A server folder; with `fill`, a branch, somebody who may enrol, and some customers."""

    def __init__(self, settings):
        self.folder, self.settings = settings.folder, settings
        self.exchange = open_exchange(settings)

    @classmethod
    def new(cls, folder, url, *, practice=True):
        made = server_settings.create(folder, url, practice=practice)
        database = Database(made.database_url)
        schema.upgrade(database)
        epoch.begin(database, practice=practice, schema_version=SCHEMA.version)
        database.dispose()
        return cls(made)

    def fill(self, customers=5):
        branch = new_id()
        self.hand.create("branch", {"name": "支行"}, record=branch, home=f"branch:{branch}")
        new = accounts.NewPerson("li", "Li", "manager", branch, "ein-gutes-Wort-5", False)
        person = accounts.add_person(self.exchange, self.hand, new, None)
        for n in range(customers):
            self.hand.create("customer", {"name": f"客户{n}"}, home=accounts.portfolio(person))
        return self

    @property
    def person(self):
        return accounts.find(self.exchange, "li").id

    @property
    def hand(self):
        return Hand(self.exchange)

    def enrol(self):
        found = accounts.find(self.exchange, "li")
        return accounts.enrol(
            self.exchange, found, device="test", incarnation=new_id(), baton=new_id()
        )

    def back_up(self, name="dump", keep=None):
        return backups.back_up(self.exchange, self.settings, self.folder / name, keep)

    def restore(self, file, *, replace=True):
        return backups.restore(self.exchange, self.settings, file, replace=replace)

    def contents(self):
        """Return every row of every table, but for what backups and restores change themselves."""
        with self.exchange.database.snapshot() as connection:
            return {
                table.name: sorted(
                    repr(row)
                    for row in connection.execute(
                        sa.select(*(c for c in table.c if c.name != "safe"))
                    ).all()
                )
                for table in t.metadata.sorted_tables
                if table.name != "server_state"
            }

    def state(self):
        with self.exchange.database.snapshot() as connection:
            return dict(people.state(connection))

    def close(self):
        self.exchange.database.dispose()


@pytest.fixture(scope="module", params=STORES)
def store(request):
    """How databases are made: None for SQLite, else the PostgreSQL server."""
    if request.param == "sqlite":
        return None
    return request.getfixturevalue("postgresql_server")


@pytest.fixture(scope="module")
def filled(store, tmp_path_factory):
    """A house that is copied for each test; nobody uses it. Return (folder, its database)."""
    folder = tmp_path_factory.mktemp("filled") / "house"
    database = store.create_database() if store else None
    house = House.new(folder, store.url(database) if store else None).fill()
    house.close()
    return folder, database


@pytest.fixture
def new_house(store, tmp_path):
    made = []

    def make(*, like=None, practice=True):
        folder = tmp_path / f"house{len(made)}"
        if like is None:
            url = store.url(store.create_database()) if store else None
            made.append(House.new(folder, url, practice=practice))
        else:
            made.append(House(copied(like, folder, store)))
        return made[-1]

    yield make
    for house in made:
        house.close()


def copied(filled, folder, store):
    source, database = filled
    shutil.copytree(source, folder)
    url = f"sqlite:///{folder / 'server.db'}"
    url = store.url(store.create_database(database)) if store else url
    (folder / "server.json").write_text(json.dumps({"database": url, "practice": True}))
    return server_settings.read(folder)


@pytest.fixture
def house(new_house, filled):
    return new_house(like=filled)


# --- there and back ---------------------------------------------------------------------------


def test_a_backup_brings_back_every_row_of_every_table(house):
    house.enrol()
    before, state = house.contents(), house.state()
    made = house.back_up()
    assert made.contents.records == len(before["record"])
    assert (house.folder / "dump").stat().st_mode & 0o777 == 0o600
    house.hand.create("customer", {"name": "later"}, home=accounts.portfolio(house.person))
    assert house.contents() != before
    house.restore(house.folder / "dump")
    assert house.contents() == before
    after = house.state()
    assert after["epoch"] != state["epoch"]
    assert after["frozen_until"] > house.exchange.now()
    assert read.verify(house.exchange.database)[1] == []


def test_a_backup_of_one_store_can_be_restored_into_the_other(house, tmp_path):
    house.back_up()
    other = House.new(tmp_path / "other", None)  # SQLite, whatever the first one is
    try:
        other.restore(house.folder / "dump", replace=False)
        assert other.contents() == house.contents()
        assert read.verify(other.exchange.database)[1] == []
        assert other.settings.signing_key.private_bytes_raw() == (
            house.settings.signing_key.private_bytes_raw()
        ), "it is the server that the laptops know"
        assert other.settings.sealing_key.private_bytes_raw() == (
            house.settings.sealing_key.private_bytes_raw()
        )
    finally:
        other.close()


def test_a_database_that_was_lost_with_all_its_tables_is_filled_again(house):
    before = house.contents()
    house.back_up()
    with house.exchange.database.writing() as connection:
        schema.clear(connection)
    exchange = any_exchange(house.settings)
    backups.restore(exchange, house.settings, house.folder / "dump", replace=False)
    exchange.database.dispose()
    assert house.contents() == before


def test_another_epoch_is_told_once(house):
    house.back_up()
    watching = epoch.Epoch(house.exchange, house.folder)
    before = watching.current()
    house.restore(house.folder / "dump")
    assert (after := watching.current()) != before
    watching.check()
    assert watching.current() == after, "our own restore is no surprise to its witness"


# --- what is refused --------------------------------------------------------------------------


def refusal(call, kind=Refused):
    with pytest.raises(kind) as raised:
        call()
    return raised.value.code


def test_data_is_replaced_only_when_that_is_said(house):
    house.back_up()
    before = house.contents()
    assert refusal(lambda: house.restore(house.folder / "dump", replace=False)) == (
        "restore.not_empty"
    )
    assert house.contents() == before


def test_a_backup_is_never_overwritten(house):
    (house.folder / "dump").write_bytes(b"somebody's")
    assert refusal(house.back_up) == "backup.exists"
    assert (house.folder / "dump").read_bytes() == b"somebody's"


def test_practice_and_real_servers_do_not_mix(house, new_house):
    house.back_up()
    real = new_house(practice=False)
    assert refusal(lambda: real.restore(house.folder / "dump")) == "restore.practice"


def test_a_server_in_use_does_not_become_another_one(house, new_house):
    house.back_up()
    other = new_house()
    other.hand.create("branch", {"name": "B"}, record=(i := new_id()), home=f"branch:{i}")
    before = other.contents()
    assert refusal(lambda: other.restore(house.folder / "dump")) == "restore.other_server"
    assert other.contents() == before


def spoiled(content, how, dice):
    place = dice.randrange(len(dump.MAGIC), len(content))
    if how == "flipped":
        return (
            content[:place]
            + bytes([content[place] ^ (1 << dice.randrange(8))])
            + content[place + 1 :]
        )
    if how == "cut":
        return content[:place]
    if how == "longer":
        return content + b"\0"
    return {
        "empty": b"",
        "another": b"PK\x03\x04" + content,
        "newer": content.replace(b"P 1", b"P 2", 1),
    }[how]


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("flipped", "backup.damaged"),
        ("cut", "backup.damaged"),
        ("longer", "backup.damaged"),
        ("empty", "backup.not_one"),
        ("another", "backup.not_one"),
        ("newer", "backup.newer"),
    ],
)
def test_a_file_that_is_not_whole_is_refused_and_changes_nothing(house, how, code, seed):
    house.back_up()
    content, before = (house.folder / "dump").read_bytes(), house.contents()
    dice = random.Random(seed)
    for n in range(20 if how in ("flipped", "cut") else 1):
        file = house.folder / f"spoiled{n}"
        file.write_bytes(spoiled(content, how, dice))
        assert refusal(lambda file=file: house.restore(file), BadFile) == code
    assert refusal(lambda: house.restore(house.folder / "none"), BadFile) == "backup.unreadable"
    assert house.contents() == before


def rewritten(file, change):
    """Return a backup, whole by its sum, in which `change` has changed the text of its lines."""
    body = file.read_bytes()[len(dump.MAGIC) : -dump.SUM_BYTES]
    lines = zstandard.ZstdDecompressor().decompressobj().decompress(body)
    changed = dump.MAGIC + zstandard.compress(change(lines))
    return changed + hashlib.blake2b(changed, digest_size=dump.SUM_BYTES).digest()


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (b'{"table":"fate"', b'{"table":"alembic_version"'),
        (b'{"table":"fate"', b'{"table":"others"'),
        (b'{"table":"stream","columns":[["id"', b'{"table":"stream","columns":[["name"'),
        (b'["digest","text"]', b'["digest","binary"]'),
        (b'"{\\"name', b'"{\\"name\\":'),
    ],
    ids=["ours to no one", "somebody's", "columns", "no hexadecimals", "no JSON"],
)
def test_a_file_that_was_made_to_do_harm_changes_nothing(house, was, becomes):
    house.back_up()
    with house.exchange.database.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE others (record TEXT, outcome TEXT, anchor TEXT)")
        connection.exec_driver_sql("INSERT INTO others VALUES ('1', '2', '3')")
    before, file = house.contents(), house.folder / "harmful"
    made = rewritten(house.folder / "dump", lambda lines: lines.replace(was, becomes))
    file.write_bytes(made)
    assert made != rewritten(house.folder / "dump", lambda lines: lines), "nothing was changed"
    code = refusal(lambda: house.restore(file), BadFile)
    assert code == "backup.damaged"
    assert house.contents() == before
    with house.exchange.database.snapshot() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM others").scalar_one() == 1


def test_a_store_with_damaged_content_is_told_as_such(house):
    with house.exchange.database.writing() as connection:
        connection.execute(sa.update(t.record).values(fields="{"))
    assert refusal(house.back_up, BadFile) == "backup.damaged"


def test_a_store_whose_totals_do_not_follow_from_its_records_is_not_taken_for_a_backup(house):
    with house.exchange.database.writing() as connection:
        connection.execute(sa.update(t.stream).values(digest="1" * 32))
    assert refusal(house.back_up, BadFile) == "backup.damaged"
    assert sorted(p.name for p in house.folder.iterdir() if "dump" in p.name) == []


def test_a_full_disk_leaves_no_half_file(house):
    house.exchange.database.dispose()
    with house.exchange.database.snapshot() as connection:
        people.state(connection)  # the connection is open before the disk is full
        header = dump.Header(
            backup=new_id(), at="now", revision="x", epoch="e", practice=True, server_key="k"
        )
        with full_disk():
            code = refusal(lambda: dump.write(house.folder / "dump", header, connection), BadFile)
    assert code == "backup.unwritable"
    assert [p.name for p in house.folder.iterdir() if "dump" in p.name] == []


# --- what may be forgotten --------------------------------------------------------------------


def safe_of(house):
    with house.exchange.database.snapshot() as connection:
        rows = connection.execute(sa.select(t.incarnation.c.done, t.incarnation.c.safe)).all()
    return sorted((row.done, row.safe) for row in rows)


def test_safe_is_what_lies_in_the_oldest_backup_that_is_kept(house):
    (hand,) = [done for done, _ in safe_of(house) if done]
    house.back_up("one")
    assert safe_of(house) == [(hand, hand)]
    house.hand.create("customer", {"name": "N"}, home=accounts.portfolio(house.person))
    assert house.back_up("two").kept == 2
    assert safe_of(house) == [(hand + 1, hand)]
    made = house.back_up("three", keep=2)
    assert (made.kept, made.given_up) == (2, 1)
    assert safe_of(house) == [(hand + 1, hand + 1)]
    assert sorted(p.name for p in house.folder.iterdir() if p.name in ("one", "two", "three")) == [
        "three",
        "two",
    ]


def test_a_file_that_is_no_longer_the_backup_is_not_removed(house):
    house.back_up("one")
    (house.folder / "one").unlink()
    house.back_up("two")
    (house.folder / "two").rename(house.folder / "one")  # something else under the old name
    house.back_up("three", keep=1)
    assert (house.folder / "one").exists()


def test_a_file_that_is_damaged_or_no_backup_is_left_and_the_others_go_on(house):
    house.back_up("one")
    (house.folder / "one").write_bytes(b"a report of somebody's")
    house.back_up("two")
    content = (house.folder / "two").read_bytes()
    (house.folder / "two").write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert house.back_up("three", keep=1).given_up == 2
    assert (house.folder / "one").exists()
    assert (house.folder / "two").exists()
    assert {done for done, _ in safe_of(house)} == {safe for _, safe in safe_of(house)}


def test_two_backups_at_once_are_both_on_the_list(house, monkeypatch):
    """Without it: the older one is forgotten, and laptops forget what only the newer one has."""
    whole = dump.write

    def with_another_in_between(*written):
        monkeypatch.setattr(dump, "write", whole)
        made = whole(*written)
        house.hand.create("customer", {"name": "N"}, home=accounts.portfolio(house.person))
        house.back_up("quick")
        return made

    monkeypatch.setattr(dump, "write", with_another_in_between)
    (hand,) = [done for done, _ in safe_of(house) if done]
    assert house.back_up("slow").kept == 2
    assert {Path(b.file).name for b in backup_list.read(house.folder)} == {"quick", "slow"}
    assert safe_of(house) == [(hand + 1, hand)], "the quick one holds more, the slow one not"


def test_a_restore_takes_back_what_was_safe_beyond_its_oldest_backup(house):
    house.back_up("one")
    house.hand.create("customer", {"name": "N"}, home=accounts.portfolio(house.person))
    house.back_up("two", keep=1)
    backup_list.write(house.folder, [])
    house.restore(house.folder / "two")
    assert {safe for _, safe in safe_of(house)} == {0}


def test_a_list_of_backups_that_is_damaged_is_said_before_any_work(house):
    (house.folder / backup_list.LIST).write_text('[{"id": 1}]')
    assert refusal(house.back_up, Damaged) == "server.backup_list"
    assert not (house.folder / "dump").exists()


def test_a_device_lost_after_the_backup_stays_lost(house):
    before = house.enrol()
    house.back_up()
    after = house.enrol()
    for made in (before, after):
        revoking.revoke(house.exchange, house.folder, made.enrolment, "lost")
    house.restore(house.folder / "dump")
    for made in (before, after):
        with pytest.raises(Exception, match=r"device\.lost"):
            accounts.enrolled_device(house.exchange, made.token)


# --- killed -----------------------------------------------------------------------------------


def killed(house, failpoint, work):
    """Do `work` on a fresh exchange in a process of its own, which must die at the failpoint."""
    house.close()  # no connection is shared with the child
    child = os.fork()
    if child == 0:
        exchange = any_exchange(house.settings)
        failpoints._armed[:] = [failpoint]
        work(exchange)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL


def restoring(house):
    return lambda exchange: backups.restore(
        exchange, house.settings, house.folder / "dump", replace=True
    )


@pytest.mark.parametrize("failpoint", ["restore.filled", "restore.before_commit"])
def test_a_restore_that_is_killed_leaves_the_old_whole(house, failpoint):
    house.back_up()
    house.hand.create("customer", {"name": "N"}, home=accounts.portfolio(house.person))
    before, state = house.contents(), house.state()
    killed(house, failpoint, restoring(house))
    assert (house.contents(), house.state()) == (before, state)
    assert read.verify(house.exchange.database)[1] == []


def test_an_empty_server_that_is_killed_while_it_takes_its_keys_has_both_in_the_end(
    house, new_house
):
    """Without it: the signing key is there, the sealing key is another one for ever."""
    house.back_up()
    other = new_house()
    file, key = house.folder / "dump", house.settings.sealing_key.private_bytes_raw()
    killed(
        other,
        "restore.key_taken",
        lambda exchange: backups.restore(exchange, other.settings, file, replace=False),
    )
    other.restore(file, replace=False)
    assert other.settings.sealing_key.private_bytes_raw() == key
    assert other.contents() == house.contents()


def test_a_restore_that_is_killed_after_its_commit_leaves_the_new_whole(house):
    before = house.contents()
    house.back_up()
    watching = epoch.Epoch(house.exchange, house.folder).current()
    house.hand.create("customer", {"name": "N"}, home=accounts.portfolio(house.person))
    killed(house, "restore.committed", restoring(house))
    assert house.contents() == before
    assert epoch.Epoch(house.exchange, house.folder).current() != watching


def test_of_two_backups_of_one_name_at_once_the_second_is_refused(tmp_path):
    """Both had found the name free; without this the second takes the first one's place."""
    for content in ("one", "two"):
        (tmp_path / f"{content}.part").write_text(content)
    files.give_name(tmp_path / "one.part", tmp_path / "dump")
    with pytest.raises(FileExistsError):
        files.give_name(tmp_path / "two.part", tmp_path / "dump")
    assert (tmp_path / "dump").read_text() == "one"


@pytest.mark.parametrize("failpoint", ["backup.written", "backup.listed", "backup.given_up"])
def test_a_backup_that_is_killed_never_lets_laptops_forget_too_much(house, failpoint):
    house.back_up("one")
    (hand,) = [done for done, _ in safe_of(house) if done]
    house.hand.create("customer", {"name": "N"}, home=accounts.portfolio(house.person))
    killed(
        house,
        failpoint,
        lambda exchange: backups.back_up(exchange, house.settings, house.folder / "two", 1),
    )
    assert safe_of(house) == [(hand + 1, hand)]
    assert (house.folder / "two").exists()
    house.back_up("three", keep=1)
    assert safe_of(house) == [(hand + 1, hand + 1)]


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_the_commands_say_what_they_did(house):
    words = ["--data", house.folder, "--json"]
    made = finish(start("yizhan-server", ["backup", house.folder / "dump", *words]))
    assert (made.code, made.answer["kept"], made.answer["given_up"]) == (0, 1, 0)
    back = finish(start("yizhan-server", ["restore", house.folder / "dump", *words]))
    assert (back.code, back.answer["error"]["code"]) == (3, "restore.not_empty")
    words.append("--replace")
    back = finish(start("yizhan-server", ["restore", house.folder / "dump", *words]))
    assert (back.code, back.answer["records"]) == (0, made.answer["records"])
    assert json.loads((house.folder / "witness.json").read_text())["epoch"]
    assert (house.folder / "witness.json").stat().st_mode & 0o777 == 0o600
