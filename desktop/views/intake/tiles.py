"""Four counts that are filters: new, updated, unchanged, with problems."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QSizePolicy, QWidget

from desktop.services.intake import NEW, UNCHANGED, UPDATED
from desktop.views.parts.basics import row
from desktop.views.parts.buttons import BY_KEYBOARD
from desktop.views.theme.look import look
from desktop.views.theme.painting import paint_focus_ring, paint_text, width_of

ERRORS = "errors"
HIGH_PX, FLAT_PX = 60, 40
KEYS = (NEW, UPDATED, UNCHANGED, ERRORS)


class Tile(QAbstractButton):
    """A number, what it counts, and what becomes of it."""

    def __init__(self, tone: str = "text") -> None:
        super().__init__()
        self._count, self._title, self._below, self._tone = 0, "", "", tone
        self._ring, self._flat = False, False
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def tell(self, count: int, title: str, below: str) -> None:
        self._count, self._title, self._below = count, title, below
        self.setAccessibleName(f"{count:,} {title}, {below}")
        self.setToolTip(below)
        self.updateGeometry()
        self.update()

    def flatten(self, flat: bool) -> None:
        """Stand in one line, where the window is low."""
        self._flat = flat
        self.updateGeometry()

    @property
    def count(self) -> int:
        return self._count

    def sizeHint(self) -> QSize:
        return QSize(160, look().px(FLAT_PX if self._flat else HIGH_PX))

    def minimumSizeHint(self) -> QSize:
        return QSize(110, self.sizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.click()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._ring = event.reason() in BY_KEYBOARD
        super().focusInEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.ApplicationFontChange:
            self.updateGeometry()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        worn, on = look(), self.isChecked()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(worn.colour("accent" if on else "line"), 1.5 if on else 1))
        painter.setBrush(worn.colour("accentSoft" if on else "surface"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)
        self._paint_words(painter)
        if self.hasFocus() and self._ring:
            paint_focus_ring(painter, QRectF(self.rect()), 8)
        painter.end()

    def _paint_words(self, painter: QPainter) -> None:
        worn, half = look(), self.height() / 2
        figure = worn.font(
            "figure" if self.width() > 180 and not self._flat else "title", bold=True
        )
        number = f"{self._count:,}"
        tone = self._tone if self._count else "text2"
        left = 14 + width_of(number, figure) + 12
        room = self.width() - left - 8
        everywhere = QRectF(14, 0, self.width(), self.height())
        paint_text(painter, number, everywhere, figure, worn.colour(tone))
        if self._flat:
            only = QRectF(left, 0, room, self.height())
            paint_text(painter, self._title, only, worn.font("strong"), worn.colour("text"))
            return
        first, second = QRectF(left, 8, room, half - 8), QRectF(left, half, room, half - 8)
        paint_text(painter, self._title, first, worn.font("strong"), worn.colour("text"))
        paint_text(painter, self._below, second, worn.font("small"), worn.colour("text2"))


class Tiles(QWidget):
    """The four tiles; exactly one is chosen."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._tiles = {key: Tile("danger" if key == ERRORS else "text") for key in KEYS}
        group = QButtonGroup(self)
        for tile in self._tiles.values():
            group.addButton(tile)
            tile.clicked.connect(self._announce)
        self.setLayout(row(*self._tiles.values(), spacing=12))
        self.choose(UPDATED)

    def tell(self, counts: Mapping[str, int], texts: Mapping[str, tuple[str, str]]) -> None:
        for key, tile in self._tiles.items():
            tile.tell(counts[key], *texts[key])

    def flatten(self, flat: bool) -> None:
        for tile in self._tiles.values():
            tile.flatten(flat)

    def tile(self, key: str) -> Tile:
        return self._tiles[key]

    def choose(self, key: str) -> None:
        """Choose without announcing."""
        self._tiles[key].setChecked(True)

    def key(self) -> str:
        return next(key for key, tile in self._tiles.items() if tile.isChecked())

    def _announce(self) -> None:
        self.chosen.emit(self.key())
