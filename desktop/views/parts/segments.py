"""Segments that break into rows where the words find no room side by side."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.views.parts.buttons import Button, Segmented
from desktop.views.parts.fields import Field


class RowSegments(Segmented):
    """As Segmented, in as many rows as the width asks for; all segments equally wide."""

    def __init__(self, keys: Sequence[str], name: str = "") -> None:
        super().__init__(keys, name)
        layout = self.layout()
        while layout is not None and layout.takeAt(0) is not None:
            pass  # placed by hand from here on
        self._keys = tuple(keys)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def set_texts(self, texts: Sequence[str]) -> None:
        super().set_texts(texts)
        self._place()

    def sizeHint(self) -> QSize:
        return QSize(self._widest() * len(self._keys), self._height())

    def minimumSizeHint(self) -> QSize:
        return QSize(self._widest(), self._height())

    def _buttons_in_order(self) -> list[Button]:
        return [self.button(key) for key in self._keys]

    def _widest(self) -> int:
        """Return the width that every segment's words need, bold as when it is chosen."""
        plain = max(button.sizeHint().width() for button in self._buttons_in_order())
        return round(plain * 1.06) + 4

    def _columns(self) -> int:
        fit = max(1, self.width() // max(1, self._widest()))
        rows = -(-len(self._keys) // fit)
        return -(-len(self._keys) // rows)

    def _height(self) -> int:
        rows = -(-len(self._keys) // self._columns())
        return rows * self._line()

    def _line(self) -> int:
        return self.button(self._keys[0]).sizeHint().height()

    def _place(self) -> None:
        columns, line = self._columns(), self._line()
        self.setFixedHeight(self._height())
        for number, button in enumerate(self._buttons_in_order()):
            row, place = divmod(number, columns)
            left, right = (self.width() * edge // columns for edge in (place, place + 1))
            overlap = 1 if place + 1 < columns else 0  # neighbours share their edge
            button.setGeometry(left, row * line, right - left + overlap, line)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        kinds = (QEvent.Type.ApplicationFontChange, QEvent.Type.StyleChange)
        if event.type() in kinds and hasattr(self, "_keys"):
            self._place()

    def showEvent(self, event: QEvent) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        self._place()


class RowSegmentField(Field):
    """One of a few, side by side or in rows."""

    def __init__(self, keys: Sequence[str], label: str = "", *, required: bool = False) -> None:
        self.segments = RowSegments(keys)
        self._keys = tuple(keys)
        super().__init__(self.segments, label, required=required)
        self.segments.chosen.connect(lambda _: self.edited.emit())

    def _focus_widgets(self) -> Sequence[QWidget]:
        return [self.segments.button(key) for key in self._keys]

    def set_texts(self, texts: Sequence[str]) -> None:
        self.segments.set_texts(texts)

    def text(self) -> str:
        return self.segments.key()

    def set_text(self, text: str) -> None:
        self.segments.choose(text)

    def focus(self) -> None:
        key = self.text() or self._keys[0]
        self.segments.button(key).setFocus(Qt.FocusReason.ShortcutFocusReason)
