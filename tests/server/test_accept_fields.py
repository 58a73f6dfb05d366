"""Rules 20 to 22 and 29: two authors, one record."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from crm.domain.kinds import SCHEMA
from server.store import people
from tests.helpers.naive_client import Held, seen_hash
from tests.helpers.sample_kinds import Sample
from tests.helpers.server import Laptop, World, portfolio


def deputy(world, laptop):
    """A second person with a laptop who writes in the same portfolio."""
    other = world.laptop()
    world.grant(other.person, laptop.home)
    return other


def mine(conflict):
    return json.loads(conflict.fields["mine"])


def test_what_is_append_only_is_filled_by_no_second_create(database):
    """Without it: `create` does what `edit` may not, wherever a field was left empty."""
    world = World(database, SCHEMA.with_kinds(Sample))
    laptop = world.laptop()
    customer = laptop.saved()
    sample = laptop.child(customer, "sample", said="tea")
    again = laptop.child(customer, "sample", said="tea", weight=5)
    same = laptop.child(customer, "sample", said="tea")
    assert laptop.outcomes(
        sample, replace(again, record=sample.record), replace(same, record=sample.record)
    ) == ["applied", "refused", "nothing"]
    assert world.record(sample.record).fields == {"said": "tea"}


# -- field -----------------------------------------------------------------------


def test_field_server_value_equals_base_applies(world):
    laptop = world.laptop()
    customer = laptop.saved(village="East")
    (result,) = laptop.push(laptop.edit(customer, village=("East", "West"), note=(None, "tea")))
    assert (result.outcome, result.version) == ("applied", 2)
    assert world.record(customer.id).fields["village"] == "West"


def test_field_emptied_is_absent(world):
    laptop = world.laptop()
    customer = laptop.saved(village="East", note="tea")
    assert laptop.outcomes(laptop.edit(customer, village=("East", None))) == ["applied"]
    assert world.record(customer.id).fields == {"name": "Made Up", "note": "tea"}


def test_field_server_value_equals_new_is_nothing_to_do(world):
    laptop = world.laptop()
    other = deputy(world, laptop)
    customer = laptop.saved(village="East")
    laptop.push(laptop.edit(customer, village=("East", "West")))
    (result,) = other.push(other.edit(customer, village=("East", "West")))
    assert (result.outcome, result.version) == ("nothing", 2)
    assert world.conflicts(customer.id) == []


def test_field_otherwise_the_servers_value_stays_and_a_conflict_keeps_both(world):
    """Last writer would win: the first one's value is lost unseen."""
    laptop = world.laptop()
    other = deputy(world, laptop)
    customer = laptop.saved(village="East")
    first, second = (
        laptop.edit(customer, village=("East", "West")),
        other.edit(customer, village=("East", "North"), note=(None, "tea")),
    )
    laptop.push(first)
    (result,) = other.push(second)
    assert (result.outcome, result.version) == ("conflict", 3)
    assert world.record(customer.id).fields["village"] == "West"
    assert world.record(customer.id).fields["note"] == "tea"
    (conflict,) = world.conflicts(customer.id)
    assert conflict.fields == {
        "record": customer.id,
        "record_kind": "customer",
        "verb": "edit",
        "field": "village",
        "base": '"East"',
        "mine": '"North"',
        "theirs": '"West"',
        "mine_author": other.person,
        "mine_at": second.at,
        "mine_op": second.id,
        "mine_device": other.incarnation,
        "theirs_author": laptop.person,
        "theirs_at": first.at,
        "theirs_op": first.id,
        "state": "open",
    }


def test_field_names_who_wrote_that_field_and_not_who_wrote_last(world):
    laptop = world.laptop()
    other = deputy(world, laptop)
    customer = laptop.saved(village="East")
    first = other.edit(customer, village=("East", "West"))
    other.push(first)
    laptop.push(laptop.edit(customer, note=(None, "village"), an_object=(None, {"village": 1})))
    laptop.push(laptop.edit(customer, village=("East", "North")))
    (conflict,) = world.conflicts(customer.id)
    assert conflict.fields["theirs_op"] == first.id
    assert conflict.fields["theirs_author"] == other.person


