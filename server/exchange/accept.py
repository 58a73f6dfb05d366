"""Accepting a page of operations: numbers, locks, units, receipts, one commit.

lock the incarnation → set known operations aside → demand done+1 … →
find streams → lock them in order → read again → apply → write it all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crm.domain.errors import Refused, UserError
from crm.domain.kind import Schema
from server.exchange import ledger
from server.exchange.actors import Actor
from server.exchange.judge import Judge
from server.exchange.operations import FINAL, Operation, Result, units
from server.exchange.workspace import MoreStreams, Workspace
from server.store import people, streams
from server.store import records as store
from server.store.database import Database
from server.store.streams import Totals

MAX_ROUNDS = 20

Unit = list[Operation]
Results = dict[str, Result]


@dataclass(frozen=True, slots=True)
class Accepted:
    """Results in the order of the page, and the incarnation's new `done`."""

    results: tuple[tuple[Operation, Result], ...]
    done: int


@dataclass(frozen=True, slots=True)
class Exchange:
    """The server's accepting side over one database and schema."""

    database: Database
    schema: Schema
    now: Callable[[], str]  # the moment as instant text

    def accept(self, actor: Actor, page: Sequence[Operation]) -> Accepted:
        """Settle a page. Raises: UserError `push.gap`, `sync.fork`, `token.unknown`."""
        wanted: frozenset[str] = frozenset()
        for _ in range(MAX_ROUNDS):
            try:
                with self.database.writing() as connection:
                    return self._settle(connection, actor, page, wanted)
            except MoreStreams as more:  # lock the union, read everything again
                wanted |= more.streams
        raise UserError("server.busy")

    def _settle(
        self, connection: Connection, actor: Actor, page: Sequence[Operation], more: frozenset[str]
    ) -> Accepted:
        held = people.incarnation(connection, actor.incarnation, lock=True)
        if held is None:
            raise UserError("token.unknown")
        known = _known(connection, page)
        fresh = _fresh(page, known, held.done)
        locked = _streams_of(connection, fresh) | more
        totals = streams.lock(connection, locked)
        results = dict(known)
        results.update(self._apply(connection, actor, units(fresh), totals))
        done = max([held.done, *(op.number for op in page)])
        self._receipt(connection, actor, fresh, results)
        if done > held.done:
            people.update_incarnation(connection, actor.incarnation, done=done)
        return Accepted(tuple((op, results[op.id]) for op in page), done)

    def _apply(
        self, connection: Connection, actor: Actor, todo: list[Unit], totals: dict[str, Totals]
    ) -> Results:
        """Apply units in order; on a database error halve, down to what fails (`bisect`)."""
        if not todo:
            return {}
        before = {i: _copied(t) for i, t in totals.items()}
        point = connection.begin_nested()
        try:
            results = self._compute(connection, actor, todo, totals)
        except (sa.exc.DataError, sa.exc.IntegrityError):
            point.rollback()
            totals.update(before)
            return self._apply_halves(connection, actor, todo, totals)
        point.commit()
        return results

    def _apply_halves(
        self, connection: Connection, actor: Actor, todo: list[Unit], totals: dict[str, Totals]
    ) -> Results:
        if len(todo) == 1:
            fates = [
                {"record": op.record, "outcome": "refused", "anchor": None}
                for op in todo[0]
                if op.verb in ("create", "append")
            ]
            store.set_fates(self.database, connection, fates)
            return _all_refused(todo[0], "server.rejected")
        middle = len(todo) // 2
        first = self._apply(connection, actor, todo[:middle], totals)
        return {**first, **self._apply(connection, actor, todo[middle:], totals)}

    def _compute(
        self, connection: Connection, actor: Actor, todo: list[Unit], totals: dict[str, Totals]
    ) -> Results:
        workspace = Workspace(self.database, connection, self.schema, frozenset(totals))
        workspace.load(chain.from_iterable(map(_ids, chain.from_iterable(todo))))
        workspace.load_fates(
            i for op in chain.from_iterable(todo) for i in _ids(op) if i not in workspace.now
        )
        results: Results = {}
        late: set[str] = set()
        for unit in todo:
            results.update(_judge(workspace, actor, unit, late))
        ledger.link_twins(workspace)
        ledger.flush(workspace, totals, actor, self.now())
        streams.save(self.database, connection, totals.values())
        self._set_aside(workspace, actor, todo)
        return results

    def _set_aside(self, workspace: Workspace, actor: Actor, todo: list[Unit]) -> None:
        bodies = {op.id: op for op in chain.from_iterable(todo)}
        people.set_aside(
            self.database,
            workspace.connection,
            [
                {
                    "operation": op_id,
                    "incarnation": actor.incarnation,
                    "author": bodies[op_id].author,
                    "body": orjson.dumps(bodies[op_id]).decode(),
                    "reason": reason,
                    "at": self.now(),
                }
                for op_id, reason in workspace.effects.quarantined
            ],
        )

    def _receipt(
        self, connection: Connection, actor: Actor, fresh: list[Operation], results: Results
    ) -> None:
        """Receipts commit with the effect (`receipt-with-effect`)."""
        at = self.now()
        people.set_receipts(
            self.database,
            connection,
            [
                {
                    "operation": op.id,
                    "incarnation": actor.incarnation,
                    "number": op.number,
                    "record": op.record,
                    "outcome": results[op.id].outcome,
                    "version": results[op.id].version,
                    "reason": results[op.id].reason,
                    "at": at,
                }
                for op in fresh
            ],
        )


