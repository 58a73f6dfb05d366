"""The keys that work everywhere in the unlocked window. Which key does what stands here alone.

Ctrl+Space, Ctrl+Shift and Ctrl+Period are left to Chinese input methods.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

KEYS = {
    "palette": "Ctrl+K",
    "find": "Ctrl+F",
    "new": "Ctrl+N",
    "visit": "Alt+V",
    "undo": "Ctrl+Z",
    "redo": "Ctrl+Y",
    "back": "Alt+Left",
    "next_pane": "F6",
    "previous_pane": "Shift+F6",
    "sync": "F5",
    "print": "Ctrl+P",
    "help": "F1",
    "lock": "Ctrl+L",
}
RAIL_KEYS = tuple(f"Alt+{number}" for number in range(1, 9))


def bind(window: QWidget, actions: dict[str, Callable[[], object]]) -> list[QShortcut]:
    """Bind each named action of `KEYS` to its key in a window."""
    return [_shortcut(window, KEYS[name], action) for name, action in actions.items()]


def bind_rail(window: QWidget, go: Callable[[int], object]) -> list[QShortcut]:
    """Bind Alt+1…8; `go` gets the place's number from 0."""
    return [_shortcut(window, key, partial(go, number)) for number, key in enumerate(RAIL_KEYS)]


def _shortcut(window: QWidget, key: str, action: Callable[[], object]) -> QShortcut:
    shortcut = QShortcut(QKeySequence(key), window)
    shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
    shortcut.setAutoRepeat(False)
    shortcut.activated.connect(action)
    return shortcut
