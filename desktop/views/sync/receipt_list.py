"""The list of receipts: rows are painted, each says its state by mark and word."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QPainter

from desktop.views.parts.painted_list import PaintedList, PaintedRows
from desktop.views.parts.worded import WordedModel
from desktop.views.theme.icons import paint_icon
from desktop.views.theme.look import look
from desktop.views.theme.painting import CENTRE_LEFT, CENTRE_RIGHT, paint_text, width_of


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """One receipt in words; `role` is a colour role."""

    moment: str
    below: str
    state: str
    icon: str
    role: str

    @property
    def title(self) -> str:
        return self.moment

    @property
    def words(self) -> str:
        return f"{self.moment}. {self.below}. {self.state}"


class _Rows(PaintedRows):
    height = 56
    separator_left = 44

    def paint_row(self, painter: QPainter, row: object, box: QRectF) -> None:
        if not isinstance(row, ReceiptRow):
            return
        worn = look()
        icon = QRectF(box.left() + 12, box.center().y() - 9, 18, 18)
        paint_icon(painter, row.icon, worn.colour(row.role), icon)
        font = worn.font("small")
        room = width_of(row.state, font) + 4
        right = QRectF(box.right() - room - 12, box.top(), room, box.height())
        paint_text(painter, row.state, right, font, worn.colour(row.role), CENTRE_RIGHT)
        half, left = box.height() / 2, box.left() + 44
        width = right.left() - box.left() - 52
        line1 = QRectF(left, box.top() + half - worn.px(22), width, worn.px(20))
        line2 = QRectF(left, box.top() + half, width, worn.px(20))
        paint_text(painter, row.moment, line1, worn.font("strong"), worn.colour("text"))
        paint_text(painter, row.below, line2, font, worn.colour("text2"), CENTRE_LEFT)


class ReceiptList(PaintedList[ReceiptRow]):
    """Enter, Space or a click opens one."""

    selects_first = False

    opened = Signal(int)  # row

    def __init__(self) -> None:
        super().__init__(_Rows(), WordedModel())
        self.clicked.connect(lambda index: self.opened.emit(index.row()))
        self.opened_row.connect(self.opened)
        self.pressed_row.connect(self.opened)
