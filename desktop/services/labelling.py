"""Who gets a label, what is printed on it, and what a label screen is told.

Values and choices only: setting and drawing are `desktop.mailing`'s, which fills these values
and which nothing here imports. Lengths are mm from the top left of the page, type is in points,
sheets and cells count from 1, cells row by row.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from crm.domain.errors import NotFound, Refused
from crm.domain.messages import line
from crm.domain.names import salutation
from desktop.services.customers import CUSTOMER
from desktop.services.ports import Held, Reader, ReaderFactory

# --- what is printed -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """One person or household to write to, as the words on the label."""

    name: str
    honorific: str = ""  # 先生 / 女士 / 收: after the name; a Latin one (Mr) before it
    address: str
    postcode: str = ""
    ref: str = ""  # record id; never printed, only named in findings


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that a person should look at before posting. Never holds a name."""

    ref: str
    code: str
    sheet: int  # from 1; 0 where no label was printed
    cell: int  # from 1, row by row; 0 where no label was printed
    facts: Mapping[str, str | int | float] = field(default_factory=dict)

    @property
    def printed(self) -> bool:
        """Tell whether the person gets a label all the same."""
        return self.sheet > 0

    def text(self, language: str | None = None) -> str:
        """Return one sentence for a person, in `language` or the system's."""
        return line(self.code, language, sheet=self.sheet, cell=self.cell, **self.facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRun:
    """A finished print run."""

    pdf: bytes
    sheets: int
    labels: int  # printed; an addressee without an address gets none
    findings: tuple[Finding, ...]


# --- what a screen draws -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CellBox:
    """Where one label lies on its page, in mm from the top left."""

    left_mm: float
    top_mm: float
    width_mm: float
    height_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetShape:
    """One kind of label sheet: its paper and its cells, row by row."""

    id: str
    title: Mapping[str, str]  # by language
    width_mm: float
    height_mm: float
    columns: int
    rows: int
    cells: tuple[CellBox, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedLine:
    """One line of text: where its baseline begins on the page, and how large it is set."""

    text: str
    x_mm: float
    y_mm: float
    size_pt: float


LABEL, USED, BAD, KEPT, FREE = "label", "used", "bad", "kept", "free"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCell:
    """What becomes of one cell: a label, or why there is none.

    `state` is "label", "used" or "bad" (skipped), "kept" (free, before the start) or "free"
    (behind the last label).
    """

    cell: int
    state: str
    start: bool = False  # where the run begins
    ref: str = ""  # of a label: the customer's id
    lines: tuple[PlannedLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSheet:
    """One page of a run, all its cells in order."""

    number: int
    cells: tuple[PlannedCell, ...]

    @property
    def labels(self) -> int:
        return sum(cell.state == LABEL for cell in self.cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class NextFree:
    """Where the next run can go on, and which cells of that sheet it must not use."""

    sheet: int  # counted within the run: 1 is its first sheet
    cell: int
    used: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelPlan:
    """A run before it is printed: every sheet, and what a person should look at."""

    sheets: tuple[PlannedSheet, ...]
    labels: int
    findings: tuple[Finding, ...]
    next_free: NextFree


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One page as pixels: three bytes each (red, green, blue), rows without padding."""

    width: int
    height: int
    rgb: bytes = field(repr=False)


# --- who gets one --------------------------------------------------------------------------


def choose(
    reader: ReaderFactory,
    *,
    village: str | None = None,
    tag: str | None = None,
    tier: str | None = None,
    ids: Collection[str] | None = None,
) -> tuple[Held, ...]:
    """Return the customers who fit all that is given; everybody where nothing is.

    `ids` of records that are gone, or of no customer, are passed over.
    """
    wanted = {n: v for n, v in (("village", village), ("tier", tier)) if v is not None}
    with reader() as replica:
        if ids is None and tag is None:
            return replica.with_values(CUSTOMER, **wanted)
        named = list(dict.fromkeys(ids)) if ids is not None else None
        found = _by_id(replica, _tagged(replica, tag, named))
    return tuple(h for h in found if all(h.fields.get(n) == v for n, v in wanted.items()))


def _tagged(replica: Reader, tag: str | None, named: list[str] | None) -> list[str]:
    if tag is None:
        return named or []
    bearers = dict.fromkeys(h.parent for h in replica.with_values("tag", label=tag) if h.parent)
    return list(bearers) if named is None else [i for i in named if i in bearers]


def _by_id(replica: Reader, ids: Iterable[str]) -> list[Held]:
    found = []
    for record in ids:
        try:
            held = replica.get(record)
        except NotFound:  # deleted, or handed over, since the list was made
            continue
        if held.kind == CUSTOMER:
            found.append(held)
    return found


def _field_text(held: Held, name: str) -> str:
    return str(held.fields.get(name) or "")


_ORDERS: dict[str, tuple[str, ...]] = {
    "postcode": ("postcode", "address", "name"),
    "address": ("address", "name"),
    "name": ("name", "address"),
}
ORDERS = tuple(_ORDERS)
MOST_COPIES = 99
_BETWEEN_NUMBERS = re.compile(r"(?<=[0-9])[\W_]+(?=[0-9])")
_MARKS = re.compile(r"(?<![0-9])[\W_]+|[\W_]+(?![0-9])")


def arrange(
    customers: Iterable[Held],
    *,
    order: str = "postcode",
    one_per_address: bool = False,
    copies: int = 1,
) -> tuple[Held, ...]:
    """Return the customers in the order of printing, each as often as `copies` says.

    `one_per_address`: of those whose address reads the same, the first in the order stands for
    all; blanks, punctuation, capitals and full-width forms do not count. Who has no address is
    nobody's household. The copies of one label follow each other.
    Raises: Refused `labels.copies`; ValueError for an unknown order.
    """
    if order not in _ORDERS:
        raise ValueError(f"order is one of {ORDERS}")
    if not 1 <= copies <= MOST_COPIES:
        raise Refused("labels.copies", most=MOST_COPIES)
    names = _ORDERS[order]
    ordered = sorted(customers, key=lambda h: (*(_field_text(h, n) for n in names), h.id))
    heads = _heads(ordered) if one_per_address else ordered
    return tuple(held for held in heads for _ in range(copies))


def _heads(ordered: Iterable[Held]) -> list[Held]:
    """Return the first customer of each address, and everybody who has none."""
    heads: dict[str, Held] = {}
    for held in ordered:
        heads.setdefault(_plain(_field_text(held, "address")) or f"id {held.id}", held)
    return list(heads.values())


def _plain(address: str) -> str:
    """Return what an address says; between two numbers a mark stays: 3-12 is not 31-2."""
    folded = unicodedata.normalize("NFKC", address).casefold()
    return _MARKS.sub("", _BETWEEN_NUMBERS.sub("-", folded))


def label_words(customers: Iterable[Held], language: str) -> list[Addressee]:
    """Return the words for each customer, in the order given."""
    return [_words(held, language) for held in customers]


def _words(held: Held, language: str) -> Addressee:
    name, gender = _field_text(held, "name"), _field_text(held, "gender") or None
    return Addressee(
        name=name,
        honorific=_field_text(held, "honorific") or salutation(name, gender, language),
        address=_field_text(held, "address"),
        postcode=_field_text(held, "postcode"),
        ref=held.id,
    )


# --- what there is to choose from ----------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """How many customers a choice would bring, by its value; commonest first."""

    villages: Mapping[str, int]
    tiers: Mapping[str, int]
    tags: Mapping[str, int]
    everybody: int


def groups(reader: ReaderFactory) -> Groups:
    """Count what `choose` can be asked for. Reads every customer: work for a job."""
    with reader() as replica:
        customers = replica.with_values(CUSTOMER)
        tags = replica.with_values("tag")
    return Groups(
        villages=_counted(_field_text(held, "village") for held in customers),
        tiers=_counted(_field_text(held, "tier") for held in customers),
        tags=_counted(label for _, label in {(t.parent, _field_text(t, "label")) for t in tags}),
        everybody=len(customers),
    )


def _counted(values: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for value in filter(None, values):
        counts[value] = counts.get(value, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
