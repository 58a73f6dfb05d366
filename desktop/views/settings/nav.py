"""The sections at the left, with a search above them."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from desktop.views.parts.basics import Speaking, column, scrolling, surface
from desktop.views.parts.buttons import BY_KEYBOARD
from desktop.views.parts.fields import SearchBox
from desktop.views.settings import words
from desktop.views.theme import tokens
from desktop.views.theme.icons import paint_icon
from desktop.views.theme.look import look
from desktop.views.theme.painting import paint_focus_ring, paint_text, width_of

HEIGHT, MARGIN = 44, 16


class SectionNav(Speaking):
    """Up and down go through the sections; `chosen` tells the key."""

    chosen = Signal(str)
    searched = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.search = SearchBox()
        self.search.textChanged.connect(self.searched)
        self.search.down_pressed.connect(self._enter_list)
        self.items = {key: NavItem(words.ICONS[key]) for key in words.SECTIONS}
        for key, item in self.items.items():
            item.clicked.connect(lambda _=False, key=key: self.chosen.emit(key))
            item.stepped.connect(lambda step, key=key: self._step(key, step))
        above = column(self.search, margins=(MARGIN, 12, MARGIN, 8))
        inside = QWidget()
        inside.setLayout(column(*self.items.values(), None, spacing=0))
        self._area = scrolling(inside)  # large type in a low window
        layout = column(above, self._area, spacing=0)
        layout.setStretch(1, 1)
        self.setLayout(column(surface("pane", layout)))
        self.retranslate()

    def retranslate(self) -> None:
        self.search.set_names(self.tr("Find a setting"), self.tr("Clear"))
        for key, item in self.items.items():
            item.setText(words.section(key))
            item.setAccessibleName(words.section(key))

    def wanted_width(self) -> int:
        """Return the width in which no section's name is cut."""
        bar = tokens.size("scrollbar") + 1
        return max(item.sizeHint().width() for item in self.items.values()) + bar

    def choose(self, key: str) -> None:
        """Show which section one is at."""
        for name, item in self.items.items():
            item.setChecked(name == key)
        self._area.ensureWidgetVisible(self.items[key], 0, 0)

    def show_only(self, keys: Collection[str]) -> None:
        for key, item in self.items.items():
            item.setVisible(key in keys)

    def show_attention(self, key: str, sentence: str) -> None:
        """Mark a section that needs a look, and say why; "" takes the mark away."""
        self.items[key].set_attention(sentence)

    def _enter_list(self) -> None:
        shown = [item for item in self.items.values() if not item.isHidden()]
        if shown:
            shown[0].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _step(self, key: str, step: int) -> None:
        shown = [name for name, item in self.items.items() if not item.isHidden()]
        place = shown.index(key) + step
        if 0 <= place < len(shown):
            self.items[shown[place]].setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.chosen.emit(shown[place])
        elif place < 0:
            self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)


class NavItem(QAbstractButton):
    """Icon and word; soft green with a bar where one is."""

    stepped = Signal(int)

    def __init__(self, icon_name: str) -> None:
        super().__init__()
        self._icon, self._ring, self._attention = icon_name, False, ""
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        words = width_of(self.text(), look().font("strong"))
        behind = 24 if self._attention else 0
        return QSize(round(words) + 2 * MARGIN + 32 + behind, look().px(HEIGHT))

    def nextCheckState(self) -> None:
        """Stay as it is: it shows where one is, not what was pressed."""

    def set_attention(self, sentence: str) -> None:
        self._attention = sentence
        self.setToolTip(sentence)
        self.setAccessibleDescription(sentence)
        self.updateGeometry()
        self.update()

    def attention(self) -> str:
        return self._attention

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Enter, QEvent.Type.Leave):
            self.update()
        return super().event(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.ApplicationFontChange:
            self.updateGeometry()
        super().changeEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._ring = event.reason() in BY_KEYBOARD
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._ring = False
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if step is not None:
            self.stepped.emit(step)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        worn, on = look(), self.isChecked()
        painter = QPainter(self)
        if on or self.underMouse():
            painter.fillRect(self.rect(), worn.colour("accentSoft" if on else "hover"))
        if on:
            bar = QRectF(0, 0, tokens.size("selection_bar"), self.height())
            painter.fillRect(bar, worn.colour("accent"))
        role = "accent" if on else "text"
        middle, right = self.height() / 2, self.width() - MARGIN
        name = f"{self._icon}-fill" if on else self._icon
        paint_icon(painter, name, worn.colour(role), QRectF(MARGIN, middle - 9, 18, 18))
        if self._attention:
            where = QRectF(right - 16, middle - 8, 16, 16)
            paint_icon(painter, "warning-fill", worn.colour("warn"), where)
            right -= 24
        font = worn.font("strong" if on else "body")
        where = QRectF(MARGIN + 30, 0, right - MARGIN - 30, self.height())
        paint_text(painter, self.text(), where, font, worn.colour(role))
        if self._ring:
            paint_focus_ring(painter, QRectF(self.rect()).adjusted(1, 1, -1, -1))
        painter.end()
