"""The Sync page: how the sync goes or went, what is to settle, automatic sync, receipts.

Passive: shows a `SyncView` and announces what the person wants.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QWidget

from desktop.views.parts.basics import (
    IconLabel,
    Label,
    Speaking,
    column,
    row,
    scrolling,
    separator,
    surface,
)
from desktop.views.parts.buttons import Button, Switch
from desktop.views.parts.cards import Card
from desktop.views.sync.course import Step
from desktop.views.sync.forgotten_banner import ForgottenBanner
from desktop.views.sync.receipt_list import ReceiptList, ReceiptRow
from desktop.views.sync.removal_banner import RemovalBanner
from desktop.views.sync.steps import StepsView
from desktop.views.theme.look import look

FEW_ROWS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncView:
    """What the page shows, in words."""

    icon: str = "cloud-check"
    role: str = "accent"
    title: str = ""
    text: str = ""
    cause: str = ""  # in small, below what is safe
    running: bool = False
    left: str = ""  # how long still
    action: str = ""  # of the filled button
    steps: tuple[Step, ...] = ()
    told: Mapping[str, str] = field(default_factory=dict)  # more of a step, by its key


class SettleBanner(Speaking):
    """What waits for a decision, and the way to it."""

    asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._title, self._text = Label("", bold=True, tone="warn"), Label("", "small", wrap=True)
        self._button = Button()
        self._button.clicked.connect(self.asked)
        words = column(self._title, self._text, spacing=0)
        line = row(IconLabel("diamond-fill", "warn", 20), words, self._button, spacing=14)
        line.setContentsMargins(16, 10, 12, 10)
        line.setStretch(1, 1)
        self.setLayout(column(surface("warn", line)))

    def tell(self, title: str, text: str, button: str) -> None:
        self._title.setText(title)
        self._text.setText(text)
        self._button.setText(button)


class _Figure(QWidget):
    """A number above its name."""

    def __init__(self) -> None:
        super().__init__()
        self._number, self._name = Label("", "figure"), Label("", "small", tone="text2")
        self.setLayout(column(self._number, self._name, spacing=0))

    def tell(self, name: str, number: str, tone: str | None) -> None:
        self._number.setText(number)
        self._number.set_tone(tone)
        self._name.setText(name)
        self.setAccessibleName(f"{name}: {number}")


class SyncPage(Speaking):
    """Two columns where there is room, else one."""

    sync_asked = Signal()
    cancel_asked = Signal()
    settle_asked = Signal()
    auto_chosen = Signal(bool)
    receipt_asked = Signal(int)  # its row
    all_receipts_asked = Signal()
    texts_wanted = Signal()  # the language changed: tell everything anew

    def __init__(self) -> None:
        super().__init__()
        self._icon, self._title = IconLabel("cloud-check", "accent", 22), Label("", "title")
        self._text, self._cause = Label("", tone="text2", wrap=True), Label(wrap=True)
        self._title.setWordWrap(True)
        self._cause.set_tone("text3")
        self._left = Label("", tone="text2")
        self.cancel, self.sync = Button(icon_name="x"), Button(kind="primary")
        self.steps = StepsView()
        self.banner = SettleBanner()
        self.banner.hide()
        self.removals, self.forgotten = RemovalBanner(), ForgottenBanner()
        self.removals.hide()
        self.forgotten.hide()
        self.auto = Switch()
        self._auto_title, self._auto_text = Label(), Label("", "small", tone="text2", wrap=True)
        self._auto_card, self._receipts_card = Card(" "), Card(" ")
        self._figures = [_Figure() for _ in range(5)]
        self._none = Label("", tone="text3", wrap=True)
        self.receipts = ReceiptList()
        self.all_receipts = Button(kind="link")
        self._connect()
        self._lay_out()
        self.retranslate()

    def _connect(self) -> None:
        self.sync.clicked.connect(self.sync_asked)
        self.cancel.clicked.connect(self.cancel_asked)
        self.banner.asked.connect(self.settle_asked)
        self.auto.clicked.connect(self.auto_chosen)
        self.receipts.opened.connect(self.receipt_asked)
        self.all_receipts.clicked.connect(self.all_receipts_asked)

    def _lay_out(self) -> None:
        head = row(self._icon, self._title, self._left, self.cancel, self.sync, spacing=12)
        head.setStretch(1, 1)
        inside = column(head, self._text, self.steps, self._cause, spacing=8)
        inside.setContentsMargins(20, 16, 20, 14)
        status = surface("card", inside)
        words = column(self._auto_title, self._auto_text, spacing=0)
        auto = row(words, self.auto)
        auto.setStretch(0, 1)
        self._auto_card.body.addLayout(auto)
        self._fill_receipts()
        left = QWidget()
        banners = (self.forgotten, self.removals, self.banner)
        left.setLayout(column(status, *banners, self._auto_card, None, spacing=12))
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._columns.setContentsMargins(24, 16, 24, 16)
        self._columns.setSpacing(16)
        self._columns.addWidget(left, 65)
        self._columns.addWidget(self._receipts_card, 35)
        room = QWidget()
        room.setLayout(self._columns)
        self.setLayout(column(scrolling(room), spacing=0))

    def _fill_receipts(self) -> None:
        body = self._receipts_card.body
        figures = row(*self._figures, None, spacing=20)
        figures.setContentsMargins(0, 4, 0, 10)
        body.addLayout(figures)
        body.addWidget(separator())
        body.addWidget(self._none)
        body.addWidget(self.receipts, 1)
        body.addLayout(row(None, self.all_receipts))

    def retranslate(self) -> None:
        self.cancel.setText(self.tr("Cancel"))
        self._auto_card.set_title(self.tr("Automatic sync"))
        self._auto_title.setText(self.tr("Sync when the branch's network is there"))
        self._auto_text.setText(self.tr("In the background, without disturbing your work"))
        self.auto.set_name(self.tr("Sync when the branch's network is there"))
        self._receipts_card.set_title(self.tr("Receipts"))
        self.receipts.setAccessibleName(self.tr("Receipts of the last syncs"))
        self.all_receipts.setText(self.tr("Search, check and print"))
        self._none.setText(self.tr("There is no receipt yet. Each sync leaves one here."))
        self.texts_wanted.emit()

    # --- what is shown ---

    def show_view(self, view: SyncView) -> None:
        self._icon.set_icon(view.icon, view.role)
        self._title.setText(view.title)
        self._text.setText(view.text)
        self._cause.setText(view.cause)
        self._cause.setVisible(bool(view.cause))
        self._left.setText(view.left)
        self._show_buttons(view)
        self.steps.setVisible(bool(view.steps))
        if view.steps:
            self.steps.show_steps(view.steps, view.told)

    def _show_buttons(self, view: SyncView) -> None:
        moved = self.cancel.hasFocus() if not view.running else self.sync.hasFocus()
        self.sync.setText(f"{view.action}  F5")
        self.cancel.setVisible(view.running)
        self.sync.setVisible(not view.running)
        if moved:  # the focus stays at the place of the button that left
            shown = self.cancel if view.running else self.sync
            shown.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_forgotten(self, forgotten: bool) -> None:
        """Show whether the server does not know this laptop; then syncing is not the way on."""
        self.forgotten.setVisible(forgotten)
        kind = "plain" if forgotten else "primary"
        if self.sync.kind != kind:
            self.sync.set_kind(kind)

    def show_auto(self, on: bool) -> None:
        self.auto.setChecked(on)

    def show_settle(self, title: str, text: str, button: str) -> None:
        """Show what is to settle; "" takes the banner away."""
        self.banner.setVisible(bool(title))
        self.banner.tell(title, text, button)

    def show_removals(self, title: str, text: str) -> None:
        """Ask about what would leave; "" takes the question away."""
        self.removals.setVisible(bool(title))
        self.removals.tell(title, text)

    def show_figures(self, figures: Sequence[tuple[str, str, str | None]]) -> None:
        """Show (name, number, tone) of the last sync."""
        for widget, told in zip(self._figures, figures, strict=True):
            widget.tell(*told)

    def show_receipts(self, rows: tuple[ReceiptRow, ...]) -> None:
        self.receipts.show_rows(rows)
        for widget in (*self._figures, self.receipts, self.all_receipts):
            widget.setVisible(bool(rows))
        self._none.setVisible(not rows)
        self._fit_list()

    def fit(self, wide: bool, compact: bool) -> None:
        way = QBoxLayout.Direction
        self._columns.setDirection(way.LeftToRight if wide else way.TopToBottom)
        self._columns.setStretch(0, 65 if wide else 0)
        edge = 16 if compact else 24
        self._columns.setContentsMargins(edge, 16, edge, 16)
        self._fit_list()

    def _fit_list(self) -> None:
        rows = min(FEW_ROWS, self.receipts.rows.rowCount())
        self.receipts.setMinimumHeight(look().px(56) * rows)
