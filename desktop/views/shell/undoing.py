"""Makes what the window's undo needs of an action that a service has saved."""

from __future__ import annotations

from desktop.services import undo as steps
from desktop.services.ports import UowFactory
from desktop.services.undo import Action, Undone
from desktop.views.shell.undo import Undoing


class _Steps:
    """One action, done and undone in turn. Runs off the GUI thread, never twice at once."""

    def __init__(self, new_uow: UowFactory, action: Action) -> None:
        self._new_uow, self._action = new_uow, action
        self._undone: Undone | None = None

    def undo(self) -> None:
        self._undone = steps.undo(self._new_uow, self._action)

    def redo(self) -> None:
        if self._undone is not None:
            self._action = steps.redo(self._new_uow, self._undone)
            self._undone = None

    def still(self) -> bool:
        """Tell whether the next of the two could be done now."""
        if self._undone is not None:
            return steps.can_redo(self._new_uow, self._undone)
        return steps.can_undo(self._new_uow, self._action)


def undoing(new_uow: UowFactory, action: Action | None, text: str) -> Undoing | None:
    """Return how an action is undone and done again; None where nothing was saved."""
    if action is None:
        return None
    made = _Steps(new_uow, action)
    return Undoing(text, made.undo, made.redo, made.still)
