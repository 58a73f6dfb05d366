"""Which user actions can be taken back without a trace: those that nothing else stands on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from desktop.services.ports import Operation

_BIRTHS = frozenset({"create", "append"})
Place = tuple[int, str]  # where an operation stands in the queue, and its group


def free_of(groups: Collection[str], queue: Iterable[Operation]) -> frozenset[str]:
    """Return those of `groups` on which no other operation of `queue` (in order) builds.

    A later operation builds on an earlier one when it changes the same field, when it concerns,
    names or hangs under a record that was born there, or when it removes what the earlier one
    has changed: what a delete saw must stay as it was seen (`delete-sees`).
    """
    placed = list(enumerate(queue))
    free = frozenset(groups)
    while free:
        ground = _Ground((place, op) for place, op in placed if op.group in free)
        others = ((place, op) for place, op in placed if op.group not in free)
        held = {group for place, op in others for group in ground.under(place, op)}
        if not held:
            break
        free -= held
    return free


class _Ground:
    """What some operations have made, to be looked up."""

    def __init__(self, operations: Iterable[tuple[int, Operation]]) -> None:
        self._made: dict[tuple[str, str], list[Place]] = {}
        for place, op in operations:
            keys = [("root", op.root), *(((op.record, name)) for name in op.fields)]
            if op.verb in _BIRTHS:
                keys.append(("born", op.record))
            for key in keys:
                self._made.setdefault(key, []).append((place, op.group))

    def under(self, place: int, later: Operation) -> Iterator[str]:
        """Yield the groups that `later` builds on."""
        for key in _needs(later):
            yield from (group for earlier, group in self._made.get(key, ()) if earlier < place)


def _needs(op: Operation) -> Iterator[tuple[str, str]]:
    """Yield the keys of what an operation may build on."""
    for name in op.fields:
        yield op.record, name
    named = [new for _, new in op.fields.values() if isinstance(new, str)]
    for record in (op.record, op.parent, op.into, *named):
        if record is not None:
            yield "born", record
    if op.verb == "delete":
        yield "root", op.root
