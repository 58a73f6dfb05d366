"""The list of what is to settle: groups with their cases, painted rows, bare keys handed on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from PySide6.QtCore import (
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView

from desktop.views.parts.painted_list import PaintedList, PaintedRows
from desktop.views.parts.worded import WordedModel
from desktop.views.theme import tokens
from desktop.views.theme.icons import paint_icon
from desktop.views.theme.look import look
from desktop.views.theme.painting import CENTRE_RIGHT, paint_text, width_of

Index = QModelIndex | QPersistentModelIndex
PASSED_ON = "123mtMT"  # keys that speak to the case, also while the list has the focus
HEADING = 36


@dataclass(frozen=True, slots=True)
class SettleRow:
    """A heading (no key) or a case, in words."""

    key: str
    title: str
    below: str = ""
    right: str = ""
    icon: str = ""
    role: str = "text2"
    spoken: str = ""  # its group, for a screen reader
    why: str = ""  # why it comes so far up

    @property
    def words(self) -> str:
        said = (self.title, self.below, self.right, self.why, self.spoken)
        return ". ".join(word for word in said if word)


class SettleModel(WordedModel[SettleRow]):
    """Rows as they are handed over."""

    def change(self, key: str, right: str) -> None:
        """Show how far a case has come."""
        place = self.place_of(key)
        if place >= 0 and self.row_at(place).right != right:
            self.replace(place, replace(self.row_at(place), right=right))

    def place_of(self, key: str) -> int:
        """Return the row of a case, -1 where it is not there."""
        return next((n for n, row in enumerate(self.rows) if row.key and row.key == key), -1)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid() or not self.row_at(index.row()).key:
            return Qt.ItemFlag.NoItemFlags  # arrows pass over headings
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


class _Rows(PaintedRows):
    separator_left = 48

    def height_of(self, row: object) -> int:
        return HEADING if self.is_plain(row) else tokens.size("row_list")

    def is_plain(self, row: object) -> bool:
        return isinstance(row, SettleRow) and not row.key

    def paint_row(self, painter: QPainter, row: object, box: QRectF) -> None:
        if isinstance(row, SettleRow):
            paint = self._paint_case if row.key else self._paint_heading
            paint(painter, row, box)

    def _paint_heading(self, painter: QPainter, row: SettleRow, box: QRectF) -> None:
        worn = look()
        font = worn.font("small", bold=True)
        line = QRectF(box.left() + 16, box.top() + 8, box.width() - 32, box.height() - 8)
        width = paint_text(painter, row.title, line, font, worn.colour("text2"))
        line.setLeft(line.left() + width + 8)
        paint_text(painter, row.right, line, worn.font("small"), worn.colour("text3"))

    def _paint_case(self, painter: QPainter, row: SettleRow, box: QRectF) -> None:
        worn = look()
        icon = QRectF(box.left() + 16, box.center().y() - 10, 20, 20)
        paint_icon(painter, row.icon, worn.colour(row.role), icon)
        small, left, half = worn.font("small"), box.left() + 48, box.center().y()
        said, tone = (row.right, "accent") if row.right else (row.why, "text2")
        room = width_of(said, small) + 4 if said else 0
        top = QRectF(left, half - worn.px(22), box.right() - left - 16, worn.px(20))
        paint_text(painter, said, top, small, worn.colour(tone), CENTRE_RIGHT)
        top.setRight(top.right() - room - 8)
        paint_text(painter, row.title, top, worn.font("strong"), worn.colour("text"))
        below = QRectF(left, half + 1, box.right() - left - 16, worn.px(20))
        paint_text(painter, row.below, below, small, worn.colour("text2"))


class SettleList(PaintedList[SettleRow]):
    """Selection follows the arrows and passes over headings; with Shift and Ctrl it holds several.

    Enter goes into the case.
    """

    case_chosen = Signal(str)
    several_chosen = Signal(object)  # keys of cases, in their order; () once it is one again
    enter_pressed = Signal()
    tapped = Signal()  # a case, by the pointer

    def __init__(self) -> None:
        self.cases = SettleModel()
        super().__init__(_Rows(), self.cases)
        self._several: tuple[str, ...] = ()
        self.setUniformItemSizes(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.selectionModel().selectionChanged.connect(self._selected)
        self.current_row.connect(self._announce)
        self.clicked.connect(lambda _: self.tapped.emit())
        self.opened_row.connect(self.enter_pressed)

    def show_rows(self, rows: tuple[SettleRow, ...], chosen: str = "") -> None:  # type: ignore[override]
        """Show rows, one selected, or those that were if they are still there."""
        kept = [key for key in self._several if any(row.key == key for row in rows)]
        self.selectionModel().blockSignals(True)
        self.cases.show(rows)
        self.selectionModel().blockSignals(False)
        self.choose(chosen)
        if len(kept) > 1:
            self.choose_several(kept)
        elif self._several:
            self._several = ()
            self.several_chosen.emit(())
        self.viewport().update()

    def choose(self, key: str) -> None:
        """Select a case without announcing it."""
        place = self.cases.place_of(key)
        if place >= 0:
            self.selectionModel().blockSignals(True)
            self.setCurrentIndex(self.cases.index(place))
            self.selectionModel().blockSignals(False)
            self.viewport().update()

    def end_several(self) -> None:
        """Let the next rows come with one selected."""
        self._several = ()

    def choose_several(self, keys: Collection[str]) -> None:
        """Select several cases."""
        model, way = self.selectionModel(), QItemSelectionModel.SelectionFlag
        for row, place in ((row, n) for n, row in enumerate(self.cases.rows)):
            if row.key:
                flag = way.Select if row.key in keys else way.Deselect
                model.select(self.cases.index(place), flag)

    def _announce(self, number: int) -> None:
        if (key := self.cases.row_at(number).key) and not self._several:
            self.case_chosen.emit(key)

    def _selected(self) -> None:
        places = sorted(index.row() for index in self.selectionModel().selectedIndexes())
        keys = tuple(self.cases.row_at(place).key for place in places)
        several = keys if len(keys) > 1 else ()
        if several != self._several:
            alone = bool(self._several) and not several
            self._several = several
            self.several_chosen.emit(several)
            if alone and keys:
                self.case_chosen.emit(keys[0])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.text() and event.text() in PASSED_ON and not event.modifiers():
            event.ignore()
        else:
            super().keyPressEvent(event)
