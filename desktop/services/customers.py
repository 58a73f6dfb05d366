"""Use cases about customers: look up, show, add, edit, choose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from crm.domain.assignments import typed_values
from crm.domain.checks import normalise, unverified
from crm.domain.entry import tidy
from crm.domain.errors import NotFound, Refused
from crm.domain.kind import Schema
from desktop.services.ports import Held, Reader, ReaderFactory, UnitOfWork, UowFactory
from desktop.services.undo import Action

CUSTOMER = "customer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A customer with everything that hangs under it."""

    customer: Held
    family: tuple[Held, ...]
    unverified: dict[str, tuple[str, ...]]  # field: codes of what could not be verified
    waiting: dict[str, dict[str, int]]  # record: {outbox state: count}


def card(reader: ReaderFactory, schema: Schema, customer_id: str) -> Card:
    """Return one customer's card. Raises: NotFound `record.unknown`, `customer.other_kind`."""
    with reader() as replica:
        customer = _customer(replica, customer_id)
        family = replica.family(customer.id)
        states = replica.outbox_states([held.id for held in family])
    below = tuple(held for held in family if held.id != customer.id)
    doubts = unverified(schema[CUSTOMER], customer.fields)
    return Card(customer=customer, family=below, unverified=doubts, waiting=states)


def _customer(uow: Reader, customer_id: str) -> Held:
    held = uow.get(customer_id)
    if held.kind != CUSTOMER:
        raise NotFound("customer.other_kind", kind=held.kind)
    return held


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What saving came to: the record, and what could not be verified about its values."""

    record: str
    changed: bool
    unverified: dict[str, tuple[str, ...]]


def add_customer(new_uow: UowFactory, schema: Schema, pairs: Sequence[str]) -> Saved:
    """Add a customer from FIELD=VALUE words. Raises: Refused."""
    kind = schema[CUSTOMER]
    values = {n: v for n, v in typed_values(kind, pairs, {}).items() if v is not None}
    with new_uow() as uow:
        record = uow.create(CUSTOMER, values)
        uow.commit()
    return Saved(record=record, changed=True, unverified=unverified(kind, values))


def edit_record(new_uow: UowFactory, schema: Schema, record: str, pairs: Sequence[str]) -> Saved:
    """Change fields of a record from FIELD=VALUE words; an empty value empties the field.

    Raises: Refused, NotFound `record.unknown`.
    """
    with new_uow() as uow:
        held = uow.get(record)
        kind = schema[held.kind]
        if kind.laptop_fields:
            raise Refused("edit.settle", kind=kind.name)
        values = typed_values(kind, pairs, held.fields)
        operation = uow.edit(record, values)
        now = uow.get(record).fields
        uow.commit()
    return Saved(record=record, changed=operation is not None, unverified=unverified(kind, now))


# --- what hangs under a customer -----------------------------------------------------------


def tag(new_uow: UowFactory, customer: str, label: str) -> Action | None:
    """Tag a customer; nothing happens where the tag is there. Raises: Refused, NotFound."""
    wanted = tidy(label)
    with new_uow() as uow:
        _customer(uow, customer)
        if wanted not in {held.fields.get("label") for held in uow.children(customer, "tag")}:
            uow.create("tag", {"label": wanted}, parent=customer)
        action = Action.of(uow)
        uow.commit()
    return action


def untag(new_uow: UowFactory, tag_id: str) -> Action | None:
    """Take a tag off. Raises: NotFound `record.unknown`, `tag.other_kind`."""
    with new_uow() as uow:
        held = uow.get(tag_id)
        if held.kind != "tag":
            raise NotFound("tag.other_kind", kind=held.kind)
        uow.delete(tag_id)
        action = Action.of(uow)
        uow.commit()
    return action


def add_contact_point(
    new_uow: UowFactory, schema: Schema, customer: str, typed: Mapping[str, str]
) -> Action | None:
    """Add a way to reach a customer; its form's draft goes with it.

    Raises: Refused with the fact `field`, NotFound.
    """
    values, _ = normalise(schema["contact_point"], typed, whole_record=True)
    with new_uow() as uow:
        _customer(uow, customer)
        uow.create("contact_point", values, parent=customer)
        uow.drop_draft("contact_point", customer)
        action = Action.of(uow)
        uow.commit()
    return action


def add_household_member(
    new_uow: UowFactory, schema: Schema, customer: str, typed: Mapping[str, str]
) -> Action | None:
    """Add a member to a customer's household; the first one founds it, with the customer as head.

    The draft of the form goes with it. Raises: Refused with the fact `field`, NotFound.
    """
    values, _ = normalise(schema["household_member"], typed, whole_record=True)
    with new_uow() as uow:
        head = _customer(uow, customer)
        with uow.group():
            uow.create("household_member", values, parent=_household(uow, head))
        uow.drop_draft("household_member", customer)
        action = Action.of(uow)
        uow.commit()
    return action


def _household(uow: UnitOfWork, head: Held) -> str:
    """Return the id of the household that `head` heads; a new one where there is none."""
    for held in uow.children(head.id, "household"):
        return held.id
    made = uow.create("household", {"name": head.fields["name"]}, parent=head.id)
    uow.create("household_member", {"relation": "head", "customer": head.id}, parent=made)
    return made


# --- looked at last ------------------------------------------------------------------------


def note_viewed(new_uow: UowFactory, customer: str) -> None:
    """Remember that a customer was looked at."""
    with new_uow() as uow:
        uow.note_viewed(customer)
        uow.commit()


def in_village(reader: ReaderFactory, village: str) -> tuple[Held, ...]:
    """Return the customers of one village, by postcode, address and name.

    Raises: Refused `village.nobody`.
    """
    with reader() as replica:
        found = replica.with_values(CUSTOMER, village=village)
    if not found:
        raise Refused("village.nobody")
    return tuple(sorted(found, key=_by_address))


def _by_address(held: Held) -> tuple[str, str, str]:
    fields = held.fields
    return (
        str(fields.get("postcode", "")),
        str(fields.get("address", "")),
        str(fields.get("name", "")),
    )


def everybody(reader: ReaderFactory, page: int = 1000) -> Iterable[Held]:
    """Yield every customer of the replica, page by page, each page a state of its own."""
    last = ""
    while True:
        with reader() as replica:
            found = replica.customers(after=last, limit=page)
        yield from found
        if len(found) < page:
            return
        last = found[-1].id
