"""The window itself: the unlock page, the first run, or the workspace of an unlocked profile."""

from __future__ import annotations

import base64
import binascii

from PySide6.QtCore import QByteArray, QEvent, Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from desktop.views.parts.basics import Speaking
from desktop.views.theme import tokens

USUAL = (1366, 768)


class Window(Speaking):
    """Shows one of its pages at a time. The title names no customer, ever."""

    closing = Signal()
    painted_first = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._pages = QStackedWidget()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)
        self._painted = False
        self.setMinimumSize(*tokens.tokens()["breakpoint"]["minimum_window"])
        self.retranslate()

    def retranslate(self) -> None:
        self.setWindowTitle(self.tr("Yizhan"))

    def show_page(self, page: QWidget) -> None:
        """Show a page; added when it is shown first."""
        if self._pages.indexOf(page) < 0:
            self._pages.addWidget(page)
        self._pages.setCurrentWidget(page)

    def drop_page(self, page: QWidget) -> None:
        """Take a page away for good, with everything that it shows."""
        self._pages.removeWidget(page)
        page.hide()
        page.deleteLater()

    def page(self) -> QWidget | None:
        return self._pages.currentWidget()

    def place(self, geometry: str) -> None:
        """Stand where the window stood last, or in the middle of the screen."""
        try:
            kept = QByteArray(base64.b64decode(geometry, validate=True))
        except (binascii.Error, ValueError):
            kept = QByteArray()
        if kept.isEmpty() or not self.restoreGeometry(kept):
            self.resize(*self._room())

    def geometry_kept(self) -> str:
        return base64.b64encode(self.saveGeometry().data()).decode()

    def _room(self) -> tuple[int, int]:
        screen = QGuiApplication.primaryScreen()
        free = screen.availableSize() if screen is not None else None
        if free is None:
            return USUAL
        return min(USUAL[0], free.width()), min(USUAL[1], free.height())

    def bring_up(self) -> None:
        """Come to the front: a second start asked for this window."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.closing.emit()
        event.accept()

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() == QEvent.Type.Paint and not self._painted:
            self._painted = True
            self.painted_first.emit()
        return done
