"""`yizhan-server reassign`, `deputy` and `tidy` as an administrator uses them."""

from __future__ import annotations

import json
import os
import signal
import stat
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest

from crm.domain.ids import new_id
from crm.domain.kinds import SCHEMA
from server.cli import main
from server.commands import reassign
from server.exchange import accounts, epoch, handover
from server.exchange.hand import Hand
from server.opening import open_exchange, utc_now
from server.store import people, records, schema
from server.store import settings as server_settings
from server.store.database import Database
from tests.helpers.commands import finish, start

VILLAGES = ("东村", "西村")


@pytest.fixture
def server(tmp_path, capsys):
    """A server folder with three managers; laid out here, for a process takes its time."""
    made = server_settings.create(tmp_path / "server", None, practice=True)
    database = Database(made.database_url)
    schema.upgrade(database)
    epoch.begin(database, practice=True, schema_version=SCHEMA.version)
    database.dispose()
    exchange = open_exchange(made)
    with exchange.database.writing() as connection:
        for login, name in (("lihua", "李华"), ("wangmin", "王敏"), ("zhaolei", "赵磊")):
            person = new_id()
            people.add_person(
                connection,
                id=person,
                login=login,
                name=name,
                role="manager",
                branch=None,
                password="-",
                must_change=True,
                active=True,
            )
            people.add_grant(
                connection,
                id=new_id(),
                person=person,
                stream=accounts.portfolio(person),
                write=True,
                since=utc_now(),
                until=None,
            )
    exchange.database.dispose()
    before = os.umask(0o077)  # the command sets its own
    yield Desk(tmp_path / "server", capsys)
    os.umask(before)


@pytest.fixture
def exchange(server):
    opened = open_exchange(server_settings.read(server.data))
    yield opened
    opened.database.dispose()


@pytest.fixture
def customers(exchange):
    """Give lihua some customers, every other in 东村; return their ids."""
    lihua = accounts.find(exchange, "lihua")
    hand = Hand(exchange, lihua.id)
    made = [new_id() for _ in range(6)]
    for n, record in enumerate(made):
        fields = {
            "name": f"客户{n}",
            "village": VILLAGES[n % 2],
            "tier": "high" if n < 4 else "low",
        }
        hand.create("customer", fields, record=record, home=accounts.portfolio(lihua.id))
    return made


@dataclass
class Desk:
    """A server folder, and the command line run in this process: a new one takes its time."""

    data: Path
    written: object  # what captures the output

    def try_(self, *words):
        code = main([str(word) for word in (*words, "--data", self.data, "--json")])
        return code, json.loads(self.written.readouterr().out)

    def run(self, *words, code=0):
        found, answer = self.try_(*words)
        assert found == code, answer
        return answer

    def refused(self, *words):
        """Return the error of a command that must fail."""
        return self.try_(*words)[1]["error"]


def keeps(exchange, login):
    stream = accounts.portfolio(accounts.find(exchange, login).id)
    with exchange.database.snapshot() as connection:
        return {r.id for r in records.of_kind(connection, "customer", [stream])}


def a_computer(exchange, login, *, unsent, seen=True):
    """Let a person have a computer that spoke to the server."""
    person = accounts.find(exchange, login)
    enrolment, incarnation = new_id(), new_id()
    with exchange.database.writing() as connection:
        people.add_enrolment(
            connection,
            id=enrolment,
            person=person.id,
            device=f"{login}-laptop",
            state="active",
            token=new_id(),
            at=exchange.now(),
        )
        people.add_incarnation(
            connection,
            id=incarnation,
            enrolment=enrolment,
            person=person.id,
            baton=new_id(),
            unsent=unsent,
            seen_at=exchange.now() if seen else None,
        )
    return incarnation


def test_one_many_a_file_a_query_and_the_rest(server, exchange, customers, tmp_path):
    one = server.run("reassign", customers[0], "--to", "wangmin")
    assert (one["moved"], one["records"]) == (1, 1)
    listed = tmp_path / "list.csv"
    listed.write_text(f"id,name\n{customers[0]},a\n{customers[1]},b\n\n", encoding="utf-8-sig")
    many = server.run("reassign", "--file", listed, "--to", "wangmin", "--from", "lihua")
    assert (many["moved"], many["already_there"]) == (1, 1)
    dry = server.run("reassign", "--village", "东村", "--to", "wangmin", "--dry-run")
    assert (dry["chosen"], dry["moved"], dry["dry_run"]) == (2, 0, True)
    found = server.run(
        *("reassign", "--village", "东村", "--tier", "高", "--to", "wangmin", "--from", "lihua")
    )
    assert found["moved"] == 1
    assert keeps(exchange, "wangmin") == set(customers[:3])
    rest = server.run("reassign", "--all", "--from", "lihua", "--to", "zhaolei")
    assert rest["moved"] == 3
    assert keeps(exchange, "lihua") == set()
    assert server.run("verify")["verified"]


