"""Decides what the list of customers shows: who is found, which pages are read, who is chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import cast

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from desktop.services.list_values import BEST_FIRST, EVERYBODY, Filters, Sort, SortField
from desktop.services.preferences import Preferences
from desktop.views.customers import questions
from desktop.views.customers.model import CustomerRows
from desktop.views.customers.page import CustomersPage
from desktop.views.customers.questions import Found, Offered
from desktop.views.customers.rows_view import Anchor
from desktop.views.customers.sorting import FIELDS
from desktop.views.shell.desk import Desk

LOAD_AFTER_MS = 80  # arrows held down do not load everybody they pass
AFTER_TYPING_MS = 300  # whoever types looks at the list; the next key must not wait
AHEAD = 50  # rows that are read beyond those that are seen


class CustomersPresenter(QObject):
    """One list, for as long as the profile is unlocked."""

    heading_changed = Signal()

    def __init__(self, page: CustomersPage, model: CustomerRows, desk: Desk) -> None:
        super().__init__(page)
        self._page, self._pane, self._rows = page, page.pane, page.pane.rows
        self._model, self._desk = model, desk
        self._filters, self._search_sort = EVERYBODY, BEST_FIRST
        self._key: int | None = None  # who is chosen in the list
        self._shown: str | None = None  # whose page is shown
        self._pinned = False  # he was asked for by name, in the list or not
        self._reading = self._ready = False  # pages of rows; the customer's own page
        self._found: Found | None = None
        self._load = QTimer(self, singleShot=True)
        self._load.timeout.connect(self._show_chosen)
        self._connect()
        self._show_preferences(desk.preferences)

    def _connect(self) -> None:
        pane, later = self._pane, Qt.ConnectionType.QueuedConnection
        pane.searched.connect(self._searched)
        pane.filters.changed.connect(self._narrow)
        pane.sort.chosen.connect(self._order)
        pane.head.sort_asked.connect(self._order)
        pane.columns_chosen.connect(lambda keys: self._desk.prefer(columns=keys))
        pane.clear_asked.connect(self.clear)
        pane.sync_asked.connect(lambda: self._desk.go("sync"))
        pane.rows.row_changed.connect(self._row_changed)
        pane.rows.opened.connect(self.open_chosen)
        pane.rows.looked.connect(self._look, later)
        self._model.missing.connect(self._look, later)
        self._page.layout_changed.connect(self._layout_changed)
        self._desk.preferences_changed.connect(self._show_preferences)

    # --- finding ---

    def begin(self) -> None:
        """Show the first rows at once, and the whole list as soon as it is known."""
        reader, today, asked = self._desk.office.reader, self._desk.today(), self._asked()
        self._desk.jobs.read(
            lambda _: questions.first_found(reader, *asked, today),
            self._first_found,
            key="customers.find",
        )

    def _first_found(self, found: Found) -> None:
        if found.listing.total:
            self._show(found)
        self._find()
        self._desk.jobs.read(lambda _: questions.load_customer_page(), self._page_loaded)

    def _asked(self) -> tuple[Filters, Sort]:
        return self._filters, self.sort()

    def sort(self) -> Sort:
        """Return the order: while something is searched, the best match first unless chosen."""
        if self._filters.searches:
            return self._search_sort
        kept = self._desk.preferences
        known = kept.sort in FIELDS and kept.sort != "relevance"
        return Sort(cast(SortField, kept.sort), kept.sort_descending) if known else Sort()

    def _find(self) -> None:
        reader, today, asked = self._desk.office.reader, self._desk.today(), self._asked()
        pages = self._pages_seen() if self._is_same(*asked) else (0,)
        self._desk.jobs.read(
            lambda _: questions.found(reader, *asked, today, pages),
            self._whole_found,
            key="customers.find",
        )

    def _is_same(self, filters: Filters, sort: Sort) -> bool:
        known = self._found
        return known is not None and (known.filters, known.sort) == (filters, sort)

    def _whole_found(self, found: Found) -> None:
        first = self._found is None or not self._found.whole
        self._show(found)
        if first:
            self._read_offered()

    def _read_offered(self) -> None:
        reader, today = self._desk.office.reader, self._desk.today()
        self._desk.jobs.read(
            lambda _: questions.offered(reader, today), self._offered, key="customers.offered"
        )

    def _offered(self, offered: Offered) -> None:
        self._pane.filters.show_counts(offered.counts)
        self._pane.filters.offer(offered.villages, offered.tags)

    # --- showing ---

    def _show(self, found: Found) -> None:
        stays = self._is_same(found.filters, found.sort)
        anchor, top = self._rows.anchor(), self._top_key()
        self._found = found
        self._model.show(found.listing, found.pages)
        narrowed = replace(found.filters, text="") != EVERYBODY
        if found.whole:
            text = found.filters.text.strip()
            self._pane.show_found(found.listing, text, narrowed=narrowed)
        self._pane.show_sort(found.sort, searching=found.filters.searches)
        self._choose_again()
        if self._load.isActive() and self._pane.search.hasFocus():
            self._load.start(AFTER_TYPING_MS)
        place = self._model.place_of(top) if stays and top is not None else -1
        if stays:
            self._rows.stand_at(Anchor(place, anchor.above) if place >= 0 else anchor)
        self.heading_changed.emit()

    def _top_key(self) -> int | None:
        keys, row = self._model.listing.keys, self._rows.anchor().row
        return keys[row] if row < len(keys) else None

    def _choose_again(self) -> None:
        """Choose whom was chosen, or the first; who was asked for by name stays as he is."""
        place = -1 if self._key is None else self._model.place_of(self._key)
        if place < 0 and not self._pinned:
            place = 0 if self._model.rowCount() else -1
        if place != self._rows.chosen_row():
            self._rows.choose_row(place)
        if place < 0 and not self._pinned:
            self._row_changed(-1)

    def found_words(self) -> tuple[int, int]:
        """Return (which of those found is chosen, from 1; how many were found)."""
        place = -1 if self._key is None else self._model.place_of(self._key)
        return place + 1, self._model.rowCount()

    @property
    def found(self) -> Found | None:
        return self._found

    # --- pages ---

    def _pages_seen(self) -> Sequence[int]:
        first, last = self._rows.rows_seen()
        return tuple(self._model.pages_to_read(first, last)) or (0,)

    def _look(self) -> None:
        """Read what is seen, and a little beyond; one job at a time, so the newest place wins."""
        if self._reading:
            return
        first, last = self._rows.rows_seen()
        pages = self._model.pages_to_read(first - AHEAD, last + AHEAD)
        if not pages:
            return
        self._reading = True
        reader, today, known = self._desk.office.reader, self._desk.today(), self._model.listing

        def read(_: object) -> tuple[object, object]:
            return known, questions.read_pages(reader, known, pages, today)

        self._desk.jobs.read(read, self._took_pages, self._page_failed)

    def _took_pages(self, answer: tuple[object, object]) -> None:
        self._reading = False
        self._model.take_pages(*answer)  # type: ignore[arg-type]
        if self._key is not None and self._shown is None:
            self._load.start(LOAD_AFTER_MS)
        self._look()

    def _page_failed(self, error: Exception) -> None:
        self._reading = False
        self._desk.tell_error(error)

    # --- what the person wants ---

    def _searched(self, text: str) -> None:
        if text.strip() == self._filters.text.strip():
            return
        if not self._filters.searches:
            self._search_sort = BEST_FIRST
        self._filters = replace(self._filters, text=text)
        self._pinned = False
        if self._load.isActive():
            self._load.start(AFTER_TYPING_MS)
        self._find()

    def _narrow(self, filters: Filters) -> None:
        self._filters = replace(filters, text=self._filters.text)
        self._pinned = False
        self._find()

    def clear(self) -> None:
        """Everybody again."""
        self._filters = EVERYBODY
        self._pane.filters.show_filters(EVERYBODY)
        self._pane.search.clear()
        self._find()
        self._pane.focus_search()

    def _order(self, sort: Sort) -> None:
        if self._filters.searches:
            self._search_sort = sort
        else:
            self._desk.prefer(sort=sort.field, sort_descending=sort.descending)
        self._find()

    def _show_preferences(self, preferences: Preferences) -> None:
        self._pane.show_columns(preferences.columns)

    # --- who is chosen ---

    def _row_changed(self, row: int) -> None:
        keys = self._model.listing.keys
        key = keys[row] if 0 <= row < len(keys) else None
        if key is None and self._pinned:
            return  # he was asked for by name and is not in the list
        if key == self._key and key is not None:
            return
        self._key = key
        self._pinned = False
        self._load.start(LOAD_AFTER_MS)
        self.heading_changed.emit()

    def _show_chosen(self) -> None:
        if self._pinned or not self._page.shows_detail():
            return
        place = -1 if self._key is None else self._model.place_of(self._key)
        row = self._model.row_at(place) if place >= 0 else None
        if place >= 0 and row is None:
            self._shown = None  # he is being read; his page follows
            return
        self._show_customer(row.id if row else None)

    def _show_customer(self, customer: str | None) -> None:
        if customer is not None and customer == self._shown:
            return
        self._shown = customer
        if self._ready:
            self._page.detail.show_customer(customer)

    def _page_loaded(self, _: object) -> None:
        self._ready = True
        if self._shown is not None:
            self._page.detail.show_customer(self._shown)

    def chosen(self) -> str | None:
        """Return the id of the customer who is chosen in the list, None while he is being read."""
        place = -1 if self._key is None else self._model.place_of(self._key)
        row = self._model.row_at(place) if place >= 0 else None
        return None if row is None else row.id

    def open_chosen(self) -> None:
        """Go into the customer who is chosen."""
        if self._key is None and self._shown is None:
            return
        self._page.opened = True
        self._load.stop()
        self._show_chosen()
        self._page.open()
        self.heading_changed.emit()

    def show_one(self, customer: str) -> None:
        """Show one customer, and choose him in the list if he is in it."""
        self._load.stop()
        self._pinned = True
        self._page.opened = True
        self._page.show_again()
        self._show_customer(customer)
        reader = self._desk.office.reader
        self._desk.jobs.read(
            lambda _: questions.key_of(reader, customer), self._found_one, key="customers.one"
        )

    def narrow_to(self, *, tag: str | None = None, village: str | None = None) -> None:
        """Show whom a tag or a village has, and nobody else."""
        self._filters = Filters(tag=tag, village=village)
        self._pane.filters.show_filters(self._filters)
        self._pane.search.clear()
        self._pinned = False
        self._page.go_back()
        self._find()

    def tell_following(self, customer: str, then: Callable[[str], object]) -> None:
        """Tell `then` who stands below a customer in the list; nothing where nobody does."""
        reader, keys, today = self._desk.office.reader, self._model.listing.keys, self._desk.today()
        self._desk.jobs.read(
            lambda _: questions.following(reader, keys, customer, today),
            lambda below: then(below) if below else None,
            key="customers.following",
        )

    def _found_one(self, key: int | None) -> None:
        if self._pinned:
            self._key = key
            self._choose_again()
            self.heading_changed.emit()

    def _layout_changed(self) -> None:
        if self._page.shows_detail() and self._key is not None and self._shown is None:
            self._load.start(LOAD_AFTER_MS)
        self.heading_changed.emit()

    # --- the window ---

    def refresh(self) -> None:
        """Something was saved: what is seen is read again, then who is in the list.

        The customer's own page hears of it without us.
        """
        if self._found is None:
            return
        self._model.mark_old()
        self._look()
        self._find()
        self._read_offered()

    def lock(self) -> None:
        """Forget everybody."""
        self._load.stop()
        self._found = self._key = self._shown = None
        if self._page.has_detail:
            self._page.detail.lock()
        self._model.forget()
        self._pane.search.blockSignals(True)
        self._pane.search.clear()
        self._pane.clear_found()
