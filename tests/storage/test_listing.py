"""The list of customers on a real encrypted replica: who, in which order, and what a row tells."""

from __future__ import annotations

from datetime import date

import pytest

from crm.domain.ids import new_id
from crm.domain.kinds import SCHEMA
from crm.records.pinyin import search_key
from desktop.services import listing
from desktop.services.list_values import EVERYBODY, Filters, Sort
from desktop.services.ports import Granted, Page, Receipt, Result
from desktop.services.standing import standing
from desktop.storage import list_indexes
from desktop.storage.migrations import MIGRATIONS
from tests.helpers.fakes import Laptop

HOME = "portfolio:manager"
TODAY = date(2026, 3, 18)
AT = "2026-03-18T02:30:00.000Z[+00:00]"
HIGH = Filters(tiers=frozenset({"high"}))


class Branch:
    """Entries as a server sends them, one customer with its children after the other."""

    def __init__(self):
        self.entries = []

    def add(self, kind, parent=None, **fields):
        record = new_id()
        aside = search_key(fields["name"]) if kind == "customer" else None
        self.entries.append([0, record, kind, 1, parent, parent or record, fields, aside])
        return record


def loaded(folder, *parts, migrations=MIGRATIONS):
    """A laptop after its first sync with these entries."""
    laptop = Laptop(folder, migrations=migrations)
    entries = [entry for part in parts for entry in part.entries]
    page = Page(
        stream=HOME, after=None, scan="", entries=entries, next="end", more=False,
        head=0, live=len(entries), digest=0,
    )  # fmt: skip
    with laptop.replica.transaction() as tx:
        tx.grant({HOME: Granted(head=0, live=0, digest=0, floor=0, write=True)})
        tx.start_scan(HOME)
        tx.apply(page)
        tx.make_ready()
    return laptop


def a_village():
    branch = Branch()
    one = branch.add(
        "customer", name="张三丰", tier="high", village="南山村", phone="+8615400001234",
        address="南山村5组", gender="male", birth_date="1950-01-01", occupation="农民",
        since="2021-05-01", next_contact_on="2026-04-01", preferred_channel="phone",
        postcode="430000",
    )  # fmt: skip
    branch.add("account", one, number="0001", type="current", currency="CNY", balance_minor=500)
    branch.add(
        "account", one, number="0002", type="fixed_term", currency="CNY", balance_minor=10_000,
        matures_on="2026-04-10",
    )  # fmt: skip
    branch.add(
        "account", one, number="0003", type="loan", currency="CNY", balance_minor=7_000_000,
        matures_on="2026-03-20",
    )  # fmt: skip
    branch.add(
        "account", one, number="0006", type="card", currency="CNY", balance_minor=300_000,
        matures_on="2026-03-21",
    )  # fmt: skip
    branch.add(
        "account", one, number="0004", type="bond", currency="CNY", balance_minor=9,
        matures_on="2026-03-19", closed_on="2026-01-01",
    )  # fmt: skip
    branch.add("account", one, number="0005", type="current", currency="USD", balance_minor=77)
    branch.add("visit", one, state="completed", on="2026-03-01")
    branch.add("visit", one, state="planned", on="2026-05-01")
    branch.add("tag", one, label="种粮大户")
    branch.add("tag", one, label="个体户")
    branch.add("tag", one, label="个体户")
    two = branch.add("customer", name="章伟", tier="low", village="北河村")
    branch.add("visit", two, state="reviewed", on="2025-10-01")
    branch.add(
        "account", two, number="0006", type="fixed_term", currency="CNY", balance_minor=1,
        matures_on="2026-04-17",
    )  # fmt: skip
    branch.add("customer", name="张伟国", tier="general", village="南山村")
    branch.add("customer", name="张伟", tier="general", next_contact_on="2026-03-20")
    branch.add("customer", name="李娜")
    branch.add("tag", new_id(), label="无主")  # a child whose customer is not here
    branch.add("visit", new_id(), state="completed", on="2026-03-17")
    return branch


@pytest.fixture(scope="module")
def village(tmp_path_factory):
    """Only to be read."""
    laptop = loaded(tmp_path_factory.mktemp("village"), a_village())
    yield laptop.replica.reader
    laptop.replica.close()


def names(reader, filters=EVERYBODY, sort=listing.BY_NAME):
    found = listing.find_customers(reader, filters, sort, today=TODAY)
    return [row.name for row in listing.rows(reader, found.keys, today=TODAY)]


