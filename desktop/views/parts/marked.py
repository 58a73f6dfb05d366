"""Text that breaks into lines, with some of its characters marked. Shows; decides nothing."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QSize, Qt
from PySide6.QtGui import (
    QBrush,
    QPainter,
    QPaintEvent,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.views.theme.look import look

Span = tuple[int, int]


class MarkedText(QWidget):
    """One text; its height follows its width. Marks are a background, and words say them too."""

    def __init__(self, style: str = "body") -> None:
        super().__init__()
        self._style, self._role = style, "text"
        self._text, self._spans = "", tuple[Span, ...]()
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_text(self, text: str, spans: Sequence[Span] = (), role: str = "text") -> None:
        """Show `text` with the characters of `spans` marked."""
        self._text, self._spans, self._role = text, tuple(spans), role
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def text(self) -> str:
        return self._text

    def spans(self) -> tuple[Span, ...]:
        return self._spans

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        _, height = self._laid_out(width)
        return height

    def sizeHint(self) -> QSize:
        return QSize(180, self.heightForWidth(180))

    def minimumSizeHint(self) -> QSize:
        return QSize(60, look().line(self._style))

    def _laid_out(self, width: int) -> tuple[QTextLayout, int]:
        # A text layout breaks at U+2028, not at the new lines that people type.
        layout = QTextLayout(self._text.replace("\n", "\u2028"), look().font(self._style))
        option = QTextOption(Qt.AlignmentFlag.AlignLeft)
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.setFormats([self._format(span) for span in self._spans])
        line_height, top = look().line(self._style), 0
        layout.beginLayout()
        while (line := layout.createLine()).isValid():
            line.setLineWidth(max(20, width))
            line.setPosition(QPointF(0, top + (line_height - line.height()) / 2))
            top += line_height
        layout.endLayout()
        return layout, max(top, line_height)

    def _format(self, span: Span) -> QTextLayout.FormatRange:
        worn, made = look(), QTextLayout.FormatRange()
        marked = QTextCharFormat()
        marked.setBackground(QBrush(worn.colour("highlight")))
        marked.setForeground(QBrush(worn.colour("onHighlight")))
        made.start, made.length, made.format = span[0], span[1] - span[0], marked
        return made

    def paintEvent(self, event: QPaintEvent) -> None:
        layout, _ = self._laid_out(self.width())
        painter = QPainter(self)
        painter.setPen(look().colour(self._role))
        layout.draw(painter, QPointF(0, 0))
        painter.end()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.ApplicationFontChange:
            self.updateGeometry()
        super().changeEvent(event)
