"""Rule 4 and the hand-over around it: families, notes, links, batches, who is waited for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from crm.domain.errors import NotFound, Refused
from crm.domain.ids import derived_id, new_id
from crm.domain.instants import instant_text
from crm.domain.kinds import SCHEMA
from server.exchange import accounts, choosing, handover, interlock
from server.exchange.handover import Note, Transfer
from server.store import people
from tests.helpers.server import Laptop


def note(giver, taker, **more):
    return Note(from_manager=giver.person, to_manager=taker.person, by=giver.person, **more)


def hand_over(world, giver, taker, *roots, **how):
    """Hand customers over as the command does; return what moved."""
    how.setdefault("note", note(giver, taker, from_name="李华", to_name="王敏", reason="调岗"))
    transfer = Transfer(roots=roots, to_stream=taker.home, from_stream=giver.home, **how)
    return handover.move_all(world.exchange, world.hand().actor, transfer, lambda *_: None)


def everybody(world, giver):
    return choosing.everything(world.exchange, giver.home).roots.get(giver.home, ())


# -- what moves --------------------------------------------------------------------


def test_family_moves_with_visits_conflicts_inbox_items_and_dead_rows(world):
    giver, deputy, taker = world.laptop(), world.laptop(), world.laptop()
    world.grant(deputy.person, giver.home)
    customer = giver.saved(village="East")
    home = giver.child(customer, "household", name="Home")
    member = replace(giver.child(home, "household_member", relation="head"), root=customer.id)
    dead = giver.tag(customer)
    visit = giver.child(customer, "visit", state="planned", on="2026-11-20")
    assert giver.outcomes(home, member, dead, visit) == ["applied"] * 4
    giver.push(giver.delete(world.record(dead.record)))
    deputy.push(deputy.edit(customer, village=("East", "West")))
    giver.push(giver.edit(customer, village=("East", "North")))  # a conflict
    world.end_grant(deputy.person, giver.home)
    deputy.push(deputy.edit(customer, note=(None, "tea")))  # an inbox item

    moved = hand_over(world, giver, taker, customer.id)
    family = world.family(customer.id)
    assert {m.stream for m in family} == {taker.home}
    assert [m.kind for m in family if m.dead] == ["tag"]
    assert sorted(m.kind for m in family if not m.dead) == [
        *("conflict", "customer", "hand_over", "household"),
        *("household_member", "inbox_item", "visit"),
    ]
    assert (moved.customers, moved.records) == (1, 6)
    assert world.live(giver.home) == []


def test_nobody_can_stand_in_the_way_of_a_hand_over(world):
    """Without it: a record under the id that its note would have stops it for good."""
    giver, taker = world.laptop(), world.laptop()
    customer = giver.saved()
    squat = giver.customer(name="Made Up")
    taken = derived_id("hand_over", customer.id, str(customer.version + 1))
    assert giver.outcomes(replace(squat, record=taken, root=taken)) == ["applied"]
    assert hand_over(world, giver, taker, customer.id).customers == 1
    assert [m.kind for m in world.family(taken)] == ["customer"]


def test_a_hand_over_is_told_in_the_new_portfolio_and_in_no_other(world):
    giver, taker = world.laptop(), world.laptop()
    customer = giver.saved()
    giver.push(
        giver.child(customer, "visit", state="planned", on="2026-11-20"),
        giver.child(customer, "visit", state="completed", on="2026-11-01"),
        giver.child(customer, "task", title="Call", state="open"),
        giver.child(customer, "task", title="Wrote", state="done"),
    )
    said = note(
        giver, taker, from_name="李华", reason="调岗", override="病假", unsynced_devices=2, unsent=3
    )
    hand_over(world, giver, taker, customer.id, note=said)
    (told,) = world.live(taker.home, "hand_over")
    assert (told.parent, told.root) == (customer.id, customer.id)
    assert told.fields == {
        "from_manager": giver.person,
        "from_name": "李华",
        "to_manager": taker.person,
        "by": giver.person,
        "at": world.exchange.now(),
        "reason": "调岗",
        "override": "病假",
        "unsynced_devices": 2,
        "unsent": 3,
        "open_visits": 1,
        "open_tasks": 1,
    }
    SCHEMA["hand_over"].check(told.fields, whole_record=True)


@pytest.mark.parametrize("verb", ["create", "edit", "delete"])
def test_no_laptop_writes_a_hand_over_nor_removes_one(world, verb):
    giver, taker = world.laptop(), world.laptop()
    customer = giver.saved()
    hand_over(world, giver, taker, customer.id)
    (told,) = world.live(taker.home, "hand_over")
    made = {
        "create": taker.child(told, "hand_over", **told.fields),
        "edit": taker.edit(told, reason=("调岗", "别的")),
        "delete": taker.delete(told),
    }
    assert taker.outcomes(made[verb]) == ["refused"]
    assert world.record(told.id).version == 1


def test_the_hand_over_goes_with_its_customer_when_the_new_manager_removes_it(world):
    giver, taker = world.laptop(), world.laptop()
    customer = giver.saved()
    hand_over(world, giver, taker, customer.id)
    assert taker.outcomes(taker.delete(customer)) == ["applied"]
    assert world.live(taker.home) == []


def test_a_customer_that_goes_and_comes_back_tells_every_hand_over(world):
    """A to B to A to B on one day, for the same reason."""
    one, other = world.laptop(), world.laptop()
    customer = one.saved()
    for giver, taker in ((one, other), (other, one), (one, other)):
        hand_over(world, giver, taker, customer.id)
    told = world.below(customer.id, "hand_over")
    assert [t.fields["to_manager"] for t in sorted(told, key=lambda t: -t.version)] == [
        *(other.person, one.person, other.person),
    ]
    late = one.edit(customer, note=(None, "tea"))
    assert one.outcomes(late) == ["diverted"]
    assert [i.stream for i in world.inbox(customer.id)] == [other.home]
    hand_over(world, other, one, customer.id)
    assert [i.stream for i in world.inbox(customer.id)] == [one.home]  # back with its author
    assert one.outcomes(one.edit(customer, note=(None, "wine"))) == ["applied"]


def test_a_whole_portfolio_leaves_nothing_behind(world):
    """Graves, a task of the manager's own, a note beside a grave: somebody must see to them."""
    giver, deputy, taker = world.laptop(), world.laptop(), world.laptop()
    world.grant(deputy.person, giver.home)
    living, buried = giver.saved(), giver.saved()
    own = giver.operation(
        "create",
        new_id(),
        kind="task",
        home=giver.home,
        fields={"title": (None, "Order leaflets"), "state": (None, "open")},
    )
    giver.push(replace(own, root=own.record), giver.delete(buried))
    deputy.push(deputy.edit(buried, note=(None, "tea")))  # a conflict beside the grave
    moved = hand_over(world, giver, taker, *everybody(world, giver), graves=True)
    assert moved.customers == 1
    assert everybody(world, giver) == ()
    assert sorted(r.kind for r in world.live(taker.home)) == [
        *("conflict", "customer", "hand_over", "task"),
    ]
    assert world.record(buried.id).stream == taker.home
    assert [h.parent for h in world.live(taker.home, "hand_over")] == [living.id]


