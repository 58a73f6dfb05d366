"""What the steps of one sync share: the replica, the conversation, the counting, the progress."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from crm.domain.errors import ServerUnreachable
from desktop.services.ports import SyncStore
from desktop.services.progress import Progress
from desktop.sync.conversation import Asked, Conversation, Reply
from desktop.sync.errors import Busy
from desktop.sync.report import Tally
from desktop.sync.wellformed import Entries

TRIES = 4
BUSY_MOST_S = 20  # a longer wait is for another sync


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

    def __init__(self, ask: Callable[[], Asked], progress: Progress) -> None:
        self._ask = ask
        self._progress = progress
        self._asked = ask()

    def reply(self) -> Reply:
        """Return the reply. Raises: as Conversation.ask, and Cancelled."""
        resets = 0
        for _ in range(TRIES - 1):
            try:
                return self._asked.reply(self._progress.check)
            except Busy as busy:
                self._pause(busy)
            except ServerUnreachable as failed:
                resets += 1
                if failed.code != "sync.unreachable" or resets > 1:
                    raise
            self._asked = self._ask()
        return self._asked.reply(self._progress.check)

    def _pause(self, busy: Busy) -> None:
        seconds = int(str(busy.facts["seconds"]))
        if seconds > BUSY_MOST_S:
            raise busy
        self._progress.wait(seconds)


@dataclass(slots=True)
class Session:
    """One sync."""

    store: SyncStore
    conversation: Conversation
    tally: Tally
    work: Work
    verified: dict[str, bool] = field(default_factory=dict)  # streams, at their last page
    entries: Entries = field(init=False)

    def __post_init__(self) -> None:
        self.entries = Entries(self.store.schema)

    def start(self, path: str, message: Mapping[str, object], *, signed: bool = False) -> Question:
        """Send one message and return at once."""
        return Question(
            lambda: self.conversation.start(path, message, signed=signed), self.work.progress
        )

    def ask(self, path: str, message: Mapping[str, object], *, signed: bool = False) -> Reply:
        """Send one message and return its reply. Raises: as Question.reply."""
        return self.start(path, message, signed=signed).reply()
