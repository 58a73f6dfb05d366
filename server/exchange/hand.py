"""Edits made at the server itself: by an administrator, an import, a feed.

They take the path of a laptop's edits, with operation ids, numbers and
receipts. The only difference is that a hand writes in every stream.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from crm.domain.errors import NotFound, Refused
from crm.domain.ids import new_id
from server.exchange.accept import Exchange
from server.exchange.actors import NOBODY, Actor
from server.exchange.operations import MAX_OPERATIONS, Operation, Result
from server.store import people
from server.store import records as store


class Hand:
    """What one person does at the server."""

    def __init__(self, exchange: Exchange, person: str = NOBODY) -> None:
        self.exchange = exchange
        self.actor = Actor(person, f"hand:{person}", server_hand=True)
        with exchange.database.writing() as connection:
            people.ensure_hand(exchange.database, connection, self.actor.incarnation, person)

    def create(
        self,
        kind: str,
        fields: Mapping[str, object],
        *,
        record: str | None = None,
        parent: str | None = None,
        home: str | None = None,
    ) -> Result:
        """Create one record. Raises: Refused with the reason."""
        op = self.operation("create", kind, record or new_id(), fields, parent=parent, home=home)
        return _settled(self.push([op])[0])

    def edit(self, record: str, values: Mapping[str, object]) -> Result:
        """Give fields of a record new values; None empties. Raises: NotFound, Refused."""
        with self.exchange.database.snapshot() as connection:
            held = store.load(connection, [record]).get(record)
        if held is None or held.dead:
            raise NotFound("record.unknown")
        changes = {n: (held.fields.get(n), v) for n, v in values.items()}
        op = replace(
            self.operation("edit", held.kind, record, {}, parent=held.parent),
            root=held.root,
            fields=changes,
        )
        return _settled(self.push([op])[0])

    def operation(
        self,
        verb: str,
        kind: str,
        record: str,
        fields: Mapping[str, object],
        *,
        parent: str | None = None,
        home: str | None = None,
        root: str | None = None,
    ) -> Operation:
        """Return an operation of this hand, not yet numbered."""
        return Operation(
            id=new_id(),
            number=0,
            group=new_id(),
            author=self.actor.person,
            at=self.exchange.now(),
            verb=verb,
            record=record,
            kind=kind,
            root=root or parent or record,
            parent=parent,
            home=home,
            fields={n: (None, v) for n, v in fields.items()},
        )

    def push(self, operations: Sequence[Operation]) -> list[Result]:
        """Accept operations page by page; they get their numbers there."""
        results: list[Result] = []
        for start in range(0, len(operations), MAX_OPERATIONS):
            page = operations[start : start + MAX_OPERATIONS]
            accepted = self.exchange.accept(self.actor, page, numbered=False)
            results += [result for _, result in accepted.results]
        return results


def _settled(result: Result) -> Result:
    if result.outcome == "refused":
        code, _, field = (result.reason or "").partition(" ")
        raise Refused(code, field=field or "-", limit=0)
    return result
