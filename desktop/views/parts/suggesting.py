"""A line of text that offers some texts to begin with; any other may be typed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QMenu, QToolButton

from desktop.views.parts.fields import LineField
from desktop.views.theme.icons import icon


class SuggestField(LineField):
    """Down, or the arrow at the end, opens what is offered."""

    def __init__(self, label: str = "", *, required: bool = False) -> None:
        super().__init__(label, required=required)
        self._offered: tuple[str, ...] = ()
        self._arrow = self.line.addAction(
            icon("caret-down", "text2"), QLineEdit.ActionPosition.TrailingPosition
        )
        self._arrow.triggered.connect(self.open_offers)
        self.menu = QMenu(self.line)

    def offer(self, texts: Sequence[str]) -> None:
        """Offer these texts, each once, in this order."""
        self._offered = tuple(dict.fromkeys(texts))

    def offered(self) -> tuple[str, ...]:
        return self._offered

    def set_arrow_name(self, name: str) -> None:
        self._arrow.setText(name)
        self._arrow.setToolTip(name)
        for button in self.line.findChildren(QToolButton):
            button.setAccessibleName(name)

    def open_offers(self) -> None:
        menu = self.fill_menu()
        if self._offered:
            menu.setMinimumWidth(self.line.width())
            menu.popup(self.line.mapToGlobal(QPoint(0, self.line.height() + 2)))
            menu.setActiveAction(menu.actions()[0])

    def fill_menu(self) -> QMenu:
        """Return the menu with what is offered now."""
        self.menu.clear()
        for text in self._offered:
            action = self.menu.addAction(text.replace("&", "&&"))
            action.triggered.connect(partial(self._take, text))
        return self.menu

    def _take(self, text: str, _checked: bool = False) -> None:
        self.set_text(text)
        self.edited.emit()
        self.left.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() == Qt.Key.Key_Down
        ):
            self.open_offers()
            return True
        return bool(super().eventFilter(watched, event))
