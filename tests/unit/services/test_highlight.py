"""Which characters of a name, or of its pinyin, explain a hit."""

from __future__ import annotations

import pytest

from crm.records.pinyin import search_key
from desktop.services.highlight import spans, spelled, words


def marked(text, found):
    return [text[start:end] for start, end in found]


@pytest.mark.parametrize(
    ("name", "query", "expected"),
    [
        ("赵国栋", "国栋", ["国栋"]),
        ("赵国栋", "zgd", ["赵国栋"]),
        ("赵国栋", "gd", ["国栋"]),
        ("赵国栋", "guod", ["国栋"]),
        ("赵国栋", "zhao", ["赵"]),
        ("赵国栋", "zhao g", ["赵国"]),
        ("赵国栋", "栋 z", ["赵", "栋"]),
        ("赵国栋", "ＺＧ", ["赵国"]),
        ("李丽丽", "丽", ["丽丽"]),
        ("覃雄仁", "tan", ["覃"]),
        ("吕布", "lub", ["吕布"]),
        ("阿依古丽·买买提", "mmt", ["买买提"]),
        ("买买提·吐尔逊", "提吐", ["提", "吐"]),
        ("Maria Lopez", "lop", ["Lop"]),
        ("赵国栋", "qq", []),
        ("赵国栋", "", []),
    ],
)
def test_a_name_is_marked_where_characters_pinyin_or_initials_fit(name, query, expected):
    assert marked(name, spans(name, query, search_key(name))) == expected


def test_other_texts_are_marked_where_they_read_the_same():
    assert marked("154****1234", spans("154****1234", "1234")) == ["1234"]
    assert marked("Ａ座３－２号", spans("Ａ座３－２号", "a座3")) == ["Ａ座３"]
    assert spans("南山村5组", "zgd") == ()


def test_a_key_that_does_not_fit_its_name_marks_nothing():
    assert spans("赵\U00030000栋", "zd", "zhao dong|zd") == ()
    assert spelled("赵\U00030000栋", "zd", "zhao dong|zd") is None
    assert spelled("赵国栋", "zgd", "") is None


@pytest.mark.parametrize(
    ("name", "query", "text", "expected"),
    [
        ("赵国栋", "zgd", "Zhào Guódòng", ["Z", "G", "d"]),
        ("赵国栋", "guod", "Zhào Guódòng", ["Guód"]),
        ("赵国栋", "赵", "Zhào Guódòng", []),
        ("欧阳修文", "oyx", "Ōuyáng Xiūwén", ["Ō", "y", "X"]),
        ("覃雄仁", "txr", "Tán Xióngrén", ["T", "X", "r"]),
        ("覃雄仁", "qin", "Qín Xióngrén", ["Qín"]),
        ("吕布", "lub", "Lǚ Bù", ["Lǚ", "B"]),
        ("阿依古丽·买买提", "mmt", "Āyīgǔlì Mǎimǎití", ["M", "m", "t"]),
    ],
)
def test_pinyin_has_tone_marks_and_the_reading_that_explains_the_hit(name, query, text, expected):
    found = spelled(name, query, search_key(name))
    assert found.text == text
    assert marked(found.text, found.spans) == expected


def test_a_name_in_latin_letters_needs_no_pinyin():
    assert spelled("Maria Lopez", "ml", search_key("Maria Lopez")) is None


def test_a_query_is_cut_as_the_search_cuts_it():
    assert words("Zhang san，1234 张") == ["zhangsan", "1234", "张"]
    assert words(' "*" ') == []
