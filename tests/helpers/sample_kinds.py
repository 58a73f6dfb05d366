"""Two kinds that no program of the house has: one append-only, one a child of a child.

They stand for the kinds of parts to come: whatever holds for them needs no sync code. Grown by
two schema versions, they also stand for what an older laptop does not know yet.
"""

from __future__ import annotations

from crm.domain.kind import Record, Schema, kind, text, whole, words
from crm.domain.kinds import SCHEMA, Visit
from desktop.storage.migrations import MIGRATIONS, adopt_field, adopt_kind


@kind(
    "sample",
    label="Sample",
    stream="portfolio",
    parents=("customer",),
    rank=20,
    append_only=True,
)
class Sample(Record):
    said: str | None = text("Said", 200, required=True)
    weight: int | None = whole("Weight")


@kind("sample_part", label="Part of a visit", stream="portfolio", parents=("visit",), rank=30)
class SamplePart(Record):
    name: str | None = text("Name", 60, required=True)
    marks: list[str] | None = words("Marks", 20)


@kind("visit", label="Visit", stream="portfolio", parents=("customer",), rank=20)
class VisitWithMood(Visit):
    mood: str | None = text("Mood", 20)


def grown(version: int) -> Schema:
    """Return the schema of a program `version - SCHEMA.version` releases ahead of ours."""
    ahead = version - SCHEMA.version
    more = (Sample, SamplePart)[: max(0, ahead)] + (VisitWithMood,) * (ahead > 2)
    return Schema(SCHEMA.with_kinds(*more).kinds, version)


SAMPLED = SCHEMA.with_kinds(Sample, SamplePart)
SAMPLED_STEPS = (*MIGRATIONS, adopt_kind("sample"), adopt_kind("sample_part"))


def grown_steps(version: int):
    """Return the replica's steps of the same program."""
    ahead = version - SCHEMA.version
    more = [adopt_kind("sample"), adopt_kind("sample_part"), adopt_field("visit", "mood")]
    return (*MIGRATIONS, *more[: max(0, ahead)])
