"""Pinyin keys: surnames, several readings, Latin names, bounds."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.records.pinyin import MAX_LENGTH, search_key, word_key


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("张三丰", "zhang san feng|zsf"),
        ("曾小明", "zeng xiao ming|zxm"),
        ("解小明", "xie xiao ming|xxm"),
        ("单小明", "shan xiao ming|sxm"),
        ("区小明", "ou xiao ming|oxm"),
        ("仇小明", "qiu xiao ming|qxm"),
        ("查小明", "zha xiao ming|zxm"),
        ("朴小明", "piao xiao ming|pxm"),
        ("尉迟小明", "yu chi xiao ming|ycxm"),
        ("万俟小明", "mo qi xiao ming|mqxm"),
        ("长孙小明", "zhang sun xiao ming|zsxm"),
        ("王𬭎", "wang hong|wh"),
        ("阿依古丽·买买提", "a yi gu li mai mai ti|ayglmmt"),
    ],
)
def test_a_name_is_found_by_syllables_and_initials(name, key):
    assert search_key(name) == key


def test_a_surname_with_two_readings_is_found_by_both():
    assert search_key("盖小明") == "ge xiao ming|gxm;gai xiao ming|gxm"
    assert search_key("乐明") == "yue ming|ym;le ming|lm"


def test_a_given_name_with_two_readings_is_found_by_both():
    assert search_key("王乐") == "wang le|wl;wang yue|wy"


def test_the_umlaut_is_found_as_v_and_as_u():
    assert search_key("吕明") == "lv ming|lm;lu ming|lm"


def test_latin_names_lose_case_and_accents():
    assert search_key("José Müller") == "jose muller|jm"
    assert search_key("Łucja Øster") == "lucja oster|lo"
    assert search_key("Eva Silva") == "eva silva|es"


def test_an_unknown_character_leaves_the_rest_of_the_key():
    assert search_key("王\ue000明") == "wang ming|wm"
    assert search_key("\ue000") == ""


@given(st.text(max_size=60) | st.text("乐行长吕单重王", max_size=60) | st.text("a", max_size=300))
def test_a_key_is_short_lower_case_ascii_in_three_variants_at_most(name):
    key = search_key(name)
    assert len(key) <= MAX_LENGTH
    assert key.count(";") <= 2
    assert re.fullmatch(r"(?:[a-z0-9 ]+\|[a-z0-9]+(?:;[a-z0-9 ]+\|[a-z0-9]+)*)?", key)


def test_a_word_that_is_no_name_has_no_surname():
    assert search_key("种粮大户") == "chong liang da hu|cldh"
    assert word_key("种粮大户") == "zhong liang da hu|zldh"
    assert word_key("立即同步") == "li ji tong bu|ljtb"
