"""Opening what a laptop sealed when its customer left (`seal`), before anything is judged.

What cannot be opened stays sealed: it is quarantined as it came, never refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from crm.records.sealing import HEADER, SealBroken, unseal
from server.exchange.operations import Operation


def opened(op: Operation, key: X25519PrivateKey | None) -> Operation:
    """Return the operation with its content in clear, or as it came where that fails."""
    if op.sealed is None or key is None:
        return op
    header = {name: getattr(op, name) for name in HEADER}
    try:
        return _filled(op, unseal(key, header, op.sealed))
    except (SealBroken, AttributeError, TypeError, ValueError, KeyError):
        return op


def _filled(op: Operation, content: Mapping[str, Any]) -> Operation:
    """Raises: one of the errors above for content of another form."""
    fields = {str(name): (base, new) for name, (base, new) in content["fields"].items()}
    return replace(
        op,
        fields={**fields, **op.fields},  # in clear: what came to it after it was sealed
        seen=_text(content["seen"]),
        into=_text(content["into"]),
        last_copy=None if content["copy"] is None else dict(content["copy"]),
        sealed=None,
    )


def _text(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise TypeError("text or nothing")
    return value