def test_field_disjoint_edits_merge(world):
    laptop = world.laptop()
    other = deputy(world, laptop)
    customer = laptop.saved(village="East")
    laptop.push(laptop.edit(customer, village=("East", "West")))
    assert other.outcomes(other.edit(customer, note=(None, "tea"))) == ["applied"]
    assert world.record(customer.id).fields == {
        "name": "Made Up",
        "village": "West",
        "note": "tea",
    }


def test_field_ones_own_losing_value_edited_on_amends_the_conflict(world):
    """A laptop that types on over its own losing value has one conflict, with its last word."""
    laptop = world.laptop()
    other = deputy(world, laptop)
    customer = laptop.saved(village="East")
    laptop.push(laptop.edit(customer, village=("East", "West")))
    losing = [
        other.edit(customer, village=("East", "North")),
        other.edit(customer, village=("North", "South")),
    ]
    assert other.outcomes(*losing) == ["conflict", "conflict"]  # in one page
    last = other.edit(customer, village=("South", "Nowhere"))
    assert other.outcomes(last) == ["conflict"]  # and in another
    (conflict,) = world.conflicts(customer.id)
    assert (mine(conflict), conflict.fields["mine_op"], conflict.version) == ("Nowhere", last.id, 3)
    assert conflict.fields["base"] == '"East"'


def test_field_a_laptop_that_forked_amends_its_own_conflict(world):
    """Without it: after each restore a value that was typed over long ago is to be settled too."""
    laptop = world.laptop()
    other = deputy(world, laptop)
    forked = Laptop(world, other.person)
    with world.database.writing() as connection:
        for incarnation in (other.incarnation, forked.incarnation):
            people.update_incarnation(connection, incarnation, enrolment="one device")
        people.add_enrolment(
            connection,
            id="one device",
            person=other.person,
            device="-",
            state="active",
            token="-",
            at=world.exchange.now(),
        )
    customer = laptop.saved(village="East")
    laptop.push(laptop.edit(customer, village=("East", "West")))
    other.push(other.edit(customer, village=("East", "North")))
    assert forked.outcomes(forked.edit(customer, village=("North", "South"))) == ["conflict"]
    assert list(map(mine, world.conflicts(customer.id))) == ["South"]


def test_field_a_losing_value_is_amended_by_its_own_laptop_only(world):
    laptop = world.laptop()
    other = deputy(world, laptop)
    customer = laptop.saved(village="East")
    laptop.push(laptop.edit(customer, village=("East", "West")))
    other.push(other.edit(customer, village=("East", "North")))
    elsewhere = Laptop(world, other.person)
    assert elsewhere.outcomes(elsewhere.edit(customer, village=("North", "South"))) == ["conflict"]
    assert sorted(map(mine, world.conflicts(customer.id))) == ["North", "South"]


def test_field_a_settled_conflict_is_not_amended(world):
    laptop = world.laptop()
    other = deputy(world, laptop)
    customer = laptop.saved(village="East")
    laptop.push(laptop.edit(customer, village=("East", "West")))
    other.push(other.edit(customer, village=("East", "North")))
    (conflict,) = world.conflicts(customer.id)
    settled = laptop.edit(conflict, state=("open", "theirs"), settled_by=(None, laptop.person))
    assert laptop.outcomes(settled) == ["applied"]
    other.push(other.edit(customer, village=("North", "South")))
    assert sorted(map(mine, world.conflicts(customer.id))) == ["North", "South"]


def test_field_two_settlers_of_one_conflict_meet_the_same_rule(world):
    laptop = world.laptop()
    other = deputy(world, laptop)
    customer = laptop.saved(village="East")
    laptop.push(laptop.edit(customer, village=("East", "West")))
    other.push(other.edit(customer, village=("East", "North")))
    (conflict,) = world.conflicts(customer.id)
    assert laptop.outcomes(laptop.edit(conflict, state=("open", "theirs"))) == ["applied"]
    assert other.outcomes(other.edit(conflict, state=("open", "mine"))) == ["conflict"]
    assert world.record(conflict.id).fields["state"] == "theirs"
    assert len(world.conflicts(conflict.id)) == 1


