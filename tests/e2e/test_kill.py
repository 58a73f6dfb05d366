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

from desktop.app.profiles import Profile, open_replica, sync_engine
from server.exchange import read
from server.store import tables
from server.store.database import Database
from tests.helpers import day as days
from tests.helpers.commands import Laptop, finish

CUSTOMERS = 120
MOMENTS = 6
MOMENTS_IN_THE_LONG_RUN = 12
MOST = 24  # where the machine went faster than when it was timed, and nothing was interrupted
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


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
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


def opened(day):
    held = json.loads((day.server.data / "server.json").read_text())
    return Database(held["database"])


def state(day):
    """Return all that the server holds and told: records, revisions, receipts."""
    database = opened(day)
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
    """Sync until nothing is left to do; check that laptop and server agree, from content."""
    for _ in range(AGAIN):
        outcome = day.mine.try_("sync")
        assert outcome.code in (0, 1), outcome
        if outcome.answer["outcome"] == "complete":
            break
    assert outcome.answer["outcome"] == "complete"
    profile = Profile(day.mine.profile)
    replica = open_replica(profile, day.mine.passphrase)
    try:
        assert sync_engine(profile, replica).verify(full=True).outcome == "equal"
        assert sync_engine(profile, replica).sync().requests == 1
    finally:
        replica.close()
    database = opened(day)
    assert read.verify(database)[1] == []
    database.dispose()


def last_heard(day):
    """Return when the server last heard a hello, by its own book."""
    database = opened(day)
    with database.snapshot() as connection:
        heard = connection.execute(sa.select(sa.func.max(tables.incarnation.c.seen_at))).scalar()
    database.dispose()
    return heard


def synced_until_heard(day):
    """Start a sync; return its process as soon as the server has heard of it."""
    before = last_heard(day)
    process = day.mine.start("sync")
    for _ in range(2000):
        if last_heard(day) != before or process.poll() is not None:
            break
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.005)
    return process


def calm_end(evening):
    """Let the sync pass undisturbed; return (seconds after the first hello, the state it left)."""
    calm = evening.trial("calm")
    calm.server.serve()
    process = synced_until_heard(calm)
    started = time.monotonic()
    outcome = finish(process)
    length = time.monotonic() - started
    assert (outcome.code, outcome.answer["conflicts"]) == (1, 1)
    finish_the_sync(calm)
    calm.server.stop()
    return length, state(calm)


def test_killed_at_random_moments_a_sync_ends_as_if_nothing_had_happened(evening, seed):
    dice = random.Random(seed)
    length, expected = calm_end(evening)
    interrupted = {"laptop": 0, "server": 0}
    least = MOMENTS if evening.databases is None else MOMENTS_IN_THE_LONG_RUN
    for number in range(MOST):
        if number >= least and min(interrupted.values()) > 0:
            break
        day, side = evening.trial(f"trial-{number}"), ("laptop", "server")[number % 2]
        day.server.serve()
        process, moment = synced_until_heard(day), dice.uniform(0, length)
        with suppress(subprocess.TimeoutExpired):
            process.wait(moment)
        if side == "laptop":
            interrupted[side] += process.poll() is None
            process.kill()
            finish(process)
        else:
            day.server.stop(signal.SIGKILL)
            outcome = finish(process)
            assert outcome.code in (0, 1, 7), outcome
            interrupted[side] += outcome.code == 7
            day.server.serve()
        finish_the_sync(day)
        day.server.stop()
        assert state(day) == expected, (side, moment, length)
        shutil.rmtree(day.server.data.parent)
    assert min(interrupted.values()) > 0, (interrupted, length)
