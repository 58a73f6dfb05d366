"""What people did at the server is written down in the transaction that does it, for good."""

from __future__ import annotations

import inspect

import pytest

from server.store import audit
from server.store import schema as store_schema
from server.store import tables as t

LEAD, SUBJECT = "lead-1", "request-1"


def write(world, minute, action, actor=LEAD, subject=SUBJECT, **facts):
    at = f"2026-03-18T02:{minute:02}:00.000Z[+08:00]"
    with world.database.writing() as connection:
        audit.note(
            connection, at=at, actor=actor, action=action, subject=subject, facts=facts or None
        )
    return at


def told(world, **filters):
    with world.database.snapshot() as connection:
        return [note.action for note in audit.notes(connection, **filters)]


def test_acts_come_back_in_their_order_with_their_facts(world):
    write(world, 2, "recovery.approved", edits=3)
    write(world, 1, "recovery.asked", actor="manager-1")
    with world.database.snapshot() as connection:
        first, second = audit.notes(connection)
    assert (first.action, second.action) == ("recovery.asked", "recovery.approved")
    assert (second.actor, second.subject, second.facts) == (LEAD, SUBJECT, {"edits": 3})


def test_acts_are_found_by_time_actor_action_and_subject(world):
    write(world, 1, "recovery.asked", actor="manager-1")
    moment = write(world, 2, "recovery.approved")
    write(world, 3, "recoveries", subject=None)
    assert told(world, since=moment) == ["recovery.approved", "recoveries"]
    assert told(world, until=moment) == ["recovery.asked"]
    assert told(world, actor="manager-1") == ["recovery.asked"]
    assert told(world, actions=["recovery"]) == ["recovery.asked", "recovery.approved"]
    assert told(world, actions=["recovery.approved"]) == ["recovery.approved"]
    assert told(world, subject=SUBJECT) == ["recovery.asked", "recovery.approved"]


def test_an_act_whose_transaction_fails_is_not_written_down(world):
    def fail():
        with world.database.writing() as connection:
            audit.note(connection, at="2026", actor=LEAD, action="recovery.approved")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert told(world) == []


def test_nothing_in_the_module_changes_or_removes_a_row():
    source = inspect.getsource(audit)
    assert "sa.update" not in source
    assert "sa.delete" not in source
    assert t.audit.name in store_schema.metadata.tables
