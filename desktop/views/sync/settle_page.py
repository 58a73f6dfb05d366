"""The To settle page: cases at the left, at the right what is to be decided in one of them.

Passive: shows what it is handed, announces choices. 1, 2, 3 speak to the marked card, M and T to
all, Ctrl+Enter saves and goes on; bare keys are for the page only while nobody types.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QGridLayout,
    QLineEdit,
    QPlainTextEdit,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.views.language.translating import counted
from desktop.views.parts.basics import (
    IconLabel,
    Label,
    Speaking,
    column,
    emptied,
    row,
    scrolling,
    separator,
    surface,
)
from desktop.views.parts.buttons import Button
from desktop.views.parts.notices import State
from desktop.views.parts.progress import ProgressBar
from desktop.views.sync.contest_card import ContestCard, ContestView
from desktop.views.sync.entry_card import EntryCard, EntryView
from desktop.views.sync.settle_list import SettleList, SettleRow
from desktop.views.sync.story_card import StoryCard, StoryLine
from desktop.views.theme import tokens

_KEYS = {
    Qt.Key.Key_1: "first",
    Qt.Key.Key_2: "second",
    Qt.Key.Key_3: "other",
    Qt.Key.Key_M: "all_first",
    Qt.Key.Key_T: "all_second",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """One case in words: contested fields, or entries."""

    key: str
    name: str
    tier: str = ""  # in words
    intro: str = ""
    contests: tuple[ContestView, ...] = ()
    entries: tuple[EntryView, ...] = ()
    customer: str = ""  # id, "" where it can't be opened
    root: str = ""  # whose it is
    story: tuple[StoryLine, ...] = ()  # around it, newest first


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyView:
    """Several cases at once: what they are, and what has been chosen for all of them."""

    title: str
    intro: str
    lines: tuple[tuple[str, str], ...]  # whom, what
    said: str = ""  # what was chosen


class ManyCard(QWidget):
    """The cases that were selected together. Passive."""

    def __init__(self, view: ManyView) -> None:
        super().__init__()
        self.view = view
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        top = Qt.AlignmentFlag.AlignTop
        for number, (whom, what) in enumerate(view.lines):
            grid.addWidget(Label(whom, "strong"), number, 0, top)
            grid.addWidget(Label(what, tone="text2", wrap=True), number, 1, top)
        said = Label(view.said, "strong", tone="accent", wrap=True)
        said.setVisible(bool(view.said))
        inside = column(grid, said, spacing=12, margins=(16, 12, 16, 12))
        self.setLayout(column(surface("card", inside)))


class CaseFoot(Speaking):
    """How many are decided, all at once, save."""

    all_asked = Signal(int)  # 0: the first values, 1: the second
    save_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._said, self._bar = Label(), ProgressBar()
        self._bar.setFixedWidth(120)
        self._bar.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.first, self.second = Button(), Button()
        self.save = Button(kind="primary")
        self._decided = self._total = 0
        self._wide, self._many = True, False
        self.first.clicked.connect(lambda: self.all_asked.emit(0))
        self.second.clicked.connect(lambda: self.all_asked.emit(1))
        self.save.clicked.connect(self.save_asked)
        line = row(self._said, self._bar, None, self.first, self.second, self.save)
        line.setContentsMargins(24, 10, 24, 10)
        self.setLayout(column(surface("foot", line)))
        self.retranslate()

    def retranslate(self) -> None:
        self.first.setText(self.tr("All mine") + "  M")
        self.second.setText(self.tr("All theirs") + "  T")
        self.save.setToolTip("Ctrl+Enter")
        self._tell()

    def tell(self, decided: int, total: int, *, many: bool = False) -> None:
        self._decided, self._total, self._many = decided, total, many
        self._tell()

    def _tell(self) -> None:
        said = counted(
            self._total,
            self.tr("{done} of {n} settled"),
            self.tr("{done} of {n} settled"),
            done=self._decided,
        )
        self._said.setText(said)
        self._bar.show_share(self._decided, max(1, self._total))
        words = self.tr("Save") if self._many else self.tr("See the next")
        if self._decided and self._many:
            words = self.tr("Save {n}").format(n=self._decided)
        elif self._decided:
            words = self.tr("Save {n}, see the next").format(n=self._decided)
        self.save.setText(f"{words}  Ctrl+Enter" if self._wide else words)

    def fit(self, wide: bool) -> None:
        """Leave out what is dear where there is little room: the bar, the key's name."""
        self._wide = wide
        self._bar.setVisible(wide)
        self._tell()


