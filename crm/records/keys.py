"""Natural keys: what makes two records the same person."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping


def natural_keys(kind: str, fields: Mapping[str, object]) -> tuple[str, ...]:
    """Return the keys of a record, strongest first; empty when it has none.

    A customer is known by identity document type and number; also, and
    without one only, by name and normalised phone.
    """
    if kind != "customer":
        return ()
    keys = []
    number, phone, name = fields.get("id_number"), fields.get("phone"), fields.get("name")
    if number:
        keys.append(f"identity:{fields.get('id_type') or 'resident_id'}:{str(number).upper()}")
    if name and phone:
        keys.append(f"name_phone:{_folded(str(name))}:{phone}")
    return tuple(keys)


def natural_key(kind: str, fields: Mapping[str, object]) -> str | None:
    """Return the strongest key, or None."""
    return next(iter(natural_keys(kind, fields)), None)


def basis_of(key: str) -> str:
    """Return what a key rests on: `identity` or `name_phone`."""
    return key.partition(":")[0]


def _folded(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
