"""Forms: what is said beside a field when it is left, and saving what was typed.

`check` judges one field; saving judges all of them and tells every problem at once. A problem
keeps a form from being saved, a doubt does not. Where a repair is known it is offered, never
made: identity numbers are not corrected at all. Nothing here words a problem: codes have their
texts in resources/messages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from crm.domain import identity, phones, postcodes
from crm.domain.checks import normalise, unverified
from crm.domain.errors import Refused
from crm.domain.instants import business_date
from crm.domain.kind import Field, Fields, Kind, Schema, Value
from crm.records.keys import basis_of, natural_keys
from desktop.services.customers import CUSTOMER
from desktop.services.drafts import CUSTOMER_FORM, NEW, VISIT_FORM
from desktop.services.ports import Held, ReaderFactory, UowFactory
from desktop.services.undo import Action
from desktop.services.visits import VISIT, add_visit, change_visit

Known = Mapping[str, object]  # what stands in the other fields, typed or kept

# Fields that are judged by others: the type of a number, the address of a postcode.
_JUDGED_BY = {
    "id_number": ("id_type",),
    "value": ("type",),
    "postcode": ("address",),
    "birth_date": ("id_type", "id_number"),
    "gender": ("id_type", "id_number"),
    "on": ("state",),
}
_COMING = frozenset({"next_on", "next_contact_on", "due_on"})  # days that lie ahead
_PAST = frozenset({"birth_date", "since"})  # days that cannot


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What is to be said of one field.

    `value` is as it would be kept, None for empty; `facts` are those of the problem's text;
    `proposal` is a text to put into the field instead.
    """

    value: Value | None = None
    problem: str | None = None
    facts: Mapping[str, object] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()
    proposal: str | None = None


def judged_with(name: str) -> tuple[str, ...]:
    """Return the fields to be checked again when the field `name` has changed."""
    return tuple(other for other, judges in _JUDGED_BY.items() if name in judges)


def check(kind: Kind, name: str, typed: str, known: Known, today: date | None = None) -> Checked:
    """Judge what was typed into one field, by what stands in the others.

    With `today`, days are judged too: the next step lies ahead, a birth does not.
    """
    spec, around = kind.by_name[name], _around(kind, name, known)
    if not typed.strip():
        return _empty(spec, around)
    try:
        kept, _ = normalise(kind, {**around, name: typed})
        _check_day(name, kept.get(name), around, today)
    except Refused as refusal:
        facts = {"field": name, "limit": spec.max_length, **refusal.facts}
        proposal = _mended(name, typed, refusal.code, today)
        return Checked(problem=refusal.code, facts=facts, proposal=proposal)
    doubts = unverified(kind, {**around, **kept}).get(name, ())
    proposal = _agreeing(name, around) if _DISAGREE & set(doubts) else None
    return Checked(value=kept.get(name), doubts=doubts, proposal=proposal)


def _empty(spec: Field, around: Known) -> Checked:
    if spec.required:
        return Checked(problem="field.required", facts={"field": spec.name, "limit": 0})
    return Checked(proposal=_agreeing(spec.name, around))


def _around(kind: Kind, name: str, known: Known) -> Fields:
    """Return those judges of a field that are themselves in order, as they would be kept."""
    found: Fields = {}
    for other in _JUDGED_BY.get(name, ()):
        value = known.get(other)
        if other in kind.by_name and value not in (None, ""):
            try:
                found.update(normalise(kind, {**found, other: value})[0])
            except Refused:
                continue  # it is told beside its own field
    return found


# --- days ----------------------------------------------------------------------------------


def _check_day(name: str, value: object, around: Known, today: date | None) -> None:
    if today is None or not isinstance(value, str):
        return
    if name in _COMING and value < today.isoformat():
        raise Refused("day.past", day=value)
    met = name == "on" and around.get("state", "completed") == "completed"
    if (name in _PAST or met) and value > today.isoformat():
        raise Refused("day.ahead", day=value)


def coming_day(meant: date, today: date) -> date:
    """Return the day to offer for one that is past: the same weekday within the next seven days.

    A weekend becomes the Friday before it if that is still to come, else the Monday after it:
    on Wednesday 18 March 2026, Sunday 8 March becomes Friday 20 March.
    """
    day = today + timedelta(days=(meant.weekday() - today.weekday() - 1) % 7 + 1)
    friday = day - timedelta(days=day.weekday() - 4)
    if day.weekday() < 5:
        return day
    return friday if friday > today else friday + timedelta(days=3)


# --- repairs -------------------------------------------------------------------------------

_DISAGREE = frozenset({"postcode.address", "identity.birth_differs", "identity.gender_differs"})


