"""Rules 37 to 41: seats are given within the capacity, once, and a firm yes is never lost.

Each trace is told beside the rule that breaks without it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from crm.domain.errors import Refused
from crm.domain.ids import new_id
from crm.domain.seats import LEASE, PROOF, SLOT, TOKEN
from server.exchange import seat_acts
from server.store import people, streams
from tests.helpers.seat_laptops import Dump, SeatWorld
from tests.helpers.seats import (
    book,
    events,
    freeze,
    make_activity,
    resize,
    seats_within_capacity,
    tidy,
)
from tests.helpers.server import check_invariants, grouped, portfolio


@pytest.fixture
def seats(database):
    """A server with seats; whatever a test does, no more are given than there are."""
    world = SeatWorld(database)
    yield world
    seats_within_capacity(world)
    check_invariants(database)


def told(results):
    return [(result.outcome, result.reason) for result in results]


# -- capacity ----------------------------------------------------------------------


def test_capacity_counts_what_is_confirmed_offered_and_leased(seats):
    tea = make_activity(seats, 3)
    holder, other = seats.laptop(), seats.laptop()
    assert [len(one["slots"]) for one in holder.lease(tea, 2)] == [2]
    first, second = other.invited(tea), other.invited(tea)
    assert told(other.settle(other.yes(first, tea))) == [("applied", None)]
    assert told(other.settle(other.yes(second, tea))) == [("applied", "seat.waitlisted")]
    assert [seats.state(first), seats.state(second)] == ["confirmed", "waitlisted"]
    assert seats.laptop().lease(tea, 5) == []


def test_capacity_is_never_cut_below_what_is_taken(seats):
    tea = make_activity(seats, 3)
    laptop = seats.laptop()
    laptop.lease(tea, 2)
    with pytest.raises(Refused, match=r"seat\.capacity"):
        resize(seats, tea, 1)
    resize(seats, tea, 2)
    assert seats.record(tea).fields["capacity"] == 2


def test_an_activity_that_comes_back_has_room_for_what_is_taken(seats):
    tea = make_activity(seats, 2)
    laptop, lead = seats.laptop(), seats.laptop()
    seats.grant(lead.person, f"branch:{seats.branch}")
    laptop.settle(*(laptop.yes(laptop.invited(tea), tea) for _ in range(2)))
    activity = seats.record(tea)
    assert lead.outcomes(lead.delete(activity)) == ["applied"]
    refused = lead.restore(activity, name="茶话会", capacity=1)
    assert told(lead.push(refused)) == [("refused", "seat.capacity")]
    assert lead.outcomes(lead.restore(activity, name="茶话会", capacity=2)) == ["applied"]


def test_a_yes_for_an_activity_that_was_called_off_is_refused(seats):
    tea = make_activity(seats, 1)
    laptop, lead = seats.laptop(), seats.laptop()
    seats.grant(lead.person, f"branch:{seats.branch}")
    invitation = laptop.invited(tea)
    lead.push(lead.delete(seats.record(tea)))
    assert told(laptop.settle(laptop.yes(invitation, tea))) == [("refused", "seat.activity")]


def test_more_seats_are_offered_to_those_who_wait(seats):
    tea = make_activity(seats, 1)
    laptop = seats.laptop()
    one, two, three = (laptop.invited(tea) for _ in range(3))
    laptop.settle(*(laptop.yes(i, tea) for i in (one, two, three)))
    resize(seats, tea, 2)
    assert [seats.state(i) for i in (one, two, three)] == ["confirmed", "offered", "waitlisted"]
    assert told(laptop.settle(laptop.yes(two, tea))) == [("applied", None)]
    assert seats.state(two) == "confirmed"


def test_live_counters_follow_without_the_seat_locking_the_branch(seats):
    tea = make_activity(seats, 1)
    laptop = seats.laptop()
    one, two = laptop.invited(tea), laptop.invited(tea)
    laptop.settle(laptop.yes(one, tea), laptop.yes(two, tea))
    fields = seats.record(tea).fields
    assert (fields["taken"], fields["waiting"]) == (1, 1)
    laptop.settle(laptop.no(one), laptop.no(two))
    assert (seats.record(tea).fields["taken"], seats.record(tea).fields["waiting"]) == (0, 0)


def test_those_who_wait_go_before_new_leases(seats):
    tea = make_activity(seats, 1)
    laptop = seats.laptop()
    one, two = laptop.invited(tea), laptop.invited(tea)
    laptop.settle(laptop.yes(one, tea), laptop.yes(two, tea))
    laptop.settle(laptop.no(one))
    assert seats.state(two) == "offered"
    assert laptop.lease(tea, 1) == []


# -- slot-once ---------------------------------------------------------------------


def test_a_yes_from_a_lease_takes_its_slot(seats):
    tea = make_activity(seats, 2)
    laptop = seats.laptop()
    laptop.lease(tea, 2)
    one, two = laptop.invited(tea), laptop.invited(tea)
    assert told(laptop.settle(laptop.yes(one, tea), laptop.yes(two, tea))) == [
        ("applied", None),
        ("applied", None),
    ]
    assert {seat.slot for seat in book(seats, tea)[1].values()} == {"1", "2"}


def test_slot_once_two_clones_give_the_same_slot_away(seats):
    """Without it: both are told "confirmed", and both come."""
    tea = make_activity(seats, 1)
    laptop = seats.laptop()
    mine, theirs = laptop.invited(tea), laptop.invited(tea)
    laptop.lease(tea, 1)
    clone = laptop.clone()
    laptop.queue.append(laptop.yes(mine, tea))
    clone.queue.append(clone.yes(theirs, tea))
    laptop.sync()
    assert told(clone.sync())[-1] == ("applied", "seat.waitlisted")
    assert [seats.state(mine), seats.state(theirs)] == ["confirmed", "waitlisted"]


def test_slot_once_a_used_slot_gets_another_free_seat(seats):
    tea = make_activity(seats, 2)
    laptop = seats.laptop()
    mine, theirs = laptop.invited(tea), laptop.invited(tea)
    laptop.lease(tea, 1)
    clone = laptop.clone()
    laptop.queue.append(laptop.yes(mine, tea))
    clone.queue.append(clone.yes(theirs, tea))
    laptop.sync()
    assert told(clone.sync())[-1] == ("applied", "seat.other_place")
    assert [seats.state(mine), seats.state(theirs)] == ["confirmed", "confirmed"]


def test_slot_once_who_lost_a_slot_goes_before_those_who_never_had_one(seats):
    tea = make_activity(seats, 1)
    laptop, other = seats.laptop(), seats.laptop()
    mine, theirs, waiter = laptop.invited(tea), laptop.invited(tea), other.invited(tea)
    laptop.lease(tea, 1)
    clone = laptop.clone()
    other.settle(other.yes(waiter, tea))
    laptop.settle(laptop.yes(mine, tea))
    clone.queue.append(clone.yes(theirs, tea))
    clone.sync()
    laptop.settle(laptop.no(mine))
    assert [seats.state(theirs), seats.state(waiter)] == ["offered", "waitlisted"]


def test_a_slot_for_one_who_sits_already_is_free_for_others(seats):
    tea = make_activity(seats, 2)
    laptop = seats.laptop()
    one = laptop.invited(tea)
    laptop.settle(laptop.yes(one, tea, offline=True))
    laptop.lease(tea, 1)
    assert told(laptop.settle(laptop.yes(one, tea))) == [("nothing", "seat.had_one")]
    two = laptop.invited(tea)
    assert told(laptop.settle(laptop.yes(two, tea, offline=True))) == [("applied", None)]


def test_a_lease_of_somebody_else_is_worth_no_slot(seats):
    tea = make_activity(seats, 1)
    holder, thief = seats.laptop(), seats.laptop()
    found = (holder.lease(tea, 1)[0], "1")
    invitation = thief.invited(tea)
    thief.settle(thief.yes(invitation, tea, found))
    assert seats.state(invitation) == "waitlisted"
    mine = holder.invited(tea)
    assert told(holder.settle(holder.yes(mine, tea))) == [("applied", None)]


# -- reclaim -----------------------------------------------------------------------


def test_reclaim_is_an_event_two_days_after_the_end(seats):
    tea = make_activity(seats, 1)
    laptop = seats.laptop()
    laptop.lease(tea, 1)
    seats.clock.pass_time(timedelta(days=8, hours=23))
    assert tidy(seats).reclaimed == 0
    seats.clock.pass_time(timedelta(hours=2))
    assert tidy(seats).reclaimed == 1
    assert events(seats, tea)[-1] == "reclaimed"
    assert tidy(seats).reclaimed == 0


@pytest.mark.parametrize("late_days", [8, 400])
def test_reclaim_a_yes_that_arrives_before_the_event_has_its_slot(seats, late_days):
    """Arrival before or after the event decides, and no clock: nobody has taken it back yet."""
    tea = make_activity(seats, 1)
    laptop = seats.laptop()
    invitation = laptop.invited(tea)
    laptop.lease(tea, 1)
    yes = laptop.yes(invitation, tea)
    seats.clock.pass_time(timedelta(days=late_days))
    assert told(laptop.settle(yes)) == [("applied", None)]


def test_reclaim_a_yes_that_arrives_after_the_event_is_told_and_goes_first(seats):
    """Without it: a laptop that never comes back keeps seats for ever; or its yes is dropped."""
    tea = make_activity(seats, 1)
    laptop, other = seats.laptop(), seats.laptop()
    mine, first, waiter = laptop.invited(tea), other.invited(tea), other.invited(tea)
    laptop.lease(tea, 1)
    yes = laptop.yes(mine, tea)
    other.settle(other.yes(first, tea), other.yes(waiter, tea))
    seats.clock.pass_time(timedelta(days=10))
    tidy(seats)
    assert [seats.state(first), seats.state(waiter)] == ["offered", "waitlisted"]
    assert told(laptop.settle(yes)) == [("applied", "seat.waitlisted")]
    other.settle(other.no(first))
    assert [seats.state(mine), seats.state(waiter)] == ["offered", "waitlisted"]


def test_an_offer_runs_out_by_an_event_and_goes_to_the_next(seats):
    tea = make_activity(seats, 1)
    laptop = seats.laptop()
    one, two, three = (laptop.invited(tea) for _ in range(3))
    laptop.settle(*(laptop.yes(i, tea) for i in (one, two, three)))
    laptop.settle(laptop.no(one))
    seats.clock.pass_time(timedelta(days=4))
    assert tidy(seats).expired == 1
    assert [seats.state(i) for i in (one, two, three)] == ["withdrawn", "expired", "offered"]
    assert told(laptop.settle(laptop.yes(two, tea))) == [("applied", "seat.waitlisted")]


def test_to_ask_for_seats_of_what_is_no_activity_leaves_nothing_behind(seats):
    """Without it: a laptop that lies fills the server with the streams of what it makes up."""
    laptop = seats.laptop()
    customer = laptop.saved()
    with seats.database.snapshot() as connection:
        before = streams.read_all(connection)
    for activity in (new_id(), customer.id):
        assert laptop.lease(activity, 5) == []
    with seats.database.snapshot() as connection:
        assert streams.read_all(connection) == before


def test_a_repeated_hello_gets_the_same_lease(seats):
    tea = make_activity(seats, 5)
    laptop = seats.laptop()
    first = laptop.lease(tea, 2)
    assert laptop.hello() == first
    seats.clock.pass_time(timedelta(days=1))
    assert laptop.hello() == first
    one = laptop.invited(tea)
    laptop.settle(laptop.yes(one, tea))
    again = laptop.hello()
    assert again[0] == {**first[0], "slots": ["2"]}
    assert [lease["slots"] for lease in again[1:]] == [["1"]]


def test_a_lease_is_prolonged_while_its_laptop_comes_and_nobody_waits(seats):
    tea = make_activity(seats, 1)
    laptop = seats.laptop()
    first = laptop.lease(tea, 1)[0]
    seats.clock.pass_time(timedelta(days=4))
    longer = laptop.hello()[0]
    assert (longer["id"], longer["until"] > first["until"]) == (first["id"], True)
    other = seats.laptop()
    invitation = other.invited(tea)
    other.settle(other.yes(invitation, tea))
    seats.clock.pass_time(timedelta(days=4))
    assert laptop.hello()[0]["until"] == longer["until"]


# -- who decides, and what outlives what -------------------------------------------


def test_an_edit_takes_no_seat_and_may_give_one_up(seats):
    tea = make_activity(seats, 1)
    laptop = seats.laptop()
    one, two = seats.record(laptop.invited(tea)), seats.record(laptop.invited(tea))
    for state in ("confirmed", "waitlisted", "offered", "expired"):
        assert told(laptop.push(laptop.edit(one, state=("sent", state)))) == [
            ("refused", "seat.verb")
        ]
    laptop.settle(laptop.yes(one.id, tea), laptop.yes(two.id, tea))
    assert laptop.outcomes(laptop.edit(one, state=("confirmed", "attended"))) == ["applied"]
    assert laptop.outcomes(laptop.edit(one, state=("attended", "confirmed"))) == ["applied"]
    assert laptop.outcomes(laptop.edit(one, state=("confirmed", "declined"))) == ["applied"]
    assert seats.state(two.id) == "offered"
    assert laptop.outcomes(laptop.edit(one, state=("declined", "attended"))) == ["applied"]
    assert told(laptop.push(laptop.edit(one, state=("attended", "confirmed")))) == [
        ("refused", "seat.verb")
    ]


def test_an_edit_of_what_a_seat_has_changed_meanwhile_keeps_both(seats):
    tea = make_activity(seats, 1)
    laptop = seats.laptop()
    one = seats.record(laptop.invited(tea))
    laptop.settle(laptop.yes(one.id, tea))
    assert laptop.outcomes(laptop.edit(one, state=("sent", "declined"))) == ["conflict"]
    assert seats.state(one.id) == "confirmed"


def test_a_deleted_invitation_gives_its_seat_to_the_next(seats):
    tea = make_activity(seats, 1)
    laptop = seats.laptop()
    one, two = laptop.invited(tea), laptop.invited(tea)
    laptop.settle(laptop.yes(one, tea), laptop.yes(two, tea))
    assert laptop.outcomes(laptop.delete(seats.record(one))) == ["applied"]
    assert seats.state(two) == "offered"


def test_the_head_of_the_queue_may_be_a_colleagues(seats):
    """Its portfolio is locked too, and its revision names nobody who did not do it."""
    tea = make_activity(seats, 1)
    laptop, other = seats.laptop(), seats.laptop()
    mine, theirs = laptop.invited(tea), other.invited(tea)
    laptop.settle(laptop.yes(mine, tea))
    other.settle(other.yes(theirs, tea))
    laptop.settle(laptop.no(mine))
    assert seats.state(theirs) == "offered"
    with seats.database.snapshot() as connection:
        from server.store import records

        last = records.history(connection, theirs)[-1]
    assert laptop.person not in str(dict(last)["author"])


def test_a_seat_outlives_an_invitation_that_was_refused_with_its_group(seats):
    """Without it: the customer was told "sure", and a slip in another field unseats her."""
    tea = make_activity(seats, 1)
    laptop = seats.laptop()
    laptop.lease(tea, 1)
    customer = laptop.customer()
    invitation = laptop.child(customer, "invitation", activity=tea, state="no such state")
    yes = replace(laptop.yes(invitation.record, tea), root=customer.record)
    outcomes = [r.outcome for r in laptop.settle(*grouped(customer, invitation, yes))]
    assert outcomes == ["refused", "refused", "refused"]
    assert [seat.state for seat in book(seats, tea)[1].values()] == ["confirmed"]


def test_a_seat_outlives_the_hand_over_of_its_customer(seats):
    tea = make_activity(seats, 1)
    old, new = seats.laptop(), seats.laptop()
    old.lease(tea, 1)
    invitation = old.invited(tea)
    seats.move(seats.record(invitation).root, portfolio(new.person))
    assert told(old.settle(old.yes(invitation, tea))) == [("diverted", None)]
    assert seats.state(invitation) == "confirmed"
    assert "seat_token" not in seats.inbox(invitation)[0].fields["changes"]


def test_a_seat_outlives_the_retirement_of_its_laptop(seats):
    """What a retired laptop brings goes into quarantine; the customer was told "sure"."""
    tea = make_activity(seats, 1)
    laptop = seats.laptop().enrolled()
    laptop.lease(tea, 1)
    invitation = laptop.invited(tea)
    with seats.database.writing() as connection:
        people.revoke(connection, laptop.enrolment, "retired")
    assert told(laptop.settle(laptop.yes(invitation, tea))) == [("quarantined", None)]
    assert seats.state(invitation) == "confirmed"


def test_token_a_confirmation_outlives_a_restore_and_the_retirement_of_its_laptop(seats):
    """Without it: of the confirmation nobody reads, and the customer was told "sure"."""
    tea = make_activity(seats, 1)
    laptop = seats.laptop().enrolled()
    dump = Dump(seats)
    invitation = laptop.invited(tea)
    laptop.settle(laptop.yes(invitation, tea, offline=True))
    dump.restore()
    with seats.database.writing() as connection:
        people.revoke(connection, laptop.enrolment, "retired")
    laptop.fork()
    assert told(laptop.sync()) == [("quarantined", None)]
    assert {i: seat.state for i, seat in book(seats, tea)[1].items()} == {invitation: "confirmed"}


def test_a_yes_of_a_retired_laptop_says_nothing_of_a_record_that_is_no_invitation(seats):
    tea = make_activity(seats, 1)
    laptop = seats.laptop().enrolled()
    laptop.lease(tea, 1)
    customer = laptop.saved()
    with seats.database.writing() as connection:
        people.revoke(connection, laptop.enrolment, "retired")
    assert told(laptop.settle(laptop.yes(customer.id, tea))) == [("refused", "operation.verb")]
    assert seats.record(customer.id).fields == customer.fields
    assert book(seats, tea)[1] == {}


def test_a_seat_outlives_an_invitation_that_nobody_brings(seats):
    """What waits for thirty days is put aside; the customer was told "sure"."""
    tea = make_activity(seats, 1)
    laptop = seats.laptop()
    laptop.lease(tea, 1)
    yes = laptop.yes(new_id(), tea)
    assert told(laptop.settle(yes)) == [("later", "record.unknown")]
    seats.clock.pass_time(timedelta(days=31))
    assert told(laptop.settle(yes)) == [("quarantined", None)]
    assert {i: seat.state for i, seat in book(seats, tea)[1].items()} == {yes.record: "confirmed"}


def test_a_yes_by_nobody_with_no_lease_takes_nothing(seats):
    tea = make_activity(seats, 1)
    laptop, stranger = seats.laptop(), seats.laptop()
    invitation = laptop.invited(tea)
    assert told(stranger.settle(stranger.yes(invitation, tea))) == [("quarantined", None)]
    assert book(seats, tea)[1] == {}


def test_a_yes_for_an_unknown_invitation_waits_and_keeps_its_slot(seats):
    tea = make_activity(seats, 1)
    laptop = seats.laptop()
    laptop.lease(tea, 1)
    yes = laptop.yes(new_id(), tea)
    assert told(laptop.settle(yes)) == [("later", "record.unknown")]
    assert [lease.free for lease in book(seats, tea)[0].values()] == [["1"]]


def test_a_replayed_yes_acts_once_and_brings_its_confirmation_again(seats):
    tea = make_activity(seats, 2)
    laptop = seats.laptop()
    invitation = laptop.invited(tea)
    page = laptop.numbered([laptop.yes(invitation, tea)])
    first = [result for _, result in laptop.send(page).results]
    again = [result for _, result in laptop.send(page).results]
    assert first == again
    assert first[0].confirmation
    assert len(book(seats, tea)[1]) == 1


# -- token and freeze --------------------------------------------------------------


def restored(dump, *laptops):
    """Restore a server; each laptop hears of the new epoch and forks."""
    dump.restore()
    for laptop in laptops:
        laptop.fork()


def test_token_a_lease_given_after_the_backup_is_known_again(seats):
    tea = make_activity(seats, 1)
    laptop = seats.laptop()
    invitation = laptop.invited(tea)
    dump = Dump(seats)
    laptop.lease(tea, 1)
    laptop.queue.append(laptop.yes(invitation, tea))
    restored(dump, laptop)
    assert told(laptop.sync())[-1] == ("applied", None)
    assert seats.state(invitation) == "confirmed"
    assert "revived" in events(seats, tea)


def test_token_a_yes_confirmed_after_the_backup_whose_lease_expired_before_the_restore(seats):
    """Without it: the customer was told, the server has forgotten, and the slot is gone."""
    tea = make_activity(seats, 1)
    laptop, other = seats.laptop(), seats.laptop()
    mine, theirs = laptop.invited(tea), other.invited(tea)
    laptop.lease(tea, 1)
    dump = Dump(seats)
    laptop.settle(laptop.yes(mine, tea))
    seats.clock.pass_time(timedelta(days=20))
    restored(dump, laptop, other)
    tidy(seats)  # the lease of the dump is long over
    assert told(other.settle(other.yes(theirs, tea))) == [("applied", "seat.waitlisted")]
    assert told(laptop.sync())[-1] == ("applied", None)
    assert [seats.state(mine), seats.state(theirs)] == ["confirmed", "waitlisted"]


def test_token_a_confirmation_without_a_lease_is_honoured_within_the_capacity(seats):
    tea = make_activity(seats, 1)
    laptop = seats.laptop()
    one, two = laptop.invited(tea), laptop.invited(tea)
    dump = Dump(seats)
    laptop.settle(laptop.yes(one, tea))
    with_proof = laptop.retained[-1]
    dump.restore()
    laptop.fork()
    forged = replace(with_proof, id=new_id(), record=two)
    assert told(laptop.push(forged)) == [("applied", "seat.waitlisted")]
    assert told(laptop.push(with_proof)) == [("applied", None)]
    assert [seats.state(one), seats.state(two)] == ["confirmed", "waitlisted"]


def test_token_what_the_server_has_not_signed_is_worth_nothing(seats):
    tea = make_activity(seats, 1)
    laptop = seats.laptop()
    one = laptop.invited(tea)
    lease = {**laptop.lease(tea, 1)[0]}
    holder = seats.laptop()
    for token in ("", "x.y", lease["token"][:-8] + "AAAAAAA=", None):
        fields = {
            "state": ("sent", "confirmed"),
            LEASE: (None, new_id()),
            SLOT: (None, "1"),
            TOKEN: (None, token),
            PROOF: (None, token),
        }
        yes = replace(laptop.yes(one, tea, offline=True), fields=fields)
        assert told(laptop.settle(yes))[0][1] == "seat.waitlisted"
    assert holder.lease(tea, 1) == []


def test_freeze_no_lease_and_no_confirmation_without_a_signed_word(seats):
    """Without it: seats sold twice, to whoever comes first and to those who were told before."""
    tea = make_activity(seats, 2)
    laptop, other = seats.laptop(), seats.laptop()
    mine, theirs = laptop.invited(tea), other.invited(tea)
    freeze(seats)
    assert other.lease(tea, 1) == []
    assert told(other.settle(other.yes(theirs, tea))) == [("applied", "seat.waitlisted")]
    seats.clock.pass_time(timedelta(days=10))  # the longest lease, its grace, and a day
    tidy(seats)
    assert seats.state(theirs) == "offered"
    assert len(laptop.lease(tea, 1)) == 1
    assert told(laptop.settle(laptop.yes(mine, tea))) == [("applied", None)]


def test_freeze_ends_when_every_device_has_synced(seats):
    from server.store import tables

    tea = make_activity(seats, 1)
    laptops = [seats.laptop().enrolled(), seats.laptop().enrolled()]
    invitation = laptops[0].invited(tea)
    freeze(seats, "new-epoch")
    laptops[0].settle(laptops[0].yes(invitation, tea))
    laptops[0].hello(epoch="new-epoch")
    laptops[1].hello(epoch="old-epoch")
    laptops[1].hello(epoch="new-epoch", unsent=3)
    with seats.database.snapshot() as connection:
        assert connection.execute(tables.server_state.select()).one().frozen_until
    assert seats.state(invitation) == "waitlisted"
    laptops[1].hello(epoch="new-epoch")
    assert seats.state(invitation) == "offered"


def test_freeze_a_confirmed_yes_that_comes_late_goes_first(seats):
    tea = make_activity(seats, 1)
    laptop, other = seats.laptop(), seats.laptop()
    mine, first, second = laptop.invited(tea), other.invited(tea), other.invited(tea)
    dump = Dump(seats)
    laptop.settle(laptop.yes(mine, tea))
    restored(dump, laptop, other)
    other.settle(other.yes(first, tea), other.yes(second, tea))
    seats.clock.pass_time(timedelta(days=10))
    tidy(seats)
    assert seats.state(first) == "offered"
    assert told(laptop.sync())[-1] == ("applied", "seat.waitlisted")
    other.settle(other.no(first))
    assert [seats.state(mine), seats.state(second)] == ["offered", "waitlisted"]


def test_no_lease_where_the_activity_is_not_granted(seats):
    tea = make_activity(seats, 1)
    stranger = seats.person()
    assert seats.laptop(stranger).lease(tea, 1) == []
    assert seat_acts.lease(replace(seats.exchange, tokens=None).seats, None, []) == []
