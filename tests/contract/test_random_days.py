"""Random days of several laptops on the real server: everything ends told, equal and once."""

from __future__ import annotations

import random
from collections import Counter

from crm.domain.errors import NotFound, Refused
from server.exchange import accounts, read
from server.store import people, records, tables
from tests.helpers.stores import database_url  # noqa: F401 - a fixture

STEPS = 160
FIELDS = ("occupation", "village", "note", "phone")
FINAL = {"applied", "nothing", "conflict", "diverted", "quarantined", "refused"}


class Days:
    """Two managers, a deputy and a second laptop, doing whatever the dice say."""

    def __init__(self, server, new_laptop, dice):
        self.server, self.dice, self.saved, self.done = server, dice, [], Counter()
        self.first, self.second = server.person("first"), server.person("second")
        self.deputy = server.person("deputy", deputy_of="first")
        owners = [self.first, self.first, self.second, self.deputy]
        self.laptops = [new_laptop(server, owner) for owner in owners]
        self.actions = [self.create, self.child, *[self.edit] * 4, self.delete]
        self.actions += [*[self.sync] * 4, self.settle, self.move, self.server_edit, self.deputise]

    def step(self):
        action = self.dice.choice(self.actions)
        try:
            action(self.dice.choice(self.laptops))
            self.done[action.__name__] += 1
        except (NotFound, Refused):  # nothing there to do it to, or not granted (any more)
            self.done["not possible"] += 1

    def some(self, laptop, kind):
        found = sorted(i for i, held in laptop.held().items() if held[0] == kind)
        if not found:
            raise NotFound("record.unknown")
        return self.dice.choice(found)

    def create(self, laptop):
        name, phone = f"客户{self.dice.randrange(40)}", f"+8615400000{self.dice.randrange(10):03}"
        home = accounts.portfolio(self.first if laptop.user == self.deputy else laptop.user)
        laptop.create("customer", home=home, name=name, phone=phone)

    def child(self, laptop):
        customer = self.some(laptop, "customer")
        laptop.create("visit", customer, state="completed", on="2026-03-18")

    def edit(self, laptop):
        field = self.dice.choice(FIELDS)
        value = f"+8615400000{self.dice.randrange(10):03}" if field == "phone" else "值%d"
        laptop.edit(
            self.some(laptop, "customer"),
            **{field: value % self.dice.randrange(9) if "%" in value else value},
        )

    def delete(self, laptop):
        if self.dice.random() < 0.5:
            laptop.delete(self.some(laptop, self.dice.choice(["customer", "visit"])))

    def settle(self, laptop):
        conflict = self.some(laptop, "conflict")
        laptop.edit(conflict, state=self.dice.choice(["mine", "theirs"]))

    def sync(self, laptop):
        laptop.sync()

    def move(self, laptop):
        self.server.move(self.some(laptop, "customer"), self.dice.choice([self.first, self.second]))

    def server_edit(self, laptop):
        self.server.hand.edit(self.some(laptop, "customer"), {"note": f"总行{self.dice.random()}"})

    def deputise(self, _):
        """The deputy's grant ends, or begins anew."""
        exchange, stream = self.server.exchange, accounts.portfolio(self.first)
        with exchange.database.snapshot() as connection:
            grants = people.grants(connection, self.deputy)
        if any(g.stream == stream and g.until is None for g in grants):
            accounts.end_grant(exchange, accounts.find(exchange, "deputy"), stream)
            return
        with exchange.database.writing() as connection:
            people.add_grant(
                connection,
                id=accounts.new_id(),
                person=self.deputy,
                stream=stream,
                write=True,
                since=exchange.now(),
                until=None,
            )


def test_random_days_end_equal_and_every_operation_is_told(new_server, new_laptop, seed):
    dice = random.Random(seed)
    server = new_server()
    days = Days(server, new_laptop, dice)
    for _ in range(STEPS):
        days.step()
    for _ in range(2):  # the second round brings what the others sent in the first
        reports = [laptop.sync() for laptop in days.laptops]

    assert all(report.verified for report in reports), days.done
    assert all(laptop.verify(full=True).outcome == "equal" for laptop in days.laptops)
    _, faults = read.verify(server.exchange.database)
    assert not faults
    assert days.laptops[0].held() == days.laptops[1].held()
    told = receipts(server)
    for laptop in days.laptops:
        assert open_conflicts_shown(laptop) == open_conflicts_granted(server, laptop.user)
        for op in laptop.outbox():
            assert op.state in ("echoed", "aside"), (op.verb, op.state)
            assert told[op.id] == op.outcome
            assert op.outcome in FINAL
    usual = days.actions[:-4] + days.actions[-3:]  # settling needs a conflict to be there
    assert all(days.done[action.__name__] for action in usual), days.done


def open_conflicts_shown(laptop):
    with laptop.replica.reader() as reader:
        return {held.id for held in reader.open_conflicts()}


def open_conflicts_granted(server, person):
    """What waits for a decision in the streams that somebody may read, beside graves too."""
    with server.exchange.database.snapshot() as connection:
        granted = {g.stream for g in people.grants(connection, person) if g.until is None}
        found = records.of_kind(connection, "conflict", granted)
    return {record.id for record in found if record.fields["state"] == "open"}


def receipts(server):
    with server.exchange.database.snapshot() as connection:
        rows = connection.execute(tables.receipt.select())
        return {row.operation: row.outcome for row in rows}
