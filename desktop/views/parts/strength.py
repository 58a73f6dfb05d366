"""How strong a passphrase is, shown while it is typed: four bars, a word, one piece of advice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QObject, QRectF, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from crm.domain.errors import UserError
from desktop.jobs.desk import Jobs
from desktop.views.language.translating import explained, sentences
from desktop.views.parts.basics import Label, Speaking, column, row
from desktop.views.parts.fields import LineField
from desktop.views.theme.look import look

BARS, ENOUGH = 4, 3
AFTER_MS = 150  # the typing rests; an estimate of a long one takes longer than a picture may


class Estimate(Protocol):
    """What is said of a passphrase."""

    @property
    def score(self) -> int: ...  # 0 to 4
    @property
    def advice(self) -> tuple[str, ...]: ...  # codes of texts, the most telling first


class StrengthMeter(Speaking):
    """Passive. It shows nothing while nothing is typed."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: Estimate | None = None
        self._bars = _Bars()
        self._word, self._advice = Label("", "small"), Label("", "small", tone="text2", wrap=True)
        line = row(self._bars, self._word, spacing=8)
        line.setStretch(0, 1)
        self.setLayout(column(line, self._advice, spacing=2))
        self.show_strength(None)

    def show_strength(self, estimate: Estimate | None) -> None:
        """Show an estimate; None takes it away."""
        self._shown = estimate
        self.setVisible(estimate is not None)
        self.retranslate()

    def retranslate(self) -> None:
        found = self._shown
        if found is None:
            return
        self._bars.show_score(found.score)
        self._word.setText(self._words(found.score))
        self._word.set_tone("accent" if found.score >= ENOUGH else "warn")
        said = sentences(*explained(UserError(found.advice[0]))) if found.advice else ""
        self._advice.setText(said)
        self._advice.setVisible(bool(said))
        self.setAccessibleName(sentences(self._word.text(), said))

    def _words(self, score: int) -> str:
        return (
            self.tr("Guessed at once"),
            self.tr("Easy to guess"),
            self.tr("Not quite enough"),
            self.tr("Strong enough"),
            self.tr("Very strong"),
        )[score]

    def text(self) -> str:
        """Return what it says; "" while it shows nothing."""
        return "" if self._shown is None else sentences(self._word.text(), self._advice.text())


class _Bars(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._score = 0
        self.setFixedHeight(8)
        self.setMinimumWidth(80)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_score(self, score: int) -> None:
        self._score = score
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        worn, gap = look(), 4.0
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        wide = (self.width() - gap * (BARS - 1)) / BARS
        full = worn.colour("accentFill" if self._score >= ENOUGH else "warn")
        for place in range(BARS):
            painter.setBrush(full if place < self._score else worn.colour("neutralSoft"))
            painter.drawRoundedRect(QRectF(place * (wide + gap), 1, wide, 6), 3, 3)
        painter.end()


class StrengthWatch(QObject):
    """Keeps a meter right for the field above it; the estimate is made off the GUI thread."""

    def __init__(
        self,
        field: LineField,
        meter: StrengthMeter,
        jobs: Jobs,
        estimate: Callable[[str], Estimate],
    ) -> None:
        super().__init__(meter)
        self._field, self._meter, self._jobs, self._estimate = field, meter, jobs, estimate
        self._rest = QTimer(self, singleShot=True, interval=AFTER_MS)
        self._rest.timeout.connect(self._ask)
        field.edited.connect(self._edited)

    def _edited(self) -> None:
        if self._field.text():
            self._rest.start()
        else:
            self.clear()

    def clear(self) -> None:
        """Show nothing: the field is empty, or was emptied."""
        self._rest.stop()
        self._meter.show_strength(None)

    def _ask(self) -> None:
        typed = self._field.text()
        if not typed:
            self.clear()
            return
        self._jobs.read(
            lambda _: self._estimate(typed),
            lambda found: self._show(typed, found),
            lambda _: self.clear(),
            key="strength",
        )

    def _show(self, typed: str, found: Estimate) -> None:
        if self._field.text() == typed:
            self._meter.show_strength(found)
