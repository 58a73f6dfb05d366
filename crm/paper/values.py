"""What a page is before it is drawn: lines of text at places. Plain values only."""

from __future__ import annotations

from typing import NamedTuple

from crm.domain.errors import UserError

MM_PT = 72 / 25.4  # points in a millimetre
EM_ASCENT = 0.88  # where the baseline lies in the square of a Han character


class FontsMissing(UserError):
    """No installed font can draw Chinese. Facts say what to install."""


class Span(NamedTuple):
    """A stretch of text in one face."""

    face: int
    text: str


class Run(NamedTuple):
    """One line of text: its baseline from the page's top left, its size, its spans."""

    x_mm: float
    y_mm: float
    size_pt: float
    spans: tuple[Span, ...]


class Rule(NamedTuple):
    """A thin line from left to right."""

    x_mm: float
    y_mm: float
    width_mm: float
    weight_pt: float


class Page(NamedTuple):
    """One page to draw."""

    width_mm: float
    height_mm: float
    runs: list[Run]
    rules: tuple[Rule, ...] = ()