def test_field_a_create_that_is_there_already_is_compared_field_by_field(world):
    """Requeued after a restore: the same create again, then one that differs."""
    laptop = world.laptop()
    customer = laptop.saved(village="East")
    again = laptop.operation(
        "create",
        customer.id,
        home=laptop.home,
        fields={"name": (None, "Made Up"), "village": (None, "East")},
    )
    other = replace(laptop.customer(village="West"), record=customer.id, root=customer.id)
    assert laptop.outcomes(again, other) == ["nothing", "conflict"]
    assert world.record(customer.id).version == 1


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("village", "x" * 61, "field.too_long village"),
        ("gender", "other", "field.choice gender"),
        ("name", None, "field.required name"),
        ("phone", "13800000000", "field.form phone"),
        ("likes", "tea", "field.type likes"),
        ("since", "2026-13-01", "field.form since"),
    ],
)
def test_field_a_value_that_breaks_its_rule_refuses_the_unit(world, field, value, reason):
    laptop = world.laptop()
    customer = laptop.saved()
    (result,) = laptop.push(laptop.edit(customer, note=(None, "tea"), **{field: (None, value)}))
    assert (result.outcome, result.reason) == ("refused", reason)
    assert world.record(customer.id).version == 1


# -- delete-sees -------------------------------------------------------------------


def test_delete_sees_a_new_visit_does_not_die_unread(world):
    laptop = world.laptop()
    other = deputy(world, laptop)
    customer = laptop.saved()
    seen = world.seen(customer.id)
    visit = other.child(customer, "visit", state="planned", on="2026-11-06")
    other.push(visit)
    delete = laptop.delete(customer, seen=seen)
    assert laptop.outcomes(delete) == ["conflict"]
    assert not world.record(customer.id).dead
    assert not world.record(visit.record).dead
    (conflict,) = world.conflicts(customer.id)
    assert (conflict.fields["verb"], conflict.fields["mine_op"]) == ("delete", delete.id)


def test_delete_sees_an_edit_that_was_not_seen(world):
    laptop = world.laptop()
    other = deputy(world, laptop)
    customer = laptop.saved()
    seen = world.seen(customer.id)
    other.push(other.edit(customer, note=(None, "tea")))
    assert laptop.outcomes(laptop.delete(customer, seen=seen)) == ["conflict"]
    assert not world.record(customer.id).dead


def test_delete_sees_without_a_hash_nothing_dies(world):
    laptop = world.laptop()
    customer = laptop.saved()
    blind = replace(laptop.delete(customer), seen=None)
    assert laptop.outcomes(blind) == ["conflict"]


def test_delete_sees_own_edits_of_the_same_page(world):
    """The screen showed the visit and the edit that travel with the delete."""
    laptop = world.laptop()
    customer = laptop.saved()
    visit = laptop.child(customer, "visit", state="planned", on="2026-11-06")
    edit = laptop.edit(customer, note=(None, "tea"))
    shown = {
        customer.id: Held("", "customer", 0, None, customer.id, {**customer.fields, "note": "tea"}),
        visit.record: Held("", "visit", 0, customer.id, customer.id, visit.new_fields),
    }
    delete = laptop.delete(customer, seen=seen_hash(shown))
    assert laptop.outcomes(visit, edit, delete) == ["applied"] * 3
    assert world.record(customer.id).dead
    assert world.record(visit.record).dead


def test_delete_sees_a_child_dies_alone(world):
    laptop = world.laptop()
    customer = laptop.saved()
    tag = laptop.tag(customer)
    visit = laptop.child(customer, "visit", state="planned", on="2026-11-06")
    laptop.push(tag, visit)
    assert laptop.outcomes(laptop.delete(tag)) == ["applied"]
    assert world.record(tag.record).dead
    assert not world.record(visit.record).dead
    assert not world.record(customer.id).dead


# -- restore -----------------------------------------------------------------------


def test_a_restored_record_lives_again_with_the_given_fields(world):
    laptop = world.laptop()
    customer = laptop.saved(name="Made Up", phone="+8612000000001")
    laptop.push(laptop.delete(customer))
    restored = laptop.restore(customer, name="Made Up", phone="+8612000000001")
    assert laptop.outcomes(restored, restored_again(laptop, customer)) == ["applied", "nothing"]
    back = world.record(customer.id)
    assert (back.dead, back.version, back.aside) == (False, 3, "made up|mu")


def restored_again(laptop, customer):
    return laptop.restore(customer, name="Other")


def test_a_child_of_a_grave_is_not_restored_alone(world):
    laptop = world.laptop()
    customer = laptop.saved()
    tag = laptop.tag(customer)
    laptop.push(tag)
    laptop.push(laptop.delete(customer))
    assert laptop.outcomes(laptop.restore(tag, label="tea")) == ["conflict"]
    assert laptop.outcomes(
        laptop.restore(customer, name="Made Up"), laptop.restore(tag, label="tea")
    ) == ["applied", "applied"]


