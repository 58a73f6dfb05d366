"""Comparing contents with the server, and mending what differs.

Totals are compared only where nothing else can explain a difference: the cursor stands at the
stream's head, and no other stream was applied since (`quiet-verify`). What differs is found by
256 bucket sums and brought anew (see `drill`). Where somebody wrote
in between, the stream is read on and compared once more; one that still differs is read again
from its beginning.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass

from crm.domain.errors import Damaged
from desktop.services.removals import AskFirst
from desktop.sync.drill import repair
from desktop.sync.handshake import Hello, say_hello
from desktop.sync.pull import pull_streams
from desktop.sync.session import Session

REPAIRS = 4  # tries of a stream that others keep writing to


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyReport:
    """What a comparison found. `damaged` counts records whose content did not give its hash."""

    outcome: str  # equal, repaired
    streams: int
    records: int
    damaged: int
    differing: int  # streams whose totals were not the server's
    repaired: int  # records brought anew
    removed: int
    roots: tuple[str, ...]  # ids of the customers (or other roots) that this was about, sorted
    requests: int
    seconds: float


def mend(
    session: Session, hello: Hello, streams: Set[str], suspects: Mapping[str, set[str]]
) -> None:
    """Make the contents of `streams`, read to their head, what the server has.

    `suspects`: ids of records to be brought anew even if their hashes agree, by stream.
    Raises: Damaged `sync.still_differs`, and as Session.ask.
    """
    for stream in sorted(streams - session.asking.staged.keys()):
        try:
            if not _mended(session, stream, suspects.get(stream, set())):
                _reread(session, hello, stream)
        except AskFirst as much:  # it waits for the person's word
            session.asking.stage(session.store, stream, much.removals)


def _mended(session: Session, stream: str, suspects: set[str]) -> bool:
    """Repair a stream, reading on where its head has moved; tell whether that was enough."""
    for _ in range(REPAIRS):
        equal = repair(session, stream, suspects)
        if equal is not None:
            return equal
        hello = say_hello(session)
        if stream not in hello.streams:
            return True  # granted no longer: it leaves as a whole
        pull_streams(session, hello, [stream])
    return False


def _reread(session: Session, hello: Hello, stream: str) -> None:
    """Read a stream again from its beginning; versions are forgotten first (`repair-forces`)."""
    with session.store.transaction() as tx:
        tx.start_scan(stream)
    pull_streams(session, hello, [stream])
    if stream in session.asking.staged:
        return
    if not session.verified.get(stream, False):
        raise Damaged("sync.still_differs", stream=stream.partition(":")[0])
    session.tally.repaired += 1
