"""Guarantee 2: whatever a line repeats, delays or loses, every operation acts once."""

from __future__ import annotations

import random
from collections import Counter
from contextlib import suppress
from types import SimpleNamespace

import sqlalchemy as sa

from crm.domain.errors import ServerUnreachable
from desktop.sync.errors import Busy
from server.exchange import accounts, read
from server.store import records, tables
from tests.helpers.bad_middle import Middle, Reply

PUSH = "/v1/push"
PAGES = 4


class Echoes(Middle):
    """A line on which old pushes come again, before and behind newer ones, and replies get lost."""

    def __init__(self, url, dice):
        super().__init__(url)
        self.dice, self.heard, self.lost = dice, [], 0

    def ask(self, handler, body):
        if handler.path != PUSH:
            return super().ask(handler, body)
        self._again()
        reply = super().ask(handler, body)
        self.heard.append((SimpleNamespace(path=PUSH, headers=handler.headers), body))
        self._again()
        if not self.lost or self.dice.random() < 0.4:
            self.lost += 1
            return Reply(502, [("Content-Type", "text/html")], b"<html>Bad gateway</html>")
        return reply

    def _again(self):
        for handler, body in self.dice.choices(self.heard, k=min(3, len(self.heard))):
            super().ask(handler, body)


def test_replayed_reordered_pages_act_once(new_server, new_laptop, seed):
    dice = random.Random(seed)
    server = new_server()
    first = server.person("first")
    deputy = server.person("deputy", deputy_of="first")
    with Echoes(server.url, dice) as line:
        server.url = line.url
        laptops = [new_laptop(server, person) for person in (first, deputy)]
        made, edits = [], Counter()
        for _ in range(PAGES):
            for laptop in laptops:
                made.append(laptop.create("customer", home=accounts.portfolio(first), name="客户"))
                laptop.create("visit", made[-1], state="planned", on="2026-03-18")
                for n in range(3):
                    edits[made[-1]] += 1
                    laptop.edit(made[-1], note=f"第{n}次")
                synced(laptop)
        for laptop in laptops:
            synced(laptop)
    assert line.lost, "no reply was lost"
    assert line.heard
    check_once(server, laptops, made, edits)


def synced(laptop):
    """Sync until a sync gets through: on this line some do not, and say so."""
    for _ in range(20):
        with suppress(ServerUnreachable, Busy):
            if laptop.sync().outcome == "complete":
                return
    raise AssertionError("twenty syncs were not enough")


def check_once(server, laptops, made, edits):
    saved = {line.id: line.outcome for laptop in laptops for line in laptop.outbox()}
    assert set(saved.values()) == {"applied"}
    with server.exchange.database.snapshot() as connection:
        receipts = Counter(connection.execute(sa.select(tables.receipt.c.operation)).scalars())
        revised = Counter(connection.execute(sa.select(tables.revision.c.operation)).scalars())
        customers = {r.id: r for r in records.of_kind(connection, "customer")}
        visits = records.of_kind(connection, "visit")
        done = dict(
            connection.execute(sa.select(tables.incarnation.c.id, tables.incarnation.c.done)).all()
        )
    assert all(receipts[operation] == revised[operation] == 1 for operation in saved)
    assert customers.keys() == set(made)
    assert {i: c.version for i, c in customers.items()} == {i: 1 + edits[i] for i in made}
    assert all(c.fields["note"] == "第2次" for c in customers.values())
    assert len(visits) == len(made)
    numbers = [number for name, number in done.items() if not name.startswith("hand:")]
    assert sorted(numbers) == sorted(len(laptop.outbox()) for laptop in laptops)
    assert read.verify(server.exchange.database)[1] == []
