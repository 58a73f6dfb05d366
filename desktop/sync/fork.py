"""Becoming a new incarnation: what a sync does when laptop and server share one history no more.

The signs (`baton`, `done-back`, `in-order`) cannot tell a cloned laptop from a restored server,
and need not: the answer is the same. The laptop takes a new incarnation, sends everything that
it has retained once more (the server knows again what it knows, `op-once`), and reads anew what
is not equal. Killed anywhere, the next sync goes on: the new incarnation is stored before it is
told, and may be told as often as it takes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from desktop.services.ports import Identity
from desktop.sync.conversation import Standing
from desktop.sync.errors import Forked
from desktop.sync.failpoints import failpoint
from desktop.sync.session import Session
from desktop.sync.wellformed import epoch_text

MOST = 2  # forks in one sync: who meets a third sign is not helped by forking
Done = TypeVar("Done")

log = logging.getLogger(__name__)


def through_forks(session: Session, work: Callable[[Session], Done]) -> Done:
    """Do `work`, and once more from its beginning after each sign of a fork.

    Raises: Forked at the third sign, every edit kept; and whatever `work` raises.
    """
    identity = session.identity
    is_known = identity.fork_of is None and not identity.copied
    if identity.copied:  # opened from a backup: the original may be alive
        become_new(session, "copy")
    for _ in range(MOST):
        try:
            if not is_known:
                make_known(session)
            return work(session)
        except Forked as sign:
            become_new(session, str(sign.facts.get("sign", "")))
            is_known = False
    make_known(session)
    return work(session)


def become_new(session: Session, sign: str) -> None:
    """Store a new incarnation; everything retained waits to be sent again (`fork`)."""
    with session.store.transaction() as tx:
        resent = tx.fork()
        identity = tx.identity()
        failpoint("fork.before_commit")
    failpoint("fork.committed")
    session.conversation.standing = standing_of(identity)
    session.verified.clear()
    session.tally.forked(resent)
    log.warning("sync forked: %s; %d operations go once more", sign, len(resent))


def make_known(session: Session) -> None:
    """Tell the server of an incarnation that it may not know yet. Raises: as Session.ask."""
    with session.store.transaction() as tx:
        identity = tx.identity()
    if identity.fork_of is None:
        return
    message = {"baton": identity.baton, "fork_of": identity.fork_of}
    reply = session.ask("/v1/incarnation", message)
    failpoint("incarnation.answered")
    epoch = epoch_text(reply.get("epoch"), "epoch")
    with session.store.transaction() as tx:
        tx.put_identity(tx.identity().but(fork_of=None, epoch=epoch))
    failpoint("incarnation.known")
    session.conversation.standing.epoch = epoch


def standing_of(identity: Identity) -> Standing:
    """Return what the server's next word must agree with."""
    return Standing(identity.incarnation, identity.epoch, identity.acked, identity.server_key)
