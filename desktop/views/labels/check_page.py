"""Step 3: what a person should look at, and the pages as they will be printed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QScrollArea, QStackedWidget, QWidget

from desktop.views.labels.pictures import PagePicture
from desktop.views.labels.rows import FindingLine, FindingRows, LineList
from desktop.views.language.translating import counted
from desktop.views.parts.basics import Label, Speaking, column, row, separator, surface
from desktop.views.parts.buttons import Button, IconButton, Segmented
from desktop.views.parts.notices import State
from desktop.views.parts.progress import ProgressLine
from desktop.views.parts.scrolling import slim
from desktop.views.theme.look import look

FIT, REAL = "fit", "real"
LIST, LIST_COMPACT = 348, 280


class CheckPage(Speaking):
    """Passive: shows findings and pages, asks for pictures and for customers to be opened."""

    page_wanted = Signal(int, float)  # page from 1, dots per inch
    customer_asked = Signal(str)
    cancel_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._pages, self._page = 0, 1
        self._findings: Sequence[FindingLine] = ()
        self.list, self.picture = LineList(FindingRows()), PagePicture()
        self.open = Button(kind="plain", small=True)
        self._title, self._none = Label("", "heading"), State("check-circle")
        self._hint = Label("", "small", tone="text3", wrap=True)
        self.previous, self.next = IconButton("caret-left"), IconButton("caret-right")
        self._which, self.size_choice = Label(), Segmented((FIT, REAL))
        self._real_note = Label("", "caption", tone="text3")
        self.progress = ProgressLine()
        self._lay_out()
        self._connect()
        self.retranslate()

    def _lay_out(self) -> None:
        self._stack = QStackedWidget()
        self._stack.addWidget(self._none)
        self._stack.addWidget(self.list)
        head = column(self._title, self._hint, spacing=2, margins=(16, 10, 16, 8))
        foot = row(self.open, None, margins=(16, 8, 16, 8))
        self._foot = QWidget()
        self._foot.setLayout(foot)
        found = column(head, separator(), self._stack, self._foot, spacing=0)
        found.setStretch(2, 1)
        self._side = surface("pane", found)
        bar = row(self.previous, self._which, self.next, None, self._real_note, self.size_choice)
        bar.setContentsMargins(16, 8, 16, 8)
        self._area = QScrollArea()
        slim(self._area)
        self._area.setWidgetResizable(True)
        self._area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._area.setWidget(self.picture)
        self._busy = QWidget()
        self._busy.setLayout(column(None, self.progress, None, margins=(40, 20, 40, 20)))
        self._right = QStackedWidget()
        self._right.addWidget(self._area)
        self._right.addWidget(self._busy)
        right = column(surface("pane", bar), separator(), self._right, spacing=0)
        right.setStretch(2, 1)
        layout = row(self._side, separator(upright=True), right, spacing=0)
        layout.setStretch(2, 1)
        self.setLayout(layout)
        self.fit(compact=False)

    def _connect(self) -> None:
        self.list.current_row.connect(self._go_to_finding)
        self.list.opened_row.connect(self._open_row)
        self.open.clicked.connect(lambda: self._open_row(self.list.currentIndex().row()))
        self.previous.clicked.connect(lambda: self.show_page_number(self._page - 1))
        self.next.clicked.connect(lambda: self.show_page_number(self._page + 1))
        self.size_choice.chosen.connect(self._resize)
        self.picture.wanted.connect(lambda dots: self.page_wanted.emit(self._page, dots))
        self.progress.cancel_asked.connect(self.cancel_asked)

    def fit(self, *, compact: bool) -> None:
        self._side.setFixedWidth(look().px(LIST_COMPACT if compact else LIST))
        self._hint.setVisible(not compact)

    def retranslate(self) -> None:
        self.previous.set_name(self.tr("Previous page"))
        self.next.set_name(self.tr("Next page"))
        self.size_choice.set_texts([self.tr("Whole page"), self.tr("Real size")])
        self.size_choice.set_name(self.tr("Size of the picture"))
        if not self.size_choice.key():
            self.size_choice.choose(FIT)
        self.open.setText(self.tr("Open the customer"))
        self._hint.setText(self.tr("Mend it at the customer, then come back; nothing is lost."))
        self.list.setAccessibleName(self.tr("To look at"))
        self._area.setAccessibleName(self.tr("Page as it will be printed"))
        self._none.tell(
            self.tr("Everything fits"),
            self.tr("Every chosen customer gets a label, and every label is readable."),
        )
        if not self._stack.isHidden():
            self.show_findings(self._findings)
        self._name_page()
        self._note_size()

    def show_findings(self, findings: Sequence[FindingLine]) -> None:
        self._findings = findings
        one, many = self.tr("{n} thing to look at"), self.tr("{n} things to look at")
        nothing = self.tr("Checked")
        self._title.setText(counted(len(findings), one, many) if findings else nothing)
        self.list.show_rows(list(findings))
        self._stack.setCurrentIndex(1 if findings else 0)
        self._stack.show()
        self._foot.setVisible(bool(findings))

    def show_pages(self, pages: int) -> None:
        """The file is made; ask for its first page."""
        self._pages, self._page = pages, min(self._page, pages)
        self._right.setCurrentIndex(0)
        self._ask()

    def show_page_number(self, page: int) -> None:
        if 1 <= page <= self._pages and page != self._page:
            self._page = page
            self._ask()

    def _ask(self) -> None:
        self._name_page()
        self.page_wanted.emit(self._page, self.picture.dots())

    def _name_page(self) -> None:
        count = max(1, self._pages)
        name = self.tr("Sheet {n} of {count}").format(n=self._page, count=count)
        self._which.setText(name)
        self.previous.setEnabled(self._page > 1)
        self.next.setEnabled(self._page < self._pages)

    def show_picture(self, page: int, image: QImage, size_mm: tuple[float, float]) -> None:
        if page == self._page:
            self.picture.show_page(image, size_mm, self._which.text())

    def show_making(self, what: str, done: int, total: int) -> None:
        self._title.setText("")  # nothing is checked before it is made
        self._stack.hide()
        self._right.setCurrentIndex(1)
        self.progress.show_progress(what, done, total)

    def clear(self) -> None:
        self._pages, self._page = 0, 1
        self.picture.clear()
        self.show_findings(())

    def _resize(self, key: str) -> None:
        self.picture.show_real_size(key == REAL)
        self._note_size()

    def _note_size(self) -> None:
        from desktop.views.labels.paper import screen_dpi

        told = screen_dpi(self.screen())[1]
        real = self.size_choice.key() == REAL
        note = self.tr("This screen does not tell its size.") if real and not told else ""
        self._real_note.setText(note)

    def _go_to_finding(self, number: int) -> None:
        if 0 <= number < len(self._findings):
            self.show_page_number(self._findings[number].page)

    def _open_row(self, number: int) -> None:
        if 0 <= number < len(self._findings):
            self.customer_asked.emit(self._findings[number].id)
