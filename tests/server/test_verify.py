"""verify finds whatever does not follow from the content, and nothing else."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from server.exchange import read, repairing
from server.store import streams
from server.store import tables as t
from tests.helpers.server import World, check_invariants

WRONGS = {
    "live": "UPDATE stream SET live = live + 1 WHERE id = :stream",
    "digest": f"UPDATE stream SET digest = '{'0' * 32}' WHERE id = :stream",
    "head": "UPDATE stream SET head = head + 1 WHERE id = :stream",
    "content": 'UPDATE record SET fields = \'{"name":"Flipped"}\' WHERE id = :record',
    "hash": "UPDATE record SET hash = NULL WHERE id = :record",
    "version": "UPDATE record SET version = version + 1 WHERE id = :record",
    "row": "DELETE FROM record WHERE id = :record",
    "entry": "DELETE FROM stream_log WHERE record = :record",
    "ghost": "UPDATE record SET stream = 'bank' WHERE id = :record",
    "gone": "UPDATE stream_log SET gone = true WHERE record = :record",
    "root": "UPDATE record SET root = 'x' WHERE id = :record",
    "parent": "UPDATE record SET parent = 'x' WHERE parent = :record",
    "dead": "UPDATE record SET dead = true WHERE id = :record",
    "json": "UPDATE record SET fields = '{' WHERE id = :record",
    "number": "UPDATE stream_log SET number = number + 100 WHERE record = :record",
    "revived": "UPDATE record SET dead = false WHERE dead",
}
CERTAIN = WRONGS.keys() - {"row"}  # what a lost row was, only a backup knows
FOUND = {
    "live": {"live", "log"},
    "digest": {"digest"},
    "head": {"log"},
    "content": {"digest", "hash"},
    "hash": {"hash"},
    "version": {"digest", "hash", "log"},
    "row": {"live", "digest", "log"},
    "entry": {"log"},
    "ghost": {"live", "digest", "log", "place"},
    "gone": {"log"},
    "root": {"place"},
    "parent": {"digest", "hash"},
    "dead": {"live", "digest", "log"},
    "json": {"digest", "hash"},
    "number": {"log"},
    "revived": {"live", "digest", "hash"},
}


@pytest.fixture
def tampered(database):
    """A server whose invariants are not asked for: the test breaks them."""
    return World(database)


@pytest.fixture
def stream(tampered):
    """A portfolio with a customer, a tag of theirs, and one who was deleted."""
    laptop = tampered.laptop()
    customer, other = laptop.saved(name="Nobody"), laptop.saved(name="Other")
    laptop.push(laptop.tag(customer), laptop.delete(other))
    assert read.verify(tampered.database) == (1, [])
    return laptop.home, customer.id


def tamper(database, wrong, stream, record):
    names = {"stream": stream, "record": record}
    asked = {name: names[name] for name in names if f":{name}" in WRONGS[wrong]}
    with database.writing() as connection:
        connection.execute(sa.text(WRONGS[wrong]), asked)


def contents(database):
    """Everything that laptops are told of records."""
    with database.snapshot() as connection:
        rows = connection.execute(sa.select(t.record).order_by(t.record.c.id)).mappings()
        return [dict(row) for row in rows]


@pytest.mark.parametrize("wrong", WRONGS)
def test_verify_finds(tampered, stream, wrong):
    tamper(tampered.database, wrong, *stream)
    _, faults = read.verify(tampered.database)
    assert {fault.what for fault in faults} == FOUND[wrong]


@pytest.mark.parametrize("wrong", sorted(CERTAIN))
def test_flipped_byte_is_found_and_healed(tampered, stream, wrong):
    """On the server: told, and put right by the two witnesses that agree."""
    before = contents(tampered.database)
    tamper(tampered.database, wrong, *stream)
    repaired = repairing.repair(tampered.exchange)
    assert repaired.uncertain == []
    assert contents(tampered.database) == before
    assert read.verify(tampered.database)[1] == []
    check_invariants(tampered.database)
    with tampered.database.snapshot() as connection:
        assert connection.execute(sa.select(t.repair)).first() is not None


@pytest.mark.parametrize("wrong", ["hash", "content", "dead"])
def test_what_lives_on_after_a_merge_or_beside_a_removal_is_not_taken_for_dead(tampered, wrong):
    """Revisions name the operation: a child that moved by a merge, a note left by a delete."""
    laptop = tampered.laptop()
    loser, survivor = laptop.saved(name="Nobody"), laptop.saved(name="Other")
    tag = laptop.tag(loser)
    laptop.push(tag, laptop.merge(loser.id, survivor.id))
    assert laptop.outcomes(laptop.delete(survivor, seen="0" * 32)) == ["conflict"]
    (note,) = tampered.conflicts(survivor.id)
    before = contents(tampered.database)
    for record in (tag.record, note.id):
        tamper(tampered.database, wrong, laptop.home, record)
    assert repairing.repair(tampered.exchange).uncertain == []
    assert contents(tampered.database) == before
    assert read.verify(tampered.database)[1] == []


def test_a_repair_of_what_is_right_changes_nothing(tampered, stream):
    before = contents(tampered.database)
    assert repairing.repair(tampered.exchange) == repairing.Repaired()
    assert contents(tampered.database) == before


def test_a_record_whose_witnesses_all_differ_is_named_and_not_touched(tampered, stream):
    home, record = stream
    tamper(tampered.database, "content", home, record)
    tamper(tampered.database, "hash", home, record)
    before = contents(tampered.database)
    assert repairing.repair(tampered.exchange).uncertain == [record]
    assert contents(tampered.database) == before
    assert {fault.stream for fault in read.verify(tampered.database)[1]} == {home}


def test_a_laptop_that_read_the_damage_is_mended_by_its_next_comparison(tampered, stream):
    """Numbers only rise: what was read stays read, and what changed is told."""
    home, record = stream
    with tampered.database.snapshot() as connection:
        head = streams.read(connection, [home])[home].head
    tamper(tampered.database, "head", home, record)
    tamper(tampered.database, "entry", home, record)
    repairing.repair(tampered.exchange)
    with tampered.database.snapshot() as connection:
        assert streams.read(connection, [home])[home].head > head
    assert read.verify(tampered.database)[1] == []


def test_verify_of_a_server_on_which_nobody_wrote(database):
    assert read.verify(database) == (0, [])
