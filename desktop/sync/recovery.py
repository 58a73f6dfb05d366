"""Asking the server for the key of a laptop whose passphrase is forgotten, and claiming it.

Knows nothing of vaults and replicas: what is sealed goes out, what is sealed comes back.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from crm.domain.errors import Refused, ServerRefused, ServerUnreachable
from crm.domain.kind import PROTOCOL_VERSION, Schema
from desktop.sync.conversation import SIGNATURE, Reply, believed, check_signature
from desktop.sync.transport import Answer, Transport
from desktop.sync.waiting import retry_after_s
from desktop.sync.wellformed import id_text, text, wrong

DEADLINE_S = 30.0
STATES = frozenset({"waiting", "refused", "granted", "superseded", "expired"})
_TOLD = frozenset(  # what the server says in words that a person can act on
    {
        *("recovery.other_person", "recovery.sealed", "recovery.reply_key"),
        *("recovery.unknown", "recovery.over", "device.lost", "device.retired"),
        *("schema.upgrade", "protocol.upgrade"),
    }
)
_REFUSED = {
    "login.wrong": "enrol.login",
    "password.change_required": "enrol.password.change_required",
}

Check = Callable[[], None]


def _go_on() -> None:
    """Nobody can cancel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where to ask."""

    url: str
    ca_file: Path | None
    schema: Schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What is asked with. `sealed`: the copy of the key, base64; and of the next one, if any."""

    login: str
    password: str = field(repr=False)
    enrolment: str
    device: str
    sealed: str
    sealed_next: str | None
    reply_key: str
    claim: str


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a request, and the signed reply that said so."""

    state: str
    body: bytes
    signature: str


def ask(server: Server, asking: Asking, check: Check = _go_on) -> tuple[str, str]:
    """Ask for a laptop's key; return (request, the six digits to compare).

    Raises: Refused `enrol.login`, `enrol.password.change_required`, `sync.url.*`; ServerRefused
    with what the server says; ServerUnreachable.
    """
    said = {name: getattr(asking, name) for name in Asking.__slots__}
    _, reply = _said(server, "/v1/recovery", said, check)
    return id_text(reply.get("request"), "request"), _code(reply.get("code"))


def claim(server: Server, said: Mapping[str, str], check: Check = _go_on) -> Told:
    """Ask what became of a request; `said`: request, secret, incarnation, baton.

    Who signed the reply is for the caller to look at, once the pinned key can be read.
    Raises: as `ask`.
    """
    answer, reply = _said(server, "/v1/recovery/claim", said, check)
    state = text(reply.get("state"), "state", 20)
    if state not in STATES:
        wrong("state")
    return Told(state, answer.body, answer.headers.get(SIGNATURE, ""))


def sealed_answer(body: bytes, signature: str, server_key: str) -> str:
    """Return what a granted reply has sealed. Raises: ServerUnreachable `sync.signature` for one
    that the server of this laptop did not sign."""
    check_signature(Answer(200, {SIGNATURE: signature}, body), server_key)
    return text(orjson.loads(body).get("sealed"), "sealed", 8000)


def _said(
    server: Server, path: str, said: Mapping[str, object], check: Check
) -> tuple[Answer, Reply]:
    nonce = secrets.token_hex(16)
    envelope = {"protocol": PROTOCOL_VERSION, "schema": server.schema.version, "nonce": nonce}
    transport = Transport(server.url, ca_file=server.ca_file, deadline_s=DEADLINE_S)
    try:
        body = orjson.dumps({**envelope, **{n: v for n, v in said.items() if v is not None}})
        answer = transport.start(path, body).result(check)
    finally:
        transport.close()
    reply = believed(answer, nonce)
    if answer.status != 200:
        raise _refusal(answer, reply)
    return answer, reply


def _refusal(answer: Answer, reply: Reply) -> Exception:
    error = reply.get("error")
    said = str(error.get("code", "")) if isinstance(error, dict) else ""
    if said in _TOLD:
        return ServerRefused(said)
    if said in _REFUSED:
        return Refused(_REFUSED[said])
    if answer.status in {429, 503}:
        asked = answer.headers.get("Retry-After"), answer.headers.get("Date")
        return ServerUnreachable("enrol.wait", seconds=retry_after_s(*asked))
    if answer.status >= 500:
        return ServerUnreachable("sync.server_failed", status=answer.status, done=None)
    if answer.status in {404, 405}:  # a server that is older than recovery
        return ServerRefused("recovery.server_older")
    return ServerRefused("enrol.refused", status=answer.status, said=said[:60])


def _code(value: object) -> str:
    found = text(value, "code", 12)
    return found if re.fullmatch(r"[0-9]{6}", found) else wrong("code")
