"""The unlock page: who, passphrase, why it was refused. Knows nothing of any customer."""

from __future__ import annotations

from datetime import UTC, date, datetime

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from desktop.services.greeting import NEAR_DAYS, Greeting
from desktop.views.language.translating import counted, current_language
from desktop.views.parts.basics import IconLabel, Label, column, row, surface
from desktop.views.parts.buttons import Button
from desktop.views.parts.fields import SecretField
from desktop.views.parts.road import RoadPage
from desktop.views.theme.look import look
from desktop.views.theme.painting import paint_logo

CARD_WIDTH = 380
RECOVERY_WIDTH = 600
LOGO_FROM = 520  # a lower page gives the logo's room to the card
ROOMY_FROM = 640  # where the card is the taller one for a forgotten passphrase


class UnlockPage(RoadPage):
    """Passive: emits the passphrase, shows what came of it."""

    unlock_asked = Signal(str)
    forgotten = Signal()  # the way back in is asked for

    def __init__(self) -> None:
        super().__init__()
        self._greeting, self._busy = Greeting(), False
        self._wait_s, self._rekeying = 0, False
        self._longer = Label("", "small", tone="text2", wrap=True)
        self._caps_on: bool | None = None  # nobody tells; the letters that are typed do
        self._name, self._place = Label("Yizhan", "display", tone="railTextSel"), Label(tone="rail")
        self._who, self._branch = Label("", "title"), Label("", "small", tone="text2")
        self.passphrase = SecretField()
        self.passphrase.line.setProperty("large", "true")
        self.passphrase.entered.connect(self._ask)
        self.passphrase.line.installEventFilter(self)
        self.button = Button(kind="primary", large=True)
        self.button.clicked.connect(self._ask)
        self._caps = Label("", "small", tone="warn")
        self.forgot = Button(kind="link")
        self.forgot.clicked.connect(self.forgotten)
        self.recovery: QWidget | None = None  # its card, once it was asked for
        self._waiting, self._waiting_icon = (
            Label(tone="rail"),
            IconLabel("arrow-circle-up", "railText"),
        )
        self._offline = Label(tone="rail")
        self._days, self._days_icon = Label(tone="rail"), IconLabel("warning-fill", "railText")
        self._lay_out()
        self.retranslate()

    def _lay_out(self) -> None:
        for label in (self._name, self._place, self._who, self._branch):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        foot = row(self.forgot, None, self._caps)
        inside = column(
            self._who,
            self._branch,
            6,
            self.passphrase,
            self._longer,
            2,
            self.button,
            foot,
            spacing=8,
            margins=(28, 24, 28, 16),
        )
        card = surface("card", inside)
        self._card = card
        facts = row(
            None,
            self._waiting_icon,
            self._waiting,
            24,
            self._days_icon,
            self._days,
            24,
            IconLabel("cloud-slash", "railText"),
            self._offline,
            None,
            spacing=8,
        )
        self._stamp = _Stamp()
        self._cards = row(None, card, None)
        self.setLayout(
            column(
                None,
                row(None, self._stamp, None),
                self._name,
                self._place,
                20,
                self._cards,
                None,
                facts,
                spacing=4,
                margins=(16, 24, 16, 40),
            )
        )

    def retranslate(self) -> None:
        self._name.setText(self.tr("Yizhan"))
        self._place.setText(self.tr("Locked. Everything on this laptop is encrypted."))
        self.forgot.setText(self.tr("Forgot the passphrase?"))
        self.passphrase.set_label(self.tr("Passphrase"))
        self.passphrase.set_eye_name(self.tr("Show the passphrase"))
        self._show_button()
        self._show_caps()
        self._offline.setText(self.tr("Unlocks without a network"))
        self._say_rekeying()
        if self._wait_s:
            self.passphrase.show_problem(self._wait_words())
        self.greet(self._greeting)

    def greet(self, greeting: Greeting) -> None:
        """Show whose profile it is, and what waits in it."""
        self._greeting = greeting
        between = "·" if current_language() == "zh" else " · "
        role = {
            "manager": self.tr("Customer manager"),
            "branch_lead": self.tr("Branch lead"),
        }.get(greeting.role, "")
        self._who.setText(greeting.name)
        self._who.setVisible(bool(greeting.name))
        words = [word for word in (greeting.branch, role) if word]
        self._branch.setText(between.join(words))
        self._branch.setVisible(bool(words))
        self._waiting.setText(
            counted(
                greeting.waiting,
                self.tr("{n} edit waiting, safe on this laptop"),
                self.tr("{n} edits waiting, safe on this laptop"),
            )
        )
        for widget in (self._waiting, self._waiting_icon):
            widget.setVisible(greeting.waiting > 0)
        self._show_days(greeting)

    def _show_days(self, greeting: Greeting) -> None:
        """Say how soon a sync is due, by the clock on the wall: it is only said, not judged."""
        left = _days_until(greeting.until)
        if left > 0:
            one, more = self.tr("Sync within {n} day"), self.tr("Sync within {n} days")
            self._days.setText(counted(left, one, more))
        else:
            self._days.setText(self.tr("A sync at the branch is due"))
        for widget in (self._days, self._days_icon):
            widget.setVisible(left <= NEAR_DAYS)

    def show_recovery(self, card: QWidget) -> None:
        """Put the card for a forgotten passphrase in the place of the unlock card."""
        if self.recovery is not card:
            self.recovery = card
            self._cards.insertWidget(2, card)
        self._card.hide()
        card.show()
        self._fit()

    def hide_recovery(self) -> None:
        if self.recovery is not None:
            self.recovery.hide()
        self._card.show()
        self._fit()
        self.passphrase.focus()

    def show_busy(self, busy: bool) -> None:
        self._busy = busy
        self.forgot.setEnabled(not busy)
        self._show_button()
        self.passphrase.line.setEnabled(not busy)
        self.button.setEnabled(not busy)

    def show_closing(self) -> None:
        """The last work ends; until then nobody can unlock."""
        self.show_busy(True)
        self.button.setText(self.tr("Locking…"))

    def cover(self) -> None:
        """Show nothing of what was typed, and that it locks, while an unlocking still runs."""
        for field in self.findChildren(SecretField):
            field.hide_secret()
        self.passphrase.set_text("")
        self.show_closing()

    def _show_button(self) -> None:
        self.button.setText(self.tr("Opening…") if self._busy else self.tr("Unlock"))

    def show_wait(self, seconds: int) -> None:
        """Count down in words while the next try has to wait; 0 ends it."""
        self._wait_s = seconds
        self.passphrase.line.setEnabled(seconds == 0)
        self.button.setEnabled(seconds == 0)
        if seconds:
            self.passphrase.show_problem(self._wait_words())
        else:
            self.passphrase.clear_note()
            if self.passphrase.isVisible():  # else somebody types in the card that covers it
                self.passphrase.focus()

    @property
    def waiting(self) -> int:
        """The seconds that are shown as left; 0 where nothing waits."""
        return self._wait_s

    def _wait_words(self) -> str:
        minutes, seconds = divmod(self._wait_s, 60)
        left = f"{minutes}:{seconds:02d}"
        return self.tr(
            "Too many wrong passphrases. The next one can be tried in {left}. Closing the window"
            " or restarting the computer does not shorten this."
        ).format(left=left)

    def show_rekeying(self, wanted: bool) -> None:
        """Say that this unlocking takes longer."""
        self._rekeying = wanted
        self._say_rekeying()

    def _say_rekeying(self) -> None:
        self._longer.setVisible(self._rekeying)
        self._longer.setText(
            self.tr("With this unlocking the laptop gets its new key. That can take some minutes.")
        )

    def warn(self, sentence: str) -> None:
        """Say what is wrong with this computer; what is typed stays."""
        self.passphrase.show_problem(sentence)

    def refuse(self, sentence: str) -> None:
        """Say why it stays locked; the passphrase is to be typed again."""
        self.show_busy(False)
        self.passphrase.set_text("")
        self.passphrase.show_problem(sentence)
        self.passphrase.focus()

    def reset(self) -> None:
        self.show_busy(False)
        self.passphrase.set_text("")
        self.passphrase.hide_secret()  # the next one is typed unseen again
        self.passphrase.clear_note()
        self.passphrase.focus()

    def _ask(self) -> None:
        if self.passphrase.text():
            self.unlock_asked.emit(self.passphrase.text())
        else:
            self.passphrase.show_problem(self.tr("Type your passphrase."))
            self.passphrase.focus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            self._caps_on = caps_lock(event, self._caps_on)
            self._show_caps()
        return super().eventFilter(watched, event)

    def _show_caps(self) -> None:
        self._caps.setText(self.tr("Caps Lock is on") if self._caps_on else "")

    def _fit(self) -> None:
        """A low window, or large type, leaves the room to what is to be done."""
        self._card.setFixedWidth(look().px(CARD_WIDTH))
        recovers = self.recovery is not None and not self.recovery.isHidden()
        if self.recovery is not None:
            self.recovery.setFixedWidth(min(look().px(RECOVERY_WIDTH), self.width() - 32))
        roomy = self.height() >= look().px(ROOMY_FROM if recovers else LOGO_FROM)
        for widget in (self._stamp, self._name):
            widget.setVisible(roomy)
        self._place.setVisible(roomy or not recovers)


def _days_until(day: str) -> int:
    """Return the days from today to an ISO day; very many where it is none."""
    try:
        return (date.fromisoformat(day) - datetime.now(UTC).astimezone().date()).days
    except ValueError:
        return date.max.toordinal()


def caps_lock(event: QKeyEvent, before: bool | None) -> bool | None:
    """Return whether Caps Lock is on, as far as a pressed key tells; None: it is not known."""
    if event.key() == Qt.Key.Key_CapsLock:
        return None if before is None else not before
    letter = event.text()
    if not (letter.isascii() and letter.isalpha()):
        return before
    return letter.isupper() != bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)


class _Stamp(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(66, 66)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_logo(painter, QRectF(1, 1, 64, 64))
        painter.end()
