"""Third step: what will change, line by line; rows that are not taken stand at the right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from desktop.services.intake import NEW, UNCHANGED, UPDATED
from desktop.services.mending import RowProblem
from desktop.views.intake import words
from desktop.views.intake.bad_rows import BadPane
from desktop.views.intake.change_list import ChangeList, places
from desktop.views.intake.lines import FieldCounts, Lines
from desktop.views.intake.rows import Head
from desktop.views.intake.tiles import ERRORS, Tiles
from desktop.views.language.translating import counted
from desktop.views.parts.basics import FlowLayout, Label, Speaking, column, emptied, row, surface
from desktop.views.parts.buttons import Chip
from desktop.views.parts.notices import State
from desktop.views.shell.screen import COMPACT, WIDE
from desktop.views.theme import tokens
from desktop.views.theme.look import look

ALL, OTHERS = "", "*"
BESIDE_FROM_PX = 400  # lower pages show the rows left out only by their tile


class PreviewPage(Speaking):
    """Passive: shows tiles, lines and rows left out; tells filters, repairs and wishes."""

    tile_chosen = Signal(str)
    field_chosen = Signal(str)  # ALL, a field, OTHERS
    customer_asked = Signal(str)  # id
    repair_asked = Signal(int, str, str)
    table_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._counts: Mapping[str, int] = dict.fromkeys((NEW, UPDATED, UNCHANGED, ERRORS), 0)
        self._fields = FieldCounts(0, (), (), 0)
        self._updated_fields = 0
        self._only = ALL
        self._width_class = WIDE
        self.tiles = Tiles()
        self.tiles.chosen.connect(self._tile_chosen)
        self._chips = FlowLayout()
        self._chip_room = QWidget()
        self._chip_room.setLayout(self._chips)
        self._hint = Label("", "small", tone="text2")
        self.list = ChangeList()
        self.head = Head(places, self.list)
        self.list.activated.connect(self._activated)
        table = column(self.head, self.list, spacing=0, margins=(1, 0, 1, 1))
        self._table = surface("card", table)
        self._nothing = State("check-circle")
        self.bad = BadPane()
        self.bad.repair_asked.connect(self.repair_asked)
        self.bad.table_asked.connect(self.table_asked)
        self._lay_out()
        self.retranslate()

    def _lay_out(self) -> None:
        filters = row(self._chip_room, self._hint)
        filters.setStretch(0, 1)
        self._left = QWidget()
        left = column(filters, self._table, self._nothing, spacing=8)
        left.setStretch(1, 1)
        left.setStretch(2, 1)
        self._left.setLayout(left)
        body = row(self._left, self.bad, spacing=16)
        body.setStretch(0, 1)
        body.setStretch(1, 0)
        self._body = body
        self._page = column(self.tiles, body, spacing=10, margins=(24, 12, 24, 12))
        self._page.setStretch(1, 1)
        self.setLayout(self._page)

    def retranslate(self) -> None:
        self.head.show_names(
            (
                self.tr("Row"),
                self.tr("Customer"),
                self.tr("Field"),
                self.tr("Now"),
                self.tr("Becomes"),
            )
        )
        self.list.setAccessibleName(self.tr("What will change"))
        self._hint.setText(self.tr("Enter shows the customer"))
        self._tell_tiles()
        self._draw_chips()

    # --- showing ---

    def show_counts(self, counts: Mapping[str, int], updated_fields: int) -> None:
        """Show how many rows each tile has; `updated_fields` are written in updated ones."""
        self._counts, self._updated_fields = counts, updated_fields
        self._tell_tiles()

    def _tell_tiles(self) -> None:
        fields = counted(
            self._updated_fields, self.tr("{n} field changes"), self.tr("{n} fields change")
        )
        not_taken = self.tr("not imported")
        self.tiles.tell(
            self._counts,
            {
                NEW: (self.tr("New customers"), self.tr("are added")),
                UPDATED: (self.tr("Updated"), fields),
                UNCHANGED: (self.tr("Unchanged"), self.tr("nothing is written")),
                ERRORS: (self.tr("With problems"), not_taken),
            },
        )

    def show_lines(self, lines: Lines, fields: FieldCounts, only: str) -> None:
        """Show lines; `fields` counts all of the tile, `only` is the filter that is on."""
        self._fields, self._only = fields, only
        self.list.rows.show(lines)
        self._draw_chips()
        self._fit_tiles()

    def show_problems(self, rows: Sequence[RowProblem]) -> None:
        self.bad.show_rows(rows)
        self._fit_tiles()

    def forget(self) -> None:
        """Show nothing of anybody."""
        self.list.rows.show(None)
        self.bad.show_rows(())

    def _draw_chips(self) -> None:
        emptied(self._chips)
        if self._fields.total:
            total = counted(self._fields.total, self.tr("All {n}"), self.tr("All {n}"))
            self._add_chip(ALL, total)
        for name, count in self._fields.common:
            self._add_chip(name, f"{words.field_name(name)} {count:,}")
        if self._fields.others:
            self._add_chip(OTHERS, self.tr("Others") + f" {self._fields.others_count:,}")

    def _add_chip(self, key: str, text: str) -> None:
        chip = Chip(text)
        chip.setChecked(key == self._only)
        chip.setProperty("key", key)
        chip.clicked.connect(self._chip_clicked)
        self._chips.addWidget(chip)

    def _chip_clicked(self) -> None:
        self.field_chosen.emit(str(self.sender().property("key")))

    def _tile_chosen(self, key: str) -> None:
        self._fit_tiles()
        if key == ERRORS:
            self.bad.list.setFocus()
        self.tile_chosen.emit(key)

    def _activated(self, index: object) -> None:
        place = self.list.currentIndex().row()
        record = self.list.rows.line_at(place).record if place >= 0 else ""
        if record:
            self.customer_asked.emit(record)

    # --- fitting ---

    def fit(self, width_class: str) -> None:
        self._width_class = width_class
        edge = 16 if width_class == COMPACT else 24
        self._page.setContentsMargins(edge, 10, edge, 12)
        self._hint.setVisible(width_class == WIDE)
        self.tiles.flatten(width_class == COMPACT)
        self.head.setVisible(width_class != COMPACT)
        self._fit_tiles()

    def _fit_tiles(self) -> None:
        """Rows left out have the page to themselves where their tile is chosen."""
        alone = self.tiles.key() == ERRORS
        any_bad = self.bad.rows.rowCount() > 0
        high = self.height() >= look().px(BESIDE_FROM_PX)
        beside = self._width_class != COMPACT and high and any_bad
        self._left.setVisible(not alone)
        self.bad.setVisible((alone and any_bad) or (beside and not alone))
        self._body.setStretch(1, 1 if alone else 0)
        width = tokens.size("aside") + (48 if self._width_class == WIDE else 0)
        self.bad.setMinimumWidth(0 if alone else width)
        self.bad.setMaximumWidth(16_777_215 if alone else width)
        self.bad.lay_beside(alone)
        self._tell_nothing(alone=alone)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_tiles()

    def first_widget(self) -> QWidget:
        """Return where the focus begins; never the button that writes."""
        chosen = self.tiles.tile(self.tiles.key())
        return self.list if self.list.isVisible() else chosen

    def _tell_nothing(self, *, alone: bool) -> None:
        empty = self.list.rows.rowCount() == 0
        self._table.setVisible(not empty)
        self._chip_room.setVisible(not empty)
        self._nothing.setVisible(empty)
        if alone and not self.bad.rows.rowCount():
            self._left.setVisible(True)
            self._table.setVisible(False)
            self._nothing.setVisible(True)
        self._nothing.tell(*self._nothing_words())

    def _nothing_words(self) -> tuple[str, str]:
        key = self.tiles.key()
        if key == UNCHANGED and self._counts[UNCHANGED]:
            what = self.tr("These rows say what is already there")
            return what, self.tr("Nothing is written for them.")
        return {
            NEW: (self.tr("No new customers in this table"), ""),
            UPDATED: (self.tr("No customer would change"), ""),
            UNCHANGED: (self.tr("Every row says something new"), ""),
            ERRORS: (self.tr("Every row can be imported"), ""),
        }[key]
