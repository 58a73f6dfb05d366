"""What an attack is, and the list of them.

    @attack("hostile-names", quick_s=2, full_s=60)
    def hostile_names(run):
        '''What is tried, in one sentence: it stands in the table.'''
        for name in run.some(NAMES, 50):     # a list; in a quick run 50 of it by chance
            run.tried("name")                # one case, counted under a word
            if shown(name) != expected:
                run.found(f"name {name!a}: shown as it is")
        while run.going():                   # then by chance, until the time is over
            ...                              # run.dice is the only source of chance

    @weakness("hostile-names")
    def names_are_trusted(patch):            # pytest's monkeypatch: undone afterwards
        patch.setattr(module, "cleaned", lambda name: name)

An attack goes on after a finding, leaves nothing behind outside `run.folder`, and says in a finding
what was sent, never a secret. Its module stands in `MODULES`. An exception of its own is a finding.
"""

from __future__ import annotations

import random
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

MODULES = [
    *("endpoint_roles", "openapi", "bad_laptop", "bad_server"),
    *("erased", "leaks", "leaks_window", "hostile_files"),
]
MOST_FINDINGS = 20  # of one attack: a hole found a thousand times is one hole
T = TypeVar("T")


@dataclass
class Run:
    """One attack under way: its seed, its time, what it tried and what it found."""

    seed: int
    seconds: float  # of tries by chance, after the lists
    folder: Path
    quick: bool = True
    counts: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)
    name: str = ""  # of the attack

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.started = time.monotonic()

    def some(self, cases: Sequence[T], most: int) -> Sequence[T]:
        """Return all cases of a list; in a quick run as many as `most`, by chance."""
        return self.dice.sample(cases, min(most, len(cases))) if self.quick else cases

    def going(self) -> bool:
        """Tell whether time for tries by chance is left."""
        return time.monotonic() < self.started + self.seconds and len(self.findings) < MOST_FINDINGS

    def tried(self, what: str, times: int = 1) -> None:
        self.counts[what] += times

    def found(self, text: str) -> None:
        """Note that something got through."""
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(text)

    def expect(self, good: object, text: str) -> None:
        """Note a finding unless something holds."""
        if not good:
            self.found(text)


@dataclass(frozen=True)
class Attack:
    name: str
    run: Callable[[Run], None]
    quick_s: float
    full_s: float

    @property
    def about(self) -> str:
        return " ".join((self.run.__doc__ or "").split())


ATTACKS: dict[str, Attack] = {}
WEAKNESSES: dict[str, list[Callable[[Any], None]]] = {}  # attack: what it must find


def attack(
    name: str, *, quick_s: float, full_s: float
) -> Callable[[Callable[[Run], None]], Callable[[Run], None]]:
    """Register an attack; seconds are what it spends on tries by chance."""

    def register(run: Callable[[Run], None]) -> Callable[[Run], None]:
        if name in ATTACKS:
            raise ValueError(f"two attacks are named {name}")
        ATTACKS[name] = Attack(name, run, quick_s, full_s)
        return run

    return register


def weakness(name: str) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
    """Register a weakness, planted by patching, that the attack `name` must find."""

    def register(plant: Callable[[Any], None]) -> Callable[[Any], None]:
        WEAKNESSES.setdefault(name, []).append(plant)
        return plant

    return register


def load() -> dict[str, Attack]:
    """Import every module of attacks; return what they registered."""
    for module in MODULES:
        import_module(f"tests.attack.{module}")
    return ATTACKS


def carry_out(known: Attack, run: Run) -> Run:
    """Run an attack; where it breaks itself, that is a finding with its place."""
    try:
        known.run(run)
    except Exception as error:  # noqa: BLE001 - it is told, and the others go on
        place = traceback.extract_tb(error.__traceback__)[-1]
        run.found(f"the attack broke: {error!r} at {Path(place.filename).name}:{place.lineno}")
    return run
