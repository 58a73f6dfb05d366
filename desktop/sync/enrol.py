"""Enrolling a laptop: a login and a password become a device token and the server's key."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

import orjson

from crm.domain.errors import Refused, ServerRefused, ServerUnreachable
from crm.domain.ids import new_id
from crm.domain.kind import PROTOCOL_VERSION, Schema
from desktop.services.ports import Identity
from desktop.sync.conversation import Reply, believed
from desktop.sync.transport import Transport


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
    `enrol.refused`, `sync.url.*`; ServerUnreachable.
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
        raise _refusal(answer.status, reply)
    return _identity(server_url, message, reply)


def _refusal(status: int, reply: Reply) -> Exception:
    error = reply.get("error")
    said = str(error.get("code", "")) if isinstance(error, dict) else ""
    if said == "password.change_required":
        return Refused("enrol.password.change_required")
    if status == 401:
        return Refused("enrol.login")
    if status in {429, 503} or status >= 500:
        return ServerUnreachable("sync.server_failed", status=status, done=None)
    return ServerRefused("enrol.refused", status=status, said=said[:60])


def _identity(server_url: str, message: dict[str, object], reply: Reply) -> Identity:
    try:
        return Identity(
            server_url=server_url.rstrip("/"),
            server_key=reply["server_key"],
            token=reply["token"],
            enrolment=reply["enrolment"],
            user=reply["user"],
            name=reply["name"],
            branch=reply.get("branch"),
            role=reply["role"],
            practice=bool(reply["practice"]),
            incarnation=str(message["incarnation"]),
            baton=str(message["baton"]),
            epoch=reply.get("epoch"),
        )
    except KeyError as error:
        raise ServerUnreachable("sync.not_our_server") from error
