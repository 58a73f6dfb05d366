"""What goes into a dossier. Plain values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One living record of a customer's family."""

    id: str
    kind: str
    parent: str | None
    fields: Mapping[str, Any]

    def text(self, name: str) -> str:
        """Return a field as text, "" where it is empty."""
        value = self.fields.get(name)
        return "" if value is None else str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One customer. `names` are those of other customers of this portfolio, by id."""

    customer: Entry
    family: tuple[Entry, ...]
    names: Mapping[str, str] = field(default_factory=dict)

    def of(self, kind: str, parent: str | None = None) -> list[Entry]:
        """Return the records of a kind, of one parent if it is named."""
        return [e for e in self.family if e.kind == kind and parent in (None, e.parent)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handing:
    """The hand-over itself; None where a dossier is of customers, not of a hand-over."""

    run: str
    giver: str
    taker: str
    by: str
    at: str  # a moment
    reason: str = ""
    override: str = ""
    unsynced_devices: int = 0
    unsent: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    cases: tuple[Case, ...]
    handing: Handing | None = None
    printed_at: str = ""  # a moment
