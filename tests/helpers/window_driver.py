"""Drives a real window from outside, as a person or a screen reader would: never by a call.

Things are named as assistive technology hears them: accessible name, and role where the
name alone is not enough. Every look waits, within a limit, for what it looks for; a failure
shows the tree that was there instead, and leaves a picture.
"""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from tests.helpers.at_spi_driver import TABLES, Node, Reader
from tests.helpers.keyboard_and_mouse import Hands, hands
from tests.helpers.screen import Screen, end

WAIT_S = 20.0
PAUSE_S = 0.05  # a look takes as long, of the window's time and of ours
LONG_PAUSE_S = 0.4  # where something takes its time
Name = str | re.Pattern[str]
T = TypeVar("T")


class NotSeen(AssertionError):
    """What was waited for did not appear; the text shows what was there."""


class Window:
    """One running program with a window on a screen."""

    def __init__(
        self, process: subprocess.Popen[bytes], screen: Screen, reader: Reader, hands: Hands
    ) -> None:
        self.process, self.screen = process, screen
        self._reader, self._hands = reader, hands
        self._errors = screen.folder / f"errors-{process.pid}.txt"

    # -- looking -----------------------------------------------------------------

    def tree(self, *, cells: bool = False) -> Node | None:
        """Return what the program shows now; None before it shows anything."""
        place = self._reader.program(self.process.pid)
        return None if place is None else self._reader.tree(place, cells=cells)

    def all(self, name: Name | None = None, role: str | None = None) -> list[Node]:
        """Return the visible things of that name and role now, cells left out."""
        tree = self.tree()
        return [node for node in tree.walk() if _is(node, name, role)] if tree else []

    def find(
        self,
        name: Name | None = None,
        role: str | None = None,
        *states: str,
        wait_s: float = WAIT_S,
    ) -> Node:
        """Wait for a thing that is in those states as well, such as "enabled" or "focused"."""

        def look() -> Node | None:
            found = self.all(name, role)
            return next((node for node in found if node.states >= set(states)), None)

        return self.until(look, f"{role or 'something'} named {name!r} {' '.join(states)}", wait_s)

    def gone(self, name: Name, role: str | None = None, wait_s: float = WAIT_S) -> None:
        """Wait until nothing visible has that name and role."""
        self.until(lambda: not self.all(name, role), f"no {role or ''} {name!r}", wait_s)

    def focused(self) -> Node | None:
        """Return what has the keyboard now: the innermost, where several say so."""
        tree = self.tree(cells=True)
        holders = [node for node in tree.walk() if "focused" in node.states] if tree else []
        return holders[-1] if holders else None

    def text(self, name: Name, role: str | None = None) -> str:
        """Return the text in a field, or the name of a label."""
        return self._reader.text(self.find(name, role))

    def value(self, name: Name, role: str | None = None) -> float | None:
        return self._reader.value(self.find(name, role))

    def states(self, name: Name, role: str | None = None) -> frozenset[str]:
        return self.find(name, role).states

    def table(self, name: Name) -> Node:
        """Wait for a table or list of that name."""

        def look() -> Node | None:
            return next((node for node in self.all(name) if node.role in TABLES), None)

        return self.until(look, f"a table or list named {name!r}")

    def row_count(self, table: Name) -> int:
        """Return how many rows a table or list has, in sight or not."""
        return self._reader.row_count(self.table(table))

    def rows(self, table: Name) -> list[list[str]]:
        """Return the texts of the rows in sight."""
        return [[cell.name for cell in row] for row in self._reader.cells(self.table(table))]

    def cell(self, table: Name, text: Name) -> Node:
        """Wait for a cell in sight with that text."""

        def look() -> Node | None:
            rows = self._reader.cells(self.table(table))
            return next((cell for row in rows for cell in row if _is(cell, text, None)), None)

        return self.until(look, f"a cell {text!r} in {table!r}")

    def until(self, look: Callable[[], T], what: str, wait_s: float = WAIT_S) -> T:
        """Look again and again until the answer is true; return it."""
        limit = time.monotonic() + wait_s
        pause_s = PAUSE_S
        while not (seen := look()):
            if time.monotonic() > limit:
                raise NotSeen(f"not within {wait_s:g} s: {what}\n{self.describe()}")
            self._pause(pause_s)
            pause_s = min(1.5 * pause_s, LONG_PAUSE_S)
        return seen

    def describe(self) -> str:
        """Return what there is to see, as text, and leave a picture of it."""
        tree = self.tree(cells=True)
        picture = self.screen.picture(self.screen.folder / "not-seen.png")
        shown = tree.outline() if tree else "(nothing is shown yet)"
        return f"{shown}\npicture: {picture}\nerrors: {self.errors()}"

    def errors(self) -> str:
        """Return what the program wrote to its standard error."""
        return self._errors.read_text(encoding="utf-8", errors="replace")

    # -- acting by name ----------------------------------------------------------

    def press(self, name: Name, role: str | None = None) -> None:
        """Do what the thing is for, once it is enabled, as a screen reader's user does."""
        self._reader.do(self.find(name, role, "enabled"))

    def set_text(self, name: Name, text: str, role: str | None = None) -> None:
        """Put a text into a field at once, as dictation or an input method does."""
        assert self._reader.set_text(self.find(name, role, "enabled"), text), name

    def focus(self, name: Name, role: str | None = None) -> None:
        """Give a thing the keyboard."""
        self._reader.grab_focus(self.find(name, role, "enabled"))
        self.find(name, role, "focused")

    # -- acting by hand ----------------------------------------------------------

    def click(self, name: Name, role: str | None = None, **how: str | int) -> None:
        """Click in the middle of a thing once it is enabled and lies still."""
        self.click_on(self.find(name, role, "enabled"), **how)

    def click_on(self, node: Node, *, button: str = "left", times: int = 1) -> None:
        left, top, width, height = self._place_at_rest(node)
        x, y = (round(at * self.screen.scale) for at in (left + width / 2, top + height / 2))
        self._hands.click(x, y, button, times)

    def keys(self, *chords: str) -> None:
        """Press keys one after the other: keys("ctrl+k", "Down", "Return")."""
        for chord in chords:
            self._hands.press(chord)

    def type(self, text: str) -> None:
        """Type a text into whatever has the keyboard."""
        self._hands.write(text)

    def type_into(self, name: Name, text: str, role: str | None = None) -> None:
        """Click on a field, replace what is in it by typing, and see it there."""
        self.click(name, role)
        self.find(name, role, "focused")
        self.keys("ctrl+a", "Delete")
        self.type(text)

    def _place_at_rest(self, node: Node) -> tuple[int, int, int, int]:
        seen: list[tuple[int, int, int, int]] = []

        def still() -> bool:
            seen.append(self._reader.box(node))
            return len(seen) > 1 and seen[-1] == seen[-2] and seen[-1][2] > 0

        self.until(still, f"{node.role} {node.name!r} to lie still")
        return seen[-1]

    # -- ending ------------------------------------------------------------------

    def ended(self, wait_s: float = WAIT_S) -> int:
        """Wait for the program's end; return its exit code."""
        return self.process.wait(timeout=wait_s)

    def _pause(self, seconds: float) -> None:
        """Let some time pass, unless the program ends: then nothing will appear any more."""
        with suppress(subprocess.TimeoutExpired):
            code = self.process.wait(timeout=seconds)
            raise NotSeen(f"the program ended with {code}\n{self.errors()}")


def _is(node: Node, name: Name | None, role: str | None) -> bool:
    if role is not None and node.role != role:
        return False
    if isinstance(name, re.Pattern):
        return bool(name.search(node.name))
    return name is None or node.name == name


@contextmanager
def window(
    screen: Screen, command: Sequence[str | Path], env: Mapping[str, str] | None = None
) -> Iterator[Window]:
    """Start a program on a screen and give its window once it is shown; end both."""
    errors = screen.folder / "errors.txt"
    with errors.open("wb") as file:
        process = subprocess.Popen(
            [str(word) for word in command],
            env={**screen.env, **(env or {})},
            stdin=subprocess.DEVNULL,
            stderr=file,
        )
    errors.rename(screen.folder / f"errors-{process.pid}.txt")
    reader = Reader(screen.bus)
    try:
        with hands(screen.display) as laid:
            shown = Window(process, screen, reader, laid)
            shown.until(lambda: _top_window(shown), "a window")
            yield shown
    finally:
        reader.close()
        end(process)


def _top_window(shown: Window) -> Node | None:
    return next((node for node in shown.all() if "active" in node.states), None)
