"""Settling several conflicts at once, and what waits for a decision, on a real replica."""

from __future__ import annotations

from datetime import date

import pytest

from crm.domain.errors import Refused
from crm.domain.kinds import SCHEMA
from desktop.services.conflicts import Choice, resolve_all
from desktop.services.history import history
from desktop.services.portrait import portrait
from desktop.services.settling import cases, decide_handed, tell_twins
from desktop.services.story import around
from desktop.services.timeline import TimelineItem, timeline
from desktop.services.undo import undo
from tests.helpers.contests import AT, COLLEAGUE, ME, a_colleague, bring, conflict, handed, put
from tests.helpers.fakes import Laptop

TODAY = date(2026, 3, 18)


@pytest.fixture
def laptop(tmp_path):
    laptop = Laptop(tmp_path, user=ME)
    yield laptop
    laptop.replica.close()


@pytest.fixture
def book(laptop):
    """One customer with two contested fields and a contested visit."""
    who = put("customer", name="客户甲", phone="+8615400006776", honorific="陈阿姨", tier="low")
    visit = put("visit", who[1], state="completed", on="2026-03-01", summary="送台历")
    phone, called, life = (
        conflict(*told, root=who[1])
        for told in (
            (who[1], "phone", "+8615400005521", "+8615400008834", "+8615400006776"),
            (who[1], "honorific", "陈女士", "陈老师", "陈阿姨"),
            (visit[1], None, None, None, {"summary": "送台历"}, "delete", "visit"),
        )
    )
    bring(laptop, who, visit, phone, called, life, a_colleague())
    laptop.who, laptop.visit = who[1], visit[1]
    laptop.phone, laptop.called, laptop.life = phone[1], called[1], life[1]
    return laptop


def resolve(laptop, *choices):
    wanted = [Choice(conflict=c, choice=how, written=text) for c, how, text in choices]
    return resolve_all(laptop.replica.unit_of_work, SCHEMA, ME, wanted, TODAY)


def see(laptop):
    return cases(laptop.replica.reader, SCHEMA, ME)


def state(laptop, conflict):
    return laptop.fields(conflict)["state"]


def test_several_choices_are_one_action_that_is_undone_as_one(book):
    done = resolve(book, (book.phone, "mine", ""), (book.called, "other", "陈老师傅"))
    assert not done.problems
    assert len(done.action.groups) == 1
    assert book.fields(book.who)["phone"] == "+8615400008834"
    assert book.fields(book.who)["honorific"] == "陈老师傅"
    assert (state(book, book.phone), state(book, book.called)) == ("mine", "other")
    undo(book.replica.unit_of_work, done.action)
    assert book.fields(book.who)["honorific"] == "陈阿姨"
    assert state(book, book.phone) == "open"


def test_one_bad_value_keeps_all_from_being_saved_and_is_told_beside_its_field(book):
    done = resolve(book, (book.called, "mine", ""), (book.phone, "other", "154"))
    assert set(done.problems) == {book.phone}
    assert done.problems[book.phone].problem == "phone.length"
    assert book.outbox() == ()


def test_what_is_settled_already_is_a_problem_and_not_a_crash(book):
    resolve(book, (book.phone, "theirs", ""))
    done = resolve(book, (book.phone, "mine", ""))
    assert done.problems[book.phone].problem == "conflict.settled"
    assert book.fields(book.who)["phone"] == "+8615400006776"


def test_removing_comes_last_so_that_other_choices_still_find_their_record(book):
    resolve(book, (book.life, "mine", ""), (book.called, "mine", ""))
    assert book.fields(book.who)["honorific"] == "陈老师"
    assert book.visit not in book.held()


def test_a_removed_record_leaves_only_their_side(book):
    book.delete(book.visit)
    gone = conflict(book.visit, "summary", "a", "b", None, kind="visit", root=book.who)
    bring(book, gone, first=False)
    contest = next(c for c in see(book)[0].contests if c.dispute.id == gone[1])
    assert (contest.record, contest.mine_possible) == (None, False)
    assert resolve(book, (gone[1], "mine", "")).problems[gone[1]].problem == "conflict.only_theirs"
    assert not resolve(book, (gone[1], "theirs", "")).problems


def test_cases_are_put_together_by_customer_with_names_of_both_authors(book):
    (case,) = see(book)
    assert (case.group, case.name, case.decisions) == ("contested", "客户甲", 3)
    phone = next(c for c in case.contests if c.dispute.field == "phone")
    assert (phone.mine_is_own, phone.theirs_by, phone.theirs_is_own) == (True, "王建平", False)


