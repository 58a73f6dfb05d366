"""The measured claims, one module each; `python3 do.py bench` runs them.

A module defines `run(report: Report) -> None` and reports figures, each beside a
floor measured in the same run: what the machine itself can do at best.
"""

from __future__ import annotations

import importlib
from typing import Protocol, TypedDict


class Figure(TypedDict):
    """One measured value. `floor` is in the same unit, None where there is none to have."""

    name: str
    value: float
    unit: str
    floor: float | None
    note: str


class Report(Protocol):
    """Takes a figure as soon as it is known."""

    def __call__(
        self, *, name: str, value: float, unit: str, floor: float | None = None, note: str = ""
    ) -> None: ...


def figures_of(name: str) -> list[Figure]:
    """Run one bench and return what it reports."""
    figures: list[Figure] = []

    def report(
        *, name: str, value: float, unit: str, floor: float | None = None, note: str = ""
    ) -> None:
        figures.append(Figure(name=name, value=value, unit=unit, floor=floor, note=note))

    importlib.import_module(f"bench.{name}").run(report)
    return figures
