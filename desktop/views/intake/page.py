"""The import as one page: steps above, the step's page, foot with Back and the way on."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QStackedWidget, QWidget

from desktop.views.intake.file_page import FilePage
from desktop.views.intake.mapping_page import MappingPage
from desktop.views.intake.preview_page import PreviewPage
from desktop.views.intake.result_page import ResultPage
from desktop.views.parts.basics import Label, ShortLabel, column, row, separator, surface
from desktop.views.parts.buttons import Button
from desktop.views.parts.progress import ProgressLine, Stepper
from desktop.views.shell.screen import COMPACT, WIDE, Screen
from desktop.views.theme import tokens

FILE, HEADINGS, PREVIEW, RESULT = range(4)
GO_ON_KEYS = ("Ctrl+Return", "Ctrl+Enter")


class IntakeScreen(Screen):
    """Passive: shows a step, tells that the person wants on or back."""

    on_asked = Signal()
    back_asked = Signal()
    step_asked = Signal(int)
    cancel_asked = Signal()
    spoken_anew = Signal()  # another language: what is said of rows must be said again
    lock_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.step = FILE
        self._to_write, self._has_file = 0, False
        self.stepper = Stepper()
        self._file_name = ShortLabel("", "small", tone="text2")
        self._file_name.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.progress = ProgressLine()
        self.progress.cancel_asked.connect(self.cancel_asked)
        self._progress_room = QWidget()
        self._progress_room.setLayout(column(self.progress, margins=(24, 6, 24, 6)))
        self._progress_room.hide()
        self.file, self.mapping = FilePage(), MappingPage()
        self.preview, self.result = PreviewPage(), ResultPage()
        self.pages = QStackedWidget()
        for page in (self.file, self.mapping, self.preview, self.result):
            self.pages.addWidget(page)
        self.back_button, self.on_button = Button(kind="quiet"), Button(kind="primary")
        self._hint = Label("", "small", tone="text2")
        self._lay_out()
        self._connect()
        self.retranslate()

    def _lay_out(self) -> None:
        steps = row(self.stepper, self._file_name, margins=(0, 0, 24, 0))
        steps.setStretch(0, 2)
        steps.setStretch(1, 1)
        foot = row(self.back_button, None, self._hint, self.on_button, spacing=12)
        foot.setContentsMargins(24, 11, 24, 11)
        self._foot_row = foot
        self._foot = surface("foot", foot)
        page = column(steps, separator(), self._progress_room, self.pages, self._foot, spacing=0)
        page.setStretch(3, 1)
        self.setLayout(page)

    def _connect(self) -> None:
        self.back_button.clicked.connect(self.back_asked)
        self.on_button.clicked.connect(self.on_asked)
        self.stepper.step_asked.connect(self.step_asked)
        for key in GO_ON_KEYS:
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.setAutoRepeat(False)
            shortcut.activated.connect(self.on_asked)

    def retranslate(self) -> None:
        below = self.tr("Add or update from a table")
        self.set_heading(self.tr("Import customers"), below if self.step == FILE else "")
        self.back_button.setText(self.tr("Back"))
        self._say_step()
        self.spoken_anew.emit()

    # --- steps ---

    def show_step(self, step: int) -> None:
        """Show one of the four steps."""
        changed, self.step = step != self.step, step
        self.pages.setCurrentIndex(step)
        self.stepper.can_go_back = step != RESULT
        self._say_step()
        below = self.tr("Add or update from a table")
        self.set_heading(self.heading()[0], below if step == FILE else "")
        if changed and self.isVisible():
            self.focus_first()

    def _say_step(self) -> None:
        titles = (
            self.tr("File"),
            self.tr("Headings"),
            self.tr("What will change"),
            self.tr("Import"),
        )
        self.stepper.show_steps(titles, self.step)
        going_on = self.step == FILE and self._has_file
        self._foot.setVisible(self.step in (HEADINGS, PREVIEW) or going_on)
        self.back_button.setVisible(self.step != FILE)
        keys = "" if self.width_class == COMPACT else "   Ctrl+Enter"
        if self.step == FILE:
            self.on_button.setText(self.tr("Go on with this file") + keys)
            self._hint.setText(self._file_name.whole_text())
        elif self.step == HEADINGS:
            self.on_button.setText(self.tr("See what changes") + keys)
            self._hint.setText(self.tr("Nothing has been changed yet"))
        else:
            self.on_button.setText(self._import_words() + keys)
            some = self.tr("Until the next sync it can all be undone")
            self._hint.setText(some if self._to_write else "")

    def _import_words(self) -> str:
        if self._to_write == 1:
            return self.tr("Import 1 row")
        if self._to_write:
            return self.tr("Import {n} rows").format(n=f"{self._to_write:,}")
        return self.tr("Nothing to import")

    def show_to_write(self, rows: int) -> None:
        """Name the number of rows that the button would write."""
        self._to_write = rows
        self._say_step()

    def show_has_file(self, has: bool) -> None:
        """Say whether a file is in hand that the person may go on with."""
        self._has_file = has
        self._say_step()

    def show_file_name(self, name: str) -> None:
        self._file_name.setText(name)

    # --- progress ---

    def show_progress(self, what: str, done: int, total: int, left: str = "") -> None:
        self._progress_room.show()
        self.progress.show_progress(what, done, total, left)

    def hide_progress(self) -> None:
        self._progress_room.hide()

    # --- what the window asks ---

    def lock(self) -> None:
        self.lock_asked.emit()

    def back(self) -> bool:
        if self.step in (HEADINGS, PREVIEW):
            self.back_asked.emit()
            return True
        return False

    def fit(self, width_class: str) -> None:
        super().fit(width_class)
        compact = width_class == COMPACT
        edge, high = (16, 7) if compact else (24, 11)
        self._foot_row.setContentsMargins(edge, high, edge, high)
        self.stepper.setFixedHeight(40 if compact else tokens.size("stepper"))
        self._file_name.setVisible(width_class == WIDE)
        for page in (self.file, self.mapping, self.preview):
            page.fit(width_class)
        self._say_step()

    def focus_first(self) -> None:
        first = {
            FILE: self.file.choose_button,
            HEADINGS: self.mapping.list,
            PREVIEW: self.preview.first_widget(),
            RESULT: self.result.customers_button,
        }[self.step]
        (first if first.isVisible() else self.on_button).setFocus(Qt.FocusReason.OtherFocusReason)

    def panes(self) -> tuple[QWidget, ...]:
        if self.step == PREVIEW:
            return (self.preview.tiles, self.preview.list, self.preview.bad, self._foot)
        if self.step == HEADINGS:
            return (self.mapping.list, self.mapping, self._foot)
        return (self.file,) if self.step == FILE else (self.result,)
