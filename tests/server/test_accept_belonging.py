"""Rules 24 to 26: operations by somebody who may not write there, and what follows on them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from crm.domain.errors import Refused
from crm.domain.ids import new_id
from tests.helpers.server import portfolio


def told(result):
    return (result.outcome, result.version, result.reason)


def inboxes(world, stream):
    return world.live(stream, "inbox_item")


# -- divert ----------------------------------------------------------------------


def test_divert_after_the_customer_moved_to_the_inbox_of_its_new_keeper(world):
    """Silent 403: the edit would be lost."""
    laptop, colleague = world.laptop(), world.laptop()
    customer = laptop.saved(village="East")
    world.move(customer.id, colleague.home)
    edit = laptop.edit(customer, village=("East", "West"))
    (result,) = laptop.push(edit)
    assert told(result) == ("diverted", None, None)
    (item,) = world.inbox(customer.id)
    assert (item.stream, item.root) == (colleague.home, customer.id)
    assert item.fields == {
        "record": customer.id,
        "record_kind": "customer",
        "verb": "edit",
        "changes": '{"village":["East","West"]}',
        "author": laptop.person,
        "made_at": edit.at,
        "operation": edit.id,
        "state": "open",
    }
    assert world.record(customer.id).fields["village"] == "East"


def test_divert_after_the_grant_was_closed(world):
    laptop, deputy = world.laptop(), world.laptop()
    world.grant(deputy.person, laptop.home)
    customer = laptop.saved()
    world.end_grant(deputy.person, laptop.home)
    page = [
        deputy.edit(customer, note=(None, "tea")),
        deputy.tag(customer),
        deputy.delete(customer),
    ]
    assert list(map(told, deputy.push(*page))) == [("diverted", None, None)] * 3
    kept = world.inbox(customer.id)
    assert sorted(item.fields["verb"] for item in kept) == ["create", "delete", "edit"]
    assert not world.record(customer.id).dead


def test_divert_a_new_child_and_all_that_follows_on_it(world):
    laptop, colleague = world.laptop(), world.laptop()
    customer = laptop.saved()
    world.move(customer.id, colleague.home)
    household = laptop.child(customer, "household", name="Home")
    member = laptop.operation(
        "create",
        new_id(),
        kind="household_member",
        parent=household.record,
        root=customer.id,
        fields={"relation": (None, "head")},
    )
    assert laptop.outcomes(household, member) == ["diverted", "diverted"]
    assert laptop.outcomes(laptop.edit(member, name=(None, "x"))) == ["diverted"]
    assert len(world.inbox(customer.id)) == 3


def test_divert_what_follows_goes_to_the_customers_next_keeper_too(world):
    laptop, second, third = world.laptop(), world.laptop(), world.laptop()
    customer = laptop.saved()
    world.move(customer.id, second.home)
    household = laptop.child(customer, "household", name="Home")
    laptop.push(household)
    world.move(customer.id, third.home)
    assert laptop.outcomes(laptop.edit(household, name=("Home", "House"))) == ["diverted"]
    assert len(inboxes(world, third.home)) == 2


def test_divert_a_new_root_and_all_that_follows_on_it(world):
    """A deputy whose time is over: the customer waits for the manager, with its children."""
    laptop, deputy = world.laptop(), world.laptop()
    world.grant(deputy.person, laptop.home)
    world.end_grant(deputy.person, laptop.home)
    customer = deputy.customer(home=laptop.home)
    assert deputy.outcomes(customer, deputy.tag(customer)) == ["diverted", "diverted"]
    follow = deputy.edit(customer, village=(None, "East"))
    assert list(map(told, deputy.push(follow))) == [("diverted", None, None)]
    items = inboxes(world, laptop.home)
    assert sorted(item.fields["verb"] for item in items) == ["create", "create", "edit"]
    assert world.live(laptop.home, "customer") == []


def test_divert_settling_the_inbox_is_an_ordinary_edit(world):
    laptop, colleague = world.laptop(), world.laptop()
    customer = laptop.saved(village="East")
    world.move(customer.id, colleague.home)
    laptop.push(laptop.edit(customer, village=("East", "West")))
    (item,) = world.inbox(customer.id)
    taken = [
        colleague.edit(customer, village=("East", "West")),
        colleague.edit(item, state=("open", "taken")),
    ]
    assert colleague.outcomes(*taken) == ["applied", "applied"]


def test_divert_to_a_grave_beside_which_it_waits(world):
    laptop, colleague = world.laptop(), world.laptop()
    customer = laptop.saved()
    world.move(customer.id, colleague.home)
    colleague.push(colleague.delete(customer))
    assert laptop.outcomes(laptop.edit(customer, note=(None, "tea"))) == ["diverted"]
    (item,) = inboxes(world, colleague.home)
    assert item.parent is None  # what hangs under the dead is not seen


def test_divert_is_not_had_by_naming_an_own_customer_as_the_parent(world):
    stranger, victim = world.laptop(), world.laptop()
    own, foreign = stranger.saved(), victim.saved()
    forged = replace(stranger.edit(foreign, note=(None, "spam")), parent=own.id)
    assert stranger.outcomes(forged) == ["quarantined"]
    assert inboxes(world, victim.home) == []


@pytest.mark.parametrize("verb", ["create", "append"])
def test_divert_is_not_had_by_creating_what_is_there_under_an_own_customer(world, verb):
    stranger, victim = world.laptop(), world.laptop()
    own, foreign = stranger.saved(), victim.saved()
    spam = stranger.edit(foreign, note=(None, "spam"))
    forged = replace(spam, verb=verb, kind="tag", parent=own.id)
    assert stranger.outcomes(forged) == ["quarantined"]
    assert inboxes(world, victim.home) == []


def test_a_conflict_beside_a_grave_hangs_under_the_nearest_living(world):
    laptop, deputy = world.laptop(), world.laptop()
    world.grant(deputy.person, laptop.home)
    customer = laptop.saved()
    tag = laptop.tag(customer)
    laptop.push(tag)
    laptop.push(laptop.delete(world.record(tag.record)))
    assert deputy.outcomes(deputy.edit(tag, label=("tea", "green"))) == ["conflict"]
    (conflict,) = world.conflicts(tag.record)
    assert conflict.parent == customer.id


# -- notes ------------------------------------------------------------------------


def test_a_laptop_settles_notes_and_neither_makes_nor_rewrites_them(world):
    laptop, deputy = world.laptop(), world.laptop()
    world.grant(deputy.person, laptop.home)
    customer = laptop.saved(village="East")
    laptop.push(laptop.edit(customer, village=("East", "South")))
    deputy.push(deputy.edit(customer, village=("East", "West")))
    (conflict,) = world.conflicts(customer.id)
    forged = deputy.child(customer, "conflict", **conflict.fields)
    assert deputy.outcomes(forged) == ["refused"]
    assert deputy.outcomes(deputy.edit(conflict, mine=('"West"', '"X"'))) == ["refused"]
    assert deputy.outcomes(deputy.delete(conflict)) == ["refused"]
    other = {"state": ("open", "mine"), "settled_by": (None, laptop.person)}
    assert deputy.outcomes(deputy.edit(conflict, **other)) == ["refused"]
    own = {"state": ("open", "mine"), "settled_by": (None, deputy.person)}
    assert deputy.outcomes(deputy.edit(conflict, **own)) == ["applied"]


def test_a_laptop_removes_no_account_with_its_customer(world):
    laptop = world.laptop()
    customer = laptop.saved()
    hand = world.hand()
    fields = {"number": "0099000001", "type": "current", "currency": "CNY"}
    hand.create("account", fields, parent=customer.id)
    assert laptop.outcomes(laptop.delete(customer)) == ["refused"]
    assert not world.record(customer.id).dead


def test_somebody_elses_operation_id_is_answered_with_nothing(world):
    laptop, stranger = world.laptop(), world.laptop()
    known = laptop.edit(laptop.saved(), note=(None, "tea"))
    laptop.push(known)
    copied = replace(known, author=stranger.person)
    with pytest.raises(Refused):
        stranger.push(copied)


def test_a_grant_that_ended_while_a_page_waited_no_longer_counts(world):
    laptop, deputy = world.laptop(), world.laptop()
    world.grant(deputy.person, laptop.home)
    actor, customer = deputy.actor, laptop.saved()
    world.end_grant(deputy.person, laptop.home)
    page = deputy.numbered([deputy.edit(customer, note=(None, "tea"))])
    accepted = world.exchange.accept(actor, page)
    assert [result.outcome for _, result in accepted.results] == ["diverted"]


# -- strangers -------------------------------------------------------------------


def test_strangers_are_put_into_quarantine_and_never_refused(world):
    """A restored dump forgot the deputy."""
    laptop, deputy = world.laptop(), world.laptop()
    customer = laptop.saved(village="East")
    page = [
        deputy.edit(customer, village=("East", "West")),
        deputy.tag(customer),
        deputy.customer(home=laptop.home),
    ]
    assert list(map(told, deputy.push(*page))) == [("quarantined", None, None)] * 3
    assert world.quarantined() == [op.id for op in page]
    assert world.record(customer.id).version == 1
    assert inboxes(world, laptop.home) == []


def test_strangers_get_no_stream_made_for_them(world):
    laptop = world.laptop()
    laptop.push(*(laptop.customer(home=portfolio(new_id())) for _ in range(3)))
    with world.database.snapshot() as connection:
        from server.store import streams

        assert streams.read_all(connection) == []


def test_strangers_whole_operation_is_kept(world):
    from server.store import people

    laptop = world.laptop()
    op = laptop.customer(home=portfolio(new_id()), village="East")
    laptop.push(op)
    with world.database.snapshot() as connection:
        (row,) = people.quarantined(connection)
    kept = json.loads(row["body"])
    assert (kept["id"], kept["fields"]["village"]) == (op.id, [None, "East"])
    assert (row["author"], row["reason"]) == (laptop.person, "stranger")


def test_readers_are_refused(world):
    laptop, lead = world.laptop(), world.laptop()
    world.grant(lead.person, laptop.home, write=False)
    customer = laptop.saved()
    (result,) = lead.push(lead.edit(customer, note=(None, "tea")))
    assert told(result) == ("refused", None, "stream.read_only")


# -- fate ------------------------------------------------------------------------


def follow_ups(laptop, created):
    """An edit and a delete of what a create made, a child, and an edit of that child."""
    child = laptop.tag(created)
    return [
        laptop.edit(created, note=(None, "tea")),
        child,
        laptop.edit(child, label=("tea", "wine")),
        laptop.delete(created, seen="0" * 32),
    ]


def test_fate_of_a_refused_create(world):
    laptop = world.laptop()
    created = laptop.customer(village="x" * 300)
    assert laptop.outcomes(created, *follow_ups(laptop, created)) == ["refused"] * 5
    assert laptop.outcomes(*follow_ups(laptop, created)) == ["refused"] * 4


def test_fate_of_a_quarantined_create(world):
    laptop = world.laptop()
    created = laptop.customer(home=portfolio(new_id()))
    assert laptop.outcomes(created, *follow_ups(laptop, created)) == ["quarantined"] * 5
    assert laptop.outcomes(*follow_ups(laptop, created)) == ["quarantined"] * 4
    assert len(world.quarantined()) == 9


def test_fate_of_a_diverted_create(world):
    laptop, deputy = world.laptop(), world.laptop()
    world.grant(deputy.person, laptop.home)
    world.end_grant(deputy.person, laptop.home)
    created = deputy.customer(home=laptop.home)
    assert deputy.outcomes(created, *follow_ups(deputy, created)) == ["diverted"] * 5
    assert deputy.outcomes(*follow_ups(deputy, created)) == ["diverted"] * 4
    assert len(inboxes(world, laptop.home)) == 9


def test_fate_of_a_create_in_conflict(world):
    """A visit under a customer that somebody deleted meanwhile."""
    laptop, deputy = world.laptop(), world.laptop()
    world.grant(deputy.person, laptop.home)
    customer = laptop.saved()
    laptop.push(laptop.delete(customer))
    household = deputy.child(customer, "household", name="Home")
    page = [
        household,
        deputy.edit(household, name=("Home", "House")),
        deputy.operation(
            "create",
            new_id(),
            kind="household_member",
            parent=household.record,
            root=customer.id,
            fields={"relation": (None, "head")},
        ),
    ]
    assert deputy.outcomes(*page) == ["conflict"] * 3
    assert deputy.outcomes(deputy.edit(household, name=("House", "Hut"))) == ["conflict"]
    made, edited = sorted(world.conflicts(household.record), key=lambda c: "field" in c.fields)
    assert (made.fields["record_kind"], made.fields["mine"]) == ("household", '{"name":"Home"}')
    assert edited.fields["mine"] == '"Hut"'  # amended: over one's own losing value
    assert len(world.conflicts(page[2].record)) == 1
    assert all(
        c.parent is None for c in (made, edited)
    )  # nobody living to hang under: seen all the same
    assert world.find(household.record) is None


@pytest.mark.parametrize("verb", ["edit", "delete"])
def test_fate_is_not_that_of_another_record(world, verb):
    laptop = world.laptop()
    laptop.push(laptop.customer(village="x" * 300))
    unknown = laptop.customer()
    op = laptop.operation(verb, unknown.record, fields={"note": (None, "tea")})
    assert laptop.outcomes(op) == ["later"]
