"""What an entry of the access log commits to, and whether it still says that.

An entry is a record of kind `access_entry`; everything in it but commitment and salt is its
content. Both ends ask here, so that they can't disagree on what was committed to.
"""

from __future__ import annotations

from collections.abc import Mapping

from crm.records import chain

KIND = "access_entry"
PROOF = frozenset({"commitment", "salt"})


def content(fields: Mapping[str, object]) -> dict[str, object]:
    """Return what the commitment speaks of: all fields that hold something, but the proof."""
    return {n: v for n, v in fields.items() if n not in PROOF and v is not None}


def sealed(fields: Mapping[str, object]) -> dict[str, object]:
    """Return the fields of a new entry with a fresh salt and the commitment."""
    salt = chain.new_salt()
    link = chain.commitment(salt, content(fields))
    return {**content(fields), "salt": salt.hex(), "commitment": link.hex()}


def is_erased(fields: Mapping[str, object]) -> bool:
    """Tell whether the server took salt and content away; what is left keeps the chain whole."""
    return "salt" not in fields


def erased(fields: Mapping[str, object]) -> dict[str, object]:
    """Return what stays of an entry whose content must go: its place, its time and its link."""
    kept = ("author", "at", "action", "count", "reason", "place", "commitment")
    return {name: fields[name] for name in kept if name in fields}


def is_true(fields: Mapping[str, object]) -> bool:
    """Tell whether an entry says what it committed to."""
    try:
        salt, link = bytes.fromhex(str(fields["salt"])), bytes.fromhex(str(fields["commitment"]))
    except (KeyError, ValueError):
        return False
    return chain.commitment(salt, content(fields)) == link
