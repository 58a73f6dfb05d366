"""The panel in which a passphrase is changed: the old one, the new one twice. Passive."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget

from desktop.views.parts.basics import Label, column
from desktop.views.parts.fields import SecretField
from desktop.views.parts.panel import SidePanel
from desktop.views.parts.progress import ProgressBar
from desktop.views.parts.strength import StrengthMeter


class PassphrasePanel(SidePanel):
    """Emits `save_asked`, `left_field` and `close_asked`."""

    left_field = Signal(str)  # its name: it may be checked now

    def __init__(self) -> None:
        super().__init__()
        self.busy = False
        self.fields = {name: SecretField() for name in ("old", "new", "again")}
        self.strength = StrengthMeter()
        self._intro = Label("", tone="text2", wrap=True)
        self._copies = Label("", "small", tone="text3", wrap=True)
        self._bar, self._doing = ProgressBar(), Label("", "small", tone="text2", wrap=True)
        self._running = QWidget()
        self._running.setLayout(column(self._bar, self._doing, spacing=6))
        self._bar.show_share(0, -1)
        old, new, again = self.fields.values()
        for widget in (self._intro, old, new, self.strength, again, self._copies, self._running):
            self.form.addWidget(widget)
        self.form.addStretch(1)
        self._running.hide()
        for name, field in self.fields.items():
            field.entered.connect(lambda name=name: self._go_on(name))
            field.left.connect(lambda name=name: self.left_field.emit(name))
            field.edited.connect(field.clear_note)
        self.jump_asked.connect(self.focus_first)
        self.retranslate()

    def retranslate(self) -> None:
        super().retranslate()
        self.set_heading(self.tr("Change the passphrase"), self.tr("Everything else stays"))
        self._intro.setText(
            self.tr(
                "Several words are easy to remember. Take none that colleagues connect with you;"
                " nobody can look the passphrase up for you."
            )
        )
        self._copies.setText(
            self.tr("Copies of this laptop that were saved before still open with the old one.")
        )
        self._doing.setText(self.tr("Locking everything with the new passphrase…"))
        names = {
            "old": self.tr("Passphrase until now"),
            "new": self.tr("New passphrase"),
            "again": self.tr("New passphrase once more"),
        }
        for name, field in self.fields.items():
            field.set_label(names[name])
            field.set_eye_name(self.tr("Show what is typed"))
        self.save_button.setText(self.tr("Change") + "  Ctrl+S")

    def typed(self, name: str) -> str:
        return self.fields[name].text()

    def focus_first(self) -> None:
        """Put the focus where something is wrong, else where one begins."""
        wrong = (field for field in self.fields.values() if field.has_problem())
        next(wrong, self.fields["old"]).focus()

    def _go_on(self, name: str) -> None:
        """Enter: to the next field, from the last one to saving."""
        following = {"old": "new", "new": "again"}.get(name)
        if following is None:
            self.save_asked.emit()
        else:
            self.fields[following].focus()

    def show_busy(self, busy: bool) -> None:
        self.busy = busy
        self._running.setVisible(busy)
        for widget in (*self.fields.values(), self.save_button):
            widget.setEnabled(not busy)
        if busy:
            self.show_summary("")

    def show_problems(self, problems: Mapping[str, str]) -> None:
        """Say below each field what is wrong; the first of them gets the focus."""
        for name, field in self.fields.items():
            if name in problems:
                field.show_problem(problems[name])
            else:
                field.clear_note()
        if problems:
            QTimer.singleShot(0, self, self.focus_first)

    def show_problem(self, name: str, sentence: str) -> None:
        """Say below one field what is wrong with it; "" takes it away."""
        if sentence:
            self.fields[name].show_problem(sentence)
        else:
            self.fields[name].clear_note()

    def forget(self) -> None:
        """Keep nothing of what was typed."""
        for field in self.fields.values():
            field.set_text("")
