"""Toasts, banners, empty and failed states, dialogs for what can't be undone."""

from __future__ import annotations

from collections.abc import Callable, Collection

from PySide6.QtCore import QEvent, QPoint, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from shiboken6 import isValid

from desktop.views.parts.basics import IconLabel, Label, Speaking, column, row, surface
from desktop.views.parts.buttons import Button, IconButton
from desktop.views.parts.surfaces import Surface
from desktop.views.theme.look import look
from desktop.views.theme.tokens import duration_ms, size


class Toast(Surface):
    """One short notice at the bottom left, for 8 seconds; longer under pointer or focus."""

    undo_asked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__("toast")
        self.setParent(parent)
        self._page = parent
        self.lift = 0  # pixels that stay free below, for the foot of a panel
        self._icon = IconLabel("check-circle-fill", "accent", 18)
        self._text = Label()
        self._undo = Button(kind="link")
        self._close = IconButton("x")
        self._undo.clicked.connect(self._asked)
        self._close.clicked.connect(self.hide)
        line = row(self._icon, self._text, 12, self._undo, self._close, margins=(16, 4, 8, 4))
        line.setStretch(1, 1)
        self.setLayout(line)
        self._timer = QTimer(self, singleShot=True, interval=duration_ms("toast_ms"))
        self._timer.timeout.connect(self._time_is_up)
        self.hide()

    def set_names(self, close: str) -> None:
        self._close.set_name(close)

    def tell(self, text: str, undo: str = "", *, good: bool = True) -> None:
        """Show `text`; `undo` are the words of the button that takes it back."""
        icon = ("check-circle-fill", "accent") if good else ("warning-circle-fill", "danger")
        self._icon.set_icon(*icon)
        self._text.setText(text)
        self._undo.setText(undo)
        self._undo.setVisible(bool(undo))
        self.setAccessibleName(text)
        self.adjustSize()
        self.place()
        self.show()
        self.raise_()
        self._timer.start()

    def text(self) -> str:
        return self._text.text()

    def place(self) -> None:
        """Stand at the bottom left of the parent; a long text takes several lines."""
        room = self._page.rect().adjusted(0, 0, 0, -self.lift)
        self._text.setWordWrap(False)
        wanted, most = self.sizeHint().width(), room.width() - 32
        self._text.setWordWrap(wanted > most)
        width = min(wanted, most)
        height = self.heightForWidth(width) if wanted > most else self.sizeHint().height()
        self.resize(width, height)
        self.move(QPoint(16, room.height() - height - 16))

    def _asked(self) -> None:
        self.hide()
        self.undo_asked.emit()

    def _time_is_up(self) -> None:
        focused = self.focusWidget()
        if self.underMouse() or (focused is not None and focused.hasFocus()):
            self._timer.start()
        else:
            self.hide()


class Banner(Speaking):
    """A standing fact above a page: stale data, a practice profile. `kind`: info, warn, danger."""

    action_asked = Signal()

    def __init__(self, kind: str = "info", icon_name: str = "info") -> None:
        super().__init__()
        role = {"info": "info", "warn": "warn", "danger": "danger"}[kind]
        self._text = Label(wrap=True)
        self._action = Button(kind="link")
        self._action.clicked.connect(self.action_asked)
        line = row(IconLabel(icon_name, role, 18), self._text, self._action, spacing=10)
        line.setContentsMargins(16, 6, 8, 6)
        line.setStretch(1, 1)
        frame = surface(kind, line)
        self.setLayout(column(frame))

    def tell(self, text: str, action: str = "") -> None:
        self._text.setText(text)
        self._action.setText(action)
        self._action.setVisible(bool(action))
        self.setAccessibleName(text)


