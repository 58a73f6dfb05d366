"""The lines of a preview, put into words only when they are looked at.

A file of 100,000 rows has a million changed fields; of each only its row and field are kept.
Knows nothing of Qt.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from crm.domain.kind import FieldType, Kind
from crm.domain.labels import choice_label
from crm.interchange.export import shown
from crm.interchange.planning import Changed, Created, Plan
from desktop.services.intake import NEW, UPDATED, FieldChange, Intake

KEPT = 500  # rows whose words are remembered
ROWS = {NEW: "created", UPDATED: "changed"}  # of a plan; the other tile shows what is spared


class Lines:
    """One line for each field of the rows of one tile, or for some of the fields only."""

    def __init__(
        self, intake: Intake, tile: str, language: str, only: Collection[str] = ()
    ) -> None:
        self._intake, self._tile, self._language = intake, tile, language
        self._name = ROWS.get(tile, "spared")
        self._rows: Sequence[Created | Changed] = getattr(intake.plan, self._name)
        self._words = _choice_words(intake.kind, language)
        self._row, self._place = array("L"), array("H")
        self._known: dict[int, tuple[FieldChange, ...]] = {}
        self._find(frozenset(only))

    def _find(self, only: frozenset[str]) -> None:
        order = {spec.name: place for place, spec in enumerate(self._intake.kind.fields)}
        for number, row in enumerate(self._rows):
            for place, name in enumerate(fields_of(row, order)):
                if not only or name in only:
                    self._row.append(number)
                    self._place.append(place)

    def __len__(self) -> int:
        return len(self._row)

    def line(self, number: int) -> FieldChange:
        """Return a line with its values in words, masked by class."""
        return self._worded(self._row[number])[self._place[number]]

    def opens_row(self, number: int) -> bool:
        """Tell whether it is the first line of its row of the file."""
        return number == 0 or self._row[number] != self._row[number - 1]

    def _worded(self, row: int) -> tuple[FieldChange, ...]:
        if row not in self._known:
            if len(self._known) >= KEPT:
                self._known.clear()
            alone = Plan(self._intake.kind, **{self._name: [self._rows[row]]})  # type: ignore[arg-type]
            found = replace(self._intake, plan=alone).changes(self._language, self._tile)
            self._known[row] = tuple(map(self._plain, found))
        return self._known[row]

    def _plain(self, change: FieldChange) -> FieldChange:
        words = self._words.get(change.field)
        if not words:
            return change
        now, becomes = (words.get(text, text) for text in (change.now, change.becomes))
        return replace(change, now=now, becomes=becomes)


def fields_of(row: Created | Changed, order: dict[str, int]) -> Iterable[str]:
    """Return the fields of a row in the order in which `Intake.changes` tells them."""
    if isinstance(row, Created):
        return row.fields
    return sorted({**row.changes, **row.kept}, key=order.__getitem__)


def _choice_words(kind: Kind, language: str) -> dict[str, dict[str, str]]:
    """Return, by field, the words of files and the shorter ones of screens."""
    return {
        spec.name: {
            shown(spec, value, language): choice_label(spec, value, language)
            for value in spec.choices
        }
        for spec in kind.fields
        if spec.type is FieldType.CHOICE
    }


@dataclass(frozen=True, slots=True)
class FieldCounts:
    """How many lines each field of a tile has: the commonest, and the others together."""

    total: int
    common: tuple[tuple[str, int], ...]
    others: tuple[str, ...]
    others_count: int


MOST = 3  # fields with a filter of their own


def counted_fields(intake: Intake, tile: str) -> FieldCounts:
    """Count the lines of a tile by field, kept ones included."""
    rows: Sequence[Created | Changed] = getattr(intake.plan, ROWS.get(tile, "spared"))
    counts: Counter[str] = Counter()
    for row in rows:
        counts.update(tuple(row.fields) if isinstance(row, Created) else (*row.changes, *row.kept))
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    rest = ordered[MOST:] if len(ordered) > MOST + 1 else []
    common = ordered[:MOST] if rest else ordered
    return FieldCounts(
        total=sum(counts.values()),
        common=tuple(common),
        others=tuple(name for name, _ in rest),
        others_count=sum(count for _, count in rest),
    )
