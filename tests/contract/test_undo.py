"""Undo against the real server: what is withdrawn leaves no trace, and both sides stay equal."""

from __future__ import annotations

import random

from crm.domain.errors import NotFound, Refused
from desktop.services.undo import Action, redo, undo
from server.exchange import read
from tests.helpers.stores import database_url  # noqa: F401 - a fixture

STEPS = 90


class Hand:
    """One manager at one laptop who acts, undoes, redoes and syncs in any order."""

    def __init__(self, laptop, dice):
        self.laptop, self.dice = laptop, dice
        self.actions, self.undone, self.refused = [], [], 0

    def step(self):
        what = self.dice.choice([self.act] * 4 + [self.undo] * 3 + [self.redo, self.laptop.sync])
        try:
            what()
        except (Refused, NotFound):
            self.refused += 1

    def act(self):
        with self.laptop.replica.unit_of_work() as uow:
            with uow.group():
                self.dice.choice([self.create, self.visit, self.edit, self.edit, self.delete])(uow)
            action = Action.of(uow)
            uow.commit()
        self.actions += [action] if action else []

    def create(self, uow):
        uow.create("customer", {"name": f"客户{self.dice.randrange(99)}"})

    def visit(self, uow):
        visit = uow.create("visit", {"state": "completed", "on": "2026-03-18"}, parent=self.some())
        uow.edit(visit, {"summary": "存款"})

    def edit(self, uow):
        fields = {self.dice.choice(["village", "note"]): f"值{self.dice.randrange(9)}"}
        uow.edit(self.some(), fields)

    def delete(self, uow):
        if self.dice.random() < 0.3:
            uow.delete(self.some())

    def some(self):
        found = sorted(i for i, held in self.laptop.held().items() if held[0] == "customer")
        if not found:
            raise NotFound("record.unknown")
        return self.dice.choice(found)

    def undo(self):
        if self.actions:
            action = self.actions.pop(self.dice.choice([-1, -1, self.dice.randrange(-3, 0)]))
            self.undone.append(undo(self.laptop.replica.unit_of_work, action))

    def redo(self):
        if self.undone:
            self.actions.append(redo(self.laptop.replica.unit_of_work, self.undone.pop()))


def test_days_with_undo_end_equal_on_both_sides(new_server, new_laptop, seed):
    dice = random.Random(seed)
    server = new_server()
    person = server.person("first")
    hands = [Hand(new_laptop(server, person), dice) for _ in range(2)]
    for _ in range(STEPS):
        hand = dice.choice(hands)
        try:
            hand.step()
        except IndexError:  # fewer actions than the dice asked for
            continue
    for _ in range(2):
        reports = [hand.laptop.sync() for hand in hands]
    assert all(report.verified for report in reports)
    assert all(hand.laptop.verify(full=True).outcome == "equal" for hand in hands)
    assert not read.verify(server.exchange.database)[1]
    assert hands[0].laptop.held() == hands[1].laptop.held()
    for hand in hands:
        assert {op.state for op in hand.laptop.outbox()} <= {"echoed", "aside"}


def customers(laptop):
    return {record for record, held in laptop.held().items() if held[0] == "customer"}


def test_what_was_withdrawn_never_reaches_the_server(new_server, new_laptop):
    server = new_server()
    laptop = new_laptop(server, server.person("first"))
    who = laptop.create("customer", name="客户甲", village="石湾")
    laptop.sync()
    new_uow = laptop.replica.unit_of_work
    with new_uow() as uow:
        uow.edit(who, {"village": "大浦"})
        uow.create("customer", {"name": "客户乙"})
        action = Action.of(uow)
        uow.commit()
    undone = undo(new_uow, action)
    report = laptop.sync()
    assert (report.verified, customers(laptop)) == (True, {who})
    redo(new_uow, undone)
    assert laptop.sync().verified
    assert len(customers(laptop)) == 2
    assert laptop.fields(who)["village"] == "大浦"


def test_what_the_server_has_is_undone_by_an_edit_that_it_applies(new_server, new_laptop):
    server = new_server()
    laptop = new_laptop(server, server.person("first"))
    who = laptop.create("customer", name="客户甲", village="石湾")
    laptop.sync()
    new_uow = laptop.replica.unit_of_work
    with new_uow() as uow:
        uow.edit(who, {"village": "大浦"})
        action = Action.of(uow)
        uow.commit()
    laptop.sync()
    undone = undo(new_uow, action)
    laptop.sync()
    assert (laptop.fields(who)["village"], laptop.get(who).version) == ("石湾", 3)
    redo(new_uow, undone)
    assert laptop.sync().verified
    assert laptop.fields(who)["village"] == "大浦"
