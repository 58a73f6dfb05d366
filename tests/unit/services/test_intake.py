"""A file held against a real replica: what it would change, mending in place, taking it."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from crm.domain.errors import Refused
from crm.domain.ids import new_id
from desktop.services.intake import PAGE, let_out_bad_rows, plan_intake, preview, take
from desktop.services.mapping import inspect
from desktop.services.mending import problems, repair
from desktop.services.ports import Granted, Page
from desktop.services.progress import Progress
from tests.helpers.fakes import Laptop
from tests.helpers.offices import PERSON

HOME = "portfolio:manager"
HEADINGS = "姓名,手机,住址,邮编,等级,备注"


@pytest.fixture
def laptop(tmp_path):
    laptop = Laptop(tmp_path)
    yield laptop
    laptop.replica.close()


def add(laptop, name, phone, **fields):
    """Let a customer come from the server, beside those who came before."""
    own_id = new_id()
    fields = {"name": name, "phone": "+86" + phone, **fields}
    laptop.came = [
        *getattr(laptop, "came", ()),
        [0, own_id, "customer", 3, None, own_id, fields, name],
    ]
    head = {"head": 9, "live": len(laptop.came), "digest": 0}
    page = {"after": None, "scan": "", "next": "end", "more": False}
    with laptop.replica.transaction() as tx:
        tx.grant({HOME: Granted(floor=0, write=True, **head)})
        tx.start_scan(HOME)
        tx.apply(Page(stream=HOME, entries=laptop.came, **page, **head))
    return own_id


def planned(laptop, *rows, headings=HEADINGS, **how):
    data = "\n".join((headings, *rows)).encode("utf-8-sig")
    return preview(laptop.replica.reader, inspect(data, "名单.csv"), **how)


def tiles(intake):
    found = intake.tiles
    return (found.new, found.updated, found.unchanged, found.errors)


def taken(laptop, intake, progress=None):
    return take(laptop.replica.unit_of_work, intake.plan, progress or Progress())


def lines(intake, tile="updated", language="zh"):
    return [
        (c.row, c.customer, c.field, c.now, c.becomes, c.kept)
        for c in intake.changes(language, tile)
    ]


def told(intake):
    return [(p.row, p.customer, p.reasons[0].code, p.repair_field) for p in problems(intake, "zh")]


def test_the_tiles_add_up_to_the_rows_of_the_file(laptop):
    add(laptop, "张三", "15400000001", address="东街")
    add(laptop, "李四", "15400000002", address="西街")
    made = planned(
        laptop,
        "张三,15400000001,北街,,,",
        "李四,15400000002,西街,,,",
        "王五,15400000003,,,,",
        "王五,15400000003,,,,",
        "赵六,154,,,,",
        "合计,5,,,,",
    )
    assert tiles(made) == (1, 1, 2, 1)
    assert made.tiles.rows == 5
    assert made.tiles.to_write == 2
    assert made.repeats == {5: 4}
    assert made.recognised == {"name_phone": 2}


def test_each_changed_field_is_one_line_masked_and_in_the_persons_words(laptop):
    record = add(laptop, "张三", "15400000001", address="东街", tier="low")
    made = planned(laptop, "张三,15400000001,北街,421411,高,")
    assert lines(made) == [
        (2, "张三", "address", "东街", "北街", False),
        (2, "张三", "postcode", "", "421411", False),
        (2, "张三", "tier", "低价值", "高价值", False),
    ]
    assert {change.record for change in made.changes("zh")} == {record}
    assert made.fields_changed() == {"address": 1, "postcode": 1, "tier": 1}
    assert ("tier", "low", "high") in [(c.field, c.now, c.becomes) for c in made.changes("en")]


def test_a_new_customer_shows_all_that_is_filled_in(laptop):
    made = planned(laptop, "王五,15400000003,东街,,,")
    assert lines(made, "new") == [
        (2, "王五", "name", "", "王五", False),
        (2, "王五", "phone", "", "154****0003", False),
        (2, "王五", "address", "", "东街", False),
    ]


def test_an_edit_that_was_not_sent_is_kept_and_marked(laptop):
    both = add(laptop, "张三", "15400000001", address="东街", note="旧")
    all_kept = add(laptop, "李四", "15400000002", note="旧")
    laptop.edit(both, address="我改的")
    laptop.edit(all_kept, note="我写的")
    made = planned(laptop, "张三,15400000001,北街,,,新", "李四,15400000002,,,,新")

    assert tiles(made) == (0, 1, 1, 0)
    assert lines(made) == [
        (2, "张三", "address", "我改的", "北街", True),
        (2, "张三", "note", "旧", "新", False),
    ]
    assert lines(made, "unchanged") == [(3, "李四", "note", "我写的", "新", True)]
    assert made.fields_changed() == {"note": 1}

    assert taken(laptop, made).rows == 1
    assert laptop.fields(both)["address"] == "我改的"
    assert laptop.fields(both)["note"] == "新"
    assert laptop.fields(all_kept)["note"] == "我写的"


def test_who_wants_the_file_to_win_may_say_so(laptop):
    record = add(laptop, "张三", "15400000001", address="东街")
    laptop.edit(record, address="我改的")
    made = planned(laptop, "张三,15400000001,北街,,,", keep_unsent=False)
    assert lines(made) == [(2, "张三", "address", "我改的", "北街", False)]
    taken(laptop, made)
    assert laptop.fields(record)["address"] == "北街"


def test_an_edit_that_was_sent_and_settled_is_nobodys_any_more(laptop):
    record = add(laptop, "张三", "15400000001", address="东街")
    laptop.edit(record, address="我改的")
    laptop.write("UPDATE op SET state = 'settled'")
    assert lines(planned(laptop, "张三,15400000001,北街,,,"))[0][-1] is False


def test_bad_rows_say_who_what_and_where_to_mend(laptop):
    add(laptop, "周七", "15400000007", id_number="110101199001011231", id_type="resident_id")
    made = planned(
        laptop,
        ",15400000001,东街,,,",
        "李四,154,,,,",
        "王五,15400000003,东街,,,",
        "王五,15400000003,西街,,,",
        "赵六,,,,,",
    )
    assert told(made) == [
        (2, "", "field.required", "name"),
        (3, "李四", "phone.length", "phone"),
        (5, "王五", "import.twin", ""),
        (6, "赵六", "import.no_key", "phone"),
    ]
    second, twin = problems(made, "zh")[1:3]
    assert (second.value, second.same_as, twin.same_as) == ("154", None, 4)
    assert all(reason.what and reason.remedy for p in problems(made, "zh") for reason in p.reasons)
    assert "154" not in repr(second)


def test_where_the_access_log_cannot_be_written_no_rows_go_out(tmp_path):
    laptop = Laptop(tmp_path / "laptop", user=PERSON.user)
    made = planned(laptop, "李四,154,,,,")
    full = "BEFORE INSERT ON access_link BEGIN SELECT RAISE(FAIL, ''); END"
    laptop.write(f"CREATE TRIGGER no_room {full}")
    with pytest.raises(IntegrityError):
        let_out_bad_rows(laptop.replica.unit_of_work, made, "zh")
    laptop.replica.close()


def test_a_row_is_mended_in_place(laptop):
    made = planned(laptop, "李四,154,东街,,,", "王五,15400000003,,,,")
    assert tiles(made) == (1, 0, 0, 1)
    mended = repair(made, 2, "phone", "154 0000 0002")
    assert tiles(mended) == (2, 0, 0, 0)
    assert tiles(made) == (1, 0, 0, 1), "the intake before is as it was"
    taken(laptop, mended)
    with laptop.replica.reader() as reader:
        phones = {held.fields["phone"] for held in reader.with_values("customer")}
    assert phones == {"+8615400000002", "+8615400000003"}


def test_what_is_typed_wrongly_stays_in_the_box_and_a_second_try_helps(laptop):
    made = repair(planned(laptop, "李四,154,,,,"), 2, "phone", "15x")
    [problem] = problems(made, "zh")
    assert (problem.repair_field, problem.value) == ("phone", "15x")
    assert tiles(repair(made, 2, "phone", "15400000002")) == (1, 0, 0, 0)


def test_two_problems_of_a_row_are_mended_one_after_the_other(laptop):
    made = planned(laptop, ",154,东街,,,")
    first = repair(made, 2, "name", "李四")
    assert told(first) == [(2, "李四", "phone.length", "phone")]
    assert tiles(repair(first, 2, "phone", "15400000002")) == (1, 0, 0, 0)


def test_a_field_without_a_column_can_be_typed(laptop):
    made = planned(laptop, "李四,高", headings="姓名,等级")
    assert told(made) == [(2, "李四", "import.no_key", "phone")]
    mended = repair(made, 2, "phone", "15400000002")
    assert [row.fields["phone"] for row in mended.plan.created] == ["+8615400000002"]


def test_mending_a_row_can_make_it_the_same_person_as_another(laptop):
    made = planned(laptop, "李四,15400000002,东街,,,", "李四,154,西街,,,")
    assert [p.same_as for p in problems(repair(made, 3, "phone", "15400000002"), "zh")] == [2]


def test_the_file_to_mend_has_what_was_typed(laptop):
    made = repair(planned(laptop, "李四,154,,,,"), 2, "phone", "15x")
    again = inspect(made.bad_rows("zh"), "x.xlsx")
    assert again.table.rows[0].cells[2] == "15x"


def test_a_row_whose_cells_have_moved_is_mended_in_the_file(laptop):
    made = planned(laptop, "李四,15400000002,东街,1号,,,,多")
    assert told(made) == [(2, "李四", "row.too_many_cells", "")]
    for row in (2, 99):
        with pytest.raises(Refused, match="no_such_row"):
            repair(made, row, "phone", "15400000002")


def many(count):
    return [f"张{chr(0x4E00 + i)},154{i:08d},东街,,," for i in range(count)]


def test_what_was_written_can_be_found_in_the_outbox_by_its_groups(laptop):
    add(laptop, "李四", "15400009999", address="东街")
    made = planned(laptop, *many(3), "李四,15400009999,西街,,,")
    done = taken(laptop, made)
    assert (done.rows, done.skipped, done.whole) == (4, (), True)
    groups = [row[0] for row in laptop.rows("SELECT group_id FROM op ORDER BY seq")]
    assert list(done.groups) == groups
    assert len(set(groups)) == 4, "each row is an action of its own"


def test_a_large_file_is_taken_in_pages_and_a_stop_keeps_what_was_written(laptop):
    made = planned(laptop, *many(2 * PAGE + 1))
    seen = []

    def report(done, total):
        seen.append((done, total))
        if done == PAGE:
            progress.cancel()

    progress = Progress(report)
    done = taken(laptop, made, progress)
    assert seen == [(0, 2 * PAGE + 1), (PAGE, 2 * PAGE + 1)]
    assert (done.rows, done.whole) == (2 * PAGE, False)
    assert len(done.groups) == len(laptop.outbox()) == 2 * PAGE
    assert tiles(planned(laptop, *many(2 * PAGE + 1))) == (1, 0, 2 * PAGE, 0)


def test_a_customer_who_changed_since_the_preview_is_left_alone(laptop):
    moved = add(laptop, "张三", "15400000001", address="东街")
    gone = add(laptop, "李四", "15400000002", address="东街")
    made = planned(
        laptop, "张三,15400000001,北街,,,", "李四,15400000002,北街,,,", "王五,15400000003,,,,"
    )
    laptop.edit(moved, address="南街")
    laptop.delete(gone)
    done = taken(laptop, made)
    assert (done.rows, sorted(done.skipped), done.whole) == (1, [2, 3], True)
    assert laptop.fields(moved)["address"] == "南街"


def test_without_a_window_only_headings_that_match_are_used(laptop):
    data = "姓名,手机,家庭住址吗\n张三,15400000001,东街\n".encode("utf-8-sig")
    made = plan_intake(laptop.replica.reader, data, "x.csv", {})
    assert made.plan.created[0].fields.keys() == {"name", "phone"}
