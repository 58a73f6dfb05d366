"""yizhan-server recovery and devices, as a branch lead uses them."""

from __future__ import annotations

import hashlib
import io
import json
import os
import secrets

import pytest
from argon2 import PasswordHasher
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from crm.domain.ids import new_id
from crm.records.sealing import seal_bytes
from server import cli
from server.exchange import accounts, ending, recovering, revoking
from server.exchange.hand import Hand
from server.opening import open_exchange
from server.store import audit, people, recoveries, statements
from server.store import settings as server_settings
from server.store.settings import public_text

PASSWORD = "ein-gutes-Wort-5"


class Branch:
    """A server folder with two branches, a lead in each, and a manager with a computer."""

    def __init__(self, folder, run):
        run("init", "--practice", "--data", folder)
        self.folder, self.run = folder, run
        self.exchange = open_exchange(server_settings.read(folder))
        self.near, self.far = self.branch(), self.branch()
        self.manager = self.person("lihua", "manager", self.near)
        self.lead = self.person("wanglei", "branch_lead", self.near)
        self.stranger = self.person("zhaomin", "branch_lead", self.far)
        self.incarnation = new_id()
        self.device = self.enrol(self.manager, self.incarnation)

    def branch(self):
        made = new_id()
        hand = Hand(self.exchange)
        hand.create("branch", {"name": "支行"}, record=made, home=f"branch:{made}")
        return made

    def person(self, login, role, branch, *, must_change=False):
        new = accounts.NewPerson(login, login.title(), role, branch, PASSWORD, must_change)
        accounts.add_person(self.exchange, Hand(self.exchange), new, None)
        return accounts.find(self.exchange, login)

    def enrol(self, person, incarnation):
        return accounts.enrol(
            self.exchange, person, device="laptop", incarnation=incarnation, baton=new_id()
        )

    def ask(self, device="laptop"):
        bound = {"enrolment": self.device.enrolment, "user": self.manager.id}
        key = public_text(self.exchange.sealing_key)
        asked = recovering.Asked(
            enrolment=self.device.enrolment,
            device=device,
            sealed=(seal_bytes(key, "recovery", bound, bytes(32)),),
            reply_key=public_text(X25519PrivateKey.generate()),
            claim=hashlib.sha256(secrets.token_bytes(32)).hexdigest(),
        )
        return recovering.ask(self.exchange, self.manager, asked)

    def acts(self, prefix):
        with self.exchange.database.snapshot() as connection:
            return [(n.action, n.actor) for n in audit.notes(connection, actions=[prefix])]


@pytest.fixture
def run(capsys, monkeypatch):
    """Run a command in this process; return its answer."""
    light = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(accounts, "_hasher", light)
    before = os.umask(0o077)

    def call(*words, given=()):
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{one}\n" for one in given)))
        cli.main([str(word) for word in (*words, "--json")])
        return json.loads(capsys.readouterr().out)

    yield call
    os.umask(before)


@pytest.fixture
def branch(tmp_path, run):
    return Branch(tmp_path / "server", run)


def error(answer):
    return answer["error"]["code"]


def test_a_lead_sees_who_asks_and_approves_with_the_password(branch):
    request = branch.ask()
    (shown,) = branch.run("recovery", "list", "--as", "wanglei", "--data", branch.folder)[
        "requests"
    ]
    assert (shown["code"], shown["login"], shown["device"]) == (request.code, "lihua", "laptop")
    assert (shown["unsent"], shown["state"]) == (0, "waiting")
    words = ("recovery", "approve", request.id, "--as", "wanglei", "--data", branch.folder)
    assert error(branch.run(*words, given=["geraten-geraten"])) == "login.wrong"
    assert branch.run(*words, given=[PASSWORD])["state"] == "approved"
    assert branch.acts("recovery.approved") == [("recovery.approved", branch.lead.id)]
    words = ("recovery", "refuse", request.id, "--as", "wanglei", "--data", branch.folder)
    assert branch.run(*words, given=[PASSWORD])["state"] == "refused"
    assert branch.run("recovery", "list", "--data", branch.folder)["requests"] == []
    everything = branch.run("recovery", "list", "--all", "--data", branch.folder)["requests"]
    assert [one["state"] for one in everything] == ["refused"]


def test_what_a_computer_calls_itself_shows_a_lead_no_other_digits(branch, monkeypatch):
    """It is said on the way to the decision, before anybody is asked for a password."""
    name = "laptop\x1b[1A\x1b[2K\n01a2  000 000  wanglei"
    request = branch.ask(device=name)
    seen = io.StringIO()
    monkeypatch.setattr("sys.stderr", seen)
    words = ("recovery", "approve", request.id, "--as", "wanglei", "--data", branch.folder)
    assert branch.run(*words, given=[PASSWORD])["state"] == "approved"
    first, second = seen.getvalue().splitlines()
    assert request.code[:3] in first
    assert request.code[:3] in second
    assert "\x1b" not in seen.getvalue()


