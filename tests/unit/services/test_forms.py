"""Forms: what is said beside a field, what repair is offered, and that saving judges all of it."""

from __future__ import annotations

from datetime import date

import pytest

from crm.domain.errors import Refused
from crm.domain.kinds import SCHEMA
from crm.domain.messages import explain
from desktop.services.customers import CUSTOMER
from desktop.services.drafts import draft, save_draft
from desktop.services.forms import (
    check,
    check_all,
    coming_day,
    edit_field,
    judged_with,
    lookalikes,
    save_customer,
    save_visit,
)
from desktop.services.undo import undo
from tests.helpers.fakes import NOON, Laptop

TODAY = date(2026, 3, 18)  # a Wednesday
WHO, VISIT = SCHEMA[CUSTOMER], SCHEMA["visit"]
NUMBER = "341525199003151238"  # the check digit is wrong on purpose


@pytest.fixture
def laptop(tmp_path):
    laptop = Laptop(tmp_path)
    yield laptop
    laptop.replica.close()


def save(laptop, record=None, *, opened=None, **typed):
    uow = laptop.replica.unit_of_work
    return save_customer(uow, SCHEMA, typed, record, today=TODAY, opened=opened)


@pytest.mark.parametrize(
    ("meant", "offered"),
    [
        ("2026-03-08", "2026-03-20"),  # Sunday: the Friday before the next one
        ("2026-03-09", "2026-03-23"),  # Monday
        ("2026-03-13", "2026-03-20"),  # Friday
        ("2026-03-17", "2026-03-24"),  # yesterday
        ("2026-03-11", "2026-03-25"),  # a Wednesday, as today is one
    ],
)
def test_for_a_past_day_the_same_weekday_to_come_is_offered(meant, offered):
    assert coming_day(date.fromisoformat(meant), TODAY).isoformat() == offered
    found = check(VISIT, "next_on", meant, {}, TODAY)
    assert (found.problem, found.proposal, found.value) == ("day.past", offered, None)


def test_on_a_friday_a_weekend_becomes_the_monday_after_it():
    friday = date(2026, 3, 20)
    assert coming_day(date(2026, 3, 8), friday) == date(2026, 3, 23)
    assert coming_day(date(2026, 3, 7), friday) == date(2026, 3, 23)


@pytest.mark.parametrize(
    ("name", "typed", "known", "expected"),
    [
        ("phone", " 154-0000 0001", {}, ("+8615400000001", None, ("phone.unassigned",), None)),
        ("phone", "15400000001转802", {}, (None, "phone.extension", (), "154 0000 0001")),
        ("phone", "15400000001/15400000002", {}, (None, "phone.several", (), "154 0000 0001")),
        ("phone", "1234", {}, (None, "phone.length", (), None)),
        ("postcode", "100000", {"address": "安徽省六安市霍山县衡山镇"},
         ("100000", None, ("postcode.address",), "237200")),
        ("postcode", "", {"address": "安徽省六安市霍山县衡山镇"}, (None, None, (), "237200")),
        ("birth_date", "1990年3月16日", {"id_number": NUMBER},
         ("1990-03-16", None, ("identity.birth_differs",), "1990-03-15")),
        ("birth_date", "", {"id_number": NUMBER}, (None, None, (), "1990-03-15")),
        ("birth_date", "2027-01-01", {}, (None, "day.ahead", (), None)),
        ("gender", "女", {"id_number": NUMBER},
         ("female", None, ("identity.gender_differs",), "male")),
        ("gender", "女", {"id_number": NUMBER, "id_type": "passport"}, ("female", None, (), None)),
        ("id_number", NUMBER, {}, (NUMBER, None, ("identity.checksum",), None)),
        ("name", " ", {}, (None, "field.required", (), None)),
        ("likes", "茶、 钓鱼", {}, (["茶", "钓鱼"], None, (), None)),
    ],
)  # fmt: skip
def test_a_field_is_judged_when_it_is_left(name, typed, known, expected):
    found = check(WHO, name, typed, known, TODAY)
    assert (found.value, found.problem, found.doubts, found.proposal) == expected


def test_a_proposal_is_taken_without_another_word():
    found = check(WHO, "phone", "15400000001转802", {})
    assert check(WHO, "phone", found.proposal, {}).value == "+8615400000001"


def test_every_problem_has_its_words():
    typed = {"name": "", "phone": "1", "next_contact_on": "2026-03-01", "village": "村" * 61}
    for one in check_all(WHO, typed, {}, TODAY, whole=True).values():
        what, remedy = explain(Refused(one.problem, **one.facts), "en")
        assert what
        assert remedy


def test_what_depends_on_a_field_is_known():
    assert set(judged_with("id_number")) == {"birth_date", "gender"}
    assert judged_with("address") == ("postcode",)