def test_a_restore_must_be_whole(world):
    laptop = world.laptop()
    customer = laptop.saved()
    laptop.push(laptop.delete(customer))
    (result,) = laptop.push(laptop.restore(customer, village="East"))
    assert (result.outcome, result.reason) == ("refused", "field.required name")


# -- follow-merge ------------------------------------------------------------------


def merged(world):
    """A laptop, a customer merged away with its family, and the survivor."""
    laptop = world.laptop()
    loser, survivor = laptop.saved(village="East"), laptop.saved(name="Survivor")
    household = laptop.child(loser, "household", name="Home")
    laptop.push(household)
    assert laptop.outcomes(laptop.merge(loser.id, survivor.id)) == ["applied"]
    return laptop, loser, survivor, household


def test_follow_merge_the_family_goes_to_the_survivor(world):
    _, loser, survivor, household = merged(world)
    grave = world.record(loser.id)
    assert (grave.dead, grave.merged_into, grave.fields) == (True, survivor.id, {})
    moved = world.record(household.record)
    assert (moved.parent, moved.root, moved.version) == (survivor.id, survivor.id, 2)


def test_follow_merge_children_that_come_later_go_to_the_survivor(world):
    laptop, loser, survivor, household = merged(world)
    tag = laptop.tag(loser)
    below = laptop.child(household, "household_member", relation="head")
    assert laptop.outcomes(tag, below) == ["applied", "applied"]
    assert {world.record(op.record).root for op in (tag, below)} == {survivor.id}


def test_follow_merge_field_edits_become_conflicts_at_the_survivor(world):
    laptop, loser, survivor, _ = merged(world)
    same = laptop.edit(loser, name=("Made Up", "Survivor"))
    other = laptop.edit(loser, village=("East", "West"))
    assert laptop.outcomes(same, other) == ["nothing", "conflict"]
    (conflict,) = world.conflicts(survivor.id)
    assert (mine(conflict), conflict.fields["base"]) == ("West", '"East"')
    assert "village" not in world.record(survivor.id).fields


def test_follow_merge_a_base_that_the_survivor_has_too_makes_no_difference(world):
    """What was written of one customer is not true of the other by itself."""
    laptop, loser, survivor, _ = merged(world)
    laptop.push(laptop.edit(survivor, village=(None, "East")))
    assert laptop.outcomes(laptop.edit(loser, village=("East", "West"))) == ["conflict"]
    assert world.record(survivor.id).fields["village"] == "East"


def test_follow_merge_over_two_merges(world):
    laptop, loser, survivor, _ = merged(world)
    last = laptop.saved(name="Last")
    laptop.push(laptop.merge(survivor.id, last.id))
    tag = laptop.tag(loser)
    assert laptop.outcomes(tag) == ["applied"]
    assert world.record(tag.record).parent == last.id
    assert laptop.outcomes(laptop.merge(loser.id, last.id)) == ["nothing"]


def test_follow_merge_from_one_portfolio_into_another(world):
    laptop, colleague = world.laptop(), world.laptop()
    world.grant(laptop.person, colleague.home)
    loser, survivor = laptop.saved(), colleague.saved(name="Survivor")
    tag = laptop.tag(loser)
    laptop.push(tag)
    assert laptop.outcomes(laptop.merge(loser.id, survivor.id)) == ["applied"]
    assert world.record(tag.record).stream == colleague.home
    assert [r.id for r in world.live(laptop.home)] == []


def test_follow_merge_needs_grants_on_both_sides(world):
    laptop, colleague = world.laptop(), world.laptop()
    loser, survivor = laptop.saved(), colleague.saved(name="Survivor")
    world.grant(laptop.person, colleague.home, write=False)
    (result,) = laptop.push(laptop.merge(loser.id, survivor.id))
    assert (result.outcome, result.reason) == ("refused", "merge.grant")
    (result,) = colleague.push(colleague.merge(loser.id, survivor.id))
    assert (result.outcome, result.reason) == ("refused", "merge.grant")


