"""yizhan-server as an administrator uses it."""

from __future__ import annotations

import io
import json
import os
import shutil
import socket
import ssl
import stat

import pytest

from server import cli
from server.store import schema
from server.store import settings as server_settings
from server.store.database import Database
from tests.helpers.commands import Server
from tests.helpers.day import FIRST_PASSWORD
from tests.helpers.full_disk import full_disk


@pytest.fixture
def server(tmp_path):
    made = Server(tmp_path / "server")
    made.run("init", "--practice")
    made.run("branch", "add", "支行")
    made.run("user", "add", "lihua", "--name", "李华", secrets=[FIRST_PASSWORD])
    return made


def test_a_server_folder_is_private_even_where_there_was_one(tmp_path):
    folder = tmp_path / "shared"
    folder.mkdir(mode=0o755)
    Server(folder).run("init")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in folder.glob("*.*"))


@pytest.fixture
def run(capsys):
    """Run a command in this process, where a new one would take its time; return its answer."""
    before = os.umask(0o077)  # the command sets its own

    def call(*words):
        cli.main([str(word) for word in (*words, "--json")])
        return json.loads(capsys.readouterr().out)

    yield call
    os.umask(before)


def test_init_never_lays_a_server_over_another_one(run, tmp_path):
    """Without it: a real server becomes one for practice, with a key that no laptop knows."""
    house, another = tmp_path / "house", tmp_path / "another"
    run("init", "--data", house)
    used = f"sqlite:///{house / 'server.db'}"
    told = run("init", "--data", another, "--practice", "--database", used)
    assert told["error"]["code"] == "server.database_used"
    assert not another.exists()
    (house / "server.json").unlink()
    key = (house / "signing.key").read_bytes()
    assert run("init", "--data", house)["error"]["code"] == "server.exists"
    assert (house / "signing.key").read_bytes() == key


def test_a_copied_folder_is_another_server_and_a_moved_one_is_the_same(run, tmp_path):
    """Without it: what is tried out on a copy happens to the branch's own server."""
    house, copied, moved = (tmp_path / name for name in ("house", "copied", "moved"))
    run("init", "--data", house)
    run("branch", "add", "原来", "--data", house)
    shutil.copytree(house, copied)
    run("branch", "add", "试验", "--data", copied)
    names = [
        r["fields"]["name"] for r in run("show", "--kind", "branch", "--data", house)["records"]
    ]
    assert names == ["原来"]
    house.rename(moved)
    assert len(run("show", "--kind", "branch", "--data", moved)["records"]) == 1
    assert len(run("show", "--kind", "branch", "--data", copied)["records"]) == 2


def test_practice_data_that_is_there_already_is_told_before_anything_is_made(run, tmp_path):
    run("init", "--practice", "--data", tmp_path / "house")
    words = ["practice", "--customers", "3", "--managers", "1", "--data", tmp_path / "house"]
    assert len(run(*words)["people"]) == 3
    assert run(*words)["error"]["code"] == "person.exists"
    assert len(run("show", "--kind", "branch", "--data", tmp_path / "house")["records"]) == 1


def test_staff_are_listed_with_what_they_log_in_with(run, tmp_path, capsys):
    run("init", "--practice", "--data", tmp_path / "house")
    words = ["practice", "--customers", "3", "--managers", "1", "--data", tmp_path / "house"]
    cli.main([str(word) for word in words])
    assert "manager1  practice-manager1" in capsys.readouterr().out
    cli.main(["show", "--kind", "staff", "--data", str(tmp_path / "house")])
    assert capsys.readouterr().out.splitlines()[0].endswith("  manager1")


def test_a_person_without_a_name_is_refused(run, tmp_path, monkeypatch):
    run("init", "--data", tmp_path / "house")
    monkeypatch.setattr("sys.stdin", io.StringIO("ein-gutes-Wort-5\n"))
    told = run("user", "add", "x", "--name", " ", "--data", tmp_path / "house")
    assert told["error"]["code"] == "person.name"


@pytest.mark.parametrize("given", [("--tls-key",), ("--tls-certificate",)])
def test_half_of_a_certificate_and_its_key_starts_nothing(run, tmp_path, given):
    run("init", "--data", tmp_path / "house")
    told = run("serve", *given, tmp_path / "one.pem", "--data", tmp_path / "house")
    assert told["error"]["code"] == "server.tls.both"


def test_a_full_disk_is_told_and_stores_nothing(run, tmp_path):
    run("init", "--data", tmp_path / "house")
    run("branch", "add", "一", "--data", tmp_path / "house")
    with full_disk():
        told = run("branch", "add", "支行", "--data", tmp_path / "house")
    assert told["error"]["code"] == "server.full"
    assert len(run("show", "--kind", "branch", "--data", tmp_path / "house")["records"]) == 1


