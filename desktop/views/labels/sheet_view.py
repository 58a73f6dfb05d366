"""A label sheet to look at and to mark: click, drag, arrows, Space. Painted; it decides nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from desktop.services.labelling import FREE, PlannedCell, SheetShape
from desktop.views.labels.paper import (
    cell_at,
    cell_rect,
    paint_cells,
    paint_cursor,
    paint_paper,
    paint_selection,
    paper_in,
)
from desktop.views.theme.look import look

MARGIN = 18
LEAST_HEIGHT = 420  # below it the words of a state would not fit into a cell


class SheetView(QWidget):
    """One sheet. Passive: `show_sheet` fills it, `marked` tells what was pressed."""

    marked = Signal(list)  # cells of one click, drag or Space
    start_asked = Signal(int)
    cursor_moved = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._shape: SheetShape | None = None
        self._cells: Sequence[PlannedCell] = ()
        self._words: Mapping[str, str] = {}
        self._place = "{row} {column} {state}"
        self._cursor = 1
        self._drag: tuple[int, list[int]] | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumHeight(LEAST_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_words(self, words: Mapping[str, str], place: str) -> None:
        """Set the words of states, and the sentence that names a cell: {row} {column} {state}."""
        self._words, self._place = words, place
        self._tell_cursor()
        self.update()

    def show_sheet(self, shape: SheetShape, cells: Sequence[PlannedCell]) -> None:
        self._shape, self._cells = shape, cells
        self._cursor = min(self._cursor, len(shape.cells))
        self._tell_cursor()
        self.update()

    def clear(self) -> None:
        self._cells = ()
        self.setAccessibleName("")
        self.update()

    @property
    def cursor_cell(self) -> int:
        return self._cursor

    def cell_centre(self, cell: int) -> QPointF:
        """Return the middle of a cell in this widget's pixels."""
        return cell_rect(self._shape_or_fail(), cell, self._paper()).center()

    def sizeHint(self) -> QSize:
        return QSize(420, 560)

    def _shape_or_fail(self) -> SheetShape:
        if self._shape is None:
            raise LookupError("no sheet is shown")
        return self._shape

    def _paper(self) -> QRectF:
        room = QRectF(self.rect()).adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        return paper_in(self._shape_or_fail(), room)

    def _state_words(self, cell: PlannedCell) -> str:
        """Say what a cell is; of a label, its words."""
        if cell.lines:
            said = ", ".join(line.text for line in cell.lines)
        else:
            said = self._words.get(cell.state, "")
        return f"{self._words.get('start', '')}, {said}" if cell.start else said

    def cell_words(self, cell: int) -> str:
        """Return place and state of a cell as a screen reader says them."""
        row, column = divmod(cell - 1, self._shape_or_fail().columns)
        state = self._state_words(self._cells[cell - 1]) if self._cells else ""
        return self._place.format(row=row + 1, column=column + 1, state=state)

    def _tell_cursor(self) -> None:
        if self._shape is not None:
            self.setAccessibleName(self.cell_words(self._cursor))

    # --- keys ---

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._shape is None:
            super().keyPressEvent(event)
            return
        key = event.key()
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if plain and key in _STEPS:
            self._go(self._stepped(*_STEPS[Qt.Key(key)]))
        elif plain and key == Qt.Key.Key_Home:
            self._go(1)
        elif plain and key == Qt.Key.Key_End:
            self._go(len(self._shape.cells))
        elif plain and key == Qt.Key.Key_Space:
            self.marked.emit([self._cursor])
        elif plain and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.start_asked.emit(self._cursor)
        else:
            super().keyPressEvent(event)

    def _stepped(self, down: int, right: int) -> int:
        shape = self._shape_or_fail()
        row, column = divmod(self._cursor - 1, shape.columns)
        row = min(max(0, row + down), shape.rows - 1)
        column = min(max(0, column + right), shape.columns - 1)
        return row * shape.columns + column + 1

    def _go(self, cell: int) -> None:
        self._cursor = cell
        self._tell_cursor()
        self.cursor_moved.emit(cell)
        self.update()

    # --- mouse ---

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and (cell := self._under(event)):
            self._go(cell)
            self._drag = (cell, [cell])

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        cell = self._under(event)
        if self._drag is not None and cell:
            self._drag = (self._drag[0], self._between(self._drag[0], cell))
            self.update()
        elif cell:
            QToolTip.showText(event.globalPosition().toPoint(), self.cell_words(cell), self)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._drag is not None and event.button() == Qt.MouseButton.LeftButton:
            cells, self._drag = self._drag[1], None
            self.update()
            self.marked.emit(cells)

    def _under(self, event: QMouseEvent) -> int:
        if self._shape is None:
            return 0
        return cell_at(self._shape, self._paper(), event.position())

    def _between(self, first: int, last: int) -> list[int]:
        """Return the rectangle of cells that a drag spans."""
        columns = self._shape_or_fail().columns
        (row_a, column_a), (row_b, column_b) = divmod(first - 1, columns), divmod(last - 1, columns)
        return [
            row * columns + column + 1
            for row in range(min(row_a, row_b), max(row_a, row_b) + 1)
            for column in range(min(column_a, column_b), max(column_a, column_b) + 1)
        ]

    # --- painting ---

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), look().colour("sunken"))
        if self._shape is not None:
            self._paint_sheet(painter, self._shape, self._paper())
        painter.end()

    def _paint_sheet(self, painter: QPainter, shape: SheetShape, paper: QRectF) -> None:
        paint_paper(painter, paper)
        paint_cells(painter, shape, self._cells, paper, self._words)
        if self._drag is not None:
            paint_selection(painter, shape, self._drag[1], paper)
        if self.hasFocus():
            paint_cursor(painter, shape, self._cursor, paper)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        self.update()


_STEPS = {
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
}


def unplanned(shape: SheetShape) -> tuple[PlannedCell, ...]:
    """Return a sheet on which nothing stands yet."""
    return tuple(PlannedCell(cell=c, state=FREE) for c in range(1, len(shape.cells) + 1))
