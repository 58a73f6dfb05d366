"""The lines of a preview as a painted list: row, customer, field, now, becomes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QObject, QRect, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from desktop.services.differing import Span, changed_spans
from desktop.services.intake import FieldChange
from desktop.views.intake import words
from desktop.views.intake.lines import Lines
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
from desktop.views.language.formats import DASH
from desktop.views.language.translating import current_language, translate
from desktop.views.theme import tokens
from desktop.views.theme.icons import paint_icon
from desktop.views.theme.look import look
from desktop.views.theme.painting import (
    paint_chip,
    paint_highlighted,
    paint_text,
    sync_icon,
    width_of,
)

STAR = "*"
BEFORE_CHANGE = 6  # characters that stay before a change where a text is cut at its start
ROOMY = 620  # pixels; in less, what is there now gets less room


def places(width: float) -> tuple[Spot, ...]:
    """Return where row, customer, field, now and becomes stand."""
    scale = look().text_size
    number, name = 52 * scale, 96 * scale
    field = (84 if current_language() == "zh" else 128) * scale  # "Identity document"
    left = MARGIN + number + name + field
    now = (width - left - MARGIN) * (0.42 if width >= ROOMY else 0.38)
    becomes = left + now + 22
    return (
        (MARGIN, number - 8),
        (MARGIN + number, name - 10),
        (MARGIN + number + name, field - 8),
        (left, now - 8),
        (becomes, width - becomes - MARGIN),
    )


class ChangeRows(QAbstractListModel):
    """The lines as a list; words are made for what is looked at."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lines: Lines | None = None

    def show(self, lines: Lines | None) -> None:
        self.beginResetModel()
        self._lines = lines
        self.endResetModel()

    def line_at(self, number: int) -> FieldChange:
        if self._lines is None:
            raise IndexError(number)
        return self._lines.line(number)

    def opens_row(self, number: int) -> bool:
        return self._lines is None or self._lines.opens_row(number)

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() or self._lines is None else len(self._lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        if not index.isValid() or self._lines is None:
            return None
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return _spoken(self.line_at(index.row()))
        if role == Qt.ItemDataRole.ToolTipRole:
            change = self.line_at(index.row())
            return f"{change.now or DASH} → {change.becomes}"
        return self.line_at(index.row()).customer if role == Qt.ItemDataRole.DisplayRole else None


def kept_words() -> str:
    return translate("IntakeChanges", "I changed it, kept")


def _spoken(change: FieldChange) -> str:
    text = translate("IntakeChanges", "Row {row}, {customer}, {field}: now {now}, becomes {new}")
    spoken = text.format(
        row=change.row,
        customer=change.customer,
        field=words.field_name(change.field),
        now=change.now or translate("IntakeChanges", "nothing"),
        new=change.becomes,
    )
    return f"{spoken}, {kept_words()}" if change.kept else spoken


def marked(change: FieldChange) -> tuple[Span, ...]:
    """Return which characters of the new value to mark; hidden ones if only they differ."""
    if not change.now or change.kept:
        return ()
    if change.now == change.becomes and STAR in change.becomes:
        return ((change.becomes.index(STAR), change.becomes.rindex(STAR) + 1),)
    return changed_spans(change.now, change.becomes)


def skipped(text: str, spans: Sequence[Span], width: float) -> int:
    """Return how many characters to leave out at the start, so that the first change is seen."""
    if not spans or width_of(text, look().font()) <= width:
        return 0
    return max(0, spans[0][0] - BEFORE_CHANGE)


def without_start(text: str, cut: int) -> str:
    return "…" + text[cut + 1 :] if cut else text


class ChangePainter(RowPainter):
    """Paints one line of a preview."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.height_px = tokens.size("row_change")

    def paint_row(self, painter: QPainter, rect: QRect, index: Index) -> None:
        model = index.model()
        if not isinstance(model, ChangeRows):
            return
        change, spots = model.line_at(index.row()), places(rect.width())
        if model.opens_row(index.row()):
            self._paint_who(painter, rect, change, spots)
        self._paint_change(painter, rect, change, spots)
        last = index.row() + 1 >= model.rowCount() or model.opens_row(index.row() + 1)
        paint_line(painter, rect, MARGIN if last else spots[2][0])

    def _paint_who(
        self, painter: QPainter, rect: QRect, change: FieldChange, spots: tuple[Spot, ...]
    ) -> None:
        worn = look()
        number, name = cell(rect, spots[0]), cell(rect, spots[1])
        quiet = worn.colour("text2")
        paint_text(painter, str(change.row), number, worn.font("small"), quiet)
        paint_text(painter, change.customer, name, worn.font("strong"), worn.colour("text"))

    def _paint_change(
        self, painter: QPainter, rect: QRect, change: FieldChange, spots: tuple[Spot, ...]
    ) -> None:
        worn = look()
        quiet, small = worn.colour("text2"), worn.font("small")
        field, now, becomes = (cell(rect, spot) for spot in spots[2:])
        paint_text(painter, words.field_name(change.field), field, small, quiet)
        arrow = QRectF(becomes.left() - 22, becomes.center().y() - 7, 14, 14)
        paint_icon(painter, "arrow-right", quiet, arrow)
        if change.kept:
            becomes = self._paint_kept(painter, becomes)
        spans = marked(change)
        cut = skipped(change.becomes, spans, becomes.width())
        paint_text(painter, without_start(change.now, cut) or DASH, now, small, quiet)
        tone = worn.colour("text2" if change.kept else "text")
        new = without_start(change.becomes, cut)
        shift = len(change.becomes) - len(new)
        moved = [(first - shift, last - shift) for first, last in spans]
        paint_highlighted(painter, new, moved, becomes, worn.font(), tone)

    def _paint_kept(self, painter: QPainter, where: QRectF) -> QRectF:
        """Draw the mark of an own edit at the right; return the room that is left."""
        icon, _ = sync_icon("waiting")
        text = kept_words()
        width = 36 + width_of(text, look().font("small"))
        if width > where.width() - 60:
            text, width = "", 24
        left = where.right() - width
        middle = where.center().y()
        if text:
            paint_chip(painter, text, icon, left, middle, role="info", fill="infoSoft")
        else:
            box = QRectF(left + 4, middle - 8, 16, 16)
            paint_icon(painter, icon, look().colour("info"), box)
        return where.adjusted(0, 0, -width - 8, 0)


class ChangeList(RowList):
    """The lines."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = ChangeRows(self)
        self.setModel(self.rows)
        self.paint_by(ChangePainter(self))
