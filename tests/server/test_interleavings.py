"""Two sessions on real PostgreSQL: every pair of writers, and of writer and reader, that can meet.

Each test holds the first at its commit, lets the second come to wait for it, and lets go. Pairs
that `test_accept_races` has are not repeated: push with push in one stream, push with move,
clones, twins, new streams, deadlocks.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from crm.domain.errors import UserError
from server.exchange import accounts, handover, read, tidying
from server.exchange.handover import Transfer
from server.store import people, streams
from server.store import records as store
from tests.helpers.naive_client import NaiveClient
from tests.helpers.server import Laptop
from tests.server.pulling import granted_streams, store_asker
from tests.server.side_by_side import (
    PATIENCE_S,
    accepted_but_not_committed,
    moved_but_not_committed,
    wait_until_blocked,
)


@pytest.fixture
def world(postgresql_world):
    return postgresql_world


def two_laptops(world):
    """Two incarnations that write in one portfolio."""
    first = world.laptop()
    return first, Laptop(world, first.person)


def second_of(world, threads, *call):
    """Start a call that must come to wait; return what becomes of it."""
    late = threads.submit(*call)
    wait_until_blocked(world)
    return late


# -- push with push, of one record -----------------------------------------------------


def test_push_and_push_of_one_field_the_second_meets_the_first(world, threads):
    first, second = two_laptops(world)
    customer = first.saved(village="East")
    with accepted_but_not_committed(first, first.edit(customer, village=("East", "West"))):
        late = second_of(
            world, threads, second.outcomes, second.edit(customer, village=("East", "North"))
        )
    assert late.result(PATIENCE_S) == ["conflict"]
    assert world.record(customer.id).fields["village"] == "West"
    (conflict,) = world.conflicts(customer.id)
    assert (conflict.fields["mine"], conflict.fields["theirs"]) == ('"North"', '"West"')


def test_push_and_push_of_two_fields_both_stand(world, threads):
    first, second = two_laptops(world)
    customer = first.saved(village="East")
    with accepted_but_not_committed(first, first.edit(customer, village=("East", "West"))):
        late = second_of(world, threads, second.outcomes, second.edit(customer, note=(None, "tea")))
    assert late.result(PATIENCE_S) == ["applied"]
    merged = world.record(customer.id)
    assert (merged.version, merged.fields["village"], merged.fields["note"]) == (3, "West", "tea")


def test_push_and_push_that_settle_one_conflict_decide_it_once(world, threads):
    first, second = two_laptops(world)
    customer = first.saved(village="East")
    first.push(first.edit(customer, village=("East", "West")))
    second.push(second.edit(customer, village=("East", "North")))
    (conflict,) = world.conflicts(customer.id)
    with accepted_but_not_committed(first, first.edit(conflict, state=("open", "theirs"))):
        late = second_of(world, threads, second.push, second.edit(conflict, state=("open", "mine")))
    (result,) = late.result(PATIENCE_S)
    assert result.outcome != "applied"
    assert world.record(conflict.id).fields["state"] == "theirs"


# -- push with delete ------------------------------------------------------------------


def test_a_visit_that_waits_for_a_delete_does_not_hang_under_the_dead(world, threads):
    first, second = two_laptops(world)
    customer = first.saved()
    with accepted_but_not_committed(first, first.delete(customer)):
        late = second_of(world, threads, second.outcomes, second.tag(customer))
    assert late.result(PATIENCE_S) == ["conflict"]
    assert world.record(customer.id).dead
    assert [r.kind for r in world.live(first.home)] == ["conflict"]


def test_a_delete_that_waits_for_a_visit_does_not_take_it_unread(world, threads):
    first, second = two_laptops(world)
    customer = first.saved()
    unread = second.delete(customer)
    with accepted_but_not_committed(first, first.tag(customer)):
        late = second_of(world, threads, second.outcomes, unread)
    assert late.result(PATIENCE_S) == ["conflict"]
    assert not world.record(customer.id).dead


def test_two_deletes_bury_once(world, threads):
    first, second = two_laptops(world)
    customer = first.saved()
    again = second.delete(customer)
    with accepted_but_not_committed(first, first.delete(customer)):
        late = second_of(world, threads, second.outcomes, again)
    assert late.result(PATIENCE_S) == ["nothing"]
    assert world.record(customer.id).version == 2


# -- push with merge -------------------------------------------------------------------


def test_what_waits_for_a_merge_goes_to_the_survivor(world, threads):
    first, second = two_laptops(world)
    loser, survivor = first.saved(village="East"), first.saved(village="East")
    page = [second.tag(loser), second.edit(loser, village=("East", "West"))]
    with accepted_but_not_committed(first, first.merge(loser.id, survivor.id)):
        late = second_of(world, threads, second.outcomes, *page)
    assert late.result(PATIENCE_S) == ["applied", "conflict"]
    assert [t.root for t in world.below(survivor.id, "tag")] == [survivor.id]
    assert len(world.conflicts(survivor.id)) == 1


def test_a_merge_that_waits_for_a_visit_takes_it_along(world, threads):
    first, second = two_laptops(world)
    loser, survivor = first.saved(), first.saved()
    with accepted_but_not_committed(first, first.tag(loser)):
        late = second_of(world, threads, second.outcomes, second.merge(loser.id, survivor.id))
    assert late.result(PATIENCE_S) == ["applied"]
    assert len(world.below(survivor.id, "tag")) == 1


def test_two_merges_the_other_way_round_leave_one_survivor(world, threads):
    first, second = two_laptops(world)
    one, other = first.saved(), first.saved()
    with accepted_but_not_committed(first, first.merge(one.id, other.id)):
        late = second_of(world, threads, second.outcomes, second.merge(other.id, one.id))
    assert late.result(PATIENCE_S) == ["nothing"]
    assert world.record(one.id).merged_into == other.id
    assert world.record(other.id).merged_into is None
    assert not world.record(other.id).dead


# -- hand-over with hand-over, merge, delete, twin -----------------------------------------


def take(world, root, from_stream, to_stream):
    """Hand one customer over, as the command does."""
    transfer = Transfer(roots=(root,), to_stream=to_stream, from_stream=from_stream)
    return handover.move_batch(world.exchange, world.hand().actor, transfer)


def test_two_managers_take_one_customer_and_one_gets_it(world, threads):
    giver, one, other = world.laptop(), world.laptop(), world.laptop()
    customer = giver.saved()
    giver.push(giver.tag(customer))
    with moved_but_not_committed(world, [customer.id], giver.home, one.home):
        late = second_of(world, threads, take, world, customer.id, giver.home, other.home)
    assert late.result(PATIENCE_S).roots == ()
    assert {m.stream for m in world.family(customer.id)} == {one.home}
    assert {m.version for m in world.family(customer.id)} == {2}


def test_two_portfolios_that_swap_customers_do_not_lock_each_other_out(world, threads):
    one, other = world.laptop(), world.laptop()
    mine, theirs = one.saved(), other.saved()
    with moved_but_not_committed(world, [mine.id], one.home, other.home):
        late = second_of(world, threads, take, world, theirs.id, other.home, one.home)
    assert late.result(PATIENCE_S).roots == (theirs.id,)
    assert [r.id for r in world.live(one.home)] == [theirs.id]
    assert [r.id for r in world.live(other.home)] == [mine.id]


def test_a_hand_over_that_waits_for_a_merge_leaves_the_loser_alone(world, threads):
    giver, taker = world.laptop(), world.laptop()
    loser, survivor = giver.saved(), giver.saved()
    giver.push(giver.tag(loser))
    with accepted_but_not_committed(giver, giver.merge(loser.id, survivor.id)):
        late = second_of(world, threads, take, world, loser.id, giver.home, taker.home)
    assert late.result(PATIENCE_S).roots == ()
    assert len(world.below(survivor.id, "tag")) == 1
    assert world.live(taker.home) == []


def test_a_merge_that_waits_for_a_hand_over_has_lost_its_grant(world, threads):
    giver, taker = world.laptop(), world.laptop()
    loser, survivor = giver.saved(), giver.saved()
    with moved_but_not_committed(world, [loser.id], giver.home, taker.home):
        late = second_of(world, threads, giver.push, giver.merge(loser.id, survivor.id))
    (result,) = late.result(PATIENCE_S)
    assert (result.outcome, result.reason) == ("refused", "merge.grant")
    assert not world.record(loser.id).dead


def test_a_delete_that_waits_for_a_hand_over_goes_to_the_new_keepers_inbox(world, threads):
    giver, taker = world.laptop(), world.laptop()
    customer = giver.saved()
    gone = giver.delete(customer)
    with moved_but_not_committed(world, [customer.id], giver.home, taker.home):
        late = second_of(world, threads, giver.outcomes, gone)
    assert late.result(PATIENCE_S) == ["diverted"]
    assert not world.record(customer.id).dead
    assert [i.fields["verb"] for i in world.inbox(customer.id)] == ["delete"]


def test_a_hand_over_that_waits_for_a_delete_moves_no_grave(world, threads):
    giver, taker = world.laptop(), world.laptop()
    customer = giver.saved()
    with accepted_but_not_committed(giver, giver.delete(customer)):
        late = second_of(world, threads, take, world, customer.id, giver.home, taker.home)
    assert late.result(PATIENCE_S).roots == ()
    assert world.record(customer.id).stream == giver.home


def test_a_twin_made_while_the_other_moves_hears_of_its_new_keeper(world, threads):
    giver, taker, third = world.laptop(), world.laptop(), world.laptop()
    moving = giver.saved(phone="+8612000000001")
    with moved_but_not_committed(world, [moving.id], giver.home, taker.home):
        late = second_of(world, threads, third.outcomes, third.customer(phone="+8612000000001"))
    assert late.result(PATIENCE_S) == ["applied"]
    (theirs,) = world.live(third.home, "duplicate_link")
    (link,) = world.live(taker.home, "duplicate_link")
    assert theirs.fields["other_manager"] == taker.person
    assert link.fields["other_manager"] == third.person
    assert world.live(giver.home) == []


# -- push with the end of a grant, and with other words of the same laptop --------------------


def test_a_push_that_waits_while_its_grant_ends_is_judged_without_it(world, threads):
    """It read the grant before it came to wait; the end was committed meanwhile."""
    owner, deputy = world.laptop(), world.laptop()
    world.grant(deputy.person, owner.home)
    customer = owner.saved()
    with world.database.writing() as connection:
        streams.lock(world.database, connection, [owner.home])
        late = second_of(world, threads, deputy.outcomes, deputy.edit(customer, note=(None, "tea")))
        people.close_grant(connection, deputy.person, owner.home, world.exchange.now())
    assert late.result(PATIENCE_S) == ["diverted"]
    assert "note" not in world.record(customer.id).fields


def test_the_end_of_a_grant_waits_for_the_push_that_is_under_way(world, threads):
    owner, deputy = world.laptop(), world.laptop()
    world.grant(deputy.person, owner.home)
    customer = owner.saved()
    with world.database.snapshot() as connection:
        person = people.person_with(connection, deputy.person)
    with accepted_but_not_committed(deputy, deputy.edit(customer, note=(None, "tea"))) as accepted:
        late = second_of(world, threads, accounts.end_grant, world.exchange, person, owner.home)
    late.result(PATIENCE_S)
    assert [result.outcome for _, result in accepted.results] == ["applied"]
    assert deputy.outcomes(deputy.edit(customer, note=("tea", "wine"))) == ["diverted"]


def test_a_device_that_is_lost_while_its_push_waits_pushes_nothing(world, threads):
    laptop = world.laptop()
    customer = laptop.saved()
    enrolment = _enrolled(world, laptop)
    with world.database.writing() as connection:
        streams.lock(world.database, connection, [laptop.home])
        late = second_of(world, threads, laptop.outcomes, laptop.edit(customer, note=(None, "x")))
        assert people.revoke(connection, enrolment, "lost")
    with pytest.raises(UserError, match=r"device\.lost"):
        late.result(PATIENCE_S)
    assert world.record(customer.id).version == 1


def _enrolled(world, laptop):
    enrolment = accounts.new_id()
    with world.database.writing() as connection:
        people.add_enrolment(
            connection,
            id=enrolment,
            person=laptop.person,
            device="laptop",
            state="active",
            token=enrolment,
            at=world.exchange.now(),
        )
        people.update_incarnation(connection, laptop.incarnation, enrolment=enrolment)
    return enrolment


def test_two_pages_under_one_number_are_a_fork(world, threads):
    """A copied disk: both give the next number to an edit of their own."""
    laptop = world.laptop()
    copy = Laptop.__new__(Laptop)
    copy.__dict__.update(laptop.__dict__)
    with accepted_but_not_committed(laptop, laptop.customer(name="First")):
        late = second_of(world, threads, copy.push, copy.customer(name="Second"))
    with pytest.raises(UserError, match=r"sync\.fork"):
        late.result(PATIENCE_S)
    assert [r.fields["name"] for r in world.live(laptop.home)] == ["First"]


def greeting(world, laptop, **said):
    message = {
        "baton": "first",
        "next_baton": "second",
        "acked": 0,
        "unsent": 0,
        "chain_head": None,
        "purges": [],
        "cursors": {},
        "time": world.exchange.now(),
        **said,
    }
    return read.hello(world.database, laptop.actor, message)


def test_a_hello_that_waits_for_a_push_knows_of_it(world, threads):
    """Else `done` would go back, and the laptop take it for a restored server."""
    laptop = world.laptop()
    with world.database.writing() as connection:
        people.update_incarnation(connection, laptop.incarnation, baton="first")
    with accepted_but_not_committed(laptop, laptop.customer()):
        late = second_of(world, threads, greeting, world, laptop)
    said = late.result(PATIENCE_S)
    assert (said.verdict, said.done) == ("go", 1)
    assert said.streams[laptop.home]["live"] == 1


def test_two_hellos_with_one_baton_the_second_is_told_apart(world, threads):
    laptop = world.laptop()
    with world.database.writing() as connection:
        people.update_incarnation(connection, laptop.incarnation, baton="first")
    with world.database.writing() as connection:
        people.incarnation(connection, laptop.incarnation, lock=True)
        lates = [
            threads.submit(greeting, world, laptop, next_baton=name) for name in ("mine", "theirs")
        ]
        wait_until_blocked(world, 2)
    assert sorted(late.result(PATIENCE_S).verdict for late in lates) == ["fork", "go"]


# -- writers and readers -----------------------------------------------------------------


def test_a_page_that_is_being_read_shows_nothing_of_a_move_committed_meanwhile(world):
    """Rows, head, live and digest are one state, even of two streams (`one-snapshot`)."""
    giver, taker = world.laptop(), world.laptop()
    customer = giver.saved()
    taker.saved()
    both = [giver.home, taker.home]
    with world.database.snapshot() as connection:
        before = streams.read(connection, both)
        take(world, customer.id, giver.home, taker.home)
        rows = {s: store.log_page(connection, s, 0, 100) for s in both}
        after = streams.read(connection, both)
    assert before == after
    assert {s: [r.gone for r in rows[s]] for s in both} == {s: [False] for s in both}


@pytest.mark.parametrize("first", ["arrival", "departure"])
def test_a_customer_that_moves_between_two_pulls_of_one_laptop_is_not_lost(world, first):
    """The arrival in one stream is read before, or after, the departure from the other."""
    owner, other = world.laptop(), world.laptop()
    world.grant(owner.person, other.home)
    customer = owner.saved()
    owner.push(owner.tag(customer))
    other.saved()
    client = NaiveClient(store_asker(world.database))
    client.pull(granted_streams(world.database, owner.actor))
    order = [other.home, owner.home] if first == "arrival" else [owner.home, other.home]
    told = granted_streams(world.database, owner.actor)
    if first == "arrival":
        take(world, customer.id, owner.home, other.home)
    client._read_log(order[0])
    if first == "departure":
        take(world, customer.id, owner.home, other.home)
    client._read_log(order[1])
    client.pull(granted_streams(world.database, owner.actor))
    assert set(told) == set(client.cursors)
    assert client.rows[customer.id].stream == other.home
    assert len([r for r in client.rows.values() if r.stream == other.home]) == 3


def test_tidy_waits_for_a_push_and_keeps_what_it_wrote(world, threads):
    laptop, colleague = world.laptop(), world.laptop()
    old, young = laptop.saved(), laptop.saved()
    world.move(old.id, colleague.home)
    world.clock.pass_time(timedelta(days=tidying.DAYS, hours=1))
    with accepted_but_not_committed(laptop, laptop.delete(young)):
        late = second_of(world, threads, tidying.tidy, world.exchange)
    assert late.result(PATIENCE_S).departures == 1
    with world.database.snapshot() as connection:
        (left,) = [r for r in store.log_page(connection, laptop.home, 0, 100) if r.gone]
        assert left.id == young.id
        assert streams.read(connection, [laptop.home])[laptop.home].floor == 3


def test_a_page_that_is_being_read_keeps_its_departures_while_tidy_commits(world):
    laptop, colleague = world.laptop(), world.laptop()
    customer = laptop.saved()
    world.move(customer.id, colleague.home)
    world.clock.pass_time(timedelta(days=tidying.DAYS, hours=1))
    with world.database.snapshot() as connection:
        before = streams.read(connection, [laptop.home])[laptop.home]
        assert tidying.tidy(world.exchange).departures == 1
        rows = store.log_page(connection, laptop.home, 0, 100)
        assert streams.read(connection, [laptop.home])[laptop.home] == before
    assert [row.gone for row in rows] == [True]
    assert before.floor == 0
