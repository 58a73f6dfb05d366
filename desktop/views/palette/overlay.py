"""The palette: an input over the page, below it what fits. Passive; its presenter fills it.

The input keeps the focus all the time; the list only shows which entry is marked, and the marked
one is announced. While the palette is open no key reaches the page below, but the one that locks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import shiboken6
from PySide6.QtCore import QEvent, QObject, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QColor,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QStackedWidget, QWidget

from desktop.views.palette.entries import ALL, SCOPES, Entry, Line
from desktop.views.palette.rows import LineModel, LineView, heading_height, row_height
from desktop.views.palette.wording import titles
from desktop.views.parts.basics import IconLabel, Label, Speaking, column, row, separator, surface
from desktop.views.parts.buttons import Chip
from desktop.views.parts.keycap import Keycap
from desktop.views.parts.lines import Line as TypedLine
from desktop.views.parts.notices import State, scrim
from desktop.views.shell.keys import KEYS
from desktop.views.theme import tokens
from desktop.views.theme.look import look

ROWS, HEADINGS = 10, 4  # what all groups together may show
COMPACT_TOP, SIDES = 12, 12
SHADOW = 12
CHIP_GAP, CHIPS_MARGIN = 6, 16


class Palette(Speaking):
    """Covers `page` while it is open; closing gives the focus back."""

    text_changed = Signal(str)
    scope_changed = Signal(str)
    enter_pressed = Signal()
    taken = Signal()  # the marked entry, by mouse
    visit_asked = Signal()
    mark_moved = Signal(object)  # Entry or None
    closed = Signal()

    def __init__(self, page: QWidget) -> None:
        super().__init__(page)
        self._covered = page
        self._chosen = False  # the person has moved the mark
        self._returns_to: QWidget | None = None
        self.model = LineModel()
        self.input, self.list = PaletteInput(), LineView(self.model)
        self._count = Label("", tone="text2")
        self._chips = {scope: Chip() for scope in SCOPES}
        self._tab_hint = Label("", "small", tone="text2")
        self._nothing = State("magnifying-glass")
        self._hints = [Label("", "small", tone="text2") for _ in range(3)]
        self._what = Label("", "small", tone="text2")
        self._counts: Mapping[str, str] = dict.fromkeys(SCOPES, "")
        self.scope = ALL
        self._lay_out()
        self._connect()
        page.installEventFilter(self)
        self.hide()
        self.retranslate()

    def _lay_out(self) -> None:
        head = row(IconLabel("magnifying-glass", "accent", 20), self.input, self._count)
        head.addWidget(Keycap("Esc"))
        head.setContentsMargins(18, 0, 14, 0)
        head.setStretch(1, 1)
        head.setSpacing(12)
        self._head = QWidget()
        self._head.setLayout(head)
        chips = row(*self._chips.values(), None, self._tab_hint, spacing=CHIP_GAP)
        chips.setContentsMargins(CHIPS_MARGIN, 9, CHIPS_MARGIN, 9)
        self._middle = QStackedWidget()
        self._middle.addWidget(self.list)
        self._middle.addWidget(self._nothing)
        keys = ("↑ ↓", "Enter", KEYS["visit"])
        caps = [w for key, hint in zip(keys, self._hints, strict=True) for w in (Keycap(key), hint)]
        foot = row(*caps, None, self._what, spacing=8)
        foot.setContentsMargins(16, 0, 16, 0)
        self._foot = QWidget()
        self._foot.setLayout(column(separator(), foot, spacing=0))
        self._foot.setFixedHeight(look().px(tokens.size("palette_foot")))
        pieces = (self._head, separator(), chips, self._middle, self._foot)
        self._inside = column(*pieces, spacing=0)
        self._inside.setStretch(3, 1)
        self._box = surface("raised", self._inside)
        self._box.setParent(self)

    def _connect(self) -> None:
        self.input.textChanged.connect(self.text_changed)
        self.input.stepped.connect(self._step)
        self.input.paged.connect(self._page_by)
        self.input.entered.connect(self.enter_pressed)
        self.input.visit_asked.connect(self.visit_asked)
        self.input.scope_stepped.connect(self.step_scope)
        self.input.close_asked.connect(self.close_palette)
        self.list.taken.connect(self.taken)
        self.list.link_asked.connect(self.choose_scope)
        self.list.selectionModel().currentChanged.connect(lambda *_: self._tell_mark())
        for scope, chip in self._chips.items():
            chip.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            chip.clicked.connect(lambda _=False, scope=scope: self.choose_scope(scope))

    def retranslate(self) -> None:
        name = self.tr("Find anything")
        self.setAccessibleName(name)
        self.input.setAccessibleName(name)
        self.input.setPlaceholderText(self.tr("Customers, phones, addresses, tags, actions"))
        self.list.setAccessibleName(self.tr("Found"))
        self._tab_hint.setText(self.tr("Tab: other scope"))
        hints = (self.tr("Choose"), self.tr("Open"), self.tr("Record visit"))
        for label, text in zip(self._hints, hints, strict=True):
            label.setText(text)
        self._what.setText(self.tr("Pinyin, initials, ends of numbers"))
        self._nothing.tell(
            self.tr("Nothing fits"),
            self.tr("Pinyin, initials, the end of a phone number, part of an address will do."),
        )
        self._name_chips()

    def _name_chips(self) -> None:
        for scope, word in titles().items():
            chip = self._chips[scope]
            chip.setText(f"{word} {self._counts.get(scope, '')}".strip())
            chip.setChecked(scope == self.scope)
        self._fit_hint()

    def _fit_hint(self) -> None:
        """Leave the word about Tab out where the scopes need its room."""
        shown = (*self._chips.values(), self._tab_hint)
        taken = sum(widget.sizeHint().width() + CHIP_GAP for widget in shown) + 2 * CHIPS_MARGIN
        self._tab_hint.setVisible(taken <= self._box.width())

    # --- opening and closing ---

    def open_palette(self) -> None:
        """Show it, empty; remember where the focus was."""
        if self.isVisible():
            return
        self._returns_to = self.window().focusWidget()
        self.clear()
        self._place()
        self.show()
        self.raise_()
        self.input.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def close_palette(self) -> None:
        """Hide it, forget what it showed, put the focus back where it was."""
        if not self.isVisible():
            return
        self.hide()
        self.clear()
        back, self._returns_to = self._returns_to, None
        if back is not None and shiboken6.isValid(back):
            back.setFocus(Qt.FocusReason.OtherFocusReason)
        self.closed.emit()

    def clear(self) -> None:
        self.input.blockSignals(True)
        self.input.clear()
        self.input.blockSignals(False)
        self.scope = ALL
        self.show_lines((), dict.fromkeys(SCOPES, ""), keep_mark=False)
        self._middle.setCurrentWidget(self.list)

    # --- what is shown ---

    def show_lines(
        self, lines: Sequence[Line], counts: Mapping[str, str], *, keep_mark: bool
    ) -> None:
        """Show what was found; with `keep_mark` an entry that was chosen by hand stays marked."""
        before = self.list.marked()
        self.model.show(lines)
        self._counts = counts
        self._name_chips()
        total = counts.get(self.scope, "")
        self._count.setText(self.tr("{n} found").format(n=total) if total else "")
        self._middle.setCurrentWidget(self.list if lines else self._nothing)
        self._chosen = self._chosen and keep_mark
        self._mark_again(before if self._chosen else None)

    def _mark_again(self, before: Entry | None) -> None:
        for number in self.model.entries():
            line = self.model.lines[number]
            if before is not None and isinstance(line, Entry) and line.same == before.same:
                self.list.mark(number)
                return
        self.list.mark_first()
        if not self.model.entries():
            self._tell_mark()

    def step_scope(self, by: int) -> None:
        self.choose_scope(SCOPES[(SCOPES.index(self.scope) + by) % len(SCOPES)])

    def choose_scope(self, scope: str) -> None:
        self.scope = scope
        self._name_chips()
        self.scope_changed.emit(scope)

    def _step(self, by: int) -> None:
        self._chosen = True
        self.list.step(by)

    def _page_by(self, by: int) -> None:
        self._chosen = True
        self.list.page(by)

    def _tell_mark(self) -> None:
        """Say which entry is marked; a screen reader hears it though the focus has not moved."""
        entry = self.list.marked()
        spoken = entry.spoken if entry is not None else ""
        self.input.setAccessibleDescription(spoken)
        if spoken and QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self.input, spoken))
        self.mark_moved.emit(entry)

    # --- place and paint ---

    def _place(self) -> None:
        self.setGeometry(self._covered.rect())
        compact = self.width() < tokens.tokens()["breakpoint"]["compact"]["below"]
        self._foot.setVisible(not compact)
        self._inside.setContentsMargins(1, 1, 1, 9 if compact else 1)  # round corners below
        self._head.setFixedHeight(look().px(tokens.size("palette_input")))
        top = COMPACT_TOP if compact else tokens.size("palette_top")
        width = min(tokens.size("palette_width"), self.width() - 2 * SIDES)
        height = min(self._full_height(compact), self.height() - top - SIDES)
        self._box.setGeometry(QRect((self.width() - width) // 2, top, width, height))
        self._fit_hint()

    def _full_height(self, compact: bool) -> int:
        """Return a height that does not depend on what is found."""
        worn = look()
        foot = 0 if compact else self._foot.height()
        chips = worn.px(tokens.size("filter_chip")) + 20
        lines = ROWS * row_height() + HEADINGS * heading_height()
        return worn.px(tokens.size("palette_input")) + chips + lines + foot

    def box(self) -> QRect:
        return self._box.geometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), scrim())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        shade = QColor(look().colour("shadow"))
        shade.setAlphaF(0.04 if look().theme == "dark" else 0.012)
        painter.setBrush(shade)
        for spread in range(SHADOW, 0, -1):
            box = QRectF(self._box.geometry()).adjusted(-spread, -spread + 4, spread, spread + 4)
            painter.drawRoundedRect(box, 12 + spread, 12 + spread)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self._box.geometry().contains(event.position().toPoint()):
            self.close_palette()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False


class PaletteInput(TypedLine):
    """The line that is typed into. Its keys move the mark, change the scope, take, close."""

    stepped = Signal(int)
    paged = Signal(int)
    scope_stepped = Signal(int)
    entered = Signal()
    visit_asked = Signal()
    close_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("bare", "true")
        self._dress()

    def _dress(self) -> None:
        font = look().font("heading")
        font.setBold(False)
        self.setFont(font)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._dress()
        super().changeEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if _pressed(event) != KEYS["lock"]:
                event.accept()  # the page below must not act on it
            return True
        return super().event(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab goes to the next scope; nothing else here takes the focus."""
        self.scope_stepped.emit(1 if forward else -1)
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, pressed = event.key(), _pressed(event)
        if key in _STEPS:
            self.stepped.emit(_STEPS[Qt.Key(key)])
        elif key in _PAGES:
            self.paged.emit(_PAGES[Qt.Key(key)])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
        elif pressed == KEYS["visit"]:
            self.visit_asked.emit()
        elif key == Qt.Key.Key_Escape or pressed == KEYS["palette"]:
            self.close_asked.emit()
        else:
            super().keyPressEvent(event)
            event.accept()


_STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
_PAGES = {Qt.Key.Key_PageDown: 1, Qt.Key.Key_PageUp: -1}


def _pressed(event: QKeyEvent) -> str:
    return QKeySequence(event.keyCombination()).toString()
