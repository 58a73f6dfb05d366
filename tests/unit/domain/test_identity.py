"""Identity numbers. Every number here is made up: region 99, or a broken checksum."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain import identity
from crm.domain.errors import Refused

NOWHERE = "99999919800229001"  # no such region; the day exists
COUNTY = "34152519800229001"


def with_check(first):
    return first + identity.check_digit(first)


def with_broken_check(first):
    wrong = (identity._CHECK_LETTERS.index(identity.check_digit(first)) + 1) % 11
    return first + identity._CHECK_LETTERS[wrong]


@given(st.text("0123456789", min_size=17, max_size=17))
def test_the_check_digit_makes_the_weighted_sum_one_modulo_eleven(first):
    digits = [10 if mark == "X" else int(mark) for mark in with_check(first)]
    assert sum(digit * 2 ** (17 - place) for place, digit in enumerate(digits)) % 11 == 1


def test_a_number_with_the_right_checksum_has_only_its_region_unverified():
    assert identity.parse(with_check(NOWHERE)).unverified == ("identity.region",)


def test_a_broken_checksum_is_kept_and_marked():
    number = with_broken_check(COUNTY)
    assert identity.parse(number) == identity.Checked(number, ("identity.checksum",))


@pytest.mark.parametrize("disguise", ["'{}", " {} ", "「{}」", "\u200b{}", "{}\u3000"])
def test_what_surrounds_a_number_is_removed(disguise):
    number = with_broken_check(COUNTY)
    assert identity.parse(disguise.format(number)).value == number


def test_full_width_digits_blanks_and_a_small_x_are_folded():
    assert identity.parse("３４１５２５ １９８００２２９ ００１ｘ").value == COUNTY + "X"
    assert identity.parse(COUNTY + "×").value == COUNTY + "X"


def test_an_old_number_is_kept_as_it_is():
    checked = identity.parse("341599800229001")
    assert checked.value == "341599800229001"
    assert checked.unverified == ("identity.old_form", "identity.region")


def test_an_impossible_date_is_marked_not_refused():
    assert "identity.date" in identity.parse(with_check("34152519810229001")).unverified


@pytest.mark.parametrize("typed", ["3415251980022900", "3415251980022900111", "", "1"])
def test_a_wrong_length_is_refused_with_the_length(typed):
    with pytest.raises(Refused) as refused:
        identity.parse(typed)
    assert refused.value.code == "identity.length"
    assert refused.value.facts == {"length": len(typed)}


@pytest.mark.parametrize("typed", ["34152519800229O011", "X4152519800229001X", "三" * 18])
def test_wrong_characters_are_refused(typed):
    with pytest.raises(Refused, match=r"identity\.characters"):
        identity.parse(typed)


def test_birth_date_gender_and_region_follow_from_the_number():
    number = with_broken_check(COUNTY)
    assert identity.birth_date(number) == date(1980, 2, 29)
    assert identity.gender(number) == "male"
    assert identity.region(number).name == "安徽省六安市霍山县"
    old = "341525800229002"
    assert identity.birth_date(old) == date(1980, 2, 29)
    assert identity.gender(old) == "female"


def test_an_abolished_county_is_placed_in_its_prefecture():
    assert identity.region("341599" + "0" * 12).name == "安徽省六安市"
    assert identity.region("999999" + "0" * 12) is None


@pytest.mark.parametrize(
    ("typed", "id_type", "kept", "doubts"),
    [
        ("e 0000 0000", "passport", "E00000000", ()),
        ("h00000000", "hk_macau_permit", "H00000000", ()),
        ("A00000000", "hk_macau_permit", "A00000000", ("identity.form",)),
        ("00000000", "taiwan_permit", "00000000", ()),
        ("chn000000000000", "foreign_permanent_id", "CHN000000000000", ()),
        ("军字第0000000号", "military_id", "军字第0000000号", ()),
        ("（皖）0001", "other", "(皖)0001", ()),
    ],
)
def test_other_documents_are_checked_by_length_and_characters(typed, id_type, kept, doubts):
    assert identity.parse(typed, id_type) == identity.Checked(kept, doubts)


@pytest.mark.parametrize(
    ("typed", "id_type", "code"),
    [
        ("E1", "passport", "identity.length"),
        ("E0000_000", "passport", "identity.characters"),
        ("护照0000000", "passport", "identity.characters"),
        ("x" * 31, "other", "identity.length"),
    ],
)
def test_other_documents_are_refused_likewise(typed, id_type, code):
    with pytest.raises(Refused, match=code):
        identity.parse(typed, id_type)