def test_twins_are_told_as_same_or_different_and_go_away(laptop):
    one, other = put("customer", name="客户甲"), put("customer", name="客户乙")
    link = put("duplicate_link", one[1], basis="identity", other=other[1], state="open")
    bring(laptop, one, other, link)
    (case,) = see(laptop)
    assert (case.twins.one.id, case.twins.other.id) == (one[1], other[1])
    assert tell_twins(laptop.replica.unit_of_work, link[1], "different")
    assert see(laptop) == ()


def test_an_edit_that_was_handed_over_is_taken_or_left_once(laptop):
    who = put("customer", name="客户甲", village="石湾")
    edit = handed(who[1], "edit", {"village": ["石湾", "大浦"]})
    visit = {"state": [None, "completed"], "on": [None, "2026-03-01"]}
    added = handed(who[1], "create", visit, "visit")
    bring(laptop, who, edit, added)
    new_uow = laptop.replica.unit_of_work
    decide_handed(new_uow, SCHEMA, edit[1], take=False)
    assert laptop.fields(who[1])["village"] == "石湾"
    decide_handed(new_uow, SCHEMA, added[1], take=True)
    assert [held[3]["on"] for held in laptop.held().values() if held[0] == "visit"] == [
        "2026-03-01"
    ]
    assert see(laptop) == ()
    with pytest.raises(Refused):
        decide_handed(new_uow, SCHEMA, added[1], take=True)


def test_refused_edits_and_those_handed_on_are_told_apart(laptop):
    who = laptop.create("customer", name="客户甲")
    refused = laptop.edit(who, village="石湾")
    gone = laptop.edit(who, note="到底")
    laptop.write("UPDATE op SET state='aside', outcome='refused', reason='x' WHERE id=?", refused)
    laptop.write("UPDATE op SET state='settled', outcome='diverted' WHERE id=?", gone)
    found = {case.group: case for case in see(laptop)}
    assert set(found) == {"refused", "elsewhere"}
    assert (found["refused"].name, found["refused"].decisions) == ("客户甲", 1)
    assert found["elsewhere"].decisions == 0


def test_what_was_set_aside_is_found_in_the_customers_timeline_and_history(book):
    resolve(book, (book.called, "mine", ""))
    found = timeline(portrait(book.replica.reader, SCHEMA, book.who, TODAY))
    (line,) = [item for item in found if item.title == "conflict.settled"]
    assert (line.facts["field"], line.facts["set_aside"]) == ("honorific", ("陈阿姨",))
    assert line.at == book.now
    (entry,) = [e for e in history(book.replica.reader, book.who) if e.by == "settled"]
    assert (entry.choice, entry.new, entry.set_aside) == ("mine", "陈老师", ("陈阿姨",))


def test_what_a_colleague_set_aside_names_the_colleague(book):
    book.write(
        "UPDATE conflict SET state = 'theirs', settled_by = ?, settled_at = ? WHERE id = ?",
        COLLEAGUE,
        AT,
        book.called,
    )
    found = timeline(portrait(book.replica.reader, SCHEMA, book.who, TODAY))
    (line,) = [item for item in found if item.title == "conflict.settled"]
    assert (line.facts["by"], line.facts["set_aside"]) == ("王建平", ("陈老师",))
    (entry,) = [e for e in history(book.replica.reader, book.who) if e.by == "settled"]
    assert (entry.name, entry.at) == ("王建平", AT)


def test_the_story_is_cut_around_what_is_to_settle():
    items = [
        TimelineItem(kind="visit", record=str(n), day=None, title="visit.completed")
        for n in range(9)
    ]
    assert [item.record for item in around(items, ["4"])] == ["2", "3", "4", "5", "6"]
    assert [item.record for item in around(items, ["8"])] == ["6", "7", "8"]
    assert [item.record for item in around(items, ["none"])] == ["0", "1", "2", "3"]


def test_many_conflicts_of_one_customer_go_into_as_many_groups_as_are_needed(laptop):
    who = put("customer", name="客户甲")
    tags = [put("tag", who[1], label=f"旧{n}") for n in range(130)]
    told = [
        conflict(t[1], "label", "旧", f"新{n}", f"旧{n}", kind="tag", root=who[1])
        for n, t in enumerate(tags)
    ]
    bring(laptop, who, *tags, *told)
    done = resolve(laptop, *((c[1], "mine", "") for c in told))
    assert not done.problems
    assert len(done.action.groups) == 3
    sizes = laptop.rows("SELECT count(*) FROM op GROUP BY group_id")
    assert max(size for (size,) in sizes) <= 200
    undo(laptop.replica.unit_of_work, done.action)
    assert laptop.rows("SELECT count(*) FROM conflict WHERE state = 'open'") == [(130,)]
