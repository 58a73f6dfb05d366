"""Buttons: plain, primary, soft, quiet, danger, link; icon buttons, chips, segments, switches."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from desktop.views.theme.icons import icon, paint_icon, size_of
from desktop.views.theme.look import look
from desktop.views.theme.painting import CENTRE_LEFT, paint_focus_ring, paint_text, width_of
from desktop.views.theme.stylesheet import set_property

BY_KEYBOARD = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
    Qt.FocusReason.OtherFocusReason,
)
_ICON_ROLES = {"primary": "onAccent", "soft": "accent", "link": "accent", "danger": "danger"}


class Button(QPushButton):
    """A push button of one kind. Enter presses it; a ring shows focus by keyboard."""

    def __init__(
        self,
        text: str = "",
        kind: str = "plain",
        *,
        icon_name: str | None = None,
        small: bool = False,
        large: bool = False,
    ) -> None:
        super().__init__(text)
        self.setProperty("kind", kind)
        if small:
            self.setProperty("small", "true")
        if large:
            self.setProperty("large", "true")
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.set_icon(icon_name)

    def set_icon(self, name: str | None, role: str | None = None) -> None:
        if name:
            kind = str(self.property("kind"))
            self.setIcon(icon(name, role or _ICON_ROLES.get(kind, "text")))
            edge = size_of("inline" if kind in ("link", "chip", "status") else "button")
            self.setIconSize(QSize(edge, edge))

    def set_kind(self, kind: str) -> None:
        set_property(self, "kind", kind)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        set_property(self, "ring", "true" if event.reason() in BY_KEYBOARD else None)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        set_property(self, "ring", None)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.property("ring") == "true" and self.property("kind") == "primary":
            painter = QPainter(self)
            _paint_ring_with_gap(painter, QRectF(self.rect()))
            painter.end()


def _paint_ring_with_gap(painter: QPainter, where: QRectF) -> None:
    """Draw the ring of a filled button: a gap keeps it apart from the fill of the same colour."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for inset, role in ((1, "focus"), (3, "surface")):
        painter.setPen(QPen(look().colour(role), 2))
        painter.drawRoundedRect(where.adjusted(inset, inset, -inset, -inset), 6, 6)


class IconButton(Button):
    """An icon alone: only for close, back, more, previous, next, zoom. Always has a name."""

    def __init__(self, icon_name: str, name: str = "") -> None:
        super().__init__("", "icon", icon_name=icon_name)
        self.set_name(name)

    def set_name(self, name: str) -> None:
        self.setAccessibleName(name)
        self.setToolTip(name)


class Chip(Button):
    """A filter that is on or off, with its count inside."""

    def __init__(self, text: str = "", *, icon_name: str | None = None) -> None:
        super().__init__(text, "chip", icon_name=icon_name)
        self.setCheckable(True)


class Segmented(QWidget):
    """One of a few choices, side by side. Left and right move; `chosen` tells the key."""

    chosen = Signal(str)

    def __init__(self, keys: Sequence[str], name: str = "") -> None:
        super().__init__()
        self._buttons: dict[str, Button] = {}
        self._group = QButtonGroup(self)
        layout = QHBoxLayout(self)
        layout.setSpacing(0)
        layout.setContentsMargins(0, 0, 0, 0)
        for key in keys:
            button = Button(kind="segment")
            button.setCheckable(True)
            button.setSizePolicy(QSizePolicy.Policy.MinimumExpanding, QSizePolicy.Policy.Fixed)
            button.clicked.connect(self._announce)
            self._buttons[key] = button
            self._group.addButton(button)
            layout.addWidget(button)
        self.setAccessibleName(name)

    def set_texts(self, texts: Sequence[str]) -> None:
        """Set the words, in the order of the keys."""
        for button, text in zip(self._buttons.values(), texts, strict=True):
            button.setText(text)

    def set_name(self, name: str) -> None:
        self.setAccessibleName(name)

    def key(self) -> str:
        """Return the chosen key, "" for none."""
        return next((key for key, button in self._buttons.items() if button.isChecked()), "")

    def choose(self, key: str) -> None:
        """Choose without announcing; an unknown key or "" chooses nothing."""
        self._group.setExclusive(False)
        for name, button in self._buttons.items():
            button.setChecked(name == key)
        self._group.setExclusive(True)

    def button(self, key: str) -> Button:
        return self._buttons[key]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        keys = list(self._buttons)
        here = keys.index(self.key()) if self.key() else 0
        self._press(keys[(here + step) % len(keys)])

    def _press(self, key: str) -> None:
        button = self._buttons[key]
        button.setFocus(Qt.FocusReason.ShortcutFocusReason)
        button.click()

    def _announce(self) -> None:
        self.chosen.emit(self.key())


