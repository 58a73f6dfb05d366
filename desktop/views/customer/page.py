"""The customer page: head, banners, tabs. It shows what it is handed and says what was asked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QLayout, QStackedWidget, QWidget

from desktop.views.customer.consents import ConsentsTab
from desktop.views.customer.edit_line import EditLine
from desktop.views.customer.head import CustomerHead
from desktop.views.customer.overview import ASIDE_FROM, Overview, RowsCard
from desktop.views.customer.timeline import TimelineView
from desktop.views.parts.basics import Speaking, column, row, scrolling, separator, surface
from desktop.views.parts.buttons import TabStrip
from desktop.views.parts.notices import Banner, State
from desktop.views.shell.desk import Desk
from desktop.views.shell.screen import COMPACT, WIDE

TABS = ("overview", "family", "accounts", "timeline", "consents")


class CustomerPage(Speaking):
    """Passive. `head`, `overview` and the lists have signals of their own."""

    back_wanted = Signal()
    loaded = Signal(str)  # a customer's id, once the page shows it
    settle_asked = Signal()
    duplicate_asked = Signal()
    line_made = Signal(object)
    worded_anew = Signal()  # the language changed: say everything again

    def __init__(self) -> None:
        super().__init__()
        self.head, self.overview = CustomerHead(), Overview()
        self.to_settle, self.duplicate = Banner("warn", "diamond"), Banner("info", "users")
        self.tabs = TabStrip(TABS)
        self.family, self.accounts, self.closed = RowsCard(), RowsCard(), RowsCard()
        self.timeline, self.consents = TimelineView(), ConsentsTab()
        self.stopped = Banner("warn", "warning-octagon")
        self.nobody = State("identification-card")
        self._stack, self._outer = QStackedWidget(), QStackedWidget()
        self.width_class = WIDE
        self._counts: tuple[int, int, int] = (0, 0, 0)
        self._lay_out()
        self._connect()
        self.show_nobody()
        self.retranslate()

    def _lay_out(self) -> None:
        self._top = column(
            self.head,
            self.stopped,
            self.to_settle,
            self.duplicate,
            self.tabs,
            spacing=6,
            margins=(24, 12, 24, 0),
        )
        cards = (
            column(self.family, None),
            column(self.accounts, self.closed, None, spacing=12),
        )
        around = column(surface("card", row(self.timeline, margins=(10, 8, 8, 8))))
        said = column(self.consents)
        self._tab_layouts = (*cards, around, said)
        self._stack.addWidget(self.overview)
        for layout in cards:
            self._stack.addWidget(scrolling(_holding(layout)))
        self._stack.addWidget(_holding(around))
        self._stack.addWidget(scrolling(_holding(said)))
        inside = QWidget()
        layout = column(self._top, separator(), self._stack, spacing=0)
        layout.setStretch(2, 1)
        inside.setLayout(layout)
        self._outer.addWidget(self.nobody)
        self._outer.addWidget(inside)
        self.setLayout(column(self._outer))
        self.stopped.hide()
        self.to_settle.hide()
        self.duplicate.hide()

    def _connect(self) -> None:
        self.head.back_asked.connect(self.back_wanted)
        self.tabs.chosen.connect(self.show_tab)
        self.overview.all_asked.connect(self.show_tab)
        self.overview.line_made.connect(self.line_made)
        self.to_settle.action_asked.connect(self.settle_asked)
        self.duplicate.action_asked.connect(self.duplicate_asked)
        self.nobody.action_asked.connect(self.back_wanted)

    def retranslate(self) -> None:
        self.closed.set_title(self.tr("Closed accounts"))
        self.accounts.set_title(self.tr("Accounts"))
        self.family.set_title(self.tr("Family"))
        self.family.set_action(self.tr("Add"))
        self.timeline.setAccessibleName(self.tr("Timeline"))
        self.show_counts(*self._counts)
        self.worded_anew.emit()

    # --- what is shown ---

    def show_nobody(self, *, gone: bool = False) -> None:
        """Show that no customer is chosen, or that the one asked for is not here."""
        if gone:
            title = self.tr("This customer is no longer on this laptop")
            self.nobody.tell(
                title,
                self.tr("It was undone, removed, or handed over."),
                self.tr("Back to the list"),
            )
        else:
            self.nobody.tell(self.tr("Choose a customer from the list"))
        self._outer.setCurrentIndex(0)
        self.head.clear()
        self.overview.show_timeline(())
        self.timeline.show_items(())
        self.consents.clear()

    def show_somebody(self) -> None:
        self.overview.fill()
        self._outer.setCurrentIndex(1)

    @property
    def shows_somebody(self) -> bool:
        return self._outer.currentIndex() == 1

    def show_counts(self, family: int, accounts: int, timeline: int) -> None:
        """Name the tabs; a count of nothing is left out."""
        self._counts = (family, accounts, timeline)
        self.tabs.set_text("overview", self.tr("Overview"))
        self.tabs.set_text("family", self.tr("Family"), family or None)
        self.tabs.set_text("accounts", self.tr("Accounts"), accounts or None)
        self.tabs.set_text("timeline", self.tr("Timeline"), timeline or None)
        self.tabs.set_text("consents", self.tr("Consents"))

    def show_banners(self, to_settle: str, duplicate: str, *, can_open: bool) -> None:
        self.to_settle.tell(to_settle, self.tr("Settle"))
        self.to_settle.setVisible(bool(to_settle))
        self.duplicate.tell(duplicate, self.tr("Look at the other one") if can_open else "")
        self.duplicate.setVisible(bool(duplicate))

    def show_stopped(self, sentence: str) -> None:
        """Say over everything else that the customer's data may not be used; "" where it may."""
        self.stopped.tell(sentence)
        self.stopped.setVisible(bool(sentence))

    def show_tab(self, key: str) -> None:
        self.tabs.choose(key)
        self._stack.setCurrentIndex(TABS.index(key))

    def lines(self) -> Sequence[EditLine]:
        return self.overview.lines()

    def to_top(self) -> None:
        """Begin at the top, in the first tab: another customer is shown."""
        self.show_tab("overview")
        self.overview.to_top()
        self.timeline.scrollToTop()

    # --- fitting ---

    def fit(self, width_class: str) -> None:
        self.width_class = width_class
        self.head.back.setVisible(width_class == COMPACT)
        edge = 16 if width_class == COMPACT else 24
        for layout in self._tab_layouts:
            layout.setContentsMargins(edge, 12, edge, 16)
        self._top.setContentsMargins(edge, 8 if width_class == COMPACT else 12, edge, 0)
        self._fit_aside()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_aside()

    def _fit_aside(self) -> None:
        aside = self.width_class == WIDE and self.width() >= ASIDE_FROM
        self.overview.fit(compact=self.width_class == COMPACT, aside=aside)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.back_wanted.emit()
        elif event.key() == Qt.Key.Key_F2 and self.shows_somebody:
            self.show_tab("overview")
            self.overview.own_line("phone").setFocus(Qt.FocusReason.ShortcutFocusReason)
        else:
            super().keyPressEvent(event)

    # --- what the screen around it may ask; set by the presenter ---

    def attach(self, presenter: CustomerHandler) -> None:
        self._presenter = presenter

    def show_customer(self, customer: str | None) -> None:
        self._presenter.show_customer(customer)

    def refresh(self) -> None:
        self._presenter.refresh()

    def record_visit(self) -> bool:
        return self._presenter.record_visit()

    def edit(self, field: str = "") -> bool:
        return self._presenter.edit(field)

    def lock(self) -> None:
        self._presenter.lock()


class CustomerHandler:
    """What a page passes on to whoever decides."""

    def show_customer(self, customer: str | None) -> None: ...
    def refresh(self) -> None: ...
    def record_visit(self) -> bool:
        return False

    def edit(self, field: str = "") -> bool:
        return False

    def lock(self) -> None: ...


def _holding(layout: QLayout) -> QWidget:
    page = QWidget()
    page.setLayout(layout)
    return page


def make(desk: Desk) -> CustomerPage:
    """Return the page of a customer, alive: give it an id by `show_customer`."""
    from desktop.views.customer.presenter import CustomerPresenter

    page = CustomerPage()
    page.attach(CustomerPresenter(page, desk))
    return page
