"""A forgotten passphrase: the laptop's key, sealed to this server, goes to who it belongs to.

The laptop asks with its person's login and password; a branch lead compares a code and approves;
the laptop claims with a secret that it alone kept. Only then is the key opened here, and at once
sealed again, to the key that the laptop made for this answer: nothing of it is kept in clear,
here or in a backup. The new enrolment takes the place of the old one, whose token dies.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy.engine import Connection

from crm.domain.errors import NotFound, Refused, UserError
from crm.domain.ids import new_id
from crm.domain.instants import instant_text, parse_instant
from crm.records.sealing import SealBroken, seal_bytes, unseal_bytes
from server.exchange.accept import Exchange
from server.exchange.accounts import may_lead, token_hash
from server.exchange.failpoints import failpoint
from server.store import audit, outside, people, recoveries
from server.store.outside import Revoked
from server.store.people import Person
from server.store.recoveries import OPEN, Recovery

PURPOSE, ANSWER = "recovery", "recovery answer"
KEY_BYTES = 32
DAYS = 7  # that a request stands
ANSWER_TIME = timedelta(hours=1)  # that an answer may be fetched again
RECOVERABLE = ("active", "replaced")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a laptop asks with. `claim` is the SHA-256 (hex) of the secret that it kept."""

    enrolment: str
    device: str
    sealed: tuple[str, ...]  # its key; where a change of it was cut short, the next one too
    reply_key: str
    claim: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """What a laptop claims with; `incarnation` and `baton` are to be its new ones."""

    request: str
    secret: str
    incarnation: str
    baton: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a request; `sealed` is the answer, once it is granted."""

    state: str
    code: str
    sealed: str | None = None


# --- asking ----------------------------------------------------------------------------------


def ask(exchange: Exchange, person: Person, asked: Asked) -> Recovery:
    """Keep a request of a person who has shown the password; it takes the place of older ones.

    Raises: Refused `recovery.other_person`, `recovery.sealed`, `recovery.reply_key`;
    UserError `device.lost`, `device.retired`.
    """
    _check_reply_key(asked.reply_key)
    with exchange.database.writing() as connection:
        at = _forget_old(exchange, connection)
        people.lock_computer(connection, asked.enrolment)  # one request at a time
        fault = _standing(connection, person.id, asked.enrolment)
        if fault is None and not _opened(exchange, person.id, asked.enrolment, asked.sealed):
            fault = Refused("recovery.sealed")
        if fault is None:
            return _kept(connection, person, asked, at)
        _note(connection, at, person.id, "denied", asked.enrolment, {"reason": fault.code})
    raise fault  # after the commit: that somebody tried is written down


def _kept(connection: Connection, person: Person, asked: Asked, at: str) -> Recovery:
    recoveries.supersede(connection, asked.enrolment)
    request = Recovery(
        id=new_id(),
        enrolment=asked.enrolment,
        person=person.id,
        device=asked.device,
        sealed=" ".join(asked.sealed),
        reply_key=asked.reply_key,
        claim=asked.claim,
        code=f"{secrets.randbelow(1_000_000):06}",
        state="waiting",
        at=at,
    )
    recoveries.add(connection, request)
    _note(connection, at, person.id, "asked", request.id, {"enrolment": asked.enrolment})
    return request


def _standing(connection: Connection, person: str, enrolment: str) -> UserError | None:
    """Return what speaks against recovering a device for a person; None where nothing does.

    A device that is not known at all came after the dump that was restored. That it is this
    person's is said by the sealed key, which opens under no other name.
    """
    held = people.enrolment(connection, enrolment)
    if held is None:
        return None
    if held["person"] != person:
        return Refused("recovery.other_person")
    state = held["state"]
    return None if state in RECOVERABLE else UserError(f"device.{state}")


def _opened(exchange: Exchange, person: str, enrolment: str, sealed: Sequence[str]) -> list[bytes]:
    """Return the keys; none where one was not sealed to us for this person and device."""
    if exchange.sealing_key is None:
        return []
    bound = {"enrolment": enrolment, "user": person}
    try:
        keys = [unseal_bytes(exchange.sealing_key, PURPOSE, bound, one) for one in sealed]
    except SealBroken:
        return []
    return keys if all(len(key) == KEY_BYTES for key in keys) else []


def _check_reply_key(reply_key: str) -> None:
    try:
        seal_bytes(reply_key, ANSWER, {}, b"")
    except ValueError as error:
        raise Refused("recovery.reply_key") from error


# --- deciding --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A request as whoever decides sees it; `unsent` is what the device said last."""

    request: Recovery
    login: str
    name: str
    branch: str | None
    unsent: int | None
    seen_at: str | None


