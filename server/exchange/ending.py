"""The end of a device: what a lost one is told, and what a retired one states.

A lost one destroys all that it has and brings nothing; how much it had not sent is counted
(`lost`). A retired one has brought what it had into quarantine, and states that everything
goes (`retired`). Both leave statements that this server signed, so that what is shown later can
be proven to be what was said then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection

from crm.domain.errors import UserError
from crm.domain.ids import derived_id
from server.exchange import incarnations
from server.exchange.accept import Exchange
from server.exchange.accounts import token_hash
from server.exchange.failpoints import failpoint
from server.exchange.tokens import STATEMENT, Tokens
from server.store import audit, people, statements
from server.store.database import Database
from server.store.statements import DESTROYED, HANDED_IN, TOLD, Statement

EVERYTHING = "*"  # the root of a purge statement about all that a laptop had

Purges = Iterable[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What a statement is about. `said_at` is by the laptop's clock."""

    enrolment: str
    incarnation: str
    person: str
    state: str
    unsent: int
    said_at: str | None = None


def tell_lost(
    exchange: Exchange, token: str, incarnation: str, unsent: int, purges: Purges = ()
) -> int:
    """Note that a lost device asked, and how much it had not sent; return its `done`.

    With a purge of everything it says that its key is gone by now. Whatever it says it is, it is
    told to destroy; what it says is kept of its own incarnations, and of no more than others have.
    Raises: UserError `token.unknown` for a device that is not lost.
    """
    at, gone = exchange.now(), of_everything(purges)
    with exchange.database.writing() as connection:
        found = people.enrolment_of_token(connection, token_hash(token))
        if found is None or found["state"] != "lost":
            raise UserError("token.unknown")
        people.end_enrolment(connection, found["id"], at)
        held = _own(exchange.database, connection, found, incarnation)
        if held is None:
            return 0
        if gone is None:
            people.update_incarnation(connection, incarnation, unsent=unsent, seen_at=at)
        ended = Ended(
            enrolment=found["id"],
            incarnation=incarnation,
            person=found["person"],
            state="lost",
            unsent=unsent,
            said_at=gone,
        )
        what = TOLD if gone is None else DESTROYED
        keep_statement(exchange.database, connection, exchange.tokens, what, ended, at)
        failpoint("lost.before_commit")
    failpoint("lost.told")
    return held.done


def _own(
    database: Database, connection: Connection, enrolment: Mapping[str, Any], incarnation: str
) -> people.Incarnation | None:
    """Hold and return an incarnation of a lost device; None where it is not one of its own."""
    held = people.incarnation(connection, incarnation, lock=True)
    if held is None and people.count_incarnations(connection, enrolment["id"]) < incarnations.MOST:
        # enrolled, or forked, after the dump that was restored
        own = {"enrolment": enrolment["id"], "person": enrolment["person"]}
        people.ensure_incarnation(database, connection, id=incarnation, **own)
        held = people.incarnation(connection, incarnation, lock=True)
    return held if held is not None and held.enrolment == enrolment["id"] else None


def hand_in(
    database: Database, connection: Connection, signer: Tokens | None, ended: Ended, at: str
) -> None:
    """Note that a retired device has brought everything, and agreed to destroy it."""
    people.end_enrolment(connection, ended.enrolment, at)
    keep_statement(database, connection, signer, HANDED_IN, ended, at)


def of_everything(purges: Purges) -> str | None:
    """Return when a laptop stated, by its clock, that everything goes; None where it did not."""
    return next((str(each["at"]) for each in purges if each["root"] == EVERYTHING), None)


def keep_statement(
    database: Database,
    connection: Connection,
    signer: Tokens | None,
    what: str,
    ended: Ended,
    at: str,
) -> None:
    """Sign and keep a statement, and note it among the acts; said again it is the same one."""
    known = derived_id("statement", ended.enrolment, ended.incarnation, what)
    if signer is None or statements.is_known(connection, known):
        return
    facts = {"incarnation": ended.incarnation, "unsent": ended.unsent, "statement": known}
    audit.note(
        connection,
        at=at,
        actor=ended.person,
        action=f"device.{what}",
        subject=ended.enrolment,
        facts=facts,
    )
    body = {name: getattr(ended, name) for name in Ended.__slots__}
    token = signer.sign(STATEMENT, {**body, "id": known, "what": what, "at": at})
    made = Statement(id=known, enrolment=ended.enrolment, what=what, at=at, token=token)
    statements.add(database, connection, made)


def said_in(signer: Tokens | None, statement: Statement) -> Mapping[str, Any] | None:
    """Return what a statement says; None where it is not what this server signed."""
    said = signer.read(STATEMENT, statement.token) if signer else None
    names = ("id", "enrolment", "what", "at")
    if said is None or any(said.get(name) != getattr(statement, name) for name in names):
        return None
    return said
