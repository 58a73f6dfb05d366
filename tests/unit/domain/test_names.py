"""Names: normalising, surnames, forms of address."""

from __future__ import annotations

import pytest

from crm.domain import names
from crm.domain.errors import Refused


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" 张\u3000三 ", "张三"),
        ("「欧阳 明」", "欧阳明"),
        ("阿依古丽•买买提", "阿依古丽·买买提"),
        ("阿依古丽．买买提", "阿依古丽·买买提"),
        ("阿依古丽 · 买买提", "阿依古丽·买买提"),
        ("J. Smith", "J. Smith"),
        ("José\u00a0 Müller", "José Müller"),
        ("王\u200b𬭎", "王𬭎"),
        ("𠮷\u3000𫖯", "𠮷𫖯"),
        ("李\n明", "李明"),
    ],
)
def test_a_name_is_written_in_one_way(typed, kept):
    assert names.parse(typed) == names.Checked(kept)


@pytest.mark.parametrize(
    ("typed", "doubts"),
    [
        ("王\ue123", ("name.private_use",)),
        ("王?", ("name.lost_character",)),
        ("王□明", ("name.lost_character",)),
        ("李明2", ("name.digits",)),
    ],
)
def test_a_doubtful_name_is_kept_and_marked(typed, doubts):
    assert names.parse(typed) == names.Checked(typed, doubts)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "name.empty"),
        ("\u3000\u200b", "name.empty"),
        ("15400001234", "name.digits_only"),
        ("１ ２", "name.digits_only"),
        ("王\x07明", "name.characters"),
    ],
)
def test_what_is_no_name_is_refused(typed, code):
    with pytest.raises(Refused, match=code):
        names.parse(typed)


@pytest.mark.parametrize(
    ("name", "surname"),
    [
        ("张三", "张"),
        ("欧阳明", "欧阳"),
        ("司马相如", "司马"),
        ("夏侯", "夏"),
        ("𠮷明", "𠮷"),
        ("阿依古丽·买买提", ""),
        ("Mary Smith", ""),
        ("王", ""),
    ],
)
def test_surnames_are_told_compound_ones_too(name, surname):
    assert names.surname(name) == surname


def test_people_are_addressed_and_organisations_are_not():
    assert names.salutation("张三", "male") == "先生"
    assert names.salutation("张三", "female", "zh") == "女士"
    assert names.salutation("Mary Smith", "female", "en") == "Ms"
    assert names.salutation("张三", None) == ""
    assert names.salutation("衡山镇茶叶专业合作社", "male") == ""
