"""What every screen is to the window around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.views.parts.basics import Speaking

COMPACT, MEDIUM, WIDE = "compact", "medium", "wide"


class Screen(Speaking):
    """A page of the workspace. Passive: its presenter fills it and hears its signals.

    Kept once it is made; `enter` comes each time that it is shown. Everything has a default,
    so that a screen says only what it has.
    """

    heading_changed = Signal(str, str)  # title, and what stands small beside it
    back_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.width_class = WIDE
        self._heading = ("", "")

    # --- what the window asks ---

    def enter(self, what: Mapping[str, object]) -> None:
        """The screen is shown; `what` says what for (a customer's id, a tab)."""

    def leave(self) -> None:
        """The screen is hidden; keep what is half done."""

    def refresh(self) -> None:
        """Something was saved or received: read again what is shown."""

    def lock(self) -> None:
        """The window locks: store drafts, and show nothing of anybody from now on."""

    def bar_buttons(self) -> Sequence[QWidget]:
        """Return the buttons that stand in the top bar, made once."""
        return ()

    def fit(self, width_class: str) -> None:
        """The window has another width class: compact, medium or wide."""
        self.width_class = width_class

    def focus_first(self) -> None:
        """Put the focus where work begins: the list, or the first field."""
        self.setFocus()

    # --- keys that every screen may answer; True: it did ---

    def find_here(self) -> bool:
        """Ctrl+F: filter this list."""
        return False

    def new_here(self) -> bool:
        """Ctrl+N: something new here."""
        return False

    def print_it(self) -> bool:
        """Ctrl+P."""
        return False

    def record_visit(self) -> bool:
        """Alt+V: for the customer who is shown."""
        return False

    def back(self) -> bool:
        """Alt+Left."""
        return False

    def panes(self) -> Sequence[QWidget]:
        """Return what F6 goes through, in order."""
        return ()

    # --- what a screen says ---

    def heading(self) -> tuple[str, str]:
        return self._heading

    def set_heading(self, title: str, below: str = "") -> None:
        self._heading = (title, below)
        self.heading_changed.emit(title, below)
