"""Rules that the bank sets for everybody: dated values with a default, known by name.

A parameter's record holds its value as JSON and the day from which it holds. What is asked for
a day is the newest value that holds by then, else the default: a laptop that has never synced,
and a server where nobody has set anything, know every rule. Values that this program cannot
read (a newer server's, perhaps) are as if they had not been set. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crm.domain.errors import Refused

KIND = "parameter"
STREAM = "bank"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A rule that programs ask for. Its unit is in its name."""

    default: int
    low: int
    high: int

    def holds(self, value: object) -> bool:
        whole = isinstance(value, int) and not isinstance(value, bool)
        return whole and self.low <= value <= self.high  # type: ignore[operator]


# Sources: docs/rules/consent.md and docs/rules/rights.md; where there is none, our choice.
KNOWN: Mapping[str, Parameter] = {
    "offline_days": Parameter(30, 1, 365),  # without a sync, until only a sync helps
    "consent_months": Parameter(24, 1, 120),  # then a consent counts as unknown
    "reveal_seconds": Parameter(60, 5, 600),  # that a revealed value stays to be seen
    "retention_years": Parameter(10, 10, 30),  # after the last account was closed
}


def value_on(parameters: Iterable[Mapping[str, object]], name: str, on: str) -> int:
    """Return what rule `name` says on day `on`, from the fields of `parameter` records.

    Raises: KeyError for a name that programs do not know.
    """
    known = KNOWN[name]
    held = [
        (str(fields.get("from_on")), value)
        for fields in parameters
        if fields.get("name") == name
        and str(fields.get("from_on")) <= on
        and known.holds(value := _read(fields.get("value")))
    ]
    return max(held)[1] if held else known.default


def _read(text: object) -> int:
    """Return the whole number that a stored value is; one that no rule allows if it is none."""
    try:
        value = json.loads(str(text))
    except ValueError:
        return -1
    return value if isinstance(value, int) and not isinstance(value, bool) else -1


def checked(name: str, text: str) -> str:
    """Return the JSON to store for what somebody typed.

    Raises: Refused `parameter.unknown` {known}, `parameter.value` {name, low, high}.
    """
    known = KNOWN.get(name)
    if known is None:
        raise Refused("parameter.unknown", known=", ".join(KNOWN))
    value = _read(text.strip())
    if not known.holds(value):
        raise Refused("parameter.value", name=name, low=known.low, high=known.high)
    return json.dumps(value)
