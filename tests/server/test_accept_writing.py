"""Rules 1 to 5: what happens to records, versions and streams when an operation is accepted."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from crm.domain.errors import NotFound
from crm.domain.ids import new_id
from server.exchange import read
from server.store import records as store
from server.store import tables as t
from tests.helpers.server import grouped, portfolio


def log_of(world, stream):
    """The log of a stream: (number, record, version, gone, cause), in order of number."""
    columns = t.stream_log.c
    wanted = sa.select(
        columns.number, columns.record, columns.version, columns.gone, columns.cause
    ).where(columns.stream == stream)
    with world.database.snapshot() as connection:
        return [tuple(row) for row in connection.execute(wanted.order_by(columns.number))]


# -- version-up ------------------------------------------------------------------


def test_version_up_every_effective_change_adds_one(world):
    laptop = world.laptop()
    customer = laptop.saved(name="Made Up")
    versions = [customer.version]
    for op in (
        laptop.edit(customer, village=(None, "East")),
        laptop.edit(customer, village=("East", "West"), note=(None, "tea")),
    ):
        versions += [result.version for result in laptop.push(op)]
    world.move(customer.id, portfolio(world.person()))
    versions.append(world.record(customer.id).version)
    assert versions == [1, 2, 3, 4]


def test_version_up_delete_and_restore_add_one_each(world):
    laptop = world.laptop()
    customer = laptop.saved(name="Made Up")
    deleted, restored = laptop.push(
        laptop.delete(customer), laptop.restore(customer, name="Made Up")
    )
    assert (deleted.version, restored.version) == (2, 3)


def test_version_up_what_changes_nothing_keeps_version_and_log(world):
    laptop = world.laptop()
    customer = laptop.saved(village="East")
    before = log_of(world, laptop.home)
    (result,) = laptop.push(laptop.edit(customer, village=("North", "East")))
    assert (result.outcome, result.version) == ("nothing", 1)
    assert log_of(world, laptop.home) == before


# -- stream-of-root --------------------------------------------------------------


def test_stream_of_root_a_visit_typed_for_a_moved_customer_lands_where_the_customer_is(world):
    """The visit names the old home; the server derives the stream from the root."""
    laptop = world.laptop()
    colleague = world.person()
    customer = laptop.saved()
    world.grant(laptop.person, portfolio(colleague))
    world.move(customer.id, portfolio(colleague))
    visit = laptop.operation(
        "create",
        new_id(),
        kind="visit",
        parent=customer.id,
        root=customer.id,
        home=laptop.home,
        fields={"state": (None, "planned"), "on": (None, "2026-11-06")},
    )
    assert laptop.outcomes(visit) == ["applied"]
    assert world.record(visit.record).stream == portfolio(colleague)


def test_stream_of_root_a_root_that_the_laptop_has_wrong_is_set_right(world):
    laptop = world.laptop()
    customer, other = laptop.saved(), laptop.saved(name="Other")
    household = laptop.child(customer, "household", name="Home")
    member = laptop.operation(
        "create",
        new_id(),
        kind="household_member",
        parent=household.record,
        root=other.id,
        fields={"relation": (None, "head")},
    )
    assert laptop.outcomes(household, member) == ["applied", "applied"]
    assert world.record(member.record).root == customer.id


@pytest.mark.parametrize(
    ("home", "reason"),
    [
        ("cases:01a20178-44ed-781f-962b-f5acd2bdc4a3", "operation.home"),
        (None, "operation.home"),
        ("bank", "read_only"),
    ],
)
def test_stream_of_root_a_root_needs_a_home_of_its_kind(world, home, reason):
    laptop = world.laptop()
    created = laptop.operation("create", new_id(), home=home, fields={"name": (None, "Made Up")})
    (result,) = laptop.push(created)
    assert result.outcome == "refused"
    assert reason in result.reason


def test_stream_of_root_a_customer_does_not_live_in_a_branch(world):
    laptop = world.laptop()
    branch = f"branch:{world.branch}"
    world.grant(laptop.person, branch)
    (result,) = laptop.push(laptop.customer(home=branch))
    assert (result.outcome, result.reason) == ("refused", "operation.home")


# -- family-moves ----------------------------------------------------------------


def a_family(world, laptop):
    """A customer with a child, a grandchild, a grave, a conflict and an inbox item."""
    customer = laptop.saved(village="East")
    household = laptop.child(customer, "household", name="Home")
    member = laptop.operation(
        "create",
        new_id(),
        kind="household_member",
        parent=household.record,
        root=customer.id,
        fields={"relation": (None, "head")},
    )
    grave = laptop.tag(customer)
    laptop.push(household, member, grave)
    laptop.push(laptop.delete(grave))
    laptop.push(laptop.edit(customer, village=("North", "West")))
    former = world.laptop()
    world.grant(former.person, laptop.home)
    world.end_grant(former.person, laptop.home)
    assert former.outcomes(former.edit(customer, note=(None, "late"))) == ["diverted"]
    return customer


def test_family_moves_descendants_conflicts_and_inbox_items_move_along(world):
    laptop, colleague = world.laptop(), world.person()
    customer = a_family(world, laptop)
    before = {m.id: m.version for m in world.family(customer.id)}
    moved = world.move(customer.id, portfolio(colleague))
    after = world.family(customer.id)
    kinds = {"customer", "household", "household_member", "tag", "conflict", "inbox_item"}
    assert {m.kind for m in after} == kinds
    assert moved == len([m for m in after if not m.dead]) == 5
    assert {m.stream for m in after} == {portfolio(colleague)}
    assert all(m.version == before[m.id] + 1 for m in after)


def test_family_moves_each_is_gone_in_the_old_stream_and_put_in_the_new(world):
    laptop, colleague = world.laptop(), world.person()
    customer = a_family(world, laptop)
    world.move(customer.id, portfolio(colleague))
    living = {m.id: m.version for m in world.family(customer.id) if not m.dead}
    left = {record: version for _, record, version, gone, cause in log_of(world, laptop.home)
            if gone and cause == "moved"}  # fmt: skip
    come = {r: v for _, r, v, gone, _ in log_of(world, portfolio(colleague)) if not gone}
    assert left == come == living
    assert world.live(laptop.home) == []


def test_family_moves_and_comes_back(world):
    laptop, colleague = world.laptop(), world.person()
    customer = a_family(world, laptop)
    world.move(customer.id, portfolio(colleague))
    assert world.move(customer.id, laptop.home) == 5
    assert world.move(customer.id, laptop.home) == 0
    assert world.record(customer.id).version == 3


def test_family_moves_only_from_its_living_root(world):
    laptop, colleague = world.laptop(), world.person()
    customer = laptop.saved()
    tag = laptop.tag(customer)
    laptop.push(tag)
    for wrong in (tag.record, new_id()):
        with pytest.raises(NotFound, match=r"record\.unknown"):
            world.move(wrong, portfolio(colleague))
    laptop.push(laptop.delete(customer))
    with pytest.raises(NotFound, match=r"record\.unknown"):
        world.move(customer.id, portfolio(colleague))


# -- grave -----------------------------------------------------------------------


def test_grave_a_dead_row_is_blank_and_stays(world):
    laptop = world.laptop()
    customer = laptop.saved(name="Made Up", phone="+8612000000001")
    laptop.push(laptop.delete(customer))
    grave = world.record(customer.id)
    assert (grave.dead, grave.fields, grave.aside, grave.hash) == (True, {}, None, None)
    with world.database.snapshot() as connection:
        assert "Made Up" in str(store.history(connection, customer.id)[-1]["changes"])


@pytest.mark.parametrize("verb", ["create", "edit"])
def test_grave_an_old_operation_does_not_bring_the_customer_back(world, verb):
    """Purge, then an old edit re-creates the customer: the row stays, so it cannot."""
    laptop, late = world.laptop(), world.laptop()
    world.grant(late.person, laptop.home)
    customer = laptop.saved(village="East")
    laptop.push(laptop.delete(customer))
    old = late.operation(verb, customer.id, home=laptop.home, fields={"village": (None, "West")})
    assert late.outcomes(old) == ["conflict"]
    assert world.record(customer.id).dead
    (kept,) = world.conflicts(customer.id)
    assert "West" in kept.fields["mine"]


def test_grave_delete_takes_the_descendants_along(world):
    laptop = world.laptop()
    customer = a_family(world, laptop)
    (conflict,) = world.conflicts(customer.id)
    about_it = [laptop.edit(conflict, state=("theirs", "mine")) for _ in range(8)]
    assert laptop.outcomes(*about_it) == ["conflict"] * 8  # of one rank, in any order of id
    assert laptop.outcomes(laptop.delete(customer)) == ["applied"]
    assert all(m.dead for m in world.family(customer.id))
    assert all(m.fields == {} for m in world.family(customer.id))


def test_grave_a_deleted_record_is_deleted_once(world):
    laptop = world.laptop()
    customer = laptop.saved()
    deletes = [laptop.delete(customer), laptop.delete(customer)]
    assert laptop.outcomes(*deletes) == ["applied", "nothing"]


# -- one-snapshot ----------------------------------------------------------------


def test_one_snapshot_a_commit_between_totals_and_rows_is_not_seen(world):
    """Commit between: rows skipped, or a digest that does not fit them."""
    laptop = world.laptop()
    laptop.saved()
    with world.database.snapshot() as connection:
        wanted = sa.select(t.stream).where(t.stream.c.id == laptop.home)
        before = connection.execute(wanted).one()
        laptop.saved(name="Later")
        assert len(store.log_page(connection, laptop.home, 0, 10)) == before.live == 1
        assert connection.execute(wanted).one() == before


def test_one_snapshot_a_reader_can_write_nothing(postgresql_world):
    with pytest.raises(sa.exc.InternalError), postgresql_world.database.snapshot() as connection:
        connection.execute(sa.delete(t.record))


def test_one_snapshot_isolation_does_not_stay_with_a_pooled_connection(postgresql_world):
    """A writer on a connection that a reader used before would read a stale snapshot."""
    database = postgresql_world.database
    read.verify(database)
    settings = ("transaction_isolation", "transaction_read_only")
    asked = sa.text("SELECT current_setting(:first), current_setting(:second)").bindparams(
        first=settings[0], second=settings[1]
    )
    with database.writing() as connection:
        assert tuple(connection.execute(asked).one()) == ("read committed", "off")
    with database.snapshot() as connection:
        assert tuple(connection.execute(asked).one()) == ("repeatable read", "on")


def test_stream_numbers_go_on_by_one_for_each_entry(world):
    laptop = world.laptop()
    customer = laptop.customer()
    laptop.push(*grouped(customer, laptop.tag(customer)))
    laptop.push(laptop.edit(customer, village=(None, "East")))
    assert [number for number, *_ in log_of(world, laptop.home)] == [2, 3]
