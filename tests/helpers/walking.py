"""Walks all widgets of a window: who has no name, whose words are cut."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from desktop.views.parts.basics import ShortLabel
from desktop.views.parts.buttons import Segmented

CONTROLS = (QAbstractButton, QAbstractItemView, QComboBox, QLineEdit, QPlainTextEdit)


def shown(window: QWidget) -> Iterator[QWidget]:
    """Yield the widgets that a person can see now."""
    for widget in window.findChildren(QWidget):
        if widget.isVisibleTo(window) and not widget.visibleRegion().isEmpty():
            yield widget


def name_of(widget: QWidget) -> str:
    """Return what a screen reader says of a widget."""
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name).strip() if interface else ""


def unnamed(window: QWidget) -> list[str]:
    """Return the controls that have no accessible name."""
    return [place_of(w) for w in shown(window) if isinstance(w, CONTROLS) and not name_of(w)]


def unreachable(window: QWidget) -> list[str]:
    """Return the buttons and fields that no key reaches."""
    inner = (QAbstractItemView,)
    return [
        place_of(w)
        for w in shown(window)
        if isinstance(w, CONTROLS)
        and not isinstance(w, inner)
        and w.isEnabled()
        and not w.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not isinstance(w.parentWidget(), Segmented)  # Left and Right go along
        and not isinstance(w.parentWidget(), QLineEdit)  # a picture inside a line: Esc, Alt+Down
    ]


def cut(window: QWidget) -> list[str]:
    """Return the words for which there is no room. Lines that may be short say so by class."""
    return [f"{place_of(w)}: {_words(w)!r}" for w in shown(window) if _is_cut(w)]


def beyond(window: QWidget) -> list[str]:
    """Return what stands out over the edge of the widget around it, sideways."""
    found = []
    for widget in shown(window):
        around = widget.parentWidget()
        if around is None or widget.isWindow():
            continue
        if widget.x() + widget.width() > around.width() + 1 and isinstance(widget, CONTROLS):
            found.append(f"{place_of(widget)}: {widget.geometry()} in {around.width()}")
    return found


def place_of(widget: QWidget) -> str:
    """Return a widget's class under its parents' classes."""
    names = []
    here: QWidget | None = widget
    while here is not None and len(names) < 4:
        names.append(type(here).__name__)
        here = here.parentWidget()
    return " < ".join([*names, _words(widget)[:20]])


def _words(widget: QWidget) -> str:
    return widget.text() if isinstance(widget, QLabel | QAbstractButton) else ""


def _is_cut(widget: QWidget) -> bool:
    if isinstance(widget, ShortLabel) or not _words(widget):
        return False
    if isinstance(widget, QLabel):
        return _label_is_cut(widget)
    kind = widget.property("kind")
    return isinstance(kind, str) and widget.sizeHint().width() > widget.width() + 1


def _label_is_cut(label: QLabel) -> bool:
    if label.wordWrap():
        return label.heightForWidth(label.width()) > label.height() + 3
    lines = label.text().splitlines()
    widest = max(label.fontMetrics().horizontalAdvance(line) for line in lines)
    return widest > label.contentsRect().width() + 1
