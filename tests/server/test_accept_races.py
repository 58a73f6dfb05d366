"""`locked-write`, `op-once` and `twin` side by side; what a store in trouble says."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from itertools import count

import pytest
import sqlalchemy as sa

from crm.domain.errors import UserError
from crm.domain.ids import new_id
from server.exchange import handover
from server.store import schema, streams
from server.store import tables as t
from server.store.database import Collided, Database
from tests.helpers.naive_client import NaiveClient
from tests.helpers.server import Laptop, World, check_invariants, portfolio
from tests.server.pulling import granted_streams, store_asker
from tests.server.side_by_side import PATIENCE_S, accepted_but_not_committed, wait_until_blocked

# -- locked-write ------------------------------------------------------------------


def test_commits_in_reverse_are_never_skipped(postgresql_world, threads):
    """The second writer waits for the first, so that numbers are in order of commit."""
    world = postgresql_world
    first = world.laptop()
    second = Laptop(world, first.person)
    client = NaiveClient(store_asker(world.database))
    first.saved()
    with accepted_but_not_committed(first, first.customer(name="First")):
        late = threads.submit(second.push, second.customer(name="Second"))
        wait_until_blocked(world)
        client.pull(granted_streams(world.database, first.actor))  # a reader meanwhile
        assert (len(client.rows), client.cursors[first.home]) == (1, 1)
    late.result(PATIENCE_S)
    client.pull(granted_streams(world.database, first.actor))
    assert [row.fields["name"] for row in client.rows.values()] == ["Made Up", "First", "Second"]
    assert client.cursors[first.home] == 3


def test_a_reader_among_writers_skips_nothing(world, threads):
    """Every page's rows add up to its totals, whatever commits meanwhile."""
    owner = world.laptop()
    laptops = [Laptop(world, owner.person) for _ in range(4)]

    def write(laptop):
        for n in range(12):
            customer = laptop.customer(name=f"Number {n}")
            laptop.push(customer, laptop.tag(customer), laptop.edit(customer, note=(None, "x")))

    client = NaiveClient(store_asker(world.database))
    client.limit = 7
    writers = [threads.submit(write, laptop) for laptop in laptops]
    owner.saved()
    while not all(writer.done() for writer in writers):
        client.pull(
            granted_streams(world.database, owner.actor)
        )  # checks the digest at the end of each log
    for writer in writers:
        writer.result(PATIENCE_S)
    client.pull(granted_streams(world.database, owner.actor))
    assert len(client.rows) == 1 + 4 * 12 * 2


def test_a_record_that_moves_between_find_and_lock(postgresql_world, threads):
    """Push reads R in S, R moves, push logs R in S: a ghost."""
    world = postgresql_world
    laptop, colleague = world.laptop(), world.laptop()
    world.grant(laptop.person, colleague.home)
    customer = laptop.saved(village="East")
    mover = world.hand().actor
    both = frozenset([laptop.home, colleague.home])
    taken = handover.Transfer(roots=(customer.id,), to_stream=colleague.home)
    with world.database.writing() as connection:
        handover.move_locked(world.exchange, connection, mover, taken, both)
        edit = threads.submit(
            laptop.outcomes, laptop.edit(customer, village=("East", "West")), laptop.tag(customer)
        )
        wait_until_blocked(world)  # it found the customer where it no longer is
    assert edit.result(PATIENCE_S) == ["applied", "applied"]
    family = world.family(customer.id)
    assert {m.stream for m in family} == {colleague.home}
    assert family[0].fields["village"] == "West"


def test_a_record_that_moves_away_from_its_writer_meanwhile(postgresql_world, threads):
    world = postgresql_world
    laptop, colleague = world.laptop(), world.laptop()
    customer = laptop.saved(village="East")
    mover = world.hand().actor
    both = frozenset([laptop.home, colleague.home])
    taken = handover.Transfer(roots=(customer.id,), to_stream=colleague.home)
    with world.database.writing() as connection:
        handover.move_locked(world.exchange, connection, mover, taken, both)
        edit = threads.submit(laptop.outcomes, laptop.edit(customer, village=("East", "West")))
        wait_until_blocked(world)
    assert edit.result(PATIENCE_S) == ["diverted"]
    assert len(world.inbox(customer.id)) == 1


def test_a_family_moves_while_its_manager_writes(postgresql_world, threads):
    world = postgresql_world
    laptop, colleague = world.laptop(), world.laptop()
    customer = laptop.saved()
    with accepted_but_not_committed(laptop, laptop.tag(customer)):
        move = threads.submit(world.move, customer.id, colleague.home)
        wait_until_blocked(world)
    assert move.result(PATIENCE_S) == 2
    assert len(world.live(colleague.home)) == 2


