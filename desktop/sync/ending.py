"""The end of this laptop's enrolment: told by the server, in words that it signed.

*Lost*: everything is destroyed, nothing is sent. *Retired*: what waits is sent first (the
server keeps it for the branch to look at), then it is stated that everything goes. Nothing
else destroys: not a status, not a refusal, however it is worded.
"""

from __future__ import annotations

from desktop.sync.errors import Condemned, Revoked
from desktop.sync.failpoints import failpoint
from desktop.sync.handshake import EVERYTHING, say_hello
from desktop.sync.push import Push
from desktop.sync.session import Session


def hand_in(session: Session) -> None:
    """Send what waits, state that everything goes. Raises: Condemned `sync.retired`.

    Raises Revoked while something could not be sent: then the next sync tries again.
    """
    session.work.progress.stage("send")
    Push(session).run()
    with session.store.transaction() as tx:
        unsent = tx.unsent()
    if unsent:
        raise Revoked("sync.handing_in")
    failpoint("retire.sent")
    said = [{"root": EVERYTHING, "at": session.conversation.server_time}]
    if EVERYTHING not in say_hello(session, purges=said).purged:
        raise Revoked("sync.handing_in")
    failpoint("retire.stated")
    raise Condemned("sync.retired")


def ask_whether_it_ended(session: Session) -> None:
    """Somebody refused us as withdrawn: ask for the server's own word. Raises: Condemned."""
    if say_hello(session).verdict == "retire":
        hand_in(session)
