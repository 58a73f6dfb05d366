"""What comes late about somebody who was erased is refused, and nothing of it is kept.

The fate `erased` stands for each record of an erased family for ever, and for the root also
where a restored dump has never heard of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from crm.domain.belonging import goes_with
from crm.domain.kind import ID
from server.exchange.operations import Operation
from server.exchange.workspace import Draft
from server.store.erasing import ERASED


def concerns(draft: Draft, op: Operation) -> bool:
    """Tell whether an operation names an erased record: its own, its root, or in a value."""
    named = {*op.ids, *_named_by(op)}
    return any((draft.fate(i) or ("", None))[0] == ERASED for i in named)


def named_by(operations: Iterable[Operation]) -> set[str]:
    """Return the ids of those whom operations bring records about, as their values say."""
    return {i for op in operations for i in _named_by(op)}


def _named_by(op: Operation) -> Iterator[str]:
    for name in goes_with(op.kind):
        _, new = op.fields.get(name, (None, None))
        if isinstance(new, str) and ID.fullmatch(new):
            yield new
