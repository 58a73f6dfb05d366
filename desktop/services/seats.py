"""Use cases about seats: yes, no, and how sure a yes is.

A yes takes a seat that was leased to this laptop, where there is one that still holds by trusted
time: then it is firm, and the customer may be told so at once. Without one it is a question that
the branch answers with the next sync.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from crm.domain.errors import Refused
from crm.domain.instants import parse_instant
from crm.domain.kind import Schema
from crm.domain.seats import LEASE, MOST_LEASED, SLOT, TOKEN, Takes
from desktop.services.clock import TrustedTime
from desktop.services.ports import FreeSlot, Held, Reader, UnitOfWork, UowFactory

WAITS = frozenset({"queued", "sent"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A yes as it was saved. `firm`: confirmed; `until`: sync by then."""

    operation: str
    firm: bool
    until: str | None = None


Sure = Literal["branch", "firm", "late", "asked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Certainty:
    """How sure the state of an invitation is.

    branch: as the branch has it; firm: a yes from a leased seat, to be synced by `until`; late:
    the same, and that time is over; asked: not yet sure.
    """

    sure: Sure
    until: str | None = None


def want_seats(new_uow: UowFactory, activity: str, slots: int) -> None:
    """Ask to hold so many free seats of an activity while away; 0 asks for no more.

    Raises: Refused `seat.too_many`.
    """
    if not 0 <= slots <= MOST_LEASED:
        raise Refused("seat.too_many", limit=MOST_LEASED)
    with new_uow() as uow:
        uow.want_seats(activity, slots)
        uow.commit()


def say_yes(new_uow: UowFactory, schema: Schema, trusted: TrustedTime, invitation: str) -> Answer:
    """Save the yes to an invitation: firm from a leased seat, else a question.

    Raises: Refused `seat.kind`, `seat.confirmed`, `edit.*`; NotFound `record.unknown`.
    """
    with new_uow() as uow:
        held, takes = _invitation(uow, schema, invitation)
        if held.fields.get(takes.state) in takes.after | {takes.confirmed}:
            raise Refused("seat.confirmed")
        slot = _slot(uow, trusted, str(held.fields.get(takes.activity)))
        if slot is None:
            answer = Answer(operation=uow.seat(invitation, takes.asked, {}), firm=False)
        else:
            carried = {LEASE: slot.lease, SLOT: slot.slot, TOKEN: slot.token}
            operation = uow.seat(invitation, takes.confirmed, carried)
            uow.use_slot(slot, operation)
            answer = Answer(operation=operation, firm=True, until=slot.until)
        uow.put_mark(trusted.raised())
        uow.commit()
    return answer


def withdraw(new_uow: UowFactory, schema: Schema, invitation: str) -> str:
    """Save that the customer does not come after all; return the operation's id.

    Raises: Refused `seat.kind`, `edit.*`; NotFound `record.unknown`.
    """
    with new_uow() as uow:
        _, takes = _invitation(uow, schema, invitation)
        operation = uow.seat(invitation, takes.withdrawn, {})
        uow.commit()
    return operation


def certainty(reader: Reader, trusted: TrustedTime, invitation: str) -> Certainty:
    """Tell how sure what an invitation shows is."""
    waiting = [
        line for line in reader.outbox(invitation) if line.verb == "seat" and line.state in WAITS
    ]
    if not waiting:
        return Certainty(sure="branch")
    until = reader.slot_until(waiting[-1].id)
    if until is None:
        return Certainty(sure="asked")
    return Certainty(sure="late" if trusted.expired(parse_instant(until)) else "firm", until=until)


def _invitation(uow: UnitOfWork, schema: Schema, invitation: str) -> tuple[Held, Takes]:
    held = uow.get(invitation)
    kind = schema.get(held.kind)
    if kind is None or kind.takes is None:
        raise Refused("seat.kind")
    return held, kind.takes


def _slot(uow: UnitOfWork, trusted: TrustedTime, activity: str) -> FreeSlot | None:
    holding = (s for s in uow.free_slots(activity) if not trusted.expired(parse_instant(s.until)))
    return next(holding, None)
