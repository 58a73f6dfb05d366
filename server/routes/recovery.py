"""A forgotten passphrase over HTTP: asking, and claiming what was approved."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from crm.domain.errors import UserError
from crm.domain.kind import PROTOCOL_VERSION
from server.exchange import recovering
from server.routes import messages as m
from server.routes.service import Service
from server.routes.sync import ERRORS, OLDEST_SCHEMA_BEHIND, SIGNATURE, SIGNED, Asked, person_of

router = APIRouter(prefix="/v1", responses=ERRORS)


@router.post("/recovery", response_model=m.RecoveryReply)
def ask(message: m.RecoveryRequest, request: Request, service: Asked) -> Response:
    """Ask for a computer's key, which a branch lead has to approve. An older request ends."""
    _demand_version(message, service)
    person = person_of(message, request, service)
    if person.must_change:  # somebody else knows it too
        raise UserError("password.change_required")
    asked = recovering.Asked(
        enrolment=message.enrolment,
        device=message.device,
        sealed=tuple(one for one in (message.sealed, message.sealed_next) if one is not None),
        reply_key=message.reply_key,
        claim=message.claim,
    )
    kept = recovering.ask(service.exchange, person, asked)
    said = {"request": kept.id, "code": kept.code, "state": kept.state}
    return _json(orjson.dumps(service.envelope(message.nonce, 0) | said))


@router.post("/recovery/claim", response_model=m.RecoveryOutcome, responses=SIGNED)
def claim(message: m.RecoveryClaim, service: Asked) -> Response:
    """Tell what became of a request; what was approved is granted now. The reply is signed."""
    _demand_version(message, service)
    claimed = recovering.Claimed(
        request=message.request,
        secret=message.secret,
        incarnation=message.incarnation,
        baton=message.baton,
    )
    outcome = recovering.claim(service.exchange, service.folder, claimed, _about(service))
    said = {"state": outcome.state, "code": outcome.code, "sealed": outcome.sealed}
    body = orjson.dumps(service.envelope(message.nonce, 0) | said)
    return _json(body, {SIGNATURE: service.signature(body)})


def _about(service: Service) -> dict[str, Any]:
    """Return what a granted answer tells of this server, as an enrolment does."""
    return {
        "practice": service.practice,
        "server_key": service.public_key,
        "seal_key": service.seal_key,
    }


def _demand_version(message: m.RecoveryRequest | m.RecoveryClaim, service: Service) -> None:
    if message.protocol != PROTOCOL_VERSION:
        raise UserError("protocol.upgrade")
    if abs(service.exchange.schema.version - message.schema_) > OLDEST_SCHEMA_BEHIND:
        raise UserError("schema.upgrade")


def _json(body: bytes, headers: dict[str, str] | None = None) -> Response:
    return Response(body, media_type="application/json", headers=headers)
