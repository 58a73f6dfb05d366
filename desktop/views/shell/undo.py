"""Undo and redo of what was saved, twenty steps. Presenters push; Ctrl+Z and toasts pull."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

STEPS = 20


@dataclass(frozen=True, slots=True)
class Undoing:
    """How one user action is taken back and done again. Both run off the GUI thread."""

    text: str  # what was done, for the tool tip and the toast
    undo: Callable[[], object]
    redo: Callable[[], object] | None = None
    still: Callable[[], bool] | None = None  # could it be taken back, or done again, as it stands?


class UndoStack(QObject):
    """The last actions, newest last."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._done: list[Undoing] = []
        self._undone: list[Undoing] = []

    def push(self, undoing: object) -> None:
        if not isinstance(undoing, Undoing):
            raise TypeError(type(undoing).__name__)
        self._done = [*self._done, undoing][-STEPS:]
        self._undone.clear()
        self.changed.emit()

    def take_undo(self) -> Undoing | None:
        """Take the newest action off, to be undone; None where there is nothing."""
        if not self._done:
            return None
        taken = self._done.pop()
        if taken.redo is not None:
            self._undone.append(taken)
        self.changed.emit()
        return taken

    def take_out(self, undoing: Undoing) -> bool:
        """Take one action off out of turn, as a button of its own undoes it; False if gone."""
        if undoing not in self._done:
            return False
        self._done.remove(undoing)
        if undoing.redo is not None:
            self._undone.append(undoing)
        self.changed.emit()
        return True

    def put_back(self, undoing: Undoing, *, keep: bool) -> None:
        """Undoing failed: it is not there to be redone; with `keep` it can be tried again."""
        self._undone = [each for each in self._undone if each is not undoing]
        self._done = [*self._done, undoing] if keep else self._done
        self.changed.emit()

    def put_back_undone(self, undoing: Undoing, *, keep: bool) -> None:
        """Redoing failed: it is still undone; with `keep` it can be tried again."""
        self._done = [each for each in self._done if each is not undoing]
        self._undone = [*self._undone, undoing] if keep else self._undone
        self.changed.emit()

    def take_redo(self) -> Undoing | None:
        if not self._undone:
            return None
        taken = self._undone.pop()
        self._done.append(taken)
        self.changed.emit()
        return taken

    def everything(self) -> tuple[Undoing, ...]:
        return (*self._done, *self._undone)

    def keep(self, possible: Collection[int]) -> None:
        """Forget those of `everything` whose `id` is not among `possible`."""
        self._done = [each for each in self._done if id(each) in possible]
        self._undone = [each for each in self._undone if id(each) in possible]
        self.changed.emit()

    def clear(self) -> None:
        self._done.clear()
        self._undone.clear()
        self.changed.emit()


def still_possible(steps: Sequence[Undoing]) -> frozenset[int]:
    """Return the ids of those steps that could still be gone. Runs off the GUI thread."""
    return frozenset(id(step) for step in steps if step.still is not None and step.still())
