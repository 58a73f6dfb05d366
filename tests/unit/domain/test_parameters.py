"""Dated rules of the bank."""

from __future__ import annotations

import pytest

from crm.domain.errors import Refused
from crm.domain.parameters import KNOWN, checked, value_on


def rule(value: str, from_on: str, name: str = "consent_months") -> dict[str, object]:
    return {"name": name, "value": value, "from_on": from_on}


def test_a_rule_that_nobody_set_has_its_default():
    assert value_on([], "offline_days", "2026-03-18") == 30


def test_the_newest_value_that_holds_by_the_day_counts_in_any_order():
    rules = [rule("12", "2026-03-01"), rule("24", "2020-01-01"), rule("6", "2026-04-01")]
    for order in (rules, rules[::-1]):
        said = [
            value_on(order, "consent_months", on)
            for on in ("2019-12-31", "2026-02-28", "2026-03-01", "2026-04-01")
        ]
        assert said == [KNOWN["consent_months"].default, 24, 12, 6]


@pytest.mark.parametrize("value", ["0", "121", "true", '"12"', "[]", "not JSON", "1.5"])
def test_a_value_that_cannot_be_read_is_as_if_it_had_not_been_set(value: str):
    rules = [rule("12", "2020-01-01"), rule(value, "2026-01-01")]
    assert value_on(rules, "consent_months", "2026-03-18") == 12


def test_rules_of_other_names_do_not_count():
    assert (
        value_on([rule("12", "2020-01-01", "offline_days")], "consent_months", "2026-01-01") == 24
    )


def test_what_is_typed_is_checked_against_the_bounds():
    assert checked("offline_days", " 14 ") == "14"
    for name, text in (("offline_days", "0"), ("offline_days", "x"), ("nonsense", "1")):
        with pytest.raises(Refused) as refused:
            checked(name, text)
        assert refused.value.code in ("parameter.value", "parameter.unknown")
