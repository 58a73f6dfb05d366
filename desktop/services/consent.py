"""Use cases about consent: may these customers be contacted, and what did they say.

One function guards every list, invitation, mailing and export (`permissions`); the rules are
`crm.domain.consent`'s. What customers said is only ever added.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from crm.domain import consent
from crm.domain.checks import normalise
from crm.domain.consent import KIND, Permission, Question, Statement
from crm.domain.errors import NotFound, Refused
from crm.domain.kind import Schema, Value
from crm.domain.kinds import CHANNELS
from desktop.services.customers import CUSTOMER
from desktop.services.ports import Alike, Reader, ReaderFactory, UnitOfWork, UowFactory
from desktop.services.undo import Action

Today = Callable[[], date]


# --- may we --------------------------------------------------------------------------------


def permission(
    reader: ReaderFactory, customer: str, purpose: str, channel: str, on: date
) -> Permission:
    """Tell whether one customer may be contacted. Raises: NotFound `record.unknown`,
    `customer.other_kind`."""
    with reader() as replica:
        _demand_customer(replica, customer)
        return permissions(replica, [customer], purpose, channel, on)[customer]


def permissions(
    replica: Reader, ids: Collection[str], purpose: str, channel: str, on: date
) -> dict[str, Permission]:
    """Tell of each of these customers whether they may be contacted; for lists of any length.

    `channel` "any" asks whether there is a way at all.
    """
    question = Question.of(purpose, channel, on.isoformat(), replica.consents.rules())
    some = ids if len(ids) <= _FEW else None  # of many all are read: a set has its price too
    alike = replica.consents.said(question.said_as, some)
    judged = {}
    for statements, customers in alike:  # what many have said alike is judged once
        judged.update(dict.fromkeys(customers, consent.answer(question, {}, statements)))
    judged.update(_special(replica, question, alike, some))
    nothing_said = consent.answer(question, {}, ())
    return {i: judged.get(i, nothing_said) for i in ids}


def _special(
    replica: Reader, question: Question, alike: Sequence[Alike], some: Collection[str] | None
) -> dict[str, Permission]:
    """Judge one by one those of whom it matters who they are."""
    fields = replica.consents.special(question.young_from, some)
    if question.purpose in consent.DUTIES:
        spoke = [customer for _, customers in alike for customer in customers]
        means = replica.consents.means(spoke)
        fields = {i: {**fields.get(i, {}), **means.get(i, {})} for i in {*fields, *means}}
    said = {i: statements for statements, those in alike for i in those if i in fields}
    return {
        customer: consent.answer(question, known, said.get(customer, ()))
        for customer, known in fields.items()
    }


_FEW = 5_000


@dataclass(frozen=True, slots=True)
class Gate:
    """Who of a list may be contacted, in its order, and who is left out, and why."""

    purpose: str
    channel: str
    allowed: tuple[str, ...]
    left_out: Mapping[str, Permission] = field(default_factory=dict)

    @property
    def reasons(self) -> dict[str, int]:
        """How many are left out for each reason, in the order of the rules."""
        counts = dict.fromkeys(consent.NO_REASONS, 0)
        for one in self.left_out.values():
            counts[one.reason] += 1
        return {reason: count for reason, count in counts.items() if count}


def gate(reader: ReaderFactory, ids: Iterable[str], purpose: str, channel: str, on: date) -> Gate:
    """Keep those of a list who may be contacted. Work for a job where the list is long."""
    named = list(dict.fromkeys(ids))
    with reader() as replica:
        found = permissions(replica, named, purpose, channel, on)
    return Gate(
        purpose=purpose,
        channel=channel,
        allowed=tuple(i for i in named if found[i].allowed),
        left_out={i: found[i] for i in named if not found[i].allowed},
    )


# --- what was said -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Record:
    """Where one customer stands, for every purpose and way, and all that was said."""

    customer: Mapping[str, object]
    statements: Sequence[Statement]  # newest first
    now: Mapping[tuple[str, str], Permission]  # by purpose and way; "any": is there one


def record_of(reader: ReaderFactory, customer: str, on: date) -> Record:
    """Return everything about one customer's consents. Raises: NotFound."""
    with reader() as replica:
        fields = _demand_customer(replica, customer)
        statements = replica.consents.of(customer)
        rules = replica.consents.rules()
    asked = [(p, c) for p in consent.PURPOSES for c in (consent.EVERY_WAY, *CHANNELS)]
    return Record(
        customer=fields,
        statements=sorted(statements, key=lambda s: (s.said_on or "", s.id), reverse=True),
        now={
            (purpose, channel): consent.may_contact(
                fields, statements, purpose, channel, on.isoformat(), rules
            )
            for purpose, channel in asked
        },
    )


