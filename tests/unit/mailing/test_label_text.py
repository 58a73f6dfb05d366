"""Cleaning and breaking of text for print, without fonts: a Han character is two units wide."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crm.paper.text import clean, wrap

ADDRESS = "".join(
    ["0123456789abcXYZ", " -/.,", "北京市海淀区中关村街号楼", "，。（）“”《》·𠮷𫖯１２"]
)


def units(text):
    return sum(2 if char >= "\u2e80" else 1 for char in text)


def broken(text, limit):
    return wrap(text, limit, units)


@pytest.mark.parametrize(
    ("raw", "printed", "dropped"),
    [
        ("张三", "张三", 0),
        ("  张三\n", "张三", 0),
        ("北京市\r\n西城区\t金融街", "北京市 西城区 金融街", 0),
        ("a\u2028b\u2029c", "a b c", 0),
        ("张\x00三\x1b[2J", "张三[2J", 2),
        ("\ufeff张\u200b三", "张三", 2),
        ("\u202e三张\u202c", "三张", 2),
        ("葛\U000e0100城", "葛城", 1),
        ("王　五", "王　五", 0),
        ("Rene\u0301", "René", 0),
        ("\ufa19野", "\ufa19野", 0),  # a compatibility form is how that family writes itself
        ("𠮷田", "𠮷田", 0),
        ("(Tj) ET \\", "(Tj) ET \\", 0),
        ("\u200b \n", "", 1),
    ],
)
def test_text_is_one_printable_line(raw, printed, dropped):
    assert clean(raw) == (printed, dropped)


@given(st.text())
def test_cleaning_again_changes_nothing(text):
    once, _ = clean(text)
    assert clean(once) == (once, 0)


@pytest.mark.parametrize(
    ("text", "limit", "lines"),
    [
        ("北京市西城区", 20, ["北京市西城区"]),
        ("北京市西城区金融", 8, ["北京市西", "城区金融"]),
        ("金融大街128号", 10, ["金融大街", "128号"]),  # a number keeps its counter
        ("金融大街12号楼3单元", 12, ["金融大街", "12号楼3单元"]),
        ("大村组7/3号", 10, ["大村组", "7/3号"]),
        ("北京市西，城区金融", 8, ["北京市", "西，城区", "金融"]),  # no mark begins a line
        ("北京市（西城）区金融", 8, ["北京市", "（西城）", "区金融"]),  # none that opens ends it
        ("北京市西城", 8, ["北京市", "西城"]),  # the last character has company
        ("88 Queensway Road", 12, ["88 Queensway", "Road"]),
        ("Long-Boulevard-Name", 10, ["Long-", "Boulevard-", "Name"]),
        ("Llanfairpwllgwyngyll", 8, ["Llanfair", "pwllgwyn", "gyll"]),
        ("路１２３号", 8, ["路", "１２３号"]),
    ],
)
def test_lines_break_where_a_reader_would(text, limit, lines):
    assert broken(text, limit) == lines


@given(st.text(alphabet=ADDRESS), st.integers(min_value=2, max_value=40))
def test_breaking_loses_nothing_and_keeps_to_the_width(raw, limit):
    text, _ = clean(raw)
    lines = broken(text, limit)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(units(line) <= limit for line in lines)


@given(st.text(alphabet=ADDRESS), st.integers(min_value=40, max_value=60))
@example("0000000000000000。。。。。。。。“。", 40)  # an opening mark with nothing inside
def test_no_line_begins_with_a_closing_mark(raw, limit):
    # pieces this narrow are never cut by force
    text, _ = clean("街".join(raw[start : start + 8] for start in range(0, len(raw), 8)))
    assert all(line[:1] not in set("，。）”》·") for line in broken(text, limit)[1:])
