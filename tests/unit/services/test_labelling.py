"""Who gets a label, in what order, and one for those who live together."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from crm.domain.errors import Refused
from crm.domain.ids import new_id
from desktop.services.labelling import arrange, choose, groups, label_words
from desktop.services.ports import Held
from tests.helpers.fakes import Laptop


def names(held):
    return [each.fields["name"] for each in held]


def a_customer(name, address="", **fields):
    own_id = new_id()
    given = {"name": name, **({"address": address} if address else {}), **fields}
    place = {"root": own_id, "stream": "portfolio:manager", "version": 1, "parent": None}
    return Held(id=own_id, kind="customer", fields=given, **place)


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """Four customers of two villages, two of them with a tag."""
    laptop = Laptop(tmp_path_factory.mktemp("labels"))
    ids = {
        "甲": laptop.create("customer", name="甲", village="东村", tier="high"),
        "乙": laptop.create("customer", name="乙", village="东村"),
        "丙": laptop.create("customer", name="丙", village="西村", tier="high"),
        "丁": laptop.create("customer", name="丁"),
    }
    for name in ("甲", "丁"):
        laptop.create("tag", parent=ids[name], label="茶友")
    visit = laptop.create("visit", parent=ids["甲"], state="planned", on="2026-03-20")
    laptop.delete(gone := laptop.create("customer", name="戊", village="东村"))
    yield SimpleNamespace(reader=laptop.replica.reader, ids=ids, gone=gone, visit=visit)
    laptop.replica.close()


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, "甲乙丙丁"),
        ({"village": "东村"}, "甲乙"),
        ({"tier": "high"}, "甲丙"),
        ({"tag": "茶友"}, "甲丁"),
        ({"tag": "茶友", "village": "东村"}, "甲"),
        ({"village": "南村"}, ""),
        ({"ids": []}, ""),
    ],
)
def test_customers_are_chosen_by_village_tier_and_tag(book, wanted, found):
    assert sorted(names(choose(book.reader, **wanted))) == sorted(found)


def test_of_a_list_those_who_are_still_there_are_chosen(book):
    ids = [book.ids["丙"], book.gone, book.visit, book.ids["甲"], book.ids["丙"]]
    assert names(choose(book.reader, ids=ids)) == ["丙", "甲"]
    assert names(choose(book.reader, ids=ids, tag="茶友")) == ["甲"]


def test_a_screen_is_told_how_many_each_choice_brings(book):
    found = groups(book.reader)
    assert list(found.villages.items()) == [("东村", 2), ("西村", 1)]
    assert (found.tiers, found.tags, found.everybody) == ({"high": 2}, {"茶友": 2}, 4)


def test_the_order_is_by_postcode_address_or_name():
    first = a_customer("丁", "乙街", postcode="100002")
    second = a_customer("丙", "甲街", postcode="100003")
    both = [second, first]
    assert names(arrange(both)) == ["丁", "丙"]
    assert names(arrange(both, order="address")) == ["丁", "丙"]
    assert names(arrange(both, order="name")) == ["丁", "丙"]
    third = a_customer("甲", "丙街", postcode="100001")
    assert names(arrange([first, second, third])) == ["甲", "丁", "丙"]
    assert names(arrange([first, second, third], order="address")) == ["甲", "丁", "丙"]
    assert names(arrange([first, second, third], order="name")) == ["丁", "丙", "甲"]


def test_those_of_one_address_get_one_label_and_the_homeless_each_their_own():
    people = [
        a_customer("甲", "石湾镇周家坝村６组 18号"),
        a_customer("乙", "石湾镇，周家坝村6组18号"),
        a_customer("丙", "东街3-12"),
        a_customer("丁", "东街31-2"),
        a_customer("戊"),
        a_customer("己"),
    ]
    kept = names(arrange(people, order="name", one_per_address=True))
    assert kept == sorted(["丙", "丁", "戊", "己", min("甲", "乙")])


def test_copies_of_a_label_follow_each_other():
    people = [a_customer("甲", "甲街"), a_customer("乙", "乙街")]
    assert names(arrange(people, order="address", copies=2)) == ["乙", "乙", "甲", "甲"]
    for absurd in (0, 100):
        with pytest.raises(Refused, match=r"labels\.copies"):
            arrange(people, copies=absurd)


def test_the_words_of_a_label_come_with_a_form_of_address():
    [words] = label_words([a_customer("张三", "东街", gender="female", postcode="100001")], "zh")
    assert (words.name, words.address, words.postcode) == ("张三", "东街", "100001")
    assert words.honorific.startswith("女士")
