"""Progress: what is done, n of m, about how long still, Cancel. And the steps of a wizard."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.views.parts.basics import Label, Speaking, column, row
from desktop.views.parts.buttons import Button
from desktop.views.theme.icons import paint_icon
from desktop.views.theme.look import look
from desktop.views.theme.painting import CENTRE_LEFT, paint_text, width_of


class ProgressBar(QWidget):
    """A bar; -1 of something unknown shows a quarter, without pretending."""

    def __init__(self) -> None:
        super().__init__()
        self._share = 0.0
        self.setFixedHeight(8)
        self.setMinimumWidth(80)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_share(self, done: int, total: int) -> None:
        self._share = 0.25 if total <= 0 else min(1.0, max(0.0, done / total))
        self.update()

    def share(self) -> float:
        return self._share

    def paintEvent(self, event: QPaintEvent) -> None:
        worn = look()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        track = QRectF(0, 1, self.width(), 6)
        painter.setBrush(worn.colour("neutralSoft"))
        painter.drawRoundedRect(track, 3, 3)
        painter.setBrush(worn.colour("accentFill"))
        if self._share > 0:
            done = QRectF(0, 1, max(6.0, self.width() * self._share), 6)
            painter.drawRoundedRect(done, 3, 3)
        painter.end()


class ProgressLine(Speaking):
    """What is being done, how far, how long still, and a way to stop."""

    cancel_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._what, self._left = Label(), Label(tone="text3")
        self.cancel = Button(kind="link")
        self.cancel.clicked.connect(self.cancel_asked)
        self._bar = ProgressBar()
        self.setLayout(column(row(self._what, None, self._left, self.cancel), self._bar, spacing=4))
        self.retranslate()

    def retranslate(self) -> None:
        self.cancel.setText(self.tr("Cancel"))

    def show_progress(self, what: str, done: int, total: int, left: str = "") -> None:
        count = f"{what}  {done:,} / {total:,}" if total > 0 else what
        self._what.setText(count)
        self._left.setText(left)
        self._bar.show_share(done, total)
        self.setAccessibleName(f"{count} {left}".strip())


class Stepper(QWidget):
    """The steps of a wizard: done ones ticked, today's filled, those to come outlined.

    A click on a done step asks for it; keys go back by the wizard's own button.
    """

    step_asked = Signal(int)  # counts from 0

    def __init__(self) -> None:
        super().__init__()
        self._titles: Sequence[str] = ()
        self._now = 0
        self._spots: list[QRectF] = []  # of the steps as they were painted last
        self.can_go_back = True
        self.setFixedHeight(48)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_steps(self, titles: Sequence[str], now: int) -> None:
        """Show the titles; `now` counts from 0."""
        self._titles, self._now = titles, now
        self.setAccessibleName(f"{now + 1} / {len(titles)}: {titles[now]}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(300, 48)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left, middle = 24.0, self.height() / 2
        self._spots.clear()
        for number, title in enumerate(self._titles):
            if number:
                painter.setPen(QPen(look().colour("lineStrong"), 1))
                painter.drawLine(round(left), round(middle), round(left + 28), round(middle))
                left += 44
            left = self._paint_step(painter, number, title, left, middle)
        painter.end()

    def _paint_step(
        self, painter: QPainter, number: int, title: str, left: float, middle: float
    ) -> float:
        worn = look()
        disc = QRectF(left, middle - 11, 22, 22)
        if number < self._now:
            paint_icon(painter, "check-circle-fill", worn.colour("accentFill"), disc)
        else:
            now = number == self._now
            painter.setPen(QPen(worn.colour("accentFill" if now else "lineStrong"), 1.5))
            painter.setBrush(worn.colour("accentFill") if now else Qt.BrushStyle.NoBrush)
            painter.drawEllipse(disc.adjusted(1, 1, -1, -1))
            painter.setPen(worn.colour("onAccent" if now else "text2"))
            painter.setFont(worn.font("caption", bold=True))
            painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, str(number + 1))
        font = worn.font("strong" if number == self._now else "body")
        width = width_of(title, font)
        colour = worn.colour("text" if number <= self._now else "text2")
        where = QRectF(left + 30, 0, width + 4, self.height())
        paint_text(painter, title, where, font, colour, CENTRE_LEFT)
        self._spots.append(QRectF(left, 0, 30 + width, self.height()))
        return left + 30 + width + 16

    def mousePressEvent(self, event: QMouseEvent) -> None:
        done = self._spots[: self._now] if self.can_go_back else []
        for number, spot in enumerate(done):
            if spot.contains(event.position()):
                self.step_asked.emit(number)
