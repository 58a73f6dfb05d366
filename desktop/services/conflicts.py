"""Settling conflicts. A choice is an ordinary edit that travels like any other."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from crm.domain.assignments import typed_values
from crm.domain.errors import NotFound, Refused
from crm.domain.kind import Schema
from desktop.services.forms import Checked, check
from desktop.services.ports import Held, OutboxLine, Reader, ReaderFactory, UnitOfWork, UowFactory
from desktop.services.undo import Action

CONFLICT = "conflict"
MOST_AT_ONCE = 90  # decisions in one user action: each is two operations at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """One conflict: values as wire values, None for empty or gone."""

    id: str
    record: str
    kind: str
    verb: str
    field: str | None
    base: object
    mine: object
    theirs: object
    mine_author: str | None
    mine_at: str | None
    theirs_author: str | None
    theirs_at: str | None
    state: str
    root: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What waits for a decision."""

    disputes: tuple[Dispute, ...]
    refused: tuple[OutboxLine, ...]  # set aside, with the server's reason
    elsewhere: tuple[OutboxLine, ...]  # with whoever keeps the customer now, or with the branch


def waiting(reader: ReaderFactory) -> Waiting:
    """Return open conflicts and refused edits."""
    with reader() as replica:
        disputes = tuple(dispute_of(held) for held in replica.open_conflicts())
        refused = tuple(entry for entry in replica.outbox() if entry.state == "aside")
        elsewhere = replica.elsewhere()
    return Waiting(disputes=disputes, refused=refused, elsewhere=elsewhere)


def dismiss(new_uow: UowFactory, operation: str) -> None:
    """Give up an edit that was refused. Raises: NotFound `operation.unknown`."""
    with new_uow() as uow:
        uow.dismiss(operation)
        uow.commit()


def dispute(reader: ReaderFactory, conflict: str) -> Dispute:
    """Return one conflict. Raises: NotFound."""
    with reader() as replica:
        return dispute_of(_conflict(replica, conflict))


def _conflict(uow: Reader, conflict: str) -> Held:
    held = uow.get(conflict)
    if held.kind != CONFLICT:
        raise NotFound("conflict.other_kind", kind=held.kind)
    return held


def dispute_of(held: Held) -> Dispute:
    """Return what a record of the kind `conflict` tells."""
    fields = held.fields

    def text(name: str) -> str | None:
        value = fields.get(name)
        return str(value) if value is not None else None

    def value(name: str) -> object:
        try:
            return json.loads(text(name) or "null")
        except ValueError:  # never made by a server; shown as it is
            return text(name)

    return Dispute(
        id=held.id,
        record=str(fields["record"]),
        kind=str(fields["record_kind"]),
        verb=str(fields["verb"]),
        field=text("field"),
        base=value("base"),
        mine=value("mine"),
        theirs=value("theirs"),
        mine_author=text("mine_author"),
        mine_at=text("mine_at"),
        theirs_author=text("theirs_author"),
        theirs_at=text("theirs_at"),
        state=str(fields["state"]),
        root=held.root,
    )


def resolve(
    new_uow: UowFactory,
    schema: Schema,
    user: str,
    conflict: str,
    choice: str,
    written: str | None = None,
) -> Dispute:
    """Settle a conflict: `mine`, `theirs`, or `other` with the text `written` instead.

    Raises: NotFound; Refused `conflict.settled`, `conflict.only_theirs`,
    `conflict.no_field`, or the value's own refusal.
    """
    with new_uow() as uow:
        held = _conflict(uow, conflict)
        found = dispute_of(held)
        if found.state != "open":
            raise Refused("conflict.settled", state=found.state)
        with uow.group():  # settled first: what is removed takes its conflicts along
            uow.edit(conflict, {"state": choice, "settled_by": user})
            _carry_out(uow, schema, found, choice, written)
        uow.commit()
    return replace(found, state=choice)


