"""Use cases about visits and what follows from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from crm.domain.checks import normalise
from crm.domain.errors import NotFound
from crm.domain.instants import business_date, instant_text
from crm.domain.kind import Schema, Value
from desktop.services.ports import Held, ReaderFactory, UowFactory

VISIT, TASK = "visit", "task"


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitSaved:
    visit: str
    task: str | None


def record_visit(
    new_uow: UowFactory,
    schema: Schema,
    clock: Callable[[], datetime],
    customer: str,
    given: Mapping[str, Value],
) -> VisitSaved:
    """Record a visit; a next step also becomes a task, in the same user action.

    `given` are fields of a visit as typed; the date is today where none is given.
    Raises: Refused, NotFound `record.unknown`, `customer.other_kind`.
    """
    now = clock()
    start: dict[str, Value] = {"on": business_date(now).isoformat(), "state": "completed"}
    fields, _ = normalise(schema[VISIT], {**start, **given}, whole_record=True)
    with new_uow() as uow:
        held = uow.get(customer)
        if held.kind != "customer":
            raise NotFound("customer.other_kind", kind=held.kind)
        with uow.group():
            recorded = {**fields, "recorded_at": instant_text(now)}
            visit = uow.create(VISIT, recorded, parent=customer)
            task = None
            if step := fields.get("next_step"):
                todo = {"title": step, "state": "open", "visit": visit}
                if due := fields.get("next_on"):
                    todo["due_on"] = due
                task = uow.create(TASK, todo, parent=customer)
        uow.commit()
    return VisitSaved(visit=visit, task=task)


def visits_of(reader: ReaderFactory, customer: str) -> tuple[Held, ...]:
    """Return a customer's visits, newest first."""
    with reader() as replica:
        replica.get(customer)
        found = replica.children(customer, VISIT)
    return tuple(sorted(found, key=lambda v: (str(v.fields.get("on")), v.id), reverse=True))


def open_tasks(reader: ReaderFactory, until: date) -> tuple[Held, ...]:
    """Return open tasks due on `until` or before, most urgent first."""
    with reader() as replica:
        return replica.tasks_due(until.isoformat())


def finish_task(new_uow: UowFactory, task: str) -> bool:
    """Mark a task done; return whether it was open. Raises: NotFound."""
    with new_uow() as uow:
        held = uow.get(task)
        if held.kind != TASK:
            raise NotFound("task.other_kind", kind=held.kind)
        operation = uow.edit(task, {"state": "done"})
        uow.commit()
    return operation is not None
