"""Phone numbers. Prefix 154 and area numbers that begin with 0 are assigned to nobody."""

from __future__ import annotations

import random

import phonenumbers
import pytest

from crm.domain import phones
from crm.domain.errors import Refused
from crm.domain.kind import kind_of
from crm.domain.kinds import PHONE, Customer


@pytest.mark.parametrize(
    "typed",
    [
        "15400001234",
        "154-0000-1234",
        "154 0000 1234",
        "１５４－００００－１２３４",
        "+86 154 0000 1234",
        "86 15400001234",
        "8615400001234",
        "0086-154-0000-1234",
        "(+86)15400001234",
        "015400001234",
        "'15400001234",
        "15400001234.0",
        "「15400001234」",
        "\u202d15400001234\u202c",
        "154.0000.1234",
    ],
)
def test_a_mobile_is_read_in_every_common_form(typed):
    checked = phones.parse(typed)
    assert checked.value == "+8615400001234"
    assert checked.unverified == ("phone.unassigned",)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("010-0552 9988", "+861005529988"),
        ("（0451）02341234", "+8645102341234"),
        ("0451 0234 1234", "+8645102341234"),
        ("+86 (0)451 0234-1234", "+8645102341234"),
        ("86-451-02341234", "+8645102341234"),
        ("1005529988", "+861005529988"),
        ("45102341234.0", "+8645102341234"),
        ("05640012345", "+865640012345"),
        ("+852 0000 0000", "+85200000000"),
    ],
)
def test_a_landline_is_read_with_its_area_code(typed, kept):
    assert phones.parse(typed).value == kept


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("1540000123", "phone.length"),
        ("154000012345", "phone.length"),
        ("95580", "phone.length"),
        ("0564-123", "phone.length"),
        ("010-123456789", "phone.length"),
        ("021-1234567", "phone.length"),
        ("+852 123", "phone.length"),
        ("+999 123456789", "phone.length"),
        ("05529988", "phone.length"),
        ("65529988", "phone.area_code"),
        ("6552-998", "phone.area_code"),
        ("154OOOO1234", "phone.characters"),
        ("手机15400001234", "phone.characters"),
        ("", "phone.characters"),
        ("١٥٤٠٠٠٠١٢٣٤", "phone.characters"),
        ("0564-0012345-801", "phone.extension"),
        ("0564-0012345转801", "phone.extension"),
        ("15400001234/15400001235", "phone.several"),
        ("15400001234、0564-0012345", "phone.several"),
        ("15400001234 15400001235", "phone.several"),
        ("1.54E+10", "value.rounded"),
    ],
)
def test_what_is_no_single_number_is_refused_with_its_reason(typed, code):
    with pytest.raises(Refused) as refused:
        phones.parse(typed)
    assert refused.value.code == code


def test_assigned_numbers_carry_no_mark():
    published = phonenumbers.example_number("CN")
    assert phones.parse(str(published.national_number)).unverified == ()
    assert phones.parse("400-000-0000").unverified == ()


def test_five_digits_decide_whether_a_mobile_is_assigned():
    seed = 20260318
    draw = random.Random(seed)
    for _ in range(3000):
        number = f"+861{draw.randrange(10**10):010d}"
        slow = phonenumbers.is_valid_number(phonenumbers.parse(number))
        assert (phones.parse(number).unverified == ()) is slow, (seed, number[:8])


def test_every_result_stands_in_the_field():
    field = kind_of(Customer).by_name["phone"]
    assert field.pattern.pattern == PHONE
    for typed in ("15400001234", "0564-0012345", "+1 202 555 0100"):
        field.check(phones.parse(typed).value)


def test_numbers_are_shown_as_people_write_them():
    assert phones.display("+8615400001234") == "154 0000 1234"
    assert phones.display("+861005529988") == "010 0552 9988"
    assert phones.display("+12025550100") == "+1 202-555-0100"
    assert phones.is_mobile("+8615400001234")
    assert not phones.is_mobile("+865640012345")