def shown(exchange: Exchange, lead: Person | None, *, everything: bool = False) -> list[Shown]:
    """Return the requests that `lead` may decide (None: all); only open ones, or everything."""
    with exchange.database.writing() as connection:
        _forget_old(exchange, connection)
    states = recoveries.STATES if everything else OPEN
    with exchange.database.snapshot() as connection:
        devices = {device.enrolment: device for device in people.devices(connection)}
        found = [
            _shown(connection, request, devices)
            for request in recoveries.all_of(connection, states)
        ]
    return [one for one in found if lead is None or may_lead(lead, one.branch)]


def _shown(
    connection: Connection, request: Recovery, devices: Mapping[str, people.Device]
) -> Shown:
    person = people.person_with(connection, request.person)
    device = devices.get(request.enrolment)
    return Shown(
        request=request,
        login=person.login if person else "-",
        name=person.name if person else "-",
        branch=person.branch if person else None,
        unsent=device.unsent if device else None,
        seen_at=device.seen_at if device else None,
    )


def decide(exchange: Exchange, lead: Person, request: str, *, grant: bool) -> Recovery:
    """Approve or refuse a request; `lead` has shown a password.

    Raises: NotFound `recovery.unknown`; Refused `recovery.own`, `recovery.not_lead`,
    `recovery.closed`; UserError `device.lost`, `device.retired`.
    """
    with exchange.database.writing() as connection:
        at = _forget_old(exchange, connection)
        held = recoveries.held(connection, request, lock=True)
        fault = _objection(connection, lead, held, grant=grant)
        if held is not None and fault is None:
            return _decided(connection, lead, held, at, grant=grant)
        if held is not None and fault is not None:
            _note(connection, at, lead.id, "denied", request, {"reason": fault.code})
    raise fault or NotFound("recovery.unknown")


def _objection(
    connection: Connection, lead: Person, held: Recovery | None, *, grant: bool
) -> UserError | None:
    if held is None:
        return NotFound("recovery.unknown")
    if held.person == lead.id:
        return Refused("recovery.own")
    person = people.person_with(connection, held.person)
    if not may_lead(lead, person.branch if person else None):
        return Refused("recovery.not_lead")
    if held.state != "waiting" and not (held.state == "approved" and not grant):
        return Refused("recovery.closed", state=held.state)
    return _standing(connection, held.person, held.enrolment) if grant else None


def _decided(
    connection: Connection, lead: Person, held: Recovery, at: str, *, grant: bool
) -> Recovery:
    state = "approved" if grant else "refused"
    done = replace(
        held,
        state=state,
        sealed=held.sealed if grant else "",
        decided_by=lead.id,
        decided_at=at,
    )
    recoveries.change(
        connection, held.id, state=state, sealed=done.sealed, decided_by=lead.id, decided_at=at
    )
    facts = {"enrolment": held.enrolment, "person": held.person}
    _note(connection, at, lead.id, state, held.id, facts)
    return done


# --- claiming --------------------------------------------------------------------------------


def claim(
    exchange: Exchange, folder: Path, claimed: Claimed, about: Mapping[str, object]
) -> Outcome:
    """Return what became of a request; an approved one is granted now, once.

    The same claim gets the same answer for an hour, since replies are lost. `about` is what the
    answer tells of this server.
    Raises: NotFound `recovery.unknown`, also for a wrong secret; Refused `recovery.over`;
    UserError `device.lost`, `device.retired`.
    """
    with exchange.database.snapshot() as connection:  # who has no secret costs no writing
        enrolment = _held(connection, claimed).enrolment
    with exchange.database.writing() as connection:
        at = _forget_old(exchange, connection)
        people.lock_computer(connection, enrolment)  # it is declared lost before, or after this
        held = _held(connection, claimed, lock=True)
        fault: UserError | None = None
        if held.state == "approved":
            fault = _standing(connection, held.person, held.enrolment)
            if fault is None:
                held = _granted(exchange, connection, held, claimed, at, about)
                failpoint("recovery.before_commit")
            else:
                _note(connection, at, held.person, "denied", held.id, {"reason": fault.code})
    if fault is not None:
        raise fault
    failpoint("recovery.granted")
    if held.state == "granted":
        _list_outside(exchange, folder, held)
    return _outcome(held, claimed)