class State(Speaking):
    """Nothing to show, or it failed: an icon, a sentence, the cause in small, one action."""

    action_asked = Signal()
    second_asked = Signal()

    def __init__(self, icon_name: str) -> None:
        super().__init__()
        self._icon = IconLabel(icon_name, "text3", 32)
        self._title, self._text = Label("", "heading"), Label("", "small", tone="text3", wrap=True)
        for label in (self._title, self._text):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(True)
        self._text.setMinimumWidth(240)
        self._text.setMaximumWidth(460)
        self._action, self._second = Button(kind="primary"), Button(kind="plain")
        self._action.clicked.connect(self.action_asked)
        self._second.clicked.connect(self.second_asked)
        buttons = row(None, self._action, self._second, None)
        centred = row(None, self._text, None)
        icon = row(None, self._icon, None)
        self.setLayout(
            column(None, icon, self._title, centred, 4, buttons, None, margins=(24, 24, 24, 24))
        )

    def tell(
        self,
        title: str,
        text: str = "",
        action: str = "",
        second: str = "",
        icon: str | None = None,
    ) -> None:
        if icon:
            self._icon.set_icon(icon)
        self._title.setText(title)
        self._text.setText(text)
        self._text.setVisible(bool(text))
        for button, words in ((self._action, action), (self._second, second)):
            button.setText(words)
            button.setVisible(bool(words))
        self.setAccessibleName(f"{title} {text}".strip())


class Dialog(QWidget):
    """For the irreversible, or many at once. Covers the window's page; Esc takes the safe way.

    The title is the fact, the buttons are verbs, and the safe one is the primary. No key reaches
    the page below, but those that are `let_through`: locking does not wait for an answer.
    """

    def __init__(self, parent: QWidget, let_through: Collection[str] = ()) -> None:
        super().__init__(parent)
        self._title, self._text = Label("", "heading", wrap=True), Label(wrap=True, tone="text2")
        self._safe, self._other = Button(kind="primary"), Button(kind="danger")
        self._safe.clicked.connect(self._safely)
        self._other.clicked.connect(self._otherwise)
        self._then: Callable[[], None] | None = None
        self._returns_to: QWidget | None = None
        self._let_through = [QKeySequence(key) for key in let_through]
        buttons = row(None, self._other, self._safe)
        inside = column(self._title, self._text, 8, buttons, margins=(24, 20, 24, 20))
        self._box = surface("raised", inside)
        self._page = parent
        self.lift = 0  # pixels that stay free below, for the foot of a panel
        self._box.setMinimumWidth(size("dialog_min"))
        self._box.setMaximumWidth(size("dialog_max"))
        self._box.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.setLayout(column(None, row(None, self._box, None), None))
        parent.installEventFilter(self)
        self.hide()

    def ask(self, title: str, text: str, safe: str, other: str, then: Callable[[], None]) -> None:
        """Ask; `then` is called if the person takes the other, unsafe way."""
        self._title.setText(title)
        self._text.setText(text)
        self._safe.setText(safe)
        self._other.setText(other)
        self._other.setVisible(bool(other))
        self._then = then
        if not self.isVisible():  # else it replaces a question, whose way back it keeps
            self._returns_to = self.window().focusWidget()
        self.setAccessibleName(title)
        self.setGeometry(self._page.rect())
        self.show()
        self.raise_()
        self._safe.setFocus(Qt.FocusReason.OtherFocusReason)

    def _safely(self) -> None:
        self._close()

    def _otherwise(self) -> None:
        then = self._then
        self._close()
        if then is not None:
            then()

    def _close(self) -> None:
        self.hide()
        if self._returns_to is not None and isValid(self._returns_to):
            self._returns_to.setFocus(Qt.FocusReason.OtherFocusReason)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            keys = QKeySequence(event.keyCombination())
            event.setAccepted(keys not in self._let_through)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._close()
        # Everything else stops here: the page below must not act on it.

    def focusNextPrevChild(self, forward: bool) -> bool:
        here = self._safe if self._other.hasFocus() or not self._other.isVisible() else self._other
        here.setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(QRectF(self.rect()), scrim())
        painter.end()

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self.setGeometry(self._page.rect())
        return False


def scrim() -> QColor:
    """Return what dims a page under a dialog or the palette."""
    colour = QColor(look().colour("shadow"))
    colour.setAlphaF(0.45 if look().theme == "dark" else 0.22)
    return colour