def test_a_portfolio_of_many_batches_moves_whole_and_may_be_repeated(world):
    giver, taker = world.laptop(), world.laptop()
    customers = [giver.customer(name=f"Number {n}") for n in range(handover.BATCH * 2 + 3)]
    giver.push(*customers, *(giver.tag(c) for c in customers[:50]))
    roots, done = everybody(world, giver), []
    transfer = Transfer(
        roots=roots, to_stream=taker.home, from_stream=giver.home, note=note(giver, taker)
    )
    first = replace(transfer, roots=roots[: handover.BATCH])  # then the command was killed
    actor = world.hand().actor
    handover.move_batch(world.exchange, actor, first)
    moved = handover.move_all(world.exchange, actor, transfer, lambda *at: done.append(at))
    assert moved.customers == len(customers) - handover.BATCH
    assert done == [(40, 83), (80, 83), (83, 83)]
    assert len(world.live(taker.home, "hand_over")) == len(customers)  # each told once
    assert handover.move_all(world.exchange, actor, transfer, lambda *_: None).roots == ()


def test_what_a_colleague_took_over_meanwhile_is_left_with_the_colleague(world):
    giver, taker, third = world.laptop(), world.laptop(), world.laptop()
    customer = giver.saved()
    world.move(customer.id, third.home)
    assert hand_over(world, giver, taker, customer.id).roots == ()
    assert world.record(customer.id).stream == third.home


# -- suspected duplicates ------------------------------------------------------------


def twins(laptop):
    """Two customers of one portfolio with a link between them."""
    one, other = (laptop.saved(phone="+8612000000001") for _ in range(2))
    (link,) = laptop.world.live(laptop.home, "duplicate_link")
    assert link.fields["other"] in (one.id, other.id)
    return link.root, link.fields["other"], link.id


