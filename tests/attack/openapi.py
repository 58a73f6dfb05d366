"""schemathesis over the server's own OpenAPI page, on the marked stage.

Bodies that fit the page by their form alone would end at the door. Some of what they say is
replaced by what is true here: incarnations, streams, records and numbers, one's own and others'.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from crm.domain.ids import derived_id, new_id
from crm.domain.kind import ID
from server.store import people
from tests.attack.inside import Reply
from tests.attack.registry import Run, attack, weakness
from tests.attack.stage import Stage, stage
from tests.helpers.http_server import Device

HOLDS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
BATCH = settings(
    max_examples=4,
    phases=[Phase.generate],
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
BATCHES = 10_000
SENT = 6  # times each body is sent, by chance by whom and with what in it: making one is slow
IDS = [derived_id("attack", str(number)) for number in range(9)]
FEW, SIZE = 3, "maxProperties"
READS = {
    "nobody": (),
    "manager": ("bank", "branch_a", "of_manager"),
    "ended_deputy": ("bank", "branch_a", "of_ended_deputy"),
    "retired": (),
}
MAY_CHANGE = {"bank", "of_manager", "of_ended_deputy"}  # bank: by nobody, but asked about below
HEADERS = [(b"content-type", b"application/json"), (b"accept-encoding", b"identity")]


@dataclass
class Caller:
    """Somebody who sends what schemathesis made, in part with true words."""

    run: Run
    stage: Stage
    who: str
    device: Device
    honesty: float = 0.5  # how often a known member is true, in this case

    def seasoned(self, body: Any, name: str = "") -> Any:
        """Return a body in which each known member is now and then replaced by something true."""
        dice = self.run.dice
        true = self._true(name)
        if true and dice.random() < self.honesty:
            return dice.choice(true)
        if isinstance(body, dict):
            return {key: self.seasoned(value, key) for key, value in body.items()}
        if isinstance(body, list):
            return [self.seasoned(value, name) for value in body]
        return body

    def numbered(self, body: Any) -> Any:
        """Give operations the numbers that come next, now and then: else none is looked at."""
        operations = body.get("operations") if isinstance(body, dict) else None
        if isinstance(operations, list) and self.run.dice.random() < self.honesty:
            first = done_of(self.stage, self.device) + 1
            for number, op in enumerate(operations, start=first):
                if isinstance(op, dict):
                    op |= {"number": number, "id": new_id()}
        return body

    def _true(self, name: str) -> list[Any]:
        made, laptop = self.stage, self.device.laptop
        roots = list(made.marked.values())
        known = {
            "protocol": [1],
            "schema": [1],
            "incarnation": [laptop.incarnation] * 9 + [made.devices["lead"].laptop.incarnation],
            "fork_of": [laptop.incarnation],
            "baton": [self.device.baton],
            "stream": list(made.streams.values()),
            "home": [*made.streams.values(), None],
            "record": [*roots, new_id()],
            "root": [*roots, new_id()],
            "parent": [*roots, None, None],
            "into": [*roots, None, None],
            "kind": ["customer", "tag", "visit", "conflict", "inbox_item", "staff", "hand_over"],
            "verb": ["create", "edit", "append", "delete", "restore", "merge", "seat"],
            "author": [laptop.person] * 4 + [made.people["lead"]],
            "at": ["2026-03-18T02:30:00.000Z[+08:00]"],
            "login": ["manager", "nobody-of-this-name"],
            "sealed": [None],
            "after": [0, None],
            "scan": ["", None],
            "sums": [["0" * 32] * 256, None],
            "buckets": [[], [0, 1, 2]],
        }
        return known.get(name, [])

    def ask(self, case: Case) -> Reply:
        self.honesty = self.run.dice.choice((0.5, 0.98, 0.98))
        body = self.numbered(self.seasoned(case.body))
        token = [] if self.who == "nobody" else [_bearer(self.device.token)]
        return self.stage.asgi.ask(case.method.upper(), case.path, _told(body), HEADERS + token)


def done_of(made: Stage, device: Device) -> int:
    with made.database.snapshot() as connection:
        held = people.incarnation(connection, device.laptop.incarnation)
    return held.done if held else 0


def _bearer(token: str) -> tuple[bytes, bytes]:
    return b"authorization", f"Bearer {token}".encode()


def _told(body: Any) -> bytes:
    try:
        return orjson.dumps(body)
    except TypeError:  # a sign of absence, a whole number of no machine
        return repr(body).encode("utf-8", "surrogatepass")


@attack("openapi", quick_s=2, full_s=240)
def openapi(run: Run) -> None:
    """Bodies that fit the server's OpenAPI page, and such that do not, with and without a token."""
    with stage(run.folder) as made:
        page = orjson.loads(made.asgi.ask("GET", "/openapi.json").content)
        rooms = [made.streams[n] for n in made.streams if n not in MAY_CHANGE]
        before = made.contents(*rooms)
        callers = [
            Caller(run, made, who, made.devices.get(who, made.device("lead"))) for who in READS
        ]
        operations = list(_operations(page))
        run.expect(len(operations) == len(page["paths"]), "an operation could not be read")
        turns = 2 * len(operations)
        share, ends = run.seconds / turns, itertools.count(1)
        begun = time.monotonic()
        for operation in operations:
            for mode in GenerationMode:
                _try(run, operation, mode, callers, begun + share * next(ends))
        changed = [room for room, held in made.contents(*rooms).items() if held != before[room]]
        run.expect(not changed, f"{len(changed)} foreign streams have changed")


