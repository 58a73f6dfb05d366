"""pull: streams one at a time, pages in order, each applied with its cursor in one transaction.

The next page of a stream is on its way while the last one is read and applied. An entry counts
only if it is newer than what is held (`newer-only`), so that a record which moves between two
granted streams survives any order of pages.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from contextlib import nullcontext
from dataclasses import dataclass

from desktop.services.ports import Page, StreamState
from desktop.services.removals import AskFirst
from desktop.sync.conversation import Reply
from desktop.sync.failpoints import failpoint
from desktop.sync.handshake import Hello
from desktop.sync.session import Question, Session
from desktop.sync.wellformed import (
    SCAN_POSITION,
    Entries,
    digest,
    flag,
    position,
    text,
    whole,
    wrong,
)

PAGE_RECORDS = 5000
_NUMBER = re.compile(r"[0-9]{1,15}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a stream a page begins: a log position, or a position in a scan."""

    after: int | None = None
    scan: str | None = None


def leave_streams(session: Session, hello: Hello) -> None:
    """Drop streams that are granted no longer, before anything else is pulled (`purge-cursor`)."""
    with session.interruptible() as tx:
        lost = tx.streams().keys() - hello.streams.keys()
        gone = [tx.purge(stream) for stream in sorted(lost)]
        failpoint("purge.before_commit")
    for applied in gone:
        session.tally.took(applied)
    failpoint("purge.committed")


def pull_streams(session: Session, hello: Hello, wanted: Collection[str]) -> None:
    """Read each of the `wanted` streams to its head. Raises: as Session.ask."""
    if not wanted:
        return
    with session.interruptible() as tx:
        states = tx.streams()
        coming = sum(max(0, hello.streams[name].live - states[name].live) for name in wanted)
        bulk = tx.prepare_load(coming)
    for name in wanted:
        told = hello.streams[name]
        scan = needs_baseline(states[name], hello) or states[name].scan is not None
        session.work.expect(told.live if scan else told.head - states[name].number)
    with session.store.loading() if bulk else nullcontext():
        for stream in sorted(wanted):
            _pull(session, hello, stream)


def needs_baseline(state: StreamState, hello: Hello) -> bool:
    """Tell whether a stream must be scanned anew: never read, below the floor (also in the
    midst of a scan), or ahead of its head."""
    told = hello.streams[state.stream]
    if state.scan is not None:
        return state.base is not None and not told.floor <= state.base <= told.head
    return not told.floor <= state.number <= told.head


def _pull(session: Session, hello: Hello, stream: str) -> None:
    """Read one stream to its head."""
    with session.interruptible() as tx:
        state = tx.streams()[stream]
        if needs_baseline(state, hello):
            state = tx.start_scan(stream)
        failpoint("scan.before_commit")
    place = Place(after=state.number) if state.scan is None else Place(scan=state.scan)
    asked = _ask(session, stream, place)
    following: Place | None = place
    while following is not None:
        guessed = _said_to_follow(following, asked.following())
        ahead = None if guessed is None else _ask(session, stream, guessed)
        page = _page(session.entries, stream, following, asked.reply())
        failpoint("page.received")
        base = page.head if state.base is None else state.base
        following = _following(page, base)
        if ahead is not None and following != guessed:
            ahead.give_up()
            ahead = None
        if following is not None:  # on its way while this one is applied
            asked = ahead or _ask(session, stream, following)
        try:
            state = _apply(session, page)
        except AskFirst as much:  # this stream waits for the person's word
            if following is not None:
                asked.give_up()
            session.asking.stage(session.store, stream, much.removals)
            return


def _said_to_follow(place: Place, told: str | None) -> Place | None:
    """Return where the next page is said to begin; None where nothing sensible is said."""
    if told is None:
        return None
    if place.scan is not None:
        return Place(scan=told) if SCAN_POSITION.fullmatch(told) else None
    return Place(after=int(told)) if _NUMBER.fullmatch(told) else None


def _ask(session: Session, stream: str, place: Place) -> Question:
    def message() -> dict[str, object]:
        limit = session.line.limit(PAGE_RECORDS)  # smaller on a line that cuts
        where = {"stream": stream, "after": place.after, "scan": place.scan}
        return {**where, "limit": limit, "knows": ["erased"]}

    return session.start("/v1/pull", message)


def _apply(session: Session, page: Page) -> StreamState:
    with session.interruptible() as tx:
        applied = tx.apply(page, session.asking.allowance(page.stream))
        session.asking.note(tx, page.stream)
        state = tx.streams()[page.stream]
        failpoint("page.before_commit")
    failpoint("page.committed")
    session.tally.took(applied)
    if state.scan is None and state.number >= page.head:
        # quiet-verify: nothing else was applied since this page was asked for
        held = (state.number, state.live, state.digest)
        session.verified[page.stream] = held == (page.head, page.live, page.digest)
    session.work.step(len(page.entries))
    return state


def _following(page: Page, base: int) -> Place | None:
    """Return where the next page begins; None at the head of the stream."""
    if page.scan is not None:
        if page.more:
            return Place(scan=str(page.next))
        return Place(after=base) if base < page.head else None
    return Place(after=int(page.next)) if page.more or int(page.next) < page.head else None


def _page(known: Entries, stream: str, place: Place, reply: Reply) -> Page:
    """Return a reply as a page. Raises: ServerUnreachable `sync.protocol`."""
    following, told = reply.get("next"), reply.get("entries")
    page = Page(
        stream=stream,
        after=place.after,
        scan=place.scan,
        entries=told if isinstance(told, list) else wrong("entries"),
        next=text(following, "next", 40) if place.scan is not None else whole(following, "next"),
        more=flag(reply.get("more"), "more"),
        head=whole(reply.get("head"), "head"),
        live=whole(reply.get("live"), "live"),
        digest=digest(reply.get("digest"), "digest"),
    )
    if reply.get("stream") != stream:
        wrong("page.stream")
    if not (_scan_goes_on(page) if page.scan is not None else _log_goes_on(page)):
        wrong("page.next")
    if page.scan is not None:
        known.of_scan(page.entries, PAGE_RECORDS)
    else:
        known.of_log(page.entries, PAGE_RECORDS, after=page.after or 0, until=int(page.next))
    return page


# Each page that has a successor brings something and ends behind the one before it. So a server
# can keep a laptop reading only by sending records without end, and that shows as progress.


def _scan_goes_on(page: Page) -> bool:
    before, behind = position(page.scan, "next"), position(page.next, "next")
    return (behind > before and bool(page.entries)) or (behind == before and not page.more)


def _log_goes_on(page: Page) -> bool:
    before, behind = page.after or 0, int(page.next)
    if page.more:
        return before < behind < page.head and bool(page.entries)
    return before <= behind == page.head