def test_saving_tells_every_problem_at_once_and_saves_nothing(laptop):
    saved = save(laptop, phone="12", postcode="1", birth_date="2027-01-01", village="石湾")
    assert saved.problems == {
        "name": "field.required",
        "phone": "phone.length",
        "postcode": "postcode.length",
        "birth_date": "day.ahead",
    }
    assert (saved.record, saved.action, laptop.outbox()) == (None, None, ())


def test_saving_keeps_what_was_typed_drops_the_draft_and_can_be_undone(laptop):
    new_uow, reader = laptop.replica.unit_of_work, laptop.replica.reader
    save_draft(new_uow, "customer", "", {"name": "客"})
    saved = save(laptop, name="客户甲", phone="154 0000 0001", id_number=NUMBER, note="")
    assert laptop.fields(saved.record) == {
        "name": "客户甲",
        "phone": "+8615400000001",
        "id_number": NUMBER,
        "id_type": "resident_id",
    }
    assert saved.doubts["id_number"] == ("identity.checksum",)
    assert draft(reader, "customer", "") is None
    undo(new_uow, saved.action)
    assert laptop.outbox() == ()


def test_a_past_day_that_was_kept_long_ago_is_no_problem_until_it_is_changed(laptop):
    who = laptop.create("customer", name="客户甲", next_contact_on="2026-03-02")
    assert not save(laptop, who, next_contact_on="2026/3/2", village="石湾").problems
    assert save(laptop, who, next_contact_on="2026-03-03").problems == {
        "next_contact_on": "day.past"
    }


def test_saving_without_a_change_is_no_action(laptop):
    who = laptop.create("customer", name="客户甲")
    assert save(laptop, who, name="客户甲").action is None


def test_what_somebody_else_changed_under_an_open_form_is_not_overwritten(laptop):
    who = laptop.create("customer", name="客户甲", village="石湾", note="旧")
    opened = laptop.fields(who)
    laptop.edit(who, village="大浦", note="新")
    untouched = save(laptop, who, opened=opened, name="客户甲", village="石湾", honorific="老板")
    assert not untouched.problems
    assert laptop.fields(who)["village"] == "大浦"
    contested = save(laptop, who, opened=opened, village="高湖", note="新")
    assert contested.problems == {"village": "form.changed"}


def test_a_visit_with_a_next_step_is_one_action(laptop):
    who = laptop.create("customer", name="客户甲")
    typed = {"channel": "上门", "summary": "存款", "next_step": "回电", "next_on": "2026-03-20"}
    new_uow = laptop.replica.unit_of_work
    save_draft(new_uow, "visit", who, {"summary": "存"})
    saved = save_visit(new_uow, SCHEMA, lambda: NOON, who, typed)
    assert laptop.fields(saved.record)["on"] == "2026-03-18"
    assert laptop.fields(saved.more[0])["due_on"] == "2026-03-20"
    assert draft(laptop.replica.reader, "visit", who) is None
    undo(new_uow, saved.action)
    assert [line.kind for line in laptop.outbox()] == ["customer"]


def test_a_visit_is_corrected_in_place(laptop):
    who = laptop.create("customer", name="客户甲")
    new_uow = laptop.replica.unit_of_work
    first = save_visit(new_uow, SCHEMA, lambda: NOON, who, {"summary": "存款"})
    bad = save_visit(new_uow, SCHEMA, lambda: NOON, who, {"on": "2026-03-19"}, first.record)
    assert (bad.problems, bad.checked["on"].proposal) == ({"on": "day.ahead"}, "2026-03-18")
    save_visit(new_uow, SCHEMA, lambda: NOON, who, {"on": "2026-03-17"}, first.record)
    assert laptop.fields(first.record)["on"] == "2026-03-17"


def test_a_field_is_edited_in_place_by_the_others_that_judge_it(laptop):
    new_uow = laptop.replica.unit_of_work
    who = laptop.create("customer", name="客户甲", address="安徽省六安市霍山县衡山镇")
    saved = edit_field(new_uow, SCHEMA, who, "postcode", "100000")
    assert saved.checked["postcode"].proposal == "237200"
    assert laptop.fields(who)["postcode"] == "100000"
    undo(new_uow, saved.action)
    assert "postcode" not in laptop.fields(who)
    assert edit_field(new_uow, SCHEMA, who, "postcode", "x").problems


def test_somebody_who_is_here_already_is_recognised_while_being_added(laptop):
    who = laptop.create("customer", name="客户甲", phone="+8615400000001")
    twin = laptop.create("customer", name="客户乙", id_type="resident_id", id_number=NUMBER)
    laptop.create("customer", name="客户丙", phone="+8615400000001")
    typed = {"name": "客户 甲", "phone": "154 0000 0001", "id_number": NUMBER}
    found = lookalikes(laptop.replica.reader, SCHEMA, typed)
    assert {(f.held.id, f.basis) for f in found} == {(who, "name_phone"), (twin, "identity")}
    assert not lookalikes(laptop.replica.reader, SCHEMA, {"name": "客户甲"})
    mine = lookalikes(laptop.replica.reader, SCHEMA, typed, record=who)
    assert [f.held.id for f in mine] == [twin]
