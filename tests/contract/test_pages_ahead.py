"""Pages that are asked for before the one in front of them has come: a hint, never believed."""

from __future__ import annotations

import pytest

from desktop.sync import pull
from server.exchange import accounts, read
from tests.helpers.fakes import Laptop
from tests.helpers.live_server import LiveServer

CUSTOMERS = 23


@pytest.fixture
def server(tmp_path, monkeypatch):
    monkeypatch.setattr(pull, "PAGE_RECORDS", 5)
    with LiveServer(tmp_path / "server") as server:
        yield server


@pytest.fixture
def new_laptop(server, tmp_path):
    manager = server.person("manager")
    for number in range(CUSTOMERS):
        server.hand.create("customer", {"name": f"N{number}"}, home=accounts.portfolio(manager))
    made = []

    def make():
        made.append(Laptop(tmp_path / f"laptop{len(made)}", server=server, user=manager))
        return made[-1]

    yield make
    for laptop in made:
        laptop.replica.close()


def held(laptop):
    with laptop.replica.reader() as reader:
        return len(reader.customers(limit=100))


def test_hints_cost_no_request(new_laptop, monkeypatch):
    hinted, plain = new_laptop(), new_laptop()
    with_hints = hinted.sync()
    monkeypatch.setattr(read, "following", lambda _: None)
    without = plain.sync()
    assert with_hints.verified
    assert without.verified
    assert with_hints.requests == without.requests > CUSTOMERS / 5
    assert held(hinted) == held(plain) == CUSTOMERS


@pytest.mark.parametrize("lie", ["99:00000000-0000-7000-8000-000000000000", "nonsense", "-1", ""])
def test_a_hint_that_lies_costs_a_request_and_nothing_else(new_laptop, monkeypatch, lie):
    monkeypatch.setattr(read, "following", lambda _: lie)
    laptop = new_laptop()
    assert laptop.sync().verified
    assert held(laptop) == CUSTOMERS