def test_names_come_by_pinyin_and_one_surname_together(village):
    assert names(village) == ["李娜", "张三丰", "张伟", "张伟国", "章伟"]
    assert names(village, sort=Sort("name", True)) == ["章伟", "张伟国", "张伟", "张三丰", "李娜"]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        (Sort("tier", True), ["张三丰", "张伟", "张伟国", "章伟", "李娜"]),
        (Sort("tier"), ["章伟", "张伟", "张伟国", "张三丰", "李娜"]),
        (Sort("village"), ["章伟", "张三丰", "张伟国", "李娜", "张伟"]),
        (Sort("village", True), ["张三丰", "张伟国", "章伟", "李娜", "张伟"]),
        (Sort("balance", True), ["张三丰", "章伟", "李娜", "张伟", "张伟国"]),
        (Sort("balance"), ["章伟", "张三丰", "李娜", "张伟", "张伟国"]),
        (Sort("last_visit", True), ["张三丰", "章伟", "李娜", "张伟", "张伟国"]),
        (Sort("last_visit"), ["章伟", "张三丰", "李娜", "张伟", "张伟国"]),
        (Sort("next_contact"), ["张伟", "张三丰", "李娜", "张伟国", "章伟"]),
        (Sort("newest"), ["李娜", "张伟", "张伟国", "章伟", "张三丰"]),
        (Sort("newest", True), ["张三丰", "章伟", "张伟国", "张伟", "李娜"]),
    ],
    ids=str,
)
def test_every_order_puts_what_is_empty_last_and_equals_by_name(village, sort, expected):
    assert names(village, sort=sort) == expected


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (HIGH, ["张三丰"]),
        (Filters(tiers=frozenset({"high", "low"})), ["张三丰", "章伟"]),
        (Filters(village="南山村"), ["张三丰", "张伟国"]),
        (Filters(village="北河村"), ["章伟"]),
        (Filters(tag="个体户"), ["张三丰"]),
        (Filters(maturing_within_days=30), ["张三丰", "章伟"]),
        (Filters(maturing_within_days=29), ["张三丰"]),
        (Filters(maturing_within_days=5), []),  # debts and a closed account do not count
        (Filters(not_visited_days=90), ["李娜", "张伟", "张伟国", "章伟"]),
        (Filters(not_visited_days=300), ["李娜", "张伟", "张伟国"]),
        (Filters(tiers=frozenset({"general"}), village="南山村"), ["张伟国"]),
        (Filters(text="zw"), ["张伟", "张伟国", "章伟"]),
        (Filters(text="张", not_visited_days=90), ["张伟", "张伟国"]),
        (Filters(text="张", maturing_within_days=30), ["张三丰"]),
        (Filters(text="1234", tag="种粮大户"), ["张三丰"]),
        (Filters(text="张", tiers=frozenset({"low"})), []),
    ],
    ids=range(16),  # a set is told in another order by each process
)
def test_a_customer_must_pass_all_filters_text_included(village, filters, expected):
    assert names(village, filters) == expected


def test_a_row_tells_what_a_list_shows(village):
    (row,) = listing.first_rows(village, 10, HIGH, today=TODAY)
    assert (row.name, row.spelling, row.tier) == ("张三丰", "zhang san feng|zsf", "high")
    assert (row.village, row.address, row.postcode) == ("南山村", "南山村5组", "430000")
    assert (row.phone, row.gender, row.birth_date) == ("+8615400001234", "male", "1950-01-01")
    assert (row.occupation, row.preferred_channel) == ("农民", "phone")
    assert (row.since, row.next_contact_on) == ("2021-05-01", "2026-04-01")
    assert row.balance_minor == 10_500  # no debts, no dollars, nothing that was closed
    assert (row.matures_on, row.last_visit) == ("2026-04-10", "2026-03-01")
    assert row.tags == ("个体户", "种粮大户")
    assert (row.waiting, row.to_settle, row.refused) == (False, False, False)


def test_who_has_nothing_shows_nothing(village):
    row = next(r for r in listing.first_rows(village, today=TODAY) if r.name == "李娜")
    assert (row.balance_minor, row.matures_on, row.last_visit, row.tags) == (None, None, None, ())


def test_first_rows_are_those_that_the_whole_list_begins_with(village):
    for sort in (Sort("name"), Sort("balance", True), Sort("village")):
        found = listing.find_customers(village, sort=sort, today=TODAY)
        first = listing.first_rows(village, 3, sort=sort, today=TODAY)
        assert [row.key for row in first] == list(found.keys[:3])
    text = Filters(text="张")
    first = listing.first_rows(village, 2, text, listing.BEST_FIRST, today=TODAY)
    assert [row.name for row in first] == ["张伟", "张伟国"]


