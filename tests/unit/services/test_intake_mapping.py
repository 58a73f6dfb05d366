"""Where the columns of a person's file go, and why; what is shown of them."""

from __future__ import annotations

import pytest

from crm.domain.errors import Refused
from desktop.services.mapping import Why, inspect

HEADINGS = ["姓名", "联系电话", "身份证号", "家庭住址吗", "号", "等级", "金额", "问题", "空白"]
ROWS = [
    ["张三", "15400001111", "110101199001011231", "东街1号", "a@example.com", "高", "300000", "x"],
    ["李四", "154 0000 2222", "", "", "b@example.com", "绿", "18.6万", ""],
    ["王五", "", "", "西街2号", "", "蓝", "154000033337", ""],
]


def csv(rows):
    return "\n".join(",".join(row) for row in rows).encode("utf-8-sig")


@pytest.fixture
def file():
    return inspect(csv([HEADINGS, *([*row, ""] for row in ROWS)]), "名单.csv")


def column(inspection, heading):
    return next(column for column in inspection.columns if column.heading == heading)


def test_every_heading_has_a_field_or_none_and_a_reason(file):
    found = {c.heading: (c.target, c.why) for c in file.columns}
    assert found == {
        "姓名": ("name", Why.EXACT),
        "联系电话": ("phone", Why.SYNONYM),
        "身份证号": ("id_number", Why.SYNONYM),
        "家庭住址吗": ("address", Why.NEAR),
        "号": ("email", Why.CONTENT),
        "等级": ("tier", Why.UNFIT),
        "金额": ("", Why.UNKNOWN),
        "问题": ("", Why.REASONS),
        "空白": ("", Why.EMPTY),
    }
    looked_at = [c.heading for c in file.columns if c.needs_look]
    assert looked_at == ["家庭住址吗", "号", "等级"]
    assert (file.needing_look, file.rows, file.problem) == (3, 3, None)


def test_what_identifies_a_person_is_masked_also_in_columns_that_are_left_out(file):
    assert column(file, "姓名").examples == ("张三", "李四", "王五")
    assert column(file, "联系电话").examples == ("154****1111", "154****2222")
    assert column(file, "身份证号").examples == ("110101**********31",)
    assert column(file, "金额").examples == ("300000", "18.6万", "15********37")
    left = file.choose("联系电话", "")
    assert all("0000" not in text for text in column(left, "联系电话").examples)


def test_what_the_person_says_wins(file):
    chosen = file.choose("金额", "note").choose("号", "")
    assert (column(chosen, "金额").target, column(chosen, "金额").why) == ("note", Why.PERSON)
    assert (column(chosen, "号").target, column(chosen, "号").why) == ("", Why.PERSON)
    assert column(file, "金额").target == "", "the inspection before is as it was"


def test_a_field_that_the_person_gives_to_another_column_leaves_the_first(file):
    chosen = file.choose("金额", "phone")
    assert column(chosen, "金额").target == "phone"
    assert column(chosen, "联系电话").target != "phone"
    assert chosen.problem is None


def test_what_keeps_rows_from_being_read_is_told_while_choosing(file):
    nameless = file.choose("姓名", "")
    assert nameless.problem.code == "headings.missing"
    assert nameless.choose("姓名", "name").problem is None
    twice = file.choose("金额", "note").choose("空白", "note")
    assert twice.problem.code == "headings.two_columns"
    with pytest.raises(Refused, match="two_columns"):
        twice.mapping()


def test_a_file_without_known_headings_can_still_be_looked_at():
    file = inspect(csv([["a", "b"], ["张三", "15400001111"]]), "x.csv")
    assert [(c.target, c.why) for c in file.columns] == [("", "unknown"), ("phone", "content")]
    assert file.problem is not None
    assert file.choose("a", "name").problem is None


def test_what_was_said_of_the_same_headings_before_is_used_again():
    said = {"金额": "note", "没有这一列": "email"}
    file = inspect(csv([["姓名", "金额"], ["张三", "1"]]), "x.csv", chosen=said)
    assert column(file, "金额").target == "note"


def test_it_counts_what_persons_can_be_recognised_by(file):
    assert dict(file.known_by) == {"identity": 1, "name_phone": 1, "beside": 1, "nothing": 0}


def test_every_target_can_be_chosen(file):
    assert file.targets[0] == ""
    assert {"name", "phone", "id_number", "tier"} <= set(file.targets)
