"""The look that is worn now: theme, text size, language of the type.

Qt keeps palette, font and style sheet per application, so there is one look per
process too. Painting code asks `look()` each time and never keeps a colour.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import FunctionType

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QToolTip

from desktop.views.theme import tokens
from desktop.views.theme.tokens import DARK, LIGHT

AUTO = "auto"
ROLES = QPalette.ColorRole
DRESSED = "yizhanDressed"  # on the application, once it wears any look of ours


@dataclass(frozen=True, slots=True)
class Look:
    """What decides how things are drawn."""

    theme: str = LIGHT
    text_size: float = 1.0  # one of tokens font.text_size_factor
    language: str = "en"  # of the type: which families come first

    def colour(self, role: str) -> QColor:
        return _colour(self.theme, role)

    def px(self, value: float) -> int:
        """Return a height that grows with the text size."""
        return round(value * self.text_size)

    def font(self, style: str = "body", *, bold: bool = False) -> QFont:
        """Return the font of a type style of the tokens."""
        return QFont(_font(style, bold, self.text_size, self.language))

    def line(self, style: str) -> int:
        """Return the line height of a type style."""
        return self.px(tokens.tokens()["type"][style]["line"])


_worn = [Look()]


def look() -> Look:
    """Return the look that is worn now."""
    return _worn[0]


def wear(app: QApplication, new: Look) -> None:
    """Put a look on the whole application; every widget is told by Qt's own change events."""
    before: Look | None = look()
    _worn[0] = new
    if not app.property(DRESSED):
        if app.style().objectName() != "fusion":  # 8 ms where it is there already
            app.setStyle("Fusion")
        app.setProperty(DRESSED, True)
        before = None
    if before == new:
        return
    app.setFont(new.font())
    app.setPalette(_palette(new))
    _tell(QEvent.Type.ApplicationFontChange)
    _tell(QEvent.Type.ApplicationPaletteChange)
    QToolTip.setPalette(_palette(new))
    QToolTip.setFont(new.font("small"))


def _tell(kind: QEvent.Type) -> None:
    """Hand a change of the application to our own widgets' `changeEvent`.

    Qt gives these two to `event` alone, which would have to be overridden for every event there
    is; and a widget with a font or a colour of its own hears of no other.
    """
    for widget in QApplication.allWidgets():
        if isinstance(getattr(type(widget), "changeEvent", None), FunctionType):
            widget.changeEvent(QEvent(kind))


def system_theme() -> str:
    """Return the theme that the system wants; light where it does not say."""
    scheme = QGuiApplication.styleHints().colorScheme()
    return DARK if scheme == Qt.ColorScheme.Dark else LIGHT


@cache
def _colour(theme: str, role: str) -> QColor:
    return QColor(tokens.colours(theme)[role])


@cache
def _font(style: str, bold: bool, factor: float, language: str) -> QFont:
    spec = tokens.tokens()["type"][style]
    families = tokens.tokens()["font"]
    font = QFont()
    font.setFamilies([*_installable(families, language), *families["rare"]])
    font.setPixelSize(max(11, round(spec["size"] * factor)))
    font.setBold(bold or spec["weight"] >= 700)
    return font


# What free desktops have where none of the families of the tokens is installed. A Latin one with
# a bold of its own comes first in English: the made bold of Chinese families swallows i-dots.
FREE_FAMILIES = ("Source Han Sans SC", "WenQuanYi Micro Hei", "Droid Sans Fallback")
FREE_LATIN = ("Liberation Sans", "DejaVu Sans")


def _installable(families: Mapping[str, Sequence[str]], language: str) -> list[str]:
    wanted = list(families[language])
    if language == "en":
        chinese = families["zh"]
        latin = [name for name in wanted if name not in chinese]
        wanted = [*latin, *FREE_LATIN, *chinese]
    return [*wanted, *FREE_FAMILIES]


def _palette(new: Look) -> QPalette:
    colour = new.colour
    palette = QPalette()
    for role, token in _PALETTE.items():
        palette.setColor(role, colour(token))
    for role in (ROLES.WindowText, ROLES.Text, ROLES.ButtonText, ROLES.PlaceholderText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, colour("disabled"))
    palette.setColor(QPalette.ColorGroup.Disabled, ROLES.Highlight, colour("neutralSoft"))
    palette.setColor(QPalette.ColorGroup.Disabled, ROLES.HighlightedText, colour("disabled"))
    return palette


_PALETTE = {
    ROLES.Window: "window",
    ROLES.WindowText: "text",
    ROLES.Base: "surface",
    ROLES.AlternateBase: "surface",
    ROLES.Text: "text",
    ROLES.Button: "surface",
    ROLES.ButtonText: "text",
    ROLES.BrightText: "onAccent",
    ROLES.Highlight: "accentFill",
    ROLES.HighlightedText: "onAccent",
    ROLES.Link: "accent",
    ROLES.LinkVisited: "accent",
    ROLES.ToolTipBase: "raised",
    ROLES.ToolTipText: "text",
    ROLES.PlaceholderText: "text3",
    ROLES.Accent: "accentFill",
    ROLES.Light: "surface",
    ROLES.Midlight: "line",
    ROLES.Mid: "line",
    ROLES.Dark: "lineStrong",
    ROLES.Shadow: "shadow",
}
