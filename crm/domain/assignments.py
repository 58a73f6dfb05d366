"""FIELD=VALUE words of a command line, as values of a kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from crm.domain.checks import normalise
from crm.domain.errors import Refused
from crm.domain.kind import Fields, Kind, Value

# Fields that are judged together: an identity number by its type, a value by its type.
_JUDGED_BY = {"id_number": ("id_type",), "value": ("type",), "postcode": ("address",)}


def typed_values(
    kind: Kind, pairs: Iterable[str], held: Mapping[str, object]
) -> dict[str, Value | None]:
    """Return {field: new value} for `pairs`; an empty value means None: empty the field.

    `held` is what the record holds, for fields that are judged together.
    Raises: Refused `assignment.form`, `assignment.field` or the value's own refusal.
    """
    given = dict(_split(kind, pair) for pair in pairs)
    emptied: dict[str, Value | None] = {n: None for n, text in given.items() if not text.strip()}
    filled: dict[str, Value] = {n: text for n, text in given.items() if text.strip()}
    kind.check(emptied, whole_record=False)
    kept = normalise(kind, {**_context(filled, held), **filled})[0] if filled else {}
    values: dict[str, Value | None] = {n: kept[n] for n in filled if n in kept}
    if "id_number" in values and "id_type" not in held and "id_type" in kept:
        values["id_type"] = kept["id_type"]
    return {**emptied, **values}


def _context(given: Mapping[str, object], held: Mapping[str, object]) -> Fields:
    names = {other for name in given for other in _JUDGED_BY.get(name, ())}
    return {n: v for n in names if isinstance(v := held.get(n), str)}


def _split(kind: Kind, pair: str) -> tuple[str, str]:
    name, equals, text = pair.partition("=")
    if not equals:
        raise Refused("assignment.form", word_length=len(pair))
    if name not in kind.by_name:
        raise Refused("assignment.field", field=name[:40], fields=", ".join(kind.by_name))
    return name, text
