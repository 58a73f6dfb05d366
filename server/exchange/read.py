"""What laptops may read: hello, pages, checks. Each answer is one snapshot.

Page bodies are put together from stored canonical JSON without parsing it:
a first sync moves hundreds of thousands of records.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crm.domain.errors import Refused, UserError
from crm.records.canonical import digest_of, digest_text
from server.exchange import chains, ending
from server.exchange.actors import Actor, Standing
from server.exchange.failpoints import failpoint
from server.exchange.paging import Page
from server.exchange.tokens import Tokens
from server.store import people, streams
from server.store import records as store
from server.store.database import Database
from server.store.erasing import ERASED
from server.store.streams import Totals

MAX_LIMIT = 5000


@dataclass(frozen=True, slots=True)
class Greeting:
    """What a hello found: verdict, streams, the incarnation's state."""

    verdict: str
    done: int
    safe: int
    streams: dict[str, dict[str, Any]]
    chain: dict[str, Any] | None = None  # of receipts: what was stored, and whether it follows
    access: dict[str, Any] | None = None  # the same of the access log
    purged: Sequence[str] = ()  # roots whose removal is stated and kept


def hello(
    database: Database, actor: Actor, message: Mapping[str, Any], signer: Tokens | None = None
) -> Greeting:
    """Check baton and `done`, note what the laptop says, read all granted streams at once.

    `signer` signs what a retired device states.
    """
    with database.writing() as connection:
        held = people.incarnation(connection, actor.incarnation, lock=True)
        if held is None:
            return Greeting("fork", 0, 0, {})
        baton, verdict = _baton(held, message)
        chain = access = None
        kept: Sequence[str] = ()
        if verdict == "go":
            people.update_incarnation(
                connection,
                held.id,
                baton=baton,
                acked=message["acked"],
                unsent=message["unsent"],
                chain_head=message["chain_head"],
                seen_at=message["time"],
            )
            chain = chains.note(
                database,
                connection,
                held.id,
                message["chain_head"],
                message.get("chain_links", ()),
                message["time"],
            )
            access = chains.note_access(
                database,
                connection,
                held.id,
                message.get("access_head"),
                message.get("access_links", ()),
                message["time"],
            )
            purges = message["purges"]
            kept = people.state_purges(database, connection, held.id, purges, message["time"])
            if actor.retired:
                _note_end(database, connection, signer, held, message)
                verdict = "retire"
        readable = frozenset() if actor.retired else actor.readable()
        totals = streams.read(connection, readable)
        moved = _moved(connection, totals, message["cursors"])
        failpoint("hello.before_commit")
    failpoint("hello.committed")
    described = {
        i: {**_described(totals.get(i, Totals(i)), actor), "moved": moved.get(i, 0)}
        for i in sorted(readable)
    }
    return Greeting(verdict, held.done, held.safe, described, chain, access, kept)


def _note_end(
    database: Database,
    connection: Connection,
    signer: Tokens | None,
    held: people.Incarnation,
    message: Mapping[str, Any],
) -> None:
    """Note it when a retired device states that everything goes."""
    said_at = ending.of_everything(message["purges"])
    if not held.enrolment or said_at is None:
        return
    ended = ending.Ended(
        enrolment=held.enrolment,
        incarnation=held.id,
        person=held.person,
        state="retired",
        unsent=message["unsent"],
        said_at=said_at,
    )
    ending.hand_in(database, connection, signer, ended, message["time"])


def _baton(held: people.Incarnation, message: Mapping[str, Any]) -> tuple[str, str]:
    """The `baton` rule; and `done-back` where the laptop knows of more than we do."""
    if held.done < message["acked"]:
        return str(held.baton), "fork"
    if held.baton == message["baton"]:
        return str(message["next_baton"]), "go"
    if held.baton == message["next_baton"]:
        return str(held.baton), "go"
    return str(held.baton), "fork"


def _moved(
    connection: Connection, totals: Mapping[str, Totals], cursors: Mapping[str, int]
) -> dict[str, int]:
    """Return how many records left each stream behind the laptop's cursor by hand-over or merge:
    signed with the reply, so that the laptop need not ask anybody (`ask-first`)."""
    behind = {i: cursors[i] for i, told in totals.items() if cursors.get(i, told.head) < told.head}
    return {i: streams.count_moved(connection, i, after) for i, after in behind.items()}


def _described(totals: Totals, actor: Actor) -> dict[str, Any]:
    return {
        "head": totals.head,
        "live": totals.live,
        "digest": digest_text(totals.digest),
        "floor": totals.floor,
        "write": actor.standing(totals.id) is Standing.WRITE,
    }


