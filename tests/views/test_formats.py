"""Money, days and times are said as a clerk would say them, in Chinese and in English."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from desktop.views.language import formats

TODAY = date(2026, 3, 18)  # a Wednesday


@pytest.mark.parametrize(
    ("minor", "zh", "en"),
    [
        (86_400_000, "86.4 万元", "¥864,000"),
        (30_000_000, "30.0 万元", "¥300,000"),
        (800_000, "0.8 万元", "¥8,000"),
        (99_949, "999 元", "¥999"),
        (99_950, "0.1 万元", "¥1,000"),
        (9_999_949_999, "9,999.9 万元", "¥99,999,500"),
        (9_999_950_000, "1.0 亿元", "¥99,999,500"),
        (123_456_000_000, "12.3 亿元", "¥1,234,560,000"),
        (0, "0 元", "¥0"),
        (49, "0 元", "¥0"),
        (50, "1 元", "¥1"),
        (-49, "0 元", "¥0"),
        (-86_400_000, "-86.4 万元", "-¥864,000"),
    ],
)
def test_an_amount_is_short_in_lists(minor, zh, en):
    assert formats.amount_short(minor, "zh") == zh
    assert formats.amount_short(minor, "en") == en


@pytest.mark.parametrize(
    ("minor", "currency", "exact", "zh", "en"),
    [
        (86_400_000, "CNY", "¥864,000.00", "86.4 万元", "¥864,000"),
        (-5, "CNY", "-¥0.05", "0 元", "¥0"),
        (1_234_567, "USD", "USD 12,345.67", "1.2 万美元", "USD 12,346"),
        (1_234_567, "JPY", "JPY 1,234,567", "123.5 万日元", "JPY 1,234,567"),
        (50_000, "THB", "THB 500.00", "500 THB", "THB 500"),
        (5_000_000, "THB", "THB 50,000.00", "5.0 万 THB", "THB 50,000"),
    ],
)
def test_an_amount_names_its_currency(minor, currency, exact, zh, en):
    assert formats.amount_exact(minor, "zh", currency) == exact
    assert formats.amount_exact(minor, "en", currency) == exact
    assert formats.amount_short(minor, "zh", currency) == zh
    assert formats.amount_short(minor, "en", currency) == en


@pytest.mark.parametrize(
    ("day", "zh", "en"),
    [
        ("2026-03-18", "3月18日", "18 Mar"),
        ("2026-01-01", "1月1日", "1 Jan"),
        ("2026-12-31", "12月31日", "31 Dec"),
        ("2025-12-31", "2025-12-31", "2025-12-31"),
        ("2027-06-30", "2027-06-30", "2027-06-30"),
        ("2026-02-31", "2026-02-31", "2026-02-31"),
    ],
)
def test_a_day_is_short_within_the_year(day, zh, en):
    assert formats.day_text(day, TODAY, "zh") == zh
    assert formats.day_text(day, TODAY, "en") == en


def test_a_day_is_long_with_its_weekday():
    assert formats.day_long("2026-03-20", TODAY, "zh") == "3月20日 星期五"
    assert formats.day_long("2026-03-20", TODAY, "en") == "Friday 20 March"
    assert formats.day_long("2027-03-21", TODAY, "zh") == "2027年3月21日 星期日"
    assert formats.day_long("2027-03-21", TODAY, "en") == "Sunday 21 March 2027"


@pytest.mark.parametrize(
    ("day", "zh", "en"),
    [
        ("2026-03-18", "今天", "today"),
        ("2026-03-17", "昨天", "yesterday"),
        ("2026-03-16", "2 天前", "2 days ago"),
        ("2026-02-04", "42 天前", "42 days ago"),
        ("2025-12-09", "99 天前", "99 days ago"),
        ("2025-12-08", "3 个月前", "3 months ago"),
        ("2025-09-19", "5 个月前", "5 months ago"),
        ("2025-09-18", "半年前", "half a year ago"),
        ("2025-08-18", "7 个月前", "7 months ago"),
        ("2025-03-19", "11 个月前", "11 months ago"),
        ("2025-03-18", "1 年前", "1 year ago"),
        ("2023-03-19", "2 年前", "2 years ago"),
        ("2026-03-19", "明天", "tomorrow"),
        ("2026-04-17", "30 天后", "in 30 days"),
        ("2027-03-18", "1 年后", "in 1 year"),
        ("long ago", "long ago", "long ago"),
    ],
)
def test_how_long_ago_is_said_in_whole_days_months_or_years(day, zh, en):
    assert formats.ago(day, TODAY, "zh") == zh
    assert formats.ago(day, TODAY, "en") == en


@pytest.mark.parametrize(
    ("instant", "zh", "en"),
    [
        ("2026-03-17T23:42:00.000Z[+08:00]", "今天 07:42", "today 07:42"),
        ("2026-03-17T10:10:00.000Z[+08:00]", "昨天 18:10", "yesterday 18:10"),
        ("2026-03-16T10:02:59.999Z[+08:00]", "3月16日 18:02", "16 Mar 18:02"),
        ("2025-03-16T10:02:00.000Z[+09:00]", "2025-03-16 18:02", "2025-03-16 18:02"),
        ("2026-03-18T16:00:00.000Z[+08:00]", "3月19日 00:00", "19 Mar 00:00"),
        ("yesterday", "yesterday", "yesterday"),
    ],
)
def test_a_moment_is_said_in_the_time_of_shanghai(instant, zh, en):
    now = datetime(2026, 3, 18, 2, 0, tzinfo=UTC)
    assert formats.moment_text(instant, now, "zh") == zh
    assert formats.moment_text(instant, now, "en") == en


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        (0, "约 5 秒", "about 5 s"),
        (38.2, "约 40 秒", "about 40 s"),
        (55, "约 55 秒", "about 55 s"),
        (56, "约 1 分钟", "about 1 min"),
        (61, "约 2 分钟", "about 2 min"),
        (59 * 60, "约 59 分钟", "about 59 min"),
        (59 * 60 + 1, "约 1 小时", "about 1 h"),
        (3601, "约 2 小时", "about 2 h"),
    ],
)
def test_the_time_left_is_coarse_and_never_too_short(seconds, zh, en):
    assert formats.duration_left(seconds, "zh") == zh
    assert formats.duration_left(seconds, "en") == en


def test_the_time_taken_is_exact_where_it_is_short():
    assert [formats.duration_taken(s, "zh") for s in (0.42, 9.96, 59.6, 185)] == [
        "0.4 秒",
        "10 秒",
        "1 分 00 秒",
        "3 分 05 秒",
    ]
    assert formats.duration_taken(185, "en") == "3 min 05 s"


def test_an_age_is_complete_years():
    assert formats.age("1968-03-18", TODAY) == 58
    assert formats.age("1968-03-19", TODAY) == 57
    assert formats.age("2000-02-29", date(2026, 2, 28)) == 25
    assert formats.age("2027-01-01", TODAY) is None
    assert formats.age_text("1968-03-18", TODAY, "zh") == "58 岁"
    assert formats.age_text("", TODAY, "en") == ""


def test_sizes_and_shares_are_rounded_for_reading():
    sizes = (999, 1000, 8_400, 999_499, 999_500, 4_240_000, 412_000_000, 1_300_000_000)
    told = ["999 B", "1 KB", "8 KB", "999 KB", "1.0 MB", "4.2 MB", "412 MB", "1.3 GB"]
    assert [formats.size_text(size) for size in sizes] == told
    shares = [(0, 3), (1, 1000), (1, 3), (999, 1000), (3, 3), (0, 0)]
    assert [formats.percent_text(*s) for s in shares] == ["0%", "1%", "33%", "99%", "100%", "0%"]
    assert formats.number_text(3218) == "3,218"
