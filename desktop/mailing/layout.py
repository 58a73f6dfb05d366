"""From words to a display list: what stands where on each page, in mm and points.

Pure geometry over a sheet and a table of widths. A back end (crm.paper.pdf) draws the
list; it decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from crm.paper.faces import FaceChain
from crm.paper.text import wrap
from crm.paper.values import EM_ASCENT, MM_PT, Run
from desktop.mailing.sheets import FieldStyle, Sheet

STEP_PT = 0.5
SQUEEZE = 0.93  # each further step below the floor


class Fitted(NamedTuple):
    """A field broken into lines at the size that it ended up with."""

    lines: list[str]
    size_pt: float
    outcome: str  # "", "shrunk" (down to the floor, or broken) or "too_long" (below the floor)


Words = dict[str, str]  # field name -> what it says


class LabelSetter:
    """Sets one label after another into the cells of a sheet."""

    def __init__(self, sheet: Sheet, language: str, chain: FaceChain) -> None:
        self._sheet = sheet
        self._order = sheet.order[language]
        self._chain = chain
        self._width_pt = sheet.inner_width_pt
        self._height_pt = sheet.inner_height_pt
        self._address_last = sorted(self._order, key="address".__eq__)
        self._space_before = {name: style.space_before_pt for name, style in sheet.fields.items()}

    def set_label(self, words: Words, cell: int) -> tuple[list[Run], dict[str, Fitted]]:
        """Return the runs of one label in `cell` (from 0), and how each field fitted.

        A field without words takes no room. The address takes what the others leave.
        """
        order = [name for name in self._order if words.get(name)]
        room = self._height_pt - sum(self._space_before[name] for name in order[1:])
        fitted: dict[str, Fitted] = {}
        for name in self._address_last:
            if words.get(name):
                fitted[name] = self._fit(words[name], self._sheet.fields[name], room)
                room -= self._height(fitted[name])
        return self._runs(order, fitted, cell, room), fitted

    def _height(self, fitted: Fitted) -> float:
        return len(fitted.lines) * fitted.size_pt * self._sheet.line_height

    def _fit(self, words: str, style: FieldStyle, room_pt: float) -> Fitted:
        """Set `words` at the best size that the overflow policy allows within `room_pt`."""
        for size, most_lines in _attempts(style):
            fitted = Fitted(self._broken(words, size), size, _outcome(style, size))
            if len(fitted.lines) <= most_lines and self._height(fitted) <= room_pt:
                break
        return fitted

    def _broken(self, words: str, size_pt: float) -> list[str]:
        return wrap(words, self._width_pt * 1000 / size_pt, self._chain.width)

    def _runs(
        self, order: list[str], fitted: dict[str, Fitted], cell: int, spare_pt: float
    ) -> list[Run]:
        """Place the lines from top to bottom, the block centred in the height of the cell."""
        left_mm, top_mm = self._sheet.cells.origin_mm(cell)
        x_mm = left_mm + self._sheet.padding_mm["left"]
        y_pt = (top_mm + self._sheet.padding_mm["top"]) * MM_PT + spare_pt / 2
        runs: list[Run] = []
        for name in order:
            lines, size, _ = fitted[name]
            leading = size * self._sheet.line_height
            y_pt += self._space_before[name] if runs else 0.0
            for text in lines:
                baseline_pt = y_pt + (leading - size) / 2 + EM_ASCENT * size
                runs.append(Run(x_mm, baseline_pt / MM_PT, size, self._chain.spans(text)))
                y_pt += leading
        return runs


def _attempts(style: FieldStyle) -> Iterator[tuple[float, int]]:
    """Give (size, most lines) to try, best first.

    Endless: below the floor it goes on shrinking, for a label that is hard to
    read and reported is better than one that is cut or runs into the next.
    """
    size, lines = style.size_pt, 1
    if style.overflow[0] != "wrap":
        yield size, lines
    for step in style.overflow:
        if step == "wrap":
            lines = style.max_lines
            yield size, lines
        while step == "shrink" and size > style.floor_pt:
            size = max(size - STEP_PT, style.floor_pt)
            yield size, lines
    while True:
        size *= SQUEEZE
        yield size, lines


def _outcome(style: FieldStyle, size_pt: float) -> str:
    if size_pt < style.floor_pt:
        return "too_long"
    return "shrunk" if size_pt < style.size_pt else ""
