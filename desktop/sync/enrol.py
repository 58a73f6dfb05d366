"""Enrolling a laptop: a login and a password become a device token and the server's key."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Callable
from pathlib import Path

import orjson

from crm.domain.errors import Refused, ServerRefused, ServerUnreachable
from crm.domain.ids import new_id
from crm.domain.kind import NAME, PROTOCOL_VERSION, Schema
from desktop.services.ports import Identity
from desktop.sync.conversation import Reply, believed
from desktop.sync.transport import Answer, Transport
from desktop.sync.waiting import retry_after_s
from desktop.sync.wellformed import epoch_text, flag, id_text, seal_key, text, wrong

KEY_BYTES = 32  # of an Ed25519 public key
_TOKEN = re.compile(r"[!-~]{1,500}")


def enrol(
    server_url: str,
    login: str,
    password: str,
    *,
    device: str,
    schema: Schema,
    new_password: str | None = None,
    ca_file: Path | None = None,
    check: Callable[[], None] = lambda: None,
) -> Identity:
    """Return who this laptop is from now on; the caller stores it in the replica.

    Raises: Refused `enrol.password.change_required` (ask again with `new_password`),
    `enrol.login`, `sync.url.*`; ServerRefused `enrol.refused`;
    ServerUnreachable, also `enrol.reply`.
    """
    transport = Transport(server_url, ca_file=ca_file)
    nonce = secrets.token_hex(16)
    message = {
        "protocol": PROTOCOL_VERSION,
        "schema": schema.version,
        "nonce": nonce,
        "login": login,
        "password": password,
        "device": device,
        "incarnation": new_id(),
        "baton": new_id(),
    }
    if new_password is not None:
        message["new_password"] = new_password
    try:
        answer = transport.start("/v1/enrol", orjson.dumps(message)).result(check)
    finally:
        transport.close()
    reply = believed(answer, nonce)
    if answer.status != 200:
        raise _refusal(answer, reply)
    return _identity(server_url, message, reply)


def demand_practice(identity: Identity) -> None:
    """Raise Refused `enrol.practice_differs` for an enrolment that is not for practice.

    The device that was made for it is nobody's then: the fact `device` names it.
    """
    if not identity.practice:
        raise Refused("enrol.practice_differs", device=identity.enrolment)


def _refusal(answer: Answer, reply: Reply) -> Exception:
    status, error = answer.status, reply.get("error")
    said = str(error.get("code", "")) if isinstance(error, dict) else ""
    if said == "password.change_required":
        return Refused("enrol.password.change_required")
    if status == 401:
        return Refused("enrol.login")
    if status in {429, 503}:
        asked = answer.headers.get("Retry-After"), answer.headers.get("Date")
        return ServerUnreachable("enrol.wait", seconds=retry_after_s(*asked))
    if status >= 500:
        return ServerUnreachable("sync.server_failed", status=status, done=None)
    return ServerRefused("enrol.refused", status=status, said=said[:60])


def _identity(server_url: str, message: dict[str, object], reply: Reply) -> Identity:
    try:
        return Identity(
            server_url=server_url.rstrip("/"),
            server_key=_server_key(reply.get("server_key")),
            token=_token(reply.get("token")),
            enrolment=id_text(reply.get("enrolment"), "enrolment"),
            user=id_text(reply.get("user"), "user"),
            name=text(reply.get("name"), "name", 200),
            branch=_or_none(id_text, reply.get("branch"), "branch"),
            role=_role(reply.get("role")),
            practice=flag(reply.get("practice"), "practice"),
            incarnation=str(message["incarnation"]),
            baton=str(message["baton"]),
            epoch=_or_none(epoch_text, reply.get("epoch"), "epoch"),
            seal_key=seal_key(reply.get("seal_key", "")),
        )
    except ServerUnreachable as error:  # a device was made there, of which nobody has the token
        raise ServerUnreachable("enrol.reply", place=error.facts["place"]) from error


def _or_none(read: Callable[[object, str], str], value: object, place: str) -> str | None:
    return None if value is None else read(value, place)


def _role(value: object) -> str:
    if not isinstance(value, str) or not NAME.fullmatch(value):
        wrong("role")
    return value


def _token(value: object) -> str:
    """Return what can stand in a header."""
    if not isinstance(value, str) or not _TOKEN.fullmatch(value):
        wrong("token")
    return value


def _server_key(value: object) -> str:
    """Return the key's base64. Raises: ServerUnreachable unless it is 32 bytes."""
    found = text(value, "server_key", 100)
    try:
        if len(base64.b64decode(found, validate=True)) != KEY_BYTES:
            wrong("server_key")
    except ValueError:
        wrong("server_key")
    return found
