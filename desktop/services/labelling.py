"""Who gets a label, and the words on it. Printing itself is behind a port."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from crm.domain.names import salutation
from desktop.services.ports import Held


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelWords:
    """The words of one label; `ref` is the customer's id, never printed."""

    name: str
    honorific: str
    address: str
    postcode: str
    ref: str


def label_words(customers: Iterable[Held], language: str) -> list[LabelWords]:
    """Return the words for each customer, in the order given."""
    return [_words(held, language) for held in customers]


def _words(held: Held, language: str) -> LabelWords:
    def text(name: str) -> str:
        return str(held.fields.get(name) or "")

    gender = text("gender") or None
    return LabelWords(
        name=text("name"),
        honorific=text("honorific") or salutation(text("name"), gender, language),
        address=text("address"),
        postcode=text("postcode"),
        ref=held.id,
    )
