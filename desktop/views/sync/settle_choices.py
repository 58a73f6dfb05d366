"""What was chosen on the To settle page and is not saved: kept as drafts a moment later."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from PySide6.QtCore import QObject, QTimer

from desktop.services.choices import Chosen, keep_choices
from desktop.services.settling import Case
from desktop.views.shell.desk import Desk

KEEP_AFTER_MS = 2_000


class Choices(QObject):
    """The choices of one unlocked profile, by conflict. A lock or a crash costs none of them."""

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._chosen: dict[str, Chosen] = {}
        self._unkept: set[str] = set()  # conflicts whose choice is not kept yet
        self.timer = QTimer(self, singleShot=True, interval=KEEP_AFTER_MS)
        self.timer.timeout.connect(self.keep)

    def __contains__(self, conflict: str) -> bool:
        return conflict in self._chosen

    def __getitem__(self, conflict: str) -> Chosen:
        return self._chosen[conflict]

    def get(self, conflict: str) -> Chosen | None:
        return self._chosen.get(conflict)

    def decided(self, case: Case) -> list[str]:
        """Return those conflicts of a case for which something is chosen."""
        return [c.dispute.id for c in case.contests if c.dispute.id in self._chosen]

    def meet(self, kept: Mapping[str, Chosen], alive: Collection[str]) -> None:
        """Take what was kept before, of the conflicts that are there still."""
        here = {c: chosen for c, chosen in self._chosen.items() if c in self._unkept}
        chosen = {**kept, **here}  # what is being chosen now is newer than what was kept
        self._chosen = {c: one for c, one in chosen.items() if c in alive}

    def note(self, conflict: str, chosen: Chosen) -> None:
        self._chosen[conflict] = chosen
        self._unkept.add(conflict)
        if not self.timer.isActive():
            self.timer.start()

    def keep(self) -> None:
        """Keep what was chosen as drafts."""
        self.timer.stop()
        chosen = {c: self._chosen[c] for c in self._unkept if c in self._chosen}
        new_uow = self._desk.office.new_uow

        def kept(_: object) -> None:
            self._unkept -= {c for c, one in chosen.items() if self._chosen.get(c) == one}

        if chosen:
            self._desk.jobs.write(lambda _: keep_choices(new_uow, chosen), kept)

    # --- saving ---

    def are_saved(self, conflicts: Collection[str]) -> None:
        """These are being settled: their drafts go with that."""
        self.timer.stop()
        self._unkept -= set(conflicts)

    def were_not_saved(self) -> None:
        """The drafts are wanted still."""
        self._unkept |= self._chosen.keys()

    def drop(self, conflict: str) -> None:
        self._chosen.pop(conflict, None)

    def forget(self) -> None:
        """Keep what was chosen, and show nothing of it any more."""
        self.keep()
        self._chosen = {}
