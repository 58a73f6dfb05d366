"""One edit or one pair of customers in lines, with what can be done about it.

For everything on the To settle page that is not a choice between two values.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from desktop.views.parts.basics import IconLabel, Label, Speaking, column, row, surface
from desktop.views.parts.buttons import Button
from desktop.views.parts.marked import MarkedText
from desktop.views.sync.option_card import Shown


@dataclass(frozen=True, slots=True)
class EntryLine:
    """A name and one or two values; `opened` is what Show reveals, () where nothing is masked.

    `what` names the field (`kind.field`) for the access log.
    """

    name: str
    values: tuple[Shown, ...]
    opened: tuple[Shown, ...] = ()
    what: str = ""


@dataclass(frozen=True, slots=True)
class EntryAction:
    """A button: what it does, its words, its kind."""

    key: str  # take, leave, same, different, copy, let_go, again
    text: str
    kind: str = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """One entry in words."""

    id: str
    title: str
    below: str = ""
    note: str = ""  # the reason, or what it means
    tone: str = "info"  # of the note: info, warn, danger
    headings: tuple[str, ...] = ()  # above the values, where there are two
    lines: tuple[EntryLine, ...] = ()
    actions: tuple[EntryAction, ...] = ()
    copy: str = ""  # what "copy the text" copies


_NOTE_ICONS = {"info": "info", "warn": "warning-fill", "danger": "warning-octagon-fill"}


class EntryCard(Speaking):
    """Passive."""

    acted = Signal(str, str)  # entry, action
    show_asked = Signal(str, int)  # entry, line

    def __init__(self, view: EntryView) -> None:
        super().__init__()
        self.view = view
        self._texts: dict[int, list[MarkedText]] = {}
        self._shows: dict[int, Button] = {}
        self.buttons = {a.key: Button(a.text, a.kind) for a in view.actions}
        for key, button in self.buttons.items():
            button.clicked.connect(lambda _=False, key=key: self.acted.emit(view.id, key))
        title, below = Label(view.title, "strong", wrap=True), Label(view.below, tone="text2")
        head = row(title, below, spacing=10)
        head.setStretch(0, 1)
        note_icon = IconLabel(_NOTE_ICONS[view.tone], view.tone)
        note = row(note_icon, Label(view.note, "small", wrap=True), spacing=6)
        note.setStretch(1, 1)
        note.setAlignment(note_icon, Qt.AlignmentFlag.AlignTop)
        note_room = QWidget()
        note_room.setLayout(note)
        inside = column(head, note_room, self._grid(), spacing=8, margins=(16, 12, 16, 12))
        if self.buttons:
            inside.addLayout(row(None, *self.buttons.values()))
        self.setLayout(column(surface("card", inside)))
        note_room.setVisible(bool(view.note))
        self.retranslate()

    def _grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(6)
        for number, heading in enumerate(self.view.headings):
            grid.addWidget(Label(heading, "small", tone="text2"), 0, number + 1)
        for number, line in enumerate(self.view.lines):
            self._add_line(grid, number, line)
        columns = max((len(line.values) for line in self.view.lines), default=1)
        for number in range(columns):
            grid.setColumnStretch(number + 1, 1)
        return grid

    def _add_line(self, grid: QGridLayout, number: int, line: EntryLine) -> None:
        top = Qt.AlignmentFlag.AlignTop
        grid.addWidget(Label(line.name, tone="text3"), number + 1, 0, top)
        texts = [MarkedText() for _ in line.values]
        for place, (widget, shown) in enumerate(zip(texts, line.values, strict=True)):
            widget.show_text(shown.text, shown.spans)
            grid.addWidget(widget, number + 1, place + 1, top)
        self._texts[number] = texts
        if line.opened:
            button = Button(kind="link", icon_name="eye")
            button.clicked.connect(lambda _=False: self.show_asked.emit(self.view.id, number))
            self._shows[number] = button
            grid.addWidget(button, number + 1, len(line.values) + 1, top)

    def retranslate(self) -> None:
        for number, button in self._shows.items():
            button.setText(self.tr("Show"))
            name = self.view.lines[number].name
            button.setAccessibleName(self.tr("Show {field}").format(field=name))

    def reveal(self, number: int, opened: bool) -> None:
        """Show one line's masked values, or mask them again."""
        line = self.view.lines[number]
        told = line.opened if opened else line.values
        for widget, shown in zip(self._texts[number], told, strict=True):
            widget.show_text(shown.text, shown.spans)
        self._shows[number].setVisible(not opened)

    def opened(self, number: int) -> tuple[str, ...]:
        """Return a line's values in clear."""
        return tuple(shown.text for shown in self.view.lines[number].opened)

    def show_button(self, number: int) -> Button | None:
        return self._shows.get(number)

    def focus(self) -> None:
        for button in (*self.buttons.values(), *self._shows.values()):
            button.setFocus(Qt.FocusReason.OtherFocusReason)
            return
