"""Undo: what never left is withdrawn without a trace, what left is undone by an edit or refused."""

from __future__ import annotations

import pytest

from crm.domain.errors import NotFound, Refused
from crm.domain.ids import new_id
from desktop.services.customers import add_contact_point, add_household_member, tag, untag
from desktop.services.undo import Action, redo, undo
from desktop.services.visits import add_visit, finish_task
from tests.helpers.fakes import NOON, Laptop
from tests.helpers.received import from_server

WHO = "01900000-0000-7000-8000-000000000001"
FIRST = {"name": "客户甲", "village": "石湾"}


@pytest.fixture
def laptop(tmp_path):
    laptop = Laptop(tmp_path)
    from_server(laptop, [0, WHO, "customer", 3, None, WHO, FIRST, "ke hu jia|khj"])
    yield laptop
    laptop.replica.close()


class Desk:
    """A person's actions, one after the other."""

    def __init__(self, laptop):
        self.laptop = laptop
        self.new_uow = laptop.replica.unit_of_work

    def does(self, work):
        with self.new_uow() as uow:
            with uow.group():
                work(uow)
            action = Action.of(uow)
            uow.commit()
        return action

    def edits(self, record=WHO, **fields):
        return self.does(lambda uow: uow.edit(record, fields))

    def creates(self, kind, parent=None, **fields):
        record = new_id()
        made = self.does(lambda uow: uow.create(kind, fields, parent=parent, record_id=record))
        return record, made

    def undoes(self, action):
        return undo(self.new_uow, action)

    def refused(self, action):
        before = self.laptop.held(), self.laptop.outbox()
        with pytest.raises(Refused) as refused:
            self.undoes(action)
        assert (self.laptop.held(), self.laptop.outbox()) == before
        return refused.value.code

    def sends(self):
        """Number what is queued: from now on it may have been taken."""
        with self.laptop.replica.transaction() as tx:
            tx.number_page(500, 10**6, set())

    def finds(self, query):
        with self.laptop.replica.reader() as reader:
            return [hit.id for hit in reader.find(query)]


@pytest.fixture
def desk(laptop):
    return Desk(laptop)


def test_an_undone_edit_has_never_been(laptop, desk):
    before = laptop.rows("SELECT * FROM customer")
    undone = desk.undoes(desk.edits(name="王五", village=None))
    assert laptop.rows("SELECT * FROM customer") == before
    assert laptop.outbox() == ()
    assert laptop.rows("SELECT count(*) FROM shadow") == [(0,)]
    assert not laptop.get(WHO).waiting
    assert (desk.finds("客户甲"), desk.finds("王五"), undone.inverse) == ([WHO], [], {})


def test_an_undone_record_is_gone_from_lists_and_search(laptop, desk):
    record, action = desk.creates("customer", name="王五")
    assert desk.finds("王五") == [record]
    desk.undoes(action)
    assert desk.finds("王五") == []
    with pytest.raises(NotFound):
        laptop.get(record)


def test_an_undone_removal_brings_the_family_back(laptop, desk):
    visit = laptop.create("visit", WHO, state="completed", on="2026-03-01")
    held = laptop.held()
    action = desk.does(lambda uow: uow.delete(WHO))
    assert visit not in laptop.held()
    desk.undoes(action)
    assert laptop.held() == held
    assert desk.finds("客户甲") == [WHO]


def test_one_action_is_undone_whole_and_done_again_whole(laptop, desk):
    def visits(uow):
        found = {"state": "completed", "on": "2026-03-18", "next_step": "回电"}
        add_visit(uow, NOON, WHO, found)

    with desk.new_uow() as uow:
        visits(uow)
        action = Action.of(uow)
        uow.commit()
    held = laptop.held()
    undone = desk.undoes(action)
    assert laptop.held().keys() == {WHO}
    again = redo(desk.new_uow, undone)
    assert laptop.held() == held
    assert len(again.groups) == 1
    desk.undoes(again)
    assert laptop.outbox() == ()


def test_undoing_the_last_of_two_edits_shows_the_first(laptop, desk):
    first = desk.edits(village="大浦")
    last = desk.edits(village="高湖", note="新")
    desk.undoes(last)
    assert laptop.fields(WHO) == {**FIRST, "village": "大浦"}
    desk.undoes(first)
    assert laptop.fields(WHO) == FIRST


def test_an_edit_of_another_field_does_not_stand_in_the_way(laptop, desk):
    first = desk.edits(village="大浦")
    desk.edits(note="新")
    desk.undoes(first)
    assert laptop.fields(WHO) == {**FIRST, "note": "新"}
    assert [line.fields for line in laptop.outbox()] == [{"note": [None, "新"]}]


def test_what_was_changed_again_is_left_as_it_is(desk):
    first = desk.edits(village="大浦")
    desk.edits(village="高湖")
    assert desk.refused(first) == "undo.changed"


def test_a_record_with_something_below_is_left_where_it_is(laptop, desk):
    record, action = desk.creates("customer", name="客户乙")
    laptop.create("visit", record, state="completed", on="2026-03-01")
    assert desk.refused(action) == "undo.changed"


def test_a_record_that_another_names_is_not_withdrawn(laptop, desk):
    record, action = desk.creates("customer", name="客户乙")
    home = laptop.create("household", WHO, name="甲家")
    laptop.create("household_member", home, relation="spouse", customer=record)
    undone = desk.undoes(action)
    assert undone.withdrawn == ()  # a removal travels instead, as any other
    assert laptop.outbox()[-1].verb == "delete"


def test_what_a_removal_saw_is_not_withdrawn_beneath_it(laptop, desk):
    _, action = desk.creates("visit", WHO, state="completed", on="2026-03-01")
    laptop.delete(WHO)
    assert desk.refused(action) == "undo.changed"


