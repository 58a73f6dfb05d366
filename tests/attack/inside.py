"""Asks the application in this process, with no socket between: a hundred cases a second more.

What comes back is what a server would have sent: status, headers, and the body unpacked.
"""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import anyio.to_thread
import zstandard
from fastapi import FastAPI

from tests.helpers.http_server import Site

Header = tuple[bytes, bytes]


@dataclass(frozen=True)
class Reply:
    """As much of a reply of `requests` as the tests look at."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes  # unpacked
    wire_bytes: int  # as sent

    @property
    def text(self) -> str:
        return self.content.decode()

    def json(self) -> Any:
        return json.loads(self.content)


class Asgi:
    """Calls an application on an event loop of its own, and its plain functions on this thread."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self._loop = asyncio.new_event_loop()
        self._usual, anyio.to_thread.run_sync = anyio.to_thread.run_sync, _here

    def close(self) -> None:
        anyio.to_thread.run_sync = self._usual
        self._loop.close()

    def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Iterable[Header] = (),
        client: str = "127.0.0.1",
    ) -> Reply:
        """Send one request; `client` is the address it comes from."""
        return self._loop.run_until_complete(self._ask(method, path, body, headers, client))

    async def _ask(
        self, method: str, path: str, body: bytes, headers: Iterable[Header], client: str
    ) -> Reply:
        path, _, query = path.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "scheme": "http",
            "headers": [(name.lower(), value) for name, value in headers],
            "client": (client, 50000),
            "server": ("127.0.0.1", 80),
            "app": self.app,
        }
        sent: list[dict[str, Any]] = []
        waiting = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> dict[str, Any]:
            return waiting.pop() if waiting else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        return _reply(sent)


async def _here(function: Callable[..., Any], *given: Any, **_: Any) -> Any:
    return function(*given)


def _reply(sent: list[dict[str, Any]]) -> Reply:
    start = next(message for message in sent if message["type"] == "http.response.start")
    packed = b"".join(m.get("body", b"") for m in sent if m["type"] == "http.response.body")
    headers = {n.decode("latin-1").title(): v.decode("latin-1") for n, v in start["headers"]}
    return Reply(start["status"], headers, _unpacked(packed, headers), len(packed))


def _unpacked(body: bytes, headers: Mapping[str, str]) -> bytes:
    packing = headers.get("Content-Encoding")
    if packing == "zstd":
        return zstandard.ZstdDecompressor().decompressobj().decompress(body)
    return gzip.decompress(body) if packing == "gzip" else body


@dataclass
class Inside(Site):
    """A site that is asked without a socket."""

    asgi: Asgi | None = None

    def post(self, path: str, body: bytes, headers: Mapping[str, str] = {}) -> Any:
        assert self.asgi is not None
        given = {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}
        pairs = [(n.encode(), v.encode()) for n, v in given.items()]
        return self.asgi.ask("POST", path, body, pairs)
