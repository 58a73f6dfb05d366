"""A fake server with one manager and his portfolio, and laptops on it."""

from __future__ import annotations

import pytest

from tests.helpers.fake_server import FakeServer
from tests.helpers.fakes import Laptop

HOME = "portfolio:manager"


@pytest.fixture
def server():
    with FakeServer() as server:
        server.grants["manager"] = {"bank": False, HOME: True}
        yield server


@pytest.fixture
def new_laptop(tmp_path, server):
    made = []

    def make(user="manager", **how):
        laptop = Laptop(tmp_path / f"laptop{len(made)}", server, user=user, **how)
        made.append(laptop)
        return laptop

    yield make
    for laptop in made:
        laptop.replica.close()


@pytest.fixture
def laptop(new_laptop):
    return new_laptop()
