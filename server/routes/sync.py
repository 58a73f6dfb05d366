"""The sync messages over HTTP. Reads requests, writes replies; rules live in `exchange`."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from crm.domain.errors import Refused, UserError
from crm.domain.kind import PROTOCOL_VERSION
from server.exchange import accounts, comparing, ending, read, seat_acts
from server.exchange.actors import Actor
from server.exchange.incarnations import Fork, register
from server.exchange.operations import Operation, Result
from server.routes import messages as m
from server.routes.service import Service
from server.store.people import Person

SIGNATURE = "X-Yizhan-Signature"
NEXT = "X-Yizhan-Next"  # `next` of a page that has a successor: known before the body has come
OLDEST_SCHEMA_BEHIND = 2


async def service_of(request: Request) -> Service:  # async: a plain one costs a thread's turn
    service: Service = request.app.state.service
    return service


Asked = Annotated[Service, Depends(service_of)]
_bearer = HTTPBearer(auto_error=False, description="The token that enrolment gave the device.")
Token = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": m.ErrorReply}
    for status in (400, 401, 403, 404, 405, 409, 410, 413, 422, 426, 429, 500, 503)
}
SIGNED: dict[int | str, dict[str, Any]] = {
    200: {
        "headers": {
            SIGNATURE: {
                "description": "Base64 of the Ed25519 signature over the body, uncompressed.",
                "schema": {"type": "string"},
            }
        }
    }
}
router = APIRouter(prefix="/v1", responses=ERRORS)


def _actor(
    request: Request, service: Service, token: Token, message: m.Request, *, retired: bool = False
) -> Actor:
    """Return who asks; error replies find it in the request's state.

    `retired`: a retired device may ask this.
    """
    actor, _ = accounts.device_actor(
        service.exchange, _shown(token), message.incarnation, retired=retired
    )
    request.state.actor = actor
    return actor


def _shown(token: Token) -> str:
    """Return the token. Raises: UserError `token.missing`."""
    if token is None:  # a laptop always sends one: something on the way may take it out
        raise UserError("token.missing")
    return token.credentials


def _versions(message: m.Request | m.EnrolRequest, service: Service) -> str:
    """Return the verdict on versions: older laptops may push, not pull."""
    if message.protocol != PROTOCOL_VERSION:
        raise UserError("protocol.upgrade")
    schema = service.exchange.schema.version
    if abs(schema - message.schema_) > OLDEST_SCHEMA_BEHIND:
        return "upgrade"
    return "go"


def _envelope(service: Service, nonce: str, done: int) -> dict[str, Any]:
    return service.envelope(nonce, done)


def _json(body: bytes, headers: dict[str, str] | None = None) -> Response:
    return Response(body, media_type="application/json", headers=headers)


def _spliced(
    envelope: dict[str, Any], inside: bytes, headers: dict[str, str] | None = None
) -> Response:
    """Join an envelope and a page body that is already JSON text."""
    return _json(orjson.dumps(envelope)[:-1] + b"," + inside + b"}", headers)


@router.post("/ping", response_model=m.PingReply)
def ping(message: m.PingRequest, service: Asked) -> Response:
    """Say that this is a Yizhan server, whether it is for practice, and its time."""
    body = {
        **_envelope(service, message.nonce, 0),
        "service": "yizhan",
        "protocol": PROTOCOL_VERSION,
        "schema": service.exchange.schema.version,
        "practice": service.practice,
    }
    return _json(orjson.dumps(body))


@router.post("/enrol", response_model=m.EnrolReply)
def enrol(message: m.EnrolRequest, request: Request, service: Asked) -> Response:
    """Make a device known. A first password must be changed in the same call."""
    if _versions(message, service) != "go":
        raise UserError("schema.upgrade")
    person = person_of(message, request, service)
    made = accounts.enrol(
        service.exchange,
        person,
        device=message.device,
        incarnation=message.incarnation,
        baton=message.baton,
        new_password=message.new_password,
    )
    body = {
        **_envelope(service, message.nonce, 0),
        "enrolment": made.enrolment,
        "token": made.token,
        "user": person.id,
        "name": person.name,
        "branch": person.branch,
        "role": person.role,
        "practice": service.practice,
        "server_key": service.public_key,
        "seal_key": service.seal_key,
    }
    return _json(orjson.dumps(body))


def person_of(
    message: m.EnrolRequest | m.PasswordRequest | m.RecoveryRequest,
    request: Request,
    service: Service,
) -> Person:
    """Return who knows this password; guessing is slowed."""
    address = request.client.host if request.client else ""
    return accounts.authenticate(
        service.exchange, service.throttle, message.login, message.password, address
    )


@router.post("/incarnation", response_model=m.Reply)
def incarnation(message: m.IncarnationRequest, service: Asked, token: Token) -> Response:
    """Make a new incarnation of a known device known. The same proposal may come again."""
    person, enrolment = accounts.enrolled_device(service.exchange, _shown(token))
    _versions(message, service)
    fork = Fork(message.incarnation, message.baton, message.fork_of)
    done = register(service.exchange, person.id, enrolment, fork)
    return _json(orjson.dumps(_envelope(service, message.nonce, done)))


@router.post("/hello", response_model=m.HelloReply, responses=SIGNED)
def hello(message: m.HelloRequest, request: Request, service: Asked, token: Token) -> Response:
    """Greet; verify; receipt. The reply is signed."""
    service.epoch.check_if_due()
    try:
        actor = _actor(request, service, token, message, retired=True)
    except UserError as error:
        if error.code != "device.lost" or token is None:
            raise
        return _farewell(message, service, token.credentials)
    service.keeper.look()
    verdict = _versions(message, service)
    said = {**message.model_dump(), "time": service.exchange.now()}
    greeting = read.hello(service.exchange.database, actor, said, service.exchange.tokens)
    return _signed(
        service,
        {
            **_envelope(service, message.nonce, greeting.done),
            "verdict": verdict if greeting.verdict == "go" else greeting.verdict,
            "streams": greeting.streams,
            "safe": greeting.safe,
            "leases": _leases(service, actor, said) if greeting.verdict == "go" else [],
            "backoff_s": 0,
            "seal_key": service.seal_key,
            "chain": greeting.chain,
            "access": greeting.access,
            "purged": greeting.purged,
        },
    )


def _farewell(message: m.HelloRequest, service: Service, token: str) -> Response:
    """Tell a lost device to destroy what it has (`lost`); signed, or it would not believe it."""
    purges = [each.model_dump() for each in message.purges]
    done = ending.tell_lost(service.exchange, token, message.incarnation, message.unsent, purges)
    purged = [] if ending.of_everything(purges) is None else [ending.EVERYTHING]
    nothing: dict[str, Any] = {"streams": {}, "safe": 0, "leases": [], "backoff_s": 0}
    nothing |= {"seal_key": service.seal_key, "chain": None, "access": None, "purged": purged}
    envelope = _envelope(service, message.nonce, done)
    return _signed(service, {**envelope, "verdict": "destroy", **nothing})


def _signed(service: Service, reply: dict[str, Any]) -> Response:
    body = orjson.dumps(reply)
    return _json(body, {SIGNATURE: service.signature(body)})


def _leases(service: Service, actor: Actor, said: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the seats that this laptop may give away; note that it is here."""
    if service.epoch.frozen:
        seat_acts.heard(service.exchange.seats, actor.incarnation, said)
    return seat_acts.lease(service.exchange.seats, actor, said["leases_wanted"])


