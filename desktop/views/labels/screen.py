"""The labels screen: four steps, one foot. Knows how it is laid out; its presenter decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QStackedWidget, QWidget

from desktop.views.labels.check_page import CheckPage
from desktop.views.labels.people_page import PeoplePage
from desktop.views.labels.print_page import PrintPage
from desktop.views.labels.sheet_page import SheetPage
from desktop.views.language.translating import counted
from desktop.views.parts.basics import Label, column, row, surface
from desktop.views.parts.buttons import Button
from desktop.views.parts.progress import Stepper
from desktop.views.shell.desk import Desk
from desktop.views.shell.screen import COMPACT, WIDE, Screen
from desktop.views.theme.look import look
from desktop.views.theme.painting import width_of

PEOPLE, SHEET, CHECK, PRINT = range(4)
STEP_ROOM = 30 + 16 + 44  # what the stepper needs beside the words of one step


class LabelsScreen(Screen):
    """Passive: the pages say what was done on them, the foot leads on and back."""

    entered = Signal(object)  # what for
    refreshed = Signal()
    locked = Signal()
    next_asked = Signal()
    back_asked = Signal()
    print_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.step = PEOPLE
        self._people, self._labels = 0, 0
        self.stepper = Stepper()
        self.people, self.sheet = PeoplePage(), SheetPage()
        self.check, self.printing = CheckPage(), PrintPage()
        self.pages = QStackedWidget()
        for page in (self.people, self.sheet, self.check, self.printing):
            self.pages.addWidget(page)
        self.back_button, self.next_button = Button(kind="quiet"), Button(kind="primary")
        self._note = Label("", "small", tone="warn")
        foot = row(self.back_button, None, self._note, self.next_button, spacing=12)
        foot.setContentsMargins(24, 8, 24, 8)
        steps = row(self.stepper, margins=(24, 0, 24, 0))
        self._foot = surface("foot", foot)
        whole = column(surface("bar", steps), self.pages, self._foot, spacing=0)
        whole.setStretch(1, 1)
        self.setLayout(whole)
        self.back_button.clicked.connect(self.back_asked)
        self.next_button.clicked.connect(self.go_on)
        on = QShortcut(QKeySequence("Ctrl+Return"), self)
        on.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        on.activated.connect(self.go_on)
        self.retranslate()

    def retranslate(self) -> None:
        self.set_heading(self.tr("Mailings"), self.tr("Address labels"))
        self.back_button.setText(self.tr("Back"))
        self._show_step()

    # --- what the window asks ---

    def enter(self, what: Mapping[str, object]) -> None:
        self.entered.emit(dict(what))

    def refresh(self) -> None:
        self.refreshed.emit()

    def lock(self) -> None:
        self.locked.emit()
        self.clear()

    def fit(self, width_class: str) -> None:
        super().fit(width_class)
        compact = width_class == COMPACT
        self.people.fit(compact=compact)
        self.sheet.fit(compact=compact, wide=width_class == WIDE)
        self.check.fit(compact=compact)
        self._show_step()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self.fit(self.width_class)

    def focus_first(self) -> None:
        page = self._first()
        page.setFocus(Qt.FocusReason.OtherFocusReason)

    def _first(self) -> QWidget:
        firsts = (
            self.people.purpose.picker,
            self.sheet.view,
            self.check.list,
            self.next_button,
        )
        return firsts[self.step]

    def print_it(self) -> bool:
        self.print_asked.emit()
        return True

    def back(self) -> bool:
        if self.step == PEOPLE:
            return False
        self.back_asked.emit()
        return True

    def panes(self) -> Sequence[QWidget]:
        return (self.pages, self._foot)

    # --- what the presenter sets ---

    def show_step(self, step: int) -> None:
        if step != self.step:
            self.step = step
            self.pages.setCurrentIndex(step)
            self._show_step()
            if self.isVisible():
                self.focus_first()

    def show_counts(self, people: int, labels: int) -> None:
        """Say how many people are chosen and how many labels a run has."""
        self._people, self._labels = people, labels
        self._show_step()

    def show_note(self, sentence: str) -> None:
        """Say beside the button why it does not lead on."""
        self._note.setText(sentence)

    def clear(self) -> None:
        self._people = self._labels = 0
        for page in (self.people, self.sheet, self.check, self.printing):
            page.clear()
        self._note.setText("")
        self.show_step(PEOPLE)

    def go_on(self) -> None:
        if self.step == PRINT:
            self.print_asked.emit()
        else:
            self.next_asked.emit()

    def _show_step(self) -> None:
        people = self.tr("People")
        if self._people:
            people = counted(self._people, self.tr("{n} person"), self.tr("{n} people"))
        titles = [people, self.tr("Sheet and place"), self.tr("Check"), self.tr("Print")]
        self.stepper.show_steps(self._fitting(titles), self.step)
        one, many = self.tr("Check {n} label"), self.tr("Check {n} labels")
        words = (
            self.tr("Sheet and place"),
            counted(self._labels, one, many),
            self.tr("Go on to printing"),
            self.tr("Print…"),
        )
        keys = "Ctrl+P" if self.step == PRINT else "Ctrl+Enter"
        self.next_button.setText(f"{words[self.step]}  {keys}")
        self.next_button.set_icon("printer" if self.step == PRINT else None)
        self.back_button.setVisible(self.step != PEOPLE)
        self.next_button.setVisible(self.step != PEOPLE or self._people > 0)

    def _fitting(self, titles: Sequence[str]) -> list[str]:
        """Return the titles; where there is no room, words stand beside this step only."""
        font = look().font("strong")
        room = sum(width_of(title, font) + STEP_ROOM for title in titles)
        if self.width_class != COMPACT or room <= self.stepper.width():
            return list(titles)
        return [title if number == self.step else "" for number, title in enumerate(titles)]


def make(desk: Desk) -> Screen:
    """Return the screen with its presenter."""
    from desktop.views.labels.presenter import LabelsPresenter

    screen = LabelsScreen()
    LabelsPresenter(screen, desk)
    return screen
