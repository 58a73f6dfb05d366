"""The verb `seat`: a yes that takes a seat, a no that gives it back.

Operations on seats are commands: their arrival decides, never a clock and never the base that
their author saw. A yes names the slot that it was given from; its seat outlives whatever becomes
of the invitation (`by-root`), because the customer was told that it is sure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from crm.domain.errors import Refused
from crm.domain.instants import instant_text, parse_instant
from crm.domain.seats import LEASE, PROOF, SLOT, TOKEN, Offers, Takes
from server.exchange import tokens
from server.exchange.operations import Operation, Result
from server.exchange.seat_book import CONFIRMED, FREE, OFFERED, RETURNED, WAITING, Book
from server.exchange.workspace import Draft
from server.store import seats as store
from server.store.records import StoredRecord
from server.store.seats import Lease

WAITLISTED, ELSEWHERE, HAS_ONE = "seat.waitlisted", "seat.other_place", "seat.had_one"


@dataclass(frozen=True, slots=True)
class Claim:
    """What a yes can show: a free slot, one that only its token tells of, a confirmation; or a
    name of a slot that is worth nothing any more."""

    what: str  # slot, token, proof, spent, none
    lease: str | None = None
    slot: str | None = None

    @property
    def proven(self) -> bool:
        return self.what in ("slot", "token", "proof")


NO_CLAIM = Claim("none")


class Seating:
    """Seats as one draft sees and changes them. `person` is who asks."""

    def __init__(self, draft: Draft, person: str) -> None:
        self.draft = draft
        self.person = person

    # what is offered

    def offers(self, activity: str) -> tuple[Offers, int] | None:
        """Return the terms and the capacity of an activity; None unless it lives and has seats."""
        record = self.draft.find(activity)
        kind = self.draft.schema.get(record.kind) if record else None
        if record is None or record.dead or kind is None or kind.offers is None:
            return None
        capacity = record.fields.get(kind.offers.capacity)
        return kind.offers, capacity if isinstance(capacity, int) else 0

    def room(self, book: Book) -> int:
        """Return how many places nobody holds (`capacity`)."""
        offered = self.offers(book.activity)
        return offered[1] - book.taken if offered else 0

    def fill(self, activity: str, cause: Operation) -> None:
        """Offer free places to those who wait, the head first; not while frozen."""
        book, offered = self.draft.book(activity), self.offers(activity)
        if offered is None or self.draft.workspace.frozen:
            return
        until = self._after(offered[0].offer_days)
        for seat in book.waiting():
            if self.room(book) <= 0:
                return
            record, takes = self._invitation(seat.record)
            if record is None or takes is None or record.dead:
                book.release(seat.record)  # nobody is there who could be asked
                continue
            book.offer(seat.record, until)
            self.mark(cause, record, takes, takes.offered, own_act=True)

    def expire(self, cause: Operation, book: Book, record_id: str) -> None:
        """Take an offer back that nobody answered in its time."""
        book.release(record_id, "expired")
        record, takes = self._invitation(record_id)
        if record is not None and takes is not None and not record.dead:
            self.mark(cause, record, takes, takes.expired, own_act=True)

    def _after(self, days: int) -> str:
        return instant_text(parse_instant(self.draft.workspace.at) + timedelta(days=days))

    def _invitation(self, record_id: str) -> tuple[StoredRecord | None, Takes | None]:
        record = self.draft.find(record_id)
        kind = self.draft.schema.get(record.kind) if record else None
        return record, kind.takes if kind else None

    def mark(
        self,
        cause: Operation,
        record: StoredRecord,
        takes: Takes,
        state: str,
        *,
        own_act: bool = False,
    ) -> StoredRecord:
        """Let an invitation say where it stands; `own_act`: not by its author's will."""
        before = record.fields.get(takes.state)
        if before == state or (state == takes.confirmed and before in takes.after):
            return record
        copy = self.draft.change(record)
        copy.fields = {**copy.fields, takes.state: state}
        self.draft.revise(
            copy, cause.id, "seat", cause.at, {takes.state: (before, state)}, own_act=own_act
        )
        return copy

    # what is asked

    def claim(self, op: Operation, activity: str, book: Book) -> Claim:
        """Return what a yes can show for itself (`slot-once`, `token`)."""
        signed = self.draft.workspace.tokens
        proof = signed.read(tokens.CONFIRMATION, _brought(op, PROOF)) if signed else None
        if proof is not None and _tells(proof, activity=activity, record=op.record):
            if book.state_of(op.record) == CONFIRMED:
                return NO_CLAIM
            slot = self._slot(op, activity, book)
            return slot if slot.proven else Claim("proof")
        return self._slot(op, activity, book)

    def _slot(self, op: Operation, activity: str, book: Book) -> Claim:
        lease, slot = _brought(op, LEASE), _brought(op, SLOT)
        if not isinstance(lease, str) or not isinstance(slot, str):
            return NO_CLAIM
        held = book.leases.get(lease)
        if held is not None and slot in held.slots:
            mine = held.person == self.person and held.slots[slot] == FREE
            return Claim("slot" if mine else "spent", lease, slot)
        signed = self.draft.workspace.tokens
        said = signed.read(tokens.LEASE, _brought(op, TOKEN)) if signed else None
        if said is None or not _tells(said, activity=activity, lease=lease, person=self.person):
            return Claim("spent")
        return Claim("token" if slot in said["slots"] else "spent", lease, slot)

    def yes(self, op: Operation, activity: str) -> str | None:
        """Take a seat for an invitation, or a place in the queue; return the reason to be told."""
        book = self.draft.book(activity)
        claim = self.claim(op, activity, book)
        had = book.state_of(op.record)
        if had == CONFIRMED:
            self._give_back(book, claim, op)
            return HAS_ONE if claim.what == "slot" else None
        if self._may_sit(book, claim, had):
            self._seat(book, claim, op)
            if had == OFFERED:  # the place that was kept is free where a slot was brought
                self.fill(activity, op)
            return ELSEWHERE if claim.what == "spent" else None
        book.wait(op.record, ahead=claim.what != "none" or had == OFFERED)
        return WAITLISTED

    def _may_sit(self, book: Book, claim: Claim, had: str | None) -> bool:
        if claim.what == "slot":
            return True  # the place is the slot's already
        room = self.room(book) + (had == OFFERED)
        if claim.proven:
            return room > 0
        if self.draft.workspace.frozen:  # `freeze`
            return False
        return had == OFFERED or (room > 0 and (claim.what == "spent" or not book.waiting()))

    def _seat(self, book: Book, claim: Claim, op: Operation) -> None:
        if claim.what == "token" and claim.lease is not None and claim.lease not in book.leases:
            book.revive_lease(self._lease_of(op, claim.lease))
        named = claim.what in ("slot", "token")
        lease, slot = (claim.lease, claim.slot) if named else (None, None)
        book.confirm(op.record, op.id, lease, slot)

    def _lease_of(self, op: Operation, lease: str) -> Lease:
        signed = self.draft.workspace.tokens
        said = signed.read(tokens.LEASE, _brought(op, TOKEN)) if signed else None
        if said is None:
            raise RuntimeError("a claim by token has its token")
        return Lease(
            id=lease,
            activity=said["activity"],
            incarnation=said["incarnation"],
            person=said["person"],
            slots={},
            until=said["until"],
        )

    def _give_back(self, book: Book, claim: Claim, op: Operation) -> None:
        """A slot for one who sits already: its laptop will never use it again."""
        if claim.what == "slot" and claim.lease and claim.slot:
            book.spend(claim.lease, claim.slot, RETURNED)
            self.fill(book.activity, op)

    def outlive(self, op: Operation, takes: Takes, record: StoredRecord | None) -> None:
        """The invitation ended elsewhere; a seat that can be shown is kept all the same."""
        activity = record.fields.get(takes.activity) if record else None
        if activity is None:
            activity = self._activity_of(op)
        if not isinstance(activity, str) or self.offers(activity) is None:
            return
        book = self.draft.book(activity)
        if not self.claim(op, activity, book).proven:
            return
        self.yes(op, activity)
        if record is not None and not record.dead:
            state = _state_for(takes, book.state_of(op.record))
            self.mark(op, record, takes, state, own_act=True)

    def _activity_of(self, op: Operation) -> object:
        """Return the activity that a lease, its token or a confirmation speaks of."""
        lease, signed = _brought(op, LEASE), self.draft.workspace.tokens
        if isinstance(lease, str):
            known = store.activity_of_lease(self.draft.workspace.connection, lease)
            if known is not None:
                return known
        told = ((tokens.LEASE, TOKEN), (tokens.CONFIRMATION, PROOF))
        said = (signed.read(what, _brought(op, name)) for what, name in told if signed)
        return next((each["activity"] for each in said if each), None)

    # what an ordinary edit does to seats

    def gave_up(self, op: Operation, record: StoredRecord, takes: Takes, state: object) -> None:
        """An edit or a death has moved an invitation on: what it held is free again."""
        activity = self.draft.seated(record.id)
        if activity is None:
            if state == takes.confirmed:
                raise Refused("seat.verb")
            return
        book = self.draft.book(activity)
        sits = book.state_of(record.id) == CONFIRMED
        if state == takes.confirmed and not sits:
            raise Refused("seat.verb")
        if sits and (state == takes.confirmed or state in takes.after):
            return
        if book.release(record.id):
            self.fill(activity, op)

    def resized(self, op: Operation, activity: str) -> None:
        """The capacity has changed: never below what is taken; what is more is offered.

        Raises: Refused `seat.capacity`.
        """
        if self.room(self.draft.book(activity)) < 0:
            raise Refused("seat.capacity")
        self.fill(activity, op)


