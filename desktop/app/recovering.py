"""A forgotten passphrase, or a keyring that was wiped: the laptop's key comes back from the server.

While the profile is open, a copy of the key sealed to the server is kept in the vault (`keep_copy`
of recovery_copy). Who has forgotten asks with login and password (`ask`) and chooses the new
passphrase at once; when a branch lead has approved, `go_on` claims the key, makes this laptop a
new incarnation under a new token, wraps the key by the new passphrase and a new keyring secret, and
gives the replica another key. Killed anywhere, `go_on` or the next opening goes on. Every edit
stays where it is: in the replica.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import secrets
import socket
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from crm.domain.errors import (
    Damaged,
    Locked,
    NotFound,
    Refused,
    ServerRefused,
    ServerUnreachable,
    UserError,
)
from crm.domain.ids import new_id
from crm.domain.instants import instant_text
from crm.domain.kinds import SCHEMA
from crm.records.sealing import SealBroken, unseal_bytes
from desktop.app.profiles import Profile, key_fits, unlocked
from desktop.app.recovery_copy import keep_copy
from desktop.app.rekeying import rekey
from desktop.services.ports import Identity
from desktop.services.reach import Reach, read_reach
from desktop.storage.replica import Replica, local_now
from desktop.sync import recovery
from desktop.sync.engine import only_one
from desktop.sync.failpoints import arm, failpoint
from desktop.sync.recovery import Asking, Server, Told
from desktop.vault import request_file
from desktop.vault.keys import ReplicaKey
from desktop.vault.passphrases import check_new_passphrase
from desktop.vault.request_file import ASKED, GRANTED, OWED, Claim, Request
from desktop.vault.system_keyring import SystemKeyring
from desktop.vault.vault import Vault
from desktop.vault.vault_file import FILE_NAME as VAULT_NAME
from desktop.vault.vault_file import read_vault

ANSWER = "recovery answer"
RECOVERED = "recovered"
_OVER = frozenset({"recovery.unknown", "recovery.over"})

Check = Callable[[], None]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a person gives to ask. Without a server's address the one last synced with is asked."""

    login: str
    password: str = field(repr=False)
    passphrase: str = field(repr=False)  # the new one
    server_url: str | None = None
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where a recovery stands: waiting, recovered, refused, superseded or expired."""

    state: str
    code: str


def _go_on() -> None:
    """Nobody can cancel."""


# --- what is owed -----------------------------------------------------------------------------


def pay(profile: Profile, passphrase: str) -> None:
    """Give the replica the new key that a recovery still owes it; nobody has it open.

    Where that is not possible now (another program is at work, the disk is full), it stays owed,
    and keeps nobody out. Raises: Locked where passphrase or keyring do not open the vault.
    """
    request = request_file.read_request(profile.folder)
    if request is None or request.state != OWED:
        return
    try:
        rekey(profile, passphrase)
        failpoint("recover.rekeyed")
        request_file.forget_request(profile.folder, SystemKeyring())
    except Locked:
        raise
    except UserError as error:
        log.warning("new key still owed: %s", error.code)


# --- asking ----------------------------------------------------------------------------------


def under_way(profile: Profile) -> Request | None:
    """Return the request that waits to be gone on with; None where there is none."""
    return request_file.read_request(profile.folder)


def ask(profile: Profile, given: Given, check: Check = _go_on) -> Request:
    """Ask the server for the key of a locked profile; the code is to be told to a branch lead.

    A request that was under way ends. Raises: NotFound `profile.none`; Refused `recovery.no_copy`,
    `recovery.where`, `vault.passphrase.*`, `enrol.login`; Locked `keyring.*`; ServerRefused;
    ServerUnreachable. Then nothing has changed here.
    """
    if not profile.enrolled:
        raise NotFound("profile.none")
    practice = profile.vault.header().practice
    check_new_passphrase(given.passphrase, practice=practice, own_words=(given.login,))
    keyring = SystemKeyring()
    if not practice:
        keyring.secure_backend()
    reach = _reach(profile, given.server_url, given.ca_file)
    reply_key, secret = X25519PrivateKey.generate(), secrets.token_bytes(32)
    asking = _asking(profile.vault, profile.folder, reach, given, reply_key, secret)
    request_id, code = recovery.ask(_server(reach), asking, check)
    request = Request(
        request=request_id,
        code=code,
        at=instant_text(local_now()),
        account="" if practice else f"{profile.vault.header().enrolment}.recovery",
    )
    claim = Claim(
        secret=secret.hex(),
        reply_key=reply_key.private_bytes_raw().hex(),
        incarnation=new_id(),
        baton=new_id(),
    )
    request_file.keep_request(profile.folder, request, claim, given.passphrase, keyring)
    return request


def _reach(profile: Profile, server_url: str | None, ca_file: Path | None) -> Reach:
    """Return where to ask: where this laptop synced last, unless it is told another place.

    Raises: Refused `recovery.where`.
    """
    known = read_reach(profile.folder)
    if known is None:
        raise Refused("recovery.where")
    if server_url is not None:  # which is not believed by what the former one showed
        known = replace(known, server_url=server_url.rstrip("/"), ca_file=None)
    return known if ca_file is None else replace(known, ca_file=str(ca_file.absolute()))


def _asking(
    vault: Vault,
    folder: Path,
    reach: Reach,
    given: Given,
    reply_key: X25519PrivateKey,
    secret: bytes,
) -> Asking:
    copy = vault.recovery()
    if copy is None:
        raise Refused("recovery.no_copy")
    following = read_vault(folder / VAULT_NAME).next
    next_copy = following.recovery if following else None
    return Asking(
        login=given.login,
        password=given.password,
        enrolment=reach.enrolment,
        device=socket.gethostname()[:120] or "-",
        sealed=copy.sealed,
        sealed_next=next_copy.sealed if next_copy else None,
        reply_key=base64.b64encode(reply_key.public_key().public_bytes_raw()).decode(),
        claim=hashlib.sha256(secret).hexdigest(),
    )


def _server(reach: Reach) -> Server:
    return Server(
        url=reach.server_url, ca_file=Path(reach.ca_file) if reach.ca_file else None, schema=SCHEMA
    )


# --- going on --------------------------------------------------------------------------------


def go_on(
    profile: Profile,
    passphrase: str,
    server_url: str | None = None,
    ca_file: Path | None = None,
    check: Check = _go_on,
) -> Outcome:
    """Ask what became of the request; where it is granted, open the profile by `passphrase`.

    It is the one that was chosen when asking. Where another server was asked than the one last
    synced with, it is to be told again. Raises: NotFound `recovery.nothing_asked`; Locked
    `vault.passphrase.wrong`, `recovery.secret_gone`, `keyring.*`; Damaged; Refused; ServerRefused;
    ServerUnreachable. The request stays, unless it has come to its end.
    """
    if profile.vault.header().practice:
        arm()
    keyring = SystemKeyring()
    known = under_way(profile)
    if known is not None and known.state == OWED:
        return _paid(profile, known, passphrase)
    request, claim = request_file.open_claim(profile.folder, passphrase, keyring)
    if request.state == ASKED:
        reach = _reach(profile, server_url, ca_file)
        told = _told(profile, reach, request, claim, check)
        if told.state == "waiting":
            return Outcome(told.state, request.code)
        if told.state != "granted":
            request_file.forget_request(profile.folder, keyring)
            return Outcome(told.state, request.code)
        failpoint("recover.answered")
        claim = replace(claim, answer=told.body.hex(), signature=told.signature)
        request = replace(request, state=GRANTED)
        request_file.keep_request(profile.folder, request, claim, passphrase, keyring)
        failpoint("recover.kept")
    return _taken(profile, request, claim, passphrase, keyring)


def _told(profile: Profile, reach: Reach, request: Request, claim: Claim, check: Check) -> Told:
    said = {
        "request": request.request,
        "secret": claim.secret,
        "incarnation": claim.incarnation,
        "baton": claim.baton,
    }
    try:
        return recovery.claim(_server(reach), said, check)
    except ServerRefused as refusal:
        if refusal.code in _OVER:  # it will never be granted: asking anew is what is left
            request_file.forget_request(profile.folder, SystemKeyring())
        raise


def _taken(
    profile: Profile, request: Request, claim: Claim, passphrase: str, keyring: SystemKeyring
) -> Outcome:
    """Carry out what was granted; every step may be repeated."""
    answer = _answer(request, claim)
    key = _fitting(profile, answer)
    with only_one(profile.folder), closing(_opened(profile, key)) as replica:
        old = replica.identity()
        _signed(claim, old.server_key)
        new = _identity(old, claim, answer)
        if old.enrolment != new.enrolment:
            replica.enrolled_again(new)
    failpoint("recover.enrolled")
    account = profile.vault.header().enrolment
    profile.vault.rewrap(key, passphrase, keyring, enrolment=new.enrolment)
    failpoint("recover.rewrapped")
    request_file.owe(profile.folder)
    failpoint("recover.owed")
    _forget_secrets(profile, keyring, account, new.enrolment, request.account)
    return _paid(profile, request, passphrase)


def _paid(profile: Profile, request: Request, passphrase: str) -> Outcome:
    pay(profile, passphrase)
    key = unlocked(profile, passphrase).key
    with closing(_opened(profile, key)) as replica:
        keep_copy(profile, replica.identity(), key)
    return Outcome(RECOVERED, request.code)


def _signed(claim: Claim, server_key: str) -> None:
    """Raises: Damaged `recovery.answer` for what the pinned server has not signed.

    It is kept by now and the server gives no other one: only a new request gets on.
    """
    try:
        recovery.sealed_answer(bytes.fromhex(claim.answer), claim.signature, server_key)
    except ServerUnreachable as error:
        raise Damaged("recovery.answer") from error


def _answer(request: Request, claim: Claim) -> dict[str, Any]:
    """Return what was sealed for this laptop. Raises: Damaged `recovery.answer`."""
    key = X25519PrivateKey.from_private_bytes(bytes.fromhex(claim.reply_key))
    try:
        sealed = orjson.loads(bytes.fromhex(claim.answer))["sealed"]
        found = orjson.loads(unseal_bytes(key, ANSWER, {"request": request.request}, sealed))
    except (SealBroken, ValueError, KeyError, TypeError) as error:
        raise Damaged("recovery.answer") from error
    if not isinstance(found, dict):
        raise Damaged("recovery.answer")
    return found


def _fitting(profile: Profile, answer: dict[str, Any]) -> ReplicaKey:
    """Return the key that opens the replica. Raises: Damaged `recovery.key`, `.answer`."""
    fits = key_fits(profile)
    try:  # who sealed them is known only once one of them has opened the replica
        keys = [ReplicaKey(base64.b64decode(text)) for text in answer["keys"]]
    except (KeyError, TypeError, ValueError) as error:
        raise Damaged("recovery.answer") from error
    for key in keys:
        if fits(key):
            return key
    raise Damaged("recovery.key")


def _opened(profile: Profile, key: ReplicaKey) -> Replica:
    profile.prepare()
    return Replica.open(profile.replica_path, key.raw, SCHEMA)


def _identity(old: Identity, claim: Claim, answer: dict[str, Any]) -> Identity:
    """Return who this laptop is from now on. Raises: Damaged `recovery.answer` for an answer
    about somebody else, or from another server than the pinned one."""
    same = ("user", "practice", "server_key")
    if any(answer.get(name) != getattr(old, name) for name in same):
        raise Damaged("recovery.answer")
    names = ("token", "enrolment", "user", "name", "branch", "role", "practice", "server_key")
    return Identity(
        **{name: answer[name] for name in names},
        server_url=old.server_url,
        incarnation=claim.incarnation,
        baton=claim.baton,
        seal_key=old.seal_key,
        ca_file=old.ca_file,
    )


def _forget_secrets(
    profile: Profile, keyring: SystemKeyring, old: str, new: str, request: str
) -> None:
    """Remove from the keyring what opens nothing any more; one that does not answer keeps it."""
    if profile.vault.header().practice:
        return
    try:
        for account in {old, request} - {new, ""}:
            keyring.delete(account)
    except Locked as error:
        log.warning("keyring secret not removed: %s", error.code)
