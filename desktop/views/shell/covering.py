"""The steps of a lock that only take away: drafts stored, dialogs closed, nothing left to paste."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtGui import QClipboard
from PySide6.QtWidgets import QApplication, QDialog, QWidget

if TYPE_CHECKING:
    from desktop.views.shell.workspace import Workspace


def keepers(workspace: Workspace) -> list[Callable[[], object]]:
    """Return what stores the half typed texts of every screen and of the open panel."""
    keepers: list[Callable[[], object]] = [screen.lock for screen in workspace.screens]
    panel = workspace.panel
    if panel is not None and hasattr(panel, "keep_draft"):
        keepers.append(panel.keep_draft)
    return keepers


def carried_out(steps: Sequence[Callable[[], object]]) -> list[Exception]:
    """Take every step, whatever the others come to; return what went wrong."""
    failed = []
    for step in steps:
        try:
            step()
        except Exception as error:  # noqa: BLE001 - whatever it is, the window gets covered
            failed.append(error)
    return failed


def close_others(window: QWidget) -> None:
    """Take away what stands beside the window and may name somebody: dialogs, menus, tips."""
    for other in QApplication.topLevelWidgets():
        if other is window or not other.isVisible():
            continue
        if isinstance(other, QDialog):
            other.reject()
        other.hide()


def empty_clipboard() -> None:
    """Leave nothing to paste: neither what was copied nor, on X11, what was marked."""
    clipboard = QApplication.clipboard()
    clipboard.clear()
    if clipboard.supportsSelection():
        clipboard.clear(QClipboard.Mode.Selection)