class Switch(QAbstractButton):
    """On or off, at once. Says its state by place and shape, not by colour alone."""

    def __init__(self, name: str = "") -> None:
        super().__init__()
        self.setCheckable(True)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_name(self, name: str) -> None:
        self.setAccessibleName(name)

    def sizeHint(self) -> QSize:
        return QSize(40, 28)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        worn, on = look(), self.isChecked()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track = QRectF(2.5, 4.5, 35, 19)
        painter.setPen(worn.colour("accentFill" if on else "lineStrong"))
        painter.setBrush(worn.colour("accentFill" if on else "surface"))
        painter.drawRoundedRect(track, 10, 10)
        painter.setBrush(worn.colour("onAccent" if on else "lineStrong"))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawEllipse(QRectF(20 if on else 6, 7, 14, 14))
        if self.hasFocus():
            paint_focus_ring(painter, QRectF(self.rect()), 8)
        painter.end()


class TabStrip(QWidget):
    """Sections of a page side by side; `chosen` tells the key. Counts stand behind the words."""

    chosen = Signal(str)

    def __init__(self, keys: Sequence[str]) -> None:
        super().__init__()
        self._buttons: dict[str, Button] = {}
        group = QButtonGroup(self)
        layout = QHBoxLayout(self)
        layout.setSpacing(0)
        layout.setContentsMargins(0, 0, 0, 0)
        for key in keys:
            button = Button(kind="tab")
            button.setCheckable(True)
            button.clicked.connect(self._announce)
            group.addButton(button)
            self._buttons[key] = button
            layout.addWidget(button)
        layout.addStretch(1)

    def set_text(self, key: str, text: str, count: int | None = None) -> None:
        self._buttons[key].setText(text if count is None else f"{text} {count:,}")

    def show_tab(self, key: str, shown: bool) -> None:
        self._buttons[key].setVisible(shown)

    def choose(self, key: str) -> None:
        self._buttons[key].setChecked(True)

    def key(self) -> str:
        return next((key for key, button in self._buttons.items() if button.isChecked()), "")

    def _announce(self) -> None:
        self.chosen.emit(self.key())


class TagChip(QWidget):
    """A tag or state in words, painted; with a cross where it can be taken off."""

    removed = Signal()

    def __init__(
        self,
        text: str,
        icon_name: str | None = None,
        *,
        role: str = "text2",
        fill: str | None = None,
        edge: str | None = "line",
        removable: bool = False,
        remove_name: str = "",
    ) -> None:
        super().__init__()
        self._text, self._icon, self._colours = text, icon_name, (role, fill, edge)
        self.setAccessibleName(text)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 2, 0)
        layout.addStretch(1)
        if removable:
            cross = IconButton("x", remove_name)
            cross.setProperty("tiny", "true")
            cross.setFixedSize(22, 22)
            cross.clicked.connect(self.removed)
            layout.addWidget(cross)
        self._removable = removable

    def sizeHint(self) -> QSize:
        width = 16 + (20 if self._icon else 0) + width_of(self._text, look().font("small"))
        return QSize(round(width) + (22 if self._removable else 0) + 1, max(24, look().px(24)))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        role, fill, edge = self._colours
        worn = look()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(worn.colour(edge), 1) if edge else Qt.PenStyle.NoPen)
        painter.setBrush(worn.colour(fill) if fill else Qt.BrushStyle.NoBrush)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(box, 4, 4)
        left = 8.0
        if self._icon:
            middle = self.height() / 2
            paint_icon(painter, self._icon, worn.colour(role), QRectF(left, middle - 7, 14, 14))
            left += 20
        where = QRectF(left, 0, self.width() - left, self.height())
        paint_text(painter, self._text, where, worn.font("small"), worn.colour(role), CENTRE_LEFT)
        painter.end()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.ApplicationFontChange:
            self.updateGeometry()
        super().changeEvent(event)
