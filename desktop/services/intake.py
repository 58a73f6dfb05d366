"""Taking a person's spreadsheet in, and giving customers out. Plans first, then saves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crm.domain.kind import Schema
from crm.domain.kinds import SCHEMA
from crm.interchange.files import read_table
from crm.interchange.headings import ColumnMapping, match_headings
from crm.interchange.mending import bad_rows_file
from crm.interchange.planning import Existing, Plan, plan_import
from crm.interchange.reading import Reading, read_customers
from crm.interchange.table import Table
from crm.records.keys import natural_keys
from desktop.services.customers import CUSTOMER, everybody
from desktop.services.ports import ReaderFactory, UowFactory
from desktop.services.progress import Progress

PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """A file read and held against the replica; nothing is changed yet."""

    table: Table
    reading: Reading
    plan: Plan

    @property
    def mapping(self) -> ColumnMapping:
        return self.reading.mapping

    def bad_rows(self, language: str) -> bytes:
        """Return an xlsx of the rows to mend, with line and reason."""
        return bad_rows_file(self.reading, language, self.plan.held)

    @property
    def to_mend(self) -> int:
        return len(self.reading.bad) + len(self.plan.held)


def plan_intake(
    reader: ReaderFactory,
    data: bytes,
    filename: str,
    overrides: Mapping[str, str],
    schema: Schema = SCHEMA,
) -> Intake:
    """Read a file and plan what taking it in would do. Raises: BadFile, Refused."""
    kind = schema[CUSTOMER]
    table = read_table(data, filename, kind=kind)
    mapping = match_headings(table.headings, kind, overrides)
    reading = read_customers(table, mapping, kind)
    existing = Existing.of(((h.id, h.fields) for h in everybody(reader)), kind, natural_keys)
    plan = plan_import(reading.good, existing, kind, natural_keys)
    return Intake(table=table, reading=reading, plan=plan)


def take(new_uow: UowFactory, plan: Plan, progress: Progress) -> int:
    """Carry out a plan, a page of rows to a transaction; return how many rows were saved.

    Each row is a user action of its own. Cancelled between pages, what was saved
    stays; the same file again takes the rest.
    """
    created = [(row.fields, None) for row in plan.created]
    changed = [
        ({n: new for n, (_, new) in row.changes.items()}, row.record_id) for row in plan.changed
    ]
    rows = [*created, *changed]
    for start in range(0, len(rows), PAGE):
        progress.step(start, len(rows))
        with new_uow() as uow:
            for fields, record in rows[start : start + PAGE]:
                if record is None:
                    uow.create(CUSTOMER, fields)
                else:
                    uow.edit(record, fields)
            uow.commit()
    return len(rows)
