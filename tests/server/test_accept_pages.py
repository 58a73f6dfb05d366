"""Rules 17 to 19, 23, 27, 28 and 30: pages, numbers, receipts, units, and what waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from crm.domain.errors import UserError
from crm.domain.ids import new_id
from server.store import people
from tests.helpers.server import Laptop, grouped, portfolio


def done(world, laptop):
    with world.database.snapshot() as connection:
        return people.incarnation(connection, laptop.incarnation).done


def refuses(laptop, page, code):
    with pytest.raises(UserError) as refused:
        laptop.send(page)
    assert refused.value.code == code
    return refused.value


# -- op-once ---------------------------------------------------------------------


def test_op_once_a_replayed_page_returns_its_receipts_and_does_nothing(world):
    """The reply was lost: the laptop asks again, after somebody else went on."""
    laptop = world.laptop()
    customer = laptop.saved(village="East")
    page = laptop.numbered([
        laptop.edit(customer, village=("East", "West")),
        laptop.edit(customer, note=("tea", "wine")),  # a conflict
        laptop.tag(customer),
    ])  # fmt: skip
    first = laptop.send(page)
    laptop.push(laptop.edit(customer, village=("West", "North")))
    before = world.family(customer.id)
    assert laptop.send(page).results == first.results
    assert world.family(customer.id) == before


def test_op_once_an_operation_queued_again_by_another_incarnation_acts_once(world):
    """After a fork the laptop sends what it kept under new numbers."""
    laptop = world.laptop()
    customer = laptop.saved(village="East")
    edit = laptop.edit(customer, village=("East", "West"))
    laptop.push(edit)
    laptop.push(laptop.edit(customer, village=("West", "East")))
    reborn = Laptop(world, laptop.person)
    (again,) = reborn.push(edit)
    assert again.outcome == "applied"
    assert world.record(customer.id).fields["village"] == "East"
    assert done(world, reborn) == 1


def test_op_once_a_waiting_operation_of_another_incarnation_is_judged_anew(world):
    laptop = world.laptop()
    customer = laptop.customer()
    tag = laptop.tag(customer)
    laptop.push(*(laptop.customer(name=f"Number {n}") for n in range(3)))
    assert laptop.outcomes(tag) == ["later"]  # under a number above those of the reborn
    reborn = Laptop(world, laptop.person)
    assert reborn.outcomes(customer, tag) == ["applied", "applied"]


# -- in-order --------------------------------------------------------------------


def test_in_order_a_page_behind_a_gap_is_ignored_whole(world):
    """Second page overtakes the first: a laptop would conflict with itself."""
    laptop = world.laptop()
    first, second = laptop.numbered([laptop.customer(), laptop.customer(name="Other")])
    gap = refuses(laptop, [second], "push.gap")
    assert gap.facts == {"done": 0}
    assert world.live(laptop.home) == []
    laptop.send([first])
    assert laptop.send([second]).done == 2


def test_in_order_a_hole_within_a_page_is_a_gap(world):
    laptop = world.laptop()
    page = laptop.numbered([laptop.customer() for _ in range(3)])
    refuses(laptop, [page[0], page[2]], "push.gap")
    refuses(laptop, [page[0], replace(page[1], number=1)], "push.gap")
    assert world.live(laptop.home) == []


def test_in_order_a_settled_number_with_another_operation_is_a_fork(world):
    laptop = world.laptop()
    laptop.saved()
    stranger = replace(laptop.customer(), number=1)
    refuses(laptop, [stranger], "sync.fork")
    assert len(world.live(laptop.home)) == 1


def test_in_order_an_overlapping_page_settles_what_is_new(world):
    laptop = world.laptop()
    ops = laptop.numbered([laptop.customer(name=f"Number {n}") for n in range(6)])
    laptop.send(ops[:4])
    accepted = laptop.send(ops[2:])
    assert [result.outcome for _, result in accepted.results] == ["applied"] * 4
    assert accepted.done == 6
    assert len(world.live(laptop.home)) == 6


def test_in_order_done_never_goes_back(world):
    laptop = world.laptop()
    ops = laptop.numbered([laptop.customer(name=f"Number {n}") for n in range(4)])
    laptop.send(ops)
    assert laptop.send(ops[:2]).done == 4
    assert done(world, laptop) == 4


def test_in_order_an_unknown_incarnation_is_not_served(world):
    laptop = world.laptop()
    stranger = replace(laptop.actor, incarnation=new_id())
    with pytest.raises(UserError, match=r"sync\.fork"):
        world.exchange.accept(stranger, laptop.numbered([laptop.customer()]))


# -- receipt-with-effect -----------------------------------------------------------


def test_receipt_with_effect_what_fails_at_the_end_leaves_neither(world):
    """The receipt cannot be written: the effect and `done` are taken back with it."""
    laptop = world.laptop()
    page = laptop.numbered([laptop.customer()])
    with world.database.writing() as connection:
        connection.execute(sa.text("ALTER TABLE receipt RENAME TO elsewhere"))
    with pytest.raises(sa.exc.DBAPIError):
        laptop.send(page)
    with world.database.writing() as connection:
        connection.execute(sa.text("ALTER TABLE elsewhere RENAME TO receipt"))
    assert world.live(laptop.home) == []
    assert done(world, laptop) == 0
    assert [result.outcome for _, result in laptop.send(page).results] == ["applied"]


def test_receipt_with_effect_every_operation_has_one_with_its_number(world):
    laptop = world.laptop()
    customer = laptop.customer()
    stray = laptop.tag(laptop.customer())
    bad = laptop.customer(village="x" * 300)
    page = laptop.numbered([customer, bad, stray])
    laptop.send(page)
    told = [world.receipt(op.id) for op in page]
    assert [(row["number"], row["outcome"]) for row in told] == [
        (1, "applied"),
        (2, "refused"),
        (3, "later"),
    ]
    assert told[1]["reason"] == "field.too_long village"


# -- by-root ---------------------------------------------------------------------


def test_by_root_a_group_over_two_roots_is_settled_root_by_root(world):
    """Whole group diverted: a stranger's customer would be shown."""
    laptop = world.laptop()
    one, other = laptop.saved(), laptop.saved(name="Other")
    page = grouped(
        laptop.edit(one, village=(None, "East")),
        laptop.edit(other, village=(None, "x" * 300)),
        laptop.tag(one),
        laptop.tag(other),
    )
    assert laptop.outcomes(*page) == ["applied", "refused", "applied", "refused"]
    assert world.record(one.id).fields["village"] == "East"
    assert (len(world.below(one.id, "tag")), world.below(other.id, "tag")) == (1, [])


