"""Customers who leave: when it is certain, beyond recovery, and stated to the server (`seal`).

A root whose row a page has taken may come back with a page of another stream. It is let go only
where the streams, as a hello later than its mark described them, have been read; or where a
hello found nothing to read.
"""

from __future__ import annotations

import logging

from crm.domain.errors import ServerUnreachable
from desktop.sync.failpoints import failpoint
from desktop.sync.handshake import say_hello
from desktop.sync.session import Session

log = logging.getLogger(__name__)


def let_go(session: Session, until: int | None, *, end_pull: bool) -> None:
    """Let marked roots leave; `until` as SyncTransaction.let_go, after a pull that ends here.

    While a stream waits for the person's word (`ask-first`) no pull is complete: what was sent
    into it stays laid over, and who left may have gone there.
    """
    if session.asking.staged:
        session.leaves = True  # whether anything does is looked at in the end
        return
    with session.store.transaction() as tx:
        if end_pull:
            tx.end_pull()
        gone = tx.let_go(until)
        session.leaves = tx.owes_wipe() or bool(tx.statements(1))
        failpoint("leave.before_commit")
    if gone:
        log.info("left this laptop: %d roots", gone)
        failpoint("leave.committed")


def wipe_owed(session: Session) -> bool:
    """Write the replica anew where something has left since; tell whether anything had."""
    with session.store.transaction() as tx:
        owed = tx.owes_wipe()
    if owed and session.store.wipe():
        failpoint("wipe.before_commit")
        with session.store.transaction() as tx:
            tx.wiped()
    return owed


def leave_no_byte(session: Session) -> None:
    """Write the replica anew where something has left, and state it.

    Where the file is read for so long that its log cannot be emptied, or the line is gone, the
    rest waits for the next sync: nothing else of this one depends on it.
    """
    if not session.leaves:
        return
    with session.store.transaction() as tx:
        to_state = bool(tx.statements(1))
    if not wipe_owed(session) and not to_state:
        return
    failpoint("wipe.committed")
    try:
        while _state(session):
            pass
    except ServerUnreachable as error:
        log.warning("departures not stated yet: %s", error.code)


def _state(session: Session) -> bool:
    """Say one hello with what is to be stated; tell whether the server took any of it."""
    with session.store.transaction() as tx:
        if not tx.statements(1):
            return False
    return bool(say_hello(session).purged)
