"""What a person's report is made of: everything that is held of one person. Plain values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from server.dossier.values import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One record: its values, and whence they are. `shown` is {field: words}."""

    entry: Entry
    shown: Mapping[str, str]
    since: str = ""  # a moment
    by: str = ""  # who wrote it first
    how: str = ""  # the verb that brought it
    changed: int = 0  # later changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of one record, its former and later values in words."""

    at: str
    by: str
    verb: str
    kind: str
    record: str
    fields: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Somebody who could see it for a time; `until` "" is until now."""

    name: str
    role: str
    since: str
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act with the data: revealed, printed, taken away, handed over, reported."""

    at: str
    by: str
    what: str  # in words
    why: str  # in words


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All of it. `elsewhere` are records of others about this person; their names are not told."""

    customer: Held
    family: tuple[Held, ...] = ()
    elsewhere: tuple[Held, ...] = ()
    aside: tuple[Held, ...] = ()  # edits that wait for somebody to look at them
    changes: tuple[Change, ...] = ()
    readers: tuple[Reader, ...] = ()
    acts: tuple[Act, ...] = ()
    made_at: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)
