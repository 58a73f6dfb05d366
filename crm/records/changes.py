"""Differences between two states of a record, and how they are laid over it."""

from __future__ import annotations

from collections.abc import Mapping

Change = tuple[object, object]  # (base, new); None is "empty"


def diff(old: Mapping[str, object], new: Mapping[str, object]) -> dict[str, Change]:
    """Return {field: (old, new)} for every field that differs; None and absent are equal."""
    names = sorted(old.keys() | new.keys())
    return {n: (old.get(n), new.get(n)) for n in names if old.get(n) != new.get(n)}


def overlaid(fields: Mapping[str, object], changes: Mapping[str, Change]) -> dict[str, object]:
    """Return `fields` with each change's new value; emptied fields are absent."""
    merged = dict(fields)
    for name, (_, new) in changes.items():
        if new is None:
            merged.pop(name, None)
        else:
            merged[name] = new
    return merged
