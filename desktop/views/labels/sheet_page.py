"""Step 2: which sheet, where on it, how many, in what order; with a label at its real size."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QWidget

from desktop.services.labelling import (
    BAD,
    FREE,
    KEPT,
    LABEL,
    ORDERS,
    USED,
    LabelPlan,
    PlannedCell,
    PlannedSheet,
    SheetShape,
)
from desktop.views.labels.order import START, Order
from desktop.views.labels.pictures import OneLabel
from desktop.views.labels.rows import SheetLine, SheetStrip
from desktop.views.labels.sheet_view import SheetView, unplanned
from desktop.views.language.switching import language_choices
from desktop.views.language.translating import counted, current_language
from desktop.views.parts.basics import Label, Speaking, column, row, scrolling, separator, surface
from desktop.views.parts.buttons import Button, IconButton
from desktop.views.parts.fields import ChoiceField, SegmentField
from desktop.views.parts.notices import Banner
from desktop.views.theme.look import look

COPIES = (1, 2, 3, 4, 5, 6, 8, 10, 12, 20, 24, 50, 99)
SIDE, SIDE_COMPACT, SIDE_WIDE, SIDE_MOST = 340, 300, 680, 720


class SheetPage(Speaking):
    """Passive: shows a plan, tells what was set and which cells were pressed."""

    sheet_chosen = Signal(str)
    set_otherwise = Signal(dict)  # of Order: copies, order, one_per_address, language
    pressed = Signal(list, str)  # cells of the first sheet, how: used, bad, start
    fresh_asked = Signal()  # a new sheet is put in: no marks
    rest_asked = Signal()  # the part-used sheet again

    def __init__(self) -> None:
        super().__init__()
        self._shapes: Sequence[SheetShape] = ()
        self._shape: SheetShape | None = None
        self._order = Order()
        self._plan: LabelPlan | None = None
        self._sheet = 0  # the sheet that is shown, from 0
        self.view, self.one, self.strip = SheetView(), OneLabel(), SheetStrip()
        self.previous, self.next = IconButton("caret-left"), IconButton("caret-right")
        self._which, self._hint = Label(), Label("", "small", tone="text3")
        self.mode = SegmentField((USED, BAD, START))
        self.fresh = Button(kind="plain", icon_name="file")
        self.rest = Button(kind="link")
        self.sheet, self.row_field, self.column_field = ChoiceField(), ChoiceField(), ChoiceField()
        self.copies, self.order, self.households = ChoiceField(), ChoiceField(), ChoiceField()
        self.language = ChoiceField()
        self._problem = Banner("danger", "warning-circle-fill")
        self._real, self._real_mm = Label("", "heading"), Label("", "small", tone="text3")
        self._real_note = Label("", "caption", tone="text3", wrap=True)
        self._sheets, self._left = Label("", "heading"), Label("", "small", tone="text3")
        self._remembers = Label("", "caption", tone="text3", wrap=True)
        self._lay_out()
        self._connect()
        self.retranslate()

    # --- layout ---

    def _lay_out(self) -> None:
        bar = row(self.previous, self._which, self.next, 8, self._hint, None, self.fresh)
        bar.setContentsMargins(16, 8, 16, 8)
        self._area = scrolling(self.view)
        self._area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        left = column(surface("pane", bar), separator(), self._problem, self._area, spacing=0)
        left.setStretch(3, 1)
        self._problem.hide()
        self._sides = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._sides.setContentsMargins(20, 14, 20, 14)
        self._sides.setSpacing(16)
        self._sides.addWidget(self._settings(), 1, Qt.AlignmentFlag.AlignTop)
        self._sides.addWidget(self._results(), 1)
        inside = QWidget()
        inside.setLayout(self._sides)
        self._side = surface("pane", column(scrolling(inside)))
        layout = row(separator(upright=True), self._side, spacing=0)
        whole = row(left, layout, spacing=0)
        whole.setStretch(0, 1)
        self.setLayout(whole)

    def _settings(self) -> QWidget:
        holder = QWidget()
        place = row(self.row_field, self.column_field, spacing=12)
        many = row(self.copies, self.order, spacing=12)
        more = row(self.households, self.language, spacing=12)
        for pair in (place, many, more):
            pair.setStretch(0, 1)
            pair.setStretch(1, 1)
        pieces = (self.sheet, self.mode, place, self._remembers, row(self.rest, None))
        holder.setLayout(column(*pieces, separator(), many, more, spacing=10))
        return holder

    def _results(self) -> QWidget:
        holder = QWidget()
        real = row(self._real, None, self._real_mm)
        sheets = row(self._sheets, None, self._left)
        self.strip.setMinimumHeight(130)
        layout = column(
            real, row(self.one, None), self._real_note, 4, sheets, self.strip, spacing=8
        )
        layout.setStretch(5, 1)
        holder.setLayout(layout)
        return holder

    def fit(self, *, compact: bool, wide: bool) -> None:
        directions = QBoxLayout.Direction
        self._sides.setDirection(directions.LeftToRight if wide else directions.TopToBottom)
        side = SIDE_WIDE if wide else SIDE_COMPACT if compact else SIDE
        self._side.setFixedWidth(min(look().px(side), SIDE_MOST))
        self._hint.setVisible(not compact)

    def _connect(self) -> None:
        self.view.marked.connect(lambda cells: self._press(cells, self.mode.text()))
        self.view.start_asked.connect(lambda cell: self._press([cell], START))
        self.view.cursor_moved.connect(self._cursor_moved)
        self.previous.clicked.connect(lambda: self.show_number(self._sheet - 1))
        self.next.clicked.connect(lambda: self.show_number(self._sheet + 1))
        self.strip.current_row.connect(self.show_number)
        self.fresh.clicked.connect(self.fresh_asked)
        self.rest.clicked.connect(self.rest_asked)
        self.sheet.edited.connect(lambda: self.sheet_chosen.emit(self.sheet.text()))
        for field in (self.row_field, self.column_field):
            field.edited.connect(self._place_picked)
        for field in (self.copies, self.order, self.households, self.language):
            field.edited.connect(self._set)

    def _press(self, cells: list[int], how: str) -> None:
        if self._sheet == 0:
            self.pressed.emit([cells[-1]] if how == START else cells, how)

    def _place_picked(self) -> None:
        if self._shape is not None:
            row_, column_ = int(self.row_field.text() or 1), int(self.column_field.text() or 1)
            self.pressed.emit([(row_ - 1) * self._shape.columns + column_], START)

    def _set(self) -> None:
        self.set_otherwise.emit(
            {
                "copies": int(self.copies.text() or 1),
                "order": self.order.text(),
                "one_per_address": self.households.text() == "one",
                "language": self.language.text(),
            }
        )

    # --- words ---

    def retranslate(self) -> None:
        self.previous.set_name(self.tr("Previous sheet"))
        self.next.set_name(self.tr("Next sheet"))
        self._hint.setText(self.tr("Click a label to change its mark"))
        self.fresh.setText(self.tr("New sheet"))
        self.fresh.setToolTip(self.tr("Put in a sheet of which nothing is used: clears all marks"))
        self.mode.set_label(self.tr("A click marks a label as"))
        self.mode.set_texts([self.tr("Used"), self.tr("Damaged"), self.tr("Start")])
        self.sheet.set_label(self.tr("Label sheet"))
        self.row_field.set_label(self.tr("From row"))
        self.column_field.set_label(self.tr("Column"))
        self.copies.set_label(self.tr("Labels for each"))
        self.order.set_label(self.tr("Order"))
        self.households.set_label(self.tr("Same address"))
        self.language.set_label(self.tr("Labels in"))
        self._remembers.setText(self.tr("Where a run ends is remembered for the next one."))
        self._real.setText(self.tr("Real size"))
        self.strip.setAccessibleName(self.tr("Sheets of this run"))
        self.view.set_words(self._state_words(), self.tr("Row {row}, column {column}: {state}"))
        if not self.mode.text():
            self.mode.set_text(USED)
        self._fill_choices()
        self._fill_sheets()
        self._draw()

    def _state_words(self) -> dict[str, str]:
        return {
            USED: self.tr("Used"),
            BAD: self.tr("Damaged"),
            KEPT: self.tr("Kept"),
            FREE: self.tr("free"),
            LABEL: "",
            START: self.tr("Start"),
        }

    def _fill_choices(self) -> None:
        names = {
            "postcode": self.tr("by postcode"),
            "address": self.tr("by address"),
            "name": self.tr("by name"),
        }
        self.copies.fill([(str(number), str(number)) for number in COPIES])
        self.order.fill([(key, names[key]) for key in ORDERS])
        each, one = self.tr("a label for each"), self.tr("one label")
        self.households.fill([("each", each), ("one", one)])
        self.language.fill([pair for pair in language_choices() if pair[0] != "auto"])

    def show_shapes(self, shapes: Sequence[SheetShape]) -> None:
        self._shapes = shapes
        self._fill_sheets()

    def _fill_sheets(self) -> None:
        language = current_language()
        self.sheet.fill([(s.id, s.title.get(language, s.id)) for s in self._shapes])
        self.sheet.set_text(self._order.sheet)

    # --- what is shown ---

    def show_order(self, order: Order, shape: SheetShape, rest: int) -> None:
        """Show what is set. `rest`: free labels of the part-used sheet, 0 where there is none."""
        new_shape = self._shape is None or shape.id != self._shape.id
        self._order, self._shape = order, shape
        self.sheet.set_text(order.sheet)
        if new_shape:
            self._plan = None
            self.row_field.fill([(str(n), str(n)) for n in range(1, shape.rows + 1)])
            self.column_field.fill([(str(n), str(n)) for n in range(1, shape.columns + 1)])
        row_, column_ = divmod(order.first_cell - 1, shape.columns)
        self.row_field.set_text(str(row_ + 1))
        self.column_field.set_text(str(column_ + 1))
        self.copies.set_text(str(order.copies))
        self.order.set_text(order.order)
        self.households.set_text("one" if order.one_per_address else "each")
        self.language.set_text(order.language)
        self.fresh.setVisible(order.part_used)
        self.rest.setVisible(rest > 0 and not order.part_used)
        one = self.tr("Go on with the part-used sheet, {n} label left")
        many = self.tr("Go on with the part-used sheet, {n} labels left")
        self.rest.setText(counted(rest, one, many))
        self._draw()

    def show_plan(self, plan: LabelPlan) -> None:
        self._plan = plan
        self._problem.hide()
        self._sheet = min(self._sheet, len(plan.sheets) - 1)
        self._draw()

    def show_problem(self, sentence: str) -> None:
        """Say why the run cannot be laid out like this."""
        self._problem.tell(sentence)
        self._problem.show()

    def clear(self) -> None:
        self._plan = None
        self.view.clear()
        self.one.clear()
        self.strip.show_rows([])

    def show_number(self, number: int) -> None:
        """Show sheet `number`, from 0."""
        count = len(self._plan.sheets) if self._plan else 1
        if number != self._sheet and 0 <= number < count:
            self._sheet = number
            self._draw_sheet()
            self.strip.go_to(number)

    def _draw(self) -> None:
        if self._shape is None:
            return
        self._draw_strip()
        self._draw_sheet()

    def _draw_sheet(self) -> None:
        if self._shape is None:
            return
        count = len(self._plan.sheets) if self._plan else 1
        which = self.tr("Sheet {n} of {count}").format(n=self._sheet + 1, count=count)
        self._which.setText(which)
        self.previous.setEnabled(self._sheet > 0)
        self.next.setEnabled(self._sheet + 1 < count)
        cells = self._cells(self._shape)
        self.view.show_sheet(self._shape, cells)
        self._draw_one(self._shape, cells)

    def _cells(self, shape: SheetShape) -> tuple[PlannedCell, ...]:
        """Return the sheet's cells; marks show at once, before the plan that heeds them comes."""
        fits = self._plan and len(self._plan.sheets[0].cells) == len(shape.cells)
        if self._plan is None or not fits:
            return tuple(map(self._marked, unplanned(shape)))
        cells = self._plan.sheets[self._sheet].cells
        return tuple(map(self._marked, cells)) if self._sheet == 0 else cells

    def _marked(self, cell: PlannedCell) -> PlannedCell:
        state = (
            USED if cell.cell in self._order.used else BAD if cell.cell in self._order.bad else ""
        )
        if state and cell.state != state:
            return PlannedCell(cell=cell.cell, state=state)
        return cell

    def _draw_one(self, shape: SheetShape, cells: Sequence[PlannedCell]) -> None:
        chosen = cells[self.view.cursor_cell - 1]
        if not chosen.lines:
            chosen = next((cell for cell in cells if cell.lines), chosen)
        box = shape.cells[chosen.cell - 1]
        self.one.show_label(box, chosen.lines)
        self.one.setAccessibleName(", ".join(line.text for line in chosen.lines))
        size = self.tr("{width} × {height} mm")
        self._real_mm.setText(size.format(width=f"{box.width_mm:g}", height=f"{box.height_mm:g}"))
        note = self.tr("This screen does not tell its size; the picture may be larger or smaller.")
        self._real_note.setText("" if self.one.told() else note)
        self._real_note.setVisible(not self.one.told())

    def _cursor_moved(self, cell: int) -> None:
        if self._shape is not None:
            self._draw_one(self._shape, self._cells(self._shape))
            at = self.view.cell_centre(cell).toPoint()
            self._area.ensureVisible(at.x(), at.y(), 40, 60)

    def _draw_strip(self) -> None:
        if self._plan is None or self._shape is None:
            self.strip.show_rows([])
            return
        sheets, shape = self._plan.sheets, self._shape
        self.strip.show_rows([self._sheet_line(sheet, shape) for sheet in sheets])
        self.strip.go_to(self._sheet)
        self._sheets.setText(counted(len(sheets), self.tr("{n} sheet"), self.tr("{n} sheets")))
        left = sum(cell.state == FREE for cell in sheets[-1].cells)
        one, many = self.tr("{n} label left on the last"), self.tr("{n} labels left on the last")
        self._left.setText(counted(left, one, many))

    def _sheet_line(self, sheet: PlannedSheet, shape: SheetShape) -> SheetLine:
        below = counted(sheet.labels, self.tr("{n} label"), self.tr("{n} labels"))
        which = self.tr("Sheet {n} of {count}")
        count = len(self._plan.sheets) if self._plan else 1
        spoken = f"{which.format(n=sheet.number, count=count)}: {below}"
        return SheetLine(sheet=sheet, shape=shape, below=below, spoken=spoken)
