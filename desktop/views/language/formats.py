"""How numbers, money, dates and times are said in Chinese and in English.

Pure functions of a value, of today where it matters, and of the language ("en" or "zh"): the
same words in a list, a page and a picture. Money comes in whole minor units, days as ISO text,
moments as RFC 9557 text. A text that is no date is shown as it stands: real files are dirty.
"""

from __future__ import annotations

from datetime import date, datetime

from crm.domain.errors import Refused
from crm.domain.instants import SHANGHAI, parse_instant

DASH = "—"  # stands in a table for nothing

_WITHOUT_CENTS = frozenset({"JPY", "KRW", "VND"})  # ISO 4217: no minor unit
_CURRENCIES_ZH = {
    "CNY": "元",
    "USD": "美元",
    "EUR": "欧元",
    "HKD": "港元",
    "GBP": "英镑",
    "JPY": "日元",
    "AUD": "澳元",
    "CAD": "加元",
    "SGD": "新加坡元",
    "CHF": "瑞士法郎",
}
_MONTHS = "January February March April May June July August September October November December"
MONTHS_EN = tuple(_MONTHS.split())
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
WEEKDAYS_EN = tuple(_DAYS.split())
WEEKDAYS_ZH = tuple(f"星期{mark}" for mark in "一二三四五六日")


# -- money ---------------------------------------------------------------------


def amount_exact(minor: int, lang: str, currency: str = "CNY") -> str:
    """Return ¥864,000.00, or USD 864,000.00: alike in both languages."""
    units, cents = divmod(abs(minor), _minor_units(currency))
    digits = f"{units:,}" if currency in _WITHOUT_CENTS else f"{units:,}.{cents:02d}"
    return _signed(minor, f"{_mark(currency)}{digits}")


def amount_short(minor: int, lang: str, currency: str = "CNY") -> str:
    """Return 86.4 万元, ¥864,000 in English: for lists and summaries. Halves round away from 0.

    Chinese says 640 元 below a thousand, and 1.2 亿元 from there up.
    """
    units = _divided(abs(minor), _minor_units(currency))
    if lang == "en":
        return _signed(units and minor, f"{_mark(currency)}{units:,}")
    return _signed(units and minor, _grouped_by_ten_thousands(abs(minor), currency))


def _grouped_by_ten_thousands(minor: int, currency: str) -> str:
    cents = _minor_units(currency)
    unit = _CURRENCIES_ZH.get(currency, f" {currency}")
    if _divided(minor, cents) < 1000:
        return f"{_divided(minor, cents)} {unit.strip()}"
    tenths = _divided(minor, 1_000 * cents)  # of 万
    if tenths < 100_000:
        return f"{tenths // 10:,}.{tenths % 10} 万{unit}"
    tenths = _divided(minor, 10_000_000 * cents)  # of 亿
    return f"{tenths // 10:,}.{tenths % 10} 亿{unit}"


def _divided(number: int, by: int) -> int:
    """Return the quotient, halves rounded up; `number` is not negative."""
    return (2 * number + by) // (2 * by)


def _minor_units(currency: str) -> int:
    return 1 if currency in _WITHOUT_CENTS else 100


def _mark(currency: str) -> str:
    return "¥" if currency == "CNY" else f"{currency} "


def _signed(number: int, text: str) -> str:
    return f"-{text}" if number < 0 else text


# -- days ----------------------------------------------------------------------


def parsed_day(text: str) -> date | None:
    """Return the day that an ISO text names, or None."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def day_text(iso_day: str, today: date, lang: str) -> str:
    """Return 3月18日 (18 Mar) within today's year, else 2026-03-18."""
    day = parsed_day(iso_day)
    if day is None or day.year != today.year:
        return iso_day
    return _day_of_year(day, lang)


def _day_of_year(day: date, lang: str) -> str:
    if lang == "zh":
        return f"{day.month}月{day.day}日"
    return f"{day.day} {MONTHS_EN[day.month - 1][:3]}"


def day_long(iso_day: str, today: date, lang: str) -> str:
    """Return 3月20日 星期五 (Friday 20 March), with the year where it is not today's."""
    day = parsed_day(iso_day)
    if day is None:
        return iso_day
    other_year = day.year != today.year
    if lang == "zh":
        return (
            f"{f'{day.year}年' if other_year else ''}{_day_of_year(day, lang)} {weekday(day, lang)}"
        )
    words = f"{weekday(day, lang)} {day.day} {MONTHS_EN[day.month - 1]}"
    return f"{words} {day.year}" if other_year else words


def weekday(day: date, lang: str) -> str:
    """Return 星期五 or Friday."""
    return (WEEKDAYS_ZH if lang == "zh" else WEEKDAYS_EN)[day.weekday()]


