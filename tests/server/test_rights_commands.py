"""`yizhan-server report` and `erase` as a branch gives them."""

from __future__ import annotations

import io
import json
import os
import signal
import stat
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from crm.domain.ids import new_id
from crm.domain.kinds import SCHEMA
from server.cli import main
from server.exchange import accounts, epoch, erasing, failpoints
from server.exchange.hand import Hand
from server.opening import open_exchange
from server.store import schema
from server.store import settings as server_settings
from server.store import tables as t
from server.store.database import Database
from tests.helpers.full_disk import full_disk
from tests.helpers.replica_bytes import found_in
from tests.helpers.server_bytes import on_disk

PASSWORD = "a good word 5"
NAME = "麴夔龘"


@dataclass
class Desk:
    """A server folder, and the command line run in this process."""

    data: Path
    written: object
    patch: object
    exchange: object
    people: dict = field(default_factory=dict)

    def try_(self, *words, says=""):
        self.patch.setattr("sys.stdin", io.StringIO(says))
        code = main([str(word) for word in (*words, "--data", self.data, "--json")])
        return code, json.loads(self.written.readouterr().out)

    def run(self, *words, code=0, says=""):
        found, answer = self.try_(*words, says=says)
        assert found == code, answer
        return answer

    def refused(self, *words, says=""):
        code, answer = self.try_(*words, says=says)
        assert code != 0
        return answer["error"]["code"]

    def customer(self, name=NAME, **fields):
        record, home = new_id(), accounts.portfolio(self.people["lihua"])
        Hand(self.exchange).create("customer", {"name": name, **fields}, record=record, home=home)
        return record

    def acts(self):
        with self.exchange.database.snapshot() as connection:
            rows = connection.execute(sa.select(t.audit).order_by(t.audit.c.id))
            return [(row.actor, row.action, row.subject) for row in rows]


@pytest.fixture
def desk(tmp_path, capsys, monkeypatch):
    light = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(accounts, "_hasher", light)
    settings = server_settings.create(tmp_path / "server", None, practice=True)
    database = Database(settings.database_url)
    schema.upgrade(database)
    epoch.begin(database, practice=True, schema_version=SCHEMA.version)
    database.dispose()
    exchange = open_exchange(settings)
    made = Desk(tmp_path / "server", capsys, monkeypatch, exchange)
    hand, before = Hand(exchange), os.umask(0o077)  # the command sets its own
    branches = [new_id(), new_id()]
    for branch in branches:
        hand.create("branch", {"name": "支行"}, record=branch, home=f"branch:{branch}")
    for login, role, branch in (
        ("lihua", "manager", branches[0]),
        ("lead", "branch_lead", branches[0]),
        ("lead-elsewhere", "branch_lead", branches[1]),
        ("admin", "administrator", branches[1]),
    ):
        new = accounts.NewPerson(login, login.title(), role, branch, PASSWORD, False)
        made.people[login] = accounts.add_person(exchange, hand, new, None)
    yield made
    os.umask(before)
    exchange.database.dispose()


def test_a_report_is_two_files_for_their_owner_alone_and_is_written_down(desk, tmp_path):
    who, file = desk.customer(), tmp_path / "report.pdf"
    answer = desk.run("report", who, file, "--as", "lead", says=f"{PASSWORD}\n")
    data = tmp_path / "report.pdf.json"
    assert {stat.S_IMODE(f.stat().st_mode) for f in (file, data)} == {0o600}
    assert file.read_bytes().startswith(b"%PDF")
    assert json.loads(data.read_bytes())["customer"]["shown"]["name"] == NAME
    assert answer["records"] == 1
    assert desk.acts() == [(desk.people["lead"], "access.report", who)]


@pytest.mark.parametrize(
    ("login", "says", "code"),
    [
        ("lead-elsewhere", PASSWORD, "erase.branch"),
        ("lihua", PASSWORD, "lead.role"),
        ("lead", "a wrong word", "login.wrong"),
    ],
)
def test_only_a_lead_of_the_branch_who_shows_the_password_may(desk, tmp_path, login, says, code):
    who, file = desk.customer(), tmp_path / "report.pdf"
    for words in (("report", who, file), ("erase", who, "--reason", "asked")):
        assert desk.refused(*words, "--as", login, says=f"{says}\n") == code
    assert not file.exists()
    assert desk.acts() == []
    assert desk.run("show", who)["fields"]["name"] == NAME


def test_erasing_shows_what_goes_asks_for_a_reason_and_leaves_no_byte(desk):
    who = desk.customer()
    Hand(desk.exchange).create("tag", {"label": "茶"}, parent=who)
    shown = desk.run("erase", who, "--dry-run")
    assert [(w["act"], w["records"]) for w in shown["would"]] == [("erased", 2)]
    assert desk.refused("erase", who) == "erase.reason"
    assert found_in(on_disk(desk.exchange.database), {NAME})
    done = desk.run("erase", who, "--reason", "asked", "--as", "admin", says=f"{PASSWORD}\n")
    assert done["wiped"]
    assert found_in(on_disk(desk.exchange.database), {NAME}) == {}
    assert desk.acts() == [(desk.people["admin"], "customer.erased", who)]
    assert desk.refused("erase", who, "--reason", "asked") == "customer.erased"
    (told,) = desk.run("erase", "--status")["erasures"]
    assert (told["root"], told["act"], told["reason"], told["open"]) == (who, "erased", "asked", 0)