def test_by_root_a_group_on_one_root_is_all_or_nothing(world):
    laptop = world.laptop()
    customer = laptop.customer()
    page = grouped(customer, laptop.tag(customer), laptop.child(customer, "visit", state="no"))
    results = laptop.push(*page)
    assert {r.outcome for r in results} == {"refused"}
    assert {r.reason for r in results} == {"field.choice state"}
    assert world.find(customer.record) is None


def test_by_root_a_refused_group_leaves_no_trace_for_the_next(world):
    laptop = world.laptop()
    customer = laptop.saved(village="East")
    bad = grouped(
        laptop.edit(customer, village=("East", "West")),
        laptop.edit(customer, name=("Made Up", None)),
    )
    good = laptop.edit(customer, village=("East", "North"))
    assert laptop.outcomes(*bad, good) == ["refused", "refused", "applied"]
    assert world.record(customer.id).version == 2


# -- later and later-waits ----------------------------------------------------------


def test_later_a_child_that_comes_before_its_parent_waits(world):
    """Restored server: the child's laptop comes before the parent's."""
    laptop = world.laptop()
    customer = laptop.customer()
    tag = laptop.tag(customer)
    edit = laptop.edit(customer, village=(None, "East"))
    results = laptop.push(tag, edit)
    assert [(r.outcome, r.version, r.reason) for r in results] == [
        ("later", None, "record.unknown")
    ] * 2
    assert laptop.outcomes(customer, tag, edit) == ["applied"] * 3


def test_later_under_a_new_number_is_judged_anew_and_its_old_page_stays_harmless(world):
    laptop = world.laptop()
    customer = laptop.customer()
    tag = laptop.tag(customer)
    first = laptop.numbered([tag])
    laptop.send(first)
    assert [r.outcome for _, r in laptop.send(first).results] == ["later"]  # a lost reply
    laptop.push(customer)
    second = laptop.numbered([tag])
    assert [r.outcome for _, r in laptop.send(second).results] == ["applied"]
    assert [r.outcome for _, r in laptop.send(first).results] == ["applied"]
    assert len(world.below(customer.record, "tag")) == 1


