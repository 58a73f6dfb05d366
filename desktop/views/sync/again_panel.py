"""The panel in which a laptop is enrolled again: login and password. Passive."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget

from desktop.views.enrol.entered import Entered, Problems
from desktop.views.parts.basics import Label, column
from desktop.views.parts.fields import LineField, SecretField
from desktop.views.parts.panel import SidePanel
from desktop.views.parts.progress import ProgressBar


class AgainPanel(SidePanel):
    """Emits `save_asked`, `left_field` and `close_asked`; what was typed stays typed."""

    left_field = Signal(str)  # its name: it may be checked now

    def __init__(self) -> None:
        super().__init__()
        self.busy = self._asks_new = False
        self.fields: dict[str, LineField] = {
            "login": LineField(),
            "password": SecretField(),
            "new_password": SecretField(),
            "new_again": SecretField(),
        }
        self._intro = Label("", tone="text2", wrap=True)
        self._bar, self._doing = ProgressBar(), Label("", "small", tone="text2", wrap=True)
        self._running = QWidget()
        self._running.setLayout(column(self._bar, self._doing, spacing=6))
        self._bar.show_share(0, -1)
        for widget in (self._intro, *self.fields.values(), self._running):
            self.form.addWidget(widget)
        self.form.addStretch(1)
        for hidden in (self.fields["new_password"], self.fields["new_again"], self._running):
            hidden.hide()
        self._connect()
        self.retranslate()

    def _connect(self) -> None:
        for name, field in self.fields.items():
            field.entered.connect(lambda name=name: self._go_on(name))
            field.left.connect(lambda name=name: self.left_field.emit(name))
            field.edited.connect(field.clear_note)
        self.jump_asked.connect(self.focus_first)

    def retranslate(self) -> None:
        super().retranslate()
        self.set_heading(self.tr("Enrol this laptop again"), self.tr("Everything on it stays"))
        self._intro.setText(
            self.tr(
                "Show the branch's server once more who you are, with the login that this laptop"
                " was enrolled with. Then a sync follows by itself."
            )
        )
        self._doing.setText(self.tr("Asking the server. This takes a few seconds."))
        of = self.fields
        of["login"].set_label(self.tr("Login"))
        of["password"].set_label(self.tr("Password"))
        of["new_password"].set_label(self.tr("New password of your own"))
        of["new_again"].set_label(self.tr("New password once more"))
        for field in of.values():
            if isinstance(field, SecretField):
                field.set_eye_name(self.tr("Show what is typed"))
        self._name_buttons()

    def _name_buttons(self) -> None:
        self.save_button.setText(self.tr("Enrol again") + "  Ctrl+S")
        self.close_button.setText(self.tr("Cancel") if self.busy else self.tr("Close"))

    # --- what was typed ---

    def entered(self) -> Entered:
        of = self.fields
        return Entered(
            login=of["login"].text(),
            password=of["password"].text(),
            asks_new=self._asks_new,
            new_password=of["new_password"].text(),
            new_again=of["new_again"].text(),
        )

    def focus_first(self) -> None:
        """Put the focus where something is wrong, else where one begins."""
        wrong = (field for field in self.fields.values() if field.has_problem())
        next(wrong, self.fields["login"]).focus()

    def _go_on(self, name: str) -> None:
        """Enter: to the next field, from the last one to the server."""
        shown = [each for each, field in self.fields.items() if not field.isHidden()]
        place = shown.index(name) + 1
        if place < len(shown):
            self.fields[shown[place]].focus()
        else:
            self.save_asked.emit()

    # --- what came of it ---

    def show_busy(self, busy: bool) -> None:
        self.busy = busy
        self._running.setVisible(busy)
        for widget in (*self.fields.values(), self.save_button):
            widget.setEnabled(not busy)
        if busy:
            self.show_summary("")
        self._name_buttons()

    def ask_new_password(self) -> None:
        """Show the fields for a password of the person's own."""
        self._asks_new = True
        for name in ("new_password", "new_again"):
            self.fields[name].show()

    def show_problem(self, name: str, sentence: str) -> None:
        """Say below one field what is wrong with it; "" takes it away."""
        if sentence:
            self.fields[name].show_problem(sentence)
        else:
            self.fields[name].clear_note()

    def show_problems(self, problems: Problems) -> None:
        """Say below each field what is wrong; the first of them gets the focus."""
        for name in self.fields:
            self.show_problem(name, problems.get(name, ""))
        if problems:
            QTimer.singleShot(0, self, self.focus_first)  # once a field that was hidden is there
