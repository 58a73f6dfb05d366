"""Segments that break into rows where the words find no room side by side."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy

from desktop.views.parts.buttons import Button, Segmented
from desktop.views.parts.fields import SegmentField


class RowSegments(Segmented):
    """As Segmented, in as many rows as the width asks for; all segments equally wide."""

    def __init__(self, keys: Sequence[str], name: str = "") -> None:
        super().__init__(keys, name)
        layout = self.layout()
        while layout is not None and layout.takeAt(0) is not None:
            pass  # placed by hand from here on
        self._keys = tuple(keys)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def set_texts(self, texts: Sequence[str]) -> None:
        super().set_texts(texts)
        self._place()

    def sizeHint(self) -> QSize:
        return QSize(sum(self._needed()), self._height())

    def minimumSizeHint(self) -> QSize:
        return QSize(max(self._needed()), self._height())

    def _buttons_in_order(self) -> list[Button]:
        return [self.button(key) for key in self._keys]

    def _needed(self) -> list[int]:
        """Return the width of each segment, its words bold as when it is chosen."""
        return [round(b.sizeHint().width() * 1.06) + 2 for b in self._buttons_in_order()]

    def _rows(self) -> list[list[int]]:
        """Return the widths of the segments row by row: equal ones, if the words allow that."""
        needed, room = self._needed(), max(1, self.width())
        if sum(needed) <= room:
            return [_filled(needed, room)]
        fit = max(1, room // max(needed))
        count = -(-len(needed) // fit)
        columns = -(-len(needed) // count)
        parts = [needed[at : at + columns] for at in range(0, len(needed), columns)]
        return [_shares([1] * columns, room)[: len(part)] for part in parts]

    def _height(self) -> int:
        return len(self._rows()) * self._line()

    def _line(self) -> int:
        return min(button.sizeHint().height() for button in self._buttons_in_order())

    def _place(self) -> None:
        buttons, line = iter(self._buttons_in_order()), self._line()
        self.setFixedHeight(self._height())
        for number, widths in enumerate(self._rows()):
            left = 0
            for place, width in enumerate(widths):
                overlap = 1 if place + 1 < len(widths) else 0  # neighbours share their edge
                next(buttons).setGeometry(left, number * line, width + overlap, line)
                left += width

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        kinds = (QEvent.Type.ApplicationFontChange, QEvent.Type.StyleChange)
        if event.type() in kinds and hasattr(self, "_keys"):
            self._place()

    def showEvent(self, event: QEvent) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        self._place()


def _filled(needed: Sequence[int], room: int) -> list[int]:
    """Return widths that fill the room: equal ones, else each as its words need."""
    equal = _shares([1] * len(needed), room)
    fits = all(own <= share for own, share in zip(needed, equal, strict=True))
    return equal if fits else _shares(needed, room)


def _shares(weights: Sequence[int], room: int) -> list[int]:
    """Return whole widths in proportion to the weights; their sum is the room."""
    whole = sum(weights)
    edges = [room * sum(weights[:at]) // whole for at in range(len(weights) + 1)]
    return [right - left for left, right in pairwise(edges)]


class RowSegmentField(SegmentField):
    """One of a few, side by side or in rows."""

    def _make_segments(self, keys: Sequence[str]) -> Segmented:
        return RowSegments(keys)
