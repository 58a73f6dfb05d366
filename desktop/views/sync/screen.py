"""The Sync screen: three pages, Sync, To settle and Receipts, one of them shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QWidget

from desktop.services.standing import Standing
from desktop.views.language.translating import counted
from desktop.views.parts.basics import column, row
from desktop.views.parts.buttons import Button, IconButton, Segmented
from desktop.views.shell.desk import Desk
from desktop.views.shell.screen import COMPACT, WIDE, Screen
from desktop.views.sync.page import SyncPage
from desktop.views.sync.presenter import SyncPresenter
from desktop.views.sync.receipts_page import ReceiptsPage
from desktop.views.sync.receipts_presenter import ReceiptsPresenter
from desktop.views.sync.settle_page import CaseView, SettlePage
from desktop.views.sync.settle_presenter import SettlePresenter
from desktop.views.sync.wording import host_of

SYNC, SETTLE, RECEIPTS = "sync", "to_settle", "receipts"


class BarButtons(QWidget):
    """What stands in the top bar: which page; for a case in a narrow window, ways through them."""

    def __init__(self) -> None:
        super().__init__()
        self.pages = Segmented((SYNC, SETTLE, RECEIPTS))
        self.back, self.up, self.down = (
            IconButton(name) for name in ("caret-left", "caret-up", "caret-down")
        )
        self.customer = Button(icon_name="identification-card")
        self.setLayout(row(self.back, self.pages, self.customer, self.up, self.down))
        self.show_steps(False, False)

    def show_steps(self, steps: bool, customer: bool) -> None:
        """Show the buttons of a case, or the choice of the page."""
        for button in (self.back, self.up, self.down):
            button.setVisible(steps)
        self.customer.setVisible(steps and customer)
        self.pages.setVisible(not steps)


class SyncScreen(Screen):
    """Holds the pages; each has a presenter."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.page, self.settle_page = SyncPage(), SettlePage()
        self.receipts_page = ReceiptsPage()
        self._buttons = BarButtons()
        self._stack = QStackedWidget()
        self._stack.addWidget(self.page)
        self._stack.addWidget(self.settle_page)
        self._stack.addWidget(self.receipts_page)
        self.setLayout(column(self._stack, spacing=0))
        self._owed = self._cases = 0
        self._case: CaseView | None = None
        self.sync = SyncPresenter(self.page, desk)
        self.settling = SettlePresenter(self.settle_page, desk)
        self.receipts = ReceiptsPresenter(self.receipts_page, desk)
        self._connect()
        self.retranslate()

    def _connect(self) -> None:
        buttons = self._buttons
        buttons.pages.chosen.connect(self._turn_to)
        buttons.back.clicked.connect(self.settle_page.leave_detail)
        buttons.up.clicked.connect(lambda: self.settling.step(-1))
        buttons.down.clicked.connect(lambda: self.settling.step(1))
        buttons.customer.clicked.connect(self.settle_page.customer_asked)
        self.settling.counted_cases.connect(self._count)
        self.settling.case_shown.connect(self._show_case)
        self.settle_page.panes_changed.connect(self._say_heading)
        self._desk.standing_changed.connect(self._stands)

    def retranslate(self) -> None:
        buttons = self._buttons
        buttons.back.set_name(self.tr("Back to the list"))
        buttons.up.set_name(self.tr("Previous"))
        buttons.down.set_name(self.tr("Next"))
        buttons.customer.setText(self.tr("Open customer"))
        buttons.pages.set_name(self.tr("Page"))
        self._say_heading()

    # --- what the window asks ---

    def enter(self, what: Mapping[str, object]) -> None:
        self._watch(True)
        self._turn_to(str(what.get("tab", SYNC)))

    def leave(self) -> None:
        self._watch(False)
        self.settling.hide_revealed()
        self.settling.keep_choices()
        self._close_panels()

    def _close_panels(self) -> None:
        self.sync.close_panels()
        self.receipts.close_receipt()

    def refresh(self) -> None:
        self.settling.refresh()
        if self._shown() == SYNC:
            self.sync.refresh()
        elif self._shown() == RECEIPTS:
            self.receipts.refresh()

    def print_it(self) -> bool:
        if self._shown() == RECEIPTS:
            self.receipts.print_it()
        return self._shown() == RECEIPTS

    def find_here(self) -> bool:
        if self._shown() == RECEIPTS:
            self.receipts_page.customer.focus()
        return self._shown() == RECEIPTS

    def lock(self) -> None:
        self._watch(False)
        self.settling.forget()
        self.receipts.forget()

    def bar_buttons(self) -> Sequence[QWidget]:
        return (self._buttons,)

    def fit(self, width_class: str) -> None:
        super().fit(width_class)
        self.page.fit(width_class == WIDE, width_class == COMPACT)
        self.settle_page.fit(width_class)
        self.receipts_page.fit(width_class == WIDE, width_class == COMPACT)
        self._say_heading()

    def focus_first(self) -> None:
        if self._shown() == SYNC:
            self.page.sync.setFocus(Qt.FocusReason.OtherFocusReason)
        elif self._shown() == RECEIPTS:
            self.receipts_page.list.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.settle_page.focus_first()

    def back(self) -> bool:
        return self._shown() == SETTLE and self.settle_page.leave_detail()

    def panes(self) -> Sequence[QWidget]:
        if self._shown() == SETTLE:
            return (self.settle_page.list, self.settle_page)
        return (self._pages()[self._shown()],)

    # --- pages ---

    def _pages(self) -> dict[str, QWidget]:
        return {SYNC: self.page, SETTLE: self.settle_page, RECEIPTS: self.receipts_page}

    def _shown(self) -> str:
        here = self._stack.currentWidget()
        return next(key for key, page in self._pages().items() if page is here)

    def _turn_to(self, key: str) -> None:
        wanted, before = key if key in self._pages() else SYNC, self._shown()
        self._stack.setCurrentWidget(self._pages()[wanted])
        self._buttons.pages.choose(wanted)
        self._watch(wanted == SYNC)
        if wanted != before:
            self.focus_first()
            self._close_panels()
        self.settling.hide_revealed()
        self.settling.refresh()
        if wanted == SYNC:
            self.sync.enter()
        elif wanted == RECEIPTS:
            self.receipts.refresh()
        self._say_heading()

    def _watch(self, watching: bool) -> None:
        """Tell the runner that a page shows how it goes: no other notice is needed."""
        if self._desk.sync_runner is not None:
            self._desk.sync_runner.setProperty("watched", watching)

    def _count(self, owed: int, cases: int) -> None:
        self._owed, self._cases = owed, cases
        self._say_heading()

    def _show_case(self, view: CaseView | None) -> None:
        self._case = view
        self._say_heading()

    def _stands(self, _: Standing) -> None:
        self._say_heading()

    # --- words above ---

    def _say_heading(self) -> None:
        settle = self.tr("To settle")
        number = f" {self._owed}" if self._owed else ""
        receipts = self.tr("Receipts")
        self._buttons.pages.set_texts((self.tr("Sync"), f"{settle}{number}", receipts))
        case = self._case
        inside = self.width_class == COMPACT and self.settle_page.in_detail
        many = self.settle_page.many
        alone = inside and self._shown() == SETTLE and (case is not None or many is not None)
        self._buttons.show_steps(alone, case is not None and bool(case.customer))
        if alone and many is not None:
            self.set_heading(many.title)
        elif alone and case is not None:
            place, of = self.settling.place()
            said = self.tr("{n} of {all} to settle").format(n=place, all=of)
            self.set_heading(case.name, said)
        elif self._shown() == SETTLE:
            self.set_heading(settle, self._settle_words())
        elif self._shown() == RECEIPTS:
            self.set_heading(receipts, self.tr("One a sync, kept in order"))
        else:
            host = host_of(self._desk.office.person.server_url)
            self.set_heading(self.tr("Sync"), self.tr("Server {host}").format(host=host))

    def _settle_words(self) -> str:
        if not self._owed:
            return ""
        return counted(
            self._owed,
            self.tr("{n} decision, all kept safe"),
            self.tr("{n} decisions, all kept safe"),
        )


def make(desk: Desk) -> Screen:
    return SyncScreen(desk)
