"""People, passwords, devices and grants.

Passwords are argon2id. A first password must be changed before a device is
enrolled. A device's token is random; only its SHA-256 is kept.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy.engine import Connection

from crm.domain.errors import NotFound, Refused, UserError
from crm.domain.ids import new_id
from crm.domain.kinds import ROLES
from server.exchange.accept import Exchange
from server.exchange.actors import Actor
from server.exchange.hand import Hand
from server.exchange.throttle import Throttle
from server.store import people, streams
from server.store import records as store
from server.store.people import Person

MIN_PASSWORD = 8
HASHES_AT_ONCE = 4  # each takes 64 MB: a flood of guesses shall not take all memory
WAIT_S = 3  # asked of who finds the queue full
HASHES_WAITING = 12  # callers behind them: who guesses shall not take every worker either

_hasher = PasswordHasher()
_hashing = threading.BoundedSemaphore(HASHES_AT_ONCE)
_queue = threading.BoundedSemaphore(HASHES_AT_ONCE + HASHES_WAITING)


@dataclass(frozen=True, slots=True)
class NewPerson:
    login: str
    name: str
    role: str
    branch: str | None
    password: str
    must_change: bool = True


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A device as it was just enrolled; the only time its token is seen."""

    enrolment: str
    token: str
    person: Person


def check_password(password: str) -> None:
    """Raise Refused `password.short` for a password that is too easy to guess."""
    if len(password) < MIN_PASSWORD or len(set(password)) < 4:
        raise Refused("password.short", limit=MIN_PASSWORD)


def authenticate(
    exchange: Exchange, throttle: Throttle, login: str, password: str, address: str = ""
) -> Person:
    """Return the person; `address` is where the call comes from.

    Raises: UserError `login.wrong`, `server.busy`.
    """
    throttle.take(login, address)
    with exchange.database.snapshot() as connection:
        person = people.find_person(connection, login=login)
    good = _matches(person.password if person else nobody(), password)
    if person is None or not good or not person.active:
        raise UserError("login.wrong")
    throttle.forgive(login, address)
    return person


def nobody() -> str:
    """Return a hash to verify against when a login does not exist, so that the time tells nothing.

    It is made once, and then takes the time of a hash: a server makes it before it serves.
    """
    return _hash_of_nobody(_hasher)


@cache
def _hash_of_nobody(hasher: PasswordHasher) -> str:
    return hasher.hash(secrets.token_hex(16))


def _matches(hashed: str, password: str) -> bool:
    try:
        with _turn():
            return _hasher.verify(hashed, password)
    except (Argon2Error, InvalidHashError):
        return False


def _hash(password: str) -> str:
    with _turn():
        return _hasher.hash(password)


@contextmanager
def _turn() -> Iterator[None]:
    """Wait for one's turn to hash. Raises: UserError `server.busy` where too many wait."""
    if not _queue.acquire(blocking=False):
        raise UserError("server.busy", retry_s=WAIT_S)
    try:
        with _hashing:
            yield
    finally:
        _queue.release()


def _own_password(person: Person, new: str) -> str:
    """Return the hash of a password of the person's own choice. Raises: Refused."""
    check_password(new)
    if _matches(person.password, new):
        raise Refused("password.same")
    return _hash(new)


def change_password(exchange: Exchange, person: Person, new: str) -> None:
    """Set a password of the person's own choice. Raises: Refused."""
    hashed = _own_password(person, new)
    with exchange.database.writing() as connection:
        people.set_password(connection, person.id, hashed, must_change=False)


def enrol(
    exchange: Exchange,
    person: Person,
    *,
    device: str,
    incarnation: str,
    baton: str,
    new_password: str | None = None,
) -> Enrolled:
    """Make a device of `person` known; return its token.

    A new password is set in the same transaction: a refusal changes neither.
    Raises: Refused; UserError `password.change_required`.
    """
    if new_password is None and person.must_change:
        raise UserError("password.change_required")
    hashed = _own_password(person, new_password) if new_password is not None else None
    enrolment, token = new_id(), secrets.token_urlsafe(32)
    with exchange.database.writing() as connection:
        if people.incarnation(connection, incarnation) is not None:
            raise Refused("enrol.incarnation")
        if hashed is not None:
            people.set_password(connection, person.id, hashed, must_change=False)
        people.add_enrolment(
            connection,
            id=enrolment,
            person=person.id,
            device=device,
            state="active",
            token=token_hash(token),
            at=exchange.now(),
        )
        people.add_incarnation(
            connection, id=incarnation, enrolment=enrolment, person=person.id, baton=baton
        )
    return Enrolled(enrolment, token, person)


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def device_actor(
    exchange: Exchange, token: str, incarnation: str, *, retired: bool = False
) -> tuple[Actor, Person]:
    """Return who a token stands for; `retired`: a retired device may ask this.

    Raises: UserError `token.unknown`, `device.lost`, …; `sync.fork` for a device that is known
    and an incarnation of it that is not: a restored server has forgotten it.
    """
    with exchange.database.snapshot() as connection:
        person, enrolment, state = _device(connection, token, retired=retired)
        held = people.incarnation(connection, incarnation)
        grants = people.grants_at(connection, person.id, exchange.now())
    if held is None or held.enrolment != enrolment:
        raise UserError("sync.fork")
    return Actor(person.id, incarnation, grants, retired=state == "retired"), person


