"""verify finds whatever does not follow from the content, and nothing else."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from server.exchange import read
from tests.helpers.server import World

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
}
FOUND = {
    "live": {"live", "log"},
    "digest": {"digest"},
    "head": {"log"},
    "content": {"digest", "hash"},
    "hash": {"hash"},
    "version": {"digest", "hash", "log"},
    "row": {"live", "digest", "log"},
    "entry": {"log"},
    "ghost": {"live", "digest", "log"},
    "gone": {"log"},
}


@pytest.fixture
def tampered(database):
    """A server whose invariants are not asked for: the test breaks them."""
    return World(database)


@pytest.mark.parametrize("wrong", WRONGS)
def test_verify_finds(tampered, wrong):
    laptop = tampered.laptop()
    customer, other = laptop.saved(), laptop.saved(name="Other")
    laptop.push(laptop.tag(customer), laptop.delete(other))
    assert read.verify(tampered.database) == (1, [])
    with tampered.database.writing() as connection:
        statement = sa.text(WRONGS[wrong])
        names = {"stream": laptop.home, "record": customer.id}
        asked = {name: names[name] for name in names if f":{name}" in WRONGS[wrong]}
        connection.execute(statement, asked)
    _, faults = read.verify(tampered.database)
    assert {fault.what for fault in faults} == FOUND[wrong]
    assert {fault.stream for fault in faults} == {laptop.home}


def test_verify_of_a_server_on_which_nobody_wrote(database):
    assert read.verify(database) == (0, [])