def test_a_page_keeps_the_order_asked_for_and_tells_who_has_left(village):
    keys = listing.find_customers(village, today=TODAY).keys
    page = listing.rows(village, [keys[3], 999, keys[0]], today=TODAY)
    assert [row and row.name for row in page] == ["张伟国", None, "李娜"]


def test_a_listing_tells_how_many_there_are_and_why_each_was_found(village):
    found = listing.find_customers(village, Filters(text="zsf"), listing.BEST_FIRST, today=TODAY)
    assert (found.total, found.everybody, found.similar, found.capped) == (1, 5, False, False)
    assert found.matched == {found.keys[0]: "initials"}
    slip = listing.find_customers(village, Filters(text="张山丰"), today=TODAY)
    assert (slip.total, slip.similar) == (1, True)
    whole = listing.find_customers(village, Filters(text="  "), listing.BEST_FIRST, today=TODAY)
    assert (whole.total, whole.everybody, whole.matched) == (5, 5, {})


def test_a_text_that_fits_too_many_leaves_the_best_and_says_so(tmp_path):
    branch = Branch()
    for number in range(listing.FITS_AT_MOST):
        branch.add("customer", name=f"李{chr(0x4E00 + number)}强")
    branch.add("customer", name="李强")
    laptop = loaded(tmp_path, branch)
    text = Filters(text="李")
    found = listing.find_customers(laptop.replica.reader, text, today=TODAY)
    assert (found.total, found.capped) == (listing.FITS_AT_MOST, True)
    fewer = Filters(text="李强")
    assert not listing.find_customers(laptop.replica.reader, fewer, today=TODAY).capped
    laptop.replica.close()


def test_a_filter_reaches_those_whom_the_text_alone_would_leave_out(tmp_path):
    branch = Branch()
    wanted = branch.add("customer", name="李强", tier="high")  # the oldest: the last of the hits
    for _ in range(listing.FITS_AT_MOST + 100):
        branch.add("customer", name="李强")
    laptop = loaded(tmp_path, branch)
    rows = listing.first_rows(
        laptop.replica.reader, filters=Filters(text="李强", tiers=HIGH.tiers), today=TODAY
    )
    assert [row.id for row in rows] == [wanted]
    laptop.replica.close()


def test_chips_villages_and_tags_are_counted_without_orphans(village):
    assert listing.filter_counts(village, today=TODAY) == {
        "all": 5, "high": 1, "general": 2, "low": 1, "maturing": 2, "not_visited": 4,
        "waiting": 0, "to_settle": 0, "refused": 0,
    }  # fmt: skip
    assert list(listing.villages(village).items()) == [("北河村", 1), ("南山村", 2)]
    assert listing.tags(village) == {"个体户": 1, "种粮大户": 1}


# --- marks ------------------------------------------------------------------------------------


@pytest.fixture
def laptop(tmp_path):
    laptop = loaded(tmp_path, a_village())
    yield laptop
    laptop.replica.close()


def customer(laptop, name):
    return next(r for r in listing.first_rows(laptop.replica.reader, today=TODAY) if r.name == name)


def marked(laptop, mark):
    return names(laptop.replica.reader, Filters(marked=frozenset({mark})))


def settle_all(laptop, outcome):
    with laptop.replica.transaction() as tx:
        operations = tx.number_page(500, 10**6, set())
        results = [
            Result(id=o.id, number=o.number, outcome=outcome, version=2, reason="record.unknown")
            for o in operations
        ]
        tx.settle(results, operations[-1].number, AT)


def test_an_edit_below_a_customer_waits_until_it_was_sent(laptop):
    laptop.create("task", customer(laptop, "章伟").id, title="Call", state="open")
    assert marked(laptop, "waiting") == ["章伟"]
    assert (customer(laptop, "章伟").waiting, customer(laptop, "张伟").waiting) == (True, False)
    assert standing(laptop.replica.reader).waiting == 1
    settle_all(laptop, "applied")
    assert marked(laptop, "waiting") == []
    assert not customer(laptop, "章伟").waiting