def enrolled_device(exchange: Exchange, token: str) -> tuple[Person, str]:
    """Return the person and the enrolment of a token, whatever its incarnation is.

    A retired device may still fork, so that it can bring what it has.
    Raises: UserError `token.unknown`, `device.lost`.
    """
    with exchange.database.snapshot() as connection:
        person, enrolment, _ = _device(connection, token, retired=True)
    return person, enrolment


def _device(connection: Connection, token: str, *, retired: bool) -> tuple[Person, str, str]:
    """Return the person, the enrolment and its state."""
    found = people.by_token(connection, token_hash(token)) or _forgotten(connection, token)
    if found is None:
        raise refusal(people.state_of_token(connection, token_hash(token)))
    person, enrolment, state = found
    may_be = ("active", "retired") if retired else ("active",)
    if state not in may_be:  # first: a lost device must hear that it is lost, whatever else
        raise refusal(state)
    if not person.active and state == "active":
        raise UserError("token.unknown")
    return person, enrolment, state


def _forgotten(connection: Connection, token: str) -> tuple[Person, str, str] | None:
    """Return a retired device whose person came after the dump that was restored.

    It is heard all the same: what it has goes into quarantine, and it is told, by the signed
    word that it waits for, to destroy the rest.
    """
    held = people.enrolment_of_token(connection, token_hash(token))
    if held is None or held["state"] != "retired":
        return None
    nobody = Person(
        id=held["person"],
        login="-",
        name="-",
        role="-",
        branch=None,
        password="",
        must_change=False,
        active=False,
    )
    return nobody, held["id"], held["state"]


def refusal(state: str | None) -> UserError:
    """Return what a device hears that may not do this: lost and retired ones by name."""
    ended = state in ("lost", "retired")
    return UserError(f"device.{state}" if ended else "token.unknown")


def portfolio(person_id: str) -> str:
    """Return the stream that holds a manager's customers."""
    return f"portfolio:{person_id}"


def add_person(
    exchange: Exchange,
    hand: Hand,
    new: NewPerson,
    deputy_of: Person | None,
    person_id: str | None = None,
) -> str:
    """Add a person with the grants of the role, and the staff record; return the id.

    Everybody has a portfolio, a manager for customers too; a deputy may also write that of the
    one deputised for; a branch lead reads the portfolios of the branch.
    Raises: Refused, NotFound; then nothing was added.
    """
    _check_new(exchange, new)
    person_id = person_id or new_id()
    hashed = _hash(new.password)
    with exchange.database.writing() as connection:
        people.add_person(
            connection,
            id=person_id,
            login=new.login,
            name=new.name,
            role=new.role,
            branch=new.branch,
            password=hashed,
            must_change=new.must_change,
            active=True,
        )
        for stream, write in _streams_of_role(connection, person_id, new, deputy_of):
            _grant(exchange, connection, person_id, stream, write=write)
        _show_to_leads(exchange, connection, person_id, new)
    if new.branch:
        _add_staff_record(exchange, hand, person_id, new)
    return person_id


def _check_new(exchange: Exchange, new: NewPerson) -> None:
    check_password(new.password)
    if new.role not in ROLES:
        raise Refused("person.role", roles=", ".join(ROLES))
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,39}", new.login):
        raise Refused("person.login")
    if not new.name.strip():
        raise Refused("person.name")
    exchange.schema["staff"].check(_staff_fields(new), whole_record=True)
    with exchange.database.snapshot() as connection:
        if people.find_person(connection, login=new.login) is not None:
            raise Refused("person.exists")
        branch = new.branch and store.load(connection, [new.branch]).get(new.branch)
    if new.branch and (not branch or branch.dead or branch.kind != "branch"):
        raise NotFound("record.unknown")


