"""Headings find their fields, however people write them."""

from __future__ import annotations

import pytest

from crm.domain.errors import Refused
from crm.domain.kind import Record, kind, kind_of, text
from crm.domain.kinds import SCHEMA, Customer
from crm.domain.messages import explain
from crm.interchange.headings import known_headings, label_of, match_headings, plain_heading

CUSTOMER = kind_of(Customer)


def fields_of(*headings, **overrides):
    mapping = match_headings(["姓名", *headings], CUSTOMER, overrides)
    return [mapping.columns.get(i) for i in range(1, len(headings) + 1)]


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("手机号码", "phone"),
        ("手机号码（必填）", "phone"),
        ("* 手 机 号：", "phone"),
        ("Mobile", "phone"),
        ("ＭＯＢＩＬＥ", "phone"),
        ("客户手机号", "phone"),
        ("身份证号码【18位】", "id_number"),
        ("ID_Number", "id_number"),
        ("Birth date (yyyy-mm-dd)", "birth_date"),
        ("村/社区", "village"),
        ("E-Mail", "email"),
        ("customer since", "since"),
        ("客户等级", "tier"),
        ("【邮编】", "postcode"),
        ("邮\n编", "postcode"),
        ("经办人", None),
        ("序号", None),
        ("客户", None),
        ("", None),
    ],
)
def test_a_heading_is_matched_by_its_words(heading, field):
    assert fields_of(heading) == [field]


def test_every_word_of_every_kind_leads_to_one_field():
    for each in SCHEMA.kinds:
        known = known_headings(each)
        assert set(known.values()) == {spec.name for spec in each.open_fields}


def test_two_fields_that_share_a_heading_are_a_mistake_in_the_kind():
    @kind("clash", label="Clash", stream="portfolio", rank=1)
    class Clash(Record):
        one: str | None = text("One", 10, headings=("名",))
        two: str | None = text("Two", 10, headings=("名",))

    with pytest.raises(ValueError, match="called 名"):
        known_headings(kind_of(Clash))


def test_near_matches_are_suggested_and_not_used():
    mapping = match_headings(["姓名", "手机号吗", "家庭详细地址", "经办人"], CUSTOMER)

    assert dict(mapping.columns) == {0: "name"}
    assert mapping.suggested == {"手机号吗": "phone", "家庭详细地址": "address"}
    assert mapping.left_out == ("手机号吗", "家庭详细地址", "经办人")


def test_a_field_that_has_its_column_is_suggested_for_no_other():
    assert match_headings(["姓名", "手机", "手机号吗"], CUSTOMER).suggested == {}


def test_the_person_may_say_what_a_heading_means():
    assert fields_of("经办", "备注", 经办="note", 备注="") == ["note", None]
    assert fields_of("电话（备用）", "手机", **{"电话": ""}) == [None, "phone"]


def test_a_column_named_for_a_field_replaces_the_one_that_only_matches():
    assert fields_of("电话", "经办", 经办="phone") == [None, "phone"]


def test_the_column_with_reasons_is_never_data():
    for heading in ("问题", "Problem", " problem "):
        mapping = match_headings(["姓名", heading], CUSTOMER)
        assert (dict(mapping.columns), mapping.suggested) == ({0: "name"}, {})


def refusal(headings, overrides=None):
    with pytest.raises(Refused) as caught:
        match_headings(headings, CUSTOMER, overrides)
    return caught.value


def test_two_columns_for_one_field_are_refused_with_what_to_do():
    error = refusal(["姓名", "手机", "联系电话"])

    assert error.code == "headings.two_columns"
    assert "手机, 联系电话" in explain(error, "zh")[0]
    assert "联系电话" in explain(error, "zh")[1]


def test_a_table_without_the_required_column_names_it_and_what_was_seen():
    error = refusal(["手机", "地址"])

    assert error.code == "headings.missing"
    assert "姓名" in error.facts["needed"]
    assert error.facts["seen"] == "手机, 地址"


def test_where_nothing_matches_no_cell_is_repeated_in_the_message():
    error = refusal(["张三", "13800000000"])  # a first customer, not headings

    assert error.code == "headings.none"
    assert "张三" not in str(error.facts)


@pytest.mark.parametrize(
    ("overrides", "code"),
    [
        ({"没有": "phone"}, "headings.unknown_column"),
        ({"手机": "nonsense"}, "headings.unknown_field"),
        ({"手机": "note", "备注": "note"}, "headings.two_columns"),
    ],
)
def test_overrides_that_fit_nothing_are_refused(overrides, code):
    assert refusal(["姓名", "手机", "备注"], overrides).code == code


def test_a_heading_in_brackets_keeps_its_words():
    assert plain_heading("【姓 名】") == "姓名"
    assert plain_heading("(D)") == "d"


def test_labels_follow_the_language():
    assert label_of(CUSTOMER.by_name["phone"], "zh") == "手机"
    assert label_of(CUSTOMER.by_name["phone"], "en") == "Phone"
    assert label_of(kind_of(Customer).by_name["language"], "zh") == "语言"
    assert label_of(SCHEMA["task"].by_name["title"], "zh") == "Title"