def test_a_computer_that_has_not_synced_stops_the_hand_over_until_it_is_overridden(
    server, exchange, customers
):
    a_computer(exchange, "lihua", unsent=3)
    words = ["reassign", "--all", "--from", "lihua", "--to", "wangmin"]
    stopped = server.run(*words, code=3)
    assert (stopped["moved"], stopped["unsynced"][0]["unsent"]) == (0, 3)
    assert keeps(exchange, "lihua") == set(customers)
    done = server.run(*words, "--override", "病假，电脑在家", "--reason", "调岗", "--as", "zhaolei")
    assert (done["moved"], done["override"]) == (6, "病假，电脑在家")
    told = server.run("show", "--kind", "hand_over")["records"]
    assert len(told) == 6
    by = accounts.find(exchange, "zhaolei").id
    for record in told:
        said = record["fields"]
        assert (said["override"], said["unsynced_devices"], said["unsent"], said["by"]) == (
            *("病假，电脑在家", 1, 3),
            by,
        )
        assert said["run"] == done["run"]


def test_waiting_goes_on_until_the_computer_has_synced(server, exchange, customers, monkeypatch):
    incarnation = a_computer(exchange, "lihua", unsent=3)
    slept = []

    def sleep(seconds):  # meanwhile, the laptop sends what it has: at the second pause
        slept.append(seconds)
        with exchange.database.writing() as connection:
            people.update_incarnation(connection, incarnation, unsent=2 - len(slept))

    monkeypatch.setattr(reassign.time, "sleep", sleep)
    done = server.run("reassign", customers[0], "--to", "wangmin", "--wait")
    assert (done["moved"], done["unsynced"], len(slept)) == (1, [], 2)
    assert keeps(exchange, "wangmin") == {customers[0]}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--to", "wangmin"], "reassign.what"),
        (["--to", "wangmin", "--all"], "reassign.from"),
        (["--to", "wangmin", "--all", "--village", "东村", "--from", "lihua"], "reassign.what"),
        (["--to", "lihua", "--from", "lihua", "--all"], "reassign.same"),
        (["--to", "nobody", "--all", "--from", "lihua"], "person.unknown"),
        (["--to", "wangmin", "01a20178-44ed-781f-962b-f5acd2bdc4a3"], "customers.unknown"),
        (["--to", "wangmin", "--where", "nickname=x"], "assignment.field"),
        (["--to", "wangmin", "--all", "--from", "lihua", "--reason", "x" * 201], "field.too_long"),
    ],
)
def test_an_order_that_is_not_clear_is_refused_and_moves_nothing(server, words, code):
    assert server.refused("reassign", *words)["code"] == code


def test_a_list_that_chinese_excel_saved_is_read(server, customers, tmp_path):
    listed = tmp_path / "list.csv"
    listed.write_text(f"编号,姓名\n{customers[0]},王芳\n", encoding="gb18030")
    assert server.run("reassign", "--file", listed, "--to", "wangmin")["moved"] == 1


def test_a_line_without_an_id_is_told_by_its_number(server, customers, tmp_path):
    listed = tmp_path / "list.txt"
    listed.write_text(f"{customers[0]}\n王芳\n", encoding="utf-8")
    error = server.refused("reassign", "--file", listed, "--to", "wangmin")
    assert (error["code"], error["facts"]) == ("reassign.file", {"line": 2})


@pytest.mark.parametrize("point", ["move.before_commit", "move.committed"])
def test_killed_between_batches_it_is_run_again_and_ends_as_if_nothing_had_happened(
    server, exchange, point
):
    lihua = accounts.find(exchange, "lihua")
    hand = Hand(exchange, lihua.id)
    home = accounts.portfolio(lihua.id)
    made = {new_id() for _ in range(handover.BATCH + 5)}
    hand.push([hand.operation("create", "customer", i, {"name": "客户"}, home=home) for i in made])
    words = ["reassign", "--all", "--from", "lihua", "--to", "wangmin", "--reason", "调岗"]
    given = [*words, "--data", server.data, "--json"]
    killed = finish(start("yizhan-server", given, (), {"YIZHAN_SERVER_FAILPOINT": point}))
    assert killed.code == -signal.SIGKILL
    there = handover.BATCH if point == "move.committed" else 0
    assert len(keeps(exchange, "wangmin")) == there

    again = server.run(*words)
    assert again["moved"] == len(made) - there
    assert keeps(exchange, "wangmin") == made
    told = server.run("show", "--kind", "hand_over")["records"]
    assert len(told) == len(made)
    assert {t["fields"]["run"] for t in told} == {again["run"]}
    assert server.run("verify")["verified"]