@pytest.mark.parametrize("first", ["holder", "named"])
def test_twins_lose_each_others_names_when_parted_and_get_them_back_when_reunited(world, first):
    giver, taker = world.laptop(), world.laptop()
    holder, named, link = twins(giver)
    order = [holder, named] if first == "holder" else [named, holder]
    hand_over(world, giver, taker, order[0])
    parted = world.record(link)
    left_with = giver if first == "holder" else taker
    assert parted.fields["other_manager"] == left_with.person
    assert "other" not in parted.fields
    hand_over(world, giver, taker, order[1])
    together = world.record(link)
    assert together.stream == taker.home
    assert together.fields.get("other") == named
    assert "other_manager" not in together.fields


def test_twins_that_move_together_keep_each_others_names(world):
    giver, taker = world.laptop(), world.laptop()
    holder, named, link = twins(giver)
    hand_over(world, giver, taker, holder, named)
    assert world.record(link).fields["other"] == named
    assert world.record(link).version == 2  # moved, and nothing else


def test_twins_a_third_manager_hears_who_keeps_the_other_now(world):
    giver, taker, third = world.laptop(), world.laptop(), world.laptop()
    moving, staying = giver.saved(phone="+8612000000001"), third.saved(phone="+8612000000001")
    hand_over(world, giver, taker, moving.id)
    (link,) = world.below(staying.id, "duplicate_link")
    assert link.fields["other_manager"] == taker.person


# -- choosing -------------------------------------------------------------------------


def test_customers_are_chosen_by_field_in_one_portfolio_or_in_all(world):
    giver, taker, third = world.laptop(), world.laptop(), world.laptop()
    east = giver.saved(village="东村", tier="high")
    giver.saved(village="东村", tier="low")
    elsewhere = third.saved(village="东村", tier="high")
    there = taker.saved(village="东村", tier="high")
    wanted = {"village": "东村", "tier": "high"}
    one = choosing.found(world.exchange, wanted, taker.home, giver.home)
    assert (one.roots, one.there) == ({giver.home: (east.id,)}, ())
    every = choosing.found(world.exchange, wanted, taker.home)
    assert every.roots == {giver.home: (east.id,), third.home: (elsewhere.id,)}
    assert every.there == (there.id,)
    empty = choosing.found(world.exchange, {"village": None}, taker.home)
    assert empty.customers == 0


def test_customers_named_that_lie_elsewhere_are_left_alone_and_strangers_refused(world):
    giver, taker, third = world.laptop(), world.laptop(), world.laptop()
    mine, theirs, there = giver.saved(), third.saved(), taker.saved()
    ids = [mine.id, theirs.id, there.id, mine.id]
    chosen = choosing.named(world.exchange, ids, taker.home, giver.home)
    assert chosen.roots == {giver.home: (mine.id,)}
    assert (chosen.elsewhere, chosen.there) == ((theirs.id,), (there.id,))
    tag = giver.tag(mine)
    giver.push(tag)
    for stranger in (new_id(), tag.record):
        with pytest.raises(NotFound):
            choosing.named(world.exchange, [mine.id, stranger], taker.home)


# -- who is waited for ------------------------------------------------------------------


@pytest.fixture
def enrolled(world):
    """Give a person a computer, seen so many days ago with so many edits unsent."""

    def make(person, device, *, days=0, unsent=0, state="active", seen=True):
        enrolment = new_id()
        at = instant_text(world.clock.now() - timedelta(days=days))
        with world.database.writing() as connection:
            people.add_enrolment(
                connection,
                id=enrolment,
                person=person,
                device=device,
                state=state,
                token=new_id(),
                at=world.exchange.now(),
            )
            people.add_incarnation(
                connection,
                id=new_id(),
                enrolment=enrolment,
                person=person,
                baton=new_id(),
                unsent=unsent,
                seen_at=at if seen else None,
            )
        return enrolment

    return make


def waited_for(world, *streams, days=7):
    since = interlock.days_ago(world.exchange, days)
    found = interlock.unsynced(world.exchange, streams, since)
    return {(device.device, device.why, device.unsent) for device in found}


def test_computers_with_unsent_edits_or_long_silence_are_waited_for(world, enrolled):
    giver, stranger = world.laptop(), world.laptop()
    enrolled(giver.person, "clean", days=1)
    enrolled(giver.person, "full", days=1, unsent=3)
    enrolled(giver.person, "quiet", days=9, unsent=1)
    enrolled(giver.person, "unused", seen=False)
    enrolled(giver.person, "stolen", days=90, unsent=5, state="lost")
    enrolled(stranger.person, "other", days=90, unsent=5)
    assert waited_for(world, giver.home) == {
        ("full", "unsent", 3),
        ("quiet", "silent", 1),
        ("unused", "silent", 0),
    }
    assert ("clean", "silent", 0) in waited_for(world, giver.home, days=0)


