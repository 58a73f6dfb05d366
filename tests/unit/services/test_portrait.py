"""A customer from all sides: marks, money, people, what waits; and the timeline made from it."""

from __future__ import annotations

from datetime import date

import pytest

from crm.domain.errors import NotFound
from crm.domain.ids import new_id
from crm.domain.kinds import SCHEMA
from desktop.services.portrait import accounts_of, portrait
from desktop.services.ports import Held
from desktop.services.timeline import made_on, timeline
from tests.helpers.fakes import Laptop
from tests.helpers.received import from_server

TODAY = date(2026, 3, 18)


@pytest.fixture
def laptop(tmp_path):
    laptop = Laptop(tmp_path)
    yield laptop
    laptop.replica.close()


def see(laptop, customer):
    return portrait(laptop.replica.reader, SCHEMA, customer, TODAY)


def put(kind, parent=None, root=None, record=None, **fields):
    """One record as the server sends it."""
    record = record or new_id()
    return [0, record, kind, 1, parent, root or parent or record, fields, None]


def test_everything_under_a_customer_has_its_place(laptop):
    who, relative = put("customer", name="客户甲"), put("customer", name="客户乙")
    home = put("household", who[1], name="甲家")
    from_server(
        laptop,
        who,
        relative,
        home,
        put("household_member", home[1], who[1], relation="head", customer=who[1]),
        put("household_member", home[1], who[1], relation="spouse", customer=relative[1]),
        put("household_member", home[1], who[1], relation="child", name="小甲"),
        put("contact_point", who[1], type="mobile", value="+8615400000001"),
        put("contact_point", who[1], type="wechat", value="somebody", preferred=True),
        put("tag", who[1], label="种粮大户"),
        put("task", who[1], title="回电", state="open", due_on="2026-03-20"),
        put("task", who[1], title="送单", state="done"),
        put("visit", who[1], state="completed", on="2026-02-04", channel="visit"),
        put("visit", who[1], state="planned", on="2026-03-25"),
        put("duplicate_link", who[1], basis="name_phone", other=relative[1], state="open"),
        put("duplicate_link", who[1], basis="identity", other=new_id(), state="open"),
    )
    seen = see(laptop, who[1])
    assert seen.customer.fields["name"] == "客户甲"
    assert [c.fields["type"] for c in seen.contacts] == ["wechat", "mobile"]
    (household,) = seen.households
    told = [(m.relation, m.name, m.is_self) for m in household.members]
    assert told == [("head", "客户甲", True), ("spouse", "客户乙", False), ("child", "小甲", False)]
    assert [t.fields["label"] for t in seen.tags] == ["种粮大户"]
    assert [t.fields["title"] for t in seen.open_tasks] == ["回电"]
    assert seen.last_visit.day == date(2026, 2, 4)
    assert {d.name for d in seen.duplicates} == {"客户乙", None}
    (at_relatives,) = see(laptop, relative[1]).households  # where others name her
    assert [m.is_self for m in at_relatives.members] == [False, True, False]


def account(**fields):
    given = {"type": "fixed_term", "currency": "CNY", "balance_minor": 100_00, **fields}
    return Held(
        id=new_id(), kind="account", parent="c", root="c", stream="s", version=1, fields=given
    )


def test_sums_leave_out_debts_other_currencies_and_closed_accounts():
    found = accounts_of(
        [
            account(balance_minor=1_00, matures_on="2026-04-17"),  # the thirtieth day
            account(balance_minor=10_00, matures_on="2026-04-18"),
            account(balance_minor=100_00, matures_on="2026-03-19"),
            account(balance_minor=1_000_00, matures_on="2026-03-17"),  # past
            account(type="loan", balance_minor=10_000_00, matures_on="2026-03-20"),
            account(type="card", balance_minor=40_000_00),
            account(currency="USD", balance_minor=5_00, matures_on="2026-03-21"),
            account(balance_minor=7_00, closed_on="2026-01-01"),
            account(type="current", balance_minor=20_000_00),
        ],
        TODAY,
        None,
    )
    assert found.total_minor == 21_111_00
    assert (found.maturing_minor, found.next_maturity) == (101_00, date(2026, 3, 19))
    assert [a.fields.get("matures_on") for a in found.held][:2] == ["2026-03-17", "2026-03-19"]
    assert len(found.closed) == 1


