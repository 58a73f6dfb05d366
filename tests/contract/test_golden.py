"""What earlier parts left on laptops and servers is brought forward whole, also when killed."""

from __future__ import annotations

import signal
import subprocess
import sys
from functools import partial

import orjson
import pytest
import sqlalchemy as sa

from crm.domain.kinds import SCHEMA
from desktop.storage.migrations import MIGRATIONS
from desktop.storage.tables import Tables
from server.exchange import read
from server.store.database import Database
from server.store.schema import require_current, upgrade
from tests.helpers.golden import (
    PARTS,
    REVISION,
    copy_replica,
    expected,
    golden_laptop,
    lay_out_server,
)
from tests.helpers.live_server import LiveServer

STEPS_GONE = {"part1": 2, "part2": 4, "part3": 13}
DIE = """
import os, signal, sys
from pathlib import Path
from desktop.storage import migrations
from desktop.storage.replica import FILE_NAME, Replica
from crm.domain.kinds import SCHEMA
from tests.helpers.fakes import a_key

folder, place = Path(sys.argv[1]), int(sys.argv[2])

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

steps = list(migrations.MIGRATIONS)
Replica.open(folder / FILE_NAME, a_key(), SCHEMA, migrations=[*steps[:place], die, *steps[place:]])
"""
DIE_UPGRADING = """
import os, signal, sys
from server.store import schema
from server.store.database import Database
from alembic import command

real = command.upgrade

def upgrade_and_die(*given):
    real(*given)
    os.kill(os.getpid(), signal.SIGKILL)

command.upgrade = upgrade_and_die
schema.upgrade(Database(sys.argv[1]))
"""


def died(code, *arguments):
    """Run code that kills its own process; tell whether it came to that."""
    ended = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        timeout=60,
        check=False,
    )
    return ended.returncode == -signal.SIGKILL, ended.stderr.decode()


def told(laptop):
    held = orjson.loads(orjson.dumps(laptop.held()))
    outbox = [[o.id, o.verb, o.record, o.state, o.outcome] for o in laptop.outbox()]
    return {"held": held, "outbox": outbox}


def is_as_expected(part, laptop):
    assert told(laptop) == expected(part)
    with laptop.replica.transaction() as tx:
        present = {
            row[0]
            for row in tx._connection.exec_driver_sql(
                "SELECT name FROM sqlite_master WHERE type = 'table'"
            )
        }
    assert set(Tables(SCHEMA).metadata.tables) <= present


def test_there_are_golden_databases_of_each_finished_part():
    assert {"part1", "part2", "part3"} <= set(PARTS)
    assert set(PARTS) == set(STEPS_GONE) == set(REVISION)


@pytest.mark.parametrize("part", PARTS)
def test_an_earlier_parts_replica_opens_with_all_that_it_held(tmp_path, part):
    laptop = golden_laptop(part, tmp_path)
    is_as_expected(part, laptop)
    laptop.replica.close()


@pytest.mark.parametrize("part", PARTS)
def test_a_replica_killed_in_the_midst_of_its_migration_is_as_it_was_and_goes_on(tmp_path, part):
    folder = copy_replica(part, tmp_path)
    gone = STEPS_GONE[part]
    for place in sorted({gone, (gone + len(MIGRATIONS)) // 2, len(MIGRATIONS)}):
        killed, said = died(DIE, folder, place)
        assert killed, said
    laptop = golden_laptop(part, None, folder=folder)
    is_as_expected(part, laptop)
    laptop.replica.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request):
    return None if request.param == "sqlite" else request.getfixturevalue("postgresql")


def url_of(folder, store_url):
    return store_url or f"sqlite:///{folder / 'server.db'}"


@pytest.mark.parametrize("part", PARTS)
def test_a_server_killed_in_the_midst_of_its_migration_is_as_it_was_and_goes_on(
    tmp_path, part, store_url
):
    lay_out_server(part, tmp_path, store_url)
    url = url_of(tmp_path, store_url)
    before = records_of(url)
    killed, said = died(DIE_UPGRADING, url)
    assert killed, said
    assert records_of(url) == before

    database = Database(url)
    upgrade(database)
    require_current(database)
    streams, faults = read.verify(database)
    database.dispose()
    assert (streams > 0, faults) == (True, [])
    assert records_of(url) == before


def records_of(url):
    database = Database(url)
    with database.snapshot() as connection:
        rows = connection.execute(
            sa.text("SELECT id, kind, stream, version, fields FROM record ORDER BY id")
        )
        found = [tuple(row) for row in rows]
    database.dispose()
    assert len(found) > 20
    return found


@pytest.mark.parametrize("part", PARTS)
def test_an_earlier_parts_laptop_meets_its_server_and_what_waited_lands(tmp_path, part, store_url):
    held = partial(lay_out_server, part)
    with LiveServer(tmp_path / "server", SCHEMA, store_url, held=held) as server:
        laptop = golden_laptop(part, tmp_path / "laptop", server=server)
        before = expected(part)
        report = laptop.sync()
        assert report.verified
        waited = [line for line in before["outbox"] if line[3] == "queued"]
        ended = {line.id: line.outcome for line in laptop.outbox()}
        assert len(waited) == 4
        assert {ended.get(line[0], "applied") for line in waited} == {"applied"}
        assert told(laptop)["held"].keys() == before["held"].keys()
        assert laptop.verify(full=True).outcome == "equal"
        laptop.replica.close()
