"""The palette's list: a model of headings and entries, and how they are painted.

Nothing is a widget: the input keeps the focus, the list only shows which entry is marked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QMouseEvent, QPainter
from PySide6.QtWidgets import QListView, QStyledItemDelegate, QStyleOptionViewItem

from desktop.views.palette.entries import Entry, Heading, Line, Marked
from desktop.views.parts.keycap import keycap_width, paint_keycap
from desktop.views.parts.scrolling import slim
from desktop.views.theme import tokens
from desktop.views.theme.icons import paint_icon, size_of
from desktop.views.theme.look import look
from desktop.views.theme.painting import (
    CENTRE_LEFT,
    CENTRE_RIGHT,
    paint_highlighted,
    paint_text,
    paint_tier,
    tier_width,
    width_of,
)

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
LINE = Qt.ItemDataRole.UserRole
HEADING_HEIGHT = 30
LEFT, TEXT_LEFT, RIGHT = 18, 46, 14  # from the list's edges
NAME, PINYIN = 86, 126  # widths of the columns at text size 1


class LineModel(QAbstractListModel):
    """Headings and entries. Shows what it is handed."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: Sequence[Line] = ()

    def show(self, lines: Sequence[Line]) -> None:
        self.beginResetModel()
        self._lines = lines
        self.endResetModel()

    def put(self, lines: Sequence[Line]) -> None:
        """Show as many lines as before with other words; the marked one stays marked."""
        self._lines = lines
        self.dataChanged.emit(self.index(0), self.index(len(lines) - 1))

    @property
    def lines(self) -> Sequence[Line]:
        return self._lines

    def entries(self) -> list[int]:
        """Return the rows that can be taken."""
        return [row for row, line in enumerate(self._lines) if isinstance(line, Entry)]

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._lines)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        if isinstance(self._lines[index.row()], Heading):
            return Qt.ItemFlag.ItemIsEnabled
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        line = self._lines[index.row()]
        if role == LINE:
            return line
        spoken = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole)
        return _spoken(line) if role in spoken else None


def _spoken(line: Line) -> str:
    return line.spoken if isinstance(line, Entry) else f"{line.title} {line.count}".strip()


