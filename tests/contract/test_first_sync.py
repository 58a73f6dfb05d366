"""A first sync is bounded, and what has come can be used before it ends (guarantee 17)."""

from __future__ import annotations

import pytest

from crm.domain.errors import Cancelled
from crm.domain.ids import new_id
from desktop.services.progress import Progress
from desktop.sync import pull
from tests.helpers.fakes import Laptop
from tests.helpers.live_server import LiveServer

CUSTOMERS, VISITS, PAGE = 1200, 2, 300


@pytest.fixture(scope="module")
def branch(tmp_path_factory):
    """A server whose manager keeps customers with visits, made once."""
    with LiveServer(tmp_path_factory.mktemp("branch") / "server") as server:
        user = server.person("lihua")
        home = f"portfolio:{user}"
        hand = server.hand
        page = []
        for number in range(CUSTOMERS):
            customer = new_id()
            fields = {"name": f"练习{number:05}", "village": "王家村"}
            page.append(hand.operation("create", "customer", customer, fields, home=home))
            for _ in range(VISITS):
                visit = {"state": "planned", "on": "2026-03-20"}
                page.append(hand.operation("create", "visit", new_id(), visit, parent=customer))
        assert {result.outcome for result in hand.push(page)} == {"applied"}
        yield server, user


def stops_at(records):
    """A progress that is cancelled once so many records are here."""

    def report(done, _):
        if done >= records:
            progress.cancel()

    progress = Progress(report)
    return progress


def test_first_sync_is_bounded_and_early(branch, tmp_path, monkeypatch):
    """Customers come first: after a third of the records each of them is listed, found, opened,
    edited; no page is larger than asked for; the rest goes on from there and nothing comes twice.
    """
    server, user = branch
    monkeypatch.setattr(pull, "PAGE_RECORDS", PAGE)
    laptop = Laptop(tmp_path / "laptop", server, user, deadline_s=60)
    with pytest.raises(Cancelled):
        laptop.sync(stops_at(CUSTOMERS))

    with laptop.replica.reader() as reader:
        listed = reader.customers(limit=CUSTOMERS + 1)
        assert len(listed) == CUSTOMERS
        found = reader.find(str(listed[7].fields["name"]))
        assert [hit.id for hit in found] == [listed[7].id]
        assert reader.get(listed[-1].id).fields["village"] == "王家村"
        assert len(reader.with_values("visit")) <= PAGE  # the page on its way
    laptop.edit(listed[0].id, note="先用起来")

    brought = laptop.sync().received
    assert brought <= CUSTOMERS * VISITS + PAGE
    assert laptop.verify(full=True).outcome == "equal"
    assert laptop.fields(listed[0].id)["note"] == "先用起来"
    with laptop.replica.reader() as reader:
        assert len(reader.with_values("visit")) == CUSTOMERS * VISITS
    laptop.replica.close()
