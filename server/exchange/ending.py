"""The end of a device: what a lost one is told, and what a retired one states.

A lost one destroys all that it has and brings nothing; how much it had not sent is counted
(`lost`). A retired one has brought what it had into quarantine, and states that everything
goes (`retired`).
"""

from __future__ import annotations

from crm.domain.errors import UserError
from server.exchange.accept import Exchange
from server.exchange.accounts import token_hash
from server.exchange.failpoints import failpoint
from server.store import people

EVERYTHING = "*"  # the root of a purge statement about all that a laptop had


def tell_lost(exchange: Exchange, token: str, incarnation: str, unsent: int) -> int:
    """Note that a lost device asked, and how much it had not sent; return its `done`.

    Raises: UserError `token.unknown` for a device that is not lost.
    """
    at = exchange.now()
    with exchange.database.writing() as connection:
        found = people.enrolment_of_token(connection, token_hash(token))
        if found is None or found["state"] != "lost":
            raise UserError("token.unknown")
        held = people.incarnation(connection, incarnation, lock=True)
        if held is None:  # enrolled, or forked, after the dump that was restored
            people.add_incarnation(
                connection, id=incarnation, enrolment=found["id"], person=found["person"]
            )
        if held is None or held.enrolment == found["id"]:
            people.update_incarnation(connection, incarnation, unsent=unsent, seen_at=at)
        people.end_enrolment(connection, found["id"], at)
        failpoint("lost.before_commit")
    failpoint("lost.told")
    return held.done if held else 0