def test_a_refused_edit_marks_its_customer(laptop):
    laptop.edit(customer(laptop, "张伟").id, village="北河村")
    settle_all(laptop, "refused")
    assert marked(laptop, "refused") == ["张伟"]
    assert customer(laptop, "张伟").refused
    assert listing.filter_counts(laptop.replica.reader, today=TODAY)["refused"] == 1
    now = standing(laptop.replica.reader)
    assert (now.waiting, now.refused, now.elsewhere) == (0, 1, 0)


def test_what_went_elsewhere_is_counted_apart(laptop):
    laptop.edit(customer(laptop, "张伟").id, village="北河村")
    settle_all(laptop, "diverted")
    now = standing(laptop.replica.reader)
    assert (now.waiting, now.refused, now.elsewhere) == (0, 0, 1)


def test_an_open_conflict_below_a_customer_marks_it(tmp_path):
    branch = a_village()
    root = branch.entries[0][1]
    visit = next(e[1] for e in branch.entries if e[2] == "visit")
    fields = {"record": visit, "record_kind": "visit", "verb": "edit", "field": "place"}
    branch.entries += [
        [0, new_id(), "conflict", 1, visit, root, {**fields, "state": state}, None]
        for state in ("open", "mine")
    ]
    laptop = loaded(tmp_path, branch)
    assert marked(laptop, "to_settle") == ["张三丰"]
    assert customer(laptop, "张三丰").to_settle
    assert standing(laptop.replica.reader).to_settle == 1
    laptop.replica.close()


def test_a_customer_met_today_stands_in_the_list_at_once(laptop):
    laptop.create("customer", name="赵国栋", tier="high")
    assert names(laptop.replica.reader)[-1] == "赵国栋"
    assert names(laptop.replica.reader, HIGH) == ["张三丰", "赵国栋"]
    laptop.delete(customer(laptop, "赵国栋").id)
    assert "赵国栋" not in names(laptop.replica.reader)


def test_standing_tells_of_the_last_sync(laptop):
    reader = laptop.replica.reader
    assert (standing(reader).customers, standing(reader).last_sync) == (5, None)
    for number in range(2):
        receipt = Receipt(at=AT, outcome="complete", counts={"sent": number}, heads={})
        with laptop.replica.transaction() as tx:
            tx.add_receipt(receipt)
    assert standing(reader).last_sync.counts == {"sent": 1}


def test_standing_does_not_call_an_attempt_without_a_network_the_last_sync(laptop):
    with laptop.replica.transaction() as tx:
        tx.add_receipt(Receipt(at=AT, outcome="complete", counts={"sent": 3}, heads={}))
        tx.add_receipt(Receipt(at="", outcome="sync.unreachable", counts={}, heads={}))
    assert standing(laptop.replica.reader).last_sync.counts == {"sent": 3}


# --- the palette ------------------------------------------------------------------------------


def test_the_palette_shows_why_a_customer_was_found(village):
    (found,) = listing.find_anything(village, "zsf", today=TODAY)
    assert (found.row.name, found.matched, found.similar) == ("张三丰", "initials", False)
    assert found.name_spans == ((0, 3),)
    assert found.pinyin.text == "Zhāng Sānfēng"
    assert [found.pinyin.text[a:b] for a, b in found.pinyin.spans] == ["Z", "S", "f"]
    assert len(listing.find_anything(village, "zw", 2, today=TODAY)) == 2
    assert listing.find_anything(village, " ", today=TODAY) == ()


# --- indexes ----------------------------------------------------------------------------------


def plan(laptop, statement):
    return " ".join(row[3] for row in laptop.rows(f"EXPLAIN QUERY PLAN {statement}"))


def test_a_list_by_name_reads_its_index_alone(laptop):
    order = ", ".join(list_indexes.name_order("c."))
    found = plan(laptop, f"SELECT c.n FROM customer c ORDER BY {order}, c.n LIMIT 50")
    assert "COVERING INDEX ix_customer_list" in found
    assert "B-TREE FOR ORDER BY" not in found  # only namesakes are put in order


def test_an_older_replica_gets_the_wider_indexes(tmp_path):
    older = MIGRATIONS[:2]
    laptop = Laptop(tmp_path, migrations=older)
    with laptop.replica.transaction() as tx:
        tx._connection.exec_driver_sql("CREATE INDEX ix_visit_root ON visit (root)")
    laptop.reopen(SCHEMA, MIGRATIONS)
    columns = [row[2] for row in laptop.rows("PRAGMA index_info(ix_visit_root)")]
    assert columns == ["root", "state", "on"]
    laptop.replica.close()
