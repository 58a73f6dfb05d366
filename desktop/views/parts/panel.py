"""The side panel: title, error summary, a form that scrolls, a fixed foot. It docks."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.views.parts.basics import (
    IconLabel,
    Label,
    ShortLabel,
    Speaking,
    column,
    row,
    scrolling,
    separator,
    surface,
)
from desktop.views.parts.buttons import Button, IconButton


class SidePanel(Speaking):
    """Base of panels. Subclasses fill `self.form`; `save_asked` comes by button and Ctrl+S."""

    save_asked = Signal()
    close_asked = Signal()
    jump_asked = Signal()  # to the first field with a problem

    def __init__(self) -> None:
        super().__init__()
        self._title, self._below = Label("", "heading"), ShortLabel("", "small", tone="text3")
        self._cross = IconButton("x")
        head = row(
            column(self._title, self._below, spacing=0), self._cross, margins=(20, 10, 10, 10)
        )
        head.setStretch(0, 1)
        self._summary, self._jump = Label(wrap=True), Button(kind="link")
        summary = row(
            IconLabel("warning-circle-fill", "danger", 18), self._summary, self._jump, spacing=10
        )
        summary.setContentsMargins(20, 4, 12, 4)
        summary.setStretch(1, 1)
        self._problems = surface("danger", summary)
        self._problems.hide()
        inside = QWidget()
        self.form = QVBoxLayout(inside)
        self.form.setContentsMargins(20, 16, 20, 16)
        self.form.setSpacing(14)
        self._draft_icon = IconLabel("check-circle", "text3")
        self._draft_icon.hide()
        self._draft = Label("", "small", tone="text3")
        self.close_button, self.save_button = Button(kind="quiet"), Button(kind="primary")
        foot = row(self._draft_icon, self._draft, None, self.close_button, self.save_button)
        foot.setContentsMargins(20, 10, 16, 10)
        frame = surface("panel")
        parts = (head, separator(), self._problems, scrolling(inside), surface("foot", foot))
        layout = column(*parts, spacing=0)
        layout.setStretch(3, 1)
        frame.setLayout(layout)
        self.setLayout(column(frame))
        self._cross.clicked.connect(self.close_asked)
        self.close_button.clicked.connect(self.close_asked)
        self.save_button.clicked.connect(self.save_asked)
        self._jump.clicked.connect(self.jump_asked)
        shortcut = QShortcut(QKeySequence(QKeySequence.StandardKey.Save), self)
        shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        shortcut.activated.connect(self.save_asked)

    def retranslate(self) -> None:
        self._cross.set_name(self.tr("Close"))
        self._jump.setText(self.tr("Go there"))
        self.close_button.setText(self.tr("Close"))
        self.save_button.setText(self.tr("Save") + "  Ctrl+S")

    def set_heading(self, title: str, below: str = "") -> None:
        self._title.setText(title)
        self._below.setText(below)
        self.setAccessibleName(title)

    def show_summary(self, sentence: str) -> None:
        """Say above the form what must be mended; "" takes it away."""
        self._summary.setText(sentence)
        self._problems.setVisible(bool(sentence))

    def show_draft(self, sentence: str) -> None:
        self._draft.setText(sentence)
        self._draft_icon.setVisible(bool(sentence))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_asked.emit()
        else:
            super().keyPressEvent(event)
