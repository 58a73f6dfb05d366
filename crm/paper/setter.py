"""Sets rows of text on A4 pages from top to bottom. Knows what fits, not what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from crm.paper.faces import FaceChain
from crm.paper.text import clean, wrap
from crm.paper.values import EM_ASCENT, MM_PT, Page, Rule, Run

WIDTH_MM, HEIGHT_MM = 210.0, 297.0
LEFT_MM, RIGHT_MM, TOP_MM, BOTTOM_MM = 20.0, 190.0, 24.0, 278.0
INNER_MM = RIGHT_MM - LEFT_MM
HEAD_MM, HEAD_PT = 14.0, 8.0
LINE_HEIGHT = 1.45


class Cell(NamedTuple):
    """Words in a column: left edge from the page's, and width, in mm; size in points."""

    x_mm: float
    width_mm: float
    text: str
    size_pt: float = 9.5


class Part(NamedTuple):
    """A page in the making."""

    runs: list[Run]
    rules: list[Rule]


class Setter:
    """Fills pages; a row that does not fit begins the next one."""

    def __init__(self, chain: FaceChain) -> None:
        self._chain = chain
        self._y_mm = BOTTOM_MM
        self.parts: list[Part] = []

    def new_page(self) -> None:
        self.parts.append(Part([], []))
        self._y_mm = TOP_MM

    def gap(self, height_mm: float) -> None:
        self._y_mm += height_mm

    def need(self, height_mm: float) -> None:
        """Begin a new page unless there is so much room: a heading is not left alone."""
        if self._y_mm + height_mm > BOTTOM_MM:
            self.new_page()

    def rule(self, weight_pt: float = 0.4) -> None:
        self.parts[-1].rules.append(Rule(LEFT_MM, self._y_mm, INNER_MM, weight_pt))

    def row(self, *cells: Cell) -> None:
        """Set cells side by side, each broken into lines; only what fills a page runs on."""
        columns = [(cell, self._lines(cell)) for cell in cells]
        step_mm = max(cell.size_pt for cell in cells) * LINE_HEIGHT / MM_PT
        count = max(len(lines) for _, lines in columns)
        if count * step_mm <= BOTTOM_MM - TOP_MM:
            self.need(count * step_mm)
        for number in range(count):
            self.need(step_mm)
            for cell, lines in columns:
                if number < len(lines):
                    self._put(cell, lines[number])
            self._y_mm += step_mm

    def _put(self, cell: Cell, text: str) -> None:
        baseline = self._y_mm + EM_ASCENT * cell.size_pt / MM_PT
        run = Run(cell.x_mm, baseline, cell.size_pt, self._chain.spans(text))
        self.parts[-1].runs.append(run)

    def _lines(self, cell: Cell) -> list[str]:
        text = printable(self._chain, cell.text)
        limit = cell.width_mm * MM_PT * 1000 / cell.size_pt
        return wrap(text, limit, self._chain.width) if text else []


def printable(chain: FaceChain, raw: str) -> str:
    """Return `raw` as one line that the fonts can draw; the rest is spelled as code points."""
    text, _ = clean(raw)
    for char in chain.missing(text):
        text = text.replace(char, f"[U+{ord(char):04X}]")
    chain.missing(text)  # so that the spelling, too, can be measured
    return text


def finished(
    chain: FaceChain, parts: Sequence[Part], head: str, place: Callable[[int, int], str]
) -> Iterator[Page]:
    """Yield pages under a running head; `place` words the page's number and their count."""
    head = printable(chain, head)
    for number, part in enumerate(parts, start=1):
        words = printable(chain, place(number, len(parts)))
        width_mm = chain.width(words) * HEAD_PT / 1000 / MM_PT
        runs = [
            Run(LEFT_MM, HEAD_MM, HEAD_PT, chain.spans(head)),
            Run(RIGHT_MM - width_mm, HEAD_MM, HEAD_PT, chain.spans(words)),
        ]
        rule = Rule(LEFT_MM, HEAD_MM + 2, INNER_MM, 0.3)
        yield Page(WIDTH_MM, HEIGHT_MM, [*runs, *part.runs], (rule, *part.rules))
