"""Text as people type it: cell artefacts, dates, lists, e-mail addresses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain.entry import code_text, email, split_words, tidy, written_day
from crm.domain.errors import Refused


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  张三\u3000", "张三"),
        ("「红旗路１２号」", "红旗路12号"),
        ("'00123", "00123"),
        ("\ufeff备\u200b注", "备注"),
        ("Ａｂｃ（一）", "Abc（一）"),
        ("第一行\r\n第二行", "第一行\n第二行"),
    ],
)
def test_free_text_loses_the_marks_of_cells_only(typed, kept):
    assert tidy(typed) == kept


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("１３８–００００ ００００", "138-00000000"),
        ("'237200", "237200"),
        ("237200.0", "237200"),
        ("「237200」", "237200"),
        ("\u200b12\u00a034\u2060", "1234"),
        ("A-1.50", "A-1.50"),
    ],
)
def test_a_code_becomes_plain_ascii(typed, kept):
    assert code_text(typed) == kept


@pytest.mark.parametrize("typed", ["1.38E+10", "3.40182E+17", "1e5"])
def test_a_number_that_a_spreadsheet_rounded_is_refused(typed):
    with pytest.raises(Refused, match=r"value\.rounded"):
        code_text(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "2026-3-8",
        "2026/03/08",
        "2026.3.8",
        "20260308",
        "20260308.0",
        "2026年3月8日",
        "2026年03月08号",
        "２０２６－３－８",
        "2026-03-08 00:00:00",
        "2026-03-08T00:00:00.000",
        " 2026 年 3 月 8 日 ",
    ],
)
def test_the_usual_forms_of_a_date_are_read(typed):
    assert written_day(typed) == "2026-03-08"


@pytest.mark.parametrize(
    "typed", ["3/8/2026", "2026-03", "46089", "26-3-8", "明天", "2026-03-08 14:30:00"]
)
def test_a_date_that_may_mean_several_days_is_refused(typed):
    with pytest.raises(Refused, match=r"day\.form"):
        written_day(typed)


def test_a_day_that_does_not_exist_is_refused():
    with pytest.raises(Refused, match=r"day\.impossible"):
        written_day("2026年2月30日")


@given(st.dates())
def test_every_date_is_read_back_from_its_own_form(day):
    assert written_day(day.isoformat()) == day.isoformat()


def test_a_list_in_one_cell_is_split_at_chinese_and_latin_marks():
    assert split_words("象棋、 钓鱼，广场舞;象棋；") == ["象棋", "钓鱼", "广场舞"]


def test_an_address_keeps_its_local_part_and_folds_its_domain():
    assert email("mailto:Li.Ming＠Example.COM").value == "Li.Ming@example.com"


@pytest.mark.parametrize("typed", ["nobody", "a@b", "a@example.com,b@example.com", "@example.com"])
def test_what_is_no_single_email_address_is_refused(typed):
    with pytest.raises(Refused, match=r"email\.form"):
        email(typed)
