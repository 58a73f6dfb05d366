"""How far one sync has come: five steps, what each took, what the running one counts.

Pure: stages and times are handed in. The page draws it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

STEPS = ("identity", "send", "receive", "verify", "receipt")

State = Literal["next", "now", "done", "stopped"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step; counts are operations or records, seconds None while unknown."""

    key: str
    state: State = "next"
    done: int = 0
    total: int = 0
    seconds: float | None = None


class Course:
    """The steps of one sync. `stage` comes from the engine, in order, perhaps repeated."""

    def __init__(self, started_s: float) -> None:
        self.steps = tuple(Step(key) for key in STEPS)
        self._since = started_s
        self._counted = 0  # by the steps before this one
        self._last = 0

    @property
    def now(self) -> Step | None:
        return next((step for step in self.steps if step.state in ("now", "stopped")), None)

    @property
    def place(self) -> int:
        """Return the number of the step that is or was under way, from 1; 0 before the first."""
        found = self.now
        return STEPS.index(found.key) + 1 if found else 0

    def reach(self, stage: str, at_s: float) -> None:
        """Go on to a stage; those before it are done. What comes again or is unknown is passed."""
        if stage not in STEPS or STEPS.index(stage) < self.place:
            return
        self._end(at_s, upto=STEPS.index(stage))
        self._counted, self._since = self._last, at_s
        self._put(STEPS.index(stage), Step(stage, "now"))

    def count(self, done: int, total: int) -> None:
        """Tell the sync's running totals; the step counts its own share."""
        self._last = done
        found = self.now
        if found is not None:
            mine = replace(found, done=done - self._counted, total=total - self._counted)
            self._put(STEPS.index(found.key), mine)

    def finish(self, at_s: float) -> None:
        self._end(at_s, upto=len(STEPS))

    def stop(self) -> None:
        """The sync ended before its time: the step under way stays where it is."""
        found = self.now
        if found is not None:
            self._put(STEPS.index(found.key), replace(found, state="stopped"))

    def _end(self, at_s: float, upto: int) -> None:
        taken = at_s - self._since
        self.steps = tuple(
            replace(step, state="done", seconds=taken if step.state == "now" else step.seconds)
            if number < upto
            else step
            for number, step in enumerate(self.steps)
        )

    def _put(self, number: int, step: Step) -> None:
        self.steps = (*self.steps[:number], step, *self.steps[number + 1 :])
