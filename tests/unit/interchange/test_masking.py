"""A mask shows enough to recognise a value and too little to use it."""

from __future__ import annotations

import pytest

from crm.domain.kind import kind_of
from crm.domain.kinds import SCHEMA, ContactPoint, Customer
from crm.domain.masking import mask

FIELDS = kind_of(Customer).by_name
CONTACT = kind_of(ContactPoint).by_name["value"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("+8613800000000", "138****0000"),
        ("+864711234567", "47****4567"),
        ("+85212345678", "+85*****5678"),
        ("11010119900101123X", "110101**********3X"),
        ("110101900101123", "110101*******23"),
        ("E12345678", "E1*****78"),
        ("zhang@example.cn", "z****@example.cn"),
        ("某县某村1号", "某***1号"),
        ("ab", "*b"),
        ("a", "*"),
    ],
)
def test_values_of_class_c3_are_masked(value, shown):
    assert mask(CONTACT, value) == shown


def test_other_values_are_shown():
    assert mask(FIELDS["name"], "张三") == "张三"
    assert mask(FIELDS["likes"], ["太极", "茶"]) == "太极、茶"
    assert mask(SCHEMA["account"].by_name["balance_minor"], 100) == "100"


@pytest.mark.parametrize("length", range(1, 40))
def test_at_least_four_characters_or_half_stay_hidden(length):
    hidden = mask(CONTACT, "7" * length).count("*")

    assert hidden >= min(4, (length + 1) // 2)
