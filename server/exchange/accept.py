"""Accepting a page of operations: numbers, locks, receipts, one commit.

lock the incarnation → set known operations aside → demand done+1 … →
find streams → lock them in order → read again → apply → write it all.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import chain
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy.engine import Connection

from crm.domain.errors import Refused, UserError
from crm.domain.instants import instant_text, parse_instant
from crm.domain.kind import Schema
from server.exchange import seat_acts
from server.exchange.actors import Actor, Standing
from server.exchange.applying import Application, Results
from server.exchange.failpoints import failpoint
from server.exchange.operations import FINAL, Operation, Result, units
from server.exchange.sealed import opened
from server.exchange.seat_acts import Office
from server.exchange.tokens import Tokens
from server.exchange.workspace import MoreStreams
from server.store import people, streams
from server.store import records as store
from server.store.database import Collided, Database

MAX_ROUNDS = 20
LATER_DAYS = 30

Page = Sequence[Operation]


@dataclass(frozen=True, slots=True)
class Accepted:
    """Results in the order of the page, and the incarnation's new `done`."""

    results: tuple[tuple[Operation, Result], ...]
    done: int
    seated: frozenset[str] = frozenset()  # activities whose seats it changed


@dataclass(frozen=True, slots=True)
class _Known:
    """What was told before about operations of a page."""

    settled: Results
    waiting: dict[str, str]  # `later` until now: operation id, and since when


@dataclass(frozen=True, slots=True)
class Exchange:
    """The server's accepting side over one database and schema."""

    database: Database
    schema: Schema
    now: Callable[[], str]  # the moment as instant text
    sealing_key: X25519PrivateKey | None = None  # what laptops sealed to
    tokens: Tokens | None = None  # signs leases; without it none are given

    @property
    def seats(self) -> Office:
        return Office(self.database, self.schema, self.now, self.tokens)

    def accept(self, actor: Actor, page: Page, *, numbered: bool = True) -> Accepted:
        """Settle a page. The server's own hand lets it be numbered here, under the lock.

        Raises: UserError `push.gap`, `sync.fork`, `server.busy`.
        """
        wanted: frozenset[str] = frozenset()
        page = [opened(op, self.sealing_key) for op in page]
        for _ in range(MAX_ROUNDS):
            try:
                with self.database.writing() as connection:
                    accepted = self._settle(connection, actor, page, wanted, numbered=numbered)
                    failpoint("push.before_commit")
                failpoint("push.committed")
                seat_acts.count(self.seats, accepted.seated)
                return accepted
            except MoreStreams as more:  # lock the union, read everything again
                wanted |= more.streams
            except Collided:  # another writer was first: read everything again
                continue
        raise UserError("server.busy")

    def _settle(
        self,
        connection: Connection,
        actor: Actor,
        page: Page,
        more: frozenset[str],
        *,
        numbered: bool = True,
    ) -> Accepted:
        held = people.incarnation(connection, actor.incarnation, lock=True)
        if held is None:  # restored meanwhile from a dump that is older
            raise UserError("sync.fork")
        at = self.now()
        actor = _as_of_now(connection, actor, held, at)
        if not numbered:
            page = [replace(op, number=held.done + n) for n, op in enumerate(page, start=1)]
        known = _known(connection, actor, page)
        fresh = _fresh(page, known.settled, held.done)
        wanted = _streams_of(connection, actor, fresh) | more
        failpoint("push.located")
        totals = streams.lock(self.database, connection, wanted)
        actor = _as_of_now(connection, actor, held, at)  # a grant may have ended in the wait
        failpoint("push.locked")
        application = Application(
            self.database,
            connection,
            self.schema,
            actor,
            totals,
            at,
            _overdue(known, at),
            tokens=self.tokens,
        )
        results = known.settled | application.apply(units(fresh))
        done = max([held.done, *(op.number for op in page)])
        rows = _receipts(actor, fresh, results, known, at)
        if known.waiting:
            people.drop_waiting(connection, known.waiting)
        people.add_receipts(self.database, connection, rows)
        if done > held.done:
            people.update_incarnation(connection, actor.incarnation, done=done)
        results |= _confirmed(connection, self.tokens, page, results)
        told = tuple((op, results[op.id]) for op in page)
        return Accepted(told, done, application.seated)


