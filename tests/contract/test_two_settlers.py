"""Settling between real laptops and a real server: two settlers, undo, the loser's 90 days."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crm.domain.instants import instant_text, parse_instant
from crm.domain.kinds import SCHEMA
from desktop.services.conflicts import Choice, dispute_of, resolve_all
from desktop.services.undo import can_redo, can_undo, redo, undo
from server.exchange import losers, read
from server.exchange.accept import Exchange


@pytest.fixture
def database_url(request):
    return request.getfixturevalue("laid_out_postgresql") if getattr(request, "param", "") else None


ON_BOTH = pytest.mark.parametrize(
    "database_url", ["", "postgresql"], indirect=True, ids=["sqlite", "postgresql"]
)


@pytest.fixture
def server(new_server):
    return new_server()


@pytest.fixture
def pair(server, new_laptop):
    """A manager's laptop and a deputy's, and a customer whose village both have changed."""
    manager = server.person("first")
    deputy = server.person("second", deputy_of="first")
    one, other = new_laptop(server, manager), new_laptop(server, deputy)
    who = one.create("customer", name="客户甲", village="石湾")
    one.sync()
    other.sync()
    one.edit(who, village="大浦")
    other.edit(who, village="新塘")
    for laptop in (one, other, one):
        laptop.sync()
    one.who = other.who = who
    return one, other


def conflicts(laptop, state=None):
    with laptop.replica.reader() as reader:
        values = {} if state is None else {"state": state}
        return [dispute_of(held) for held in reader.with_values("conflict", **values)]


def settle(laptop, conflict, choice, written=""):
    made = resolve_all(
        laptop.replica.unit_of_work,
        SCHEMA,
        laptop.user,
        [Choice(conflict=conflict.id, choice=choice, written=written)],
    )
    assert not made.problems
    return made.action


def value(laptop):
    return laptop.fields(laptop.who)["village"]


def alike(server, *laptops):
    for laptop in (*laptops, *laptops):
        laptop.sync()
    assert all(laptop.verify().outcome == "equal" for laptop in laptops)
    assert not read.verify(server.exchange.database)[1]
    assert len({value(laptop) for laptop in laptops}) == 1


def test_a_conflict_names_the_computers_where_the_two_values_were_written(pair):
    one, _ = pair
    (found,) = conflicts(one)
    assert (found.mine, found.theirs) == ("新塘", "大浦")
    assert (found.mine_computer, found.theirs_computer) == ("test", "test")


@ON_BOTH
def test_two_who_settle_one_conflict_differently_are_told_and_one_of_them_decides(server, pair):
    one, other = pair
    (found,) = conflicts(one)
    settle(one, found, "theirs")
    settle(other, found, "mine")
    one.sync()
    report = other.sync()
    assert report.conflicts == 1
    one.sync()
    for laptop in pair:
        (second,) = conflicts(laptop, "open")
        assert (second.kind, second.record, second.field) == ("conflict", found.id, "state")
        assert (second.mine, second.theirs) == ("mine", "theirs")
    assert value(one) == value(other) == "新塘"  # the value has been written; both decisions stand
    settle(one, conflicts(one, "open")[0], "theirs")
    assert value(one) == "大浦"
    alike(server, one, other)
    assert not conflicts(one, "open")
    assert value(other) == "大浦"


def test_two_who_write_two_new_values_settle_them_as_any_other_two_values(server, pair):
    one, other = pair
    (found,) = conflicts(one)
    settle(one, found, "other", "东阳渡")
    settle(other, found, "mine")
    one.sync()
    other.sync()
    one.sync()
    about = {(c.kind, c.field) for c in conflicts(one, "open")}
    assert about == {("customer", "village"), ("conflict", "state")}
    (plain,) = [c for c in conflicts(one, "open") if c.kind == "customer"]
    settle(one, plain, "mine")
    assert not conflicts(one, "open")  # the question about the settling is answered with it
    alike(server, one, other)
    assert value(other) == "新塘"


def test_two_who_decide_alike_are_not_asked_again(server, pair):
    one, other = pair
    (found,) = conflicts(one)
    settle(one, found, "mine")
    other.now += timedelta(minutes=9)
    settle(other, found, "mine")
    alike(server, one, other)
    assert [c.state for c in conflicts(other)] == ["mine"]


@pytest.mark.parametrize("choice", ["mine", "theirs", "other"])
def test_what_was_settled_and_sent_is_undone_by_an_edit_that_travels(server, pair, choice):
    one, other = pair
    (found,) = conflicts(one)
    before = value(one)
    action = settle(one, found, choice, "东阳渡")
    after = value(one)
    one.sync()
    new_uow = one.replica.unit_of_work
    assert can_undo(new_uow, action)
    undone = undo(new_uow, action)
    alike(server, one, other)
    assert [c.state for c in conflicts(other)] == ["open"]
    assert conflicts(other)[0].settled_by is None
    assert value(other) == before
    assert can_redo(new_uow, undone)
    redo(new_uow, undone)
    alike(server, one, other)
    assert [c.state for c in conflicts(other)] == [choice]
    assert value(other) == after


def test_undo_is_not_offered_once_somebody_else_has_changed_the_value(pair):
    one, other = pair
    (found,) = conflicts(one)
    action = settle(one, found, "mine")
    one.sync()
    other.sync()
    other.edit(one.who, village="石鼓")
    other.sync()
    one.sync()
    assert not can_undo(one.replica.unit_of_work, action)
    assert value(one) == "石鼓"


def later(exchange, days):
    at = instant_text(parse_instant(exchange.now()) + timedelta(days=days))
    return Exchange(exchange.database, exchange.schema, lambda: at)


@ON_BOTH
def test_the_side_that_was_not_taken_is_kept_90_days_and_then_goes_everywhere(server, pair):
    one, other = pair
    (found,) = conflicts(one)
    settle(one, found, "mine")
    one.sync()
    assert losers.tidy(later(server.exchange, 89)).conflicts == 0
    assert losers.tidy(later(server.exchange, 91), dry_run=True).conflicts == 1
    assert [c.theirs for c in conflicts(one)] == ["大浦"]
    assert losers.tidy(later(server.exchange, 91)).conflicts == 1
    alike(server, one, other)
    assert conflicts(one) == conflicts(other) == []
    assert losers.tidy(later(server.exchange, 91)).conflicts == 0


def test_an_open_conflict_is_never_tidied_away(server, pair):
    assert losers.tidy(later(server.exchange, 4000)).conflicts == 0
    assert len(conflicts(pair[0], "open")) == 1
