"""What the person has set for a run of labels, and what the office makes of it off this thread.

Values and functions; no widget. `printing` is the office's: the functions of the mailing room.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from crm.domain.consent import Permission
from desktop.services.labelling import (
    Addressee,
    LabelPlan,
    LabelRun,
    NextFree,
    SheetShape,
    arrange,
    label_words,
)
from desktop.services.ports import Held
from desktop.services.progress import Progress

USED, BAD, START = "used", "bad", "start"  # what a click on a cell means


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How a run is to be printed. Cells count from 1, row by row, on the first sheet."""

    sheet: str = ""
    first_cell: int = 1
    used: frozenset[int] = frozenset()
    bad: frozenset[int] = frozenset()
    copies: int = 1
    order: str = "postcode"
    one_per_address: bool = False
    language: str = "zh"

    def marked(self, cells: Collection[int], how: str) -> Order:
        """Return the order with cells marked as `how`; if all of them are already, unmarked."""
        wanted = frozenset(cells)
        held: Mapping[str, frozenset[int]] = {USED: self.used, BAD: self.bad}
        if wanted <= held[how]:
            kept = {name: marks - wanted for name, marks in held.items()}
            return replace(self, used=kept[USED], bad=kept[BAD])
        taken = {name: marks - wanted for name, marks in held.items()}
        taken[how] |= wanted
        return replace(self, used=taken[USED], bad=taken[BAD])

    def started_at(self, cell: int) -> Order:
        """Return the order that begins at `cell`, which is thereby free."""
        free = frozenset({cell})
        return replace(self, first_cell=cell, used=self.used - free, bad=self.bad - free)

    def on_new_sheet(self, sheet: str = "") -> Order:
        """Return the order on a sheet that nobody has used."""
        empty: frozenset[int] = frozenset()
        return replace(self, sheet=sheet or self.sheet, first_cell=1, used=empty, bad=empty)

    def going_on(self, free: NextFree) -> Order:
        """Return the order that goes on where a run has ended."""
        bad = self.bad & free.used
        return replace(self, first_cell=free.cell, used=free.used - bad, bad=bad)

    def going_on_at(self, cell: int) -> Order:
        """Return the order on a sheet of which only its next free cell is remembered."""
        used = frozenset(range(1, cell))
        return replace(self, first_cell=cell, used=used, bad=frozenset())

    @property
    def part_used(self) -> bool:
        return bool(self.used or self.bad) or self.first_cell > 1

    def free_cells(self, cells: int) -> int:
        """Return how many of a sheet's `cells` the run can use on its first sheet."""
        closed = self.used | self.bad
        return sum(cell not in closed for cell in range(self.first_cell, cells + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One row of the list of people; `barred` says why they may not be written to."""

    id: str
    name: str
    address: str
    postcode: str
    barred: Permission | None = None

    @property
    def gets_none(self) -> bool:
        return self.barred is not None or not self.address


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Who was chosen. `held` are the records that labels are made of: of those who may be
    written to alone."""

    held: tuple[Held, ...] = ()
    rows: tuple[Person, ...] = ()

    @property
    def names(self) -> Mapping[str, str]:
        return {row.id: row.name for row in self.rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A finished run with what is needed to show and print it."""

    run: LabelRun
    order: Order
    shape: SheetShape
    next_free: NextFree
    names: Mapping[str, str] = field(repr=False)  # by customer's id


def people_of(held: Iterable[Held], barred: Mapping[str, Permission]) -> People:
    """Return the list to show: by name, those who get no label among the others."""
    listed = sorted(held, key=lambda each: (_text(each, "name"), each.id))
    return People(
        held=tuple(each for each in listed if each.id not in barred),
        rows=tuple(_row(each, barred.get(each.id)) for each in listed),
    )


def _row(held: Held, barred: Permission | None) -> Person:
    return Person(
        id=held.id,
        name=_text(held, "name"),
        address=_text(held, "address"),
        postcode=_text(held, "postcode"),
        barred=barred,
    )


def _text(held: Held, name: str) -> str:
    return str(held.fields.get(name) or "").strip()


def words_for(people: Sequence[Held], order: Order) -> list[Addressee]:
    """Return the words of the labels, in the order of printing."""
    arranged = arrange(
        people, order=order.order, one_per_address=order.one_per_address, copies=order.copies
    )
    return label_words(arranged, order.language)


def planned(printing: Any, people: Sequence[Held], order: Order, progress: Progress) -> LabelPlan:
    """Return the run cell by cell. Work for a job. Raises: as label_plan."""
    plan: LabelPlan = printing.label_plan(
        words_for(people, order),
        sheet=order.sheet,
        first_cell=order.first_cell,
        skip=order.used,
        bad=order.bad,
        language=order.language,
        progress=progress.step,
    )
    return plan


def made(
    printing: Any, people: Sequence[Held], order: Order, shape: SheetShape, progress: Progress
) -> Made:
    """Return the run as a file. Work for a job. Raises: as label_pdf."""
    closed = order.used | order.bad
    run = printing.label_pdf(
        words_for(people, order),
        sheet=order.sheet,
        first_cell=order.first_cell,
        skip=closed,
        language=order.language,
        progress=progress.step,
    )
    free = printing.next_free(order.sheet, order.first_cell, closed, run.labels)
    names = {held.id: _text(held, "name") for held in people}
    return Made(run=run, order=order, shape=shape, next_free=free, names=names)