def demand_free(exchange: Exchange, logins: Sequence[str]) -> None:
    """Raise Refused `person.exists` where one of these logins is somebody's."""
    with exchange.database.snapshot() as connection:
        if any(people.find_person(connection, login=login) is not None for login in logins):
            raise Refused("person.exists")


def _streams_of_role(
    connection: Connection, person_id: str, new: NewPerson, deputy_of: Person | None
) -> list[tuple[str, bool]]:
    streams = [("bank", False)]
    if new.branch:
        streams.append((f"branch:{new.branch}", new.role in ("branch_lead", "administrator")))
    streams.append((portfolio(person_id), True))  # of a lead: for the access log
    if deputy_of is not None:
        streams.append((portfolio(deputy_of.id), True))
    if new.role == "branch_lead":
        streams += [(portfolio(p.id), False) for p in _managers(connection, new.branch)]
    if new.role == "complaint_officer" and new.branch:
        streams.append((f"cases:{new.branch}", True))
    return streams


def _managers(connection: Connection, branch: str | None) -> list[Person]:
    everyone = people.people(connection)
    return [p for p in everyone if p.role == "manager" and p.branch == branch]


def _show_to_leads(
    exchange: Exchange, connection: Connection, person_id: str, new: NewPerson
) -> None:
    """The branch's leads also read the portfolio of a manager who comes later."""
    if new.role != "manager":
        return
    for lead in people.people(connection):
        if lead.role == "branch_lead" and lead.branch == new.branch:
            _grant(exchange, connection, lead.id, portfolio(person_id), write=False)


def _grant(
    exchange: Exchange, connection: Connection, person_id: str, stream: str, *, write: bool
) -> None:
    people.add_grant(
        connection,
        id=new_id(),
        person=person_id,
        stream=stream,
        write=write,
        since=exchange.now(),
        until=None,
    )


def _add_staff_record(exchange: Exchange, hand: Hand, person_id: str, new: NewPerson) -> None:
    result = hand.create("staff", _staff_fields(new), record=person_id, parent=new.branch)
    if result.outcome != "applied":
        raise Refused(result.reason or "person.record")


def _staff_fields(new: NewPerson) -> dict[str, str]:
    return {"name": new.name, "login": new.login, "role": new.role}


def deputise(
    exchange: Exchange, deputy: Person, principal: Person, *, since: str, until: str
) -> None:
    """Let somebody write in a manager's portfolio from one moment to another.

    The grant opens and closes by the server's clock; nobody has to be there.
    Raises: Refused `deputy.self`, `person.no_portfolio`, `deputy.period`.
    """
    if deputy.id == principal.id:
        raise Refused("deputy.self")
    if principal.role != "manager":
        raise Refused("person.no_portfolio", login=principal.login)
    if until <= since or until <= exchange.now():
        raise Refused("deputy.period")
    with exchange.database.writing() as connection:
        people.add_grant(
            connection,
            id=new_id(),
            person=deputy.id,
            stream=portfolio(principal.id),
            write=True,
            since=since,
            until=until,
        )


def end_deputyship(exchange: Exchange, deputy: Person, principal: Person) -> None:
    """Let a deputy write in a manager's portfolio no longer; what a branch lead reads stays.

    Raises: Refused `person.own_portfolio`; NotFound `deputy.none`.
    """
    if deputy.id == principal.id:
        raise Refused("person.own_portfolio")
    if not end_grant(exchange, deputy, portfolio(principal.id), write=True):
        raise NotFound("deputy.none", login=deputy.login, of=principal.login)


def end_grant(exchange: Exchange, person: Person, stream: str, *, write: bool | None = None) -> int:
    """Close a person's grants on a stream, or with `write` those of that sort; return how many.

    They are never deleted, because late edits are judged by them.
    Under the stream's lock: pushes that go before it are through, those behind it see it closed.
    """
    with exchange.database.writing() as connection:
        streams.lock(exchange.database, connection, streams.read(connection, [stream]))
        return people.close_grant(connection, person.id, stream, exchange.now(), write=write)


def may_lead(person: Person, branch: str | None) -> bool:
    """Tell whether a person decides about the people and computers of a branch."""
    if person.role == "administrator":
        return True
    return person.role == "branch_lead" and branch is not None and person.branch == branch


def find(exchange: Exchange, login: str) -> Person:
    """Return the person with this login. Raises: NotFound `person.unknown`."""
    with exchange.database.snapshot() as connection:
        person = people.find_person(connection, login=login)
    if person is None:
        raise NotFound("person.unknown", login=login)
    return person