def test_writers_of_different_streams_do_not_wait_for_each_other(postgresql_world, threads):
    world = postgresql_world
    laptop, colleague = world.laptop(), world.laptop()
    with accepted_but_not_committed(laptop, laptop.customer(name="First")):
        other = threads.submit(colleague.outcomes, colleague.customer(name="Second"))
        assert other.result(PATIENCE_S) == ["applied"]


def test_a_stream_that_two_writers_make_at_once(postgresql_world, threads):
    world = postgresql_world
    laptop = world.laptop()
    second = Laptop(world, laptop.person)
    with accepted_but_not_committed(laptop, laptop.customer(name="First")):
        late = threads.submit(second.outcomes, second.customer(name="Second"))
        wait_until_blocked(world)
    assert late.result(PATIENCE_S) == ["applied"]
    assert len(world.live(laptop.home)) == 2


def test_a_record_that_two_writers_make_at_once(postgresql_world, threads):
    """One id in two portfolios: whoever comes second finds it there."""
    world = postgresql_world
    laptop, colleague = world.laptop(), world.laptop()
    mine, theirs = laptop.customer(name="First"), colleague.customer(name="Second")
    theirs = replace(theirs, record=mine.record, root=mine.record)
    follow = colleague.customer(name="Third")
    with accepted_but_not_committed(laptop, mine):
        late = threads.submit(colleague.outcomes, theirs, follow)
        wait_until_blocked(world)
    assert late.result(PATIENCE_S) == ["quarantined", "applied"]
    assert world.record(mine.record).fields["name"] == "First"


def test_two_who_lock_against_each_other_both_get_through(postgresql_world, threads):
    """PostgreSQL ends one of the two transactions; it is run again."""
    world = postgresql_world
    laptop = world.laptop()
    first, second = sorted([laptop.home, portfolio(world.person())])
    world.grant(laptop.person, first)
    world.grant(laptop.person, second)
    laptop.push(laptop.customer(home=first), laptop.customer(home=second))
    before = [r.id for r in world.live(first)]
    # PostgreSQL chooses which of the two to end; ours may be the one.
    with suppress(Collided), world.database.writing() as connection:
        streams.lock(world.database, connection, [second])
        page = [laptop.customer(home=home, name="Other") for home in (first, second)]
        late = threads.submit(laptop.outcomes, *page)
        wait_until_blocked(world)  # it holds the first, and waits for the second
        streams.lock(world.database, connection, [first])
    assert late.result(PATIENCE_S) == ["applied", "applied"]
    assert len(world.live(first)) == len(before) + 1


def test_in_order_the_next_page_waits_for_the_one_before(postgresql_world, threads):
    """A laptop gave up waiting for the first page, which is settled all the same."""
    world = postgresql_world
    laptop = world.laptop()
    with accepted_but_not_committed(laptop, laptop.customer(name="First")):
        late = threads.submit(laptop.outcomes, laptop.customer(name="Second"))
        wait_until_blocked(world)
    assert late.result(PATIENCE_S) == ["applied"]
    assert len(world.live(laptop.home)) == 2


# -- op-once, side by side -----------------------------------------------------------


def test_op_once_of_two_incarnations_at_the_same_time(postgresql_world, threads):
    """A laptop and its clone bring one operation together; a third went on meanwhile."""
    world = postgresql_world
    laptop = world.laptop()
    clone = Laptop(world, laptop.person)
    customer = laptop.saved(village="East")
    edits = [
        laptop.edit(customer, village=("East", "West")),
        laptop.edit(customer, village=("West", "North")),
        laptop.edit(customer, note=("tea", "wine")),  # a conflict
    ]
    with accepted_but_not_committed(laptop, *edits):
        late = threads.submit(clone.outcomes, *edits)
        wait_until_blocked(world)
    assert late.result(PATIENCE_S) == ["applied", "applied", "conflict"]
    assert world.record(customer.id).version == 3
    assert len(world.conflicts(customer.id)) == 1


def test_later_of_two_incarnations_at_the_same_time(postgresql_world, threads):
    world = postgresql_world
    laptop = world.laptop()
    clone = Laptop(world, laptop.person)
    customer = laptop.customer()
    tag = laptop.tag(customer)
    assert laptop.outcomes(tag) == ["later"]
    with accepted_but_not_committed(laptop, customer, tag):
        late = threads.submit(clone.outcomes, tag)
        wait_until_blocked(world)
    assert late.result(PATIENCE_S) == ["applied"]
    assert len(world.below(customer.record, "tag")) == 1


