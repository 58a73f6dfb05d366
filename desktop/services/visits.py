"""Use cases about visits and what follows from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from crm.domain.checks import normalise
from crm.domain.errors import NotFound
from crm.domain.instants import business_date, instant_text
from crm.domain.kind import Schema, Value
from desktop.services.ports import Held, ReaderFactory, UnitOfWork, UowFactory
from desktop.services.undo import Action

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
        visit, task = add_visit(uow, now, customer, fields)
        uow.commit()
    return VisitSaved(visit=visit, task=task)


def add_visit(
    uow: UnitOfWork, now: datetime, customer: str, fields: Mapping[str, Value]
) -> tuple[str, str | None]:
    """Save a visit and the task of its next step as one action; return their ids.

    Raises: Refused, NotFound `record.unknown`, `customer.other_kind`.
    """
    held = uow.get(customer)
    if held.kind != "customer":
        raise NotFound("customer.other_kind", kind=held.kind)
    with uow.group():
        recorded = {**fields, "recorded_at": instant_text(now)}
        visit = uow.create(VISIT, recorded, parent=customer)
        return visit, _next_step(uow, customer, visit, fields)


def change_visit(
    uow: UnitOfWork, customer: str, visit: str, changes: Mapping[str, Value | None]
) -> str | None:
    """Save what has changed about a visit; return the task of a next step that is new, if any.

    Raises: Refused, NotFound `record.unknown`.
    """
    before = uow.get(visit).fields
    with uow.group():
        uow.edit(visit, changes)
        if before.get("next_step"):
            return None  # it has its task
        return _next_step(uow, customer, visit, {**before, **changes})


def _next_step(
    uow: UnitOfWork, customer: str, visit: str, fields: Mapping[str, Value | None]
) -> str | None:
    step, due = fields.get("next_step"), fields.get("next_on")
    if not step:
        return None
    todo = {"title": step, "state": "open", "visit": visit, "due_on": due}
    return uow.create(TASK, todo, parent=customer)


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


def finish_task(new_uow: UowFactory, task: str) -> Action | None:
    """Mark a task done; return the action to undo, None if it was not open. Raises: NotFound."""
    with new_uow() as uow:
        held = uow.get(task)
        if held.kind != TASK:
            raise NotFound("task.other_kind", kind=held.kind)
        uow.edit(task, {"state": "done"})
        action = Action.of(uow)
        uow.commit()
    return action
