"""The real server, and real laptops that speak to it over HTTP."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from crm.domain.kinds import SCHEMA
from desktop.storage.migrations import MIGRATIONS
from server.exchange import accounts
from tests.helpers.fakes import Laptop
from tests.helpers.live_server import LiveServer


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch):
    """Hash passwords with little work: what is proved here does not hang on it."""
    light = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(accounts, "_hasher", light)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request):
    return None if request.param == "sqlite" else request.getfixturevalue("laid_out_postgresql")


@pytest.fixture
def new_server(tmp_path, database_url):
    opened = []

    def make(schema=SCHEMA, **more):
        server = LiveServer(tmp_path / "server", schema, database_url, **more)
        opened.append(server)
        return server.__enter__()

    yield make
    for server in opened:
        server.__exit__()


@pytest.fixture
def new_laptop(tmp_path):
    made = []

    def make(server, user, schema=SCHEMA, migrations=MIGRATIONS):
        laptop = Laptop(
            tmp_path / f"laptop{len(made)}", server, user, schema, migrations, deadline_s=60
        )
        made.append(laptop)
        return laptop

    yield make
    for laptop in made:
        laptop.replica.close()
