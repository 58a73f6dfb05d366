"""Killed in a repair or a first load, a sync resumes. All the other places: tests/contract."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from tests.helpers.fake_server import FakeServer
from tests.helpers.fakes import Laptop
from tests.helpers.house import ROOT

HOME, LOST = "portfolio:manager", "portfolio:lost"
SCRIPT = """
import sys
from pathlib import Path
from crm.domain.kinds import SCHEMA
from desktop.storage.replica import FILE_NAME, Replica
from desktop.sync import pull, push
from desktop.sync.engine import SyncEngine
from tests.helpers.fakes import a_key

pull.PAGE_RECORDS = push.PAGE_OPERATIONS = 2
folder = Path(sys.argv[1])
SyncEngine(Replica.open(folder / FILE_NAME, a_key(), SCHEMA), folder).sync()
"""


def run_sync(laptop, failpoint, script=SCRIPT):
    """Sync in a process of its own; return how it ended."""
    environment = {**os.environ, "YIZHAN_FAILPOINT": failpoint, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", script, str(laptop.folder)],
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr


def a_busy_day(server, folder):
    """A laptop with something of everything to do."""
    server.grants["manager"] = {HOME: True, LOST: True}
    roots = [server.put("customer", home=HOME, name=f"N{number}") for number in range(5)]
    for root in roots:
        server.put("visit", parent=root, state="planned", on="2026-03-18")
    server.put("customer", home=LOST, name="leaves")
    laptop = Laptop(folder, server)
    laptop.sync()
    laptop.edit(roots[0], village="Cloud")
    laptop.edit(roots[0], village="Stone")
    laptop.edit(roots[1], note="mine")
    laptop.create("customer", name="Somebody")
    laptop.delete(roots[2])
    server.edit(roots[0], note="office")
    server.edit(roots[1], note="theirs")
    server.move(roots[3], "portfolio:stranger")
    del server.grants["manager"][LOST]
    server.grants["manager"]["portfolio:new"] = True
    for number in range(5):
        server.put("customer", home="portfolio:new", name=f"M{number}")
    return laptop


@pytest.mark.parametrize("prefix", ["repair.", "repair.buckets."])
def test_killed_in_a_repair_resumes(tmp_path, prefix):
    """The second: of a server of the first release, which sends whole buckets."""
    with FakeServer() as server:
        server.of_old = "buckets" in prefix
        laptop = a_busy_day(server, tmp_path)
        laptop.sync()
        laptop.write("DELETE FROM visit")
        laptop.write("UPDATE cursor SET live = 0, digest = ?", "0" * 32)
        laptop.replica.close()
        for failpoint in ("before_commit", "committed"):
            code, stderr = run_sync(laptop, prefix + failpoint)
            assert code == -signal.SIGKILL, stderr
        laptop.reopen()
        assert laptop.sync().verified
        assert laptop.verify(full=True).outcome == "equal"
        laptop.replica.close()


BULK_SCRIPT = "import desktop.storage.sync_store as s; s.BULK = 3\n" + SCRIPT


def test_killed_in_a_first_load_a_search_finds_who_has_come(tmp_path):
    """The index is left behind by then."""
    with FakeServer() as server:
        server.grants["manager"] = {HOME: True}
        for number in range(8):
            server.put("customer", home=HOME, name=f"Nobody {number}")
        laptop = Laptop(tmp_path, server)
        laptop.replica.close()
        code, stderr = run_sync(laptop, "page.committed", BULK_SCRIPT)
        assert code == -signal.SIGKILL, stderr
        laptop.reopen()
        with laptop.replica.reader() as reader:
            assert len(reader.find("nobody")) == 2
        laptop.sync()
        with laptop.replica.reader() as reader:
            assert len(reader.find("nobody")) == 8
        laptop.replica.close()


def test_a_failpoint_kills_nobody_outside_of_practice(tmp_path):
    with FakeServer() as server:
        laptop = a_busy_day(server, tmp_path)
        laptop.replica.enrolled(laptop.replica.identity().but(practice=False))
        laptop.replica.close()
        assert run_sync(laptop, "page.received") == (0, "")