def follow(
    draft: Draft, op: Operation, record: StoredRecord, changes: Mapping[str, tuple[Any, Any]]
) -> None:
    """See to the seats that an ordinary change of a record touches: `record` as it is now.

    Raises: Refused `seat.capacity`, `seat.activity`, `seat.verb`; MoreStreams.
    """
    kind = draft.schema.get(record.kind)
    if kind is None or kind.seats is None:
        return
    seating = Seating(draft, "")
    if kind.takes is not None:
        if kind.takes.activity in changes and not record.dead and draft.seated(record.id):
            raise Refused("seat.activity")
        if record.dead or kind.takes.state in changes:
            seating.gave_up(op, record, kind.takes, record.fields.get(kind.takes.state))
    elif kind.offers is not None and kind.offers.capacity in changes and not record.dead:
        seating.resized(op, record.id)


@dataclass(frozen=True, slots=True)
class Endings:
    """The judge's ways to end an operation that meets no living record of the author's own."""

    unknown: Callable[[Operation, str], Result]
    stopped: Callable[[Operation, StoredRecord, str], Result | None]
    against_dead: Callable[[Operation, StoredRecord], Result]


def settle(draft: Draft, person: str, op: Operation, endings: Endings) -> Result:
    """Settle one `seat` operation of a person. Raises: Refused, MoreStreams."""
    kind = draft.schema.get(op.kind)
    takes = kind.takes if kind else None
    if kind is None or takes is None:
        raise Refused("operation.verb")
    says, seating = _answer(takes, op), Seating(draft, person)
    kind.check({takes.state: says}, whole_record=False)
    record = draft.find(op.record)
    if record is not None and record.kind != op.kind:
        raise Refused("operation.verb")
    ended = _ended(seating, op, takes, record, endings)
    if ended is not None:
        if says in takes.yes and ended.outcome != "later":
            seating.outlive(op, takes, record)
        return ended
    if record is None:
        raise RuntimeError("what is not there has ended")
    if says in takes.yes:
        return _say_yes(seating, op, takes, record, endings)
    seating.gave_up(op, record, takes, says)
    after = seating.mark(op, draft.find(op.record) or record, takes, says)
    return _result(record.version, after, None)


