"""Operations as laptops send them, checked for form; and what became of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from crm.domain.errors import Refused
from crm.domain.instants import check_instant
from crm.domain.kind import ID, NAME
from crm.records.canonical import check_wire_value

VERBS = frozenset({"create", "edit", "append", "delete", "restore", "merge", "seat"})
MAX_OPERATIONS = 500
MAX_GROUP = 200
MAX_RECORD = 64 * 1024  # characters of all values of a record: a page of thousands is read at once
HOME = re.compile(rf"bank|(branch|portfolio|cases|activity):{ID.pattern}")
FINAL = frozenset({"applied", "nothing", "conflict", "diverted", "quarantined", "refused"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One edit of one record. `fields` is {name: (base, new)}; None is empty."""

    id: str
    number: int
    group: str
    author: str
    at: str
    verb: str
    record: str
    kind: str
    root: str
    parent: str | None = None
    home: str | None = None
    fields: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    seen: str | None = None
    into: str | None = None
    last_copy: Mapping[str, Any] | None = None  # the laptop's, of a record nobody brings
    sealed: str | None = None  # content that could not be opened

    @property
    def ids(self) -> list[str]:
        """The records that it names, as far as they are ids at all."""
        named = (self.record, self.parent, self.root, self.into)
        return [i for i in named if i is not None and ID.fullmatch(i)]

    @property
    def creates(self) -> bool:
        return self.verb in ("create", "append")

    @property
    def new_fields(self) -> dict[str, Any]:
        """The fields that a create, append or restore brings; empty ones left out."""
        return {n: new for n, (_, new) in self.fields.items() if new is not None}

    def check(self) -> None:
        """Raise Refused for anything that no well-made laptop sends."""
        if self.verb not in VERBS:
            raise Refused("operation.verb")
        for named in {self.record, self.root, self.parent, self.into}:
            if named is not None and not ID.fullmatch(named):
                raise Refused("operation.id")
        if not NAME.fullmatch(self.kind) or not all(map(NAME.fullmatch, self.fields)):
            raise Refused("operation.name")
        if self.home is not None and not HOME.fullmatch(self.home):
            raise Refused("operation.home")
        check_instant(self.at)
        if self.verb == "merge" and self.into is None:
            raise Refused("merge.unlike")
        for value in chain.from_iterable(self.fields.values()):
            check_wire_value(value, depth=1)
        if self.last_copy:
            check_wire_value(dict(self.last_copy))
        if sum(map(size, chain.from_iterable(self.fields.values()))) > 2 * MAX_RECORD:
            raise Refused("record.too_large", limit=MAX_RECORD // 1024)


def size(value: object) -> int:
    """Return about how many characters a wire value is."""
    if isinstance(value, str):
        return len(value)
    return sum(map(size, value)) + 2 if isinstance(value, list) else 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one operation."""

    outcome: str
    version: int | None = None
    reason: str | None = None
    facts: Mapping[str, Any] | None = None  # of a refusal
    confirmation: str | None = None  # of a yes: the server's signed word (`token`)

    @classmethod
    def refused(cls, reason: str, facts: Mapping[str, Any] | None = None) -> Result:
        return cls(outcome="refused", reason=reason, facts=facts or None)


def units(operations: Iterable[Operation]) -> list[list[Operation]]:
    """Split a page into runs of one group and one root: each is atomic (`by-root`).

    A yes stands alone: its seat outlives what becomes of the rest.
    """
    runs: list[list[Operation]] = []
    by_key: dict[tuple[str, str], list[Operation]] = {}
    for op in operations:
        key = (op.id, "") if op.verb == "seat" else (op.group, op.root)
        if key not in by_key:
            by_key[key] = []
            runs.append(by_key[key])
        by_key[key].append(op)
    return runs