def _held(connection: Connection, claimed: Claimed, *, lock: bool = False) -> Recovery:
    """Return the request that somebody claims who has its secret."""
    held = recoveries.held(connection, claimed.request, lock=lock)
    said = hashlib.sha256(bytes.fromhex(claimed.secret)).hexdigest()
    if held is None or not hmac.compare_digest(held.claim, said):
        raise NotFound("recovery.unknown")
    return held


def _outcome(held: Recovery, claimed: Claimed) -> Outcome:
    if held.state != "granted":
        return Outcome(held.state, held.code)
    if held.answer is None or held.incarnation != claimed.incarnation:
        raise Refused("recovery.over")
    return Outcome(held.state, held.code, held.answer)


def _granted(
    exchange: Exchange,
    connection: Connection,
    held: Recovery,
    claimed: Claimed,
    at: str,
    about: Mapping[str, object],
) -> Recovery:
    """Make the new enrolment, end the old one, and keep the sealed answer."""
    keys = _opened(exchange, held.person, held.enrolment, held.sealed.split(" "))
    person = people.person_with(connection, held.person)
    if not keys or person is None or not person.active:
        raise Refused("recovery.sealed")  # another sealing key since, or the person has gone
    if people.incarnation(connection, claimed.incarnation) is not None:
        raise Refused("enrol.incarnation")
    token, made = secrets.token_urlsafe(32), new_id()
    _change_devices(connection, held, claimed, made, token, at)
    said = _said(person, keys, made, token) | dict(about)
    done = replace(
        held,
        state="granted",
        sealed="",
        granted_at=at,
        incarnation=claimed.incarnation,
        made=made,
        answer=seal_bytes(held.reply_key, ANSWER, {"request": held.id}, orjson.dumps(said)),
    )
    names = ("state", "sealed", "granted_at", "incarnation", "made", "answer")
    recoveries.change(connection, held.id, **{name: getattr(done, name) for name in names})
    facts = {"enrolment": held.enrolment, "made": made}
    _note(connection, at, held.person, "granted", held.id, facts)
    return done


def _change_devices(
    connection: Connection, held: Recovery, claimed: Claimed, made: str, token: str, at: str
) -> None:
    ended = people.replace_enrolment(connection, held.enrolment, at)
    people.add_enrolment(
        connection,
        id=made,
        person=held.person,
        device=held.device,
        state="active",
        token=token_hash(token),
        at=at,
        replaces=ended,
    )
    people.add_incarnation(
        connection,
        id=claimed.incarnation,
        enrolment=made,
        person=held.person,
        baton=claimed.baton,
    )


def _said(person: Person, keys: Sequence[bytes], made: str, token: str) -> dict[str, Any]:
    return {
        "keys": [base64.b64encode(key).decode() for key in keys],
        "enrolment": made,
        "token": token,
        "user": person.id,
        "name": person.name,
        "branch": person.branch,
        "role": person.role,
    }


def _list_outside(exchange: Exchange, folder: Path, held: Recovery) -> None:
    """Put the old enrolment on the list that a restored dump does not take back.

    After the commit: a list that says `replaced` of a device that was not would lock out its
    person. A claim that is repeated finds it there.
    """
    if any(known.enrolment == held.enrolment for known in outside.revoked(folder)):
        return
    with exchange.database.snapshot() as connection:
        old = people.enrolment(connection, held.enrolment)
    if old is not None and old["state"] == "replaced":
        names = {"enrolment": old["id"], "person": old["person"], "token": old["token"]}
        at = held.granted_at or exchange.now()
        outside.note_revoked(folder, Revoked(**names, state="replaced", at=at))


# --- what all of them do ---------------------------------------------------------------------


def _forget_old(exchange: Exchange, connection: Connection) -> str:
    """Close and wipe what is too old; return the moment."""
    at = exchange.now()
    now = parse_instant(at)
    recoveries.forget(
        connection, instant_text(now - timedelta(days=DAYS)), instant_text(now - ANSWER_TIME)
    )
    return at


def tidy(exchange: Exchange) -> None:
    """Close and wipe what is too old."""
    with exchange.database.writing() as connection:
        _forget_old(exchange, connection)


def _note(
    connection: Connection, at: str, actor: str, what: str, subject: str, facts: Mapping[str, Any]
) -> None:
    audit.note(
        connection, at=at, actor=actor, action=f"recovery.{what}", subject=subject, facts=facts
    )