def keep(draft: Draft, person: str, op: Operation) -> None:
    """Keep the seat of a yes that goes aside unread; nothing for any other operation."""
    kind = draft.schema.get(op.kind)
    takes = kind.takes if kind else None
    if op.verb != "seat" or takes is None or op.sealed is not None:
        return
    record = draft.find(op.record)
    if record is not None and record.kind != op.kind:
        raise Refused("operation.verb")
    if _answer(takes, op) in takes.yes:
        Seating(draft, person).outlive(op, takes, record)


def _ended(
    seating: Seating, op: Operation, takes: Takes, record: StoredRecord | None, endings: Endings
) -> Result | None:
    """Return what became of an operation on an invitation that is gone, moved away or unknown.

    What is told there of it is the plain change of its state: tokens are nobody's to read.
    """
    plain = replace(op, verb="edit", fields={takes.state: op.fields[takes.state]})
    if record is None:
        return endings.unknown(plain, op.record)
    if stopped := endings.stopped(plain, record, record.stream):
        return stopped
    if not record.dead:
        return None
    if _answer(takes, op) in takes.yes:
        return endings.against_dead(plain, record)
    seating.gave_up(op, record, takes, takes.withdrawn)
    return Result(outcome="nothing", version=record.version)


def _say_yes(
    seating: Seating, op: Operation, takes: Takes, record: StoredRecord, endings: Endings
) -> Result:
    draft, activity = seating.draft, str(record.fields.get(takes.activity))
    if draft.find(activity) is None:
        return endings.unknown(replace(op, verb="edit", fields={}), activity)
    if seating.offers(activity) is None:
        raise Refused("seat.activity")
    reason = seating.yes(op, activity)
    state = _state_for(takes, draft.book(activity).state_of(op.record))
    after = seating.mark(op, draft.find(op.record) or record, takes, state)
    return _result(record.version, after, reason)


def _result(before: int, record: StoredRecord, reason: str | None) -> Result:
    outcome = "applied" if record.version > before else "nothing"
    return Result(outcome=outcome, version=record.version, reason=reason)


def _state_for(takes: Takes, seat: str | None) -> str:
    states = {CONFIRMED: takes.confirmed, WAITING: takes.waitlisted, OFFERED: takes.offered}
    return states[seat or WAITING]


def _answer(takes: Takes, op: Operation) -> str:
    """Return the new state that an operation asks for. Raises: Refused `seat.answer`."""
    says = op.fields.get(takes.state, (None, None))[1]
    wrong = takes.governed - {takes.confirmed} | takes.after
    if not isinstance(says, str) or says in wrong:
        raise Refused("seat.answer")
    return says


def _brought(op: Operation, name: str) -> Any:
    return op.fields.get(name, (None, None))[1]


def _tells(said: Mapping[str, Any], **expected: str) -> bool:
    return all(said.get(name) == value for name, value in expected.items())
