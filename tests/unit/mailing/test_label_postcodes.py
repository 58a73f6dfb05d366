"""Doubts about postcodes are told, and only where there is reason to doubt."""

from __future__ import annotations

import pytest

from desktop.mailing.postal import postcode_problem


@pytest.mark.parametrize(
    ("postcode", "address"),
    [
        ("100033", "北京市西城区金融大街3号"),
        ("051430", "河北省石家庄市栾城区"),
        ("530021", "广西壮族自治区南宁市"),
        ("137400", "内蒙古自治区兴安盟"),  # served from the next province
        ("361000", "上海路12号"),  # a street, not the city
        ("123456", "金融大街3号"),
        ("123456", "3号西城区"),
        ("", "香港九龙"),
        ("999077", "香港特别行政区"),
    ],
)
def test_nothing_is_said_without_reason(postcode, address):
    assert postcode_problem(postcode, address) is None


@pytest.mark.parametrize(
    ("postcode", "address", "code"),
    [
        ("", "北京市西城区", "mailing.postcode.missing"),
        ("10003", "北京市西城区", "mailing.postcode.malformed"),
        ("１０００３３", "北京市西城区", "mailing.postcode.malformed"),
        ("SW1A 1AA", "10 Downing Street", "mailing.postcode.malformed"),
        ("200001", "北京市西城区12号", "mailing.postcode.mismatch"),
        ("200001", "西城区金融大街3号", "mailing.postcode.mismatch"),
    ],
)
def test_a_doubt_has_its_code(postcode, address, code):
    assert postcode_problem(postcode, address) == code
