"""How one record came to hold what it holds: own edits, the branch's changes, settled conflicts.

Own edits are told from the outbox as long as it keeps them, later from what came back. Changes
by others are known from the day this laptop has held the record; older ones lie at the branch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from desktop.services.conflicts import CONFLICT, dispute_of, losers_of
from desktop.services.ports import Held, OutboxLine, ReaderFactory, Received

State = Literal[
    "waiting",
    "applied",
    "merged",
    "to_settle",
    "settled",
    "refused",
    "let_go",
    "elsewhere",
    "received",
]
_OUTCOMES: dict[str | None, State] = {
    "applied": "applied",
    "nothing": "merged",  # the branch had written the same
    "diverted": "elsewhere",
    "quarantined": "elsewhere",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One change of one field, as wire values; None is empty.

    `by`: mine, branch (whoever there), or settled (a conflict that somebody decided; `mine` and
    `theirs` are then what stood against each other, `choice` is mine, theirs or other).
    """

    at: str  # an instant: when it was saved, or when it came
    field: str
    old: object
    new: object
    by: Literal["mine", "branch", "settled"]
    state: State
    version: int | None = None
    author: str | None = None  # id of a person, where it is known
    reason: str | None = None  # code of a refusal
    mine: object = None
    theirs: object = None
    choice: str | None = None
    set_aside: tuple[object, ...] = ()  # the values that were not taken
    name: str | None = None  # of the author, where it is known


def history(
    reader: ReaderFactory, record_id: str, field: str | None = None
) -> tuple[HistoryEntry, ...]:
    """Return what happened to a record, or to one field of it, newest first."""
    with reader() as replica:
        lines = replica.outbox(record_id)
        received = replica.received(record_id)
        conflicts = replica.with_values(CONFLICT, record=record_id)
        staff = replica.with_values("staff") if conflicts else ()
    people = {held.id: str(held.fields.get("name") or "") for held in staff}
    found = [*_own(lines, conflicts), *_received(received, lines), *_settled(conflicts, people)]
    asked = [entry for entry in found if field in (None, entry.field)]
    return tuple(sorted(asked, key=lambda entry: entry.at, reverse=True))


def _own(lines: Sequence[OutboxLine], conflicts: Iterable[Held]) -> Iterator[HistoryEntry]:
    decided = {held.fields.get("mine_op") for held in conflicts if _is_settled(held)}
    for line in reversed(lines):  # sorting keeps the order of what was saved in one moment
        state = _state(line, line.id in decided)
        for name, (old, new) in line.fields.items():
            yield HistoryEntry(
                at=line.at,
                field=name,
                old=old,
                new=new,
                by="mine",
                state=state,
                version=line.version,
                reason=line.reason if state == "refused" else None,
            )


def _state(line: OutboxLine, decided: bool) -> State:
    if line.state in ("aside", "let_go"):
        return "refused" if line.state == "aside" else "let_go"
    if line.outcome == "conflict":
        return "settled" if decided else "to_settle"
    return "waiting" if line.state in ("queued", "sent") else _OUTCOMES.get(line.outcome, "applied")


def _received(rows: Iterable[Received], lines: Sequence[OutboxLine]) -> Iterator[HistoryEntry]:
    """Yield what came; an own edit only once the outbox has forgotten it."""
    for row in rows:
        if not (row.own and _kept(row, lines)):
            yield HistoryEntry(
                at=row.at,
                field=row.field,
                old=row.old,
                new=row.new,
                by="mine" if row.own else "branch",
                state="applied" if row.own else "received",
                version=row.version,
            )


def _kept(row: Received, lines: Iterable[OutboxLine]) -> bool:
    """Tell whether the outbox still has the edit: it forgets the oldest first."""
    return any(
        row.field in line.fields and line.version is not None and line.version <= row.version
        for line in lines
    )


def _settled(conflicts: Iterable[Held], people: Mapping[str, str]) -> Iterator[HistoryEntry]:
    for held in filter(_is_settled, conflicts):
        told = dispute_of(held)
        if told.field is not None:
            yield HistoryEntry(
                at=told.settled_at or told.mine_at or told.theirs_at or "",
                field=told.field,
                old=told.base,
                new={"mine": told.mine, "theirs": told.theirs}.get(told.state),
                by="settled",
                state="settled",
                author=str(held.fields.get("settled_by") or "") or None,
                mine=told.mine,
                theirs=told.theirs,
                choice=told.state,
                set_aside=losers_of(told),
                name=people.get(told.settled_by or ""),
            )


def _is_settled(held: Held) -> bool:
    return held.fields.get("state") != "open"