def _agreeing(name: str, known: Known) -> str | None:
    """Return what the other fields say that this one should hold."""
    if name == "postcode":
        return postcodes.of_place(str(known.get("address") or ""))
    number = _resident_number(known)
    if number is not None and name == "birth_date":
        born = identity.birth_date(number)
        return born.isoformat() if born else None
    return identity.gender(number) if number is not None and name == "gender" else None


def _resident_number(known: Known) -> str | None:
    """Return the identity number if it is a resident's and nothing about it is in doubt."""
    typed = str(known.get("id_number") or "")
    if known.get("id_type") not in (None, "", identity.RESIDENT) or not typed:
        return None
    try:
        checked = identity.parse(typed)
    except Refused:
        return None
    return None if "identity.date" in checked.unverified else checked.value


def _mended(name: str, typed: str, problem: str, today: date | None) -> str | None:
    """Return the nearest text that would be taken, where one is plain to see."""
    if problem == "day.past" and today is not None:
        return coming_day(_written(typed), today).isoformat()
    if problem == "day.ahead" and today is not None and name == "on":
        return today.isoformat()
    if problem in ("phone.several", "phone.extension"):
        return _first_phone(typed)
    return None


def _written(typed: str) -> date:
    from crm.domain.entry import written_day

    return date.fromisoformat(written_day(typed))


_BETWEEN_PHONES = ("转", "分机", "ext", "/", "、", ",", ";", "，", "；", "|", "#")


def _first_phone(typed: str) -> str | None:
    """Return the first number of several, or the number before an extension."""
    first = typed.strip()
    for mark in _BETWEEN_PHONES:
        first = first.partition(mark)[0]
    for text in (first, *first.split(), first.rpartition("-")[0]):
        try:
            return phones.display(phones.parse(text).value)
        except Refused:
            continue
    return None


# --- saving --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What saving a form came to. With problems nothing was saved, and `action` is None."""

    record: str | None = None
    action: Action | None = None  # None also where nothing differed
    checked: Mapping[str, Checked] = field(default_factory=dict)
    more: tuple[str, ...] = ()  # records made along with it: the task of a next step

    @property
    def problems(self) -> dict[str, str]:
        """Every field that keeps the form from being saved, with the code of its problem."""
        return {name: c.problem for name, c in self.checked.items() if c.problem}

    @property
    def doubts(self) -> dict[str, tuple[str, ...]]:
        return {name: c.doubts for name, c in self.checked.items() if c.doubts}


def check_all(
    kind: Kind,
    typed: Mapping[str, str],
    held: Known,
    today: date | None = None,
    *,
    whole: bool = False,
    opened: Known | None = None,
) -> dict[str, Checked]:
    """Judge every field that was typed; with `whole` also required ones that are missing.

    `held` is what the record holds: a field that says the same is not judged by the calendar.
    `opened` is what it held when the form was opened, if that is known: a field that somebody
    else has changed meanwhile is a problem, not overwritten unread.
    """
    known = {**held, **typed}
    missing = [s.name for s in kind.fields if whole and s.required and s.name not in typed]
    found = {}
    for name in (*typed, *missing):
        text, now = typed.get(name, ""), held.get(name)
        one = check(kind, name, text, known)
        if one.problem is None and one.value != now:
            one = check(kind, name, text, known, today)
            if opened is not None and opened.get(name) != now:
                one = replace(one, problem="form.changed", facts={"field": name})
        found[name] = one
    return found


def _changed(typed: Mapping[str, str], kind: Kind, opened: Known | None) -> dict[str, str]:
    """Leave out what still stands in the form as it was opened: nobody meant to change it."""
    if opened is None:
        return dict(typed)
    around = {**opened, **typed}
    return {
        name: text
        for name, text in typed.items()
        if (one := check(kind, name, text, around)).problem or one.value != opened.get(name)
    }


def save_customer(
    new_uow: UowFactory,
    schema: Schema,
    typed: Mapping[str, str],
    record: str | None = None,
    *,
    today: date | None = None,
    opened: Known | None = None,
) -> Saved:
    """Save a customer from what was typed; a new one without `record`. Its draft goes with it.

    A field that is not in `typed` stays; an empty text empties its field. `opened` are the
    fields as the form showed them first: only what differs from them is saved.
    Raises: Refused `edit.*`, NotFound `record.unknown`, ValueError for a field that is none.
    """
    kind = schema[CUSTOMER]
    _demand_fields(kind, typed)
    with new_uow() as uow:
        held = uow.get(record).fields if record else {}
        typed = _changed(typed, kind, opened)
        checked = check_all(kind, typed, held, today, whole=record is None, opened=opened)
        if any(one.problem for one in checked.values()):
            return Saved(record=record, checked=checked)
        values = _values(kind, typed, checked, held)
        if record is None:
            made = uow.create(CUSTOMER, {n: v for n, v in values.items() if v is not None})
        else:
            made = record
            uow.edit(record, values)
        uow.drop_draft(CUSTOMER_FORM, record or NEW)
        action = Action.of(uow)
        uow.commit()
    return Saved(record=made, action=action, checked=checked)


