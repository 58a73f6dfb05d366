"""The timeline: round icon, bold title, date right, what was written below; newest first.

Painted, so that five hundred visits open at once. Beside the page it shows the newest few, as a
tab all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from desktop.views.customer.rows import first_lines
from desktop.views.parts.buttons import BY_KEYBOARD
from desktop.views.parts.scrolling import slim
from desktop.views.parts.worded import WordedModel
from desktop.views.theme.icons import paint_icon
from desktop.views.theme.look import look
from desktop.views.theme.painting import (
    CENTRE_RIGHT,
    paint_focus_ring,
    paint_text,
    sync_icon,
    width_of,
)

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
TEXT_LEFT = 34.0
BESIDE = 7  # items beside the page


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One item in words. `tone`: neutral, accent, info, warn or danger."""

    key: str  # the record to open
    kind: str
    icon: str
    tone: str
    title: str
    day: str
    text: str = ""
    mark: str | None = None
    spoken: str = ""

    @property
    def words(self) -> str:
        return ", ".join(part for part in (self.title, self.day, self.text, self.spoken) if part)


_FILLS = {
    "neutral": ("neutralSoft", "text2"),
    "accent": ("accentSoft", "accent"),
    "info": ("infoSoft", "info"),
    "warn": ("warnSoft", "warn"),
    "danger": ("dangerSoft", "danger"),
}


class TimelineModel(WordedModel[Happening]):
    """What happened, as handed over."""


class TimelineDelegate(QStyledItemDelegate):
    """Paints an item; `lines` is how much of its text is shown at most."""

    lines = 1
    ring = False  # focus came by keyboard

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, self.height_of(index, option.rect.width()))

    def height_of(self, index: Index, width: float) -> int:
        """Return a height: the same for all where one line is shown, else as the text needs."""
        worn = look()
        used = self.lines if self.lines == 1 else max(1, len(self._text(index, width)))
        return worn.px(14) + worn.line("body") + used * worn.line("small")

    def _text(self, index: Index, width: float) -> list[str]:
        text = index.data(Qt.ItemDataRole.UserRole).text
        return first_lines(text, "small", max(60.0, width - TEXT_LEFT - 4), self.lines)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        item: Happening = index.data(Qt.ItemDataRole.UserRole)
        box, worn = QRectF(option.rect), look()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(box, worn.colour("hover"))
        last = index.row() == index.model().rowCount() - 1
        self._paint_icon(painter, item, box, last=last)
        self._paint_head(painter, item, box)
        top = box.top() + worn.px(5) + worn.line("body")
        for line in self._text(index, box.width()):
            where = QRectF(
                box.left() + TEXT_LEFT, top, box.width() - TEXT_LEFT - 4, worn.line("small")
            )
            paint_text(painter, line, where, worn.font("small"), worn.colour("text2"))
            top += worn.line("small")
        if self.ring and option.state & QStyle.StateFlag.State_HasFocus:
            paint_focus_ring(painter, box, 4)
        painter.restore()

    def _paint_icon(self, painter: QPainter, item: Happening, box: QRectF, *, last: bool) -> None:
        worn = look()
        centre = QPointF(box.left() + 13, box.top() + worn.px(5) + worn.line("body") / 2)
        if not last:
            painter.setPen(QPen(worn.colour("line"), 2))
            painter.drawLine(
                QPointF(centre.x(), centre.y() + 15), QPointF(centre.x(), box.bottom())
            )
        fill, role = _FILLS[item.tone]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(worn.colour(fill))
        painter.drawEllipse(centre, 12, 12)
        where = QRectF(centre.x() - 7, centre.y() - 7, 14, 14)
        paint_icon(painter, item.icon, worn.colour(role), where)

    def _paint_head(self, painter: QPainter, item: Happening, box: QRectF) -> None:
        worn = look()
        line = QRectF(
            box.left() + TEXT_LEFT,
            box.top() + worn.px(5),
            box.width() - TEXT_LEFT - 4,
            worn.line("body"),
        )
        small = worn.font("small")
        paint_text(painter, item.day, line, small, worn.colour("text2"), CENTRE_RIGHT)
        room = line.width() - width_of(item.day, small) - 10
        if item.mark:
            icon, role = sync_icon(item.mark)
            right = line.right() - width_of(item.day, small) - 8
            where = QRectF(right - 14, line.center().y() - 7, 14, 14)
            paint_icon(painter, icon, worn.colour(role), where)
            room -= 22
        where = QRectF(line.left(), line.top(), max(20.0, room), line.height())
        paint_text(painter, item.title, where, worn.font("strong"), worn.colour("text"))


class TimelineView(QListView):
    """What happened. `beside`: the newest few, as high as they are; else all, scrolling."""

    opened = Signal(str)

    def __init__(self, *, beside: bool = False) -> None:
        super().__init__()
        slim(self)
        self._model, self._delegate, self._beside = TimelineModel(), TimelineDelegate(self), beside
        self._delegate.lines = 2 if beside else 1
        self.setModel(self._model)
        self.setItemDelegate(self._delegate)
        self.setUniformItemSizes(not beside)
        self.setMouseTracking(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        if beside:
            self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    @property
    def items(self) -> Sequence[Happening]:
        return self._model.rows

    def show_items(self, items: Sequence[Happening]) -> None:
        self._model.show(items[:BESIDE] if self._beside else items)
        self._fit()

    def _fit(self) -> None:
        if self._beside:
            width = self.viewport().width()
            rows = range(self._model.rowCount())
            heights = (self._delegate.height_of(self._model.index(row), width) for row in rows)
            self.setFixedHeight(sum(heights))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._beside and event.oldSize().width() != event.size().width():
            self.scheduleDelayedItemsLayout()
            self._fit()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._fit()
            self.scheduleDelayedItemsLayout()
        super().changeEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._delegate.ring = event.reason() in BY_KEYBOARD
        if not self.currentIndex().isValid() and self.items:
            self.setCurrentIndex(self._model.index(0))
        super().focusInEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._delegate.ring = False
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index.isValid():
            self.opened.emit(self._model.rows[index.row()].key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._delegate.ring = True
        index = self.currentIndex()
        if index.isValid() and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit(self._model.rows[index.row()].key)
        else:
            super().keyPressEvent(event)