def test_a_restored_dump_does_not_revive_an_approval_that_was_taken_back(branch):
    request, at = branch.ask(), ("--data", branch.folder)
    decision = (request.id, "--as", "wanglei", *at)
    branch.run("recovery", "approve", *decision, given=[PASSWORD])
    branch.run("backup", branch.folder / "dump", *at)
    assert branch.run("recovery", "refuse", *decision, given=[PASSWORD])["state"] == "refused"
    branch.exchange.database.dispose()
    branch.run("restore", branch.folder / "dump", "--replace", *at)
    (known,) = branch.run("recovery", "list", "--all", *at)["requests"]
    assert known["state"] == "expired"
    with branch.exchange.database.snapshot() as connection:
        assert recoveries.held(connection, request.id).sealed == ""


def test_neither_another_branchs_lead_nor_the_manager_decides(branch):
    request = branch.ask()
    listed = branch.run("recovery", "list", "--as", "zhaomin", "--data", branch.folder)
    assert listed["requests"] == []
    words = ("recovery", "approve", request.id, "--data", branch.folder, "--as")
    assert error(branch.run(*words, "zhaomin", given=[PASSWORD])) == "recovery.not_lead"
    assert error(branch.run(*words, "lihua", given=[PASSWORD])) == "lead.role"
    known = branch.run("recovery", "list", "--data", branch.folder)["requests"]
    assert [one["state"] for one in known] == ["waiting"]


def test_a_lead_with_a_first_password_changes_it_before_deciding(branch):
    branch.person("sunli", "branch_lead", branch.near, must_change=True)
    request = branch.ask()
    words = ("recovery", "approve", request.id, "--data", branch.folder, "--as", "sunli")
    assert error(branch.run(*words, given=[PASSWORD, ""])) == "password.change_required"
    own = "noch-ein-Wort-6"
    assert branch.run(*words, given=[PASSWORD, own])["state"] == "approved"
    assert not accounts.find(branch.exchange, "sunli").must_change


def test_a_lead_sees_the_computers_of_the_branch_and_what_went_with_a_lost_one(branch):
    foreign = branch.enrol(branch.stranger, new_id()).enrolment
    mine = branch.device.enrolment
    words = ("devices", "--as", "wanglei", "--data", branch.folder)
    assert [d["enrolment"] for d in branch.run(*words)["devices"]] == [mine]
    told = branch.run(*words, "--lost", foreign, given=[PASSWORD])
    assert error(told) == "lead.branch"
    assert error(branch.run(*words, "--lost", mine, given=["geraten-1"])) == "login.wrong"
    (lost,) = branch.run(*words, "--lost", mine, given=[PASSWORD])["devices"]
    assert (lost["state"], lost["revoked_by"]) == ("lost", branch.lead.id)
    assert lost["revoked_at"]
    assert (lost["destroyed_at"], lost["statements"]) == (None, [])
    ending.tell_lost(branch.exchange, branch.device.token, branch.incarnation, 7)
    purges = [{"root": "*", "at": "2026-03-18T02:30:00.000Z[+08:00]"}]
    ending.tell_lost(branch.exchange, branch.device.token, branch.incarnation, 0, purges)
    answer = branch.run(*words)
    (lost,) = answer["devices"]
    assert (answer["lost_edits"], lost["lost_edits"]) == (7, 7)
    assert lost["destroyed_at"]
    assert [s["what"] for s in lost["statements"]] == ["told", "destroyed"]
    assert [s["said"]["unsent"] for s in lost["statements"]] == [7, 0]
    assert lost["statements_fit"]
    assert [action for action, _ in branch.acts("device")] == [
        "device.lost",
        "device.told",
        "device.destroyed",
    ]


def test_a_statement_that_somebody_changed_is_told(branch):
    assert revoking.revoke(branch.exchange, branch.folder, branch.device.enrolment, "lost")
    ending.tell_lost(branch.exchange, branch.device.token, branch.incarnation, 7)
    with branch.exchange.database.snapshot() as connection:
        kept = statements.of_devices(connection, [branch.device.enrolment])
    (statement,) = kept[branch.device.enrolment]
    assert ending.said_in(branch.exchange.tokens, statement)["unsent"] == 7
    with branch.exchange.database.writing() as connection:
        connection.exec_driver_sql("UPDATE statement SET at = '2027'")
    (lost,) = branch.run("devices", "--data", branch.folder)["devices"]
    assert not lost["statements_fit"]


def test_the_keeper_of_the_server_is_noted_without_a_name(branch):
    words = ("devices", "--retire", branch.device.enrolment, "--data", branch.folder)
    branch.run(*words)
    ((action, actor),) = branch.acts("device")
    assert action == "device.retired"
    with branch.exchange.database.snapshot() as connection:
        assert people.person_with(connection, actor) is None