# --- several at once -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One decision: `mine`, `theirs`, or `other` with the text `written` instead."""

    conflict: str
    choice: str
    written: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What settling several came to. With a problem nothing was saved.

    `problems`: by conflict, what keeps its choice from being saved.
    """

    settled: tuple[Dispute, ...] = ()
    action: Action | None = None
    problems: Mapping[str, Checked] = field(default_factory=dict)


def resolve_all(
    new_uow: UowFactory,
    schema: Schema,
    user: str,
    choices: Sequence[Choice],
    today: date | None = None,
) -> Resolved:
    """Settle several conflicts as one user action, all of them or none.

    What somebody else settled meanwhile is told as the problem `conflict.settled`, and what
    cannot be written any longer as `conflict.only_theirs`. Raises: NotFound, Refused.
    """
    if len(choices) > MOST_AT_ONCE:
        raise Refused("edit.group.too_many", limit=MOST_AT_ONCE)
    with new_uow() as uow:
        found = {c.conflict: dispute_of(_conflict(uow, c.conflict)) for c in choices}
        problems = _problems(uow, schema, found, choices, today)
        if problems:
            return Resolved(problems=problems)
        with uow.group():
            for one in choices:  # settled first: what is removed takes its conflicts along
                uow.edit(one.conflict, {"state": one.choice, "settled_by": user})
            for one in sorted(choices, key=lambda c: found[c.conflict].verb == "delete"):
                _carry_out(uow, schema, found[one.conflict], one.choice, one.written)
        action = Action.of(uow)
        uow.commit()
    settled = tuple(replace(found[one.conflict], state=one.choice) for one in choices)
    return Resolved(settled=settled, action=action)


def _problems(
    uow: Reader,
    schema: Schema,
    found: Mapping[str, Dispute],
    choices: Iterable[Choice],
    today: date | None,
) -> dict[str, Checked]:
    judged = {c.conflict: _judged(uow, schema, found[c.conflict], c, today) for c in choices}
    return {conflict: checked for conflict, checked in judged.items() if checked is not None}


def _judged(
    uow: Reader, schema: Schema, found: Dispute, wanted: Choice, today: date | None
) -> Checked | None:
    """Return what keeps a choice from being saved, None where nothing does."""
    if found.state != "open":
        return Checked(problem="conflict.settled", facts={"state": found.state})
    if wanted.choice == "theirs":
        return None
    held = living(uow, found.record)
    if held is None or not can_take_mine(found, held):
        return Checked(problem="conflict.only_theirs")
    if wanted.choice == "mine":
        return None
    if found.field is None:
        return Checked(problem="conflict.no_field")
    checked = check(schema[found.kind], found.field, wanted.written, held.fields, today)
    return checked if checked.problem else None


def living(uow: Reader, record: str) -> Held | None:
    """Return a record as it is seen; None when it is removed, or not here."""
    try:
        return uow.get(record)
    except NotFound:
        return None


def can_take_mine(found: Dispute, held: Held | None) -> bool:
    """Tell whether `mine` can still be carried out; `held` is the record, None when it is gone."""
    if held is None:
        return False
    return found.verb == "delete" or (found.verb == "edit" and found.field is not None)


def _carry_out(
    uow: UnitOfWork, schema: Schema, found: Dispute, choice: str, written: str | None
) -> None:
    if choice == "theirs":
        return
    if choice == "other":
        if found.field is None:
            raise Refused("conflict.no_field")
        pair = f"{found.field}={written or ''}"
        held = uow.get(found.record).fields
        uow.edit(found.record, typed_values(schema[found.kind], [pair], held))
    elif found.field is not None and found.verb == "edit":
        _edit_living(uow, found)
    elif found.verb == "delete":
        uow.delete(found.record)
    else:
        raise Refused("conflict.only_theirs")


def _edit_living(uow: UnitOfWork, found: Dispute) -> None:
    try:
        uow.edit(found.record, {str(found.field): found.mine})
    except NotFound as error:  # somebody removed the record: there is nothing to write into
        raise Refused("conflict.only_theirs") from error
