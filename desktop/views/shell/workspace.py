"""The unlocked window: rail, top bar, the screen that is shown, panel, status bar, notices.

It places and switches; what is shown is decided by the screens' presenters and by
`desktop.views.shell.presenter`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import shiboken6
from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QStackedWidget, QWidget

from desktop.views.parts.basics import Speaking, column, row
from desktop.views.parts.notices import Banner, Dialog, Toast
from desktop.views.parts.reveal_reason import ReasonPanel
from desktop.views.shell.keys import KEYS
from desktop.views.shell.rail import Place, Rail
from desktop.views.shell.screen import COMPACT, MEDIUM, WIDE, Screen
from desktop.views.shell.status_bar import StatusBar
from desktop.views.shell.top_bar import TopBar
from desktop.views.theme import tokens

PLACES = (Place("customers", "customers"), Place("mailings", "mailings"), Place("sync", "sync"))


def width_class(width: int) -> str:
    """Return compact, medium or wide for a window's width in logical pixels."""
    points = tokens.tokens()["breakpoint"]
    if width < points["compact"]["below"]:
        return COMPACT
    return MEDIUM if width < points["medium"]["below"] else WIDE


class Workspace(Speaking):
    """One window's contents. Screens are added once and kept."""

    width_class_changed = Signal(str)
    language_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.rail, self.top_bar, self.status_bar = Rail(PLACES), TopBar(), StatusBar()
        self.banner = Banner("info", "handshake")
        self.banner.hide()
        self.pages = QStackedWidget()
        self._panel: QWidget | None = None
        self._came_from: QWidget | None = None  # had the focus before the panel
        self._panel_room = QWidget()
        self._panel_room.setLayout(column())
        self._panel_room.hide()
        inside = row(self.pages, self._panel_room, spacing=0)
        inside.setStretch(0, 1)
        middle = QWidget()
        middle.setLayout(inside)
        body = column(self.top_bar, self.banner, middle, self.status_bar, spacing=0)
        body.setStretch(2, 1)
        layout = row(self.rail, body, spacing=0)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self.toast, self.dialog = Toast(middle), Dialog(self, [KEYS["lock"]])
        self.reason = ReasonPanel(self, [KEYS["lock"]])
        self._screens: dict[str, Screen] = {}
        self._entered: Screen | None = None
        self.width_class = WIDE
        self.retranslate()

    def retranslate(self) -> None:
        self.toast.set_names(self.tr("Close"))
        self.language_changed.emit()

    # --- screens ---

    def add_screen(self, key: str, screen: Screen) -> None:
        self._screens[key] = screen
        self.pages.addWidget(screen)
        screen.fit(self.width_class)
        screen.heading_changed.connect(lambda *words: self._heading_changed(screen, words))

    def has_screen(self, key: str) -> bool:
        return key in self._screens

    def screen_named(self, key: str) -> Screen:
        return self._screens[key]

    @property
    def screens(self) -> Sequence[Screen]:
        return tuple(self._screens.values())

    def current(self) -> Screen | None:
        shown = self.pages.currentWidget()
        return shown if isinstance(shown, Screen) else None

    def show_screen(self, key: str, what: Mapping[str, object]) -> None:
        """Switch to a screen and tell it what for."""
        before, screen = self._entered, self._screens[key]
        if before is not None and before is not screen:
            before.leave()
        self._entered = screen
        self.pages.setCurrentWidget(screen)
        self.top_bar.show_heading(*screen.heading())
        self.top_bar.show_actions(screen.bar_buttons())
        screen.enter(what)
        if before is not screen:
            screen.focus_first()

    def _heading_changed(self, screen: Screen, words: tuple[str, ...]) -> None:
        if screen is self.current():
            self.top_bar.show_heading(*words)

    # --- the panel ---

    def show_panel(self, panel: QWidget | None) -> None:
        """Dock a panel at the right, or take it away. A compact window gives it all the room."""
        before, self._panel = self._panel, panel
        room = self._panel_room.layout()
        if before is None:
            self._came_from = QApplication.focusWidget()
        if before is not None and room is not None:
            if hasattr(before, "keep_draft"):
                before.keep_draft()
            room.removeWidget(before)
            before.hide()
            before.deleteLater()
        if panel is not None and room is not None:
            room.addWidget(panel)
            panel.show()
        self._panel_room.setVisible(panel is not None)
        self._fit_panel()
        if before is not None and panel is None:
            QTimer.singleShot(0, self, self._focus_back)  # once the screen has its room again

    def _focus_back(self) -> None:
        """A panel went with the focus in it: put that where it came from, not on the rail."""
        back, focused = self._came_from, QApplication.focusWidget()
        around = (self.rail, self.top_bar, self.status_bar)
        astray = focused is None or any(part.isAncestorOf(focused) for part in around)
        if self._panel is not None or not astray:
            return
        if back is not None and shiboken6.isValid(back) and back.isVisible():
            back.setFocus(Qt.FocusReason.OtherFocusReason)
        elif (screen := self.current()) is not None:
            screen.focus_first()

    @property
    def panel(self) -> QWidget | None:
        return self._panel

    def _fit_panel(self) -> None:
        alone = self._panel is not None and self.width_class == COMPACT
        self.pages.setVisible(not alone)
        width = self.width() - self.rail.width() if alone else tokens.size("side_panel")
        self.toast.lift = tokens.size("panel_foot") if alone else 0
        self._panel_room.setFixedWidth(max(320, width))

    # --- fitting ---

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        now = width_class(self.width())
        compact = now == COMPACT
        self.rail.fit(compact, self.height())
        self.top_bar.fit(compact)
        self.status_bar.fit(compact)
        if now != self.width_class:
            self.width_class = now
            for screen in self.screens:
                screen.fit(now)
            self.width_class_changed.emit(now)
        self._fit_panel()
        self.toast.place()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self.top_bar.fit(self.width_class == COMPACT)
            self.status_bar.fit(self.width_class == COMPACT)

    def focus_ring_order(self) -> Sequence[QWidget]:
        """Return the panes that F6 goes through: top bar, screen, panel, status bar, rail."""
        screen = self.current()
        panes = [self.top_bar, *(screen.panes() if screen else ()), self._panel]
        shown = [pane for pane in (*panes, self.status_bar, self.rail) if pane is not None]
        return [pane for pane in shown if pane.isVisible()]


def first_focusable(pane: QWidget) -> QWidget | None:
    """Return what takes the focus when a pane is entered by F6."""
    if pane.focusPolicy() & Qt.FocusPolicy.TabFocus and pane.isEnabled():
        return pane
    for child in pane.findChildren(QWidget):
        takes = child.focusPolicy() & Qt.FocusPolicy.TabFocus
        if takes and child.isEnabled() and child.isVisible():
            return child
    return None
