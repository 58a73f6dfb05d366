"""The cards of the overview: figures, contact, accounts, needs, household, tasks, the person."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from desktop.views.customer.describe import FigureText
from desktop.views.customer.edit_line import EditLine, Line, align_names
from desktop.views.customer.rows import INSET, Row, RowsView
from desktop.views.customer.timeline import BESIDE, Happening, TimelineView
from desktop.views.parts.basics import Label, Speaking, column, row, scrolling
from desktop.views.parts.cards import Card, Figure
from desktop.views.theme.tokens import size

CONTACT = ("phone", "address", "village", "postcode", "honorific", "email", "preferred_channel")
NEEDS = ("needs", "likes", "next_contact_on", "tier")
PERSON = (
    "name",
    "id_type",
    "id_number",
    "birth_date",
    "gender",
    "occupation",
    "employer",
    "language",
    "since",
    "note",
)
OWN_FIELDS = (*CONTACT, *NEEDS, *PERSON)
LONG = frozenset({"address", "needs", "likes", "note"})
IN_PANEL = frozenset({"note"})  # several lines of text
ASIDE_FROM = 800  # pixels of page from which the timeline stands beside


class FiguresCard(Card):
    """Four numbers that matter; two by two where the page is narrow."""

    def __init__(self) -> None:
        super().__init__()
        self._figures = [Figure() for _ in range(4)]
        self._grid, self._columns = QGridLayout(), 0
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(10)
        self.body.addLayout(self._grid)
        self._place(4)

    def show_figures(self, figures: Sequence[FigureText]) -> None:
        for widget, told in zip(self._figures, figures, strict=True):
            widget.show_figure(told.name, told.value, told.below, tone=told.tone)

    def _place(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        for number, figure in enumerate(self._figures):
            self._grid.addWidget(figure, number // columns, number % columns)
        for place in range(4):
            self._grid.setColumnStretch(place, 1 if place < columns else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place(4 if event.size().width() >= 560 else 2)


def stand_under(card: Card) -> None:
    """Let the texts of rows, which have room beside them for a ring, stand under the heading."""
    layout = card.layout()
    if layout is not None:
        layout.setContentsMargins(16 - INSET, 12, 16 - INSET, 12)
    card.head.setContentsMargins(INSET, 0, INSET, 0)


class LinesCard(Card):
    """Facts of the customer below each other, each edited where it stands."""

    def __init__(self, fields: Sequence[str]) -> None:
        super().__init__()
        stand_under(self)
        self.fields = {
            name: EditLine(long=name in LONG, in_panel=name in IN_PANEL) for name in fields
        }
        for line in self.fields.values():
            self.body.addWidget(line)
        self._further: list[EditLine] = []

    def lines(self) -> list[EditLine]:
        return [*self.fields.values(), *self._further]

    def further(self, number: int) -> list[EditLine]:
        """Return lines for records below the customer, shown as many as asked for."""
        while len(self._further) < number:
            line = EditLine()
            self._further.append(line)
            self.body.addWidget(line)
        for place, line in enumerate(self._further):
            line.setVisible(place < number)
        return self._further[:number]

    def align(self) -> None:
        align_names(self.lines())

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.ApplicationFontChange:
            QTimer.singleShot(0, self, self.align)  # once the names have their new size
        super().changeEvent(event)


class RowsCard(Card):
    """Rows under a heading; one sentence where there are none."""

    def __init__(self) -> None:
        super().__init__()
        self.view, self._nothing = RowsView(), Label("", "small", tone="text3", wrap=True)
        stand_under(self)
        self._nothing.setContentsMargins(INSET, 4, INSET, 4)
        self.body.addWidget(self.view)
        self.body.addWidget(self._nothing)

    def show_rows(self, rows: Sequence[Row], nothing: str) -> None:
        self.view.show_rows(rows)
        self.view.setVisible(bool(rows))
        self._nothing.setText(nothing)
        self._nothing.setVisible(not rows)
        self.view.setAccessibleName(self.accessibleName())


class Overview(Speaking):
    """The first tab. Passive; its lines and rows announce by the signals of their own."""

    all_asked = Signal(str)  # a tab
    edit_asked = Signal(str)  # with a field to begin at, or ""
    line_made = Signal(object)  # an EditLine that was built later

    def __init__(self) -> None:
        super().__init__()
        self.figures = FiguresCard()
        self.contact, self.needs, self.person = (
            LinesCard(CONTACT),
            LinesCard(NEEDS),
            LinesCard(PERSON),
        )
        self.accounts, self.household, self.tasks = RowsCard(), RowsCard(), RowsCard()
        self.timeline, self.timeline_card = TimelineView(beside=True), Card()
        self.timeline_card.body.addWidget(self.timeline)
        self._wired: set[EditLine] = set()
        self._lay_out()
        self._connect()
        self.retranslate()

    def _lay_out(self) -> None:
        main = column(
            self.contact,
            self.tasks,
            self.accounts,
            self.needs,
            self.household,
            self.person,
            None,
            spacing=12,
        )
        self._aside = QWidget()
        self._aside.setFixedWidth(size("aside"))
        self._aside.setLayout(column(self.timeline_card, None))
        below = row(main, self._aside, spacing=12)
        below.setStretch(0, 1)
        self._inside = QWidget()
        self._page = column(self.figures, below, spacing=12, margins=(24, 12, 24, 16))
        self._inside.setLayout(self._page)
        self.area = scrolling(QWidget())
        self.setLayout(column(self.area))
        for card in self.line_cards():
            card.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)

    def fill(self) -> None:
        """Put the cards in. Not before the page has its place: each move styles them anew."""
        if self.area.widget() is not self._inside:
            self.area.setWidget(self._inside)
            self._inside.setAutoFillBackground(False)

    def _connect(self) -> None:
        self.accounts.action_asked.connect(lambda: self.all_asked.emit("accounts"))
        self.household.action_asked.connect(lambda: self.all_asked.emit("family"))
        self.timeline_card.action_asked.connect(lambda: self.all_asked.emit("timeline"))
        self.contact.action_asked.connect(lambda: self.edit_asked.emit("phone"))
        self.needs.action_asked.connect(lambda: self.edit_asked.emit("needs"))
        self.person.action_asked.connect(lambda: self.edit_asked.emit("name"))

    def line_cards(self) -> tuple[LinesCard, ...]:
        return self.contact, self.needs, self.person

    def lines(self) -> list[EditLine]:
        return [line for card in self.line_cards() for line in card.lines()]

    def own_line(self, field: str) -> EditLine:
        """Return the line of one of the customer's own fields."""
        return next(card.fields[field] for card in self.line_cards() if field in card.fields)

    def retranslate(self) -> None:
        self.contact.set_title(self.tr("Contact and address"))
        self.accounts.set_title(self.tr("Accounts and maturities"))
        self.needs.set_title(self.tr("Needs and likes"))
        self.household.set_title(self.tr("Household"))
        self.tasks.set_title(self.tr("To do"))
        self.person.set_title(self.tr("About the person"))
        self.timeline_card.set_title(self.tr("Timeline"))
        for card in self.line_cards():
            card.set_action(self.tr("Edit"))
        self.timeline.setAccessibleName(self.tr("Timeline"))

    def show_lines(self, own: dict[str, Line], contacts: Sequence[Line]) -> None:
        for name, line in own.items():
            self.own_line(name).show_line(line)
        for widget, line in zip(self.contact.further(len(contacts)), contacts, strict=True):
            if widget not in self._wired:
                self._wired.add(widget)
                self.line_made.emit(widget)
            widget.show_line(line)
        for card in self.line_cards():
            card.align()

    def show_accounts(self, rows: Sequence[Row], most: int) -> None:
        self.accounts.show_rows(rows[:most], self.tr("The branch has sent no accounts."))
        words = self.tr("All {n}").format(n=len(rows))
        self.accounts.set_action(words if len(rows) > most else "")

    def show_household(self, rows: Sequence[Row]) -> None:
        self.household.show_rows(rows[:5], self.tr("Nobody recorded yet."))
        words = self.tr("All {n}").format(n=len(rows))
        self.household.set_action(words if len(rows) > 5 else "")

    def show_tasks(self, rows: Sequence[Row], most: int) -> None:
        self.tasks.setVisible(bool(rows))
        self.tasks.show_rows(rows[:most], "")

    def show_timeline(self, items: Sequence[Happening]) -> None:
        self.timeline.show_items(items)
        words = self.tr("All {n}").format(n=len(items))
        self.timeline_card.set_action(words if len(items) > BESIDE else "")

    def fit(self, *, compact: bool, aside: bool) -> None:
        edge = 16 if compact else 24
        self._page.setContentsMargins(edge, 12, edge, 16)
        self._aside.setVisible(aside)

    def to_top(self) -> None:
        self.area.verticalScrollBar().setValue(0)
