"""What a customer's row says, in words. Pure; phone numbers come out masked, always."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache

from crm.domain.kinds import SCHEMA
from crm.domain.labels import choice_label
from crm.domain.masking import mask
from desktop.services.list_values import CustomerRow
from desktop.views.language import formats, places
from desktop.views.language.translating import translate


@dataclass(frozen=True, slots=True)
class Telling:
    """What words depend on beside the customer."""

    today: date
    language: str


def short_place(row: CustomerRow) -> str:
    """Return the address from the town on, or the village, or nothing."""
    return places.short_place(row.address) if row.address else row.village or ""


_FIELDS = SCHEMA["customer"].by_name


@cache
def choice(field: str, value: str | None, language: str) -> str:
    """Return a choice of the customer's in words; nothing for none."""
    return choice_label(_FIELDS[field], value, language) if value else ""


def phone(row: CustomerRow) -> str:
    return mask(_FIELDS["phone"], row.phone) if row.phone else ""


def balance(row: CustomerRow, telling: Telling) -> str:
    minor = row.balance_minor
    return "" if minor is None else formats.amount_short(minor, telling.language)


def last_visit(row: CustomerRow, telling: Telling) -> str:
    if row.last_visit is None:
        return translate("Customers", "not visited yet")
    return formats.ago(row.last_visit, telling.today, telling.language)


def marks(row: CustomerRow) -> tuple[str, ...]:
    """Return the sync marks that a row wears."""
    worn = {"waiting": row.waiting, "to_settle": row.to_settle, "refused": row.refused}
    return tuple(name for name, on in worn.items() if on)


def mark_word(mark: str) -> str:
    return _MARK_WORDS[mark]()


_MARK_WORDS: dict[str, Callable[[], str]] = {
    "waiting": lambda: translate("Customers", "edits waiting"),
    "to_settle": lambda: translate("Customers", "to settle"),
    "refused": lambda: translate("Customers", "refused"),
}


def spoken(row: CustomerRow | None, telling: Telling) -> str:
    """Return a row as a screen reader says it, with its state in words."""
    if row is None:
        return translate("Customers", "Reading…")
    visit = translate("Customers", "last visit {when}").format(when=last_visit(row, telling))
    parts = (
        row.name,
        choice("tier", row.tier, telling.language),
        *map(mark_word, marks(row)),
        balance(row, telling),
        short_place(row),
        visit if row.last_visit else last_visit(row, telling),
    )
    between = "，" if telling.language == "zh" else ", "
    return between.join(part for part in parts if part)
