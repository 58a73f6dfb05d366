"""The rail: where one can go. Icon over word; a badge counts what needs this person."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from desktop.views.parts.basics import Speaking, column, row
from desktop.views.parts.buttons import BY_KEYBOARD
from desktop.views.theme import tokens
from desktop.views.theme.icons import named, paint_icon, size_of
from desktop.views.theme.look import look
from desktop.views.theme.painting import elided, paint_badge, paint_logo, width_of

LOGO_FROM = 640  # a lower window gives the logo's room to the items


@dataclass(frozen=True, slots=True)
class Place:
    """One item: its key, and what we mean by it in the token file's icon names."""

    key: str
    meaning: str


class Rail(Speaking):
    """All places, and below them settings and lock."""

    chosen = Signal(str)
    lock_asked = Signal()

    def __init__(self, places: Sequence[Place]) -> None:
        super().__init__()
        self.items = {place.key: RailItem(place.meaning) for place in places}
        self._logo = _Logo()
        for key, item in self.items.items():
            item.clicked.connect(lambda _=False, key=key: self.chosen.emit(key))
        upper = column(self._logo, *self.items.values(), spacing=0, margins=(5, 0, 5, 0))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 8)
        layout.setSpacing(0)
        layout.addLayout(upper)
        layout.addStretch(1)
        self.settings, self._lock = SmallItem("settings"), SmallItem("lock")
        self.settings.clicked.connect(lambda: self.chosen.emit("settings"))
        self._lock.clicked.connect(self.lock_asked)
        layout.addLayout(row(self.settings, self._lock, spacing=0))
        self.setFixedWidth(tokens.size("rail"))
        self.retranslate()

    def retranslate(self) -> None:
        words = {
            "customers": self.tr("Customers"),
            "mailings": self.tr("Mailings"),
            "sync": self.tr("Sync"),
        }
        for key, item in self.items.items():
            item.set_text(words[key], among=words.values())
        self.settings.setText(self.tr("Settings"))
        self._lock.setText(self.tr("Lock"))
        for small in (self.settings, self._lock):
            small.updateGeometry()
        self._lock.setToolTip("Ctrl+L")

    def choose(self, key: str) -> None:
        """Show which place one is at."""
        for name, item in self.items.items():
            item.select(name == key)
        self.settings.select(key == "settings")

    def show_badge(self, key: str, count: int, words: str) -> None:
        """Show how much waits at a place; `words` say it to a screen reader."""
        self.items[key].set_badge(count, words)

    def fit(self, compact: bool, height: int) -> None:
        self.setFixedWidth(tokens.size("rail_compact" if compact else "rail"))
        self._logo.setVisible(height >= LOGO_FROM)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), look().colour("rail"))
        painter.end()


class _Logo(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(58)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_logo(painter, QRectF(self.width() / 2 - 19, 6, 38, 38))
        painter.end()


class _RailButton(QAbstractButton):
    """Shared by both sizes: checkable, named by its word, a ring on keyboard focus."""

    def __init__(self, meaning: str) -> None:
        super().__init__()
        self._icon = named(meaning)
        self._selected = False
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._ring = False

    def select(self, selected: bool) -> None:
        """Show whether one is here; pressing alone does not change it."""
        self._selected = selected
        self.update()

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Enter, QEvent.Type.Leave):
            self.update()
        return super().event(event)

    def focusInEvent(self, event: object) -> None:
        self._ring = event.reason() in BY_KEYBOARD  # type: ignore[attr-defined]
        super().focusInEvent(event)  # type: ignore[arg-type]

    def focusOutEvent(self, event: object) -> None:
        self._ring = False
        super().focusOutEvent(event)  # type: ignore[arg-type]

    def keyPressEvent(self, event: object) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):  # type: ignore[attr-defined]
            self.click()
        else:
            super().keyPressEvent(event)  # type: ignore[arg-type]

    def _paint_plate(self, painter: QPainter) -> QRectF:
        worn, plate = look(), QRectF(self.rect()).adjusted(0, 1, 0, -1)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._selected or self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(worn.colour("railSel" if self._selected else "railHover"))
            painter.drawRoundedRect(plate, 8, 8)
        if self._ring:
            painter.save()
            painter.setPen(worn.colour("railTextSel"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(plate.adjusted(1.5, 1.5, -1.5, -1.5), 7, 7)
            painter.restore()
        return plate

    def _ink(self) -> str:
        return "railTextSel" if self._selected else "railText"


class RailItem(_RailButton):
    """A place: icon over word, yellow marker and filled icon where one is."""

    def __init__(self, meaning: str) -> None:
        super().__init__(meaning)
        self._badge = 0
        self._among: Collection[str] = ()
        self.setMinimumHeight(tokens.size("rail_item_min"))
        self.setMaximumHeight(tokens.size("rail_item_max"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        return QSize(80, tokens.size("rail_item_max"))

    def set_text(self, text: str, among: Collection[str]) -> None:
        """Show a word; all of `among` are written as large as the longest of them can be."""
        self._among = among
        self.setText(text)

    def set_badge(self, count: int, words: str) -> None:
        self._badge = count
        self.setAccessibleDescription(words)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        worn = look()
        painter = QPainter(self)
        plate = self._paint_plate(painter)
        edge = size_of("rail")
        font = fitting(self._among, self._selected, plate.width() - 4)
        text_height = worn.line("caption")
        top = (self.height() - edge - text_height - 3) / 2
        where = QRectF(plate.center().x() - edge / 2, top, edge, edge)
        name = f"{self._icon}-fill" if self._selected else self._icon
        paint_icon(painter, name, worn.colour(self._ink()), where)
        painter.setFont(font)
        painter.setPen(worn.colour(self._ink()))
        line = QRectF(plate.left() + 2, where.bottom() + 3, plate.width() - 4, text_height + 4)
        text = elided(self.text(), font, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, text)
        if self._badge:
            paint_badge(painter, self._badge, QPointF(where.right() + 6, where.top() + 1))
        if self._selected:
            marker = QRectF(-3, plate.center().y() - 10, 5, 20)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(worn.colour("mark"))
            painter.drawRoundedRect(marker, 2, 2)
        painter.end()


def fitting(words: Collection[str], bold: bool, width: float) -> QFont:
    """Return the font of words on the rail: all fit in bold, if 12 pixels are not too large."""
    font = look().font("small", bold=True)
    while font.pixelSize() > 12 and max(width_of(text, font) for text in words) > width:
        font.setPixelSize(font.pixelSize() - 1)
    font.setBold(bold)
    return font


class SmallItem(_RailButton):
    """Settings and Lock, side by side at the foot."""

    def __init__(self, meaning: str) -> None:
        super().__init__(meaning)
        self.setFixedHeight(52)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(max(34, round(width_of(self.text(), look().font("caption"))) + 8), 52)

    def paintEvent(self, event: QPaintEvent) -> None:
        worn = look()
        painter = QPainter(self)
        plate = self._paint_plate(painter)
        where = QRectF(plate.center().x() - 9, plate.top() + 6, 18, 18)
        paint_icon(painter, self._icon, worn.colour(self._ink()), where)
        font = look().font("caption")
        while font.pixelSize() > 12 and width_of(self.text(), font) > self.width() - 2:
            font.setPixelSize(font.pixelSize() - 1)
        painter.setFont(font)
        painter.setPen(worn.colour(self._ink()))
        line = QRectF(0, where.bottom() + 2, self.width(), 18)
        text = elided(self.text(), font, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, text)
        painter.end()
