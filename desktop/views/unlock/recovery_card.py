"""The card for a forgotten passphrase: asks who it is, then shows the digits for the branch lead.

Passive. Stands where the unlock card stands; knows nothing of any customer.
"""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.services.office import Forgotten
from desktop.views.parts.basics import IconLabel, Label, Speaking, column, row, surface
from desktop.views.parts.buttons import Button
from desktop.views.parts.fields import LineField, SecretField
from desktop.views.parts.strength import StrengthMeter

Problems = Mapping[str, str]  # name of a field -> the sentence below it


class RecoveryCard(Speaking):
    """Two faces: asking (four fields), and waiting (the digits, and the passphrase chosen)."""

    asked = Signal(object)  # Forgotten
    go_on_asked = Signal(str)  # the passphrase that was chosen
    anew_asked = Signal()
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._digits, self._busy, self._address = "", False, ""
        self._title, self._about = Label("", "title"), Label("", tone="text2", wrap=True)
        self.server = Label("", "small", tone="text3", wrap=True)
        self.fields: dict[str, LineField] = {
            "login": LineField(),
            "password": SecretField(),
            "passphrase": SecretField(),
            "again": SecretField(),
        }
        self.strength = StrengthMeter()
        self.chosen = SecretField()
        self.code = Label("", "display")
        self.code.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.note = Label(wrap=True)
        self._note_icon = IconLabel("info", "info", 18)
        self.button = Button(kind="primary", large=True)
        self.back, self.anew = Button(), Button(kind="link")
        self.button.clicked.connect(self._go_on)
        self.back.clicked.connect(self.closed)
        self.anew.clicked.connect(self.anew_asked)
        for name, field in self.fields.items():
            field.entered.connect(lambda name=name: self._after(name))
            field.edited.connect(field.clear_note)
        self.chosen.entered.connect(self._go_on)
        self.chosen.edited.connect(self.chosen.clear_note)
        self._lay_out()
        self.retranslate()

    def _lay_out(self) -> None:
        of = self.fields
        self._form, self._wait = QWidget(), QWidget()
        who = _side_by_side(of["login"], of["password"])
        own = _side_by_side(of["passphrase"], of["again"])
        self._form.setLayout(column(who, own, self.strength, spacing=10))
        self._wait.setLayout(column(self.code, self.chosen, spacing=10))
        said = row(self._note_icon, self.note, spacing=10, margins=(14, 10, 14, 10))
        said.setStretch(1, 1)
        self._said = surface("info", said)
        foot = row(self.back, self.anew, None, self.button, spacing=12)
        inside = column(
            self._title,
            column(self._about, self.server, spacing=2),
            self._said,
            self._form,
            self._wait,
            foot,
            spacing=12,
            margins=(28, 20, 28, 20),
        )
        self.setLayout(column(surface("card", inside)))
        self.say("")

    def retranslate(self) -> None:
        names = {
            "login": self.tr("Login at the branch"),
            "password": self.tr("Password of that login"),
            "passphrase": self.tr("New passphrase for this laptop"),
            "again": self.tr("New passphrase again"),
        }
        for name, field in self.fields.items():
            field.set_label(names[name])
        self.chosen.set_label(self.tr("New passphrase, as you chose it"))
        for field in (*self.fields.values(), self.chosen):
            if isinstance(field, SecretField):
                field.set_eye_name(self.tr("Show what is typed"))
        self._title.setText(self.tr("Forgot the passphrase"))
        self.back.setText(self.tr("Back"))
        self.anew.setText(self.tr("Ask anew"))
        self.set_server(self._address)
        self._show_face()

    # --- what it shows ---

    def set_server(self, address: str) -> None:
        """Show who will be told the password: nobody has checked the address yet."""
        self._address = address
        self.server.setText(self.tr("Server: {address}").format(address=address))
        self.server.setVisible(bool(address))

    def show_form(self) -> None:
        """Ask who it is; whatever was typed before is gone."""
        self._digits = ""
        self.strength.show_strength(None)
        self._empty()
        self._show_face()
        self.fields["login"].focus()

    def show_digits(self, digits: str) -> None:
        """Show what the branch lead compares."""
        self._digits = digits
        self._empty()
        self._show_face()
        self.chosen.focus()

    def _empty(self) -> None:
        """Nothing that was typed stays, and what is typed next is unseen again."""
        for field in (*self.fields.values(), self.chosen):
            field.set_text("")
            field.clear_note()
            if isinstance(field, SecretField):
                field.hide_secret()
        self.show_busy(False)

    def _show_face(self) -> None:
        waits = bool(self._digits)
        self._form.setVisible(not waits)
        self._wait.setVisible(waits)
        self.anew.setVisible(waits)
        spaced = f"{self._digits[:3]} {self._digits[3:]}"
        self.code.setText(spaced)
        self.code.setAccessibleName(self.tr("Digits for the branch lead: {n}").format(n=spaced))
        self._about.setText(
            self.tr(
                "Read these digits to your branch lead. Once it is approved, type the new"
                " passphrase and look again. You may close the window meanwhile."
            )
            if waits
            else self.tr(
                "Your branch lead can let this laptop open again. No edit is lost. It needs the"
                " network once."
            )
        )
        self._show_button()

    def _show_button(self) -> None:
        if self._busy:
            self.button.setText(self.tr("Asking the branch…"))
        else:
            self.button.setText(
                self.tr("Look again") if self._digits else self.tr("Ask the branch")
            )

    def show_busy(self, busy: bool) -> None:
        self._busy = busy
        for widget in (self.button, self.anew, self._form, self.chosen):
            widget.setEnabled(not busy)
        self._show_button()

    def say(self, sentence: str, tone: str = "info") -> None:
        """Say what came of it, above the fields; "" takes it away. `tone`: info, danger."""
        self.note.setText(sentence)
        self._said.setVisible(bool(sentence))
        self._said.set_kind(tone)
        self._note_icon.set_icon("warning-circle-fill" if tone == "danger" else "info", tone)

    def show_problems(self, problems: Problems) -> None:
        """Say below the fields what is missing; the first one has the focus."""
        for name, sentence in problems.items():
            self.fields[name].show_problem(sentence)
        if problems:
            self.fields[next(iter(problems))].focus()

    def refuse_chosen(self, sentence: str) -> None:
        self.show_busy(False)
        self.chosen.set_text("")
        self.chosen.show_problem(sentence)
        self.chosen.focus()

    # --- what was typed ---

    @property
    def again(self) -> str:
        return self.fields["again"].text()

    def _after(self, name: str) -> None:
        """Enter goes to the next field, from the last one on."""
        names = list(self.fields)
        if name == names[-1]:
            self._go_on()
        else:
            self.fields[names[names.index(name) + 1]].focus()

    def _go_on(self) -> None:
        if self._busy:
            return
        if self._digits:
            self.go_on_asked.emit(self.chosen.text())
            return
        of = self.fields
        self.asked.emit(
            Forgotten(
                login=of["login"].text().strip(),
                password=of["password"].text(),
                passphrase=of["passphrase"].text(),
            )
        )


def _side_by_side(left: QWidget, right: QWidget) -> QHBoxLayout:
    pair = row(left, right, spacing=16)
    for place, widget in enumerate((left, right)):
        pair.setStretch(place, 1)
        pair.setAlignment(widget, Qt.AlignmentFlag.AlignTop)  # a note below one moves not the other
    return pair
