"""Turns errors into replies. No reply tells more than its code and facts."""

from __future__ import annotations

import logging
import traceback
from functools import cache
from inspect import getmembers, isclass

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from crm.domain.errors import NotFound, UserError
from server.exchange import read
from server.routes import messages
from server.routes.body import nonce_of
from server.routes.service import Service

log = logging.getLogger("yizhan.server")
STATUS = {
    "token.missing": 401,
    "token.unknown": 401,
    "login.wrong": 401,
    "password.change_required": 403,
    "stream.not_granted": 403,
    "device.retired": 403,
    "recovery.other_person": 403,
    "device.lost": 410,
    "push.gap": 409,
    "sync.fork": 409,
    "request.too_large": 413,
    "schema.upgrade": 426,
    "protocol.upgrade": 426,
    "server.busy": 503,
    "server.full": 503,
}
RETRY_S = 5


def install(app: FastAPI) -> None:
    """Register the handlers. Plain functions: they run beside the event loop."""
    app.add_exception_handler(UserError, _user_error)
    app.add_exception_handler(RequestValidationError, _bad_form)
    app.add_exception_handler(HTTPException, _http)
    app.add_middleware(Faults)


class Faults:
    """ASGI middleware: an error of our own becomes a reply, and its text goes nowhere.

    The framework's own last handler would hand the error on to the web server,
    which logs its message; the message of a library error may hold values.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except Exception as error:  # noqa: BLE001 - the edge of a request: nothing may escape
            places = [f"{f.filename}:{f.lineno}" for f in traceback.extract_tb(error.__traceback__)]
            log.error("request failed: %s at %s", type(error).__name__, " < ".join(places[:-6:-1]))
            reply = await run_in_threadpool(_reply, Request(scope), 500, "server.fault", {})
            await reply(scope, receive, send)


def _reply(request: Request, status: int, code: str, facts: dict[str, object]) -> Response:
    service: Service = request.app.state.service
    nonce = nonce_of(request.scope.get("yizhan.body", b""))
    done = facts.get("done", _done(request, service, status))
    service.epoch.current()  # every reply tells it as it is
    text = service.error_text(code, facts, nonce, done if isinstance(done, int) else None)
    headers = {"Retry-After": str(facts.get("retry_s", RETRY_S))} if status in (429, 503) else None
    return Response(text, status, headers, media_type="application/json")


def _done(request: Request, service: Service, status: int) -> int | None:
    """Return what is settled, where we know who asks: a laptop learns that nothing was taken."""
    actor = getattr(request.state, "actor", None)
    if actor is None or status in (429, 503):
        return None
    return read.done_if_known(service.exchange.database, actor)


def _user_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, UserError)  # noqa: S101 - registered for this class only
    default = 404 if isinstance(error, NotFound) else 400
    status = STATUS.get(error.code, default)
    if status == 503 and "retry_s" in error.facts:  # who asks is to slow down; nothing is wrong
        status = 429
    return _reply(request, status, error.code, error.facts)


def _bad_form(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class only
    places = [".".join(map(_place, each["loc"])) for each in error.errors()[:5]]
    return _reply(request, 400, "request.form", {"places": places})


def _place(part: object) -> str:
    """Return one step of the way to a fault; names that the sender chose are not repeated."""
    return str(part) if isinstance(part, int) or part in _member_names() else "*"


@cache
def _member_names() -> frozenset[str]:
    models = (m for _, m in getmembers(messages, isclass) if issubclass(m, messages.Message))
    fields = (item for model in models for item in model.model_fields.items())
    return frozenset({"body"} | {spec.alias or name for name, spec in fields})


def _http(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 500)
    return _reply(request, status, "request.path" if status in (404, 405) else "request.form", {})
