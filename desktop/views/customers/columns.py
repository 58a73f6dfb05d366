"""The columns of the table: what each says, how wide it is, what it can be ordered by.

Which are shown is the person's choice; what does not fit is left out from the right, so that
nobody ever scrolls sideways.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from crm.domain.labels import field_label
from desktop.services.list_values import CustomerRow, SortField
from desktop.views.customers import words
from desktop.views.customers.words import Telling
from desktop.views.language import formats
from desktop.views.language.translating import translate

Text = Callable[[CustomerRow, Telling], str]


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `width` is in logical pixels at text size 1, and the least it takes."""

    key: str
    heading: Callable[[str], str]  # language -> words
    text: Text
    width: int
    sort: SortField | None = None
    best_first: bool = False  # descending when it is ordered by first
    number: bool = False  # stands right
    stretch: int = 0  # its share of what is left over


def _field(name: str) -> Callable[[str], str]:
    return lambda language: field_label("customer", name, language)


def _day(name: str) -> Text:
    def text(row: CustomerRow, telling: Telling) -> str:
        day = getattr(row, name)
        return formats.day_text(day, telling.today, telling.language) if day else ""

    return text


def _choice(name: str) -> Text:
    return lambda row, telling: words.choice(name, getattr(row, name), telling.language)


def _plain(name: str) -> Text:
    return lambda row, _: getattr(row, name) or ""


def _age(row: CustomerRow, telling: Telling) -> str:
    return formats.age_text(row.birth_date or "", telling.today, telling.language)


def _tags(row: CustomerRow, telling: Telling) -> str:
    return ("、" if telling.language == "zh" else ", ").join(row.tags)


COLUMNS = (
    Column("name", _field("name"), _plain("name"), 150, "name", stretch=1),
    Column("tier", _field("tier"), _choice("tier"), 110, "tier", best_first=True),
    Column(
        "balance",
        lambda _: translate("Customers", "Total assets"),
        words.balance,
        124,
        "balance",
        best_first=True,
        number=True,
    ),
    Column(
        "last_visit",
        lambda _: translate("Customers", "Last visit"),
        words.last_visit,
        136,
        "last_visit",
    ),
    Column("village", _field("village"), _plain("village"), 130, "village", stretch=1),
    Column("phone", _field("phone"), lambda row, _: words.phone(row), 128),
    Column(
        "matures_on",
        lambda _: translate("Customers", "Next maturity"),
        _day("matures_on"),
        128,
    ),
    Column(
        "next_contact_on",
        _field("next_contact_on"),
        _day("next_contact_on"),
        128,
        "next_contact",
    ),
    Column("address", _field("address"), lambda row, _: words.short_place(row), 220, stretch=2),
    Column("tags", lambda _: translate("Customers", "Tags"), _tags, 160, stretch=1),
    Column("age", lambda _: translate("Customers", "Age"), _age, 80, number=True),
    Column("gender", _field("gender"), _choice("gender"), 80),
    Column("occupation", _field("occupation"), _plain("occupation"), 130),
    Column("preferred_channel", _field("preferred_channel"), _choice("preferred_channel"), 130),
    Column("postcode", _field("postcode"), _plain("postcode"), 96),
    Column("since", _field("since"), _day("since"), 120),
)
BY_KEY = {column.key: column for column in COLUMNS}
USUAL = ("name", "tier", "balance", "last_visit", "village", "phone", "matures_on")
FIXED = "name"  # always there: a row without a name is nobody


def chosen(keys: Sequence[str]) -> tuple[Column, ...]:
    """Return the columns of a preference, the usual ones where it says nothing we know."""
    known = [key for key in keys if key in BY_KEY and key != FIXED] or list(USUAL[1:])
    return tuple(BY_KEY[key] for key in (FIXED, *known))


@dataclass(frozen=True, slots=True)
class Placed:
    """A column with its place in a row, in logical pixels."""

    column: Column
    left: int
    width: int


def placed(columns: Sequence[Column], room: int, factor: float = 1.0) -> tuple[Placed, ...]:
    """Return what of the columns fits into `room`, the first always, and where."""
    fitting = list(columns[:1])
    taken = round(columns[0].width * factor)
    for column in columns[1:]:
        taken += round(column.width * factor)
        if taken > room:
            break
        fitting.append(column)
    least = [round(column.width * factor) for column in fitting]
    spare, shares = max(0, room - sum(least)), sum(column.stretch for column in fitting)
    found: list[Placed] = []
    left = 0
    for column, needed in zip(fitting, least, strict=True):
        width = needed + (spare * column.stretch // shares if shares else 0)
        found.append(Placed(column, left, width))
        left += width
    return tuple(found)
