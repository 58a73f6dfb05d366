"""Two kinds that stand for clubs and activities to come: one that has seats, one that takes one."""

from __future__ import annotations

from crm.domain.kind import Record, choice, kind, reference, text, whole
from crm.domain.kinds import SCHEMA
from crm.domain.seats import Offers, Takes
from desktop.storage.migrations import MIGRATIONS, adopt_kind

STATES = (
    "selected",
    "sent",
    "accepted",
    "declined",
    "confirmed",
    "waitlisted",
    "offered",
    "expired",
    "withdrawn",
    "attended",
    "no_show",
)


@kind(
    "activity",
    label="Activity",
    stream="branch",
    rank=10,
    seats=Offers(capacity="capacity", taken="taken", waiting="waiting"),
)
class Activity(Record):
    name: str | None = text("Name", 60, required=True)
    capacity: int | None = whole("Seats", required=True)
    taken: int | None = whole("Seats taken")
    waiting: int | None = whole("Waiting")


@kind(
    "invitation",
    label="Invitation",
    stream="portfolio",
    parents=("customer",),
    rank=25,
    seats=Takes(
        activity="activity",
        state="state",
        asked="accepted",
        confirmed="confirmed",
        waitlisted="waitlisted",
        offered="offered",
        expired="expired",
        withdrawn="withdrawn",
        after=frozenset({"attended", "no_show"}),
    ),
)
class Invitation(Record):
    activity: str | None = reference("Activity", required=True)
    state: str | None = choice("State", STATES, required=True)
    note: str | None = text("Note", 200)


SEAT_KINDS = (Activity, Invitation)
SEATED = SCHEMA.with_kinds(*SEAT_KINDS)
SEATED_STEPS = (*MIGRATIONS, adopt_kind("activity"), adopt_kind("invitation"))
