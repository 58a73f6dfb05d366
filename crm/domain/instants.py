"""Moments and business dates.

A moment is written `2026-03-18T02:30:00.000Z[+08:00]` (RFC 9557): UTC first,
so that text order is time order, with the author's offset behind it.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from crm.domain.errors import Refused

SHANGHAI = ZoneInfo("Asia/Shanghai")
_FORM = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})Z\[([+-])(\d\d):(\d\d)\]")


def instant_text(moment: datetime) -> str:
    """Return the text of an aware `moment`, to the millisecond."""
    offset = moment.utcoffset()
    if offset is None:
        raise ValueError("a moment needs an offset")
    minutes = int(offset.total_seconds()) // 60
    sign = "-" if minutes < 0 else "+"
    hours, rest = divmod(abs(minutes), 60)
    utc = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{utc}.{moment.microsecond // 1000:03d}Z[{sign}{hours:02d}:{rest:02d}]"


def parse_instant(value: str) -> datetime:
    """Return the moment in its author's offset. Raises: Refused `instant.form`."""
    match = _FORM.fullmatch(value)
    if match is None:
        raise Refused("instant.form")
    minutes = int(match[3]) * 60 + int(match[4])
    try:
        offset = timezone(timedelta(minutes=-minutes if match[2] == "-" else minutes))
        return datetime.fromisoformat(match[1]).replace(tzinfo=UTC).astimezone(offset)
    except (ValueError, OverflowError) as error:  # the 99th of a month
        raise Refused("instant.form") from error


def readable(value: str) -> str:
    """Return when a moment was, to the minute, as clocks in Shanghai showed it."""
    return parse_instant(value).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def check_instant(value: str) -> None:
    """Raise Refused `instant.form` where `parse_instant` would, at a third of its cost."""
    match = _FORM.fullmatch(value)
    # The first and the last year are for the careful way: an offset may lead out of them.
    if match is None or value[:4] in ("0001", "9999") or int(match[3]) > 23 or int(match[4]) > 59:
        parse_instant(value)
        return
    try:
        datetime.fromisoformat(match[1])
    except ValueError as error:
        raise Refused("instant.form") from error


def business_date(moment: datetime) -> date:
    """Return the date that `moment` has in Shanghai."""
    return moment.astimezone(SHANGHAI).date()
