"""Decides what the palette finds and what taking an entry does."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop.services.palette import Findings, Stock, find, stock, warm
from desktop.services.progress import Progress
from desktop.views.language.translating import current_language
from desktop.views.palette import entries as e
from desktop.views.palette.commands import VISIT, commands
from desktop.views.palette.entries import Entry
from desktop.views.palette.overlay import Palette
from desktop.views.palette.wording import AT_MOST, WITH_TEXT, Wording, for_customer
from desktop.views.shell.desk import Desk
from desktop.views.theme.look import look
from desktop.views.theme.tokens import DARK, LIGHT

Acts = Mapping[str, Callable[[], object]]
_PLACES: Mapping[str, tuple[str, dict[str, object]]] = {
    "settle": ("sync", {"tab": "to_settle"}),
    "labels": ("mailings", {}),
    "import": ("import", {}),
    "settings": ("settings", {}),
}


class PalettePresenter(QObject):
    """One palette over one workspace. `acts` are commands that the window itself carries out."""

    def __init__(self, page: QWidget, desk: Desk, acts: Acts) -> None:
        super().__init__(page)
        self.view = Palette(page)
        self._desk, self._acts = desk, acts
        self._stock = Stock()
        self._stale = True
        self._waits = False  # for what was typed last
        self._take_what_comes = False
        self._about: Entry | None = None  # the customer who was marked last
        self._connect()

    def _connect(self) -> None:
        view, desk = self.view, self._desk
        view.text_changed.connect(lambda _: self._search(keep_mark=False))
        view.scope_changed.connect(lambda _: self._search(keep_mark=False))
        view.enter_pressed.connect(self._entered)
        view.taken.connect(self._take_marked)
        view.visit_asked.connect(self._visit_marked)
        view.mark_moved.connect(self._marked)
        view.closed.connect(self._closed)
        desk.saved.connect(self._became_stale)

    def warm_up(self) -> None:
        """Load what the first search needs while nobody waits for it."""
        reader, today = self._desk.office.reader, self._desk.today()
        self._desk.jobs.read(
            lambda _: warm(reader, today), lambda _: self._read_stock(), key="palette.warm"
        )

    def open(self) -> None:
        """Ctrl+K: open; what was looked at last and the commands are shown at once."""
        self._about = None
        self.view.open_palette()
        if self._stale:
            self._read_stock()
        self._search(keep_mark=False)

    # --- finding ---

    def _became_stale(self) -> None:
        self._stale = True

    def _read_stock(self) -> None:
        reader, today = self._desk.office.reader, self._desk.today()
        self._stale = False
        self._desk.jobs.read(lambda _: stock(reader, today), self._stocked, key="palette.stock")

    def _stocked(self, read: Stock) -> None:
        self._stock = read
        if self.view.isVisible():
            self._search(keep_mark=True)

    def _search(self, *, keep_mark: bool) -> None:
        self._waits = True
        self._desk.jobs.read(
            self._finding(self.view.input.text()),
            lambda found: self._found(found, keep_mark=keep_mark),
            key="palette",
        )

    def _finding(self, text: str) -> Callable[[Progress], Findings]:
        """Return the search as things stand now; it runs on another thread."""
        reader, today, kept = self._desk.office.reader, self._desk.today(), self._stock
        known = commands(dark=look().theme == DARK)
        most = {e.ALL: WITH_TEXT[e.CUSTOMERS], e.CUSTOMERS: AT_MOST}.get(self.view.scope, 1)

        def work(progress: Progress) -> Findings:
            progress.check()
            return find(reader, text, kept, known, today=today, customers=most)

        return work

    def _found(self, found: Findings, *, keep_mark: bool) -> None:
        if not self.view.isVisible():
            return
        self._waits = False
        wording = Wording(current_language(), self._desk.today(), self._desk.office.schema)
        shown = wording.shown(found, self.view.scope)
        self._about = None if not keep_mark else self._about
        self.view.show_lines(shown.lines, shown.counts, keep_mark=keep_mark)
        if self._take_what_comes:
            self._take_what_comes = False
            self._take_marked()

    def _marked(self, entry: Entry | None) -> None:
        """Let the command of visiting be about the customer who is marked."""
        if entry is None or entry.verb != "customer":
            return
        other = self._about is not None and self._about.customer != entry.customer
        self._about = entry
        if other:
            model = self.view.model
            model.put(for_customer(tuple(model.lines), entry))

    def _closed(self) -> None:
        self._waits = self._take_what_comes = False
        self._about = None

    # --- taking ---

    def _entered(self) -> None:
        """Enter: take the marked entry; what was typed last is waited for first."""
        if self._waits:
            self._take_what_comes = True
        else:
            self._take_marked()

    def _take_marked(self) -> None:
        entry = self.view.list.marked()
        if entry is not None:
            self.view.close_palette()
            self._take(entry)

    def _take(self, entry: Entry) -> None:
        match entry.verb:
            case "customer":
                self._desk.go("customers", customer=entry.target)
            case "tag" | "village":
                self._desk.go("customers", **{entry.verb: entry.target})
            case "task":
                self._open_task(entry)
            case _:
                self._command(entry)

    def _open_task(self, entry: Entry) -> None:
        if entry.customer:
            self._desk.go("customers", customer=entry.customer)

    def _visit_marked(self) -> None:
        """Alt+V: for the customer whom the marked entry is about, or the one marked before."""
        entry = self.view.list.marked()
        about = entry if entry is not None and entry.customer else self._about
        if about is not None and not self._waits:
            self.view.close_palette()
            self._visit(about.customer)

    def _visit(self, customer: str) -> None:
        from desktop.views.visit.panel import open_visit

        self._desk.go("customers", customer=customer)
        open_visit(self._desk, customer)

    def _command(self, entry: Entry) -> None:
        key = entry.target
        if key == VISIT:
            self._visit(entry.customer)
        elif key in _PLACES:
            place, what = _PLACES[key]
            self._desk.go(place, **what)
        elif key == "theme":
            self._desk.prefer(theme=LIGHT if look().theme == DARK else DARK)
        elif key == "language":
            self._desk.prefer(language="en" if current_language() == "zh" else "zh")
        elif key == "sync":
            self._desk.sync_wanted.emit()
        elif key == "lock":
            self._desk.lock_wanted.emit()
        else:
            self._acts[key]()
