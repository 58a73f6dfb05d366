"""What the server does about seats by itself: leasing, taking back, offering, counting, freezing.

Each act is a transaction of its own under the locks that it needs, the activity's first of all.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection

from crm.domain.errors import UserError
from crm.domain.ids import new_id
from crm.domain.instants import instant_text, parse_instant
from crm.domain.kind import Schema
from crm.domain.seats import GRACE_DAYS, MOST_LEASED, Offers
from server.exchange import ledger, seat_book, tokens
from server.exchange.actors import NOBODY, Actor, Standing
from server.exchange.failpoints import failpoint
from server.exchange.operations import Operation
from server.exchange.seat_book import FREE, OFFERED, OPEN, Book, seat_stream
from server.exchange.seating import Seating
from server.exchange.tokens import Tokens
from server.exchange.workspace import Draft, MoreStreams, Workspace
from server.store import people, streams
from server.store import seats as store
from server.store.database import Collided, Database
from server.store.seats import Lease, Seat

ROUNDS = 20
TIDY_EVERY = timedelta(minutes=1)
SERVER = Actor(NOBODY, f"hand:{NOBODY}", server_hand=True)

log = logging.getLogger("yizhan.server")


@dataclass(frozen=True, slots=True)
class Office:
    """What these acts need: the store, the kinds, the clock, the key."""

    database: Database
    schema: Schema
    now: Callable[[], str]
    tokens: Tokens | None

    def act(self, first: Iterable[str], work: Callable[[Draft], None]) -> frozenset[str]:
        """Run `work` on a draft, under the locks that it asks for, and write what it did.

        Returns the activities whose seats it changed. Raises: UserError `server.busy`.
        """
        wanted = frozenset(first)
        for _ in range(ROUNDS):
            try:
                with self.database.writing() as connection:
                    changed = self._act(connection, wanted, work)
                    failpoint("seats.before_commit")
                failpoint("seats.committed")
                return changed
            except MoreStreams as more:
                wanted |= more.streams
            except Collided:  # another writer was first: read everything again
                continue
        raise UserError("server.busy")

    def _act(
        self, connection: Connection, locked: frozenset[str], work: Callable[[Draft], None]
    ) -> frozenset[str]:
        at = self.now()
        totals = streams.lock(self.database, connection, locked)
        workspace = Workspace(
            self.database, connection, self.schema, locked, at=at, tokens=self.tokens
        )
        draft = workspace.draft()
        work(draft)
        draft.keep()
        ledger.flush(workspace, totals, SERVER, at)
        changed = seat_book.save_all(self.database, connection, workspace.books.values(), at)
        streams.save(self.database, connection, totals.values())
        return changed


def _cause(activity: str, at: str) -> Operation:
    """Return what stands in revisions for an act that nobody asked for."""
    return Operation(
        id=new_id(),
        number=0,
        group=new_id(),
        author=NOBODY,
        at=at,
        verb="seat",
        record=activity,
        kind="",
        root=activity,
    )


def _later(at: str, days: int) -> str:
    return instant_text(parse_instant(at) + timedelta(days=days))


# --- leasing ---------------------------------------------------------------------------------


def lease(
    office: Office, actor: Actor, wanted: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return the open leases of this incarnation for the activities named, new ones included.

    `wanted`: {activity, slots: how many free ones it wants to hold}. The same question gets the
    same lease; only what is missing is leased anew.
    """
    if office.tokens is None:
        return []
    found: list[Lease] = []
    for wish in wanted:
        found += _leases(office, actor, str(wish["activity"]), min(wish["slots"], MOST_LEASED))
    return [_wire(office.tokens, one) for one in found]


def _leases(office: Office, actor: Actor, activity: str, slots: int) -> list[Lease]:
    held: list[Lease] = []
    if not _has_seats(office, activity):  # nothing is locked, and no lock made, for what is none
        return held

    def work(draft: Draft) -> None:
        held.clear()
        book, seating = draft.book(activity), Seating(draft, actor.person)
        offered, record = seating.offers(activity), draft.find(activity)
        if offered is None or record is None or draft.workspace.frozen:  # `freeze`
            return
        if actor.standing(record.stream) not in (Standing.WRITE, Standing.READ):
            return
        mine = _open_leases(book, actor, draft.workspace.at)
        if not book.waiting():  # who waits goes first
            mine = [_extended(book, one, offered[0], draft.workspace.at) for one in mine]
            missing = slots - sum(len(one.free) for one in mine)
            mine += _new_lease(book, actor, offered[0], min(missing, seating.room(book)), draft)
        held.extend(mine)

    office.act([seat_stream(activity)], work)
    return held


