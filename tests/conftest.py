"""What every test may ask for: a seed that is told on failure, a PostgreSQL database."""

from __future__ import annotations

import os
import secrets
import sys

import pytest

from desktop.storage import engine as replica_engine
from server.store import database as server_database
from server.store.database import Database
from tests.helpers import commands
from tests.helpers.laid_out import CAREFUL, bring_up_to_date, without_fsync
from tests.helpers.postgres import NoPostgres, running_postgres
from tests.helpers.second_try import (  # noqa: F401 - hooks, and a fixture
    judge,
    pytest_runtest_makereport,
    pytest_runtest_protocol,
    pytest_terminal_summary,
)

# For the tests and the commands that they start: no window on anybody's screen, one language.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["YIZHAN_LANG"] = "en"
# Hundreds of processes are started: each shall find the modules compiled by the first.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


def pytest_collection_modifyitems(items):
    """Mark what needs PostgreSQL, so that `-m "not postgresql"` leaves it out."""
    for item in items:
        if "postgresql_server" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.postgresql)


@pytest.fixture
def seed(request):
    """A random number to seed with; a failing test tells it. YIZHAN_SEED=n repeats a run."""
    chosen = int(os.environ.get("YIZHAN_SEED") or secrets.randbelow(10**9))
    request.node.add_report_section("setup", "seed", f"repeat with YIZHAN_SEED={chosen}")
    return chosen


def postgresql_is_owed():
    """Tell whether a missing server is a failure: in CI, or where it was asked for."""
    return os.environ.get("CI") == "true" or os.environ.get("YIZHAN_NEED_POSTGRESQL") == "1"


@pytest.fixture(scope="session")
def postgresql_server():
    """One real server for the run (one a worker under xdist)."""
    try:
        with running_postgres() as server:
            yield server
    except NoPostgres as missing:
        if postgresql_is_owed():
            pytest.fail(str(missing), pytrace=False)
        pytest.skip(str(missing))


@pytest.fixture(scope="session", autouse=True)
def quick_disk():
    """Nothing waits for the disk to have written."""
    without_fsync()


@pytest.fixture(scope="session", autouse=True)
def quick_commands():
    """Commands are copies of a process that has them loaded, where the system has such."""
    commands.Copies.wanted = sys.platform == "linux"


@pytest.fixture
def careful_disk(monkeypatch):
    """The product's own settings of its files again, for who asks about them."""
    monkeypatch.setattr(replica_engine, "_PRAGMAS", CAREFUL[0])
    monkeypatch.setattr(server_database, "SQLITE_PRAGMAS", CAREFUL[1])


@pytest.fixture
def postgresql(postgresql_server):
    """The SQLAlchemy URL of an empty database of the test's own."""
    name = postgresql_server.create_database()
    yield postgresql_server.url(name)
    postgresql_server.drop_database(name)


@pytest.fixture(scope="session")
def laid_out_template(postgresql_server):
    """The name of a database of today's schema to make others from; nobody may be in it."""
    name = postgresql_server.create_database()
    database = Database(postgresql_server.url(name))
    bring_up_to_date(database)
    database.dispose()
    return name


@pytest.fixture
def laid_out_postgresql(postgresql_server, laid_out_template):
    """As `postgresql`, with the tables of a server and no server in it."""
    name = postgresql_server.create_database(laid_out_template)
    yield postgresql_server.url(name)
    postgresql_server.drop_database(name)