def _confirmed(
    connection: Connection, signer: Tokens | None, page: Page, results: Results
) -> Results:
    """Return the results of yeses that have a seat, with its signed confirmation (`token`).

    It is looked up, not kept in the receipt: whoever asks again hears of the seat as it is now.
    """
    asked = [op.id for op in page if op.verb == "seat"]
    signed = seat_acts.confirmations(connection, signer, asked)
    return {i: replace(results[i], confirmation=token) for i, token in signed.items()}


def _as_of_now(connection: Connection, actor: Actor, held: people.Incarnation, at: str) -> Actor:
    """Read grants and the device's state again, under the lock: they may have ended meanwhile.

    Raises: UserError `device.lost`; `token.unknown` where a recovery took its place.
    """
    if actor.server_hand:
        return actor
    state = people.enrolment_state(connection, held.enrolment) if held.enrolment else "active"
    if state not in ("active", "retired"):
        raise UserError("device.lost" if state == "lost" else "token.unknown")
    return replace(
        actor, retired=state == "retired", grants=people.grants_at(connection, actor.person, at)
    )


def _known(connection: Connection, actor: Actor, page: Page) -> _Known:
    """Look up operations seen before (`op-once`)."""
    numbers = {op.id: op.number for op in page}
    rows = people.receipts(connection, numbers)
    if any(row["person"] != actor.person for row in rows.values()):
        raise Refused("operation.id")  # somebody else's operation: nothing is told of it
    settled = {i for i, row in rows.items() if _is_settled(row, actor, numbers[i])}
    return _Known(
        settled={
            i: Result(
                outcome=rows[i]["outcome"],
                version=rows[i]["version"],
                reason=rows[i]["reason"],
                facts=json.loads(rows[i]["facts"]) if rows[i]["facts"] else None,
            )
            for i in settled
        },
        waiting={i: row["at"] for i, row in rows.items() if i not in settled},
    )


def _is_settled(row: Mapping[str, Any], actor: Actor, number: int) -> bool:
    """`later` is an answer to its own number alone, not to the next one."""
    if row["outcome"] in FINAL:
        return True
    return bool(row["incarnation"] == actor.incarnation and number <= row["number"])


def _fresh(page: Page, settled: Results, done: int) -> list[Operation]:
    """Return what is new, checked to follow on `done` without a gap (`in-order`)."""
    if any(op.number <= done and op.id not in settled for op in page):
        raise UserError("sync.fork")
    ahead = sorted(op.number for op in page if op.number > done)
    if ahead != list(range(done + 1, done + 1 + len(ahead))):
        raise UserError("push.gap", done=done)
    return [op for op in page if op.id not in settled]


def _streams_of(connection: Connection, actor: Actor, operations: Page) -> frozenset[str]:
    """Return the streams that these operations will most likely touch.

    A home where the actor has never been is not among them: it would be made.
    """
    ids = chain.from_iterable(op.ids for op in operations)
    homes = {op.home for op in operations if op.home and op.parent is None}
    known = {home for home in homes if actor.standing(home) is not Standing.NEVER}
    return store.streams_of(connection, ids) | known


def _overdue(known: _Known, at: str) -> frozenset[str]:
    """Return the operations that have waited so long that nobody will bring their record."""
    if not known.waiting:
        return frozenset()
    oldest = instant_text(parse_instant(at) - timedelta(days=LATER_DAYS))
    return frozenset(i for i, since in known.waiting.items() if since < oldest)


def _receipts(
    actor: Actor, fresh: Page, results: Results, known: _Known, at: str
) -> list[dict[str, Any]]:
    """Return the receipts that commit with the effect (`receipt-with-effect`).

    They are inserted, never replaced: of two incarnations that bring one
    operation at the same time the second fails there and reads the first's.
    """
    return [
        {
            "operation": op.id,
            "incarnation": actor.incarnation,
            "number": op.number,
            "record": op.record,
            "outcome": results[op.id].outcome,
            "version": results[op.id].version,
            "reason": results[op.id].reason,
            "facts": _facts_text(results[op.id]),
            "at": at if results[op.id].outcome in FINAL else known.waiting.get(op.id, at),
        }
        for op in fresh
    ]


def _facts_text(result: Result) -> str | None:
    return json.dumps(dict(result.facts), sort_keys=True) if result.facts else None
