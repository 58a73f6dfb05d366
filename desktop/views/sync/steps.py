"""The five steps of a sync, one under the other: tick, what it does, how far, how long."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from desktop.views.language.formats import duration_taken, number_text, percent_text
from desktop.views.language.translating import current_language
from desktop.views.parts.basics import IconLabel, Label, Speaking, column, row
from desktop.views.parts.progress import ProgressBar
from desktop.views.sync.course import STEPS, Step

WORTH_TELLING_S = 0.1

_ICONS = {
    "next": ("circle", "text3"),
    "now": ("arrows-clockwise", "info"),
    "done": ("check-circle-fill", "accent"),
    "stopped": ("warning-fill", "warn"),
}


class StepLine(QWidget):
    """One step. Passive."""

    def __init__(self) -> None:
        super().__init__()
        self._icon = IconLabel(edge=18)
        self._title, self._below = Label("", "body"), Label("", "small", tone="text2", wrap=True)
        self._right = Label("", "small", tone="text2")
        self._bar = ProgressBar()
        self._bar.hide()
        text = column(row(self._title, None, self._right), self._below, self._bar, spacing=1)
        line = row(self._icon, text, spacing=12, margins=(0, 5, 0, 5))
        line.setStretch(1, 1)
        line.setAlignment(self._icon, Qt.AlignmentFlag.AlignTop)
        self.setLayout(line)

    def show_step(self, step: Step, title: str, below: str, right: str, state: str) -> None:
        """Show a step; `state` is its state in words, for who does not see the tick."""
        self._icon.set_icon(*_ICONS[step.state])
        self._title.setText(title)
        self._title.set_tone("text3" if step.state == "next" else None)
        self._below.setText(below)
        self._below.set_tone("text3" if step.state == "next" else "text2")
        self._below.setVisible(bool(below))
        self._right.setText(right)
        self._bar.setVisible(step.state == "now" and step.total > 0)
        self._bar.show_share(step.done, step.total)
        self.setAccessibleName(f"{title}: {state}. {below} {right}".strip())


class StepsView(Speaking):
    """All steps of one sync."""

    def __init__(self) -> None:
        super().__init__()
        self._lines = {key: StepLine() for key in STEPS}
        self._steps: tuple[Step, ...] = ()
        self._told: Mapping[str, str] = {}
        self.setLayout(column(*self._lines.values(), spacing=0))

    def retranslate(self) -> None:
        self.show_steps(self._steps, self._told)

    def show_steps(self, steps: tuple[Step, ...], told: Mapping[str, str]) -> None:
        """Show how far a sync has come; `told` says more of a step by its key."""
        self._steps, self._told = steps, told
        for step in steps:
            below = told.get(step.key) or self._below(step)
            self._lines[step.key].show_step(
                step, self._title(step.key), below, self._right(step), self._state(step)
            )

    def _title(self, key: str) -> str:
        return {
            "identity": self.tr("Check who is who"),
            "send": self.tr("Send my edits"),
            "receive": self.tr("Receive what is new"),
            "verify": self.tr("Compare the contents"),
            "receipt": self.tr("Write the receipt"),
        }[key]

    def _below(self, step: Step) -> str:
        if step.state in ("now", "stopped") and step.total > 0:
            return f"{number_text(step.done)} / {number_text(step.total)}"
        if step.state == "done":
            return self.tr("Done")
        return {
            "identity": self.tr("The server proves that it is ours"),
            "send": self.tr("Oldest first, each exactly once"),
            "receive": self.tr("Only what has changed"),
            "verify": self.tr("One by one; what is missing is fetched"),
            "receipt": self.tr("Kept on this laptop"),
        }[step.key]

    def _right(self, step: Step) -> str:
        if step.state == "now" and step.total > 0:
            return percent_text(step.done, step.total)
        if step.state == "done" and step.seconds is not None and step.seconds >= WORTH_TELLING_S:
            return duration_taken(step.seconds, current_language())
        return ""

    def _state(self, step: Step) -> str:
        return {
            "next": self.tr("still to come"),
            "now": self.tr("under way"),
            "done": self.tr("done"),
            "stopped": self.tr("stopped here"),
        }[step.state]
