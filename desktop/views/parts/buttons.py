"""Buttons: plain, primary, soft, quiet, danger, link; icon buttons, chips, segments, switches."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QEnterEvent,
    QFocusEvent,
    QIcon,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from desktop.views.theme import tokens
from desktop.views.theme.icons import icon, paint_icon, size_of
from desktop.views.theme.look import look
from desktop.views.theme.painting import (
    CENTRE_LEFT,
    elided,
    paint_focus_ring,
    paint_text,
    width_of,
)
from desktop.views.theme.properties import variant

BY_KEYBOARD = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
    Qt.FocusReason.OtherFocusReason,
)


@dataclass(frozen=True, slots=True)
class _Kind:
    """How a kind of button is drawn; colours are roles of the palette, None draws nothing."""

    ink: str = "text"
    fill: str | None = None
    edge: str | None = None
    hover: str | None = None  # fill under the pointer
    pressed: str | None = None
    hover_edge: str | None = None
    height: str = "control"  # of the tokens' sizes
    padding: int = 16
    bold: bool = False


KINDS = {
    "plain": _Kind(fill="surface", edge="lineStrong", hover="hover", pressed="neutralSoft"),
    "primary": _Kind(
        ink="onAccent", fill="accentFill", hover="accentHover", pressed="accentPressed", bold=True
    ),
    "soft": _Kind(ink="accent", fill="accentSoft", hover_edge="accentLine"),
    "quiet": _Kind(hover="neutralSoft", pressed="line"),
    "danger": _Kind(ink="danger", fill="surface", edge="dangerLine", hover="dangerSoft"),
    "link": _Kind(ink="accent", hover="accentSoft", height="target_min", padding=6),
    "status": _Kind(hover="neutralSoft", height="target_min", padding=6),
    "icon": _Kind(hover="neutralSoft", pressed="line", height="control_small", padding=0),
    "chip": _Kind(
        fill="surface", edge="lineStrong", hover="hover", height="filter_chip", padding=12
    ),
    "segment": _Kind(fill="surface", edge="lineStrong", hover="hover", padding=11),
    "tab": _Kind(ink="text2", height="tab_strip", padding=2),
}
TAB_GAP, ICON_GAP = 10, 6
FLAT = ("link", "quiet", "icon", "status", "tab")  # draw no ground while they are disabled


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
        self._kind = kind
        self._ring = self._over = False
        for name, wanted in (("small", small), ("large", large)):
            if wanted:
                self.setProperty(name, "true")
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.set_icon(icon_name)

    @property
    def kind(self) -> str:
        return self._kind

    def set_kind(self, kind: str) -> None:
        self._kind = kind
        self.updateGeometry()
        self.update()

    def set_icon(self, name: str | None, role: str | None = None) -> None:
        if name:
            self.setIcon(icon(name, role or KINDS[self._kind].ink))
            edge = size_of("inline" if self._kind in ("link", "chip", "status") else "button")
            self.setIconSize(QSize(edge, edge))

    # --- size ---

    def sizeHint(self) -> QSize:
        """Leave room for the bold words of a button that is on."""
        width = 2 * self._padding() + self._content_width(bold=self._may_be_bold())
        height = self._height()
        if self._kind == "icon":
            width = height
        elif self._kind == "tab":
            width += TAB_GAP
        return QSize(math.ceil(width), height)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _may_be_bold(self) -> bool:
        return KINDS[self._kind].bold or self.isCheckable()

    def _padding(self) -> int:
        small = variant(self, "small") == "true" and self._kind not in ("link", "status")
        return KINDS[self._kind].padding - (4 if small else 0)

    def _height(self) -> int:
        name = KINDS[self._kind].height
        if variant(self, "tiny") == "true":
            return 22
        if name == "control" and variant(self, "small") == "true":
            name = "control_small"
        if name == "control" and variant(self, "large") == "true":
            name = "control_large"
        return max(tokens.size("target_min"), look().px(tokens.size(name)))

    def _content_width(self, *, bold: bool) -> float:
        text, mark = self.text(), not self.icon().isNull()
        width = width_of(text, look().font(bold=bold)) if text else 0.0
        gap = ICON_GAP if text and mark else 0
        return width + gap + (self.iconSize().width() if mark else 0)

    # --- drawing ---

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter)
        self._paint_content(painter)
        painter.end()

    def _box(self) -> QRectF:
        room = QRectF(self.rect())
        return room.adjusted(0, 0, -TAB_GAP, 0) if self._kind == "tab" else room

    def _paint_ground(self, painter: QPainter) -> None:
        fill, edge, width = self._ground()
        box, worn = self._box(), look()
        if self._kind == "tab":
            if self.isChecked():
                mark = QRectF(box.left(), box.bottom() - 2, box.width(), 2)
                painter.fillRect(mark, worn.colour("accent"))
        elif fill or edge:
            inset = width / 2
            painter.setPen(QPen(worn.colour(edge), width) if edge else Qt.PenStyle.NoPen)
            painter.setBrush(worn.colour(fill) if fill else Qt.BrushStyle.NoBrush)
            radius = self._radius(box)
            painter.drawRoundedRect(box.adjusted(inset, inset, -inset, -inset), radius, radius)
        if self._ring:
            self._paint_ring(painter, box)

    def _ground(self) -> tuple[str | None, str | None, float]:
        """Return (fill, edge, width of the edge) as roles, for the state of the moment."""
        kind = KINDS[self._kind]
        if not self.isEnabled():
            return (None, None, 1) if self._kind in FLAT else ("sunken", "line", 1)
        if self.isChecked() and self._kind in ("chip", "segment"):
            return "accentSoft", "accent", 2 if self._kind == "segment" else 1
        if self.isDown():
            return kind.pressed or kind.hover or kind.fill, kind.hover_edge or kind.edge, 1
        if self._over:
            return kind.hover or kind.fill, kind.hover_edge or kind.edge, 1
        return kind.fill, kind.edge, 1

    def _radius(self, box: QRectF) -> float:
        if self._kind == "chip":
            return box.height() / 2
        if self._kind == "segment" and not self.isChecked():
            return 0
        return tokens.radius("chip" if self._kind == "status" else "control")

    def _paint_ring(self, painter: QPainter, box: QRectF) -> None:
        """Draw the ring of focus; a gap keeps it apart from a fill of the same colour."""
        rings = ((1, "focus"), (3, "surface")) if self._kind == "primary" else ((1, "focus"),)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        radius = max(4.0, self._radius(box))
        for inset, role in rings:
            painter.setPen(QPen(look().colour(role), 2))
            painter.drawRoundedRect(box.adjusted(inset, inset, -inset, -inset), radius, radius)

    def _paint_content(self, painter: QPainter) -> None:
        worn, box = look(), self._box()
        bold = KINDS[self._kind].bold or (self.isCheckable() and self.isChecked())
        font, mark = worn.font(bold=bold), not self.icon().isNull()
        edge = self.iconSize().width() if mark else 0
        gap = ICON_GAP if mark and self.text() else 0
        room = max(0.0, box.width() - edge - gap)
        words = elided(self.text(), font, room)
        width = min(room, width_of(words, font))
        left = box.left() + (room - width) / 2
        behind = self.layoutDirection() == Qt.LayoutDirection.RightToLeft  # the icon is
        if mark:
            mode = QIcon.Mode.Normal if self.isEnabled() else QIcon.Mode.Disabled
            start = left + width + gap if behind else left
            place = QRect(round(start), round(box.center().y() - edge / 2), edge, edge)
            self.icon().paint(painter, place, Qt.AlignmentFlag.AlignCenter, mode)
        start = left if behind else left + edge + gap
        where = QRectF(start, box.top(), room + 2, box.height())
        paint_text(painter, words, where, font, worn.colour(self._ink()), CENTRE_LEFT)

    def _ink(self) -> str:
        if not self.isEnabled():
            return "disabled"
        if self.isCheckable() and self.isChecked():
            return "accent"
        if self._kind == "tab" and self._over:
            return "text"
        return KINDS[self._kind].ink

    # --- keys, pointer, focus ---

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._over = True
        self.update()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._over = False
        self.update()
        super().leaveEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._ring = event.reason() in BY_KEYBOARD
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._ring = False
        self.update()

    @property
    def ring(self) -> bool:
        """Whether the ring of focus shows."""
        return self._ring

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.ApplicationFontChange:
            self.updateGeometry()
        super().changeEvent(event)


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
            button.toggled.connect(self._toggled)
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

    def _toggled(self, on: bool) -> None:
        """Announce what a person chose; a screen reader toggles and does not click."""
        if on and self._group.exclusive():
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
