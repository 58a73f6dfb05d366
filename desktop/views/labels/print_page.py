"""Step 4: what lies ready, and the two ways out: the printer, or a PDF."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.views.labels.order import Made
from desktop.views.language.translating import counted, current_language
from desktop.views.parts.basics import IconLabel, Label, Speaking, column, row, scrolling, surface
from desktop.views.parts.buttons import Button
from desktop.views.parts.cards import Card, ValueLine
from desktop.views.parts.notices import Banner
from desktop.views.parts.progress import ProgressLine


class PrintPage(Speaking):
    """Passive."""

    save_asked = Signal()
    again_asked = Signal()
    cancel_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._made: Made | None = None
        self.card = Card()
        self._lines = [ValueLine(name_width=130) for _ in range(4)]
        for line in self._lines:
            self.card.body.addWidget(line)
        self._advice = Label(wrap=True, tone="text2")
        self.save = Button(kind="plain", icon_name="file-arrow-down")
        self.again = Button(kind="link", icon_name="plus")
        self.progress, self._problem = ProgressLine(), Banner("danger", "warning-circle-fill")
        self._done_icon, self._done = IconLabel("check-circle-fill", "accent", 18), Label(wrap=True)
        done = row(self._done_icon, self._done, spacing=10, margins=(16, 8, 16, 8))
        done.setStretch(1, 1)
        self._done_box = surface("card", done)
        for hidden in (self.progress, self._problem, self._done_box):
            hidden.hide()
        inside = column(
            self._problem,
            self._done_box,
            self.card,
            row(self.save, self.again, None),
            self._advice,
            self.progress,
            None,
            spacing=14,
            margins=(24, 20, 24, 12),
        )
        page = QWidget()
        page.setLayout(inside)
        self.setLayout(column(scrolling(page)))
        self.save.clicked.connect(self.save_asked)
        self.again.clicked.connect(self.again_asked)
        self.progress.cancel_asked.connect(self.cancel_asked)
        self.retranslate()

    def retranslate(self) -> None:
        self.card.set_title(self.tr("Ready to print"))
        self.save.setText(self.tr("Save as PDF…"))
        self.again.setText(self.tr("Start another run"))
        self._advice.setText(
            self.tr("Print at 100 %, on the paper of this size: anything else moves the labels.")
        )
        if self._made is not None:
            self.show_made(self._made)

    def show_made(self, made: Made) -> None:
        self._made = made
        language = current_language()
        rows = made.shape.columns
        start_row, start_column = divmod(made.order.first_cell - 1, rows)
        begins = self.tr("row {row}, column {column} of the first sheet").format(
            row=start_row + 1, column=start_column + 1
        )
        labels, sheets = self.tr("{n} label"), self.tr("{n} labels")
        one, many = self.tr("{n} sheet"), self.tr("{n} sheets")
        values = (
            (self.tr("Labels"), counted(made.run.labels, labels, sheets)),
            (self.tr("Paper"), counted(made.run.sheets, one, many)),
            (self.tr("Label sheet"), made.shape.title.get(language, made.shape.id)),
            (self.tr("Begins at"), begins),
        )
        for line, (name, value) in zip(self._lines, values, strict=True):
            line.set_name(name)
            line.set_value(value)

    def show_busy(self, what: str, done: int, total: int) -> None:
        self._problem.hide()
        self._done_box.hide()
        self.progress.show_progress(what, done, total)
        self.progress.show()
        self.save.setEnabled(False)
        self.again.setEnabled(False)

    def show_idle(self) -> None:
        self.progress.hide()
        self.save.setEnabled(True)
        self.again.setEnabled(True)

    def show_done(self, sentence: str) -> None:
        self.show_idle()
        self._problem.hide()
        self._done.setText(sentence)
        self._done_box.setAccessibleName(sentence)
        self._done_box.setVisible(bool(sentence))

    def show_problem(self, sentence: str) -> None:
        self.show_idle()
        self._done_box.hide()
        self._problem.tell(sentence)
        self._problem.show()

    def reset(self) -> None:
        self.show_done("")

    def clear(self) -> None:
        self._made = None
        self.reset()