class LineDelegate(QStyledItemDelegate):
    """Paints headings and entries in columns that stay where they are while one types."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        heading = isinstance(index.data(LINE), Heading)
        return QSize(100, heading_height() if heading else row_height())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        view = option.widget
        line = index.data(LINE)
        where = QRectF(option.rect)
        painter.save()
        if isinstance(line, Heading):
            _paint_heading(painter, line, where)
        else:
            marked = isinstance(view, LineView) and view.currentIndex().row() == index.row()
            _paint_entry(painter, line, where, marked=marked)
        painter.restore()


def row_height() -> int:
    return look().px(tokens.size("row_palette"))


def heading_height() -> int:
    return look().px(HEADING_HEIGHT)


def _paint_heading(painter: QPainter, heading: Heading, where: QRectF) -> None:
    worn = look()
    bold, small = worn.font("small", bold=True), worn.font("small")
    room = where.adjusted(LEFT - 2, 4, -RIGHT, 0)
    end = paint_text(painter, heading.title, room, bold, worn.colour("text2"))
    room.setLeft(room.left() + end + 8)
    paint_text(painter, heading.count, room, small, worn.colour("text3"))
    if heading.link:
        paint_text(painter, heading.link, room, small, worn.colour("accent"), CENTRE_RIGHT)


def _paint_entry(painter: QPainter, entry: Entry, where: QRectF, *, marked: bool) -> None:
    worn = look()
    if marked:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(worn.colour("accentSoft"))
        painter.drawRoundedRect(where.adjusted(6, 1, -6, -1), 6, 6)
    edge = size_of("button")
    icon = QRectF(where.left() + LEFT, where.center().y() - edge / 2, edge, edge)
    paint_icon(painter, entry.icon, worn.colour("accent" if marked else "text2"), icon)
    room = where.adjusted(TEXT_LEFT, 0, -RIGHT, 0)
    keys = "Enter" if marked else entry.keys
    if keys:
        paint_keycap(painter, keys, room)
        room.setRight(room.right() - keycap_width(keys) - 10)
    room.setRight(room.right() - _paint_right(painter, entry.right, room))
    if entry.verb == "customer":
        _paint_customer(painter, entry, room)
    else:
        _paint_pieces(painter, entry, room)


def _paint_right(painter: QPainter, text: str, room: QRectF) -> float:
    if not text:
        return 0
    font = look().font("small")
    return paint_text(painter, text, room, font, look().colour("text2"), CENTRE_RIGHT) + 12


def _paint_customer(painter: QPainter, entry: Entry, room: QRectF) -> None:
    worn = look()
    name, pinyin = worn.px(NAME), worn.px(PINYIN)
    _paint_marked(painter, entry.title, _part(room, 0, name - 8), bold=True)
    _paint_marked(painter, entry.second, _part(room, name, pinyin - 10), role="text2")
    left = room.left() + name + pinyin
    if entry.tier:
        paint_tier(painter, entry.tier, entry.tier_word, left, room.center().y())
    room = QRectF(room)
    room.setLeft(left + _tier_column(entry))
    _paint_marked(painter, entry.place, room, role="text2", style="small")


def _tier_column(entry: Entry) -> float:
    """Return the width of the column of tiers; a longer word makes room for itself."""
    own = tier_width(entry.tier, entry.tier_word) if entry.tier else 0
    return max(float(look().px(74)), own + 14)


def _paint_pieces(painter: QPainter, entry: Entry, room: QRectF) -> None:
    end = _paint_marked(painter, entry.title, room)
    room = QRectF(room)
    room.setLeft(room.left() + end + 14)
    if room.width() > 30:
        _paint_marked(painter, entry.second, room, role="text2", style="small")


def _paint_marked(
    painter: QPainter,
    marked: Marked,
    room: QRectF,
    *,
    role: str = "text",
    style: str = "body",
    bold: bool = False,
) -> float:
    if not marked.text or room.width() <= 0:
        return 0
    worn = look()
    font, colour = worn.font(style, bold=bold), worn.colour(role)
    if marked.spans:
        return paint_highlighted(painter, marked.text, marked.spans, room, font, colour)
    return paint_text(painter, marked.text, room, font, colour, CENTRE_LEFT)


def _part(room: QRectF, left: float, width: float) -> QRectF:
    return QRectF(room.left() + left, room.top(), min(width, room.width() - left), room.height())


class LineView(QListView):
    """Shows the lines. The mouse marks and takes; keys come from the input beside it."""

    taken = Signal()  # the marked entry
    link_asked = Signal(str)  # the heading's group

    def __init__(self, model: LineModel) -> None:
        super().__init__()
        self._lines = model
        self.setModel(model)
        self.setItemDelegate(LineDelegate(self))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        slim(self)

    # --- the mark ---

    def marked(self) -> Entry | None:
        line = self.currentIndex().data(LINE)
        return line if isinstance(line, Entry) else None

    def mark(self, row: int) -> None:
        self.setCurrentIndex(self._lines.index(row))
        first = row == next(iter(self._lines.entries()), -1)
        self.scrollTo(self._lines.index(0 if first else row))
        self.viewport().update()

    def mark_first(self) -> None:
        rows = self._lines.entries()
        if rows:
            self.mark(rows[0])

    def step(self, by: int) -> None:
        """Mark the next entry, or the one before; from the last on to the first."""
        rows = self._lines.entries()
        if not rows:
            return
        here = self.currentIndex().row()
        place = rows.index(here) if here in rows else -1
        self.mark(rows[(place + by) % len(rows)])

    def page(self, by: int) -> None:
        """Mark an entry a screenful away, at most the first or the last."""
        rows = self._lines.entries()
        here = self.currentIndex().row()
        if here in rows:
            jump = max(1, self.viewport().height() // row_height() - 1)
            place = rows.index(here) + by * jump
            self.mark(rows[max(0, min(place, len(rows) - 1))])

    # --- the mouse ---

    def mousePressEvent(self, event: QMouseEvent) -> None:
        line = self._line_at(event)
        if isinstance(line, Entry):
            self.mark(self._row_at(event))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        line = self._line_at(event)
        if isinstance(line, Entry) and self._row_at(event) == self.currentIndex().row():
            self.taken.emit()
        elif isinstance(line, Heading) and line.link and self._on_link(event, line):
            self.link_asked.emit(line.group)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """The first click has taken it."""

    def _row_at(self, event: QMouseEvent) -> int:
        return self.indexAt(event.position().toPoint()).row()

    def _line_at(self, event: QMouseEvent) -> Line | None:
        found: Line | None = self.indexAt(event.position().toPoint()).data(LINE)
        return found

    def _on_link(self, event: QMouseEvent, heading: Heading) -> bool:
        where: QRect = self.visualRect(self.indexAt(event.position().toPoint()))
        width = width_of(heading.link, look().font("small")) + RIGHT + 12
        return event.position().x() >= where.right() - width

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.ApplicationFontChange:
            self.scheduleDelayedItemsLayout()
        super().changeEvent(event)