def _known(connection: Connection, page: Iterable[Operation]) -> Results:
    """Receipts of operations seen before (`op-once`); `later` counts under its own number only."""
    numbers = {op.id: op.number for op in page}
    rows = people.receipts(connection, numbers)
    return {
        op_id: Result(outcome=row["outcome"], version=row["version"], reason=row["reason"])
        for op_id, row in rows.items()
        if row["outcome"] in FINAL or numbers[op_id] <= row["number"]
    }


def _fresh(page: Sequence[Operation], known: Results, done: int) -> list[Operation]:
    """Return what is new, checked to follow on `done` without a gap (`in-order`)."""
    if any(op.number <= done and op.id not in known for op in page):
        raise UserError("sync.fork")
    ahead = sorted(op.number for op in page if op.number > done)
    if ahead != list(range(done + 1, done + 1 + len(ahead))):
        raise UserError("push.gap", done=done)
    return [op for op in page if op.id not in known]


def _ids(op: Operation) -> list[str]:
    return [i for i in (op.record, op.parent, op.root, op.into) if i is not None]


def _streams_of(connection: Connection, operations: Sequence[Operation]) -> frozenset[str]:
    """Return the streams that these operations will most likely touch."""
    ids = [i for op in operations for i in _ids(op)]
    found = store.load(connection, ids)
    homes = {op.home for op in operations if op.home and op.parent is None}
    return frozenset({r.stream for r in found.values()} | homes)


def _judge(workspace: Workspace, actor: Actor, unit: Unit, late: set[str]) -> Results:
    """Settle one unit: all of it, or nothing and each operation refused or later."""
    if late & {i for op in unit for i in _ids(op)}:  # `later-waits`
        return _all_later(unit, late, "record.waits")
    draft = workspace.draft()
    judge = Judge(draft, actor)
    results: Results = {}
    try:
        for op in unit:
            results[op.id] = judge.settle(op)
    except Refused as refusal:
        return _refuse(workspace, unit, refusal)
    if any(result.outcome == "later" for result in results.values()):
        return _all_later(unit, late, "record.unknown")
    draft.keep()
    return results


def _all_later(unit: Unit, late: set[str], reason: str) -> Results:
    """Whatever waits, the rest of its records waits too; everything else goes on."""
    late.update(op.record for op in unit)
    return {op.id: Result(outcome="later", reason=reason) for op in unit}


def _refuse(workspace: Workspace, unit: Unit, refusal: Refused) -> Results:
    """Give every create of the unit a fate, so that what follows does not wait for ever."""
    for op in unit:
        if op.verb in ("create", "append") and workspace.find(op.record) is None:
            workspace.effects.fates[op.record] = ("refused", None)
    field = refusal.facts.get("field")
    return _all_refused(unit, f"{refusal.code} {field}" if field else refusal.code)


def _all_refused(unit: Unit, reason: str) -> Results:
    return {op.id: Result.refused(reason) for op in unit}


def _copied(totals: Totals) -> Totals:
    return Totals(totals.id, totals.head, totals.live, totals.digest, totals.floor)
