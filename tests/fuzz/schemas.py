"""The schema of a newer program: a kind more, a field more."""

from __future__ import annotations

from crm.domain import kinds
from crm.domain.kind import Record, kind, text, whole
from crm.domain.kinds import SCHEMA
from desktop.storage.migrations import MIGRATIONS, adopt_field, adopt_kind


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
    "now": (SCHEMA, MIGRATIONS),
    "newer": (
        SCHEMA.with_kinds(TagWithColour, Gift, Sighting),
        (*MIGRATIONS, adopt_field("tag", "colour"), adopt_kind("gift"), adopt_kind("sighting")),
    ),
}
