"""The Receipts page: what is looked for above, the list, and the ways out below.

Passive: shows rows and announces what the person wants.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QStackedWidget, QWidget

from desktop.services.receipts import MARKS
from desktop.views.parts.basics import IconLabel, Label, Speaking, column, row, surface
from desktop.views.parts.buttons import Button
from desktop.views.parts.fields import ChoiceField, DayField, LineField
from desktop.views.parts.notices import State
from desktop.views.sync.receipt_list import ReceiptList, ReceiptRow

TONES = {"good": ("shield-check", "accent"), "bad": ("warning-octagon-fill", "danger")}


class ReceiptsPage(Speaking):
    """Four fields, a list, three buttons."""

    searched = Signal()  # something that is looked for changed
    field_left = Signal()
    receipt_asked = Signal(int)  # its row
    check_asked = Signal()
    print_asked = Signal()
    save_asked = Signal()
    clear_asked = Signal()
    texts_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.customer, self.result = LineField(), ChoiceField()
        self.since, self.until = DayField(), DayField()
        self.list = ReceiptList()
        self.empty = State("receipt")
        self._chain_icon, self._chain = IconLabel("shield-check", "text2"), Label(wrap=True)
        self._found = Label("", "small", tone="text2")
        self.check = Button(icon_name="shield-check")
        self.save, self.print = Button(icon_name="file-arrow-down"), Button(icon_name="printer")
        self._lay_out()
        self._connect()
        self.retranslate()

    def _lay_out(self) -> None:
        self._upper, self._lower = QBoxLayout(_ACROSS), QBoxLayout(_ACROSS)
        for layout, fields in (
            (self._upper, (self.customer, self.result)),
            (self._lower, (self.since, self.until)),
        ):
            layout.setSpacing(12)
            for field in fields:
                layout.addWidget(field, 1)
        self._search = QBoxLayout(_ACROSS)
        self._search.setSpacing(12)
        self._search.addLayout(self._upper, 1)
        self._search.addLayout(self._lower, 1)
        chain = row(self._chain_icon, self._chain, spacing=8)
        chain.setStretch(1, 1)
        chain.setAlignment(self._chain_icon, Qt.AlignmentFlag.AlignTop)
        self._chain_room = QWidget()
        self._chain_room.setLayout(chain)
        self._stack = QStackedWidget()
        self._stack.addWidget(surface("card", column(self.list, spacing=0, margins=(1, 4, 1, 4))))
        self._stack.addWidget(self.empty)
        self._inside = column(self._search, self._chain_room, self._stack, spacing=12)
        self._inside.setStretch(2, 1)
        foot = row(self._found, None, self.check, self.save, self.print)
        foot.setContentsMargins(24, 10, 24, 10)
        room = QWidget()
        room.setLayout(self._inside)
        whole = column(room, surface("foot", foot), spacing=0)
        whole.setStretch(0, 1)
        self.setLayout(whole)
        self._chain_room.hide()

    def _connect(self) -> None:
        for field in (self.customer, self.result, self.since, self.until):
            field.edited.connect(self.searched)
        for day in (self.since, self.until):
            day.left.connect(self.field_left)
        self.list.opened.connect(self.receipt_asked)
        self.check.clicked.connect(self.check_asked)
        self.save.clicked.connect(self.save_asked)
        self.print.clicked.connect(self.print_asked)
        self.empty.action_asked.connect(self.clear_asked)

    def retranslate(self) -> None:
        self.customer.set_label(self.tr("Customer"))
        self.customer.line.setPlaceholderText(self.tr("Name, pinyin or phone tail"))
        self.result.set_label(self.tr("Result"))
        self.since.set_label(self.tr("From"))
        self.until.set_label(self.tr("To"))
        for day in (self.since, self.until):
            day.set_calendar_name(self.tr("Choose a day"))
        self.result.fill([("", self.tr("All")), *((m, self._mark(m)) for m in MARKS)])
        self.list.setAccessibleName(self.tr("Receipts"))
        self.check.setText(self.tr("Check"))
        self.check.setToolTip(self.tr("Compute again whether any receipt was changed or removed"))
        self.save.setText(self.tr("Save list"))
        self.print.setText(self.tr("Print") + "  Ctrl+P")
        self.empty.tell(
            self.tr("No receipt fits"),
            self.tr("Look for less; names are found while the customer is here."),
            self.tr("Show all"),
        )
        self.texts_wanted.emit()

    def _mark(self, mark: str) -> str:
        return {
            "synced": self.tr("Complete"),
            "to_settle": self.tr("Some to settle"),
            "refused": self.tr("Some refused"),
            "stopped": self.tr("Stopped"),
            "offline": self.tr("No network"),
            "failed": self.tr("Not complete"),
        }[mark]

    # --- what is shown ---

    def show_rows(self, rows: tuple[ReceiptRow, ...], found: str) -> None:
        self.list.show_rows(rows)
        self._stack.setCurrentIndex(0 if rows else 1)
        self._found.setText(found)
        for button in (self.save, self.print):
            button.setEnabled(bool(rows))

    def show_chain(self, text: str, tone: str) -> None:
        """Say whether the receipts fit together; "" says nothing."""
        self._chain_room.setVisible(bool(text))
        if text:
            self._chain_icon.set_icon(*TONES[tone])
            self._chain.setText(text)
            self._chain.set_tone("danger" if tone == "bad" else None)

    def clear(self) -> None:
        """Look for nothing in particular."""
        for field in (self.customer, self.since, self.until, self.result):
            field.set_text("")
            field.clear_note()

    def fit(self, wide: bool, compact: bool) -> None:
        self._search.setDirection(_ACROSS if not compact else _DOWN)
        edge = 16 if compact else 24
        self._inside.setContentsMargins(edge, 14, edge, 14)


_ACROSS, _DOWN = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
