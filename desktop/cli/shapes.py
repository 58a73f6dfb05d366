"""Values as the command line shows them: JSON shapes and lines of text, masked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crm.domain.kind import Field, Kind, Personal, Schema
from crm.domain.masking import UNKNOWN, mask
from desktop.services.conflicts import Dispute
from desktop.services.customers import Card
from desktop.services.ports import Held


def fields_shown(kind: Kind | None, fields: Mapping[str, Any], *, reveal: bool) -> dict[str, Any]:
    """Return fields with C3 values masked, and those that only a newer program knows, unless they
    are revealed."""
    specs = kind.by_name if kind is not None else {}
    return {n: v if reveal else _shown(specs.get(n, UNKNOWN), v) for n, v in fields.items()}


def _shown(spec: Field, value: Any) -> Any:
    secret = spec.personal is Personal.MASKED and value is not None
    return mask(spec, value) if secret else value


def held_shown(schema: Schema, held: Held, *, reveal: bool = False) -> dict[str, Any]:
    """Return one record."""
    return {
        "id": held.id,
        "kind": held.kind,
        "parent": held.parent,
        "version": held.version,
        "waiting": held.waiting,
        "fields": fields_shown(schema.get(held.kind), held.fields, reveal=reveal),
    }


def card_shown(schema: Schema, card: Card, *, reveal: bool) -> dict[str, Any]:
    """Return a customer's card: the record, what hangs under it by kind, doubts."""
    below: dict[str, list[dict[str, Any]]] = {}
    for held in card.family:
        below.setdefault(held.kind, []).append(held_shown(schema, held, reveal=reveal))
    return {
        **held_shown(schema, card.customer, reveal=reveal),
        "unverified": {name: list(codes) for name, codes in card.unverified.items()},
        "family": below,
    }


def dispute_shown(schema: Schema, dispute: Dispute, *, reveal: bool) -> dict[str, Any]:
    """Return a conflict: base, mine and theirs, with both authors."""
    shown = {name: getattr(dispute, name) for name in Dispute.__slots__}
    if not reveal:
        for side in ("base", "mine", "theirs"):
            shown[side] = _side(schema.get(dispute.kind), dispute, shown[side])
    return shown


def _side(kind: Kind | None, dispute: Dispute, value: Any) -> Any:
    if value is None:
        return value
    if dispute.field is None:
        return fields_shown(kind, value, reveal=False)
    return fields_shown(kind, {dispute.field: value}, reveal=False)[dispute.field]


def pairs_text(values: Mapping[str, Any]) -> str:
    """Return values a line each, for people."""
    return "\n".join(f"  {name}: {_plain(value)}" for name, value in values.items())


def _plain(value: Any) -> str:
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)
