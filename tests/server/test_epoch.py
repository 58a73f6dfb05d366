"""The epoch changes when the database is another one, or knows less than its witness."""

from __future__ import annotations

import pytest

from server.exchange.epoch import CHECK_EVERY_S, Epoch
from server.store import people, witness


class Elapsed:
    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def elapsed():
    return Elapsed()


@pytest.fixture
def opened(world, tmp_path, elapsed):
    def opened():
        return Epoch(world.exchange, tmp_path, elapsed)

    return opened


def state(world):
    with world.database.snapshot() as connection:
        return people.state(connection)


def set_state(world, **values):
    with world.database.writing() as connection:
        people.update_state(connection, **values)


def test_a_server_that_only_goes_on_keeps_its_epoch(world, opened, elapsed):
    first = opened().current()
    laptop = world.laptop()
    laptop.saved()
    epoch = opened()
    elapsed.seconds += CHECK_EVERY_S
    laptop.saved()
    epoch.check_if_due()
    assert epoch.current() == epoch.known() == first
    assert state(world)["frozen_until"] is None


def test_a_database_that_knows_less_than_its_witness_was_put_back(world, opened, elapsed, tmp_path):
    laptop = world.laptop()
    laptop.saved()
    epoch = opened()
    before = epoch.current()
    seen = witness.read(tmp_path)
    for name in ("heads", "settled"):  # of what was lost
        more = {n: getattr(seen, n) for n in seen.__slots__}
        witness.write(tmp_path, witness.Seen(**{**more, name: more[name] + 1}))
        epoch.check_if_due()
        assert epoch.current() == before, "it is not time yet"
        elapsed.seconds += CHECK_EVERY_S
        epoch.check_if_due()
        assert epoch.current() != before
        before, seen = epoch.current(), witness.read(tmp_path)
    assert state(world)["frozen_until"] > world.exchange.now()
    assert opened().current() == before, "and it is said once"


def test_another_database_under_the_same_folder_is_another_epoch(world, opened):
    before = opened().current()
    set_state(world, fingerprint="postgresql:1:00000001:2")
    assert opened().current() != before


def test_a_folder_that_has_lost_its_witness_is_another_epoch(world, opened, tmp_path):
    before = opened().current()
    (tmp_path / witness.WITNESS).write_text('{"heads": "many"}')
    assert opened().current() != before


def test_an_older_server_is_not_alarmed_by_its_first_look(world, opened):
    before = state(world)
    assert before["fingerprint"] is None
    assert opened().current() == before["epoch"]
    assert state(world)["fingerprint"]


def test_the_epoch_that_another_process_began_is_told_at_once(world, opened):
    epoch = opened()
    set_state(world, epoch="restored")
    assert epoch.known() != "restored"
    assert epoch.current() == epoch.known() == "restored"
