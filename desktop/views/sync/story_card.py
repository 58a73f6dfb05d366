"""A few lines of the customer's story around what is to settle."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout

from desktop.views.parts.basics import IconLabel, Label, ShortLabel, Speaking, column, surface


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One thing that happened, in words; `here` marks what is to settle."""

    icon: str
    tone: str
    title: str
    day: str
    text: str = ""
    here: bool = False


_ROLES = {"neutral": "text2", "accent": "accent", "info": "info", "warn": "warn"}


class StoryCard(Speaking):
    """Passive."""

    def __init__(self, lines: tuple[StoryLine, ...]) -> None:
        super().__init__()
        self._heading = Label("", "small", bold=True, tone="text2")
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(2, 1)
        for number, line in enumerate(lines):
            self._add(grid, number, line)
        inside = column(self._heading, grid, spacing=8, margins=(16, 10, 16, 12))
        self.setLayout(column(surface("plate", inside)))
        self.retranslate()

    def _add(self, grid: QGridLayout, number: int, line: StoryLine) -> None:
        middle = Qt.AlignmentFlag.AlignVCenter
        role = _ROLES.get(line.tone, "danger")
        grid.addWidget(IconLabel(line.icon, role), number, 0, middle)
        grid.addWidget(Label(line.title, "small", bold=line.here), number, 1, middle)
        text = ShortLabel()
        text.setText(line.text.replace("\n", " "))
        grid.addWidget(text, number, 2, middle)
        grid.addWidget(Label(line.day, "small", tone="text2"), number, 3, middle)

    def retranslate(self) -> None:
        self._heading.setText(self.tr("Around it in the customer's story"))
