"""What the import says of its columns, keys and fields. Texts only; decides nothing."""

from __future__ import annotations

from collections.abc import Mapping

from crm.domain.labels import field_label
from desktop.services.customers import CUSTOMER
from desktop.services.mapping import Column, Why
from desktop.views.language.translating import counted, current_language, translate

AT_MOST_ROWS, AT_MOST_MB = "200,000", "64 MB"


def field_name(field: str) -> str:
    return field_label(CUSTOMER, field, current_language())


def listed(words: tuple[str, ...]) -> str:
    return ("、" if current_language() == "zh" else ", ").join(words)


def dotted(*words: str) -> str:
    return ("·" if current_language() == "zh" else " · ").join(word for word in words if word)


def why(column: Column) -> str:
    """Return why a column goes where it goes."""
    if column.why is Why.PERSON and not column.target:
        return translate("IntakeWhy", "You left it out")
    return {
        Why.PERSON: translate("IntakeWhy", "You chose this"),
        Why.EXACT: translate("IntakeWhy", "Same heading"),
        Why.SYNONYM: translate("IntakeWhy", "Same meaning"),
        Why.NEAR: translate("IntakeWhy", "Similar heading"),
        Why.CONTENT: translate("IntakeWhy", "Guessed by values"),
        Why.UNFIT: translate("IntakeWhy", "Most values do not fit"),
        Why.REASONS: translate("IntakeWhy", "Notes on problems, not data"),
        Why.EMPTY: translate("IntakeWhy", "Nothing in it"),
        Why.UNKNOWN: translate("IntakeWhy", "Heading not known"),
    }[column.why]


def recognition(known_by: Mapping[str, int]) -> tuple[tuple[str, str, bool], ...]:
    """Return what rows can be recognised by: (what, how many, is it doubtful); no rows, no line."""
    titles = {
        "identity": translate("IntakeKeys", "Identity number"),
        "name_phone": translate("IntakeKeys", "Name and phone"),
        "beside": translate("IntakeKeys", "Name with birth date, village or address"),
        "nothing": translate("IntakeKeys", "Name alone: cannot be told apart"),
    }
    return tuple(
        (title, rows_text(known_by[key]), key == "nothing")
        for key, title in titles.items()
        if known_by.get(key)
    )


def rows_text(number: int) -> str:
    return counted(number, translate("IntakeKeys", "{n} row"), translate("IntakeKeys", "{n} rows"))


def columns_text(number: int) -> str:
    return counted(
        number, translate("IntakeKeys", "{n} column"), translate("IntakeKeys", "{n} columns")
    )
