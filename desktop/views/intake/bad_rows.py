"""The rows that are not taken: a painted list, and below it the box where one is mended."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QObject, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QBoxLayout, QWidget

from crm.domain.kind import Personal
from crm.domain.kinds import SCHEMA
from crm.domain.masking import mask
from desktop.services.customers import CUSTOMER
from desktop.services.mending import RowProblem
from desktop.views.intake import words
from desktop.views.intake.rows import (
    MARGIN,
    ROOT,
    Index,
    RowList,
    RowPainter,
    paint_line,
)
from desktop.views.language.translating import counted, sentences, translate
from desktop.views.parts.basics import Label, ShortLabel, Speaking, column, row, separator, surface
from desktop.views.parts.buttons import Button
from desktop.views.parts.clipboard import forget_copied
from desktop.views.parts.fields import LineField
from desktop.views.parts.reveal_reason import SHOWN_FOR_MS
from desktop.views.theme.look import look
from desktop.views.theme.painting import CENTRE_RIGHT, paint_text, width_of


class BadRows(QAbstractListModel):
    """The rows with problems as a list."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: Sequence[RowProblem] = ()

    def show(self, rows: Sequence[RowProblem]) -> None:
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def problem_at(self, number: int) -> RowProblem:
        return self._rows[number]

    def place_of(self, row: int) -> int:
        """Return where a row of the file stands in the list, -1 for nowhere."""
        return next((n for n, each in enumerate(self._rows) if each.row == row), -1)

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        if not index.isValid():
            return None
        problem = self._rows[index.row()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            text = translate("IntakeBadRows", "Row {row}, {customer}: {reasons}")
            named = _name(problem)
            return text.format(row=problem.row, customer=named, reasons=reasons(problem))
        if role == Qt.ItemDataRole.ToolTipRole:
            return reasons(problem)
        return _name(problem) if role == Qt.ItemDataRole.DisplayRole else None


def _name(problem: RowProblem) -> str:
    return problem.customer or translate("IntakeBadRows", "(no name)")


def reasons(problem: RowProblem) -> str:
    """Return what is wrong and what to do, a reason a line."""
    return "\n".join(sentences(each.what, each.remedy) for each in problem.reasons)


class BadRowPainter(RowPainter):
    """Paints row number, name and first reason."""

    height_px = 52

    def paint_row(self, painter: QPainter, rect: QRect, index: Index) -> None:
        model = index.model()
        if not isinstance(model, BadRows):
            return
        problem, worn = model.problem_at(index.row()), look()
        half, left = rect.height() / 2, rect.left() + MARGIN + 40 * worn.text_size
        room = rect.right() - MARGIN - left
        first = QRectF(left, rect.top() + 5, room, half - 5)
        second = QRectF(left, rect.top() + half, room, half - 6)
        number = QRectF(rect.left() + MARGIN, first.top(), left - MARGIN, first.height())
        small = worn.font("small")
        paint_text(painter, str(problem.row), number, small, worn.colour("text2"))
        word = self._word(problem)
        paint_text(painter, word, first, small, worn.colour("accent"), CENTRE_RIGHT)
        name = first.adjusted(0, 0, -width_of(word, small) - 8, 0)
        tone = worn.colour("text" if problem.customer else "text2")
        paint_text(painter, _name(problem), name, worn.font("strong"), tone)
        what = problem.reasons[0].what if problem.reasons else ""
        paint_text(painter, what, second, small, worn.colour("danger"))
        paint_line(painter, rect)

    def _word(self, problem: RowProblem) -> str:
        if not problem.repair_field:
            return translate("IntakeBadRows", "Look")
        filled = bool(problem.value)
        return (
            translate("IntakeBadRows", "Correct")
            if filled
            else translate("IntakeBadRows", "Fill in")
        )


class RepairBox(Speaking):
    """Says what is wrong with one row, and takes what the person types instead.

    Phone and identity number stand masked until they are asked for (`reveal_asked`; who hears it
    calls `reveal` once it stands in the access log), and for sixty seconds.
    """

    reveal_asked = Signal(str)  # field
    repair_asked = Signal(int, str, str)  # row, field, text

    def __init__(self, shown_for_ms: int = SHOWN_FOR_MS) -> None:
        super().__init__()
        self._problem: RowProblem | None = None
        self._shown = ""  # what is, or was last, shown in clear
        self._title = ShortLabel("", "strong")
        self._reasons = Label("", "small", tone="danger", wrap=True)
        self._no_repair = Label("", "small", tone="text2", wrap=True)
        self.field = LineField()
        self.field.entered.connect(self._confirm)
        self.show_button = Button(kind="link", icon_name="eye")
        self.show_button.clicked.connect(self._ask_reveal)
        self.confirm = Button(kind="soft")
        self.confirm.clicked.connect(self._confirm)
        self._timer = QTimer(self, singleShot=True, interval=shown_for_ms)
        self._timer.timeout.connect(self._time_is_up)
        self._buttons = QWidget()
        self._buttons.setLayout(row(self.show_button, None, self.confirm))
        pieces = (self._title, self._reasons, self._no_repair, self.field, self._buttons)
        inside = column(*pieces, spacing=4, margins=(16, 8, 16, 8))
        self._edge = separator()
        self.setLayout(column(self._edge, inside, None, spacing=0))
        self.retranslate()
        self.tell(None)

    def retranslate(self) -> None:
        self.show_button.setText(self.tr("Show"))
        self.confirm.setText(self.tr("Confirm"))
        self._no_repair.setText(
            self.tr("This row is mended in the file: save these rows as a table, and import it.")
        )
        self.tell(self._problem)

    def show_edge(self, shown: bool) -> None:
        self._edge.setVisible(shown)

    def tell(self, problem: RowProblem | None) -> None:
        """Show a row, or nothing."""
        same = self._problem is not None and problem is not None
        same = same and self._problem.row == problem.row  # type: ignore[union-attr]
        self._problem = problem
        self.setVisible(problem is not None)
        if problem is None:
            self.forget()
            return
        title = self.tr("Row {row}").format(row=problem.row)
        self._title.setText(words.dotted(title, _name(problem)))
        self._reasons.setText(reasons(problem))
        can = bool(problem.repair_field)
        for widget in (self.field, self._buttons):
            widget.setVisible(can)
        self._no_repair.setVisible(not can)
        if can:
            self.field.set_label(words.field_name(problem.repair_field))
            if not same or problem.value != self.field.text():
                self.hide_value()

    def _time_is_up(self) -> None:
        """Mask what stands in the file again; what the person has typed instead is not lost."""
        if self._problem is not None and self.field.text() == self._problem.value:
            self.hide_value()

    def hide_value(self) -> None:
        """Put what stands in the file into the box, masked where it identifies somebody."""
        self._take_back()
        problem = self._problem
        if problem is None:
            return
        secret = self._is_secret(problem)
        shown = mask(SCHEMA[CUSTOMER].by_name[problem.repair_field], problem.value)
        self.field.line.setPlaceholderText(shown if secret else "")
        self.field.set_text("" if secret else problem.value)
        self.show_button.setVisible(secret and bool(problem.value))

    def forget(self) -> None:
        self._take_back()
        self.field.set_text("")
        self.field.line.setPlaceholderText("")

    def focus(self) -> None:
        (self.field if self.field.isVisible() else self).setFocus()
        if self.field.isVisible():
            self.field.focus()

    def _is_secret(self, problem: RowProblem) -> bool:
        spec = SCHEMA[CUSTOMER].by_name.get(problem.repair_field)
        return spec is not None and spec.personal is Personal.MASKED

    def _take_back(self) -> None:
        """What was shown is not shown any more, in the clipboard neither."""
        if self._timer.isActive():
            forget_copied((self._shown,))
        self._timer.stop()

    def _ask_reveal(self) -> None:
        if self._problem is not None:
            self.reveal_asked.emit(self._problem.repair_field)

    @property
    def shown_row(self) -> int:
        """The row of the file that is shown, -1 for none."""
        return self._problem.row if self._problem is not None else -1

    def reveal(self, for_ms: int | None = None) -> None:
        """Show what stands in the file, to be read and changed."""
        if self._problem is not None:
            self._shown = self._problem.value
            self.field.set_text(self._problem.value)
            self.show_button.hide()
            self._timer.start(self._timer.interval() if for_ms is None else for_ms)
            self.field.focus()

    def _confirm(self) -> None:
        if self._problem is not None and self.field.text().strip():
            self._take_back()
            asked = (self._problem.row, self._problem.repair_field, self.field.text().strip())
            self.repair_asked.emit(*asked)


class BadPane(Speaking):
    """Heading with the count, the list, the box."""

    repair_asked = Signal(int, str, str)
    table_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._count = 0
        self._title = Label("", "heading")
        self.table_button = Button(kind="link")
        self.table_button.clicked.connect(self.table_asked)
        self.rows = BadRows(self)
        self.list = RowList()
        self.list.setModel(self.rows)
        self.list.paint_by(BadRowPainter(self.list))
        self.list.selectionModel().currentChanged.connect(self._selected)
        self.box = RepairBox()
        self.list.activated.connect(lambda _: self.box.focus())
        self.box.repair_asked.connect(self.repair_asked)
        head = row(self._title, None, self.table_button, margins=(16, 10, 10, 4))
        rows = QWidget()
        side = column(head, self.list, spacing=0)
        side.setStretch(1, 1)
        rows.setLayout(side)
        self._inside = column(rows, self.box, spacing=0, margins=(1, 0, 1, 1))
        self._inside.setStretch(0, 1)
        self.setLayout(column(surface("card", self._inside)))
        self.retranslate()

    def retranslate(self) -> None:
        self._title.setText(
            counted(self._count, self.tr("{n} row left out"), self.tr("{n} rows left out"))
        )
        self.table_button.setText(self.tr("Save as table"))
        self.list.setAccessibleName(self._title.text())

    def show_rows(self, rows: Sequence[RowProblem]) -> None:
        """Show the rows; the one that was selected, or the one in its place, stays so."""
        before = self.list.currentIndex().row()
        chosen = self.rows.problem_at(before).row if before >= 0 else -1
        self._count = len(rows)
        self.rows.show(rows)
        self.retranslate()
        self.table_button.setVisible(bool(rows))
        place = self.rows.place_of(chosen)
        if before >= 0 and rows:
            kept = place if place >= 0 else min(before, len(rows) - 1)
            self.list.setCurrentIndex(self.rows.index(kept))
        else:
            self.box.tell(None)

    def lay_beside(self, beside: bool) -> None:
        """Put the box at the right of the list, where there is more width than height."""
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._inside.setDirection(across if beside else down)
        self._inside.setStretch(1, 1 if beside else 0)
        self.box.show_edge(not beside)

    def _selected(self, current: Index) -> None:
        self.box.tell(self.rows.problem_at(current.row()) if current.isValid() else None)
