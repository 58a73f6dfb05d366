"""The table of headings: first values, target, and why we believe it. A target is picked in place.

Rows are painted; the one picker that exists is the one that is open.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractListModel,
    QEvent,
    QObject,
    QRect,
    QRectF,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

from desktop.services.mapping import Column
from desktop.views.intake import words
from desktop.views.intake.rows import (
    MARGIN,
    ROOT,
    Index,
    RowList,
    RowPainter,
    Spot,
    cell,
    paint_line,
)
from desktop.views.language.translating import translate
from desktop.views.parts.fields import Picker
from desktop.views.theme import tokens
from desktop.views.theme.icons import paint_icon
from desktop.views.theme.look import look
from desktop.views.theme.painting import CENTRE_RIGHT, paint_text, width_of

OPENING = (Qt.Key.Key_Space, Qt.Key.Key_F2, Qt.Key.Key_Return, Qt.Key.Key_Enter)


def places(width: float) -> tuple[Spot, ...]:
    """Return where heading, first values, target and reason stand in a row."""
    room = width - 2 * MARGIN
    heading, target = 0.17 * room, min(220.0, max(160.0, 0.24 * room))
    values = 0.25 * room
    left = MARGIN + heading
    picked = left + values + 24
    why = picked + target + 16
    return (
        (MARGIN, heading - 12),
        (left, values - 8),
        (picked, target),
        (why, width - MARGIN - why),
    )


class Columns(QAbstractListModel):
    """The columns of a file as rows of a list."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._columns: Sequence[Column] = ()

    def show(self, columns: Sequence[Column]) -> None:
        same = [c.heading for c in columns] == [c.heading for c in self._columns]
        if not same:
            self.beginResetModel()
        self._columns = columns
        if not same:
            self.endResetModel()
        elif columns:
            self.dataChanged.emit(self.index(0), self.index(len(columns) - 1))

    def column_at(self, number: int) -> Column:
        return self._columns[number]

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._columns)

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        if not index.isValid():
            return None
        column = self._columns[index.row()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return _spoken(column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{column.heading}\n{_values(column)}\n{words.why(column)}"
        return column.heading if role == Qt.ItemDataRole.DisplayRole else None


def target_words(target: str) -> str:
    return words.field_name(target) if target else translate("IntakeMapping", "Leave out")


def _values(column: Column) -> str:
    return words.listed(column.examples) or translate("IntakeMapping", "(all empty)")


def _spoken(column: Column) -> str:
    text = translate("IntakeMapping", "{heading}: {values}; goes to {target}; {why}")
    spoken = text.format(
        heading=column.heading,
        values=_values(column),
        target=target_words(column.target),
        why=words.why(column),
    )
    if column.needs_look:
        return translate("IntakeMapping", "Please look: {text}").format(text=spoken)
    return spoken


class MappingList(RowList):
    """The headings. `picked` tells where the person sends one ("" leaves it out)."""

    picked = Signal(str, str)  # heading, field

    def __init__(self) -> None:
        super().__init__()
        self.columns = Columns(self)
        self.painter = MappingPainter(self)
        self.painter.picked.connect(self.picked)
        self.setModel(self.columns)
        self.paint_by(self.painter)

    def offer(self, targets: Sequence[str]) -> None:
        self.painter.targets = targets

    def open_picker(self, index: Index) -> None:
        """Open the picker of a row."""
        self.setCurrentIndex(self.columns.index(index.row()))
        self.edit(self.currentIndex())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        down = event.key() == Qt.Key.Key_Down
        alt = event.modifiers() == Qt.KeyboardModifier.AltModifier
        opening = event.key() in OPENING and not event.modifiers()
        if (opening or (down and alt)) and self.currentIndex().isValid():
            self.ring = True
            self.open_picker(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if event.button() != Qt.MouseButton.LeftButton or not index.isValid():
            return
        column, rect = self.columns.column_at(index.row()), self.visualRect(index)
        if cell(rect, places(rect.width())[2]).contains(event.position()):
            self.open_picker(index)
        elif offers_link(column, rect) and confirm_spot(rect).contains(event.position()):
            self.picked.emit(column.heading, column.target)


def confirm_spot(rect: QRect) -> QRectF:
    """Return where the link stands that says that a doubtful target is right."""
    width = width_of(_right_words(), look().font("small")) + 16
    return QRectF(rect.right() - MARGIN - width, rect.top(), width, rect.height())


def offers_link(column: Column, rect: QRect) -> bool:
    """Tell whether that link stands there: not where it would take the room of the reason."""
    if not column.needs_look:
        return False
    start = rect.left() + places(rect.width())[3][0] + 22
    needed = width_of(words.why(column), look().font("small"))
    return start + needed <= confirm_spot(rect).left()


def _right_words() -> str:
    return translate("IntakeMapping", "That is right")


class MappingPainter(RowPainter):
    """Paints a heading's row and makes its picker."""

    picked = Signal(str, str)
    height_px = 48

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.height_px = tokens.size("row_mapping")
        self.targets: Sequence[str] = ()

    # --- painting ---

    def paint_row(self, painter: QPainter, rect: QRect, index: Index) -> None:
        model = index.model()
        if not isinstance(model, Columns):
            return
        column, worn = model.column_at(index.row()), look()
        heading, values, target, why = places(rect.width())
        used = bool(column.target)
        font = worn.font("strong" if used else "body")
        tone = worn.colour("text" if used else "text2")
        paint_text(painter, column.heading, cell(rect, heading), font, tone)
        quiet = worn.colour("text2")
        paint_text(painter, _values(column), cell(rect, values), worn.font("small"), quiet)
        middle = rect.center().y() + 0.5
        arrow = QRectF(rect.left() + target[0] - 24, middle - 7, 14, 14)
        paint_icon(painter, "arrow-right", quiet, arrow)
        _paint_box(painter, cell(rect, target), target_words(column.target), used)
        _paint_why(painter, column, rect, cell(rect, why))
        paint_line(painter, rect)

    # --- picking ---

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        picker = Picker()
        picker.setParent(parent)
        picker.setProperty("small", "true")
        picker.fill([(target, target_words(target)) for target in self.targets])
        name = translate("IntakeMapping", "Where does {heading} go?")
        picker.setAccessibleName(name.format(heading=index.data()))
        picker.activated.connect(lambda _: self._pick(picker, str(index.data())))
        QTimer.singleShot(0, picker, picker.showPopup)
        return picker

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        model = index.model()
        if isinstance(editor, Picker) and isinstance(model, Columns):
            editor.choose(model.column_at(index.row()).target)

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        """Leave the model alone: what is picked goes to the presenter."""

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        rect: QRect = option.rect
        editor.setGeometry(_box(cell(rect, places(rect.width())[2])).toAlignedRect())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut and isinstance(watched, Picker):
            return False  # its own list takes the focus; leaving it is no choice
        return bool(super().eventFilter(watched, event))

    def _pick(self, picker: Picker, heading: str) -> None:
        key = picker.key()
        self.closeEditor.emit(picker)
        self.picked.emit(heading, key)


def _box(where: QRectF) -> QRectF:
    height = look().px(tokens.size("control_small")) + 2
    return QRectF(where.left(), where.center().y() - height / 2, where.width(), height)


def _paint_box(painter: QPainter, where: QRectF, text: str, used: bool) -> None:
    """Draw what looks like a closed picker."""
    worn, box = look(), _box(where)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(worn.colour("lineStrong"), 1))
    painter.setBrush(worn.colour("surface" if used else "sunken"))
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
    painter.restore()
    tone = worn.colour("text" if used else "text2")
    paint_text(painter, text, box.adjusted(10, 0, -28, 0), worn.font(), tone)
    caret = QRectF(box.right() - 25, box.center().y() - 8, 16, 16)
    paint_icon(painter, "caret-down", worn.colour("text2"), caret)


def _paint_why(painter: QPainter, column: Column, rect: QRect, where: QRectF) -> None:
    worn = look()
    icon, role = _sign(column)
    box = QRectF(where.left(), where.center().y() - 8, 16, 16)
    paint_icon(painter, icon, worn.colour("accent" if role == "text2" else role), box)
    room = where.adjusted(22, 0, 0, 0)
    if offers_link(column, rect):
        link = confirm_spot(rect)
        room.setRight(link.left())
        paint_text(
            painter,
            _right_words(),
            link.adjusted(0, 0, -2, 0),
            worn.font("small"),
            worn.colour("accent"),
            CENTRE_RIGHT,
        )
    paint_text(painter, words.why(column), room, worn.font("small"), worn.colour(role))


def _sign(column: Column) -> tuple[str, str]:
    if column.needs_look:
        return "warning-fill", "warn"
    return ("check-circle", "text2") if column.target else ("minus-circle", "text3")