def test_a_dossier_comes_with_the_hand_over_and_may_be_printed_again(
    server, exchange, customers, tmp_path
):
    first, again = tmp_path / "first.pdf", tmp_path / "again.pdf"
    words = ["reassign", *customers[:2], "--to", "wangmin", "--dossier", first]
    done = server.run(*words, "--reason", "调岗")
    assert first.read_bytes().startswith(b"%PDF")
    assert stat.S_IMODE(first.stat().st_mode) == 0o600
    told = server.run("dossier", again, "--run", done["run"])
    assert told == {"customers": 2, "masked": True}
    clear = ["dossier", again, customers[5], "--reveal", "--language", "en"]
    assert server.refused(*clear)["code"] == "access.reason"
    some = server.run(*clear, "--reason", "hand_over")
    assert some == {"customers": 1, "masked": False}
    assert server.refused("dossier", again)["code"] == "dossier.what"
    assert server.refused("dossier", again, "--run", new_id())["code"] == "handover.unknown"
    assert server.refused("dossier", again, new_id())["code"] == "customers.unknown"


def test_a_dossier_that_cannot_be_written_stops_the_hand_over(
    server, exchange, customers, tmp_path
):
    nowhere = tmp_path / "no" / "such" / "folder.pdf"
    words = ["reassign", "--all", "--from", "lihua", "--to", "wangmin", "--dossier", nowhere]
    assert server.refused(*words)["code"] == "file.unusable"
    assert keeps(exchange, "lihua") == set(customers)
    nobody = tmp_path / "nobody.pdf"
    server.run("reassign", "--village", "南村", "--to", "wangmin", "--dossier", nobody)
    assert not nobody.exists()


def test_a_dossier_never_removes_what_lies_there_and_is_its_owners_only(
    server, exchange, customers, tmp_path
):
    """Without it: the order is given once more, nobody moves, and yesterday's dossier is gone."""
    file = tmp_path / "dossier.pdf"
    file.write_bytes(b"yesterday's")
    file.chmod(0o644)
    server.run("reassign", "--village", "南村", "--to", "wangmin", "--dossier", file)
    assert file.read_bytes() == b"yesterday's"
    assert server.refused("dossier", file, new_id())["code"] == "customers.unknown"
    assert file.read_bytes() == b"yesterday's"
    server.run("dossier", file, customers[0])
    assert file.read_bytes().startswith(b"%PDF")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    words = ["reassign", "--all", "--from", "lihua", "--to", "wangmin", "--dossier", tmp_path]
    assert server.refused(*words)["code"] == "file.unusable"
    assert keeps(exchange, "lihua") == set(customers)


def test_a_deputy_for_a_while(server, exchange):
    today = date.today()  # noqa: DTZ011 - the server's own day decides
    words = ["deputy", "wangmin", "--of", "lihua", "--from", today.isoformat(), "--until"]
    made = server.run(*words, (today + timedelta(days=2)).isoformat())
    with exchange.database.snapshot() as connection:
        lihua, now = accounts.find(exchange, "lihua"), exchange.now()
        writers = people.writers_at(connection, accounts.portfolio(lihua.id), now)
    assert {p.login for p in writers} == {"lihua", "wangmin"}
    assert made["until"] > made["since"]
    past = (today - timedelta(days=2)).isoformat()
    assert server.refused(*words, past)["code"] == "deputy.period"
    server.run("user", "end-deputy", "wangmin", "--of", "lihua")


def test_going_on_without_waiting_needs_a_reason(server, exchange, customers):
    a_computer(exchange, "lihua", unsent=3)
    for blank in ("", " "):
        told = server.refused("reassign", customers[0], "--to", "wangmin", "--override", blank)
        assert told["code"] == "reassign.no_reason"
    assert keeps(exchange, "lihua") == set(customers)


@pytest.mark.parametrize(
    ("login", "first", "last", "code"),
    [
        ("lihua", "2026-01-01", "2099-01-01", "deputy.self"),
        ("wangmin", "2026-01-01", "9999-12-31", "deputy.period"),
        ("wangmin", "0001-01-01", "2099-01-01", "deputy.period"),
    ],
)
def test_a_deputyship_that_cannot_be_is_refused(server, login, first, last, code):
    words = ("--of", "lihua", "--from", first, "--until", last)
    assert server.refused("deputy", login, *words)["code"] == code


def test_tidy_finds_nothing_on_a_young_server(server):
    assert server.run("tidy", "--dry-run") == {
        "streams": 0,
        "departures": 0,
        "conflicts": 0,
        "dry_run": True,
    }
    assert server.run("tidy")["departures"] == 0