def _has_seats(office: Office, activity: str) -> bool:
    with office.database.snapshot() as connection:
        workspace = Workspace(office.database, connection, office.schema, frozenset())
        return Seating(workspace.draft(), NOBODY).offers(activity) is not None


def _open_leases(book: Book, actor: Actor, at: str) -> list[Lease]:
    return [
        one
        for one in book.leases.values()
        if one.incarnation == actor.incarnation and one.state == OPEN and one.until > at
    ]


def _extended(book: Book, lease: Lease, terms: Offers, at: str) -> Lease:
    """Let a lease of which less than half is left begin anew: its laptop is here and wants it."""
    left = parse_instant(lease.until) - parse_instant(at)
    if left >= timedelta(days=terms.lease_days) / 2:
        return lease
    return book.extend(lease, _later(at, terms.lease_days))


def _new_lease(book: Book, actor: Actor, terms: Offers, count: int, draft: Draft) -> list[Lease]:
    if count <= 0:
        return []
    made = Lease(
        id=new_id(),
        activity=book.activity,
        incarnation=actor.incarnation,
        person=actor.person,
        slots={str(slot): FREE for slot in range(1, count + 1)},
        until=_later(draft.workspace.at, terms.lease_days),
    )
    book.open_lease(made)
    return [made]


def _wire(signer: Tokens, one: Lease) -> dict[str, Any]:
    said = {
        "lease": one.id,
        "activity": one.activity,
        "incarnation": one.incarnation,
        "person": one.person,
        "slots": sorted(one.slots, key=int),
        "until": one.until,
    }
    return {
        "id": one.id,
        "activity": one.activity,
        "slots": sorted(one.free, key=int),
        "until": one.until,
        "token": signer.sign(tokens.LEASE, said),
    }


def confirmations(
    connection: Connection, signer: Tokens | None, operations: Iterable[str]
) -> dict[str, str]:
    """Return {operation: signed confirmation} of the yeses that have a seat by now."""
    asked = list(operations)
    if signer is None or not asked:
        return {}
    return {
        str(seat.operation): _confirmation(signer, seat)
        for seat in store.confirmed_by(connection, asked)
    }


def _confirmation(signer: Tokens, seat: Seat) -> str:
    said = {"activity": seat.activity, "record": seat.record, "operation": seat.operation}
    return signer.sign(tokens.CONFIRMATION, said)


# --- taking back, offering -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tidied:
    """What came due: slots taken back, offers that ran out, activities looked at."""

    reclaimed: int = 0
    expired: int = 0
    activities: int = 0


def tidy(office: Office) -> Tidied:
    """Take back what has run out, by recorded events (`reclaim`), and offer what is free."""
    at = office.now()
    lifted = _lift(office, at)
    with office.database.snapshot() as connection:
        due = store.due(connection, _later(at, -GRACE_DAYS), at)
        due += [one for one in store.with_waiting(connection) if lifted and one not in due]
    reclaimed = expired = 0
    for activity in due:
        found = _tidy(office, activity)
        reclaimed, expired = reclaimed + found.reclaimed, expired + found.expired
    count(office, due)
    return Tidied(reclaimed, expired, len(due))


def _tidy(office: Office, activity: str) -> Tidied:
    done: list[Tidied] = []

    def work(draft: Draft) -> None:
        at, book = draft.workspace.at, draft.book(activity)
        cause, seating = _cause(activity, at), Seating(draft, NOBODY)
        ended = _later(at, -GRACE_DAYS)
        over = [one for one in book.leases.values() if one.state == OPEN and one.until < ended]
        reclaimed = sum(book.reclaim(one) for one in over)
        offers = [
            seat
            for seat in book.seats.values()
            if seat.state == OFFERED and (seat.until or "") < at
        ]
        for seat in offers:
            seating.expire(cause, book, seat.record)
        seating.fill(activity, cause)
        done[:] = [Tidied(reclaimed, len(offers))]

    office.act([seat_stream(activity)], work)
    return done[0]


