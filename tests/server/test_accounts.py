"""People and their grants: what each role may touch, and that a refusal adds nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from argon2 import PasswordHasher

from crm.domain.errors import NotFound, Refused
from crm.domain.ids import new_id
from server.exchange import accounts
from server.exchange.accounts import NewPerson, portfolio
from server.store import people

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "four relay horses"


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch):
    """Real hashes at the least cost: these tests are about what stands beside them."""
    monkeypatch.setattr(accounts, "_hasher", CHEAP)


@pytest.fixture
def branch(world):
    """A branch with its record."""
    branch = new_id()
    world.hand().create("branch", {"name": "Made Up"}, record=branch, home=f"branch:{branch}")
    return branch


def add(world, branch, role, login=None, deputy_of=None, **more):
    login = login or f"{role.replace('_', '-')}-{new_id()[-6:]}"
    values = {"name": "Made Up", "password": PASSWORD, **more}
    new = NewPerson(login=login, role=role, branch=branch, **values)
    deputised = accounts.find(world.exchange, deputy_of) if deputy_of else None
    return accounts.add_person(world.exchange, world.hand(), new, deputised)


def granted(world, person):
    with world.database.snapshot() as connection:
        grants = people.grants(connection, person)
    return {g.stream: "write" if g.write else "read" for g in grants if g.until is None}


def test_a_manager_keeps_a_portfolio(world, branch):
    manager = add(world, branch, "manager")
    assert granted(world, manager) == {
        "bank": "read",
        f"branch:{branch}": "read",
        portfolio(manager): "write",
    }
    assert world.record(manager).fields["role"] == "manager"
    assert world.record(manager).stream == f"branch:{branch}"


def test_a_deputy_writes_in_the_portfolio_of_the_one_deputised_for(world, branch):
    manager = add(world, branch, "manager", login="horse")
    deputy = add(world, branch, "manager", deputy_of="horse")
    assert granted(world, deputy)[portfolio(manager)] == "write"
    assert portfolio(deputy) not in granted(world, manager)


def test_a_branch_lead_reads_the_portfolios_of_the_branch_whoever_comes_first(world, branch):
    before = add(world, branch, "manager")
    lead = add(world, branch, "branch_lead")
    after = add(world, branch, "manager")
    elsewhere = new_id()
    world.hand().create("branch", {"name": "Other"}, record=elsewhere, home=f"branch:{elsewhere}")
    stranger = add(world, elsewhere, "manager")
    held = granted(world, lead)
    assert (held[portfolio(before)], held[portfolio(after)]) == ("read", "read")
    assert held[f"branch:{branch}"] == "write"
    assert portfolio(stranger) not in held


def test_a_lead_who_stood_in_for_a_manager_reads_on(world, branch):
    add(world, branch, "manager", login="horse")
    lead = add(world, branch, "branch_lead")
    principal = accounts.find(world.exchange, "horse")
    with world.database.snapshot() as connection:
        deputy = people.person_with(connection, lead)

    def open_ones():
        with world.database.snapshot() as connection:
            held = people.grants_at(connection, lead, world.exchange.now())
        stream = portfolio(principal.id)
        return sorted(g.write for g in held if g.stream == stream and g.until is None)

    since, until = world.exchange.now(), "2999-01-01T00:00:00.000Z[+00:00]"
    accounts.deputise(world.exchange, deputy, principal, since=since, until=until)
    assert open_ones() == [False, True]
    world.clock.pass_time(timedelta(days=1))
    accounts.end_deputyship(world.exchange, deputy, principal)
    assert open_ones() == [False]
    with pytest.raises(NotFound, match=r"deputy\.none"):
        accounts.end_deputyship(world.exchange, deputy, principal)


def test_sealed_complaints_are_for_complaint_officers_only(world, branch):
    officer = add(world, branch, "complaint_officer")
    others = [add(world, branch, role) for role in ("manager", "branch_lead", "administrator")]
    assert granted(world, officer)[f"cases:{branch}"] == "write"
    assert not any(f"cases:{branch}" in granted(world, other) for other in others)


def test_an_ended_grant_is_closed_and_never_deleted(world, branch):
    add(world, branch, "manager", login="horse")
    manager = accounts.find(world.exchange, "horse")
    accounts.end_grant(world.exchange, manager, portfolio(manager.id))
    assert portfolio(manager.id) not in granted(world, manager.id)
    with world.database.snapshot() as connection:
        closed = [g for g in people.grants(connection, manager.id) if g.until is not None]
    assert [g.stream for g in closed] == [portfolio(manager.id)]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"login": "Horse"}, "person.login"),
        ({"login": "a b"}, "person.login"),
        ({"login": "x" * 41}, "person.login"),
        ({"role": "king"}, "person.role"),
        ({"password": "short"}, "password.short"),
        ({"password": "aaaabbbb"}, "password.short"),
        ({"name": "x" * 61}, "field.too_long"),
        ({"branch": new_id()}, "record.unknown"),
    ],
)
def test_a_person_who_is_refused_is_not_half_added(world, branch, wrong, code):
    values = {"branch": branch, "role": "manager", "login": "horse", **wrong}
    with pytest.raises((Refused, NotFound)) as refused:
        add(world, values.pop("branch"), values.pop("role"), **values)
    assert refused.value.code == code
    with world.database.snapshot() as connection:
        assert people.people(connection) == []
    assert [r.kind for r in world.live(f"branch:{branch}")] == ["branch"]


def test_a_login_is_given_once(world, branch):
    add(world, branch, "manager", login="horse")
    with pytest.raises(Refused, match=r"person\.exists"):
        add(world, branch, "manager", login="horse")


def test_nobody_is_found_by_a_login_that_nobody_has(world):
    with pytest.raises(NotFound, match=r"person\.unknown"):
        accounts.find(world.exchange, "horse")