def test_a_server_of_an_older_program_is_brought_up_to_date(run, tmp_path):
    house = tmp_path / "house"
    database = Database(server_settings.create(house, None, practice=True).database_url)
    assert run("upgrade", "--data", house)["error"]["code"] == "database.uninitialised"
    with database.writing() as connection:
        schema.upgrade_to(connection, "0001")
        laid_out = "INSERT INTO server_state (id, epoch, practice, schema_version) VALUES (1, 'e'"
        connection.exec_driver_sql(f"{laid_out}, true, 1)")
    assert run("verify", "--data", house)["error"]["code"] == "database.schema"
    told = run("upgrade", "--data", house)
    assert (told["before"], told["after"] > "0001") == ("0001", True)
    assert run("verify", "--data", house)["verified"]
    with database.writing() as connection:  # a newer program was here
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    assert run("upgrade", "--data", house)["error"]["code"] == "database.schema"
    database.dispose()


def test_rows_to_mend_are_private_and_written_before_anything_is_taken(server, tmp_path):
    sheet = tmp_path / "list.csv"
    sheet.write_text("姓名,手机\n好客户,15400009991\n坏客户,12\n", encoding="utf-8")
    words = ["import", "customers", sheet, "--manager", "lihua", "--bad-rows"]
    outcome = server.try_(*words, tmp_path / "no" / "such" / "folder.xlsx")
    assert (outcome.code, outcome.answer["error"]["code"]) == (5, "file.unusable")
    assert server.run("show", "--kind", "customer")["records"] == []

    taken = server.run(*words, tmp_path / "mend.xlsx", code=1)
    assert (taken["created"], len(taken["bad"])) == (1, 1)
    assert stat.S_IMODE((tmp_path / "mend.xlsx").stat().st_mode) == 0o600


@pytest.mark.parametrize("flag", ["--lost", "--retire"])
def test_revoking_a_device_that_is_not_there_is_told(server, flag):
    outcome = server.try_("devices", flag, "01a20178-44ed-781f-962b-f5acd2bdc4a3")
    assert (outcome.code, outcome.answer["error"]["code"]) == (4, "device.unknown")


def test_a_deputyship_ends(server):
    words = ["user", "add", "wangmin", "--name", "王敏", "--deputy-of", "lihua"]
    server.run(*words, secrets=[FIRST_PASSWORD])
    server.run("user", "end-deputy", "wangmin", "--of", "lihua")
    outcome = server.try_("user", "end-deputy", "lihua", "--of", "lihua")
    assert outcome.answer["error"]["code"] == "person.own_portfolio"
    assert server.run("quarantine")["operations"] == []


def test_tidy_tells_what_came_due(server):
    assert server.run("tidy")["seats"] == {"reclaimed": 0, "expired": 0, "activities": 0}


def test_the_same_seed_and_day_make_the_same_branch(tmp_path):
    shown = []
    for name in ("one", "other"):
        server = Server(tmp_path / name)
        server.run("init", "--practice")
        words = ["--seed", "5", "--customers", "40", "--today", "2026-11-22"]
        server.run("practice", *words)
        records = server.run("show", "--kind", "customer")["records"]
        shown.append([(r["id"], r["fields"]) for r in records])
    assert shown[0] == shown[1]
    assert len(shown[0]) == 40


def test_a_server_speaks_tls_1_2_at_least():
    def usual():
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with pytest.deprecated_call():
            context.minimum_version = ssl.TLSVersion.TLSv1
        return context

    assert cli._modern_tls(None, usual).minimum_version == ssl.TLSVersion.TLSv1_2


def test_made_up_data_never_enters_a_real_server(tmp_path):
    server = Server(tmp_path / "real")
    server.run("init")
    assert server.try_("practice").answer["error"]["code"] == "server.not_practice"


def test_a_damaged_key_and_a_missing_certificate_are_told(server, tmp_path):
    words = [
        "serve",
        "--tls-certificate",
        tmp_path / "none.pem",
        "--tls-key",
        tmp_path / "none.key",
    ]
    outcome = server.try_(*words)
    assert (outcome.code, outcome.answer["error"]["code"]) == (5, "server.tls.unusable")
    (server.data / "signing.key").write_text("x")
    assert server.try_("serve", "--port", "0").answer["error"]["code"] == "server.settings"


def test_whoever_reads_the_readiness_line_can_call_in_that_instant():
    """It is written before the web server starts: the socket must take callers by then."""
    listener = cli._listener("127.0.0.1", 0)
    with listener, socket.create_connection(listener.getsockname(), timeout=5) as caller:
        assert caller.getpeername() == listener.getsockname()
