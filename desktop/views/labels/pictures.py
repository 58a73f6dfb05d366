"""Pages and labels as they will be: at real size, or as large as the room allows."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.services.labelling import CellBox, PlannedLine
from desktop.views.labels.paper import ink, paint_label, screen_dpi
from desktop.views.theme.look import look

INCH_MM = 25.4
LEAST = (120, 150)  # of a page as a whole


class OneLabel(QWidget):
    """One label, as many millimetres wide on the screen as on the paper."""

    def __init__(self) -> None:
        super().__init__()
        self._box: CellBox | None = None
        self._lines: Sequence[PlannedLine] = ()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_label(self, box: CellBox, lines: Sequence[PlannedLine]) -> None:
        if self._box is None or (box.width_mm, box.height_mm) != self._size_mm():
            self._box = box
            self.updateGeometry()
        self._box, self._lines = box, lines
        self.update()

    def clear(self) -> None:
        self._lines = ()
        self.setAccessibleName("")
        self.update()

    def _size_mm(self) -> tuple[float, float]:
        return (self._box.width_mm, self._box.height_mm) if self._box else (63.5, 33.9)

    def told(self) -> bool:
        """Tell whether the screen says how large it is."""
        return screen_dpi(self.screen())[1]

    def sizeHint(self) -> QSize:
        scale = screen_dpi(self.screen())[0] / INCH_MM
        width, height = self._size_mm()
        return QSize(round(width * scale) + 2, round(height * scale) + 2)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(ink("lineStrong"))
        painter.setBrush(ink("surface"))
        where = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(where, 4, 4)
        if self._box is not None:
            paint_label(painter, self._box, self._lines, QRectF(self.rect()).adjusted(1, 1, -1, -1))
        painter.end()


class PagePicture(QWidget):
    """A page of the finished file. White in both themes; `wanted` asks for it to be drawn."""

    wanted = Signal(float)  # dots per inch for the real size on this screen

    def __init__(self) -> None:
        super().__init__()
        self._image: QImage | None = None
        self._size_mm = (210.0, 297.0)
        self._real = False
        self.setMinimumSize(*LEAST)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_page(self, image: QImage, size_mm: tuple[float, float], name: str) -> None:
        self._image, self._size_mm = image, size_mm
        self.setAccessibleName(name)
        self._fit()

    def clear(self) -> None:
        self._image = None
        self.update()

    @property
    def shown(self) -> bool:
        return self._image is not None

    def show_real_size(self, real: bool) -> None:
        self._real = real
        self._fit()

    def dots(self) -> float:
        """Return the resolution at which a dot of the page is a dot of this screen."""
        return screen_dpi(self.screen())[0] * self.devicePixelRatioF()

    def real_size(self) -> QSize:
        scale = screen_dpi(self.screen())[0] / INCH_MM
        return QSize(round(self._size_mm[0] * scale), round(self._size_mm[1] * scale))

    def _fit(self) -> None:
        if self._real:
            self.setMinimumSize(self.real_size() + QSize(24, 24))
        else:
            self.setMinimumSize(*LEAST)
        self.update()

    def page_rect(self) -> QRectF:
        """Return where the page lies in this widget."""
        size = self.real_size().toSizeF()
        if not self._real:
            size.scale(
                self.size().toSizeF() - QSize(24, 24).toSizeF(),
                Qt.AspectRatioMode.KeepAspectRatio,
            )
        page = QRectF(0, 0, size.width(), size.height())
        page.moveCenter(QRectF(self.rect()).center())
        return page

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.wanted.emit(self.dots())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), look().colour("sunken"))
        page = self.page_rect()
        painter.fillRect(page, ink("surface"))
        if self._image is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(page, self._image)
        painter.setPen(look().colour("line"))
        painter.drawRect(page.adjusted(-0.5, -0.5, 0.5, 0.5))
        painter.end()