def ago(iso_day: str, today: date, lang: str) -> str:
    """Return how far a day is from today: 今天, 42 天前, 5 个月前, 半年前, 1 年前, 3 天后.

    Days are counted below 100, then months of the calendar, from twelve on years; all complete.
    """
    day = parsed_day(iso_day)
    if day is None:
        return iso_day
    apart = (day - today).days
    near = _NEAR[lang].get(apart)
    return near or _with_direction(_span(min(day, today), max(day, today), lang), apart, lang)


_NEAR = {
    "zh": {0: "今天", -1: "昨天", 1: "明天"},
    "en": {0: "today", -1: "yesterday", 1: "tomorrow"},
}


def _span(first: date, last: date, lang: str) -> str:
    days = (last - first).days
    months = 12 * (last.year - first.year) + last.month - first.month - (last.day < first.day)
    if days < 100:
        return _count(days, lang, "天", "day")
    if months == 6:
        return "半年" if lang == "zh" else "half a year"
    if months < 12:
        return _count(months, lang, "个月", "month")
    return _count(months // 12, lang, "年", "year")


def _count(number: int, lang: str, zh: str, en: str) -> str:
    if lang == "zh":
        return f"{number} {zh}"
    return f"{number} {en}" if number == 1 else f"{number} {en}s"


def _with_direction(span: str, apart: int, lang: str) -> str:
    if lang == "zh":
        return f"{span}{'后' if apart > 0 else '前'}"
    return f"in {span}" if apart > 0 else f"{span} ago"


def age(birth_iso: str, today: date) -> int | None:
    """Return complete years, or None for a text that is no day or one to come."""
    born = parsed_day(birth_iso)
    if born is None or born > today:
        return None
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def age_text(birth_iso: str, today: date, lang: str) -> str:
    """Return 58 岁, in English 58; nothing where there is no age."""
    years = age(birth_iso, today)
    if years is None:
        return ""
    return f"{years} 岁" if lang == "zh" else str(years)


# -- moments and lengths of time -------------------------------------------------


def moment_text(instant: str, now: datetime, lang: str) -> str:
    """Return 今天 07:42, 昨天 18:10, 3月16日 18:02, or 2025-03-16 18:02; in Shanghai's time.

    `instant` is RFC 9557 text, `now` is aware.
    """
    try:
        moment = parse_instant(instant).astimezone(SHANGHAI)
    except Refused:
        return instant
    today = now.astimezone(SHANGHAI).date()
    apart = (moment.date() - today).days
    near = _NEAR[lang].get(apart) if apart <= 0 else None
    return f"{near or day_text(moment.date().isoformat(), today, lang)} {moment:%H:%M}"


def duration_left(seconds: float, lang: str) -> str:
    """Return 约 40 秒 (about 40 s), 约 3 分钟, 约 2 小时: coarse, and never less than is true."""
    zh, en, number = "小时", "h", -(-seconds // 3600)
    if seconds <= 55:
        zh, en, number = "秒", "s", max(5, 5 * -(-seconds // 5))
    elif seconds <= 59 * 60:
        zh, en, number = "分钟", "min", -(-seconds // 60)
    return f"约 {number:.0f} {zh}" if lang == "zh" else f"about {number:.0f} {en}"


def duration_taken(seconds: float, lang: str) -> str:
    """Return 0.4 秒, 12 秒, 3 分 05 秒 (0.4 s, 12 s, 3 min 05 s)."""
    zh = lang == "zh"
    if seconds < 9.95:
        return f"{seconds:.1f} 秒" if zh else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} 秒" if zh else f"{rest} s"
    return f"{minutes} 分 {rest:02d} 秒" if zh else f"{minutes} min {rest:02d} s"


# -- sizes and shares ------------------------------------------------------------


def number_text(number: int) -> str:
    """Return 3,218: alike in both languages."""
    return f"{number:,}"


def size_text(size_bytes: int) -> str:
    """Return 512 B, 8 KB, 4.2 MB, 412 MB, 1.3 GB: thousands, as file managers show."""
    if size_bytes < 1000:
        return f"{size_bytes} B"
    size = size_bytes / 1000
    for unit in ("KB", "MB", "GB"):
        if size < 999.5 or unit == "GB":
            break
        size /= 1000
    return f"{size:,.1f} {unit}" if size < 9.95 and unit != "KB" else f"{size:,.0f} {unit}"


def percent_text(part: int, whole: int) -> str:
    """Return the share as 37%: never 100% before all is done, never 0% once something is."""
    if whole <= 0:
        return "0%"
    share = 100 * part // whole
    return f"{max(share, 1) if part > 0 else 0}%"
