"""First step: a file is dropped here or chosen, and what is wrong with it is said here."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QWidget

from desktop.views.intake.words import AT_MOST_MB, AT_MOST_ROWS
from desktop.views.language.translating import sentences
from desktop.views.parts.basics import IconLabel, Label, Speaking, column, row, scrolling, surface
from desktop.views.parts.buttons import Button
from desktop.views.parts.cards import Card
from desktop.views.shell.screen import COMPACT
from desktop.views.theme import tokens
from desktop.views.theme.look import look


class FilePage(Speaking):
    """Passive: tells which file, and whether an empty table is wanted."""

    choose_asked = Signal()
    file_given = Signal(str)  # path
    several_given = Signal()
    empty_table_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAcceptDrops(True)
        self.choose_button = Button(kind="primary", icon_name="folder-open")
        self.choose_button.clicked.connect(self.choose_asked)
        self._title, self._limits = Label("", "heading"), Label("", "small", tone="text2")
        self._zone = _Zone(self._title, self._limits, self.choose_button)
        self._problem = _Problem()
        self.empty_button = Button(icon_name="download-simple")
        self.empty_button.clicked.connect(self.empty_table_asked)
        self._hints = [Label("", tone="text2", wrap=True) for _ in range(3)]
        self._card = Card()
        self._card.body.addLayout(column(*self._hints, 4, row(self.empty_button, None)))
        self._left, self._right = QWidget(), QWidget()
        self._left.setLayout(column(self._problem, self._zone, None, spacing=12))
        self._right.setLayout(column(self._card, None))
        self._body = row(self._left, self._right, spacing=16, margins=(24, 16, 24, 16))
        self._body.setStretch(0, 1)
        inside = QWidget()
        inside.setLayout(self._body)
        self.setLayout(column(scrolling(inside)))
        self.retranslate()

    def retranslate(self) -> None:
        self._title.setText(self.tr("Drop an Excel or CSV file here"))
        limits = self.tr("Up to {rows} rows, {size}. The file is read on this laptop alone.")
        self._limits.setText(limits.format(rows=AT_MOST_ROWS, size=AT_MOST_MB))
        self.choose_button.setText(self.tr("Choose a file…"))
        self._card.set_title(self.tr("How to prepare the table"))
        texts = (
            self.tr("Headings in the first row, one customer in each row below."),
            self.tr(
                "A name, and with it an identity number or a phone, so that the same person"
                " is recognised."
            ),
            self.tr("Empty cells erase nothing that is already there."),
        )
        for label, text in zip(self._hints, texts, strict=True):
            label.setText(text)
        self.empty_button.setText(self.tr("Save an empty table"))

    def fit(self, width_class: str) -> None:
        compact = width_class == COMPACT
        edge = 16 if compact else 24
        self._body.setContentsMargins(edge, 12 if compact else 16, edge, 12)
        self._right.setFixedWidth(240 if compact else tokens.size("aside"))
        self._zone.setFixedHeight(look().px(170 if compact else 256))

    def show_problem(self, what: str, remedy: str = "") -> None:
        """Say why the file is not taken and what to do."""
        self._problem.tell(what, remedy)

    def clear_problem(self) -> None:
        self._problem.hide()

    # --- dropping ---

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()
            self._zone.show_over(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._zone.show_over(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self._zone.show_over(False)
        files = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if len(files) > 1:
            self.several_given.emit()
        elif files:
            event.acceptProposedAction()
            self.file_given.emit(files[0])


class _Zone(QWidget):
    """The dashed field; its edge turns green while a file is over it."""

    def __init__(self, title: Label, limits: Label, button: Button) -> None:
        super().__init__()
        self._over = False
        for label in (title, limits):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(True)
        icon = row(None, IconLabel("file-arrow-up", "accent", 32), None)
        buttons = row(None, button, None)
        self.setLayout(
            column(None, icon, title, limits, 4, buttons, None, margins=(24, 20, 24, 20))
        )

    def show_over(self, over: bool) -> None:
        self._over = over
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        worn = look()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(worn.colour("accent" if self._over else "lineStrong"), 1.5)
        pen.setDashPattern([5, 4])
        painter.setPen(pen)
        painter.setBrush(worn.colour("accentSoft" if self._over else "surface"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)
        painter.end()


class _Problem(QWidget):
    """What is wrong with the file, and what to do."""

    def __init__(self) -> None:
        super().__init__()
        self._what, self._remedy = Label(bold=True, wrap=True), Label(wrap=True)
        line = row(
            IconLabel("warning-circle-fill", "danger", 18),
            column(self._what, self._remedy, spacing=2),
            spacing=10,
            margins=(16, 10, 16, 10),
        )
        line.setStretch(1, 1)
        self.setLayout(column(surface("danger", line)))
        self.hide()

    def tell(self, what: str, remedy: str) -> None:
        self._what.setText(what)
        self._remedy.setText(remedy)
        self._remedy.setVisible(bool(remedy))
        self.setAccessibleName(sentences(what, remedy))
        self.show()

    def text(self) -> str:
        return self.accessibleName()
