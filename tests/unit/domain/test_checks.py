"""Whole records through their value rules, as forms, command line and imports give them."""

from __future__ import annotations

import ast

import pytest

from crm.domain import choice_words, kinds
from crm.domain.checks import Finding, normalise, unverified
from crm.domain.errors import Refused
from crm.domain.kind import FieldType
from crm.domain.kinds import SCHEMA
from crm.domain.messages import catalogue
from tests.helpers.house import ROOT

CUSTOMER = SCHEMA["customer"]

TYPED = {
    "name": " 欧阳\u3000明 ",
    "gender": "男",
    "birth_date": "1980年2月29日",
    "id_type": "身份证",
    "id_number": "３４１５２５１９８００２２９００１x",
    "phone": "154-0000-1234",
    "email": "Someone@Example.COM",
    "address": "安徽省六安市霍山县衡山镇红旗路１２号",
    "postcode": "237200.0",
    "tier": "高价值",
    "preferred_channel": "上门拜访",
    "likes": "象棋、钓鱼",
    "needs": "",
    "since": "2015/3/8",
    "note": "  ",
}


def test_a_typed_customer_becomes_what_is_kept():
    kept, findings = normalise(CUSTOMER, TYPED, whole_record=True)
    assert kept == {
        "name": "欧阳明",
        "gender": "male",
        "birth_date": "1980-02-29",
        "id_type": "resident_id",
        "id_number": "34152519800229001X",
        "phone": "+8615400001234",
        "email": "Someone@example.com",
        "address": "安徽省六安市霍山县衡山镇红旗路12号",
        "postcode": "237200",
        "tier": "high",
        "preferred_channel": "visit",
        "likes": ["象棋", "钓鱼"],
        "since": "2015-03-08",
    }
    assert findings == (
        Finding("id_number", "identity.checksum"),
        Finding("phone", "phone.unassigned"),
    )


def test_what_is_kept_is_normalised_already():
    kept, findings = normalise(CUSTOMER, TYPED)
    assert normalise(CUSTOMER, kept) == (kept, findings)


def test_the_doubts_about_kept_values_can_be_told_again():
    kept, findings = normalise(CUSTOMER, TYPED)
    assert unverified(CUSTOMER, kept) == {f.field: (f.code,) for f in findings}


def test_fields_that_disagree_are_marked():
    typed = {**TYPED, "gender": "女", "birth_date": "1980-03-01", "postcode": "100010"}
    _, findings = normalise(CUSTOMER, typed)
    assert {f.code for f in findings} >= {
        "identity.gender_differs",
        "identity.birth_differs",
        "postcode.address",
    }


@pytest.mark.parametrize(
    ("field", "typed", "code"),
    [
        ("phone", "6552998", "phone.area_code"),
        ("id_number", "123", "identity.length"),
        ("postcode", "23720", "postcode.length"),
        ("birth_date", "1980-02-30", "day.impossible"),
        ("gender", "不详", "field.choice"),
        ("tier", "超高", "field.choice"),
        ("id_type", "学生证", "field.choice"),
        ("name", "123", "name.digits_only"),
        ("name", "", "field.required"),
        ("name", None, "field.required"),
        ("name", "王" * 61, "field.too_long"),
        ("note", "x" * 2001, "field.too_long"),
        ("email", "nobody", "email.form"),
        ("likes", 7, "field.type"),
        ("note", 1.5, "field.type"),
    ],
)
def test_a_refusal_names_its_field_and_nothing_personal(field, typed, code):
    with pytest.raises(Refused) as refused:
        normalise(CUSTOMER, {**TYPED, field: typed})
    assert refused.value.code == code
    assert refused.value.facts["field"] == field
    assert set(refused.value.facts) <= {"field", "limit", "length"}


def test_a_whole_record_needs_its_required_fields_and_an_edit_does_not():
    assert normalise(CUSTOMER, {"tier": "低"})[0] == {"tier": "low"}
    with pytest.raises(Refused, match=r"field\.required"):
        normalise(CUSTOMER, {"tier": "低"}, whole_record=True)


def test_a_resident_number_without_a_type_gets_its_type():
    kept, _ = normalise(CUSTOMER, {"id_number": "34152519800229001X"})
    assert kept["id_type"] == "resident_id"
    kept, _ = normalise(CUSTOMER, {"id_number": "E00000000"})
    assert "id_type" not in kept


def test_another_document_is_checked_as_such():
    kept, _ = normalise(CUSTOMER, {"id_type": "港澳居民来往内地通行证", "id_number": "h00000000"})
    assert kept == {"id_type": "hk_macau_permit", "id_number": "H00000000"}


@pytest.mark.parametrize(
    ("contact_type", "typed", "kept"),
    [
        ("手机", "154 0000 1234", "+8615400001234"),
        ("家庭电话", "0564-0012345", "+865640012345"),
        ("email", "A@Example.org", "A@example.org"),
        ("微信", " some_body ", "some_body"),
        ("地址", "霍山县\u3000衡山镇", "霍山县 衡山镇"),
    ],
)
def test_a_contact_is_checked_by_its_type(contact_type, typed, kept):
    fields, _ = normalise(SCHEMA["contact_point"], {"type": contact_type, "value": typed})
    assert fields["value"] == kept


def test_flags_and_whole_numbers_are_read():
    contact, _ = normalise(SCHEMA["contact_point"], {"preferred": "是"})
    account, _ = normalise(SCHEMA["account"], {"balance_minor": "1,234,500", "rate_bp": 135})
    assert contact == {"preferred": True}
    assert account == {"balance_minor": 1234500, "rate_bp": 135}


def test_unknown_fields_pass_untouched():
    kept, _ = normalise(CUSTOMER, {"from_a_newer_laptop": "  ｘ "})
    assert kept == {"from_a_newer_laptop": "  ｘ "}


def test_a_kept_value_that_no_rule_takes_is_reported():
    assert unverified(CUSTOMER, {"phone": "12"}) == {"phone": ("phone.length",)}


def test_every_choice_that_a_sheet_may_hold_has_chinese_words():
    server_words = {kinds.OPEN_OR_SETTLED, kinds.INBOX_STATES}
    for kind in SCHEMA.kinds:
        if kind.name in ("access_entry", "conflict", "inbox_item", "duplicate_link"):
            continue
        for spec in kind.fields:
            if spec.type is FieldType.CHOICE and spec.choices not in server_words:
                for choice in spec.choices:
                    word = choice_words.chinese(spec.choices, choice)
                    assert choice_words.choice_of(spec.choices, word) == choice
                    assert word != choice, (kind.name, spec.name, choice)


CODE_ROOMS = ("identity", "phone", "postcode", "name", "value", "day", "email", "instant", "field")


def test_every_code_of_the_value_rules_has_its_texts():
    texts = catalogue()
    for code in sorted(_codes_in_source()):
        assert set(texts[code]) == {"en", "zh"}, code
        assert all(len(text) == 2 for text in texts[code].values()), code


def _codes_in_source():
    for path in (ROOT / "crm" / "domain").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and text.replace("_", "").replace(".", "").isalpha():
                room, dot, rest = text.partition(".")
                if dot and rest and room in CODE_ROOMS:
                    yield text
