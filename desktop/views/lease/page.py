"""The page of a laptop whose lease has ended: it can sync, be enrolled again, and lock.

Passive, and knows nothing of any customer: nobody has handed it a way to read one.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from crm.domain.instants import business_date
from desktop.services.lease import Lease
from desktop.views.language.formats import day_long
from desktop.views.language.translating import counted, current_language
from desktop.views.parts.basics import IconLabel, Label, column, row, surface
from desktop.views.parts.buttons import Button
from desktop.views.parts.progress import ProgressLine
from desktop.views.parts.road import RoadPage
from desktop.views.shell.keys import bind
from desktop.views.theme.look import look

CARD_WIDTH, PANEL_WIDTH = 520, 440


class LeasePage(RoadPage):
    """Says since when, what is safe, and what to do."""

    sync_asked = Signal()
    cancel_asked = Signal()
    again_asked = Signal()
    lock_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._lease: Lease | None = None
        self._waiting = 0
        self._who = Label("", "small", tone="text2")
        self._icon, self._title = IconLabel("lock", "warn", 22), Label("", "title", wrap=True)
        self._why, self._safe = (Label("", wrap=True) for _ in range(2))
        self._problem = Label("", tone="danger", wrap=True)
        self.progress = ProgressLine()
        self.sync, self.lock = Button(kind="primary", large=True), Button(kind="plain", large=True)
        self.again = Button(kind="link")
        self._panel: QWidget | None = None
        self._connect()
        self._lay_out()
        for hidden in (self.progress, self._problem, self.again):
            hidden.hide()
        self.retranslate()

    def _connect(self) -> None:
        self.sync.clicked.connect(self.sync_asked)
        self.lock.clicked.connect(self.lock_asked)
        self.again.clicked.connect(self.again_asked)
        self.progress.cancel_asked.connect(self.cancel_asked)
        bind(self, {"sync": self._by_key, "lock": self.lock_asked.emit})

    def _by_key(self) -> None:
        if self.sync.isEnabled():
            self.sync_asked.emit()

    def _lay_out(self) -> None:
        head = row(self._icon, self._title, spacing=12)
        head.setStretch(1, 1)
        foot = row(self.sync, self.lock, None, self.again, spacing=12)
        inside = column(self._who, head, self._why, self._safe, spacing=12)
        for piece in (self.progress, self._problem):
            inside.addWidget(piece)
        inside.addLayout(foot)
        inside.setContentsMargins(28, 24, 28, 20)
        self._card = surface("card", inside)
        self._side = QHBoxLayout()
        middle = column(None, row(None, self._card, None), None, margins=(16, 24, 16, 24))
        whole = row(spacing=0)
        whole.addLayout(middle, 1)
        whole.addLayout(self._side)
        self.setLayout(whole)

    def retranslate(self) -> None:
        self._title.setText(self.tr("Locked until the branch"))
        self.sync.setText(self.tr("Sync now") + "  F5")
        self.lock.setText(self.tr("Lock") + "  Ctrl+L")
        self.again.setText(self.tr("Enrol this laptop again…"))
        self._show_lease()

    # --- what is shown ---

    def show_lease(self, lease: Lease, waiting: int, who: str) -> None:
        """Say since when, and how many edits wait."""
        self._lease, self._waiting = lease, waiting
        self._who.setText(who)
        self._show_lease()

    def _show_lease(self) -> None:
        lease = self._lease
        if lease is None:
            return
        since = business_date(lease.since)
        day = day_long(since.isoformat(), since, current_language())
        if lease.behind:
            why = self.tr(
                "This computer's date or time is behind: the last contact with the branch was on"
                " {day}. Put date and time right and unlock again, or sync."
            )
        else:
            why = self.tr(
                "The last contact with the branch was on {day}. Without a contact this laptop"
                " works for {days} days; after that it shows nothing until it has synced."
            )
        self._why.setText(why.format(day=day, days=lease.days))
        safe = counted(
            self._waiting,
            self.tr("Nothing is lost: {n} edit waits here, and the sync sends it."),
            self.tr("Nothing is lost: {n} edits wait here, and the sync sends them."),
        )
        self._safe.setText(safe if self._waiting else self.tr("Nothing is lost."))

    def show_running(self, what: str, done: int = 0, total: int = 0) -> None:
        """Show how a sync goes; "" when none runs."""
        had_focus = self.sync.hasFocus() or self.progress.cancel.hasFocus()
        self.progress.setVisible(bool(what))
        self.sync.setEnabled(not what)
        if what:
            self.tell_problem("")
            self.progress.show_progress(what, done, total)
        if had_focus:  # the focus does not go with the button that left
            shown = self.progress.cancel if what else self.sync
            shown.setFocus(Qt.FocusReason.OtherFocusReason)

    def tell_problem(self, sentence: str, *, forgotten: bool = False) -> None:
        """Say why the sync did not come about; `forgotten`: the server does not know us."""
        self._problem.setText(sentence)
        self._problem.setVisible(bool(sentence))
        self.again.setVisible(forgotten)

    def problem(self) -> str:
        return self._problem.text()

    def show_panel(self, panel: QWidget | None) -> None:
        """Show a panel at the right, in the place of the one before; None: none."""
        if self._panel is not None:
            self._side.removeWidget(self._panel)
            self._panel.hide()
            self._panel.deleteLater()
        self._panel = panel
        if panel is not None:
            panel.setFixedWidth(look().px(PANEL_WIDTH))
            self._side.addWidget(panel)

    def _fit(self) -> None:
        self._card.setFixedWidth(min(look().px(CARD_WIDTH), max(280, self.width() - 48)))