def test_deputies_are_waited_for_while_they_may_write(world, enrolled):
    giver, deputy = world.laptop(), world.laptop()
    enrolled(deputy.person, "deputy's", unsent=2)
    assert waited_for(world, giver.home) == set()
    world.grant(deputy.person, giver.home)
    assert waited_for(world, giver.home) == {("deputy's", "unsent", 2)}
    world.end_grant(deputy.person, giver.home)
    assert waited_for(world, giver.home) == set()


def test_a_computer_that_began_a_new_life_is_judged_by_that(world, enrolled):
    giver = world.laptop()
    enrolment = enrolled(giver.person, "copied", days=30, unsent=4)
    with world.database.writing() as connection:
        people.add_incarnation(
            connection,
            id=new_id(),
            enrolment=enrolment,
            person=giver.person,
            baton=new_id(),
            seen_at=world.exchange.now(),
        )
    assert waited_for(world, giver.home) == set()


def test_waiting_ends_when_everybody_has_synced_and_tells_each_change_once(world):
    looks = [["a", "b"], ["a", "b"], ["a"], []]
    told = []
    left = interlock.wait(lambda: looks.pop(0), told.append, lambda: True)
    assert (left, told, looks) == ([], [["a", "b"], ["a"]], [])


def test_waiting_ends_when_it_has_been_long_enough(world):
    pauses = iter([True, False])
    assert interlock.wait(lambda: ["a"], lambda _: None, lambda: next(pauses)) == ["a"]


# -- deputies for a while -----------------------------------------------------------------


def a_period(world, deputy, giver, first, last):
    """Days from now."""
    with world.database.snapshot() as connection:
        by_id = {p.id: p for p in people.people(connection)}
    now = world.clock.now()
    accounts.deputise(
        world.exchange,
        by_id[deputy.person],
        by_id[giver.person],
        since=instant_text(now + timedelta(days=first)),
        until=instant_text(now + timedelta(days=last)),
    )


def outcome_of_an_edit(deputy, customer, value):
    """Of a page that a laptop sends now: what it may is read at the server, at this moment."""
    page = deputy.numbered([deputy.edit(customer, note=(None, value))])
    actor = replace(deputy.actor, grants=())
    accepted = deputy.world.exchange.accept(actor, page)
    return accepted.results[0][1].outcome


def test_a_deputys_grant_opens_and_closes_by_itself(world):
    giver, deputy = world.laptop(), world.laptop()
    customer = giver.saved()
    a_period(world, deputy, giver, 2, 5)
    assert outcome_of_an_edit(deputy, customer, "early") == "quarantined"  # never been there
    world.clock.pass_time(timedelta(days=3))
    assert outcome_of_an_edit(deputy, customer, "tea") == "applied"
    world.clock.pass_time(timedelta(days=3))
    assert outcome_of_an_edit(deputy, customer, "late") == "diverted"
    with world.database.snapshot() as connection:
        kept = [g for g in people.grants(connection, deputy.person) if g.stream == giver.home]
    assert len(kept) == 1  # closed, never deleted


def test_a_deputyship_may_be_ended_before_its_day_and_before_it_begins(world):
    giver, deputy, other = world.laptop(), world.laptop(), world.laptop()
    customer = giver.saved()
    a_period(world, deputy, giver, -1, 5)
    a_period(world, other, giver, 2, 5)
    assert outcome_of_an_edit(deputy, customer, "tea") == "applied"
    for laptop in (deputy, other):
        world.end_grant(laptop.person, giver.home)
    assert outcome_of_an_edit(deputy, customer, "late") == "diverted"
    world.clock.pass_time(timedelta(days=3))
    assert outcome_of_an_edit(other, customer, "never") == "quarantined"


@pytest.mark.parametrize(("first", "last"), [(3, 2), (2, 2), (-5, -1)])
def test_a_period_that_cannot_be_is_refused(world, first, last):
    giver, deputy = world.laptop(), world.laptop()
    with pytest.raises(Refused):
        a_period(world, deputy, giver, first, last)


def test_nobody_is_ones_own_deputy_and_a_lead_has_no_portfolio(world):
    giver, lead = world.laptop(), Laptop(world, world.person("branch_lead"))
    for deputy, of in ((giver, giver), (giver, lead)):
        with pytest.raises(Refused):
            a_period(world, deputy, of, 0, 5)