class SettlePage(Speaking):
    """List and detail; one pane of them in a compact window."""

    case_chosen = Signal(str)
    several_chosen = Signal(object)  # keys of cases
    select_all_asked = Signal()
    all_asked = Signal(int)  # of several cases: 0 the first values, 1 the second
    choice_made = Signal(str, str)  # conflict, choice
    written = Signal(str, str)  # conflict, text
    field_left = Signal(str)  # conflict
    show_asked = Signal(str, int)  # conflict or entry, line
    copy_asked = Signal(str)  # conflict
    acted = Signal(str, str)  # entry, action
    save_asked = Signal()
    customer_asked = Signal()
    panes_changed = Signal()
    texts_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.list = SettleList()
        self.cards: list[ContestCard] = []
        self.entries: list[EntryCard] = []
        self._active = 0
        self._compact = False
        self.in_detail = self._focus_later = False
        self.view: CaseView | None = None
        self.many: ManyView | None = None
        self._glance, self._order = (
            Label("", "small", bold=True, wrap=True),
            Label("", "small", tone="text2", wrap=True),
        )
        self.select_all = Button(kind="link", icon_name="checks")
        self._name, self._tier = Label("", "title"), Label("", "small", tone="text2")
        self.open_button = Button(icon_name="identification-card")
        self._intro_icon, self._intro = IconLabel("info", "text2"), Label(tone="text2", wrap=True)
        self._body = QVBoxLayout()
        self.foot = CaseFoot()
        self.empty = State("check-circle")
        self._pages = QStackedWidget()
        self._lay_out()
        self._connect()
        self.retranslate()

    def _lay_out(self) -> None:
        head = row(self._name, self._tier, None, self.open_button, spacing=10)
        self._head = QWidget()
        self._head.setLayout(head)
        intro = row(self._intro_icon, self._intro, spacing=8)
        intro.setStretch(1, 1)
        intro.setAlignment(self._intro_icon, Qt.AlignmentFlag.AlignTop)
        self._body.setSpacing(10)
        inside = QWidget()
        self._inside = column(self._head, intro, self._body, None, spacing=8)
        inside.setLayout(self._inside)
        self._scroll = scrolling(inside)
        detail = column(self._scroll, self.foot, spacing=0)
        detail.setStretch(0, 1)
        self._detail = QWidget()
        self._detail.setLayout(detail)
        glance = column(self._glance, self._order, spacing=2)
        top = row(glance, self.select_all, spacing=8, margins=(16, 10, 12, 6))
        top.setStretch(0, 1)
        top.setAlignment(self.select_all, Qt.AlignmentFlag.AlignTop)
        self._left = surface("pane", column(top, self.list, spacing=0))
        self._line = separator(upright=True)
        both = row(self._left, self._line, self._detail, spacing=0)
        both.setStretch(2, 1)
        room = QWidget()
        room.setLayout(both)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(room)
        self.setLayout(column(self._pages, spacing=0))

    def _connect(self) -> None:
        self.list.case_chosen.connect(self.case_chosen)
        self.list.several_chosen.connect(self.several_chosen)
        self.select_all.clicked.connect(self._all_selected)
        self.list.enter_pressed.connect(self.enter_detail)
        self.list.tapped.connect(self._tapped)
        self.open_button.clicked.connect(self.customer_asked)
        self.foot.all_asked.connect(self.take_all)
        self.foot.save_asked.connect(self.save_asked)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self.save_asked)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._focus_moved)

    def retranslate(self) -> None:
        self.list.setAccessibleName(self.tr("What is to settle"))
        self.open_button.setText(self.tr("Open customer"))
        self.select_all.setText(self.tr("Select all"))
        self.select_all.setToolTip(self.tr("Several at once: Shift and arrows, or Ctrl and click"))
        self.empty.tell(
            self.tr("Nothing is to settle"),
            self.tr("When you and the branch change the same field, both values come here."),
        )
        self.texts_wanted.emit()

    # --- what is shown ---

    def show_rows(self, rows: tuple[SettleRow, ...], chosen: str) -> None:
        """Show the cases, one of them selected; none: that nothing is to settle."""
        self.list.show_rows(rows, chosen)
        self._pages.setCurrentIndex(1 if rows else 0)
        if rows and self._focus_later:
            self.focus_first()
        if not rows:
            self.show_case(None)
            self.leave_detail()

    def show_glance(self, glance: str, order: str, *, several: bool) -> None:
        """Say how many there are, why they matter, and in which order they stand."""
        self._glance.setText(glance)
        self._order.setText(order)
        self.select_all.setVisible(several)

    def show_many(self, view: ManyView) -> None:
        """Show several cases at once."""
        self._clear()
        self.many = view
        self._name.setText(view.title)
        self._tier.setText("")
        self._intro.setText(view.intro)
        self.open_button.hide()
        self.foot.show()
        self._body.addWidget(ManyCard(view))
        self._scroll.verticalScrollBar().setValue(0)
        self._show_panes()

    def _clear(self) -> None:
        self.view, self.many, self.cards, self.entries, self._active = None, None, [], [], 0
        emptied(self._body)

    def show_case(self, view: CaseView | None) -> None:
        """Show one case; its choices are told after it."""
        had_focus = self._detail.isAncestorOf(QApplication.focusWidget() or self)
        self._clear()
        self.view = view
        self._detail.setVisible(view is not None and (not self._compact or self.in_detail))
        if view is None:
            return
        self._name.setText(view.name)
        self._tier.setText(view.tier)
        self._intro.setText(view.intro)
        self.open_button.setVisible(bool(view.customer))
        self.foot.setVisible(bool(view.contests))
        for contest in view.contests:
            self._add_contest(contest)
        for entry in view.entries:
            self._add_entry(entry)
        if view.story:
            self._body.addWidget(StoryCard(view.story))
        self._scroll.verticalScrollBar().setValue(0)
        self._mark_active()
        self._show_panes()
        if had_focus:
            self.enter_detail()

    def _add_contest(self, view: ContestView) -> None:
        card = ContestCard(view)
        card.chosen.connect(self._chosen)
        card.written.connect(self.written)
        card.left.connect(self.field_left)
        card.show_asked.connect(lambda conflict: self.show_asked.emit(conflict, 0))
        card.copy_asked.connect(self.copy_asked)
        card.fit(self._compact)
        self.cards.append(card)
        self._body.addWidget(card)

    def _add_entry(self, view: EntryView) -> None:
        card = EntryCard(view)
        card.acted.connect(self.acted)
        card.show_asked.connect(self.show_asked)
        self.entries.append(card)
        self._body.addWidget(card)

    def show_decided(self, decided: int, total: int) -> None:
        self.foot.tell(decided, total, many=self.many is not None)

    def card_of(self, conflict: str) -> ContestCard | None:
        return next((card for card in self.cards if card.view.conflict == conflict), None)

    def entry_of(self, entry: str) -> EntryCard | None:
        return next((card for card in self.entries if card.view.id == entry), None)

    def reveal(self, what: str, line: int, opened: bool) -> None:
        """Show one field that is masked, or mask it again."""
        card = self.card_of(what)
        if card is not None:
            card.reveal(opened)
        entry = self.entry_of(what)
        if entry is not None:
            entry.reveal(line, opened)

    # --- choosing ---

    def take_all(self, place: int) -> None:
        """Take the first or the second value everywhere that it can be taken."""
        if self.many is not None:
            self.all_asked.emit(place)
        for card in self.cards:
            card.take(place)

    def _chosen(self, conflict: str, choice: str) -> None:
        self.choice_made.emit(conflict, choice)

    def _go_on(self) -> None:
        """Mark the next card that is open, if there is one."""
        following = [*range(self._active + 1, len(self.cards)), *range(self._active)]
        open_ones = [number for number in following if not self.cards[number].choice]
        if open_ones:
            self._active = open_ones[0]
            self._mark_active()
            self._scroll.ensureWidgetVisible(self.cards[self._active])
            if self._detail.isAncestorOf(QApplication.focusWidget() or self):
                self.cards[self._active].focus()

    def _mark_active(self) -> None:
        for number, card in enumerate(self.cards):
            card.set_active(number == self._active and len(self.cards) > 1)

    def _focus_moved(self, _: QWidget | None, now: QWidget | None) -> None:
        for number, card in enumerate(self.cards):
            if now is not None and card.isAncestorOf(now) and number != self._active:
                self._active = number
                self._mark_active()

    # --- panes ---

    def enter_detail(self) -> None:
        """Go into the case: to its first open field, or its first button."""
        self.in_detail = True
        self._show_panes()
        if self.cards:
            self.cards[self._active].focus()
        elif self.entries:
            self.entries[0].focus()
        elif self.many is not None:
            self.foot.first.setFocus(Qt.FocusReason.OtherFocusReason)

    def focus_first(self) -> None:
        """Put the focus where work begins; once there are rows, if there are none yet."""
        self._focus_later = not self.list.cases.rowCount()
        if self.in_detail:
            self.enter_detail()
        else:
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def leave_detail(self) -> bool:
        """Go back to the list; False when one is there already."""
        if not self.in_detail:
            return False
        self.in_detail = False
        self._show_panes()
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def _all_selected(self) -> None:
        self.select_all_asked.emit()
        if self._compact:
            self.enter_detail()

    def _tapped(self) -> None:
        if self._compact:
            self.enter_detail()

    def _show_panes(self) -> None:
        detail = not self._compact or self.in_detail
        self._left.setVisible(not self._compact or not self.in_detail)
        self._line.setVisible(not self._compact)
        shown = self.view is not None or self.many is not None
        self._detail.setVisible(detail and shown)
        self._head.setVisible(not self._compact)
        self.panes_changed.emit()

    def fit(self, width_class: str) -> None:
        self._compact = width_class == "compact"
        wide = width_class == "wide"
        edge = 16 if self._compact else 24
        self._inside.setContentsMargins(edge, 14, edge, 14)
        list_width = tokens.size("list_pane" if wide else "list_pane_medium")
        self._left.setMinimumWidth(0 if self._compact else list_width)
        self._left.setMaximumWidth(16_777_215 if self._compact else list_width)
        self.foot.fit(wide)
        for card in self.cards:
            card.fit(self._compact)
        self._show_panes()

    # --- keys ---

    def keyPressEvent(self, event: QKeyEvent) -> None:
        typing = isinstance(QApplication.focusWidget(), QLineEdit | QPlainTextEdit)
        wish = _KEYS.get(Qt.Key(event.key())) if not event.modifiers() and not typing else None
        if event.key() == Qt.Key.Key_Escape and self.leave_detail():
            return
        if wish and (self.cards or self.many) and self._detail.isVisible():
            self._carry_out(wish)
        else:
            super().keyPressEvent(event)

    def _carry_out(self, wish: str) -> None:
        if self.many is not None:
            if wish.startswith("all"):
                self.take_all(0 if wish == "all_first" else 1)
            return
        card = self.cards[self._active]
        if wish in ("first", "second"):
            if card.take(0 if wish == "first" else 1):
                self._go_on()
        elif wish == "other":
            card.write_another()
        else:
            self.take_all(0 if wish == "all_first" else 1)