def log_page(
    database: Database, stream: str, after: int, limit: int, knows: Collection[str] = ()
) -> bytes:
    """Return the inside of a pull reply: entries behind `after`, totals, next.

    `knows`: what the laptop knows beyond the first release (`erased`: that cause of leaving).
    """
    with database.snapshot() as connection:
        totals = streams.read(connection, [stream]).get(stream, Totals(stream))
        failpoint("page.counted")
        page = Page(limit)
        while page.wants:
            behind = page.last.number if page.last else after
            rows = store.log_page(connection, stream, behind, page.wants)
            page.take(rows, lambda row: _log_entry(row, knows))
    more = page.full and page.last.number < totals.head
    following = page.last.number if more else max(after, totals.head)
    return _page(totals, page.entries, next_=str(following).encode(), more=more)


def scan_page(database: Database, stream: str, position: str, limit: int) -> bytes:
    """Return the inside of a pull reply: live records behind a scan position."""
    rank, after_id = _position(position)
    with database.snapshot() as connection:
        totals = streams.read(connection, [stream]).get(stream, Totals(stream))
        failpoint("page.counted")
        page = Page(limit)
        while page.wants:
            if page.last:
                rank, after_id = page.last.rank, page.last.id
            page.take(store.scan_page(connection, stream, rank, after_id, page.wants), _scan_entry)
    following = f'"{page.last.rank}:{page.last.id}"' if page.last else f'"{position}"'
    return _page(totals, page.entries, next_=following.encode(), more=page.full)


def _scan_entry(row: Any) -> bytes:
    return put_entry(0, row)


def _position(position: str) -> tuple[int, str]:
    if not position:
        return -1, ""
    rank, _, after_id = position.partition(":")
    if not rank.isdigit():
        raise Refused("request.form")
    return int(rank), after_id


def _page(totals: Totals, entries: Iterable[bytes], *, next_: bytes, more: bool) -> bytes:
    return b'"stream":%s,"entries":[%s],"next":%s,"more":%s,"head":%d,"live":%d,"digest":"%s"' % (
        orjson.dumps(totals.id),
        b",".join(entries),
        next_,
        b"true" if more else b"false",
        totals.head,
        totals.live,
        digest_text(totals.digest).encode(),
    )


def following(inside: bytes) -> str | None:
    """Return where the page behind this one begins, as text; None where there is none."""
    tail = inside[inside.rindex(b'],"next":') + 2 :]
    told = orjson.loads(b"{" + tail + b"}")
    return str(told["next"]) if told["more"] else None


def put_entry(number: int, row: Any) -> bytes:
    """One put entry. Ids, kinds and search keys are plain ASCII: no escaping needed."""
    parent = f'"{row.parent}"' if row.parent else "null"
    aside = orjson.dumps(row.aside).decode()
    return (
        f'[{number},"{row.id}","{row.kind}",{row.version},{parent},"{row.root}",{row.fields},{aside}]'
    ).encode()


def _log_entry(row: Any, knows: Collection[str]) -> bytes:
    if not row.gone:
        return put_entry(row.number, row)
    cause = row.cause if row.cause != ERASED or ERASED in knows else "moved"
    # Where it went is not told: parent and root may be a stranger's by now.
    return (
        f'[{row.number},"{row.id}","{row.kind}",{row.log_version},null,"{row.id}",null,"{cause}"]'
    ).encode()


@dataclass(frozen=True, slots=True)
class StreamFault:
    """A stream whose totals do not follow from its content."""

    stream: str
    what: str  # live, digest, hash, log, place


def verify(database: Database) -> tuple[int, list[StreamFault]]:
    """Recompute every stream's totals and hashes from content; return (streams, faults)."""
    with database.snapshot() as connection:
        all_totals = streams.read_all(connection)
        faults = [fault for totals in all_totals for fault in _faults(connection, totals)]
    return len(all_totals), faults


def _faults(connection: Any, totals: Totals) -> list[StreamFault]:
    hashes = store.recomputed(connection, totals.id)
    found = []
    if len(hashes) != totals.live:
        found.append("live")
    if digest_of(hashes.values()) != totals.digest:
        found.append("digest")
    stored = dict(store.hashes(connection, totals.id))
    if stored != hashes:
        found.append("hash")
    log = streams.count_log(connection, totals.id)
    highest = max(log.highest, totals.floor)  # the newest entry may be forgotten (`floor`)
    if highest != totals.head or not log.puts == log.true_puts == totals.live:
        found.append("log")
    if store.astray(connection, totals.id):
        found.append("place")
    return [StreamFault(totals.id, what) for what in found]


def done_of(database: Database, actor: Actor) -> int:
    """Return the highest number settled for this incarnation."""
    with database.snapshot() as connection:
        held = people.incarnation(connection, actor.incarnation)
    return held.done if held else 0


def done_if_known(database: Database, actor: Actor) -> int | None:
    """As `done_of`, for a reply that tells an error: None where the store does not answer."""
    try:
        return done_of(database, actor)
    except (UserError, sa.exc.SQLAlchemyError):
        return None