def test_later_is_put_aside_after_thirty_days(world):
    laptop = world.laptop()
    lost = laptop.customer()
    tag, edit = laptop.tag(lost), laptop.edit(lost, village=(None, "East"))
    assert laptop.outcomes(tag, edit) == ["later", "later"]
    world.clock.pass_time(timedelta(days=20))
    assert laptop.outcomes(tag, edit) == ["later", "later"]
    world.clock.pass_time(timedelta(days=11))
    assert laptop.outcomes(tag, edit) == ["quarantined", "quarantined"]
    assert set(world.quarantined()) == {tag.id, edit.id}
    assert laptop.outcomes(laptop.edit(tag, label=("tea", "wine"))) == ["quarantined"]


def test_later_waits_the_rest_of_its_record_waits_and_everything_else_goes_on(world):
    """Four orphans fill the page: the queue would be blocked."""
    laptop = world.laptop()
    absent = laptop.customer()
    household = laptop.child(absent, "household", name="Home")
    member = laptop.operation(
        "create",
        new_id(),
        kind="household_member",
        parent=household.record,
        root=absent.record,
        fields={"relation": (None, "head")},
    )
    fine = laptop.customer(name="Other")
    page = [household, member, laptop.edit(household, name=("Home", "House")), fine]
    assert laptop.outcomes(*page) == ["later", "later", "later", "applied"]


def test_later_waits_a_unit_waits_as_a_whole(world):
    laptop = world.laptop()
    customer, absent = laptop.saved(), laptop.customer()
    visit = laptop.child(customer, "visit", state="planned", on="2026-11-06")
    page = grouped(visit, replace(laptop.tag(absent), root=customer.id))
    after = laptop.edit(visit, place=(None, "home"))
    assert laptop.outcomes(*page, after) == ["later"] * 3
    assert world.find(visit.record) is None
    assert laptop.outcomes(absent, *page, after) == ["applied"] * 4


def test_later_waits_what_builds_on_a_waiting_edit_waits_with_it(world):
    """Else it meets the value from before that edit: a laptop conflicts with itself."""
    laptop = world.laptop()
    customer, absent = laptop.saved(village="East"), laptop.customer()
    page = grouped(
        laptop.edit(customer, village=("East", "West")),
        replace(laptop.tag(absent), root=customer.id),
    )
    after = laptop.edit(customer, village=("West", "North"))
    assert laptop.outcomes(*page, after) == ["later"] * 3
    assert laptop.outcomes(absent, *page, after) == ["applied"] * 4
    assert world.record(customer.id).fields["village"] == "North"


# -- bisect ----------------------------------------------------------------------

POISON = {
    "sqlite": """
        CREATE TRIGGER poison BEFORE INSERT ON record
        WHEN NEW.fields LIKE '%poison%' BEGIN SELECT RAISE(ABORT, 'no'); END
    """,
    "postgresql": """
        CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE check_violation; END $$;
        CREATE TRIGGER poison BEFORE INSERT ON record
        FOR EACH ROW WHEN (NEW.fields LIKE '%poison%') EXECUTE FUNCTION poison()
    """,
}
ANTIDOTE = {
    "sqlite": "DROP TRIGGER poison",
    "postgresql": "DROP FUNCTION poison() CASCADE",
}


@pytest.fixture
def poisoned(world):
    """A database that will not take a record with a certain word in it."""
    store = world.database.engine.dialect.name
    _run(world, POISON[store])
    yield
    _run(world, ANTIDOTE[store])


def _run(world, statement):
    with world.database.writing() as connection:
        connection.execute(sa.text(statement))


@pytest.mark.usefixtures("poisoned")
def test_bisect_one_poison_499_land(world):
    laptop = world.laptop()
    page = [laptop.customer(name=f"Number {n}") for n in range(500)]
    page[345] = laptop.customer(note="poison")
    results = laptop.push(*page)
    refused = [n for n, r in enumerate(results) if r.outcome == "refused"]
    assert refused == [345]
    assert results[345].reason == "server.rejected"
    assert len(world.live(laptop.home)) == 499
    assert laptop.outcomes(laptop.tag(page[345])) == ["refused"]  # `fate`


@pytest.mark.usefixtures("poisoned")
def test_bisect_a_failing_unit_is_refused_whole_and_nothing_of_it_stays(world):
    laptop = world.laptop()
    customer, twin = laptop.customer(phone="+8612000000001"), laptop.saved(phone="+8612000000001")
    unit = grouped(customer, laptop.child(customer, "household", name="poison"))
    assert laptop.outcomes(*unit, laptop.tag(twin)) == ["refused", "refused", "applied"]
    assert world.find(customer.record) is None
    assert world.below(twin.id, "duplicate_link") == []


