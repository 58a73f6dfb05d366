"""The schemas of a run: everybody knows seats; a newer program knows kinds and a field more."""

from __future__ import annotations

from crm.domain import kinds
from crm.domain.kind import Record, kind, text, whole
from desktop.storage.migrations import adopt_field, adopt_kind
from tests.helpers.seat_kinds import SEATED, SEATED_STEPS


@kind("tag", label="Tag", stream="portfolio", parents=("customer",), rank=20)
class TagWithColour(kinds.Tag):
    colour: str | None = text("Colour", 20)


@kind("gift", label="Gift", stream="portfolio", parents=("customer",), rank=20)
class Gift(Record):
    what: str | None = text("What", 60, required=True)
    worth_minor: int | None = whole("Worth")


@kind(
    "sighting",
    label="Sighting",
    stream="portfolio",
    parents=("customer",),
    rank=20,
    append_only=True,
)
class Sighting(Record):
    what: str | None = text("What", 60, required=True)


PROGRAMS = {
    "now": (SEATED, SEATED_STEPS),
    "newer": (
        SEATED.with_kinds(TagWithColour, Gift, Sighting),
        (*SEATED_STEPS, adopt_field("tag", "colour"), adopt_kind("gift"), adopt_kind("sighting")),
    ),
}
