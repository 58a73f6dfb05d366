"""Undo and redo of what a person did: "act, then undo", instead of "are you sure?".

What has not left the laptop is withdrawn: it has never been. What has left, or has been built
on, is undone by an ordinary edit that travels like any other, as long as the values are still
those that were saved. Whole actions only, and nothing halfway: a refusal changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from crm.domain.errors import NotFound, Refused
from desktop.services.ports import Operation, UnitOfWork, UowFactory

MOST_TRIED = 200  # groups of an action that is tried out before it is offered


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a person did: its groups of operations, in the order of saving."""

    groups: tuple[str, ...]

    @classmethod
    def of(cls, uow: UnitOfWork) -> Action | None:
        """Return what was saved in `uow` so far; None when nothing was."""
        groups = uow.saved_groups()
        return cls(groups) if groups else None

    @classmethod
    def joined(cls, actions: Iterable[Action]) -> Action:
        """Return several actions as one: an import is one Undo."""
        return cls(tuple(group for action in actions for group in action.groups))


@dataclass(frozen=True, slots=True)
class Undone:
    """What undoing came to, as far as `redo` needs it."""

    withdrawn: tuple[Operation, ...] = ()  # what was taken back, in the order of saving
    inverse: Mapping[str, str] = field(default_factory=dict)  # group: the group that undoes it


def undo(new_uow: UowFactory, action: Action) -> Undone:
    """Undo an action.

    Raises: Refused `undo.sent` when the branch has it and no edit can take it back,
    `undo.changed` when the values have been changed since.
    """
    with new_uow() as uow:
        undone = _undo(uow, action)
        uow.commit()
    return undone


def redo(new_uow: UowFactory, undone: Undone) -> Action:
    """Do again what was undone; return the action as it can be undone now.

    Raises: Refused `undo.sent`, `undo.changed`, or what the edit itself is refused for.
    """
    with new_uow() as uow:
        groups = [*_revive(uow, undone.inverse), *_again(uow, undone.withdrawn)]
        uow.commit()
    return Action(tuple(groups))


def can_undo(new_uow: UowFactory, action: Action) -> bool:
    """Tell whether an action could be undone now. Changes nothing.

    A large one, as an import is, is only asked whether all of it is still known.
    """
    with new_uow() as uow:
        if len(action.groups) > MOST_TRIED:
            known = {operation.group for operation in uow.operations_of(action.groups)}
            return known.issuperset(action.groups)
        return _works(lambda: _undo(uow, action))


def can_redo(new_uow: UowFactory, undone: Undone) -> bool:
    """Tell whether what was undone could be done again now. Changes nothing."""
    if len(undone.withdrawn) + len(undone.inverse) > MOST_TRIED:
        return True
    with new_uow() as uow:  # never committed
        return _works(lambda: [*_revive(uow, undone.inverse), *_again(uow, undone.withdrawn)])


def _works(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except (Refused, NotFound):
        return False
    return True


# --- undoing -------------------------------------------------------------------------------


def _undo(uow: UnitOfWork, action: Action) -> Undone:
    free = uow.withdrawable(action.groups)
    operations = uow.operations_of(action.groups)
    known = {operation.group for operation in operations}
    if not known.issuperset(action.groups):
        raise Refused("undo.sent")  # sent, settled and forgotten long ago
    uow.withdraw(free)
    inverse = {}
    for group in reversed(action.groups):
        if group not in free:
            inverse[group] = _invert(uow, [op for op in operations if op.group == group])
    return Undone(tuple(op for op in operations if op.group in free), inverse)


def _invert(uow: UnitOfWork, operations: list[Operation]) -> str:
    """Save the edits that undo a group, the last first; return their group."""
    with uow.group():
        for operation in reversed(operations):
            try:
                _invert_one(uow, operation)
            except NotFound as error:
                raise Refused("undo.changed") from error
            except Refused as error:
                if error.code.startswith("undo."):
                    raise
                raise Refused("undo.sent") from error
    return uow.saved_groups()[-1]


def _invert_one(uow: UnitOfWork, operation: Operation) -> None:
    if operation.sealed is not None:  # its customer had left: nobody here can read what it was
        raise Refused("undo.sent")
    if operation.verb == "edit":
        _put(uow, operation.record, {n: (new, base) for n, (base, new) in operation.fields.items()})
    elif operation.verb == "create":
        _remove_untouched(uow, operation)
    else:
        raise Refused("undo.sent")


def _put(uow: UnitOfWork, record: str, changes: Mapping[str, tuple[object, object]]) -> None:
    """Change fields from what they are expected to hold to what they shall."""
    held = uow.get(record).fields
    if any(held.get(name) != expected for name, (expected, _) in changes.items()):
        raise Refused("undo.changed")
    uow.edit(record, {name: wanted for name, (_, wanted) in changes.items()})


def _remove_untouched(uow: UnitOfWork, operation: Operation) -> None:
    held = uow.get(operation.record)
    made = {name: new for name, (_, new) in operation.fields.items() if new is not None}
    below = [other for other in uow.family(held.root) if other.parent == held.id]
    if dict(held.fields) != made or below:
        raise Refused("undo.changed")
    uow.delete(held.id)


# --- redoing -------------------------------------------------------------------------------


def _again(uow: UnitOfWork, operations: Iterable[Operation]) -> list[str]:
    """Save withdrawn operations anew, each group as one again."""
    groups = []
    for _, members in groupby(operations, key=lambda operation: operation.group):
        with uow.group():
            for operation in members:
                _save_again(uow, operation)
        groups.append(uow.saved_groups()[-1])
    return groups


def _save_again(uow: UnitOfWork, operation: Operation) -> None:
    try:
        if operation.verb == "edit":
            _put(uow, operation.record, {n: (b, new) for n, (b, new) in operation.fields.items()})
        elif operation.verb == "delete":
            uow.delete(operation.record)
        elif operation.verb == "seat":  # its seat may be given away: it is asked anew
            raise Refused("undo.changed")
        else:
            uow.create(
                operation.kind,
                {name: new for name, (_, new) in operation.fields.items()},
                parent=operation.parent,
                home=operation.home,
                record_id=operation.record,
            )
    except NotFound as error:
        raise Refused("undo.changed") from error


def _revive(uow: UnitOfWork, inverse: Mapping[str, str]) -> list[str]:
    """Undo what undid; the groups in force are the first ones again, or those that redo them."""
    if not inverse:
        return []
    undoing = Action(tuple(inverse.values()))
    again = _undo(uow, undoing).inverse
    return [again.get(undoer, group) for group, undoer in reversed(list(inverse.items()))]