def test_several_are_erased_at_once_and_whoever_must_be_kept_is_kept(desk):
    one, two = desk.customer(), desk.customer("王芳")
    account = {"number": "62170000001", "type": "current", "currency": "CNY"}
    Hand(desk.exchange).create("account", account, parent=two)
    done = desk.run("erase", one, two, "--reason", "withdrawn")
    assert [(e["act"], [k["reason"] for k in e["kept"]]) for e in done["erased"]] == [
        ("erased", []),
        ("restricted", ["account_open"]),
    ]
    assert desk.refused("erase", two, "--reason", "asked") == "customer.restricted"
    assert desk.refused("reassign", two, "--to", "lihua") == "customer.restricted"
    assert desk.refused("dossier", desk.data / "out.pdf", two) == "customer.restricted"


def test_a_hand_over_is_printed_without_whom_nobody_uses_any_more(desk):
    one, two = desk.customer(), desk.customer("王芳")
    branch = accounts.find(desk.exchange, "lihua").branch
    taker = accounts.NewPerson("wangmin", "Wang Min", "manager", branch, PASSWORD, False)
    accounts.add_person(desk.exchange, Hand(desk.exchange), taker, None)
    run = desk.run("reassign", one, two, "--to", "wangmin", "--reason", "调岗")["run"]
    account = {"number": "62170000001", "type": "current", "currency": "CNY"}
    Hand(desk.exchange).create("account", account, parent=two)
    desk.run("erase", two, "--reason", "asked")
    file = desk.data / "out.pdf"
    assert desk.run("dossier", file, "--run", run)["customers"] == 1
    assert desk.refused("dossier", file, one, two) == "customer.restricted"


def test_nobody_stands_in_the_log_for_a_dossier_without_the_password(desk):
    who, file = desk.customer(), desk.data / "out.pdf"
    words = ("dossier", file, who, "--as", "lead")
    assert desk.refused(*words, says="a guess\n") == "login.wrong"
    assert desk.refused(*words[:-1], "lihua", says=f"{PASSWORD}\n") == "lead.role"
    assert not file.exists()
    assert desk.acts() == []
    assert desk.run(*words, says=f"{PASSWORD}\n")["customers"] == 1
    assert desk.acts() == [(desk.people["lead"], "access.print", who)]


def test_a_full_disk_is_told_and_the_files_are_written_anew_later(desk):
    who = desk.customer()
    desk.run("erase", who, "--reason", "asked")
    with full_disk(64 * 1024):
        told = desk.run("erase", "--wipe", code=1)
    assert not told["wiped"]
    assert desk.run("erase", "--wipe")["wiped"]


def test_a_backup_from_before_is_told_and_what_is_restored_is_erased_again(desk, tmp_path):
    who, file = desk.customer(), tmp_path / "backup"
    desk.run("backup", file)
    desk.run("erase", who, "--reason", "asked")
    (held,) = desk.run("erase", "--status")["backups"]
    assert held["holds"] == 1
    desk.exchange.database.dispose()
    desk.run("restore", file, "--replace")
    assert desk.run("show", who)["dead"]
    assert desk.refused("erase", who, "--reason", "asked") == "customer.erased"
    assert desk.run("erase", "--wipe")["wiped"]
    assert found_in(on_disk(desk.exchange.database), {NAME}) == {}


@pytest.mark.parametrize(
    "failpoint",
    [
        pytest.param("erase.noted", marks=pytest.mark.slow),
        "erase.before_commit",
        pytest.param("erase.committed", marks=pytest.mark.slow),
    ],
)
def test_an_erasing_that_is_killed_is_carried_out_by_the_next_start(desk, failpoint):
    who = desk.customer()
    desk.exchange.database.dispose()  # no connection is shared with the child
    child = os.fork()
    if child == 0:
        failpoints._armed[:] = [failpoint]
        erasing.erase(desk.exchange, desk.data, who, new_id(), "asked")
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL
    epoch.Epoch(desk.exchange, desk.data)  # what a start does
    assert desk.run("show", who)["dead"]
    assert desk.run("verify")["verified"]
    assert desk.run("erase", "--wipe")["wiped"]
    assert found_in(on_disk(desk.exchange.database), {NAME}) == {}


def test_nobody_and_somebody_unknown_are_told_as_such(desk):
    assert desk.refused("erase", "--reason", "asked") == "erase.who"
    assert desk.refused("erase", new_id(), "--reason", "asked") == "customers.unknown"
    assert desk.refused("report", new_id(), "nowhere.pdf") == "customers.unknown"
