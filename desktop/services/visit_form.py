"""What the form of a visit shows when it opens: who, the draft, steps that were taken before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from crm.domain.kind import Value
from desktop.services.drafts import VISIT_FORM
from desktop.services.ports import Draft, Reader, ReaderFactory
from desktop.services.visits import VISIT

STEPS_AT_MOST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """`held` are the fields of a visit that is being changed, empty for a new one."""

    name: str
    place: str
    draft: Draft | None
    steps: tuple[str, ...]  # next steps of this customer's visits, the latest first
    held: Mapping[str, Value] = field(default_factory=dict)


def opening(reader: ReaderFactory, customer: str, visit: str | None = None) -> Opening:
    """Read what a visit's form shows; a new visit without `visit`.

    Raises: NotFound `record.unknown`.
    """
    with reader() as replica:
        fields = replica.get(customer).fields
        held = replica.get(visit).fields if visit else {}
        return Opening(
            name=str(fields.get("name") or ""),
            place=str(fields.get("village") or fields.get("address") or ""),
            draft=replica.draft(VISIT_FORM, visit or customer),
            steps=_steps(replica, customer),
            held=held,
        )


def _steps(replica: Reader, customer: str) -> tuple[str, ...]:
    visits = sorted(
        replica.children(customer, VISIT),
        key=lambda visit: (str(visit.fields.get("on")), visit.id),
        reverse=True,
    )
    steps = (str(visit.fields["next_step"]) for visit in visits if visit.fields.get("next_step"))
    return tuple(dict.fromkeys(steps))[:STEPS_AT_MOST]