@router.post("/push", response_model=m.PushReply)
def push(message: m.PushRequest, request: Request, service: Asked, token: Token) -> Response:
    """Accept a page of operations."""
    actor = _actor(request, service, token, message, retired=True)
    service.keeper.look()
    _versions(message, service)
    page = [_operation(op) for op in message.operations]
    if len({op.id for op in page}) != len(page):
        raise Refused("request.form")
    accepted = service.exchange.accept(actor, page)
    results = [_told(op, result) for op, result in accepted.results]
    return _json(
        orjson.dumps({**_envelope(service, message.nonce, accepted.done), "results": results})
    )


def _told(op: Operation, result: Result) -> dict[str, Any]:
    told = {
        "id": op.id,
        "number": op.number,
        "outcome": result.outcome,
        "version": result.version,
        "reason": result.reason,
    }
    more = {"facts": result.facts, "confirmation": result.confirmation}
    return {**told, **{name: value for name, value in more.items() if value}}


def _operation(op: m.OperationMessage) -> Operation:
    fields = {name: (base, new) for name, (base, new) in op.fields.items()}
    return Operation(**{**vars(op), "fields": fields})


@router.post("/pull", response_model=m.PullReply)
def pull(message: m.PullRequest, request: Request, service: Asked, token: Token) -> Response:
    """Return one page of a stream, from the log or from the baseline scan."""
    actor = _actor(request, service, token, message)
    _readable(actor, message.stream, _versions(message, service))
    database = service.exchange.database
    if message.after is not None and message.scan is None:
        inside = read.log_page(
            database, message.stream, message.after, message.limit, message.knows
        )
    elif message.scan is not None and message.after is None:
        inside = read.scan_page(database, message.stream, message.scan, message.limit)
    else:
        raise Refused("request.form")
    following = read.following(inside)
    headers = None if following is None else {NEXT: following}
    return _spliced(_reply_to(service, actor, message.nonce), inside, headers)


@router.post("/check", response_model=m.CheckReply)
def check(message: m.CheckRequest, request: Request, service: Asked, token: Token) -> Response:
    """Return which buckets differ, or what differs in them."""
    actor = _actor(request, service, token, message)
    _readable(actor, message.stream, _versions(message, service))
    asked = comparing.Asked(
        message.sums, message.buckets, message.held, message.after or "", message.until
    )
    inside = comparing.check(service.exchange.database, message.stream, asked)
    return _spliced(_reply_to(service, actor, message.nonce), inside)


def _readable(actor: Actor, stream: str, verdict: str) -> None:
    if verdict != "go":
        raise UserError("schema.upgrade")
    if stream not in actor.readable():
        raise UserError("stream.not_granted")


def _reply_to(service: Service, actor: Actor, nonce: str) -> dict[str, Any]:
    return _envelope(service, nonce, read.done_of(service.exchange.database, actor))


@router.post("/password", response_model=m.Reply)
def password(message: m.PasswordRequest, request: Request, service: Asked) -> Response:
    """Change one's own password."""
    person = person_of(message, request, service)
    accounts.change_password(service.exchange, person, message.new_password)
    return _json(orjson.dumps(_envelope(service, message.nonce, 0)))
