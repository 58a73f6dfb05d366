"""The division table, and postcodes against it."""

from __future__ import annotations

import pytest

from crm.domain import divisions, postcodes
from crm.domain.errors import Refused


def test_the_table_is_whole():
    table = divisions.by_code()
    assert len(table) > 3100
    assert sum(code.endswith("0000") for code in table) == 34
    for code, place in table.items():
        assert len(code) == 6
        assert code.isdecimal()
        assert len(place.postcode) in (0, 6)
        assert place.province
        assert place.own_name


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("安徽省六安市霍山县但家庙镇观音岩村", "341525"),
        ("安徽霍山县 但家庙镇", "341525"),
        ("霍山县衡山镇", "341525"),
        ("六安市霍山县", "341525"),
        ("北京市朝阳区", "110105"),
        ("北京市市辖区朝阳区", "110105"),
        ("北京市北京市东城区", "110101"),
        ("河北区中山路", "120105"),
        ("吉林省吉林市船营区", "220204"),
        ("内蒙古兴安盟乌兰浩特市", "152201"),
        ("湖北省仙桃市", "429004"),
        ("江苏南京鼓楼区", "320106"),
        ("广西", "450000"),
    ],
)
def test_an_address_is_placed_at_its_smallest_division(address, code):
    assert divisions.find(address).code == code


@pytest.mark.parametrize(
    "address", ["", "朝阳区", "鼓楼区湖南路", "北京路12号", "吉林大街", "王家村"]
)
def test_an_address_that_names_no_single_place_is_left_alone(address):
    assert divisions.find(address) is None


def test_a_county_under_a_province_has_no_prefecture():
    assert divisions.by_code()["429004"].name == "湖北省仙桃市"


def test_villages_belong_to_counties_of_the_table():
    assert {divisions.by_code()[v.county].own_name for v in divisions.villages()} == {
        "霍山县",
        "金寨县",
    }


@pytest.mark.parametrize("typed", ["237200", "２３７２００", "'237200", "237200.0", " 237 200 "])
def test_a_postcode_is_read_as_typed(typed):
    assert postcodes.parse(typed) == postcodes.Checked("237200")


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("23720", "postcode.length"),
        ("2372000", "postcode.length"),
        ("23720O", "postcode.characters"),
    ],
)
def test_a_malformed_postcode_is_refused(typed, code):
    with pytest.raises(Refused, match=code):
        postcodes.parse(typed)


def test_a_postcode_of_no_province_is_marked():
    assert postcodes.parse("980000").unverified == ("postcode.prefix",)


def test_postcodes_fit_their_province_or_not():
    assert postcodes.matches("237200", "安徽省") is True
    assert postcodes.matches("237200", "安徽省六安市霍山县衡山镇") is True
    assert postcodes.matches("100010", "安徽省六安市霍山县") is False
    assert postcodes.matches("237200", "某地") is None


def test_a_real_code_outside_its_province_rule_still_fits():
    assert postcodes.matches("137400", "内蒙古自治区兴安盟乌兰浩特市") is True


def test_nearly_every_county_keeps_the_prefix_rule():
    counties = [d for d in divisions.by_code().values() if d.county and d.postcode]
    odd = [d.name for d in counties if not d.postcode.startswith(postcodes._PREFIXES[d.code[:2]])]
    assert len(counties) > 2500
    assert len(odd) < 15, odd


def test_places_and_postcodes_lead_to_each_other():
    assert postcodes.of_place("霍山县衡山镇") == "237200"
    assert [d.own_name for d in postcodes.places("237200")] == ["霍山县"]
    assert [d.own_name for d in postcodes.places("237266")] == ["霍山县"]
    assert postcodes.places("999999") == ()
