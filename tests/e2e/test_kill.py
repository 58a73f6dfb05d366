"""SIGKILL of either side at random moments of the day's last sync, and running it again."""

from __future__ import annotations

import json
import random
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from server.store import tables
from server.store.database import Database
from tests.helpers import day as days
from tests.helpers.commands import Laptop, finish

CUSTOMERS = 300
MOMENTS = 10
AGAIN = 4


@dataclass(frozen=True)
class Evening:
    """Everything as it stood before the last sync, copied for each trial."""

    day: days.Day
    folder: Path
    databases: object = None  # the PostgreSQL server, or None for SQLite
    template: str = ""

    def trial(self, name):
        """Return this evening again, in folders (and a database) of its own."""
        target = self.folder.parent / name
        shutil.copytree(self.folder, target)
        settings = target / "server" / "server.json"
        held = json.loads(settings.read_text())
        if self.databases is not None:
            held["database"] = self.databases.url(self.databases.create_database(self.template))
        else:
            held["database"] = f"sqlite:///{target / 'server' / 'server.db'}"
        settings.write_text(json.dumps(held))
        server = replace(self.day.server, data=target / "server", process=None)
        return replace(
            self.day, server=server, mine=Laptop(target / "mine"), deputy=Laptop(target / "deputy")
        )


@pytest.fixture(params=["sqlite", "postgresql"])
def evening(request, tmp_path):
    folder = tmp_path / "evening"
    folder.mkdir()
    if request.param == "sqlite":
        day = days.live(folder, seed=7, count=CUSTOMERS)
        day.server.stop()
        return Evening(day, folder)
    databases = request.getfixturevalue("postgresql_server")
    template = databases.create_database()
    day = days.live(folder, seed=7, count=CUSTOMERS, database=databases.url(template))
    day.server.stop()
    return Evening(day, folder, databases, template)


def state(day):
    """Return all that the server holds and told: records, revisions, receipts."""
    held = json.loads((day.server.data / "server.json").read_text())
    database = Database(held["database"])
    wanted = {
        "records": sa.select(tables.record).order_by(tables.record.c.id),
        "revisions": sa.select(
            tables.revision.c.record, tables.revision.c.version, tables.revision.c.operation
        ).order_by(tables.revision.c.record, tables.revision.c.version),
        "receipts": sa.select(
            tables.receipt.c.operation, tables.receipt.c.outcome, tables.receipt.c.version
        ).order_by(tables.receipt.c.operation),
    }
    with database.snapshot() as connection:
        found = {n: [tuple(r) for r in connection.execute(q)] for n, q in wanted.items()}
    database.dispose()
    return found


def finish_the_sync(day):
    """Sync until nothing is left to do; check that both laptops and the server agree."""
    for _ in range(AGAIN):
        outcome = day.mine.try_("sync")
        assert outcome.code in (0, 1), outcome
        if outcome.answer["outcome"] == "complete" and outcome.answer["requests"] == 1:
            break
    assert outcome.answer["requests"] == 1
    assert day.mine.run("verify", "--full")["outcome"] == "equal"
    assert day.server.run("verify")["verified"]


def test_killed_at_random_moments_a_sync_ends_as_if_nothing_had_happened(evening, seed):
    dice = random.Random(seed)
    calm = evening.trial("calm")
    calm.server.serve()
    started = time.monotonic()
    assert calm.mine.run("sync", code=1)["conflicts"] == 1
    length = time.monotonic() - started
    finish_the_sync(calm)
    calm.server.stop()
    expected = state(calm)

    for number in range(MOMENTS):
        day = evening.trial(f"trial-{number}")
        day.server.serve()
        moment, side = dice.uniform(0.2, 1.05) * length, ("laptop", "server")[number % 2]
        process = day.mine.start("sync")
        with suppress(subprocess.TimeoutExpired):
            process.wait(moment)
        if side == "laptop":
            process.kill()
            finish(process)
        else:
            day.server.stop(signal.SIGKILL)
            outcome = finish(process)
            assert outcome.code in (0, 1, 7), outcome
            day.server.serve()
        finish_the_sync(day)
        day.server.stop()
        assert state(day) == expected, (side, moment, length)
        shutil.rmtree(day.server.data.parent)
