"""Taking many records in at the server: a spreadsheet of customers, a made-up branch.

Each row is a group of its own and takes the path of a laptop's edits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from crm.domain.errors import Refused
from crm.domain.ids import new_id
from crm.domain.kind import kind_of
from crm.domain.kinds import Customer
from crm.domain.messages import system_language
from crm.interchange.files import read_file, read_table
from crm.interchange.headings import match_headings
from crm.interchange.mending import bad_rows_file
from crm.interchange.planning import Existing, Plan, plan_import
from crm.interchange.reading import Reading, read_customers
from crm.records.keys import natural_keys
from server.exchange.hand import Hand
from server.exchange.operations import Operation, Result
from server.store import records as store

PAGE = 500
KIND = kind_of(Customer)


@dataclass(frozen=True, slots=True)
class Intake:
    """What a file holds, against what is there."""

    reading: Reading
    plan: Plan


def plan_file(hand: Hand, path: Path, stream: str) -> Intake:
    """Read a spreadsheet and plan what taking it into `stream` would do; change nothing.

    Raises: BadFile, Refused.
    """
    table = read_table(read_file(path), path.name)
    reading = read_customers(table, match_headings(table.headings, KIND), KIND)
    with hand.exchange.database.snapshot() as connection:
        held = [(r.id, r.fields) for r in store.of_kind(connection, KIND.name, [stream])]
    existing = Existing.of(held, KIND, natural_keys)
    return Intake(reading, plan_import(reading.good, existing, KIND, natural_keys))


def take(
    hand: Hand, plan: Plan, stream: str, progress: Callable[[int, int], None]
) -> dict[int, Result]:
    """Carry out a plan; return {line: result} of every created or changed row."""
    lines, operations = [], []
    for created in plan.created:
        lines.append(created.line)
        op = hand.operation("create", KIND.name, new_id(), created.fields, home=stream)
        operations.append(op)
    for changed in plan.changed:
        lines.append(changed.line)
        op = hand.operation("edit", KIND.name, changed.record_id, {})
        operations.append(replace(op, fields=changed.changes))
    results = _push(hand, operations, progress)
    return dict(zip(lines, results, strict=True))


def bad_rows(intake: Intake) -> bytes:
    """Return an xlsx of the rows to mend, each with its line and reason."""
    return bad_rows_file(intake.reading, system_language(), intake.plan.held)


def _push(
    hand: Hand, operations: list[Operation], progress: Callable[[int, int], None]
) -> list[Result]:
    results: list[Result] = []
    for start in range(0, len(operations), PAGE):
        results += hand.push(operations[start : start + PAGE])
        progress(len(results), len(operations))
    return results


def fill(
    hand: Hand,
    records: Iterable[Any],
    stream_of: Callable[[str], str],
    progress: Callable[[int], None],
) -> int:
    """Create made-up records, parents first; return how many.

    Each has `kind`, `id`, `parent`, `root`, `owner` and `fields`.
    """
    page: list[Operation] = []
    count = 0
    for made in records:
        home = None if made.parent else stream_of(made.owner)
        op = hand.operation(
            "create", made.kind, made.id, made.fields, parent=made.parent, home=home, root=made.root
        )
        page.append(op)
        if len(page) == PAGE:
            count += _fill_page(hand, page)
            progress(count)
            page = []
    return count + _fill_page(hand, page)


def _fill_page(hand: Hand, page: list[Operation]) -> int:
    for op, result in zip(page, hand.push(page), strict=True):
        if result.outcome != "applied":
            raise Refused("practice.refused", kind=op.kind, reason=result.reason or result.outcome)
    return len(page)