def record_statement(
    new_uow: UowFactory, schema: Schema, customer: str, given: Mapping[str, Value], today: date
) -> str:
    """Save what a customer said; return the id. `given` are fields of a consent as typed.

    It is said today where no day is given, and names the noes that are known here.
    Raises: Refused `consent.*` or the code of a field's rule; NotFound.
    """
    start: dict[str, Value] = {"said_on": today.isoformat()}
    fields, _ = normalise(schema[KIND], {**start, **given}, whole_record=True)
    with new_uow() as uow:
        made = add_statement(uow, customer, fields, today)
        uow.commit()
    return made


def save_statement(
    new_uow: UowFactory, schema: Schema, customer: str, typed: Mapping[str, str], today: date
) -> Action | None:
    """Save what a form holds; its draft goes with it.

    Raises: Refused with the fact `field`, NotFound.
    """
    fields, _ = normalise(schema[KIND], typed, whole_record=True)
    with new_uow() as uow:
        add_statement(uow, customer, fields, today)
        uow.drop_draft(KIND, customer)
        action = Action.of(uow)
        uow.commit()
    return action


def add_statement(uow: UnitOfWork, customer: str, fields: Mapping[str, Value], today: date) -> str:
    """Save normalised fields of a statement. Raises: Refused `consent.*`, NotFound."""
    held = _demand_customer(uow, customer)
    _check(held, fields, today)
    purpose, channel = str(fields["purpose"]), str(fields["channel"])
    seen = consent.noes_to_answer(uow.consents.of(customer), purpose, channel)
    if len(seen) > consent.MOST_NOES:
        raise Refused("consent.too_many", limit=consent.MOST_NOES)
    return uow.create(KIND, {**fields, "seen": list(seen)}, parent=customer)


def _check(customer: Mapping[str, object], fields: Mapping[str, Value], today: date) -> None:
    """Refuse what would never count: it is to be mended while the customer is still there."""
    if str(fields["said_on"]) > today.isoformat():
        raise Refused("consent.said_on", field="said_on")
    if fields["decision"] != "granted":
        return  # a no needs no more than to be said
    if fields.get("until_on") and str(fields["until_on"]) < today.isoformat():
        raise Refused("consent.until_on", field="until_on")
    if not fields.get("evidence"):
        raise Refused("consent.evidence", field="evidence")
    if fields["evidence"] == "spoken_witness" and not fields.get("evidence_note"):
        raise Refused("consent.witness", field="evidence_note")
    if fields.get("guardian_name") and fields.get("guardian_relation"):
        return
    if needs_guardian(customer, today):
        raise Refused("consent.guardian", years=consent.OF_AGE, field="guardian_name")
    if needs_guardian(customer, date.fromisoformat(str(fields["said_on"]))):
        raise Refused("consent.guardian.then", years=consent.OF_AGE, field="said_on")


def needs_guardian(customer: Mapping[str, object], today: date) -> bool:
    """Tell whether a customer is under 14, as far as the record says."""
    question = Question.of("service", consent.EVERY_WAY, today.isoformat(), ())
    return consent.is_child(question, customer)


def _demand_customer(replica: Reader, customer: str) -> Mapping[str, object]:
    held = replica.get(customer)
    if held.kind != CUSTOMER:
        raise NotFound("customer.other_kind", kind=held.kind)
    return held.fields
