"""What the steps of one sync share: the replica, the conversation, the counting, the progress."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from crm.domain.errors import ServerUnreachable
from desktop.services.clock import TrustedTime
from desktop.services.ports import Identity, SyncStore, SyncTransaction
from desktop.services.progress import Progress
from desktop.sync.asking import Asking
from desktop.sync.conversation import Asked, Conversation, Reply
from desktop.sync.errors import Busy
from desktop.sync.line_faults import CUT, PASSING, TIMEOUT
from desktop.sync.report import Tally
from desktop.sync.waiting import backoff_s, jittered_s
from desktop.sync.wellformed import Entries

Message = Mapping[str, object] | Callable[[], Mapping[str, object]]
MOST_HALVINGS = 6  # 5,000 records -> 78
BUSY_TRIES = 3  # waits that the server asks for in one question
BUSY_MOST_S = 20  # a longer wait is for another sync
CUT_TRIES = 5  # times that one question is asked over a line that breaks
TIMEOUT_COUNTS = 3  # as so many cuts: a minute of silence is borne once


@dataclass(slots=True)
class Work:
    """Progress in records and operations."""

    progress: Progress
    done: int = 0
    total: int = 0

    def expect(self, count: int) -> None:
        self.total += max(0, count)

    def step(self, count: int = 0) -> None:
        """Report, or raise Cancelled: only ever between two transactions."""
        self.done += count
        self.total = max(self.total, self.done)
        self.progress.step(self.done, self.total)
        self.progress.check()  # the wish may have come with the report


class Question:
    """A message under way, asked again where that is safe and soon.

    Every message may be repeated: the server answers a known operation or baton again.
    """

    def __init__(self, ask: Callable[[], Asked], line: Line, tries: int) -> None:
        self._ask = ask  # says anew what it asks: a page may have become smaller
        self._line = line
        self._tries = tries
        self._asked = ask()

    def following(self) -> str | None:
        """Return where the next page is said to begin, before this one is here. Raises: Cancelled.

        Only of a line that has not broken: where it has, pages change their size.
        """
        return self._asked.following(self._line.check) if not self._line.halvings else None

    def give_up(self) -> None:
        """Nobody will ask for the reply."""
        self._asked.give_up()

    def reply(self) -> Reply:
        """Return the reply. Raises: as Conversation.ask, and Cancelled."""
        cuts, waits = 0, 0
        while True:
            try:
                reply = self._asked.reply(self._line.check)
            except Busy as busy:
                waits += 1
                if waits > BUSY_TRIES:
                    raise
                self._line.wait_for(busy)
            except ServerUnreachable as failed:
                cuts += TIMEOUT_COUNTS if failed.code == TIMEOUT else 1
                if cuts >= self._tries or not self._line.bears(failed):
                    raise
                self._line.was_cut(cuts)
            else:
                self._line.went_well()
                return reply
            self._asked = self._ask()


@dataclass(slots=True)
class Line:
    """How the line has been in this sync: how large pages may be, what was waited for."""

    progress: Progress
    halvings: int = 0  # of the pages asked for
    cuts: int = 0
    waited_s: float = 0.0
    heard: bool = False  # the server has answered in this sync
    dice: Callable[[], float] = random.random

    def check(self) -> None:
        self.progress.check()

    def limit(self, most: int) -> int:
        """Return how many records a page of `most` may have now."""
        return max(1, most >> self.halvings)

    def bears(self, failed: ServerUnreachable) -> bool:
        """Tell whether to ask again at once: the line broke, on which there was somebody.

        A server that nobody has heard yet is told of right away: the person is simply offline.
        """
        if failed.code == TIMEOUT:  # a page may have been too much for it, a hello is not
            return self.halvings < MOST_HALVINGS and self.heard
        return failed.code == CUT or (self.heard and failed.code in PASSING)

    def was_cut(self, times: int) -> None:
        """Ask for half as much, at once or after a pause that grows. Raises: Cancelled."""
        self.cuts += 1
        self.halvings = min(self.halvings + 1, MOST_HALVINGS)
        self._wait(backoff_s(times, self.dice()))

    def wait_for(self, busy: Busy) -> None:
        """Wait as the server asks, a little longer so that not all come back at once.

        Raises: Busy for a wait that is too long for this sync, Cancelled.
        """
        seconds = int(str(busy.facts["seconds"]))
        if seconds > BUSY_MOST_S:
            raise busy
        self._wait(jittered_s(seconds, self.dice()))

    def went_well(self) -> None:
        self.heard = True
        self.halvings = max(0, self.halvings - 1)

    def _wait(self, seconds: float) -> None:
        if seconds > 0:
            self.progress.wait(seconds)
            self.waited_s += seconds


@dataclass(slots=True)
class Session:
    """One sync."""

    store: SyncStore
    conversation: Conversation
    tally: Tally
    work: Work
    identity: Identity  # as the sync began
    verified: dict[str, bool] = field(default_factory=dict)  # streams, at their last page
    marked: int = 0  # the last departure that was marked when the last hello was said
    trusted: TrustedTime | None = None
    leaves: bool = True  # something that has left is still to be wiped or stated
    asking: Asking = field(default_factory=Asking)
    entries: Entries = field(init=False)
    line: Line = field(init=False)

    def __post_init__(self) -> None:
        self.entries = Entries(self.store.schema)
        self.line = self.tally.line = Line(self.work.progress)

    def interruptible(self) -> AbstractContextManager[SyncTransaction]:
        """As `store.transaction`, undone in its midst by a wish to stop: for what can be long."""
        return self.store.transaction(self.work.progress)

    def start(
        self,
        path: str,
        message: Message,
        *,
        signed: bool = False,
        tries: int = CUT_TRIES,
    ) -> Question:
        """Send one message and return at once; a message may be made anew for each try."""

        def ask() -> Asked:
            said = message() if callable(message) else message
            return self.conversation.start(path, said, signed=signed)

        return Question(ask, self.line, tries)

    def ask(
        self, path: str, message: Message, *, signed: bool = False, tries: int = CUT_TRIES
    ) -> Reply:
        """Send one message and return its reply. Raises: as Question.reply."""
        return self.start(path, message, signed=signed, tries=tries).reply()