def test_a_field_carries_the_mark_of_what_became_of_its_edit(laptop):
    who = put("customer", name="客户甲", village="石湾", note="旧", phone="+8615400000001")
    from_server(laptop, who)
    waiting, refused = laptop.edit(who[1], village="大浦"), laptop.edit(who[1], note="新")
    laptop.edit(who[1], phone="+8615400000002")
    laptop.write("UPDATE op SET state = 'aside', reason = 'field.form' WHERE id = ?", refused)
    conflict = put("conflict", who[1], record=None)
    conflict[6] = {
        "record": who[1],
        "record_kind": "customer",
        "verb": "edit",
        "field": "phone",
        "base": "null",
        "mine": '"+8615400000002"',
        "theirs": '"+8615400000003"',
        "theirs_at": "2026-03-17T01:00:00.000Z[+08:00]",
        "state": "open",
    }
    from_server(laptop, conflict, first=False)
    seen = see(laptop, who[1])
    assert seen.marks == {"village": "waiting", "note": "refused", "phone": "to_settle"}
    assert waiting in {line.id for line in seen.lines}
    assert [d.field for d in seen.disputes] == ["phone"]
    told = [(i.title, i.facts.get("fields") or i.facts.get("field")) for i in timeline(seen)]
    assert ("edit.waiting", ("village",)) in told
    assert ("edit.refused", ("note",)) in told
    assert ("conflict.open", "phone") in told


def test_doubts_are_told_by_field(laptop):
    who = laptop.create("customer", name="客户甲", phone="+8615400000001")
    assert see(laptop, who).doubts == {"phone": ("phone.unassigned",)}


def test_a_portrait_of_something_else_is_refused(laptop):
    who = laptop.create("customer", name="客户甲")
    visit = laptop.create("visit", who, state="completed", on="2026-03-01")
    for record, code in ((visit, "customer.other_kind"), (new_id(), "record.unknown")):
        with pytest.raises(NotFound) as refused:
            see(laptop, record)
        assert refused.value.code == code


def test_the_timeline_is_newest_first_and_shows_what_waits(laptop):
    who = laptop.create("customer", name="客户甲", since="2020-01-01")
    laptop.create("visit", who, state="completed", on="2026-02-04", summary="存款")
    laptop.create("visit", who, state="completed", on="2026-01-06", channel="phone")
    laptop.create("task", who, title="回电", state="open", due_on="2026-03-20")
    laptop.create("tag", who, label="种粮大户")
    laptop.edit(who, village="石湾")
    items = timeline(see(laptop, who))
    assert [(i.title, str(i.day)) for i in items if i.day and i.day != TODAY] == [
        ("task.open", "2026-03-20"),
        ("visit.completed", "2026-02-04"),
        ("visit.completed", "2026-01-06"),
    ]
    today = {i.title for i in items if i.day == TODAY}
    assert today == {"edit.waiting", "addition.waiting", "customer.added"}
    assert all(item.waiting for item in items)


def test_a_hand_over_stands_in_the_timeline_on_its_day(laptop):
    who = put("customer", name="客户甲")
    handed = put(
        "hand_over",
        who[1],
        from_manager=who[1],
        from_name="李华",
        to_manager=who[1],
        to_name="王敏",
        by=who[1],
        at="2026-03-17T16:30:00.000Z[+00:00]",
        reason="调岗",
    )
    from_server(laptop, who, handed)
    item = next(i for i in timeline(see(laptop, who[1])) if i.kind == "hand_over")
    assert (item.title, item.day, item.text) == ("hand_over.done", date(2026, 3, 18), "调岗")
    assert item.facts == {"giver": "李华", "taker": "王敏"}


def test_a_customer_of_long_standing_is_one_since_the_day_that_is_kept(laptop):
    who = put("customer", name="客户甲", since="2019-05-06")
    from_server(laptop, who)
    (item,) = timeline(see(laptop, who[1]))
    assert (item.title, item.day) == ("customer.since", date(2019, 5, 6))


def test_only_ids_that_tell_a_day_are_asked_for_it():
    assert made_on("019d0000-0000-7000-8000-000000000001") == date(2026, 3, 18)
    assert made_on("019d0000-0000-8000-8000-000000000001") is None
