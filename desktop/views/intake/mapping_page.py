"""Second step: where each heading goes, how customers are recognised, what wins in doubt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.services.mapping import Column
from desktop.views.intake import words
from desktop.views.intake.mapping_list import MappingList, places
from desktop.views.intake.rows import Head
from desktop.views.language.translating import counted
from desktop.views.parts.basics import (
    IconLabel,
    Label,
    ShortLabel,
    Speaking,
    column,
    emptied,
    row,
    scrolling,
    separator,
    surface,
)
from desktop.views.parts.buttons import Button, Switch, TabStrip
from desktop.views.parts.cards import Card
from desktop.views.parts.fields import Picker
from desktop.views.shell.screen import COMPACT
from desktop.views.theme import tokens

ENCODINGS = ("utf-8", "gb18030", "utf-16")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """The file as the aside tells it."""

    name: str
    sheet: str  # "" for a csv file
    sheets: tuple[str, ...]  # that could be read instead, the one that is read included
    encoding: str  # of a csv file whose encoding is not certain, else ""
    rows: int


class MappingPage(Speaking):
    """Passive: shows columns and facts, tells what the person picks."""

    picked = Signal(str, str)  # heading, field
    other_file_asked = Signal()
    sheet_picked = Signal(str)
    encoding_picked = Signal(str)
    keep_unsent_changed = Signal(bool)
    last_mapping_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._columns: Sequence[Column] = ()
        self._facts: FileFacts | None = None
        self._known_by: Mapping[str, int] = {}
        self._headline = Label("", "heading", wrap=True)
        self.last_button = Button(icon_name="clock-counter-clockwise", small=True)
        self.last_button.hide()
        self.last_button.clicked.connect(self.last_mapping_asked)
        self.problem = Label(wrap=True)
        inside = row(IconLabel("warning-circle-fill", "danger", 18), self.problem, spacing=10)
        inside.setContentsMargins(16, 8, 16, 8)
        inside.setStretch(1, 1)
        self._problem_strip = surface("danger", inside)
        self._problem_strip.hide()
        self.list = MappingList()
        self.head = Head(places, self.list)
        self.list.picked.connect(self.picked)
        table = column(self.head, self.list, spacing=0, margins=(1, 0, 1, 1))
        self._table = surface("card", table)
        self._tabs = TabStrip(("headings", "file"))
        self._tabs.chosen.connect(lambda _: self._fit_tabs())
        self._tabs.choose("headings")
        self._compact = False
        self._make_aside()
        self._lay_out()
        self.retranslate()

    def _make_aside(self) -> None:
        self._file_name, self._file_facts = ShortLabel("", "strong"), Label("", "small")
        self._file_facts.setWordWrap(True)
        self.other_button = Button(kind="link")
        self.other_button.clicked.connect(self.other_file_asked)
        self.sheets, self.encodings = Picker(), Picker()
        self.sheets.activated.connect(lambda _: self.sheet_picked.emit(self.sheets.key()))
        self.encodings.activated.connect(lambda _: self.encoding_picked.emit(self.encodings.key()))
        self._sheets_name, self._encodings_name = Label("", "small"), Label("", "small")
        self._file, self._keys, self._rules = Card(), Card(), Card()
        naming = row(
            IconLabel("file-text", "text2", 20), self._file_name, self.other_button, spacing=8
        )
        naming.setStretch(1, 1)
        pickers = (self._sheets_name, self.sheets, self._encodings_name, self.encodings)
        self._file.body.addLayout(column(naming, self._file_facts, *pickers, spacing=4))
        self._keys_lines = QVBoxLayout()
        self._keys_lines.setSpacing(8)
        self._keys.body.addLayout(self._keys_lines)
        self.keep_unsent = Switch()
        self.keep_unsent.setChecked(True)
        self.keep_unsent.toggled.connect(self.keep_unsent_changed)
        self._empty, self._kept = Label(wrap=True), Label(wrap=True)
        keeping = row(self._kept, self.keep_unsent, spacing=12)
        keeping.setStretch(0, 1)
        self._rules.body.addLayout(column(self._empty, separator(), keeping, spacing=8))

    def _lay_out(self) -> None:
        self._left, inside = QWidget(), QWidget()
        top = row(self._headline, self.last_button)
        top.setStretch(0, 1)
        main = column(top, self._problem_strip, self._table, spacing=10)
        main.setStretch(2, 1)
        self._left.setLayout(main)
        inside.setLayout(column(self._file, self._keys, self._rules, None, spacing=12))
        self._aside = scrolling(inside)
        self._body = row(self._left, self._aside, spacing=16)
        self._body.setStretch(0, 1)
        self._page = column(self._tabs, self._body, spacing=0, margins=(24, 12, 24, 12))
        self._page.setStretch(1, 1)
        self.setLayout(self._page)

    def retranslate(self) -> None:
        self.last_button.setText(self.tr("Use the last mapping"))
        self.head.show_names(
            (
                self.tr("Heading"),
                self.tr("First rows"),
                self.tr("Goes to"),
                self.tr("Why"),
            )
        )
        self.list.setAccessibleName(self.tr("Headings of the table"))
        self._tabs.set_text("headings", self.tr("Headings"))
        self._tabs.set_text("file", self.tr("File and recognition"))
        self._file.set_title(self.tr("File"))
        self.other_button.setText(self.tr("Other file"))
        self._sheets_name.setText(self.tr("Sheet"))
        self.sheets.setAccessibleName(self.tr("Sheet"))
        self._encodings_name.setText(self.tr("Characters look wrong? Try another encoding."))
        self.encodings.setAccessibleName(self.tr("Encoding"))
        self._keys.set_title(self.tr("How customers are recognised"))
        self._rules.set_title(self.tr("Where things differ"))
        self._empty.setText(self.tr("Empty cells erase nothing that is already there."))
        self._kept.setText(self.tr("Keep what I changed and have not sent"))
        self.keep_unsent.set_name(self._kept.text())
        self._show_again()

    def _show_again(self) -> None:
        if self._facts is not None:
            self.show_columns(self._columns)
            self.show_file(self._facts)
            self.show_recognition(self._known_by)

    # --- showing ---

    def show_columns(self, columns: Sequence[Column]) -> None:
        self._columns = columns
        used = sum(bool(each.target) for each in columns)
        doubtful = sum(each.needs_look for each in columns)
        parts = counted(
            len(columns),
            self.tr("{n} column: {used} matched"),
            self.tr("{n} columns: {used} matched"),
            used=used,
        )
        look_at = counted(
            doubtful, self.tr(", {n} needs your look"), self.tr(", {n} need your look")
        )
        self._headline.setText(parts + (look_at if doubtful else ""))
        self.list.columns.show(columns)

    def show_file(self, facts: FileFacts) -> None:
        self._facts = facts
        self._file_name.setText(facts.name)
        sheet = facts.sheet if len(facts.sheets) > 1 else ""
        self._file_facts.setText(
            words.dotted(sheet, words.rows_text(facts.rows), words.columns_text(len(self._columns)))
        )
        several = len(facts.sheets) > 1
        self.sheets.fill([(name, name) for name in facts.sheets])
        self.sheets.choose(facts.sheet)
        for widget in (self._sheets_name, self.sheets):
            widget.setVisible(several)
        names = dict.fromkeys((facts.encoding, *ENCODINGS))
        self.encodings.fill([(name, name.upper()) for name in names])
        self.encodings.choose(facts.encoding)
        for shown in (self._encodings_name, self.encodings):
            shown.setVisible(bool(facts.encoding))

    def show_recognition(self, known_by: Mapping[str, int]) -> None:
        """Show how many rows hold what persons are recognised by, strongest first."""
        self._known_by = known_by
        emptied(self._keys_lines)
        for what, how_many, doubtful in words.recognition(known_by):
            icon = ("warning-fill", "warn") if doubtful else ("check-circle", "accent")
            text = Label(what, wrap=True)
            count = Label(how_many, "small", tone="warn" if doubtful else "text2")
            line = row(IconLabel(*icon), text, count)
            line.setStretch(1, 1)
            self._keys_lines.addLayout(line)

    def show_problem(self, sentence: str) -> None:
        """Say what keeps the file from being read so far; "" takes it away."""
        self.problem.setText(sentence)
        self._problem_strip.setVisible(bool(sentence))

    def offer_last(self, offered: bool) -> None:
        self.last_button.setVisible(offered)

    # --- fitting ---

    def fit(self, width_class: str) -> None:
        self._compact = width_class == COMPACT
        edge = 16 if self._compact else 24
        self._page.setContentsMargins(edge, 0 if self._compact else 12, edge, 12)
        self._fit_tabs()

    def _fit_tabs(self) -> None:
        self._tabs.setVisible(self._compact)
        first = self._tabs.key() == "headings"
        self._left.setVisible(first or not self._compact)
        self._aside.setVisible(not first or not self._compact)
        if self._compact:
            self._aside.setMinimumWidth(0)
            self._aside.setMaximumWidth(16_777_215)
        else:
            self._aside.setFixedWidth(tokens.size("aside") + 24)
