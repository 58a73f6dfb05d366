"""The end of this laptop's enrolment: told by the server, in words that it signed.

*Lost*: everything is destroyed, nothing is sent but the word that the key is gone. *Retired*:
what waits is sent first (the server keeps it for the branch to look at), then it is stated that
everything goes. Nothing else destroys: not a status, not a refusal, however it is worded.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path

from crm.domain.errors import UserError
from crm.domain.ids import new_id
from crm.domain.instants import instant_text
from desktop.services.ports import Identity
from desktop.sync.conversation import Conversation, Standing
from desktop.sync.errors import Condemned, Revoked
from desktop.sync.failpoints import failpoint
from desktop.sync.handshake import EVERYTHING, say_hello
from desktop.sync.push import Push
from desktop.sync.session import Session
from desktop.sync.transport import Transport

LAST_WORD_S = 10.0  # that a destroyed laptop tries to be heard

log = logging.getLogger(__name__)


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


def say_destroyed(identity: Identity, ca_file: Path | None, schema_version: int) -> None:
    """Tell the server that a lost laptop's key is gone; nothing of it but that.

    Nobody waits for it, and nothing hangs on it: without it the server knows that it was told.
    """
    transport = Transport(
        identity.server_url, token=identity.token, ca_file=ca_file, deadline_s=LAST_WORD_S
    )
    standing = Standing(identity.incarnation, None, 0, identity.server_key)
    message = {
        "baton": identity.baton,
        "next_baton": new_id(),
        "acked": 0,
        "unsent": 0,
        "purges": [{"root": EVERYTHING, "at": instant_text(datetime.now(UTC))}],
    }
    conversation = Conversation(transport, schema_version, standing)
    try:
        conversation.start("/v1/hello", message, signed=True).reply(lambda: None)
        log.info("the server knows that the key is gone")
    except UserError as error:
        log.warning("the server does not know that the key is gone: %s", error.code)
    finally:
        transport.close()
