"""hello: who we are, how far we have read; what is granted, and what the server holds of it.

`baton`: the proposal is stored before it is sent and becomes the baton with the reply. A clone
that shows an older baton is told so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from crm.domain.errors import ServerUnreachable
from crm.domain.ids import new_id
from crm.domain.instants import instant_text, parse_instant
from desktop.services.ports import Granted, Identity, StreamState, SyncTransaction
from desktop.sync import chain
from desktop.sync.conversation import Reply
from desktop.sync.errors import Condemned, Forked
from desktop.sync.failpoints import failpoint
from desktop.sync.leases import hold_leases, leases_of, leases_wanted
from desktop.sync.session import Session
from desktop.sync.wellformed import (
    digest,
    epoch_text,
    flag,
    id_text,
    is_stream,
    mapping,
    seal_key,
    stream_name,
    text,
    whole,
    wrong,
)

EVERYTHING = "*"  # the root of a statement about all that is here
STATEMENTS = 5_000  # roots of which one hello tells that they left
RETAIN_DAYS = 30  # echoed operations, where the server has no backup that it calls safe


class Hello:
    """What the server said; `unsent`: how many edits waited when it was asked."""

    def __init__(self, reply: Reply, unsent: int) -> None:
        self.unsent = unsent
        self.verdict = text(reply.get("verdict"), "verdict", 20)
        self.streams = {
            stream_name(name, "stream"): _granted(mapping(told, "stream"))
            for name, told in mapping(reply.get("streams"), "streams").items()
        }
        self.safe = whole(reply.get("safe") or 0, "safe")
        self.epoch = epoch_text(reply.get("epoch"), "epoch")
        self.seal_key = seal_key(reply.get("seal_key", ""))
        self.leases = leases_of(reply)
        self.purged = [_root(root) for root in _list(reply.get("purged", []))]


def say_hello(session: Session, purges: Sequence[Mapping[str, str]] | None = None) -> Hello:
    """Exchange one hello and store what it grants; `purges` in place of what is to be stated.

    Raises: Forked, Condemned, and as Session.ask. `upgrade` and `retire` verdicts are left to
    the caller, who pushes first.
    """
    with session.store.transaction() as tx:
        message, unsent = _message(tx), tx.unsent()
        if purges is not None:
            message["purges"] = purges
        session.marked = tx.last_mark()
    failpoint("baton.proposed")
    reply = session.ask("/v1/hello", message, signed=True)
    hello = Hello(reply, unsent)
    _heed(hello.verdict)
    with session.store.transaction() as tx:
        identity = _accepted(tx.identity(), hello)
        tx.put_identity(identity)
        chain.heed(tx, reply, message)
        tx.grant(hello.streams)
        tx.reread(hello.streams)
        if hello.verdict == "go":
            hold_leases(tx, message, hello.leases)
        if session.trusted is not None:
            tx.put_mark(session.trusted.raised())
        tx.release(hello.safe, _oldest_kept(session.conversation.server_time))
        if hello.purged:
            tx.stated(hello.purged, session.conversation.server_time, *session.conversation.signed)
            session.tally.purged += len(hello.purged)
    failpoint("baton.accepted")
    session.conversation.standing.epoch = identity.epoch
    return hello


def differing(states: Mapping[str, StreamState], hello: Hello) -> set[str]:
    """Return the granted streams whose log position, count or digest is not the server's."""
    return {name for name, told in hello.streams.items() if not is_equal(states.get(name), told)}


def is_equal(state: StreamState | None, told: Granted) -> bool:
    """Tell whether what is held of a stream is what the server holds."""
    return (
        state is not None
        and not state.baselining
        and (state.number, state.live, state.digest) == (told.head, told.live, told.digest)
    )


def _message(tx: SyncTransaction) -> dict[str, object]:
    identity = tx.identity()
    if identity.next_baton is None:
        identity = identity.but(next_baton=new_id())
        tx.put_identity(identity)
    return {
        "baton": identity.baton,
        "next_baton": identity.next_baton,
        "epoch": identity.epoch,
        "acked": identity.acked,
        "cursors": {
            name: state.number
            for name, state in tx.streams().items()
            if (state.number >= 0 or state.baselining) and is_stream(name)
        },
        "unsent": tx.unsent(),
        **chain.said(tx),
        "purges": tx.statements(STATEMENTS),
        "leases_wanted": leases_wanted(tx),
    }


def _heed(verdict: str) -> None:
    if verdict == "fork":
        raise Forked("sync.forked", sign="baton")
    if verdict == "destroy":
        raise Condemned("sync.lost")
    if verdict not in {"go", "upgrade", "retire"}:
        raise ServerUnreachable("sync.not_our_server")


def _accepted(identity: Identity, hello: Hello) -> Identity:
    """The proposal is the baton now."""
    return identity.but(
        baton=identity.next_baton or identity.baton,
        next_baton=None,
        epoch=hello.epoch,
        safe=hello.safe,
        seal_key=hello.seal_key or identity.seal_key,
    )


def _granted(told: Mapping[str, object]) -> Granted:
    return Granted(
        head=whole(told.get("head"), "stream.head"),
        live=whole(told.get("live"), "stream.live"),
        digest=digest(told.get("digest"), "stream.digest"),
        floor=whole(told.get("floor"), "stream.floor"),
        write=flag(told.get("write"), "stream.write"),
        moved=whole(told.get("moved", 0), "stream.moved"),
    )


def _root(value: object) -> str:
    return EVERYTHING if value == EVERYTHING else id_text(value, "purged")


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else wrong("purged")


def _oldest_kept(server_time: str) -> str:
    """Return the moment before which echoed operations may go. By the server's clock, not ours."""
    return instant_text(parse_instant(server_time) - timedelta(days=RETAIN_DAYS))
