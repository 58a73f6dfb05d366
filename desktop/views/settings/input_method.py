"""Which input method the window's text fields are connected to, and whether that will do.

Qt reads QT_IM_MODULE. The program brings a connection to ibus and none to fcitx, whose own ibus
front end answers instead.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QLibraryInfo
from PySide6.QtGui import QGuiApplication

SYSTEM = "system"
_NEEDING_A_MODULE = ("xcb",)  # elsewhere the system itself carries the input method


@dataclass(frozen=True, slots=True)
class InputMethod:
    """`module`: what answers, "system" where the system itself does. `fits`: Chinese goes in."""

    module: str
    fits: bool


def input_method(
    environment: Mapping[str, str], platform: str, brought: Collection[str]
) -> InputMethod:
    """Return what Qt uses. platform: Qt's name of it; brought: the modules that we have."""
    asked = environment.get("QT_IM_MODULE", "").lower()
    if not asked and platform not in _NEEDING_A_MODULE:
        return InputMethod(SYSTEM, True)
    module = asked or "compose"
    return InputMethod(module, module in brought and module != "compose")


def present_input_method(environment: Mapping[str, str]) -> InputMethod:
    """Return what this window uses. Asks the running QGuiApplication."""
    return input_method(environment, QGuiApplication.platformName(), _brought())


def _brought() -> set[str]:
    folder = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath))
    files = (folder / "platforminputcontexts").glob("*platforminputcontextplugin*")
    return {file.name.removeprefix("lib").partition("platform")[0] for file in files}
