"""A real server on a loopback port, and devices that speak to it over plain `requests`.

Every reply is held against the model that the OpenAPI page declares for it, and against the
envelope that the protocol promises: whatever was asked, the nonce comes back.
"""

from __future__ import annotations

import secrets
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
import requests
import uvicorn
import zstandard
from argon2 import PasswordHasher

from crm.domain.ids import new_id
from crm.domain.kind import PROTOCOL_VERSION
from crm.domain.kinds import SCHEMA
from server.app import create_app
from server.exchange import epoch
from server.exchange.accounts import token_hash
from server.routes import messages as m
from server.routes.service import Service
from server.store import people, schema
from server.store import settings as server_settings
from server.store.database import Database
from server.store.settings import Settings
from tests.helpers.postgres import PostgresServer
from tests.helpers.prompt_uvicorn import PromptServer
from tests.helpers.server import STORES, Laptop, World, check_invariants

TIMEOUT_S = 30
REPLIES: dict[str, type[m.Reply]] = {
    "/v1/ping": m.PingReply,
    "/v1/enrol": m.EnrolReply,
    "/v1/incarnation": m.Reply,
    "/v1/hello": m.HelloReply,
    "/v1/push": m.PushReply,
    "/v1/pull": m.PullReply,
    "/v1/check": m.CheckReply,
    "/v1/password": m.Reply,
    "/v1/recovery": m.RecoveryReply,
    "/v1/recovery/claim": m.RecoveryOutcome,
}
# As safe as none: what is tested is not argon2, and half a second a person is much.
_hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass
class Site:
    """A running server, and the way behind its back into its store."""

    url: str
    world: World
    settings: Settings
    service: Service
    session: requests.Session = field(default_factory=requests.Session)

    def post(self, path: str, body: bytes, headers: Mapping[str, str] = {}) -> requests.Response:
        """Send bytes as they are."""
        given = {"Content-Type": "application/json", **headers}
        reply = self.session.post(self.url + path, data=body, headers=given, timeout=TIMEOUT_S)
        if reply.headers.get("Content-Encoding") == "zstd":  # requests leaves it packed
            reply._content = zstandard.ZstdDecompressor().decompressobj().decompress(reply.content)
        return reply

    def say(
        self,
        path: str,
        message: Mapping[str, Any],
        token: str | None = None,
        headers: Mapping[str, str] = {},
    ) -> requests.Response:
        """Send a message with the members that every one has, and check the form of the reply."""
        sent = {
            "protocol": PROTOCOL_VERSION,
            "schema": SCHEMA.version,
            "nonce": secrets.token_hex(16),
            **message,
        }
        known = {"Authorization": f"Bearer {token}"} if token else {}
        reply = self.post(path, orjson.dumps(sent), {**known, **headers})
        check_reply(path, reply, sent["nonce"])
        return reply

    def person(self, password: str, role: str = "manager") -> tuple[str, str]:
        """Return (id, login) of a new person with this password."""
        person = self.world.person(role, _hasher.hash(password))
        return person, f"p{person[-12:]}"

    def device(self, person: str | None = None) -> Device:
        """Return an enrolled device, of a new manager unless told whose."""
        return Device(self, self.world.laptop(person))


def check_reply(path: str, reply: requests.Response, nonce: str | None) -> None:
    """Fail unless the reply is one that the OpenAPI page declares, and belongs to the nonce."""
    assert reply.headers["Content-Type"] == "application/json"
    model = REPLIES[path] if reply.status_code == 200 else m.ErrorReply
    told = model.model_validate_json(reply.content, strict=True)
    assert told.nonce == nonce
    assert told.epoch
    assert told.time


@dataclass
class Device:
    """An enrolled laptop with its token, whose enrolment took no password."""

    site: Site
    laptop: Laptop
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    enrolment: str = field(default_factory=new_id)
    baton: str = field(default_factory=new_id)
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with self.site.world.database.writing() as connection:
            people.add_enrolment(
                connection,
                id=self.enrolment,
                person=self.laptop.person,
                device="test",
                state="active",
                token=token_hash(self.token),
                at=self.site.world.exchange.now(),
            )
            people.update_incarnation(
                connection, self.laptop.incarnation, enrolment=self.enrolment, baton=self.baton
            )

    def say(self, path: str, **message: Any) -> requests.Response:
        sent = {"incarnation": self.laptop.incarnation, **message}
        return self.site.say(path, sent, self.token, self.headers)

    def hello(self, **more: Any) -> requests.Response:
        """Say hello; the proposal becomes the baton, unless a test gives its own."""
        proposed = new_id()
        message = {
            "baton": self.baton,
            "next_baton": proposed,
            "epoch": None,
            "acked": 0,
            "cursors": {},
            "unsent": 0,
            "chain_head": None,
            "purges": [],
            "leases_wanted": [],
            **more,
        }
        reply = self.say("/v1/hello", **message)
        passed = reply.status_code == 200 and reply.json()["verdict"] != "fork"
        if passed and "next_baton" not in more:
            self.baton = proposed
        return reply

    def push(self, *operations: Any) -> requests.Response:
        """Number operations and push them."""
        page = [wire(op) for op in self.laptop.numbered(operations)]
        return self.say("/v1/push", operations=page)

    def pull(self, stream: str | None = None, limit: int = 5000, **where: Any) -> requests.Response:
        return self.say("/v1/pull", stream=stream or self.laptop.home, limit=limit, **where)

    def ask(self, stream: str, limit: int, **where: Any) -> dict[str, Any]:
        """Pull, as the naive client wants it."""
        reply = self.pull(stream, limit, **where)
        assert reply.status_code == 200, reply.text
        answer: dict[str, Any] = reply.json()
        return answer


def wire(operation: Any) -> dict[str, Any]:
    """Return an operation as it is sent."""
    names = operation.__dataclass_fields__
    return {name: getattr(operation, name) for name in names}


def error_of(reply: requests.Response) -> tuple[int, str]:
    """Return (status, code) of an error reply."""
    return reply.status_code, reply.json()["error"]["code"]


@pytest.fixture(scope="module", params=STORES)
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """A running server of each kind, shared by the tests of a module."""
    url = None
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgresql_server")
        url = server.url(server.create_database())
    folder = tmp_path_factory.mktemp("site")
    settings = server_settings.create(folder, url, practice=True)
    database = Database(settings.database_url)
    schema.upgrade(database)
    epoch.begin(database, practice=True, schema_version=SCHEMA.version)
    with serving(settings) as (address, service):
        made = Site(address, World(database), settings, service)
        yield made
        made.session.close()
    check_invariants(database)
    database.dispose()


@contextmanager
def serving(settings: Settings) -> Iterator[tuple[str, Service]]:
    """Serve a folder on a free loopback port for the length of the block.

    Gives the address, and what the routes work with.
    """
    app = create_app(settings)
    # asyncio turns Nagle's delay off only for sockets that name their protocol: 40 ms a reply
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    server = PromptServer(uvicorn.Config(app, log_level="warning", access_log=False))
    server.start(listener)
    try:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        yield address, app.state.service
    finally:
        server.leave()
        app.state.service.exchange.database.dispose()
        listener.close()
