"""Judges one customer's row: where each term fits it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import orjson

from desktop.storage.search.terms import Place, Term
from desktop.storage.search.texts import dialled, fold, readings

Found = tuple[Place, str]  # where, and the field's name

# The columns of a row, as Candidate takes them. `c` is the customer.
COLUMNS = """
    c.n, c.id, c.name, c.village, c._aside, c.phone, c.address, c.id_number,
    (SELECT json_group_array(json_array(p.type, p.value)) FROM contact_point p WHERE p.root = c.id
       AND p.type IN ('mobile', 'home_phone', 'work_phone', 'address'))
"""


class Candidate(NamedTuple):
    """A customer whom the index proposes. Texts are folded when a term asks for them."""

    n: int
    id: str
    name: str | None
    village: str | None
    aside: str | None
    phone: str | None
    address: str | None
    id_number: str | None
    contacts: str  # JSON: [[type, value], …]

    def readings(self) -> list[tuple[str, str]]:
        """Return (full pinyin, initials) of each way to read the name."""
        return readings(_key(self.name) if self.aside is None else self.aside)

    def phones(self) -> list[str]:
        more = [dialled(value) for kind, value in self._more() if kind != "address"]
        return [dialled(self.phone), *more]

    def addresses(self) -> list[str]:
        more = [fold(value) for kind, value in self._more() if kind == "address"]
        return [fold(self.address), *more]

    def _more(self) -> list[tuple[str, str]]:
        """Return (type, value) of the customer's other phones and addresses."""
        return [] if self.contacts == "[]" else orjson.loads(self.contacts)

    def place_of(self, term: Term) -> Found | None:
        """Return the place where `term` fits, the best field first; None where it does not."""
        return next(self._places(term), None)

    def _places(self, term: Term) -> Iterator[Found]:
        text = term.text
        yield from self._in_name(text)
        if term.is_spelling:
            yield from self._in_spelling(text)
        if term.is_digits and len(text) > 1:
            yield from self._in_phone(text)
        if term.is_id_tail and fold(self.id_number).endswith(text):
            yield Place.TAIL, "id_number"
        if len(text) > 1:
            yield from self._in_village(text)
        if len(text) > 2 and any(text in address for address in self.addresses()):
            yield Place.ADDRESS, "address"

    def _in_name(self, text: str) -> Iterator[Found]:
        name = fold(self.name)
        if name == text:
            yield Place.NAME, "name"
        elif name.startswith(text):
            yield Place.NAME_START, "name"
        elif text in name:
            yield Place.NAME_PART, "name"

    def _in_spelling(self, text: str) -> Iterator[Found]:
        places = [place for reading in self.readings() for place in _spelt(text, *reading)]
        yield from sorted(places)[:1]

    def _in_phone(self, digits: str) -> Iterator[Found]:
        phones = self.phones()
        if any(phone.endswith(digits) for phone in phones):
            yield Place.TAIL, "phone"
        elif len(digits) > 2 and any(digits in phone for phone in phones):
            yield Place.PHONE_PART, "phone"

    def _in_village(self, text: str) -> Iterator[Found]:
        village = fold(self.village)
        if village.startswith(text) or (len(text) > 2 and text in village):
            yield Place.VILLAGE, "village"


def _spelt(text: str, full: str, initials: str) -> Iterator[Found]:
    for field, spelt in (("initials", initials), ("pinyin", full)):
        if spelt == text:
            yield Place.SPELLING, field
        elif spelt.startswith(text):
            yield Place.SPELLING_START, field
        elif len(text) > 2 and text in spelt:
            yield Place.SPELLING_PART, field
    if len(text) == 2 and initials.endswith(text):
        yield Place.SPELLING_PART, "initials"


def _key(name: str | None) -> str:
    from crm.records.pinyin import search_key  # its tables load slowly; most keys came along

    return search_key(name or "")
