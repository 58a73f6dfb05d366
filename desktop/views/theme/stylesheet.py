"""The one generated application style sheet: buttons, inputs, scroll bars, menus, tool tips.

Variants hang on dynamic properties (`kind="primary"`). Set a property with `set_property`, so
that a widget that is already shown is drawn anew. A button's focus ring shows for keyboard focus
only: the button sets the property `ring`.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from PySide6.QtWidgets import QWidget

from desktop.views.theme import tokens
from desktop.views.theme.look import Look


def style_sheet(look: Look) -> str:
    """Return the style sheet of a look."""
    values = {role: colour.upper() for role, colour in tokens.colours(look.theme).items()}
    lengths = {
        "control": look.px(tokens.size("control")) - 2,  # the border's two pixels are added
        "small": look.px(tokens.size("control_small")) - 2,
        "large": look.px(tokens.size("control_large")) - 2,
        "chip": look.px(tokens.size("filter_chip")) - 2,
        "bar": tokens.size("scrollbar"),
        "r": tokens.radius("control"),
        "pill": look.px(tokens.size("filter_chip")) // 2,
        "body": round(14 * look.text_size),
        "caption": round(12 * look.text_size),
        "tab": look.px(tokens.size("tab_strip")) - 2,
    }
    sheet = _template()
    for name, value in {**values, **lengths}.items():
        sheet = sheet.replace(f"@{name}@", str(value))
    return sheet


def set_property(widget: QWidget, name: str, value: object) -> None:
    """Set a dynamic property that the style sheet looks at, and draw the widget anew."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)
    widget.update()


@cache
def _template() -> str:
    return files("resources").joinpath("theme", "window.qss").read_text(encoding="utf-8")
