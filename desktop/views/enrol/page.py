"""The page of the first run: server, login, passphrase. Passive; what was typed stays typed."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QSizePolicy, QWidget

from desktop.views.enrol.entered import Entered, Problems
from desktop.views.language.translating import sentences
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
from desktop.views.parts.fields import LineField, SecretField
from desktop.views.parts.file_dialogs import ask_file
from desktop.views.parts.progress import ProgressBar
from desktop.views.parts.strength import StrengthMeter
from desktop.views.theme.look import look
from desktop.views.theme.painting import paint_logo

CARD_WIDTH = 780
SCHEME = "https://"
SIDE_BY_SIDE_FROM = 720  # of the window; below, the two halves stand one under the other


class EnrolPage(Speaking):
    """Emits what is to happen; shows what it came to. `enrolled` is the presenter's to emit."""

    enrolled = Signal()
    enrol_asked = Signal(object)  # Entered
    left_field = Signal(str)  # its name: it may be checked now

    def __init__(self) -> None:
        super().__init__()
        self._busy = False
        self._asks_new = False
        self.fields: dict[str, LineField] = {
            "server": LineField(),
            "login": LineField(),
            "password": SecretField(),
            "new_password": SecretField(),
            "new_again": SecretField(),
            "ca_file": LineField(),
            "passphrase": SecretField(),
            "again": SecretField(),
        }
        for name, field in self.fields.items():
            field.entered.connect(lambda name=name: self._go_on(name))
            field.left.connect(lambda name=name: self.left_field.emit(name))
            field.edited.connect(field.clear_note)
        self._title, self._below = Label("", "title"), Label("", tone="text2", wrap=True)
        self._server_head, self._own_head = Label("", "heading"), Label("", "heading")
        self.strength = StrengthMeter()
        self._rule = Label("", "small", tone="text3", wrap=True)
        self.practice, self._practice_name = Switch(), Label(wrap=True)
        self._practice_note = Label("", "small", tone="text3", wrap=True)
        self.certificate = Button(kind="link")
        self.certificate.clicked.connect(self._open_certificate)
        self._choose = Button(small=True, icon_name="folder-open")
        self._choose.clicked.connect(self._choose_file)
        self.button = Button(kind="primary", large=True)
        self.button.clicked.connect(self.ask)
        self._bar, self._doing = ProgressBar(), Label("", "small", tone="text2", wrap=True)
        self._what, self._remedy = Label(wrap=True, bold=True), Label(wrap=True)
        self._lay_out()
        self.retranslate()

    # --- building ---

    def _lay_out(self) -> None:
        self._refusal = surface("danger", self._refusal_line())
        self._refusal.hide()
        self._halves = QHBoxLayout()
        self._halves.setSpacing(32)
        for half in (self._server_half(), self._own_half()):
            self._halves.addWidget(half, 1, Qt.AlignmentFlag.AlignTop)
        self._running = QWidget()
        self._running.setLayout(column(self._bar, self._doing, spacing=6))
        self._running.setVisible(False)
        foot = row(self._running, self.button, spacing=24)
        foot.setStretch(0, 1)
        foot.setAlignment(self.button, Qt.AlignmentFlag.AlignRight)
        head = row(_Stamp(), column(self._title, self._below, spacing=2), spacing=16)
        head.setStretch(1, 1)
        inside = column(
            head,
            separator(),
            self._refusal,
            self._halves,
            separator(),
            foot,
            spacing=16,
            margins=(28, 24, 28, 24),
        )
        card = surface("card", inside)
        card.setMaximumWidth(CARD_WIDTH)
        card.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        around = QWidget()
        line = row(None, card, None)
        line.setStretch(1, 100)
        around.setLayout(column(None, line, None, margins=(16, 16, 16, 16)))
        self._area = scrolling(around)
        self.setLayout(column(self._area))

    def _refusal_line(self) -> QHBoxLayout:
        line = row(
            IconLabel("warning-circle-fill", "danger", 18),
            column(self._what, self._remedy, spacing=2),
            spacing=10,
            margins=(14, 10, 14, 10),
        )
        line.setStretch(1, 1)
        return line

    def _server_half(self) -> QWidget:
        half, of = QWidget(), self.fields
        self._file = QWidget()
        line = row(of["ca_file"], self._choose)
        line.setStretch(0, 1)
        line.setAlignment(self._choose, Qt.AlignmentFlag.AlignBottom)
        self._file.setLayout(line)
        self._file.hide()
        for name in ("new_password", "new_again"):
            of[name].hide()
        names = ("server", "login", "password", "new_password", "new_again")
        pieces = [of[name] for name in names]
        half.setLayout(
            column(
                self._server_head,
                *pieces,
                row(self.certificate, None),
                self._file,
                spacing=10,
            )
        )
        return half

    def _own_half(self) -> QWidget:
        half, of = QWidget(), self.fields
        practice = row(self.practice, self._practice_name)
        practice.setStretch(1, 1)
        half.setLayout(
            column(
                self._own_head,
                of["passphrase"],
                self.strength,
                of["again"],
                self._rule,
                6,
                practice,
                self._practice_note,
                spacing=10,
            )
        )
        return half

    # --- words ---

    def retranslate(self) -> None:
        self._title.setText(self.tr("Enrol this laptop"))
        self._below.setText(
            self.tr("Once, with the branch's network. Afterwards you also work without a network.")
        )
        self._server_head.setText(self.tr("From the branch"))
        self._own_head.setText(self.tr("Your passphrase for this laptop"))
        of = self.fields
        of["server"].set_label(self.tr("Server address"))
        of["server"].line.setPlaceholderText(SCHEME)
        of["login"].set_label(self.tr("Login"))
        of["password"].set_label(self.tr("Password"))
        of["new_password"].set_label(self.tr("New password of your own"))
        of["new_again"].set_label(self.tr("New password once more"))
        of["ca_file"].set_label(self.tr("Certificate file of the bank"))
        of["passphrase"].set_label(self.tr("Passphrase"))
        of["again"].set_label(self.tr("Passphrase once more"))
        for field in of.values():
            if isinstance(field, SecretField):
                field.set_eye_name(self.tr("Show what is typed"))
        self._rule.setText(
            self.tr(
                "At least 8 characters; several words are easy to remember. It unlocks the"
                " customers on this laptop. Nobody can look it up for you, so remember it well."
            )
        )
        self._practice_name.setText(self.tr("For practice, with made-up customers"))
        self.practice.set_name(self._practice_name.text())
        self._practice_note.setText(
            self.tr("Only with a practice server; never with real customers.")
        )
        self.certificate.setText(self.tr("The branch gave me a certificate file"))
        self._choose.setText(self.tr("Choose…"))
        self._doing.setText(
            self.tr("Asking the server and setting up the encryption. This takes a few seconds.")
        )
        self._show_button()

    def _show_button(self) -> None:
        self.button.setText(self.tr("Enrolling…") if self._busy else self.tr("Enrol"))

    # --- what was typed ---

    def entered(self) -> Entered:
        texts = {name: field.text() for name, field in self.fields.items()}
        return Entered(**texts, practice=self.practice.isChecked(), asks_new=self._asks_new)

    def ask(self) -> None:
        """Ask for the enrolment with what is typed, unless one is running."""
        if not self._busy:
            self.enrol_asked.emit(self.entered())

    def forget_secrets(self) -> None:
        for field in self.fields.values():
            if isinstance(field, SecretField):
                field.set_text("")

    def _go_on(self, name: str) -> None:
        """Enter: to the next field, from the last one to the server."""
        shown = [each for each, field in self.fields.items() if not field.isHidden()]
        if name == "ca_file" or (name not in shown) or self._file.isHidden():
            shown = [each for each in shown if each != "ca_file" or name == "ca_file"]
        place = shown.index(name) + 1
        if place < len(shown):
            self.fields[shown[place]].focus()
        else:
            self.ask()

    def _open_certificate(self) -> None:
        self._file.show()
        self.certificate.hide()
        self.fields["ca_file"].focus()

    def _choose_file(self) -> None:
        filters = (
            self.tr("Certificates (*.pem *.crt *.cer)"),
            self.tr("All files (*)"),
        )
        ask_file(self, self.fields["ca_file"].label(), filters, self._take_file)

    def _take_file(self, path: str) -> None:
        self.fields["ca_file"].set_text(path)
        self.fields["ca_file"].clear_note()

    # --- what came of it ---

    def show_busy(self, busy: bool) -> None:
        self._busy = busy
        self._running.setVisible(busy)
        self._bar.show_share(0, -1 if busy else 1)
        if busy:
            self._refusal.hide()
            self._bring(self.button)
        for widget in (*self.fields.values(), self.practice, self._choose, self.button):
            widget.setEnabled(not busy)
        self._show_button()

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
        self._refusal.hide()
        for name in self.fields:
            self.show_problem(name, problems.get(name, ""))
        first = next((name for name in self.fields if name in problems), None)
        if first == "ca_file":
            self._open_certificate()
        if first is not None:
            self._bring(self.fields[first])
            self.fields[first].focus()

    def refuse(self, what: str, remedy: str) -> None:
        """Say above the fields what is wrong with the whole of it."""
        self._what.setText(what)
        self._remedy.setText(remedy)
        self._remedy.setVisible(bool(remedy))
        self._refusal.setAccessibleName(sentences(what, remedy))
        self._refusal.show()
        self.button.setFocus(Qt.FocusReason.OtherFocusReason)
        self._bring(self._refusal)

    def refused(self) -> Mapping[str, str]:
        """Return what is told above the fields: what and remedy; empty where nothing is."""
        if self._refusal.isHidden():
            return {}
        return {"what": self._what.text(), "remedy": self._remedy.text()}

    def _bring(self, widget: QWidget) -> None:
        """Scroll there once the page has been laid out with what was just shown."""
        QTimer.singleShot(0, self, lambda: self._area.ensureWidgetVisible(widget, 0, 40))

    # --- painting and fitting ---

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.focusWidget() is None:
            self.fields["server"].focus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        beside = self.width() >= SIDE_BY_SIDE_FROM
        ways = QBoxLayout.Direction
        self._halves.setDirection(ways.LeftToRight if beside else ways.TopToBottom)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), look().colour("rail"))
        painter.end()


class _Stamp(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(48, 48)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_logo(painter, QRectF(1, 1, 46, 46))
        painter.end()
