"""Draws a customer in the list, in two lines, or in the table, in columns. Decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from desktop.services.highlight import Spans, spans
from desktop.services.list_values import CustomerRow
from desktop.views.customers import words
from desktop.views.customers.columns import Column, Placed, placed
from desktop.views.customers.model import CustomerRows
from desktop.views.customers.words import Telling
from desktop.views.theme import tokens
from desktop.views.theme.icons import paint_icon
from desktop.views.theme.look import look
from desktop.views.theme.painting import (
    CENTRE_LEFT,
    CENTRE_RIGHT,
    paint_focus_ring,
    paint_highlighted,
    paint_text,
    paint_tier,
    sync_icon,
    tier_width,
)

Index = QModelIndex | QPersistentModelIndex
MARGIN = 16
GAP = 10
MARK = 16  # edge of a sync mark


class RowDelegate(QStyledItemDelegate):
    """What both ways of showing a customer share: ground, bar, ring, separator, hits."""

    height_of = "row_list"

    def __init__(self, telling: Callable[[], Telling], parent: QWidget) -> None:
        super().__init__(parent)
        self._telling = telling
        self.query = ""
        self.ring = False  # the focus came by keyboard

    def height(self) -> int:
        return look().px(tokens.size(self.height_of))

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, self.height())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        if not isinstance(model, CustomerRows):
            return
        rect: QRect = option.rect
        self._paint_ground(painter, option, rect)
        row = model.row_at(index.row())
        if row is None:
            _paint_awaited(painter, rect)
        else:
            matched = model.listing.matched.get(row.key, "")
            self.paint_row(painter, rect, row, matched)

    def paint_row(self, painter: QPainter, rect: QRect, row: CustomerRow, matched: str) -> None:
        raise NotImplementedError

    def name_spans(self, row: CustomerRow) -> Spans:
        return spans(row.name, self.query, row.spelling) if self.query else ()

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem, rect: QRect) -> None:
        worn, state = look(), option.state
        selected = bool(state & QStyle.StateFlag.State_Selected)
        if selected:
            painter.fillRect(rect, worn.colour("accentSoft"))
            bar = QRect(rect.left(), rect.top(), tokens.size("selection_bar"), rect.height())
            painter.fillRect(bar, worn.colour("accent"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, worn.colour("hover"))
        if not selected:
            line = QRect(rect.left() + MARGIN, rect.bottom(), rect.width() - 2 * MARGIN, 1)
            painter.fillRect(line, worn.colour("line"))
        if self.ring and state & QStyle.StateFlag.State_HasFocus:
            paint_focus_ring(painter, QRectF(rect).adjusted(2, 1, -2, -1))


class TwoLines(RowDelegate):
    """Name, tier, marks and amount; below them the place and how long ago the last visit was."""

    def paint_row(self, painter: QPainter, rect: QRect, row: CustomerRow, matched: str) -> None:
        worn, telling = look(), self._telling()
        half = rect.height() / 2
        left, right = rect.left() + MARGIN, rect.right() + 1 - MARGIN
        first = QRectF(left, rect.top() + 5, right - left, half - 5)
        second = QRectF(left, rect.top() + half, right - left, half - 7)
        amount = words.balance(row, telling)
        taken = paint_text(painter, amount, first, worn.font(), worn.colour("text"), CENTRE_RIGHT)
        self._paint_who(painter, row, first.adjusted(0, 0, -taken - GAP, 0))
        ago, small = words.last_visit(row, telling), worn.font("small")
        tone = worn.colour("text2")
        taken = paint_text(painter, ago, second, small, tone, CENTRE_RIGHT)
        self._paint_place(painter, row, matched, second.adjusted(0, 0, -taken - GAP, 0))

    def _paint_who(self, painter: QPainter, row: CustomerRow, where: QRectF) -> None:
        worn = look()
        word = words.choice("tier", row.tier, self._telling().language)
        marks = words.marks(row)
        behind = len(marks) * (MARK + 6) + (GAP + tier_width(row.tier, word) if row.tier else 0)
        room = where.adjusted(0, 0, -behind, 0)
        font = worn.font("strong")
        taken = paint_highlighted(
            painter, row.name, self.name_spans(row), room, font, worn.colour("text")
        )
        left = where.left() + taken + GAP
        if row.tier:
            left = paint_tier(painter, row.tier, word, left, where.center().y()) + GAP
        paint_marks(painter, marks, left, where.center().y())

    def _paint_place(
        self, painter: QPainter, row: CustomerRow, matched: str, where: QRectF
    ) -> None:
        worn = look()
        text = words.short_place(row)
        if matched == "phone":
            text = words.phone(row)
        elif matched == "address" and not spans(text, self.query):
            text = row.address or text  # the hit is in what is left out elsewhere
        found = spans(text, self.query) if self.query and matched != "name" else ()
        font, tone = worn.font("small"), worn.colour("text2")
        if found:
            paint_highlighted(painter, text, found, where, font, tone)
        else:
            paint_text(painter, text, where, font, tone)


class InColumns(RowDelegate):
    """A row of the table: text left, numbers right, a dash for nothing."""

    height_of = "row_table"

    def __init__(self, telling: Callable[[], Telling], parent: QWidget) -> None:
        super().__init__(telling, parent)
        self._columns: Sequence[Column] = ()
        self._placed: tuple[Placed, ...] = ()

    def show_columns(self, columns: Sequence[Column], width: int) -> tuple[Placed, ...]:
        """Place columns in a row of this width; return what of them fits."""
        self._columns = columns
        room = width - 2 * MARGIN
        self._placed = placed(columns, room, look().text_size)
        return self._placed

    def paint_row(self, painter: QPainter, rect: QRect, row: CustomerRow, matched: str) -> None:
        for place in self._placed:
            left = rect.left() + MARGIN + place.left
            where = QRectF(left, rect.top(), place.width - 2 * GAP, rect.height())
            self._paint_cell(painter, row, place.column, where)

    def _paint_cell(
        self, painter: QPainter, row: CustomerRow, column: Column, where: QRectF
    ) -> None:
        worn, telling = look(), self._telling()
        if column.key == "name":
            self._paint_name(painter, row, where)
        elif column.key == "tier" and row.tier:
            word = words.choice("tier", row.tier, telling.language)
            paint_tier(painter, row.tier, word, where.left(), where.center().y())
        else:
            text = column.text(row, telling)
            tone = "text" if column.number else "text2"
            align = CENTRE_RIGHT if column.number else CENTRE_LEFT
            found = spans(text, self.query) if self.query and not column.number else ()
            if found:
                paint_highlighted(painter, text, found, where, worn.font(), worn.colour(tone))
            else:
                paint_text(painter, text or "—", where, worn.font(), worn.colour(tone), align)

    def _paint_name(self, painter: QPainter, row: CustomerRow, where: QRectF) -> None:
        worn, marks = look(), words.marks(row)
        room = where.adjusted(0, 0, -len(marks) * (MARK + 6), 0)
        taken = paint_highlighted(
            painter,
            row.name,
            self.name_spans(row),
            room,
            worn.font("strong"),
            worn.colour("text"),
        )
        paint_marks(painter, marks, where.left() + taken + GAP, where.center().y())


def paint_marks(painter: QPainter, marks: Sequence[str], left: float, middle: float) -> None:
    """Draw sync marks side by side."""
    for mark in marks:
        name, role = sync_icon(mark)
        box = QRectF(left, middle - MARK / 2, MARK, MARK)
        paint_icon(painter, name, look().colour(role), box)
        left += MARK + 6


def _paint_awaited(painter: QPainter, rect: QRect) -> None:
    """Draw the place of a customer who is being read."""
    tone: QColor = look().colour("neutralSoft")
    half = rect.height() // 2
    painter.fillRect(QRect(rect.left() + MARGIN, rect.top() + half - 14, 72, 8), tone)
    painter.fillRect(QRect(rect.left() + MARGIN, rect.top() + half + 6, 148, 8), tone)