def save_visit(
    new_uow: UowFactory,
    schema: Schema,
    clock: Callable[[], datetime],
    customer: str,
    typed: Mapping[str, str],
    record: str | None = None,
    *,
    opened: Known | None = None,
) -> Saved:
    """Save a visit from what was typed; a new one without `record`, held today unless it says.

    A next step that is new becomes a task as well, in the same action.
    Raises: Refused, NotFound `record.unknown`, `customer.other_kind`.
    """
    kind, now = schema[VISIT], clock()
    _demand_fields(kind, typed)
    today = business_date(now)
    with new_uow() as uow:
        held = uow.get(record).fields if record else {}
        typed = _changed(typed, kind, opened) if record else {**_start(today), **typed}
        checked = check_all(kind, typed, held, today, whole=record is None, opened=opened)
        if any(one.problem for one in checked.values()):
            return Saved(record=record, checked=checked)
        values = {name: one.value for name, one in checked.items()}
        if record is None:
            kept = {n: v for n, v in values.items() if v is not None}
            made, task = add_visit(uow, now, customer, kept)
        else:
            made, task = record, change_visit(uow, customer, record, values)
        uow.drop_draft(VISIT_FORM, record or customer)
        action = Action.of(uow)
        uow.commit()
    return Saved(record=made, action=action, checked=checked, more=(task,) if task else ())


def edit_field(
    new_uow: UowFactory,
    schema: Schema,
    record: str,
    name: str,
    typed: str,
    *,
    today: date | None = None,
) -> Saved:
    """Save one field of a record, edited in place. Raises: Refused, NotFound `record.unknown`."""
    with new_uow() as uow:
        held = uow.get(record)
        kind = schema[held.kind]
        _demand_fields(kind, (name,))
        if kind.laptop_fields:
            raise Refused("edit.settle", kind=kind.name)
        checked = check_all(kind, {name: typed}, held.fields, today)
        if checked[name].problem:
            return Saved(record=record, checked=checked)
        uow.edit(record, _values(kind, {name: typed}, checked, held.fields))
        action = Action.of(uow)
        uow.commit()
    return Saved(record=record, action=action, checked=checked)


def _demand_fields(kind: Kind, names: Mapping[str, str] | tuple[str, ...]) -> None:
    unknown = set(names) - kind.by_name.keys()
    if unknown:
        raise ValueError(f"{kind.name} has no field {sorted(unknown)}")


def _values(
    kind: Kind, typed: Mapping[str, str], checked: Mapping[str, Checked], held: Known
) -> dict[str, Value | None]:
    """Return the values to keep; a resident number that has no type brings its own."""
    values = {name: one.value for name, one in checked.items()}
    number = values.get("id_number")
    untyped = not typed.get("id_type", held.get("id_type"))
    if kind.name == CUSTOMER and number and untyped and identity.looks_resident(str(number)):
        values["id_type"] = identity.RESIDENT
    return values


def _start(today: date) -> dict[str, str]:
    return {"on": today.isoformat(), "state": "completed"}


# --- somebody who is here already ----------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookalike:
    """A customer who may be the one who is being added; `basis` is identity or name_phone."""

    held: Held
    basis: str


def lookalikes(
    reader: ReaderFactory, schema: Schema, typed: Mapping[str, str], record: str | None = None
) -> tuple[Lookalike, ...]:
    """Return customers of this laptop with the same identity number, or name and phone.

    `record` is left out: it is the one being edited. Values that are not in order find nobody.
    """
    kind = schema[CUSTOMER]
    checked = check_all(kind, typed, {})
    values = {n: v for n, v in _values(kind, typed, checked, {}).items() if v is not None}
    keys = natural_keys(CUSTOMER, values)
    if not keys:
        return ()
    with reader() as replica:
        number, phone = values.get("id_number"), values.get("phone")
        found = replica.customers_with(
            str(number) if number else None, str(phone) if phone else None
        )
    return tuple(
        Lookalike(held=held, basis=basis_of(shared[0]))
        for held in found
        if held.id != record
        and (shared := [key for key in keys if key in natural_keys(CUSTOMER, held.fields)])
    )
