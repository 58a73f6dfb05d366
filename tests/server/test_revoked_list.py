"""The list of lost and retired devices outlives the database."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from crm.domain.errors import Damaged
from crm.domain.ids import new_id
from server.exchange import accounts, revoking
from server.store import outside, people
from server.store import tables as t
from server.store.outside import Revoked


@pytest.fixture
def device(world):
    """Return (enrolment, token) of a new manager's device."""
    with world.database.snapshot() as connection:
        known = {p.id for p in people.people(connection)}
    person = world.person()
    assert person not in known
    with world.database.snapshot() as connection:
        found = next(p for p in people.people(connection) if p.id == person)
    made = accounts.enrol(
        world.exchange, found, device="test", incarnation=new_id(), baton=new_id()
    )
    return made.enrolment, made.token


def state_of(world, enrolment):
    with world.database.snapshot() as connection:
        return people.enrolment_state(connection, enrolment)


def carry_out(world, folder):
    with world.database.writing() as connection:
        return revoking.carry_out(world.database, connection, folder)


def test_a_lost_device_stays_lost_when_the_database_has_forgotten_it(world, device, tmp_path):
    enrolment, token = device
    assert revoking.revoke(world.exchange, tmp_path, enrolment, "lost")
    assert state_of(world, enrolment) == "lost"
    with world.database.writing() as connection:  # as an older dump would have it
        connection.execute(sa.update(t.enrolment).values(state="active"))
    assert carry_out(world, tmp_path) == 1
    assert state_of(world, enrolment) == "lost"
    assert carry_out(world, tmp_path) == 0
    with pytest.raises(Exception, match=r"device\.lost"):
        accounts.enrolled_device(world.exchange, token)


def test_a_device_that_the_database_never_knew_is_lost_all_the_same(world, device, tmp_path):
    enrolment, token = device
    revoking.revoke(world.exchange, tmp_path, enrolment, "lost")
    with world.database.writing() as connection:  # enrolled, and its person added, after the dump
        for table in (t.incarnation, t.enrolment, t.stream_grant, t.person):
            connection.execute(sa.delete(table))
    assert carry_out(world, tmp_path) == 1
    with pytest.raises(Exception, match=r"device\.lost"):
        accounts.enrolled_device(world.exchange, token)


def test_lost_overrides_retired_and_never_goes_back(world, device, tmp_path):
    enrolment, _ = device
    for state in ("retired", "lost", "retired"):
        revoking.revoke(world.exchange, tmp_path, enrolment, state)
    assert [d.state for d in outside.revoked(tmp_path)] == ["lost"]
    assert state_of(world, enrolment) == "lost"


def test_an_unknown_device_is_not_listed(world, tmp_path):
    assert not revoking.revoke(world.exchange, tmp_path, new_id(), "lost")
    assert outside.revoked(tmp_path) == []


def some(n):
    return Revoked(enrolment=f"e{n}", person="p", token="t", state="lost", at="now")


def test_a_line_that_a_power_cut_left_unfinished_costs_no_other(tmp_path):
    outside.note_revoked(tmp_path, some(1))
    path = tmp_path / outside.REVOKED
    with path.open("ab") as file:
        file.write(b'{"enrolment":"e2","per')
    assert [d.enrolment for d in outside.revoked(tmp_path)] == ["e1"]
    outside.note_revoked(tmp_path, some(3))
    assert [d.enrolment for d in outside.revoked(tmp_path)] == ["e1", "e3"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_line_that_was_changed_is_not_passed_over(tmp_path):
    outside.note_revoked(tmp_path, some(1))
    path = tmp_path / outside.REVOKED
    path.write_bytes(path.read_bytes().replace(b'"state"', b'"stote"'))
    outside.note_revoked(tmp_path, some(2))
    with pytest.raises(Damaged) as raised:
        outside.revoked(tmp_path)
    assert raised.value.facts == {"line": 1}
