"""The settings' page: sections at the left, one scrolling page, this computer at the side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QWidget

from desktop.services.preferences import Preferences
from desktop.views.parts.basics import column, row, scrolling, separator
from desktop.views.parts.notices import State
from desktop.views.settings.aside import ThisComputer
from desktop.views.settings.copy_section import CopySection
from desktop.views.settings.facts import Facts
from desktop.views.settings.key_rows import KeysAndLockSection
from desktop.views.settings.nav import SectionNav
from desktop.views.settings.privacy_section import PrivacySection
from desktop.views.settings.sections import (
    AboutSection,
    DisplaySection,
    KeysSection,
    PrintingSection,
    SettingsSection,
    SyncSection,
)
from desktop.views.settings.words import SECTIONS
from desktop.views.shell.screen import COMPACT, WIDE, Screen
from desktop.views.theme import tokens

PAGE_MOST = 820  # a wider row would tear name and control apart
ASIDE_FROM = 1000  # pixels: a narrower page has the diagnostics below the sections
ARRIVING_MS = 400  # a page that is shown first is laid out after it
MADE: tuple[Callable[[], SettingsSection], ...] = (  # in the order of `words.SECTIONS`
    DisplaySection,
    KeysAndLockSection,
    PrivacySection,
    SyncSection,
    CopySection,
    PrintingSection,
    KeysSection,
    AboutSection,
)


class SettingsPage(Screen):
    """Passive: tells what is chosen, shows what holds."""

    preferred = Signal(str, object)  # name of a preference, its new value
    wanted = Signal(str)  # lock, sync, labels, customers, examine, copy, save
    shown = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.nav, self.aside = SectionNav(), ThisComputer()
        self.sections = {section.key: section for section in (make() for make in MADE)}
        self._to_add = list(self.sections.values())
        self._none = State("magnifying-glass")
        self._none.hide()
        for section in self.sections.values():
            section.preferred.connect(self.preferred)
            section.wanted.connect(self.wanted)
        self.nav.chosen.connect(self.go_to)
        self.nav.searched.connect(self._search)
        self.aside.save_asked.connect(lambda: self.wanted.emit("save"))
        self._none.action_asked.connect(self.nav.search.clear)
        self._lay_out()
        self.nav.choose(SECTIONS[0])
        self.retranslate()

    def _lay_out(self) -> None:
        self._inside = inside = QWidget()
        self._cards = column(self._none, None, spacing=12)
        middle = QWidget()
        middle.setLayout(self._cards)
        middle.setMaximumWidth(PAGE_MOST)
        self._halves = QHBoxLayout()
        self._halves.setSpacing(16)
        self._halves.addWidget(middle, 1)
        self._halves.addWidget(self.aside, 0, Qt.AlignmentFlag.AlignTop)
        whole = row(self._halves, margins=(24, 16, 24, 24))
        inside.setLayout(column(whole, None, spacing=0))
        self._area = scrolling(inside)
        bar = self._area.verticalScrollBar()
        bar.valueChanged.connect(self._scrolled)
        bar.rangeChanged.connect(self._grown)
        self._going = ""  # the section that is asked for, while the page is laid out
        self._arriving = QTimer(self, singleShot=True, interval=ARRIVING_MS)
        self._whole = whole
        self._beside: bool | None = None  # not laid out yet
        layout = row(self.nav, separator(upright=True), self._area, spacing=0)
        layout.setStretch(2, 1)
        self.setLayout(layout)
        self.fit(WIDE)
        self._add_next()

    def _add_next(self) -> None:
        """Put the next section in its place; one at a time, so that the window never waits."""
        if self._to_add:
            section = self._to_add.pop(0)
            self._cards.insertWidget(self._cards.count() - 2, section)
            QTimer.singleShot(0, self, self._add_next)

    def _add_all(self) -> None:
        while self._to_add:
            self._add_next()

    def retranslate(self) -> None:
        self.set_heading(self.tr("Settings"), self.tr("Changes take effect at once"))
        self._none.tell(
            self.tr("No setting has these words"),
            self.tr("Try another word, or see all settings."),
            self.tr("See all"),
        )
        for section in self.sections.values():
            section.retranslate()
        if query := self.nav.search.text():
            self._search(query)
        self._fit_nav()

    # --- the window's ---

    def enter(self, what: Mapping[str, object]) -> None:
        section = str(what.get("section", ""))
        if section in self.sections:
            self.nav.search.clear()
            self.go_to(section)
        self.shown.emit()

    def fit(self, width_class: str) -> None:
        super().fit(width_class)
        self._fit_nav()
        self._fit_aside()
        margin = 16 if width_class == COMPACT else 24
        self._whole.setContentsMargins(margin, 16, margin, 24)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_aside()

    def _fit_aside(self) -> None:
        """Put the diagnostics beside the sections; below them in a narrow window, or by a panel."""
        beside = self.width_class == WIDE and self.width() >= ASIDE_FROM
        if beside == self._beside:
            return
        self._beside = beside
        ways = QBoxLayout.Direction
        self._halves.setDirection(ways.LeftToRight if beside else ways.TopToBottom)
        if beside:
            self.aside.setFixedWidth(tokens.size("aside"))
        else:
            self.aside.setMinimumWidth(0)
            self.aside.setMaximumWidth(PAGE_MOST)
        self._halves.setAlignment(
            self.aside, Qt.AlignmentFlag.AlignTop if beside else Qt.AlignmentFlag(0)
        )

    def _fit_nav(self) -> None:
        least = 0 if self.width_class == COMPACT else tokens.size("settings_nav")
        self.nav.setFixedWidth(max(least, self.nav.wanted_width()))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._fit_nav()

    def focus_first(self) -> None:
        chosen = next(item for item in self.nav.items.values() if item.isChecked())
        chosen.setFocus(Qt.FocusReason.ActiveWindowFocusReason)  # without a ring

    def find_here(self) -> bool:
        self.nav.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.nav.search.selectAll()
        return True

    def back(self) -> bool:
        searching = bool(self.nav.search.text())
        self.nav.search.clear()
        return searching

    def panes(self) -> Sequence[QWidget]:
        return (self.nav, self._area)

    # --- what holds ---

    @property
    def keys(self) -> KeysSection:
        section = self.sections["keys"]
        assert isinstance(section, KeysSection)  # noqa: S101 - made so above
        return section

    @property
    def locking(self) -> KeysAndLockSection:
        section = self.sections["lock"]
        assert isinstance(section, KeysAndLockSection)  # noqa: S101 - made so above
        return section

    @property
    def copies(self) -> CopySection:
        section = self.sections["copies"]
        assert isinstance(section, CopySection)  # noqa: S101 - made so above
        return section

    @property
    def about(self) -> AboutSection:
        section = self.sections["about"]
        assert isinstance(section, AboutSection)  # noqa: S101 - made so above
        return section

    def show_preferences(self, preferences: Preferences) -> None:
        for section in self.sections.values():
            section.show_preferences(preferences)

    def show_facts(self, facts: Facts) -> None:
        self.aside.show_facts(facts)
        for section in self.sections.values():
            section.show_facts(facts)

    # --- moving about ---

    def go_to(self, key: str) -> None:
        """Bring a section to the top, as far as the page goes."""
        self._add_all()
        self.nav.choose(key)
        self._going = key
        self._arriving.start()
        QTimer.singleShot(0, self, lambda: self._bring(key))  # after what was shown is laid out

    def _bring(self, key: str) -> None:
        top = self.sections[key].mapTo(self._inside, self.sections[key].rect().topLeft())
        self._area.verticalScrollBar().setValue(max(0, top.y() - 16))
        self.nav.choose(key)

    def _grown(self) -> None:
        """The page got its length after it was shown first: now what was asked for can be had."""
        if self._arriving.isActive():
            self._bring(self._going)

    def _scrolled(self, value: int) -> None:
        """Show in the sections' list what stands at the top of the page."""
        tops = {
            key: section.mapTo(self._inside, section.rect().topLeft()).y()
            for key, section in self.sections.items()
            if section.isVisible()
        }
        above = [key for key, top in tops.items() if top <= value + self._area.height() // 3]
        if above:
            self.nav.choose(above[-1])

    def _search(self, query: str) -> None:
        self._add_all()
        found = [key for key, section in self.sections.items() if section.narrow(query)]
        self.nav.show_only(found)
        self._none.setVisible(not found)
