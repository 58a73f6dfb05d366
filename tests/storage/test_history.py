"""Field history: own edits with what became of them, what the branch changed, what was settled."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crm.domain.ids import new_id
from desktop.services.history import history
from desktop.services.ports import Result
from desktop.storage.history import KEPT_DAYS, KEPT_ROWS
from tests.helpers.fakes import NOON, Laptop
from tests.helpers.received import HOME, from_server

WHO = "01900000-0000-7000-8000-000000000001"
FIRST = {"name": "客户甲", "village": "石湾", "likes": ["茶"]}


@pytest.fixture
def laptop(tmp_path):
    laptop = Laptop(tmp_path)
    from_server(laptop, customer(3, FIRST))
    yield laptop
    laptop.replica.close()


def customer(version, fields, record=WHO):
    return [0, record, "customer", version, None, record, fields, None]


def told(laptop, field=None, record=WHO):
    return [
        (e.field, e.old, e.new, e.by, e.state)
        for e in history(laptop.replica.reader, record, field)
    ]


def settle(laptop, outcome, version=None):
    """Number what is queued, and have the server answer."""
    with laptop.replica.transaction() as tx:
        page = tx.number_page(500, 10**6, set())
        results = [
            Result(id=o.id, number=o.number, outcome=outcome, version=version, reason=None)
            for o in page
        ]
        tx.settle(results, page[-1].number, "2026-03-18T04:00:00.000Z[+08:00]")


def test_a_first_load_is_no_history(laptop):
    assert told(laptop) == []


def test_what_the_branch_changes_is_told_field_by_field(laptop):
    changed = {"name": "客户甲", "likes": ["茶", "钓鱼"], "note": "总行", "pet": "狗"}
    from_server(laptop, customer(4, changed), first=False)
    assert sorted(told(laptop)) == [
        ("likes", ["茶"], ["茶", "钓鱼"], "branch", "received"),
        ("note", None, "总行", "branch", "received"),
        ("village", "石湾", None, "branch", "received"),
    ]
    assert [e[0] for e in told(laptop, "note")] == ["note"]
    (entry,) = history(laptop.replica.reader, WHO, "note")
    assert (entry.version, entry.at[:10]) == (4, "2026-03-18")


def test_own_edits_are_told_once_with_what_became_of_them(laptop):
    laptop.edit(WHO, village="大浦")
    assert told(laptop) == [("village", "石湾", "大浦", "mine", "waiting")]
    settle(laptop, "applied", 5)
    laptop.now = NOON + timedelta(hours=1)
    merged = {**FIRST, "village": "大浦", "note": "总行"}  # version 4 was the branch's
    from_server(laptop, customer(5, merged), first=False)
    assert told(laptop) == [
        ("note", None, "总行", "branch", "received"),
        ("village", "石湾", "大浦", "mine", "applied"),
    ]
    laptop.write("DELETE FROM op")  # released: a backup of the server holds it
    assert sorted(told(laptop))[1] == ("village", "石湾", "大浦", "mine", "applied")


def test_what_comes_under_a_waiting_edit_is_told_as_the_branchs(laptop):
    laptop.edit(WHO, village="大浦")
    from_server(laptop, customer(4, {**FIRST, "village": "吴集"}), first=False)
    assert set(told(laptop)) == {
        ("village", "石湾", "吴集", "branch", "received"),
        ("village", "石湾", "大浦", "mine", "waiting"),
    }


def test_refused_and_contested_edits_say_so(laptop):
    refused = laptop.edit(WHO, note="新")
    laptop.write("UPDATE op SET state = 'aside', reason = 'field.form' WHERE id = ?", refused)
    contested = laptop.edit(WHO, village="大浦")
    settle(laptop, "conflict")
    assert {(e[0], e[4]) for e in told(laptop)} == {("note", "refused"), ("village", "to_settle")}
    fields = {
        "record": WHO,
        "record_kind": "customer",
        "verb": "edit",
        "field": "village",
        "base": '"石湾"',
        "mine": '"大浦"',
        "theirs": '"吴集"',
        "mine_at": "2026-03-18T05:00:00.000Z[+08:00]",
        "mine_op": contested,
        "state": "theirs",
        "settled_by": laptop.user,
    }
    conflict = [0, new_id(), "conflict", 2, WHO, WHO, fields, None]
    from_server(laptop, conflict, first=False)
    (entry, own) = history(laptop.replica.reader, WHO, "village")
    assert (entry.by, entry.choice, entry.new) == ("settled", "theirs", "吴集")
    assert (entry.mine, entry.theirs, own.state) == ("大浦", "吴集", "settled")


def test_a_repair_that_changes_nothing_is_no_history(laptop):
    with laptop.replica.transaction() as tx:
        tx.repair(HOME, range(256), [customer(3, FIRST)])
    assert told(laptop) == []
    with laptop.replica.transaction() as tx:
        tx.repair(HOME, range(256), [customer(3, {**FIRST, "note": "总行"})])
    assert told(laptop) == [("note", None, "总行", "branch", "received")]


@pytest.mark.parametrize("way", ["gone", "purged", "not brought"])
def test_history_leaves_with_its_record(laptop, way):
    from_server(laptop, customer(4, {**FIRST, "note": "总行"}), first=False)
    assert laptop.rows("SELECT count(*) FROM received") == [(1,)]
    if way == "gone":
        from_server(laptop, [0, WHO, "customer", 5, None, WHO, None, "moved"], first=False)
    else:
        with laptop.replica.transaction() as tx:
            tx.purge(HOME) if way == "purged" else tx.repair(HOME, range(256), [])
    assert laptop.rows("SELECT count(*) FROM received") == [(0,)]


def test_history_is_bounded_by_age_and_by_count(laptop):
    from_server(laptop, customer(4, {**FIRST, "note": "一"}), first=False)
    laptop.now = NOON + timedelta(days=KEPT_DAYS + 1)
    from_server(laptop, customer(5, {**FIRST, "note": "二"}), first=False)
    assert len(told(laptop)) == 2
    with laptop.replica.transaction() as tx:
        tx.end_pull()
    assert [e[2] for e in told(laptop)] == ["二"]
    laptop.write("UPDATE received SET seq = seq + ?", KEPT_ROWS)
    from_server(laptop, customer(6, {**FIRST, "note": "三"}), first=False)
    laptop.write("UPDATE received SET seq = 1 WHERE version = 5")
    with laptop.replica.transaction() as tx:
        tx.end_pull()
    assert [e[2] for e in told(laptop)] == ["三"]


def test_a_clock_set_years_ahead_forgets_nothing(laptop):
    laptop.trusted.hear(NOON)  # what the server said last
    from_server(laptop, customer(4, {**FIRST, "note": "一"}), first=False)
    laptop.now = NOON + timedelta(days=3650)
    from_server(laptop, customer(5, {**FIRST, "note": "二"}), first=False)
    with laptop.replica.transaction() as tx:
        tx.end_pull()
    assert [e[2] for e in told(laptop)] == ["二", "一"]


def test_accounts_that_a_feed_renews_every_day_leave_no_history(laptop):
    def account(version, balance):
        fields = {"number": "6210", "type": "current", "currency": "CNY", "balance_minor": balance}
        return [0, WHO[:-1] + "9", "account", version, WHO, WHO, fields, None]

    from_server(laptop, account(1, 5), first=False)
    from_server(laptop, account(2, 6), first=False)
    assert laptop.rows("SELECT count(*) FROM received") == [(0,)]
