"""Dynamic properties say which variant of a widget is meant; painting code reads them."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget


def set_property(widget: QWidget, name: str, value: object) -> None:
    """Set a dynamic property that painting looks at, and draw the widget anew."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.update()


def variant(widget: QWidget, name: str) -> str:
    """Return a dynamic property as text, "" where it is not set."""
    value = widget.property(name)
    return value if isinstance(value, str) else ""