def test_follow_merge_unlike_or_dead_records_do_not_merge(world):
    laptop = world.laptop()
    customer, grave = laptop.saved(), laptop.saved(name="Other")
    tag = laptop.tag(customer)
    task = laptop.operation(
        "create",
        tag.id,
        kind="task",
        home=laptop.home,
        fields={"title": (None, "Call"), "state": (None, "open")},
    )
    assert laptop.outcomes(tag, task, laptop.delete(grave)) == ["applied"] * 3
    tries = [
        laptop.merge(customer.id, customer.id),
        laptop.merge(customer.id, task.record),
        laptop.merge(tag.record, customer.id),
        laptop.merge(grave.id, customer.id),
        laptop.merge(customer.id, grave.id),
    ]
    results = laptop.push(*tries)
    assert results[0].outcome == "nothing"
    assert [r.reason for r in results[1:]] == ["merge.unlike"] * 4
    assert not world.record(customer.id).dead


# -- twin --------------------------------------------------------------------------


def test_twin_in_one_portfolio_both_are_kept_and_linked_once(world):
    laptop = world.laptop()
    first = laptop.saved(phone="+8612000000001")
    second = laptop.saved(phone="+8612000000001")
    links = world.live(laptop.home, "duplicate_link")
    older, newer = sorted((first.id, second.id))
    assert [link.fields for link in links] == [
        {"basis": "name_phone", "state": "open", "other": newer}
    ]
    assert links[0].parent == older


def test_twin_in_one_page(world):
    laptop = world.laptop()
    page = [laptop.customer(id_type="passport", id_number="TEST0001") for _ in range(3)]
    assert laptop.outcomes(*page) == ["applied"] * 3
    links = world.live(laptop.home, "duplicate_link")
    assert [link.fields["basis"] for link in links] == ["identity"] * 3


def test_twin_in_two_portfolios_names_only_the_other_manager(world):
    """Nothing is told of a colleague's customer."""
    laptop, colleague = world.laptop(), world.laptop()
    mine_, theirs = (
        laptop.saved(phone="+8612000000001", village="East"),
        colleague.saved(phone="+8612000000001", village="West"),
    )
    (here,), (there,) = (
        world.live(laptop.home, "duplicate_link"),
        world.live(colleague.home, "duplicate_link"),
    )
    assert here.parent == mine_.id
    assert there.parent == theirs.id
    assert here.fields == {
        "basis": "name_phone",
        "state": "open",
        "other_manager": colleague.person,
    }
    assert there.fields["other_manager"] == laptop.person
    assert theirs.id not in str(here)


def test_twin_different_identity_numbers_outweigh_name_and_phone(world):
    laptop = world.laptop()
    for number in ("TEST0001", "TEST0002", "test0001"):
        laptop.saved(phone="+8612000000001", id_type="passport", id_number=number)
    links = world.live(laptop.home, "duplicate_link")
    assert [link.fields["basis"] for link in links] == ["identity"]  # of the first and the third


def test_twin_by_an_edit_that_brings_the_key(world):
    laptop = world.laptop()
    laptop.saved(phone="+8612000000001")
    other = laptop.saved(phone="+8612000000002")
    assert world.live(laptop.home, "duplicate_link") == []
    laptop.push(laptop.edit(other, phone=("+8612000000002", "+8612000000001")))
    assert len(world.live(laptop.home, "duplicate_link")) == 1


def test_twin_a_key_given_up_or_buried_links_nobody(world):
    laptop = world.laptop()
    moved, buried = laptop.saved(phone="+8612000000001"), laptop.saved(phone="+8612000000002")
    laptop.push(
        laptop.edit(moved, phone=("+8612000000001", "+8612000000009")), laptop.delete(buried)
    )
    laptop.saved(phone="+8612000000001")
    laptop.saved(phone="+8612000000002")
    assert world.live(laptop.home, "duplicate_link") == []


def test_twin_a_settled_link_is_not_made_anew(world):
    laptop = world.laptop()
    first = laptop.saved(phone="+8612000000001")
    laptop.saved(phone="+8612000000001")
    (link,) = world.live(laptop.home, "duplicate_link")
    laptop.push(laptop.edit(link, state=("open", "different")))
    laptop.push(
        laptop.edit(first, phone=("+8612000000001", None)),
        laptop.edit(first, phone=(None, "+8612000000001")),
    )
    assert [r.fields["state"] for r in world.live(portfolio(laptop.person), "duplicate_link")] == [
        "different"
    ]
