"""Labels, layouts and the base of everything that shows text in two languages."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QMargins, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLayout,
    QLayoutItem,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desktop.views.parts.scrolling import scrolling
from desktop.views.parts.surfaces import Surface
from desktop.views.theme.icons import pixmap
from desktop.views.theme.look import look

Piece = QWidget | QLayout | int | None  # a gap in pixels; None: what is left over


class Speaking(QWidget):
    """A widget that says its texts anew when the language changes.

    Subclasses set every text in `retranslate`, and call it once when they are built.
    """

    def retranslate(self) -> None:
        """Set all texts in the language of the moment."""

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


class Label(QLabel):
    """Plain text in one of the type styles. Never reads mark-up: names come from outside."""

    def __init__(
        self,
        text: str = "",
        style: str = "body",
        *,
        tone: str | None = None,
        wrap: bool = False,
        bold: bool = False,
    ) -> None:
        super().__init__()
        self._style, self._bold = style, bold
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(look().font(style, bold=bold))
        self.setWordWrap(wrap)
        if wrap:
            self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._tone = tone
        if tone:
            self._take_ink()
        self.setText(text)

    def set_tone(self, tone: str | None) -> None:
        """Colour the words by a role of the palette; None: as usual."""
        if tone != self._tone:
            self._tone = tone
            self._take_ink()

    def _take_ink(self) -> None:
        palette = QPalette(self.palette())
        role = {"rail": "railText"}.get(self._tone or "text", self._tone or "text")
        palette.setColor(QPalette.ColorRole.WindowText, look().colour(role))
        self.setPalette(palette)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.ApplicationFontChange:
            self.setFont(look().font(self._style, bold=self._bold))
        elif event.type() == QEvent.Type.ApplicationPaletteChange and self._tone:
            self._take_ink()
        super().changeEvent(event)


class ShortLabel(Label):
    """One line that is cut with an ellipsis where there is no room; the tool tip has it whole."""

    def __init__(self, text: str = "", style: str = "body", *, tone: str | None = None) -> None:
        self._whole = ""
        super().__init__("", style, tone=tone)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setText(text)

    def setText(self, text: str) -> None:
        self._whole = text
        self.setAccessibleName(text)
        self._fit()

    def whole_text(self) -> str:
        return self._whole

    def minimumSizeHint(self) -> QSize:
        return QSize(20, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        return QSize(
            self.fontMetrics().horizontalAdvance(self._whole) + 4, super().sizeHint().height()
        )

    def resizeEvent(self, event: object) -> None:
        self._fit()
        super().resizeEvent(event)  # type: ignore[arg-type]

    def _fit(self) -> None:
        shown = self.fontMetrics().elidedText(
            self._whole, Qt.TextElideMode.ElideRight, self.width()
        )
        QLabel.setText(self, shown)
        self.setToolTip(self._whole if shown != self._whole else "")


class IconLabel(QLabel):
    """An icon that stands beside words; it has no words of its own for a screen reader."""

    def __init__(self, name: str = "", role: str = "text2", edge: int = 16) -> None:
        super().__init__()
        self._name, self._role, self._edge = name, role, edge
        self.setFixedSize(edge, edge)
        self._draw()

    def set_icon(self, name: str, role: str | None = None) -> None:
        self._name, self._role = name, role or self._role
        self._draw()

    def _draw(self) -> None:
        if self._name:
            colour = look().colour(self._role).name()
            self.setPixmap(pixmap(self._name, colour, self._edge, self.devicePixelRatioF()))

    def changeEvent(self, event: QEvent) -> None:
        kinds = (QEvent.Type.PaletteChange, QEvent.Type.DevicePixelRatioChange)
        if event.type() in kinds:
            self._draw()
        super().changeEvent(event)


def row(*pieces: Piece, spacing: int = 8, margins: Sequence[int] = (0, 0, 0, 0)) -> QHBoxLayout:
    """Return pieces side by side; an int is a gap, None takes what is left over."""
    layout = QHBoxLayout()
    _fill(layout, pieces, spacing, margins)
    return layout


def column(*pieces: Piece, spacing: int = 8, margins: Sequence[int] = (0, 0, 0, 0)) -> QVBoxLayout:
    """Return pieces below each other; an int is a gap, None takes what is left over."""
    layout = QVBoxLayout()
    _fill(layout, pieces, spacing, margins)
    return layout


def _fill(
    layout: QHBoxLayout | QVBoxLayout,
    pieces: Sequence[Piece],
    spacing: int,
    margins: Sequence[int],
) -> None:
    layout.setSpacing(spacing)
    layout.setContentsMargins(*margins)
    for piece in pieces:
        if piece is None:
            layout.addStretch(1)
        elif isinstance(piece, int):
            layout.addSpacing(piece)
        elif isinstance(piece, QLayout):
            layout.addLayout(piece)
        else:
            layout.addWidget(piece)


def surface(kind: str, layout: QLayout | None = None) -> Surface:
    """Return a frame on one of the grounds: card, pane, panel, foot, ..."""
    return Surface(kind, layout)


def separator(*, upright: bool = False) -> Surface:
    return surface("upright" if upright else "line")


def emptied(layout: QLayout) -> None:
    """Take everything out of a layout and let Qt delete it."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
        elif (inner := item.layout()) is not None:
            emptied(inner)
            inner.deleteLater()


class FlowLayout(QLayout):
    """Pieces in lines that break like words; for chips."""

    def __init__(self, spacing: int = 6) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self.setSpacing(spacing)
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._place(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._place(rect, move=True)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size.grownBy(QMargins(0, 0, 0, 0))

    def _place(self, rect: QRect, *, move: bool) -> int:
        x, y, tallest = rect.left(), rect.top(), 0
        for item in self._items:
            if (widget := item.widget()) is not None and widget.isHidden():
                continue
            hint = item.sizeHint()
            if x > rect.left() and x + hint.width() > rect.right() + 1:
                x, y, tallest = rect.left(), y + tallest + self.spacing(), 0
            if move:
                item.setGeometry(QRect(QPoint(x, y), hint))
            x += hint.width() + self.spacing()
            tallest = max(tallest, hint.height())
        return y + tallest - rect.top()


__all__ = [
    "FlowLayout",
    "IconLabel",
    "Label",
    "ShortLabel",
    "Speaking",
    "Surface",
    "column",
    "emptied",
    "row",
    "scrolling",
    "separator",
    "surface",
]
