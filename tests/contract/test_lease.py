"""A laptop whose lease has ended shows nothing by command until it has synced; nothing is lost."""

from __future__ import annotations

import io
import json
import sys
from datetime import UTC, datetime, timedelta

import pytest

from desktop.app.profiles import Profile, open_replica
from desktop.cli.running import run_command
from desktop.services.clock import Mark
from tests.helpers.profiles import a_profile

ONE_STORE = pytest.mark.parametrize("database_url", [None], ids=["sqlite"])
AN_ID = "0199a000-0000-7000-8000-000000000001"
LOCKED = 6
NAME = "欧阳婉清"


@pytest.fixture
def branch(new_server, tmp_path):
    """(server, laptop): enrolled, synced, one edit that waits."""
    server = new_server()
    user = server.person("lihua")
    laptop, replica, _ = a_profile(tmp_path / "laptop", user=user)
    identity = replica.identity()
    token = server.enrolled(user, identity.incarnation, identity.baton)
    replica.enrolled(identity.but(server_url=server.url, token=token, server_key=server.server_key))
    with replica.unit_of_work() as uow:
        uow.create("customer", {"name": NAME}, home=f"portfolio:{user}")
        uow.commit()
    replica.close()
    return server, laptop


@pytest.fixture
def yizhan(branch, monkeypatch, capsys):
    """Run a command of the laptop in this process; return (exit code, answer)."""
    laptop = branch[1]

    def run(*words):
        monkeypatch.setattr(sys, "stdin", io.StringIO(laptop.passphrase + "\n"))
        code = run_command([*map(str, words), "--profile", str(laptop.profile), "--json"])
        return code, json.loads(capsys.readouterr().out)

    return run


def last_contact(laptop, days_ago):
    """Let the last contact have been so many days ago."""
    replica = open_replica(Profile(laptop.profile), laptop.passphrase)
    heard = datetime.now(UTC) - timedelta(days=days_ago)
    mark = Mark(heard=heard, reached=heard, ahead=timedelta(0))
    replica.marks.set(mark.as_text())
    replica.close()


@ONE_STORE
def test_after_thirty_days_every_command_that_shows_or_changes_something_is_locked(
    branch, yizhan, tmp_path
):
    last_contact(branch[1], 31)
    (tmp_path / "list.csv").write_bytes("姓名,手机号码\n赵国栋,15400001111\n".encode())
    commands = [
        ["customers", "find", "欧阳"],
        ["customers", "show", AN_ID],
        ["customers", "add", "name=赵国栋"],
        ["customers", "edit", AN_ID, "name=赵国栋"],
        ["visits", "add", AN_ID, "--on", "2026-03-18"],
        ["visits", "list", AN_ID],
        ["tasks"],
        ["import", tmp_path / "list.csv"],
        ["conflicts", "list"],
        ["conflicts", "show", AN_ID],
        ["receipts"],
        ["verify"],
    ]
    for words in commands:
        code, answer = yizhan(*words)
        assert (code, answer["error"]["code"]) == (LOCKED, "lease.expired"), (words, answer)
        assert NAME not in json.dumps(answer, ensure_ascii=False)


@ONE_STORE
def test_a_sync_renews_it_and_what_waited_is_sent(branch, yizhan):
    last_contact(branch[1], 31)
    assert yizhan("customers", "find", "欧阳")[0] == LOCKED
    code, report = yizhan("sync")
    assert (code, report["sent"], report["applied"]) == (0, 1, 1)
    code, found = yizhan("customers", "find", "欧阳")
    assert (code, [c["fields"]["name"] for c in found["customers"]]) == (0, [NAME])


@ONE_STORE
def test_a_sync_that_reaches_nobody_renews_nothing(branch, yizhan):
    laptop = branch[1]
    last_contact(laptop, 31)
    replica = open_replica(Profile(laptop.profile), laptop.passphrase)
    replica.enrolled(replica.identity().but(server_url="http://127.0.0.1:1"))
    replica.close()
    assert yizhan("sync")[0] != 0
    assert yizhan("customers", "find", "欧阳")[0] == LOCKED


@pytest.mark.slow
@ONE_STORE
def test_a_backup_and_the_doctor_help_a_laptop_whose_lease_has_ended(branch, yizhan, tmp_path):
    last_contact(branch[1], 31)
    code, made = yizhan("backup", tmp_path / "copy.yizhan")
    assert (code, made["unsent"]) == (0, 1)
    code, report = yizhan("doctor")
    assert code != LOCKED
    assert report["checks"]["replica"]["good"]
    assert (report["checks"]["lease"]["good"], report["checks"]["lease"]["days_left"]) == (False, 0)
