"""Cards, value lines, figures: how facts stand on a page."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from desktop.views.parts.basics import Label, ShortLabel, column, row
from desktop.views.parts.buttons import Button
from desktop.views.parts.surfaces import Surface
from desktop.views.theme.look import look


class Card(Surface):
    """A surface with a heading, room for one action beside it, and a body."""

    action_asked = Signal()

    def __init__(self, title: str = "", action: str = "") -> None:
        super().__init__("card")
        self._title = Label(title, "heading")
        self._action = Button(action, "link")
        if not action:
            self._action.hide()
        self._action.clicked.connect(self.action_asked)
        self.head = row(self._title, None, self._action)
        self.body = QVBoxLayout()
        self.body.setSpacing(0)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.setLayout(column(self.head, self.body, spacing=6, margins=(16, 12, 16, 12)))
        self._title.setVisible(bool(title))

    def set_title(self, title: str) -> None:
        self._title.setText(title)
        self._title.setVisible(bool(title))
        self.setAccessibleName(title)

    def set_action(self, text: str) -> None:
        self._action.setText(text)
        self._action.setVisible(bool(text))

    @property
    def action(self) -> Button:
        return self._action


class ValueLine(QWidget):
    """A name and its value."""

    def __init__(self, name: str = "", value: str = "", *, name_width: int = 84) -> None:
        super().__init__()
        self._name = Label(name, tone="text3")
        self._name.setMinimumWidth(name_width)
        self._value = ShortLabel(value)
        self.line = row(self._name, self._value, spacing=8)
        self.line.setStretch(1, 1)
        self.setLayout(self.line)
        self.setMinimumHeight(look().px(32))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def set_name(self, name: str) -> None:
        self._name.setText(name)

    def set_value(self, value: str, *, tone: str | None = None) -> None:
        self._value.setText(value or "—")
        self._value.set_tone(tone)
        self.setAccessibleName(f"{self._name.text()}: {value}")


class Figure(QWidget):
    """A number that matters, its name above and its date below."""

    def __init__(self, name: str = "") -> None:
        super().__init__()
        self._name = Label(name, "small", tone="text3")
        self._value = Label("—", "heading")
        self._below = Label("", "caption", tone="text3")
        self.setLayout(column(self._name, self._value, self._below, spacing=0))

    def show_figure(
        self, name: str, value: str, below: str = "", *, tone: str | None = None
    ) -> None:
        self._name.setText(name)
        self._value.setText(value or "—")
        self._value.set_tone(tone)
        self._below.setText(below)
        self.setAccessibleName(f"{name}: {value} {below}".strip())