class Keeper:
    """Tidies now and then, when somebody asks the server something; one at a time."""

    def __init__(self, office: Office, every: timedelta = TIDY_EVERY) -> None:
        self._office = office
        self._every = every
        self._last: datetime | None = None
        self._lock = threading.Lock()

    def look(self) -> None:
        """Tidy if it is time to; what cannot be had just now is left to the next who asks."""
        now = parse_instant(self._office.now())
        if self._last is not None and abs(now - self._last) < self._every:
            return
        if not self._lock.acquire(blocking=False):
            return  # somebody else is at it
        try:
            tidy(self._office)
            self._last = now
        except UserError as error:
            log.warning("tidying waits: %s", error.code)
        finally:
            self._lock.release()


# --- live counters ---------------------------------------------------------------------------


def count(office: Office, activities: Iterable[str]) -> None:
    """Write the live counters of activities, each by a short transaction of its own.

    Inside a push they would lock the branch for every seat. They are told late rather than not at
    all: where the store is busy now, the next seat or `tidy` writes them.
    """
    for activity in sorted(activities):
        try:
            _count(office, activity)
        except UserError as error:
            log.warning("counters of an activity wait: %s", error.code)


def _count(office: Office, activity: str) -> None:
    def work(draft: Draft) -> None:
        record = draft.find(activity)
        offered = Seating(draft, NOBODY).offers(activity)
        if record is None or offered is None:
            return
        draft.need(record.stream)  # counted under the lock: the last who writes has seen all
        taken, waiting = store.counts(draft.workspace.connection, activity)
        told = {offered[0].taken: taken, offered[0].waiting: waiting}
        changes = {n: (record.fields.get(n), v) for n, v in told.items() if n is not None}
        changes = {n: pair for n, pair in changes.items() if pair[0] != pair[1]}
        if changes:
            cause, copy = _cause(activity, draft.workspace.at), draft.change(record)
            copy.fields = {**copy.fields, **{n: new for n, (_, new) in changes.items()}}
            draft.revise(copy, cause.id, "edit", cause.at, changes, own_act=True)

    office.act([], work)


# --- the freeze after a restore --------------------------------------------------------------


def freeze(database: Database, connection: Connection, schema: Schema, at: str) -> str:
    """Begin the freeze of a new epoch, in the transaction that begins the epoch; return its end.

    `freeze`: until every device has synced, or the longest lease and its grace have run out.
    """
    longest = max((kind.offers.lease_days for kind in schema.kinds if kind.offers), default=0)
    until = _later(at, longest + GRACE_DAYS)
    store.set_frozen(connection, until)
    return until


def heard(office: Office, incarnation: str, said: Mapping[str, Any]) -> None:
    """Note a device that has brought everything in this epoch; with the last one the freeze ends.

    `said`: its hello. What it says before it has learnt of the epoch counts for nothing.
    """
    if said["unsent"]:
        return
    with office.database.snapshot() as connection:
        if store.frozen_until(connection) is None:
            return
    with office.database.writing() as connection:
        people.state(connection, lock=True)  # a restore that begins meanwhile freezes anew
        epoch = store.epoch(connection)
        if said["epoch"] != epoch:
            return
        noted = store.note_synced(office.database, connection, incarnation, epoch)
        over = noted and store.all_synced(connection, epoch)
        if over:
            store.set_frozen(connection, None)
    if over:
        _offer_all(office)


def _lift(office: Office, at: str) -> bool:
    """End a freeze whose time is over; tell whether it did."""
    with office.database.snapshot() as connection:
        until = store.frozen_until(connection)
    if until is None or parse_instant(at) < parse_instant(until):
        return False
    with office.database.writing() as connection:
        people.state(connection, lock=True)
        if store.frozen_until(connection) == until:  # no other restore meanwhile
            store.set_frozen(connection, None)
    return True


def _offer_all(office: Office) -> None:
    with office.database.snapshot() as connection:
        activities = store.with_waiting(connection)
    for activity in activities:
        _tidy(office, activity)
    count(office, activities)
