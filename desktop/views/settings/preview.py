"""A row of the customers' list as it looks with the text size that is chosen. Made up."""

from __future__ import annotations

from datetime import date, timedelta

from PySide6.QtCore import QEvent, QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from crm.domain.kinds import SCHEMA
from crm.domain.labels import choice_label
from desktop.views.language.formats import ago, amount_short
from desktop.views.language.translating import current_language
from desktop.views.theme import tokens
from desktop.views.theme.look import look
from desktop.views.theme.painting import CENTRE_RIGHT, paint_text, paint_tier

BALANCE_MINOR, DAYS = 86_400_000, 42
DAY = date(2026, 3, 18)


class PreviewRow(QWidget):
    """Painted as the list paints its rows."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._fit()

    def _fit(self) -> None:
        self.setFixedHeight(look().px(tokens.size("row_list")))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._fit()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(look().colour("line"))
        painter.setBrush(look().colour("window"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        room = QRectF(self.rect()).adjusted(16, 5, -16, -5)
        self._paint_first(painter, room)
        self._paint_second(painter, room)
        painter.end()

    def _paint_first(self, painter: QPainter, room: QRectF) -> None:
        worn, lang = look(), current_language()
        line = QRectF(room.left(), room.top(), room.width(), room.height() / 2)
        amount = amount_short(BALANCE_MINOR, lang)
        paint_text(painter, amount, line, worn.font(), worn.colour("text"), CENTRE_RIGHT)
        name = paint_text(
            painter, self.tr("Ouyang Wanqing"), line, worn.font("strong"), worn.colour("text")
        )
        word = choice_label(SCHEMA["customer"].by_name["tier"], "high", lang)
        paint_tier(painter, "high", word, line.left() + name + 10, line.center().y())

    def _paint_second(self, painter: QPainter, room: QRectF) -> None:
        worn, lang = look(), current_language()
        line = QRectF(room.left(), room.center().y(), room.width(), room.height() / 2)
        font, tone = worn.font("small"), worn.colour("text2")
        seen = ago((DAY - timedelta(days=DAYS)).isoformat(), DAY, lang)
        taken = paint_text(painter, seen, line, font, tone, CENTRE_RIGHT)
        place = self.tr("Group 6, Zhoujiaba, Shiwan")
        paint_text(painter, place, line.adjusted(0, 0, -taken - 10, 0), font, tone)