def test_what_was_sent_is_undone_by_an_edit_and_redone_by_taking_that_back(laptop, desk):
    action = desk.edits(village="大浦", note="新")
    desk.sends()
    undone = desk.undoes(action)
    assert laptop.fields(WHO) == FIRST
    fields = [line.fields for line in laptop.outbox()]
    assert fields[1] == {"village": ["大浦", "石湾"], "note": ["新", None]}
    again = redo(desk.new_uow, undone)
    assert (laptop.fields(WHO)["village"], len(laptop.outbox())) == ("大浦", 1)
    assert again == action
    desk.undoes(again)
    assert laptop.fields(WHO) == FIRST


def test_an_action_of_which_half_was_sent_is_undone_and_redone_in_order(laptop, desk):
    first = desk.edits(village="大浦")
    desk.sends()
    both = Action.joined([first, desk.edits(village="高湖")])
    undone = desk.undoes(both)
    assert (laptop.fields(WHO), len(undone.withdrawn)) == (FIRST, 1)
    again = redo(desk.new_uow, undone)
    assert [line.fields["village"][1] for line in laptop.outbox()] == ["大浦", "高湖"]
    desk.undoes(again)
    assert laptop.fields(WHO) == FIRST


def test_an_undo_that_was_sent_is_redone_by_a_third_edit(laptop, desk):
    action = desk.edits(village="大浦")
    desk.sends()
    undone = desk.undoes(action)
    desk.laptop.write("UPDATE op SET has_left = 1")
    again = redo(desk.new_uow, undone)
    assert [line.fields["village"][1] for line in laptop.outbox()] == ["大浦", "石湾", "大浦"]
    desk.undoes(again)
    assert laptop.fields(WHO) == FIRST


def test_a_number_that_was_given_back_still_counts_as_sent(laptop, desk):
    action = desk.edits(village="大浦")
    desk.sends()
    with laptop.replica.transaction() as tx:
        tx.unnumber()
    assert desk.undoes(action).withdrawn == ()
    assert len(laptop.outbox()) == 2


def test_a_record_that_was_sent_untouched_is_removed_again(laptop, desk):
    record, action = desk.creates("visit", WHO, state="completed", on="2026-03-01")
    desk.sends()
    desk.undoes(action)
    assert laptop.held().keys() == {WHO}
    assert [line.verb for line in laptop.outbox(record)] == ["create", "delete"]


def test_a_removal_that_was_sent_stays(desk):
    action = desk.does(lambda uow: uow.delete(WHO))
    desk.sends()
    assert desk.refused(action) == "undo.sent"


def test_half_an_action_is_never_undone(desk):
    sent = desk.does(lambda uow: (uow.edit(WHO, {"note": "新"}), uow.delete(WHO)))
    desk.sends()
    assert desk.refused(sent) == "undo.sent"


def test_what_came_from_the_branch_meanwhile_is_what_is_left(laptop, desk):
    action = desk.edits(village="大浦")
    newer = {**FIRST, "village": "吴集", "note": "总行"}
    from_server(laptop, [0, WHO, "customer", 4, None, WHO, newer, None], first=False)
    assert laptop.fields(WHO)["village"] == "大浦"
    undone = desk.undoes(action)
    assert (laptop.fields(WHO), laptop.get(WHO).version) == (newer, 4)
    with pytest.raises(Refused, match=r"undo\.changed"):  # redo would overwrite it unread
        redo(desk.new_uow, undone)


def test_what_an_older_program_queued_may_have_left(laptop, desk):
    from desktop.storage.migrations import MIGRATIONS, make_room_for_the_card

    assert make_room_for_the_card in MIGRATIONS
    action = desk.edits(village="大浦")
    laptop.write("UPDATE op SET has_left = 1")
    assert desk.undoes(action).withdrawn == ()


def test_an_import_is_one_undo(laptop, desk):
    rows = [desk.creates("customer", name=f"客户{n}", village="高湖")[1] for n in range(5)]
    rows.append(desk.edits(village="高湖"))
    undone = desk.undoes(Action.joined(rows))
    assert laptop.held().keys() == {WHO}
    assert (laptop.outbox(), desk.finds("高湖")) == ((), [])
    again = redo(desk.new_uow, undone)
    assert (len(again.groups), len(desk.finds("高湖"))) == (6, 6)


def test_small_things_below_a_customer_are_added_and_undone(laptop, desk):
    new_uow, schema = desk.new_uow, laptop.schema
    actions = [
        tag(new_uow, WHO, " 种粮大户 "),
        add_contact_point(new_uow, schema, WHO, {"type": "手机", "value": "154 0000 0001"}),
        add_household_member(new_uow, schema, WHO, {"relation": "配偶", "name": "客户乙"}),
        add_household_member(new_uow, schema, WHO, {"relation": "子女", "name": "小甲"}),
    ]
    assert tag(new_uow, WHO, "种粮大户") is None
    kinds = sorted(kind for kind, *_ in laptop.held().values())
    assert kinds == [
        *("contact_point", "customer", "household"),
        *("household_member",) * 3,
        "tag",
    ]
    tag_id = next(i for i, held in laptop.held().items() if held[0] == "tag")
    desk.undoes(untag(new_uow, tag_id))
    assert tag_id in laptop.held()
    for action in reversed(actions):
        desk.undoes(action)
    assert laptop.held().keys() == {WHO}


def test_a_finished_task_is_opened_again(laptop, desk):
    task = laptop.create("task", WHO, title="回电", state="open")
    desk.undoes(finish_task(desk.new_uow, task))
    assert laptop.fields(task)["state"] == "open"
    assert finish_task(desk.new_uow, task)
    assert finish_task(desk.new_uow, task) is None
