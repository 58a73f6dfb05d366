"""Killed anywhere (SIGKILL, as by a power cut), a sync resumes and ends in the same state."""

from __future__ import annotations

import os
import re
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


def failpoints():
    """Every failpoint that the engine names."""
    sources = (ROOT / "desktop" / "sync").glob("*.py")
    found = {
        name
        for source in sources
        for name in re.findall(r'failpoint\("([a-z_.]+)"\)', source.read_text(encoding="utf-8"))
    }
    elsewhere = ("repair.", "ask.", "retire.")  # other days have them: test_leaving_killed
    return sorted(name for name in found if not name.startswith(elsewhere))


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


def held(laptop):
    """What is seen, conflicts by what they say: their ids are made by the server."""
    return sorted(
        (kind, stream, version, sorted(f.items()) if kind == "customer" else f.get("mine"))
        for kind, stream, version, f in laptop.held().values()
    )


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    with FakeServer() as server:
        laptop = a_busy_day(server, tmp_path_factory.mktemp("calm"))
        report = laptop.sync()
        found = held(laptop)
        laptop.replica.close()
    assert (report.sent, report.conflicts, report.verified) == (5, 1, True)
    return found


@pytest.mark.parametrize("failpoint", failpoints())
def test_killed_at_each_failpoint_resumes(tmp_path, undisturbed, failpoint):
    with FakeServer() as server:
        laptop = a_busy_day(server, tmp_path)
        laptop.replica.close()
        if failpoint.startswith(("fork.", "incarnation.")):
            server.epoch = "another"
        code, stderr = run_sync(laptop, failpoint)
        assert code == -signal.SIGKILL, stderr
        laptop.reopen()
        assert laptop.sync().verified
        assert held(laptop) == undisturbed
        assert laptop.verify(full=True).outcome == "equal"
        assert sum(rec.fields.get("name") == "Somebody" for rec in server.records.values()) == 1
        laptop.replica.close()


def test_killed_in_a_repair_resumes(tmp_path):
    with FakeServer() as server:
        laptop = a_busy_day(server, tmp_path)
        laptop.sync()
        laptop.write("DELETE FROM visit")
        laptop.write("UPDATE cursor SET live = 0, digest = ?", "0" * 32)
        laptop.replica.close()
        for failpoint in ("repair.before_commit", "repair.committed"):
            code, stderr = run_sync(laptop, failpoint)
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


def test_the_engine_names_its_commit_boundaries():
    assert {"number.committed", "settle.before_commit", "page.before_commit"} <= set(failpoints())
