"""Finding what differs in one stream, and bringing only that.

Bucket sums tell in which of 256 parts to look; of those the laptop names what it holds, piece by
piece, and is sent what it lacks or has otherwise, whatever versions say (`repair-forces`). Every
piece is applied for itself: what is mended stays mended, should the line break.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, cast

from crm.domain.kind import ID
from crm.records.canonical import DIGEST_MODULUS, bucket, digest_text
from desktop.services.ports import Entry, StreamState
from desktop.sync.conversation import Reply
from desktop.sync.failpoints import failpoint
from desktop.sync.session import Session
from desktop.sync.wellformed import buckets_told, digest, flag, id_text, ids_told, whole, wrong

PIECE = 5000  # records that are named in one message
MOST_ENTRIES = 5000  # that a reply brings
NO_HASH = "0" * 32  # agrees with nothing
Held = list[tuple[str, str]]  # (id, hash in hexadecimal digits), in the order of ids


@dataclass(frozen=True, slots=True)
class Piece:
    """Some records of a stream: after < id <= until, of all that are looked at."""

    held: Held
    after: str
    until: str | None


def repair(session: Session, stream: str, suspects: Collection[str]) -> bool | None:
    """Mend a stream; tell whether it equals the server's now.

    `suspects`: ids of records to be brought anew even if hashes agree. None when something was
    written meanwhile: then nothing can be compared.
    """
    with session.interruptible() as tx:
        state = tx.recount(stream)
        sums = tx.sums(stream)
    for record in suspects:
        sums[bucket(record)] += 1
    asked = [digest_text(value % DIGEST_MODULUS) for value in sums]
    reply = session.ask("/v1/check", {"stream": stream, "sums": asked, "buckets": []})
    if reply.get("head") != state.number:
        return None
    buckets = buckets_told(reply.get("buckets"))
    if "absent" not in reply:  # a server of the first release sends whole buckets at once
        return _take_buckets(session, state, buckets, reply)
    if not buckets:
        return _is_as_told(session, stream, reply)
    return _drill(session, state, buckets, suspects)


def _drill(
    session: Session, state: StreamState, buckets: list[int], suspects: Collection[str]
) -> bool | None:
    with session.interruptible() as tx:
        found = tx.held(state.stream, buckets)
    held = [
        (record, NO_HASH if record in suspects else stored.hex())
        for record, stored in sorted(found)
        if ID.fullmatch(record)
    ]
    session.work.expect(len(held))
    after: str | None = ""
    while after is not None:
        piece = _piece(held, after)
        reply = _ask(session, state.stream, buckets, piece)
        if reply.get("head") != state.number:
            return None
        after = _apply(session, state.stream, buckets, piece, reply) or piece.until
    return _is_as_told(session, state.stream, reply)


def _piece(held: Held, after: str) -> Piece:
    """Return what is named next; the last piece has no end: there may be more at the server."""
    start = bisect_right(held, after, key=lambda each: each[0])
    named = held[start : start + PIECE]
    last = start + PIECE >= len(held)
    return Piece(named, after, None if last else named[-1][0])


def _ask(session: Session, stream: str, buckets: list[int], piece: Piece) -> Reply:
    message: dict[str, Any] = {
        "stream": stream,
        "buckets": buckets,
        "held": dict(piece.held),
        "after": piece.after or None,
        "until": piece.until,
    }
    return session.ask("/v1/check", message)


def _apply(
    session: Session, stream: str, buckets: list[int], piece: Piece, reply: Reply
) -> str | None:
    """Apply one reply; return up to where was compared, None: all that was asked for."""
    entries = reply.get("entries")
    session.entries.of_check(entries, buckets, most=MOST_ENTRIES)
    absent = ids_told(reply.get("absent"), "check.absent")
    if not {record for record, _ in piece.held}.issuperset(absent):
        wrong("check.absent")
    following = _following(piece, reply)
    with session.interruptible() as tx:
        allowed = session.asking.allowance(stream)
        applied = tx.repair_records(stream, cast("list[Entry]", entries), absent, allowed)
        session.asking.note(tx, stream)
        failpoint("repair.before_commit")
    failpoint("repair.committed")
    session.tally.mended(applied)
    session.work.step(len(piece.held))
    return following


def _following(piece: Piece, reply: Reply) -> str | None:
    if not flag(reply.get("more"), "check.more"):
        return None
    following = id_text(reply.get("next"), "check.next")
    if following <= piece.after or (piece.until is not None and following > piece.until):
        wrong("check.next")
    if not reply.get("entries"):
        wrong("check.next")  # else a server could keep a laptop asking for ever
    return following


def _take_buckets(session: Session, state: StreamState, buckets: list[int], reply: Reply) -> bool:
    entries = reply.get("entries")
    session.entries.of_check(entries, buckets, most=whole(reply.get("live"), "live"))
    with session.interruptible() as tx:
        allowed = session.asking.allowance(state.stream)
        applied = tx.repair(state.stream, buckets, cast("list[Entry]", entries), allowed)
        session.asking.note(tx, state.stream)
        failpoint("repair.buckets.before_commit")
    failpoint("repair.buckets.committed")
    session.tally.mended(applied)
    return _is_as_told(session, state.stream, reply)


def _is_as_told(session: Session, stream: str, reply: Reply) -> bool:
    told = (
        whole(reply.get("head"), "head"),
        whole(reply.get("live"), "live"),
        digest(reply.get("digest"), "digest"),
    )
    with session.interruptible() as tx:
        state = tx.recount(stream)
    return (state.number, state.live, state.digest) == told
