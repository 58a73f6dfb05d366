"""Turns errors into replies. No reply tells more than its code and facts."""

from __future__ import annotations

import logging

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from crm.domain.errors import NotFound, UserError

log = logging.getLogger("yizhan.server")
STATUS = {
    "token.unknown": 401,
    "login.wrong": 401,
    "password.change_required": 403,
    "stream.not_granted": 403,
    "device.retired": 403,
    "device.lost": 410,
    "push.gap": 409,
    "sync.fork": 409,
    "request.too_large": 413,
    "schema.upgrade": 426,
    "protocol.upgrade": 426,
    "server.busy": 503,
}
RETRY_S = 5


def install(app: FastAPI) -> None:
    """Register the handlers."""
    app.add_exception_handler(UserError, _user_error)
    app.add_exception_handler(RequestValidationError, _bad_form)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


def _reply(request: Request, status: int, code: str, facts: dict[str, object]) -> Response:
    service = request.app.state.service
    body = {
        "error": {"code": code, "facts": facts},
        "nonce": _nonce(request),
        "epoch": service.epoch(),
        "done": facts.get("done"),
        "time": service.exchange.now(),
    }
    headers = {"Retry-After": str(facts.get("retry_s", RETRY_S))} if status in (429, 503) else None
    return Response(orjson.dumps(body, default=str), status, headers, media_type="application/json")


def _nonce(request: Request) -> str | None:
    """Return the nonce of the request, when its body can be read so far."""
    try:
        body = orjson.loads(request.scope.get("yizhan.body", b""))
    except orjson.JSONDecodeError:
        return None
    nonce = body.get("nonce") if isinstance(body, dict) else None
    return nonce if isinstance(nonce, str) and len(nonce) <= 64 else None


async def _user_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, UserError)  # noqa: S101 - registered for this class only
    default = 404 if isinstance(error, NotFound) else 400
    return _reply(request, STATUS.get(error.code, default), error.code, error.facts)


async def _bad_form(request: Request, error: Exception) -> Response:
    places = [".".join(map(str, e["loc"])) for e in getattr(error, "errors", list)()][:5]
    return _reply(request, 400, "request.form", {"places": places})


async def _http(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 500)
    return _reply(request, status, "request.path" if status in (404, 405) else "request.form", {})


async def _unexpected(request: Request, error: Exception) -> Response:
    # The message of a library error may hold values: only the type is told and logged here.
    log.error("request failed: %s at %s", type(error).__name__, request.url.path)
    return _reply(request, 500, "server.fault", {})
