"""Settling conflicts. A choice is an ordinary edit that travels like any other."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from crm.domain.assignments import typed_values
from crm.domain.errors import NotFound, Refused
from crm.domain.kind import Schema
from desktop.services.choices import drop_choice
from desktop.services.forms import Checked, check
from desktop.services.ports import Held, OutboxLine, Reader, ReaderFactory, UnitOfWork, UowFactory
from desktop.services.undo import Action

CONFLICT = "conflict"
_STATES = ("mine", "theirs", "other")
MOST_AT_ONCE = 60  # decisions in one group: each is three operations at most


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
    mine_device: str | None = None  # incarnation
    mine_computer: str | None = None  # what the device calls itself
    theirs_computer: str | None = None
    settled_by: str | None = None
    settled_at: str | None = None


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
        refused = replica.refused()
        elsewhere = replica.elsewhere()
    return Waiting(disputes=disputes, refused=refused, elsewhere=elsewhere)


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
        mine_device=text("mine_device"),
        mine_computer=text("mine_computer"),
        theirs_computer=text("theirs_computer"),
        settled_by=text("settled_by"),
        settled_at=text("settled_at"),
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
        found = dispute_of(_conflict(uow, conflict))
        if found.state != "open":
            raise Refused("conflict.settled", state=found.state)
        with uow.group():  # settled first: what is removed takes its conflicts along
            _close(uow, found, choice, user)
            _carry_out(uow, schema, found, choice, written)
        uow.commit()
    return replace(found, state=choice)


def _close(uow: UnitOfWork, found: Dispute, choice: str, user: str) -> None:
    settled = {"settled_by": user, "settled_at": uow.moment()}
    uow.edit(found.id, {"state": choice, **settled})
    drop_choice(uow, found.id)
    for other in about_settling(uow, found):
        uow.edit(other.id, {"state": "theirs", **settled})


def about_settling(replica: Reader, found: Dispute) -> list[Dispute]:
    """Return the open conflicts about how another one on the same field was settled.

    Two people settle one conflict with different new values: the values themselves are
    contested then, and whoever decides about them has decided it all.
    """
    if found.kind == CONFLICT:
        return []
    others = map(dispute_of, replica.with_values(CONFLICT, state="open", record_kind=CONFLICT))
    return [other for other in others if is_about(replica, other, found)]


def is_about(replica: Reader, other: Dispute, found: Dispute) -> bool:
    """Tell whether `other` is about the settling of a conflict on the field of `found`."""
    inner = settled_dispute(replica, other)
    return inner is not None and (inner.record, inner.field) == (found.record, found.field)


def settled_dispute(replica: Reader, found: Dispute) -> Dispute | None:
    """Return the conflict whose settling is contested; None where it is about something else."""
    if found.kind != CONFLICT or found.field != "state":
        return None
    held = living(replica, found.record)
    return dispute_of(held) if held is not None and held.kind == CONFLICT else None


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
    """Settle several conflicts, of one customer or of many, as one user action: all or none.

    What belongs to one customer shares a group as far as a group reaches (`by-root`).

    What somebody else settled meanwhile is told as the problem `conflict.settled`, and what
    cannot be written any longer as `conflict.only_theirs`. Raises: NotFound, Refused.
    """
    with new_uow() as uow:
        found = {c.conflict: dispute_of(_conflict(uow, c.conflict)) for c in choices}
        problems = _problems(uow, schema, found, choices, today)
        if problems:
            return Resolved(problems=problems)
        for some in _groups(choices, found):
            with uow.group():
                for one in some:  # settled first: what is removed takes its conflicts along
                    _close(uow, found[one.conflict], one.choice, user)
                for one in sorted(some, key=lambda c: found[c.conflict].verb == "delete"):
                    _carry_out(uow, schema, found[one.conflict], one.choice, one.written)
        action = Action.of(uow)
        uow.commit()
    settled = tuple(replace(found[one.conflict], state=one.choice) for one in choices)
    return Resolved(settled=settled, action=action)


def _groups(choices: Sequence[Choice], found: Mapping[str, Dispute]) -> Iterator[list[Choice]]:
    """Split choices by customer, each into as many groups as are needed."""
    by_root: dict[str, list[Choice]] = {}
    for one in choices:
        by_root.setdefault(found[one.conflict].root, []).append(one)
    for of_root in by_root.values():
        for start in range(0, len(of_root), MOST_AT_ONCE):
            yield of_root[start : start + MOST_AT_ONCE]


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
    if found.field is None or found.kind == CONFLICT:
        return Checked(problem="conflict.no_field")
    checked = check(schema[found.kind], found.field, wanted.written, held.fields, today)
    return checked if checked.problem else None


def losers_of(found: Dispute) -> tuple[object, ...]:
    """Return the values that were not taken, as wire values; those of a field alone."""
    if found.field is None or found.state == "open":
        return ()
    sides = {"mine": (found.theirs,), "theirs": (found.mine,)}
    return sides.get(found.state, (found.mine, found.theirs))


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
    if found.kind == CONFLICT:
        return found.field == "state"
    return found.verb == "delete" or (found.verb == "edit" and found.field is not None)


def _carry_out(
    uow: UnitOfWork, schema: Schema, found: Dispute, choice: str, written: str | None
) -> None:
    if found.kind == CONFLICT:
        _carry_out_settling(uow, found, choice)
        return
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


def _carry_out_settling(uow: UnitOfWork, found: Dispute, choice: str) -> None:
    """Of two settlings of one conflict keep one: its state, and the value that it chose."""
    inner = settled_dispute(uow, found)
    kept = found.mine if choice == "mine" else found.theirs
    if choice == "other" or inner is None or kept not in ("open", *_STATES):
        raise Refused("conflict.only_theirs")
    uow.edit(inner.id, {"state": kept})
    if inner.verb == "edit" and inner.field is not None and kept in ("mine", "theirs"):
        value = inner.mine if kept == "mine" else inner.theirs
        _edit_living(uow, replace(inner, mine=value))
