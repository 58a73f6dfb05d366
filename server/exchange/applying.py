"""Applying a page unit by unit, under locks that are held already.

What the database itself will not take is found by halving (`bisect`), so that
one bad record blocks only its dependants. Receipts and numbers are `accept`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crm.domain.errors import Refused, plain_facts
from crm.domain.kind import Schema
from server.exchange import erased, ledger, seat_book, seating, twins
from server.exchange.actors import Actor
from server.exchange.judge import Judge
from server.exchange.operations import MAX_GROUP, Operation, Result
from server.exchange.tokens import Tokens
from server.exchange.workspace import MoreStreams, Workspace
from server.store import people, streams
from server.store import records as store
from server.store.database import Database
from server.store.streams import Totals

Unit = list[Operation]
Results = dict[str, Result]


@dataclass(slots=True)
class Application:
    """One page of one actor, on its way into the store."""

    database: Database
    connection: Connection
    schema: Schema
    actor: Actor
    totals: dict[str, Totals]  # the locked streams
    at: str
    overdue: frozenset[str]  # operations that have waited too long
    late: frozenset[str] = field(default_factory=frozenset)  # records whose rest waits
    tokens: Tokens | None = None
    seated: frozenset[str] = field(default_factory=frozenset)  # activities whose seats changed

    def apply(self, todo: list[Unit]) -> Results:
        """Apply units in order; on a database error halve, down to what fails (`bisect`)."""
        if not todo:
            return {}
        before = {i: _copied(t) for i, t in self.totals.items()}
        point = self.connection.begin_nested()
        try:
            results = self._compute(todo)
        except (sa.exc.DataError, sa.exc.IntegrityError):
            point.rollback()
            self.totals.update(before)
            return self._apply_halves(todo)
        point.commit()
        return results

    def _apply_halves(self, todo: list[Unit]) -> Results:
        if len(todo) == 1:
            self._seal_fates(todo[0])
            return _all_refused(todo[0], "server.rejected")
        middle = len(todo) // 2
        first = self.apply(todo[:middle])
        return first | self.apply(todo[middle:])

    def _seal_fates(self, unit: Unit) -> None:
        created = [op.record for op in unit if op.creates]
        fates = [{"record": i, "outcome": "refused", "anchor": None} for i in created]
        store.set_fates(self.database, self.connection, fates)

    def _compute(self, todo: list[Unit]) -> Results:
        workspace = self._workspace(list(chain.from_iterable(todo)))
        results, late = self._judge_all(workspace, todo)
        twins.link_twins(workspace)
        ledger.flush(workspace, self.totals, self.actor, self.at)
        self.seated |= seat_book.save_all(
            self.database, self.connection, workspace.books.values(), self.at
        )
        streams.save(self.database, self.connection, self.totals.values())
        self._put_aside(workspace, todo)
        self.late = late
        return results

    def _workspace(self, operations: list[Operation]) -> Workspace:
        workspace = Workspace(
            self.database,
            self.connection,
            self.schema,
            frozenset(self.totals),
            at=self.at,
            tokens=self.tokens,
        )
        ids = set(chain.from_iterable(op.ids for op in operations))
        workspace.load(ids)
        ids |= erased.named_by(operations)
        living = (r.id for r in workspace.now.values() if not r.dead)
        if gone := ids.difference(living):
            workspace.load_fates(gone)
        for stream, records in _contested(workspace, operations).items():
            workspace.load_disputes(stream, records)
        return workspace

    def _judge_all(self, workspace: Workspace, todo: list[Unit]) -> tuple[Results, frozenset[str]]:
        """Settle units in order. Raises: MoreStreams, with all that the page lacks."""
        results: Results = {}
        late, missing = set(self.late), set[str]()
        judge = Judge(workspace.draft(), self.actor)
        for unit in todo:
            try:
                results.update(self._judge(judge, workspace, unit, late))
            except MoreStreams as more:  # go on: one more round shall be enough
                missing |= more.streams
        if missing:
            raise MoreStreams(missing)
        return results, frozenset(late)

    def _judge(self, judge: Judge, workspace: Workspace, unit: Unit, late: set[str]) -> Results:
        """Settle one unit: all of it, or nothing and each operation refused or later."""
        if late and not late.isdisjoint(chain.from_iterable(op.ids for op in unit)):
            # `later-waits`
            return self._wait(workspace, unit, late, "record.waits")
        if len(unit) > MAX_GROUP:
            return _refuse(workspace, unit, Refused("operation.group"))
        judge.draft = draft = workspace.draft()
        try:
            results = {op.id: judge.settle(op) for op in unit}
        except Refused as refusal:
            return _refuse(workspace, unit, refusal)
        if any(result.outcome == "later" for result in results.values()):
            return self._wait(workspace, unit, late, "record.unknown")
        draft.keep()
        return results

    def _wait(self, workspace: Workspace, unit: Unit, late: set[str], reason: str) -> Results:
        """Whatever waits, the rest of its records waits too; everything else goes on."""
        if not self.overdue.isdisjoint(op.id for op in unit):
            return self._give_up(workspace, unit)
        late.update(op.record for op in unit)
        return {op.id: Result(outcome="later", reason=reason) for op in unit}

    def _give_up(self, workspace: Workspace, unit: Unit) -> Results:
        """What has waited too long is put aside for a person to look at (`later`)."""
        for op in unit:
            workspace.effects.quarantined.append((op.id, "overdue"))
            if op.creates and workspace.find(op.record) is None:
                workspace.effects.fates[op.record] = ("quarantined", None)
            self._keep_seat(workspace, op)
        return {op.id: Result(outcome="quarantined") for op in unit}

    def _keep_seat(self, workspace: Workspace, op: Operation) -> None:
        draft = workspace.draft()
        try:
            seating.keep(draft, self.actor.person, op)
        except Refused:  # it asks for nothing that could be kept; it is put aside all the same
            return
        draft.keep()

    def _put_aside(self, workspace: Workspace, todo: list[Unit]) -> None:
        bodies = {op.id: op for op in chain.from_iterable(todo)}
        rows = [
            {
                "operation": op_id,
                "incarnation": self.actor.incarnation,
                "author": bodies[op_id].author,
                "body": orjson.dumps(bodies[op_id]).decode(),
                "reason": reason,
                "at": self.at,
            }
            for op_id, reason in workspace.effects.quarantined
        ]
        people.set_aside(self.database, self.connection, rows)


def _contested(workspace: Workspace, operations: Iterable[Operation]) -> dict[str, set[str]]:
    """Return the records, by stream, of which a field has neither the base nor the new value.

    Only what a page shows at first sight: what becomes contested within it is looked up then.
    """
    found: dict[str, set[str]] = {}
    for op in operations:
        held = workspace.now.get(op.record)
        if op.verb == "edit" and held is not None:
            for name, (base, new) in op.fields.items():
                if held.fields.get(name) not in (base, new):
                    found.setdefault(held.stream, set()).add(held.id)
    return found


def _refuse(workspace: Workspace, unit: Unit, refusal: Refused) -> Results:
    """Give every create of the unit a fate, so that what follows does not wait for ever."""
    for op in unit:
        if op.creates and workspace.find(op.record) is None:
            workspace.effects.fates[op.record] = ("refused", None)
    field_name = refusal.facts.get("field")
    reason = f"{refusal.code} {field_name}" if field_name else refusal.code
    return _all_refused(unit, reason, plain_facts(refusal.facts))


def _all_refused(
    unit: Iterable[Operation], reason: str, facts: Mapping[str, object] | None = None
) -> Results:
    return {op.id: Result.refused(reason, facts) for op in unit}


def _copied(totals: Totals) -> Totals:
    return Totals(totals.id, totals.head, totals.live, totals.digest, totals.floor)