def test_bisect_characters_that_a_store_cannot_take_hurt_nobody_else(world):
    """PostgreSQL has no NUL in text; an unknown field of an unknown kind may hold one."""
    laptop = world.laptop()
    customer = laptop.saved()
    odd = [
        laptop.edit(customer, a_new_field=(None, "a\x00b")),
        replace(laptop.edit(customer, village=(None, "East")), at="2026\x00"),
        laptop.edit(customer, village=(None, "a\x00b")),
        laptop.edit(customer, a_new_field=("a\x00b", "\ud800")),
        laptop.edit(customer, a_new_field=("a\x00b", 1.5)),
        laptop.edit(customer, note=(None, "tea")),
    ]
    results = laptop.push(*odd)
    assert [r.outcome for r in results] == ["applied", *["refused"] * 4, "applied"]
    assert world.record(customer.id).fields == {
        "name": "Made Up",
        "a_new_field": "a\x00b",
        "note": "tea",
    }


# -- whatever the page ---------------------------------------------------------------


def test_a_page_over_many_streams_is_settled(world):
    """Each twin in another portfolio needs one more lock: all are taken at once."""
    managers = [world.laptop() for _ in range(25)]
    for n, manager in enumerate(managers):
        manager.saved(name=f"Twin {n}", phone="+8612000000001")
    laptop = world.laptop()
    page = [laptop.customer(name=f"Twin {n}", phone="+8612000000001") for n in range(25)]
    assert laptop.outcomes(*page) == ["applied"] * 25


def test_a_page_about_many_moved_customers_is_settled(world):
    """Each survivor of a merge in another portfolio needs one more lock."""
    laptop, lead = world.laptop(), world.laptop()
    world.grant(lead.person, laptop.home)
    gone = [laptop.saved(name=f"Number {n}") for n in range(25)]
    for customer in gone:
        colleague = world.laptop()
        world.grant(lead.person, colleague.home)
        lead.push(lead.merge(customer.id, colleague.saved().id))
    page = [laptop.edit(customer, village=(None, "East")) for customer in gone]
    assert laptop.outcomes(*page) == ["diverted"] * 25


def test_an_operation_that_no_laptop_makes_is_refused(world):
    laptop = world.laptop()
    customer = laptop.saved()
    wrong = {
        "operation.verb": laptop.operation("seat", customer.id),
        "operation.author": replace(laptop.tag(customer), author=new_id()),
        "operation.id": laptop.operation("edit", "../../etc", root=customer.id),
        "operation.name": laptop.edit(customer, **{"Drop Table": (None, "x")}),
        "operation.parent": laptop.child(customer, "household_member", relation="head"),
        "kind.server_only": laptop.child(
            customer, "account", number="1234", type="card", currency="CNY"
        ),
        "merge.unlike": laptop.operation("merge", customer.id),
    }
    results = laptop.push(*wrong.values())
    assert [r.reason for r in results] == list(wrong)
    assert {r.outcome for r in results} == {"refused"}


def test_an_edit_of_nothing_changes_nothing(world):
    laptop = world.laptop()
    customer = laptop.saved()
    assert laptop.outcomes(laptop.edit(customer)) == ["nothing"]
    laptop.push(laptop.delete(customer))
    assert laptop.outcomes(laptop.edit(customer)) == ["nothing"]
    assert world.conflicts(customer.id) == []


def test_unknown_kinds_and_fields_are_kept_and_hashed(world):
    laptop = world.laptop()
    customer = laptop.saved(a_new_field=["tea", 7, True])
    odd = laptop.child(customer, "tea_preference", leaf="green", grams=5)
    below = replace(laptop.operation("create", new_id()), kind="cup", parent=odd.record,
                    root=customer.id)  # fmt: skip
    assert laptop.outcomes(odd, below) == ["applied", "applied"]
    assert world.record(customer.id).fields["a_new_field"] == ["tea", 7, True]
    assert world.record(odd.record).fields == {"leaf": "green", "grams": 5}
    assert laptop.outcomes(laptop.delete(customer)) == ["applied"]
    assert all(m.dead for m in world.family(customer.id))


def test_a_customer_is_not_created_in_somebody_elses_name(world):
    """A known id from another portfolio: nothing is told of it, nothing changes there."""
    owner, stranger = world.laptop(), world.laptop()
    customer = owner.saved(village="East")
    owner.push(owner.delete(customer))
    living = owner.saved(name="Other")
    for target in (customer, living):
        copied = stranger.operation(
            "create", target.id, home=stranger.home, fields={"name": (None, "Mine")}
        )
        (result,) = stranger.push(copied)
        assert (result.outcome, result.version, result.reason) == ("quarantined", None, None)
    assert world.conflicts(customer.id) == []
    assert world.live(portfolio(stranger.person)) == []
