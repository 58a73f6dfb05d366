"""Rows of settings: a name, its consequence, a control in a common column; and their cards."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QWidget

from desktop.views.parts.basics import IconLabel, Label, column, row, separator
from desktop.views.parts.cards import Card
from desktop.views.theme import tokens
from desktop.views.theme.look import look

CONTROL_WIDTH = 324  # of controls that fill their column
WORDS_LEAST = 170  # narrower, and the control goes below the words


class SettingRow(QWidget):
    """One setting. `wide`: the control fills the column; else it stands at its right edge."""

    def __init__(self, control: QWidget | None = None, *, wide: bool = False) -> None:
        super().__init__()
        self.control, self._wide = control, wide
        self._name, self._below = Label(wrap=True), Label("", "small", tone="text2", wrap=True)
        self._line = separator()
        words = column(None, self._name, self._below, None, spacing=0)
        self._halves = QHBoxLayout()
        self._halves.setContentsMargins(0, 8, 0, 8)
        self._halves.setSpacing(16)
        self._halves.addLayout(words, 1)
        if control is not None:
            side = Qt.AlignmentFlag.AlignVCenter
            self._halves.addWidget(control, 0, side if wide else side | Qt.AlignmentFlag.AlignRight)
        self.setLayout(column(self._line, self._halves, spacing=0))
        self._fit()

    def set_words(self, name: str, below: str = "") -> None:
        """Set the name, the consequence, and with them the control's accessible name."""
        self._name.setText(name)
        self._below.setText(below)
        self._below.setVisible(bool(below))
        if self.control is not None:
            self.control.setAccessibleName(name)
            self.control.setAccessibleDescription(below)

    def words(self) -> str:
        return f"{self._name.text()} {self._below.text()}"

    def show_line(self, shown: bool) -> None:
        """Show the line that keeps it from the row above."""
        self._line.setVisible(shown)

    def _fit(self) -> None:
        self.setMinimumHeight(look().px(tokens.size("row_setting")))
        if self.control is None:
            return
        wanted = self.control.sizeHint().width()
        if self._wide:
            wanted = max(wanted, min(CONTROL_WIDTH, self.width() // 2))
            self.control.setFixedWidth(min(wanted, max(self.width(), 200)))
        stacked = self.width() - wanted - 16 < WORDS_LEAST
        ways = QBoxLayout.Direction
        self._halves.setDirection(ways.TopToBottom if stacked else ways.LeftToRight)
        self._halves.setSpacing(6 if stacked else 16)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()


class FactText(QWidget):
    """What is so, and nobody decides."""

    def __init__(self, *marks: QWidget) -> None:
        """marks: stand before the text."""
        super().__init__()
        self._text = Label(tone="text2", wrap=True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        line = row(*marks, self._text, spacing=8)
        line.setStretch(len(marks), 1)
        self.setLayout(line)

    def set_text(self, text: str) -> None:
        self._text.setText(text)
        self._text.setMinimumWidth(min(220, self._text.fontMetrics().horizontalAdvance(text) + 2))
        self.updateGeometry()

    def text(self) -> str:
        return self._text.text()


class LockedText(FactText):
    """What the branch decides: text with a lock, never a greyed control."""

    def __init__(self) -> None:
        super().__init__(IconLabel("lock-simple", "text2"))


class Section(Card):
    """A card of rows that belong together, and what may stand between them."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key
        self.rows: list[SettingRow] = []
        self._extras: list[QWidget] = []
        self._heading = ""

    def add(self, added: SettingRow) -> SettingRow:
        added.show_line(bool(self.rows))
        self.rows.append(added)
        self.body.addWidget(added)
        return added

    def add_extra(self, widget: QWidget) -> None:
        """Add what is no row; it is shown as long as nobody searches."""
        self._extras.append(widget)
        self.body.addWidget(widget)

    def set_heading(self, heading: str) -> None:
        self._heading = heading
        self.set_title(heading)

    def heading(self) -> str:
        return self._heading

    def matches(self, query: str) -> bool:
        """Tell whether the section itself is called so."""
        return _holds(self._heading, query.casefold().split())

    def narrow(self, query: str) -> bool:
        """Show the rows that hold all words of a query; tell whether anything is left."""
        words, whole = query.casefold().split(), self.matches(query)
        shown = [each for each in self.rows if whole or _holds(each.words(), words)]
        for each in self.rows:
            each.setVisible(each in shown)
            each.show_line(each in shown[1:])
        for extra in self._extras:
            extra.setVisible(whole and not extra.property("empty"))
        self.setVisible(bool(shown))
        return bool(shown)


def _holds(text: str, words: Sequence[str]) -> bool:
    folded = text.casefold()
    return all(word in folded for word in words)
