"""The chips over the list: who is wanted. Holds what is chosen, asks nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from desktop.services.list_values import EVERYBODY, REFUSED, TO_SETTLE, WAITING, Filters
from desktop.services.listing import LONG_DAYS, SOON_DAYS
from desktop.views.customers import words
from desktop.views.language.translating import current_language
from desktop.views.parts.basics import FlowLayout, Speaking
from desktop.views.parts.buttons import Chip, TagChip

TIERS = ("high", "general", "low")
MARKS = (WAITING, TO_SETTLE, REFUSED)


class FilterBar(Speaking):
    """All, high value, maturing soon; the rest under More, as chips that can be taken off."""

    changed = Signal(object)  # Filters, without a text

    def __init__(self) -> None:
        super().__init__()
        self._filters = EVERYBODY
        self._counts: Mapping[str, int] = {}
        self._villages: Mapping[str, int] = {}
        self._tags: Mapping[str, int] = {}
        self.everybody, self.high, self.maturing = Chip(), Chip(), Chip()
        self.more = Chip(icon_name="funnel-simple")
        self.more.setCheckable(False)
        self._taken: list[TagChip] = []
        self._flow = FlowLayout()
        for chip in (self.everybody, self.high, self.maturing, self.more):
            self._flow.addWidget(chip)
        self.setLayout(self._flow)
        self.menu = QMenu(self)
        self._connect()
        self.retranslate()

    def _connect(self) -> None:
        self.everybody.clicked.connect(lambda: self._choose(EVERYBODY))
        self.high.clicked.connect(lambda: self._choose(with_tier(self._filters, "high")))
        self.maturing.clicked.connect(lambda: self._choose(with_maturing(self._filters)))
        self.more.clicked.connect(self.open_menu)

    def retranslate(self) -> None:
        self.everybody.setText(self.tr("All"))
        self.more.setText(self.tr("More"))
        self._show()

    # --- what it shows ---

    def filters(self) -> Filters:
        return self._filters

    def show_filters(self, filters: Filters) -> None:
        """Show what is chosen; nothing is emitted."""
        self._filters = filters
        self._show()

    def show_counts(self, counts: Mapping[str, int]) -> None:
        """Show how many customers each chip leaves: services.listing.filter_counts."""
        self._counts = counts
        self._show()

    def offer(self, villages: Mapping[str, int], tags: Mapping[str, int]) -> None:
        self._villages, self._tags = villages, tags

    def _show(self) -> None:
        chosen = self._filters
        self.everybody.setChecked(chosen == EVERYBODY)
        self.high.setChecked("high" in chosen.tiers)
        self.maturing.setChecked(chosen.maturing_within_days is not None)
        self.high.setText(self._counted(self.tr("High value"), "high"))
        self.maturing.setText(self._counted(self.tr("Due in 30 days"), "maturing"))
        for chip in (self.everybody, self.high, self.maturing, self.more):
            chip.setAccessibleName(chip.text())
        self._show_taken()

    def _counted(self, word: str, key: str) -> str:
        number = self._counts.get(key)
        return word if number is None else f"{word} {number:,}"

    def _show_taken(self) -> None:
        for chip in self._taken:
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self._taken = [
            self._chip(word, without) for word, without in self._more_taken(self._filters)
        ]

    def _chip(self, word: str, without: Filters) -> TagChip:
        name = self.tr("Take off: {filter}").format(filter=word)
        chip = TagChip(
            word, role="accent", fill="accentSoft", edge="accent", removable=True, remove_name=name
        )
        chip.removed.connect(lambda: self._choose(without))
        self._flow.addWidget(chip)
        chip.show()
        return chip

    def _more_taken(self, chosen: Filters) -> list[tuple[str, Filters]]:
        """Return what is chosen under More: its word, and the filters without it."""
        found = [
            (words.choice("tier", tier, current_language()), with_tier(chosen, tier))
            for tier in TIERS[1:]
            if tier in chosen.tiers
        ]
        if chosen.village is not None:
            found.append((chosen.village, replace(chosen, village=None)))
        if chosen.tag is not None:
            found.append((chosen.tag, replace(chosen, tag=None)))
        if chosen.not_visited_days is not None:
            found.append((self._word_of("not_visited"), replace(chosen, not_visited_days=None)))
        marks = [mark for mark in MARKS if mark in chosen.marked]
        return found + [(self._word_of(mark), with_mark(chosen, mark)) for mark in marks]

    def _word_of(self, key: str) -> str:
        return {
            "not_visited": self.tr("Not visited for 90 days"),
            WAITING: self.tr("Edits waiting"),
            TO_SETTLE: self.tr("To settle"),
            REFUSED: self.tr("Refused"),
        }[key]

    # --- the menu ---

    def open_menu(self) -> None:
        self.fill_menu()
        self.menu.popup(self.more.mapToGlobal(QPoint(0, self.more.height() + 4)))

    def fill_menu(self) -> QMenu:
        """Put what can be chosen into the menu, with what is chosen ticked."""
        chosen, menu = self._filters, self.menu
        menu.clear()
        for child in menu.findChildren(QMenu):
            child.deleteLater()
        offers = [(place, n, with_village(chosen, place)) for place, n in self._villages.items()]
        self._offer_each(self.tr("Village"), offers, chosen.village)
        offers = [(label, n, with_tag(chosen, label)) for label, n in self._tags.items()]
        self._offer_each(self.tr("Tag"), offers, chosen.tag)
        tiers = menu.addMenu(self.tr("Value tier"))
        for tier in TIERS:
            word = self._counted(words.choice("tier", tier, current_language()), tier)
            self._tick(tiers, word, tier in chosen.tiers, with_tier(chosen, tier))
        menu.addSeparator()
        unvisited = chosen.not_visited_days is not None
        text = self._counted(self._word_of("not_visited"), "not_visited")
        self._tick(menu, text, unvisited, with_long_unvisited(chosen))
        for mark in MARKS:
            text = self._counted(self._word_of(mark), mark)
            self._tick(menu, text, mark in chosen.marked, with_mark(chosen, mark))
        return menu

    def _offer_each(
        self, title: str, offers: Sequence[tuple[str, int, Filters]], chosen: str | None
    ) -> None:
        menu = self.menu.addMenu(title)
        menu.setEnabled(bool(offers))
        for value, number, then in offers:
            text = f"{value} {number:,}".replace("&", "&&")
            self._tick(menu, text, value == chosen, then)

    def _tick(self, menu: QMenu, text: str, on: bool, then: Filters) -> None:
        action = QAction(text, menu)
        action.setCheckable(True)
        action.setChecked(on)
        action.triggered.connect(partial(self._choose, then))
        menu.addAction(action)

    def _choose(self, filters: Filters, *_: object) -> None:
        self.show_filters(filters)
        self.changed.emit(filters)


def with_tier(filters: Filters, tier: str) -> Filters:
    """Return the filters with a tier added, or taken off where it was there."""
    return replace(filters, tiers=filters.tiers ^ {tier})


def with_village(filters: Filters, village: str) -> Filters:
    """Return the filters with one village alone wanted, or any where it was that one."""
    return replace(filters, village=None if filters.village == village else village)


def with_tag(filters: Filters, tag: str) -> Filters:
    return replace(filters, tag=None if filters.tag == tag else tag)


def with_mark(filters: Filters, mark: str) -> Filters:
    return replace(filters, marked=filters.marked ^ {mark})


def with_maturing(filters: Filters) -> Filters:
    on = filters.maturing_within_days is None
    return replace(filters, maturing_within_days=SOON_DAYS if on else None)


def with_long_unvisited(filters: Filters) -> Filters:
    on = filters.not_visited_days is None
    return replace(filters, not_visited_days=LONG_DAYS if on else None)