def _operations(page: Any) -> Iterator[Any]:
    """Yield what schemathesis makes of each operation."""
    for path in page["paths"].values():
        for name in _sent(page, path["post"]["requestBody"], set()):
            _shorten(page["components"]["schemas"][name])
    for found in schemathesis.openapi.from_dict(page).get_all_operations():
        yield found.ok()


def _sent(page: Any, part: Any, known: set[str]) -> set[str]:
    """Return the names of the schemas that a part of the page leads to."""
    if isinstance(part, dict):
        name = str(part.get("$ref", "")).rpartition("/")[2]
        if name and name not in known:
            known.add(name)
            _sent(page, page["components"]["schemas"][name], known)
        for each in part.values():
            _sent(page, each, known)
    if isinstance(part, list):
        for each in part:
            _sent(page, each, known)
    return known


def _shorten(schema: Any) -> None:
    """Let lists and objects that are sent be short, and ids be of a few: others are slow."""
    if isinstance(schema, list):
        for each in schema:
            _shorten(each)
    if isinstance(schema, dict):
        if ID.pattern in schema.get("pattern", ""):
            schema["enum"] = IDS
            del schema["pattern"]
        if schema.get("type") in ("array", "object") and "properties" not in schema:
            least, most = {"array": ("minItems", "maxItems")}.get(schema["type"], ("", SIZE))
            schema |= {most: min(schema.get(most, FEW), FEW)}
            schema |= {least: min(schema[least], FEW)} if least in schema else {}
        for each in list(schema.values()):
            _shorten(each)


def _try(
    run: Run, operation: Any, mode: GenerationMode, callers: list[Caller], until: float
) -> None:
    """Send what is made for one operation, a batch at least, until a moment."""
    made = operation.as_strategy(generation_mode=mode)

    def each(case: Case, caller: Caller) -> None:
        for who in (caller, *run.dice.choices(callers, k=SENT - 1)):
            run.tried(operation.label.rpartition("/")[2])
            _judge(run, case, who, who.ask(case))

    for batch in range(BATCHES):
        _draw(given(case=made, caller=st.sampled_from(callers)), each, run.seed * 1000 + batch)
        if time.monotonic() > until:
            return


def _draw(given_all: Any, each: Callable[[Case, Caller], None], number: int) -> None:
    def one(case: Case, caller: Caller) -> None:  # hypothesis decorates a function once
        each(case, caller)

    seed(number)(BATCH(given_all(one)))()


def _judge(run: Run, case: Case, caller: Caller, reply: Reply) -> None:
    readable = [caller.stage.streams[name] for name in READS[caller.who]]
    if caller.stage.leaked(reply, *readable):
        run.found(f"{case.path} tells {caller.who} what is foreign")
    try:
        case.validate_response(_response(reply), checks=HOLDS)
    except FailureGroup as failures:
        for failure in failures.exceptions:
            run.found(f"{case.path} to {caller.who}: {reply.status_code} {failure}"[:300])


def _response(reply: Reply) -> Any:
    from schemathesis.core.transport import Response

    request = requests.Request("POST", "http://127.0.0.1/").prepare()
    headers = {name: [value] for name, value in reply.headers.items()}
    return Response(reply.status_code, headers, reply.content, request, 0.0, verify=False)


# -- what it must find -------------------------------------------------------------------------


@weakness("openapi")
def a_value_that_ends_in_a_fault(patch: Any) -> None:
    """A position of a scan that is no number is not caught."""
    from server.exchange import read

    patch.setattr(read, "_position", lambda position: (int(position[:3] or "x"), ""))


@weakness("openapi")
def a_reply_that_the_page_does_not_declare(patch: Any) -> None:
    from server.routes import errors

    patch.setitem(errors.STATUS, "login.wrong", 418)


@weakness("openapi")
def pages_of_any_stream(patch: Any) -> None:
    from server.routes import sync

    patch.setattr(sync, "_readable", lambda actor, stream, verdict: None)


@weakness("openapi")
def edits_of_anybody(patch: Any) -> None:
    from server.exchange.judge import Judge

    patch.setattr(Judge, "_stopped", lambda self, op, record, stream: None)
