"""`yizhan-server access-log` as a branch lead uses it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from crm.domain.kind import UNKNOWN_RANK
from crm.records import access
from server.app import open_exchange
from server.exchange import accounts
from server.exchange.hand import Hand
from server.store import settings
from server.store import tables as t
from tests.helpers.commands import Server

PASSWORD = "ein-gutes-Wort-5"
AT = "2026-03-18T04:00:00.000Z[+08:00]"


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A branch with a lead and a manager, and another branch with another lead."""
    light = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(accounts, "_hasher", light)
    made = Server(tmp_path / "server")
    made.run("init", "--practice")
    exchange = open_exchange(settings.read(made.data))
    hand = Hand(exchange)
    for number, people in enumerate((("lead", "lihua"), ("stranger",))):
        branch = f"01900000-0000-7000-8000-00000000000{number}"
        hand.create("branch", {"name": "支行"}, record=branch, home=f"branch:{branch}")
        for login in people:
            role = "manager" if login == "lihua" else "branch_lead"
            new = accounts.NewPerson(login, login, role, branch, PASSWORD, False)
            accounts.add_person(exchange, hand, new, None)
    made.hand = hand
    made.lihua = accounts.find(exchange, "lihua").id
    return made


def asks(server, *words, login="lead", code=0):
    words = ("access-log", "--as", login, *words)
    return server.run(*words, secrets=[PASSWORD], code=code)


def refused(server, *words, login="lead", secret=PASSWORD):
    told = server.try_("access-log", "--as", login, *words, secrets=[secret])
    assert "entries" not in told.answer
    return told.answer["error"]["code"]


def put(server, **fields):
    """An entry as if a laptop had brought it, in no chain."""
    own = {"author": server.lihua, "at": AT, "count": 1, "place": 1, "reason": "call"}
    server.hand.create(
        "access_entry",
        access.sealed({"action": "reveal", "what": "customer.phone", **own, **fields}),
        home=accounts.portfolio(server.lihua),
    )


def test_a_lead_sees_the_own_branch_and_nobody_elses(server):
    put(server)
    server.run("show", "--kind", "branch")
    told = asks(server, code=1)
    assert [fault["what"] for fault in told["faults"]] == ["stray"]
    here = [(e["login"], e["action"], e["where"]) for e in told["entries"]]
    assert {("lihua", "reveal", "laptop"), ("", "reveal", "server")} <= set(here)
    assert not any(e["where"] == "laptop" for e in asks(server, login="stranger")["entries"])
    assert refused(server, "--login", "lihua", login="stranger") == "access.may_not"
    assert refused(server, login="lihua") == "lead.role"
    assert refused(server, secret="something else") == "login.wrong"


@pytest.mark.slow
def test_the_list_is_narrowed_by_person_day_and_action(server):
    put(server)
    put(server, action="export", what="customers", at="2026-03-20T04:00:00.000Z[+08:00]")
    own = ("--login", "lihua")
    assert len(asks(server, *own, code=1)["entries"]) == 2
    assert len(asks(server, *own, "--since", "2026-03-19", code=1)["entries"]) == 1
    assert len(asks(server, *own, "--until", "2026-03-18", code=1)["entries"]) == 1
    (row,) = asks(server, *own, "--action", "export", code=1)["entries"]
    assert (row["what"], row["state"]) == ("customers", "stray")


def test_who_looked_at_the_list_stands_in_it(server):
    asks(server)
    looked = [e for e in asks(server)["entries"] if e["what"] == "access_log"]
    assert {e["login"] for e in looked} == {"lead"}


def test_entries_that_a_server_took_before_it_knew_the_kind_are_found_once_it_is_upgraded(server):
    put(server)
    database = server.hand.exchange.database
    with database.writing() as connection:  # as an older program has stored it
        connection.execute(
            sa.update(t.record).where(t.record.c.kind == access.KIND).values(rank=UNKNOWN_RANK)
        )
    reveals = [e["what"] for e in asks(server)["entries"] if e["action"] == "reveal"]
    assert "customer.phone" not in reveals
    server.run("upgrade")
    assert "customer.phone" in [e["what"] for e in asks(server, code=1)["entries"]]


def test_nobody_reads_a_foreign_customers_name_in_the_list(server):
    """Whatever an entry is about: what the keeper looked at, or an id that a laptop made up."""
    made = server.hand.create("customer", {"name": "麴夔龘"}, home=accounts.portfolio(server.lihua))
    assert made.outcome == "applied"
    (who,) = [r["id"] for r in server.run("show")["records"]]
    server.run("show", who)
    own = {e["subject"]: e["subject_name"] for e in asks(server)["entries"]}
    assert own[who] == "麴夔龘"
    foreign = {e["subject"]: e["subject_name"] for e in asks(server, login="stranger")["entries"]}
    assert foreign[who] == ""