# -- twin, side by side --------------------------------------------------------------


def test_twin_in_two_portfolios_at_the_same_time(postgresql_world, threads):
    """Neither page can see the other's customer; the key's own lock makes them wait."""
    world = postgresql_world
    laptop, colleague = world.laptop(), world.laptop()
    mine, theirs = (
        laptop.customer(phone="+8612000000001"),
        colleague.customer(phone="+8612000000001"),
    )
    with accepted_but_not_committed(laptop, mine):
        late = threads.submit(colleague.outcomes, theirs)
        wait_until_blocked(world)
    assert late.result(PATIENCE_S) == ["applied"]
    for at_home, other in ((laptop, colleague), (colleague, laptop)):
        (link,) = world.live(at_home.home, "duplicate_link")
        assert link.fields["other_manager"] == other.person


def test_twins_by_the_dozen_from_every_side(postgresql_world, threads):
    world = postgresql_world
    laptops = [world.laptop() for _ in range(4)]

    def write(laptop):
        page = [laptop.customer(phone=f"+86120000000{n:02d}") for n in range(10)]
        assert laptop.outcomes(*page) == ["applied"] * 10

    for done in [threads.submit(write, laptop) for laptop in laptops]:
        done.result(PATIENCE_S)
    links = {home: len(world.live(home, "duplicate_link")) for home in [x.home for x in laptops]}
    assert set(links.values()) == {30}


# -- a store in trouble ----------------------------------------------------------------


def busy(call):
    with pytest.raises(UserError) as refused:
        call()
    return refused.value.code == "server.busy"


def test_a_locked_sqlite_file_is_told_as_busy(tmp_path):
    url = f"sqlite:///{tmp_path / 'server.db'}"
    first, second = Database(url), Database(url)
    schema.upgrade(first)
    sa.event.listen(second.engine, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout=20"))

    def write():
        with second.writing():
            pytest.fail("two writers at once")

    with first.writing():
        assert busy(write)
        with second.snapshot() as connection:  # readers are not in the way
            assert connection.execute(sa.select(t.stream)).all() == []
    for database in (first, second):
        database.dispose()


def test_connections_that_postgresql_ended_are_told_as_busy_and_replaced(postgresql_server):
    name = postgresql_server.create_database()
    database = Database(postgresql_server.url(name))
    schema.upgrade(database)
    postgresql_server.drop_database(name)
    assert busy(lambda: schema.require_current(database))
    database.dispose()


def test_a_table_that_is_missing_is_not_told_as_busy(world):
    with pytest.raises(sa.exc.DBAPIError), world.database.writing() as connection:
        connection.execute(sa.text("SELECT * FROM nowhere"))


PUSHING = """
import sys
from tests.helpers.server import Laptop, World
from server.store.database import Database
world = World(Database(sys.argv[1]))
laptop = Laptop(world, sys.argv[2])
sys.stdin.readline()
for n in range(15):
    customer = laptop.customer(name=f"Number {n}")
    assert laptop.outcomes(customer, laptop.tag(customer)) == ["applied", "applied"]
"""


def test_two_processes_push_at_once_into_one_file(tmp_path):
    """The embedded store: an import beside the running server."""
    database = Database(f"sqlite:///{tmp_path / 'server.db'}")
    schema.upgrade(database)
    world = World(database)
    person = world.person()
    started = [
        subprocess.Popen(
            [sys.executable, "-c", PUSHING, world.database.url, person],
            stdin=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in started:
        process.stdin.write("go\n")
        process.stdin.close()
    assert [process.wait(PATIENCE_S) for process in started] == [0, 0]
    assert len(world.live(portfolio(person))) == 2 * 15 * 2
    numbers = count(1)
    with world.database.snapshot() as connection:
        log = t.stream_log.c
        held = connection.execute(
            sa.select(log.number).where(log.stream == portfolio(person)).order_by(log.number)
        ).scalars()
        assert all(number == next(numbers) for number in held)
    check_invariants(database)
    database.dispose()


def test_one_hand_in_two_places_at_once(postgresql_world, threads):
    """The practice branch, an import and an administrator share the hand of nobody."""
    world = postgresql_world
    home = portfolio(world.person())

    def write(_):
        hand = world.hand()
        return [
            hand.create("customer", {"name": f"Number {n}"}, record=new_id(), home=home).outcome
            for n in range(8)
        ]

    for outcomes in threads.map(write, range(3)):
        assert outcomes == ["applied"] * 8
    assert len(world.live(home)) == 24
