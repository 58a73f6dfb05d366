"""The catalogue of label sheets: resources/sheets/*.json, all lengths in mm, type in points.

Data only becomes values here; where text goes is the layout's business.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from crm.domain.errors import Refused
from crm.paper.values import MM_PT
from desktop.services.labelling import CellBox, SheetShape


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """The grid of labels on a page."""

    columns: int
    rows: int
    width_mm: float
    height_mm: float
    left_mm: float
    top_mm: float
    gap_x_mm: float
    gap_y_mm: float

    @property
    def count(self) -> int:
        return self.columns * self.rows

    def origin_mm(self, index: int) -> tuple[float, float]:
        """Return the left and top edge of cell `index`, from 0, row by row."""
        row, column = divmod(index, self.columns)
        return (
            self.left_mm + column * (self.width_mm + self.gap_x_mm),
            self.top_mm + row * (self.height_mm + self.gap_y_mm),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldStyle:
    """How one field is set, and what gives first when it does not fit.

    `overflow` is the order of yielding: "wrap" allows up to `max_lines`,
    "shrink" goes down to `floor_pt`. What then still does not fit is made to,
    and reported.
    """

    size_pt: float
    floor_pt: float
    max_lines: int
    overflow: tuple[str, ...]
    space_before_pt: float  # dropped where the field opens the label


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One kind of label sheet with its template."""

    id: str
    title: Mapping[str, str]
    width_mm: float
    height_mm: float
    cells: Cells
    padding_mm: Mapping[str, float]
    line_height: float  # times the type size
    order: Mapping[str, tuple[str, ...]]  # language: field names from top to bottom
    fields: Mapping[str, FieldStyle]

    @property
    def inner_width_pt(self) -> float:
        return (self.cells.width_mm - self.padding_mm["left"] - self.padding_mm["right"]) * MM_PT

    @property
    def inner_height_pt(self) -> float:
        return (self.cells.height_mm - self.padding_mm["top"] - self.padding_mm["bottom"]) * MM_PT


@cache
def sheets() -> dict[str, Sheet]:
    """Return every sheet of the catalogue by its id."""
    entries = sorted(files("resources").joinpath("sheets").iterdir(), key=lambda entry: entry.name)
    texts = {e.name.removesuffix(".json"): e.read_text(encoding="utf-8") for e in entries}
    return {name: _sheet(name, json.loads(text)) for name, text in texts.items()}


def sheet_named(name: str) -> Sheet:
    """Return a sheet. Raises: Refused `mailing.sheet.unknown`."""
    try:
        return sheets()[name]
    except KeyError:
        known = ", ".join(sheets())
        raise Refused("mailing.sheet.unknown", sheet=name, known=known) from None


def sheet_shapes() -> tuple[SheetShape, ...]:
    """Return what a screen needs of every sheet of the catalogue, by id."""
    return tuple(map(_shape, sheets().values()))


def _shape(sheet: Sheet) -> SheetShape:
    cells = sheet.cells
    places = map(cells.origin_mm, range(cells.count))
    size = {"width_mm": cells.width_mm, "height_mm": cells.height_mm}
    return SheetShape(
        id=sheet.id,
        title=sheet.title,
        width_mm=sheet.width_mm,
        height_mm=sheet.height_mm,
        columns=cells.columns,
        rows=cells.rows,
        cells=tuple(CellBox(left_mm=left, top_mm=top, **size) for left, top in places),
    )


def _sheet(name: str, data: dict[str, Any]) -> Sheet:
    fields = {key: _field_style(value) for key, value in data["fields"].items()}
    return Sheet(
        id=name,
        title=data["title"],
        width_mm=data["page"]["width_mm"],
        height_mm=data["page"]["height_mm"],
        cells=Cells(**data["cells"]),
        padding_mm=data["padding_mm"],
        line_height=data["line_height"],
        order={language: tuple(names) for language, names in data["order"].items()},
        fields=fields,
    )


def _field_style(data: dict[str, Any]) -> FieldStyle:
    return FieldStyle(**{**data, "overflow": tuple(data["overflow"])})
