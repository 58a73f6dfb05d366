"""Bodies: bounded, decompressed on the way in, compressed on the way out."""

from __future__ import annotations

import asyncio
import gzip
import re
import zlib
from collections.abc import Iterable

import orjson
import zstandard
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.routes import entrance
from server.routes.service import Service

MAX_SENT = 2 * 1024 * 1024  # as it comes over the line
MAX_BODY = 4 * 1024 * 1024  # unpacked
MAX_WINDOW = 2**23  # what a zstd frame may ask for: 8 MB
COMPRESS_ABOVE = 600
BEGINNING = 4096
BODY_S = 900.0  # as long as a laptop stays with a call

Headers = Iterable[tuple[bytes, bytes]]

_NONCE = re.compile(rb'"nonce"\s*:\s*"([A-Za-z0-9_-]{16,64})"')


class TooLarge(Exception):
    """A body is larger than allowed, packed or unpacked."""


class BadBody(Exception):
    """A body does not unpack, does not come to its end, or is no JSON that we take."""


class BoundedBody:
    """ASGI middleware: reads the whole body within limits before the route runs."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {name.lower(): value for name, value in scope["headers"]}
        send = _Headed(send, entrance.headers(scope.get("scheme", "http")))
        encoding = headers.get(b"content-encoding", b"").strip().lower()
        sent = b""
        try:
            sent = await _received_in_time(receive)
            body = unpacked(sent, encoding)
            if body and not entrance.is_sound(body):
                raise BadBody
        except (TooLarge, BadBody) as error:
            nonce = nonce_of(_beginning(sent, encoding))
            await _refuse(scope["app"].state.service, send, error, nonce)
            return
        scope["headers"] = [h for h in scope["headers"] if h[0].lower() != b"content-encoding"]
        scope["yizhan.body"] = body
        packer = _packer(headers.get(b"accept-encoding", b""))
        await self.app(scope, _once(body), _Packed(send, packer) if packer else send)


async def _received_in_time(receive: Receive) -> bytes:
    """Return the body. Raises: BadBody where it comes a byte a minute."""
    try:
        async with asyncio.timeout(BODY_S):
            return await _received(receive)
    except TimeoutError as error:
        raise BadBody from error


async def _received(receive: Receive) -> bytes:
    """Return the body, or so much of it that it is known to be too large."""
    parts: list[bytes] = []
    size = 0
    more = True
    while more and size <= MAX_SENT:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b""  # nobody waits for an answer, and half a body is none
        part = message.get("body", b"")
        more = message.get("more_body", False)
        size += len(part)
        parts.append(part)
    return b"".join(parts)


def unpacked(body: bytes, encoding: bytes) -> bytes:
    """Return the body as it was before compression. Raises: TooLarge, BadBody."""
    if len(body) > MAX_SENT:
        raise TooLarge
    if encoding in (b"", b"identity"):
        result = body
    elif encoding == b"gzip":
        result = _ungzipped(body)
    elif encoding == b"zstd":
        result = _unzstd(body)
    else:
        raise BadBody
    if len(result) > MAX_BODY:
        raise TooLarge
    return result


def _ungzipped(body: bytes) -> bytes:
    unpacker = zlib.decompressobj(31)
    try:
        result = unpacker.decompress(body, MAX_BODY + 1)
    except zlib.error as error:
        raise BadBody from error
    if len(result) <= MAX_BODY and not unpacker.eof:
        raise BadBody
    return result


def _unzstd(body: bytes) -> bytes:
    unpacker = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW).decompressobj()
    result = b""
    try:
        for start in range(0, len(body), BEGINNING):  # a bomb is stopped on its way
            result += unpacker.decompress(body[start : start + BEGINNING])
            if len(result) > MAX_BODY:
                return result
    except zstandard.ZstdError as error:
        raise BadBody from error
    if not unpacker.eof:
        raise BadBody
    return result


def _beginning(body: bytes, encoding: bytes) -> bytes:
    """Return what can be read of a body that is refused."""
    try:
        if encoding == b"gzip":
            return zlib.decompressobj(31).decompress(body, BEGINNING)
        if encoding == b"zstd":
            unpacker = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW)
            return bytes(unpacker.stream_reader(body).read(BEGINNING))
    except (zlib.error, zstandard.ZstdError):
        return b""
    return body[:BEGINNING]


def nonce_of(body: bytes) -> str | None:
    """Return the nonce of a request, though the rest of it may be no JSON.

    Without it the sender could not believe the reply, whatever it says.
    """
    try:
        message = orjson.loads(body)
    except orjson.JSONDecodeError:
        found = _NONCE.search(body[:BEGINNING])
        return found[1].decode() if found else None
    nonce = message.get("nonce") if isinstance(message, dict) else None
    return nonce if isinstance(nonce, str) and len(nonce) <= 64 else None


def _once(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _packer(accepted: bytes) -> str | None:
    names = {name for part in accepted.lower().split(b",") if (name := _wanted(part))}
    return "zstd" if b"zstd" in names else "gzip" if b"gzip" in names else None


def _wanted(part: bytes) -> bytes:
    """Return the coding that one part of Accept-Encoding allows; "q=0" forbids it."""
    name, _, weight = part.partition(b";")
    forbidden = re.fullmatch(rb"\s*q\s*=\s*0(\.0*)?\s*", weight)
    return b"" if forbidden else name.strip()


def packed(body: bytes, packer: str) -> bytes:
    """Return the body compressed: level 1, because the line is rarely the limit."""
    if packer == "zstd":
        return zstandard.ZstdCompressor(level=1).compress(body)
    return gzip.compress(body, 1, mtime=0)


class _Headed:
    """Adds the headers that every reply has."""

    def __init__(self, send: Send, headers: Headers) -> None:
        self._send = send
        self._headers = headers

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *self._headers]}
        await self._send(message)


class _Packed:
    """Compresses a reply that comes in one piece; others pass as they are."""

    def __init__(self, send: Send, packer: str) -> None:
        self._send = send
        self._packer = packer
        self._start: Message | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        start, self._start = self._start, None
        if start is not None:
            body = message.get("body", b"")
            if len(body) > COMPRESS_ABOVE and not message.get("more_body", False):
                message = {**message, "body": packed(body, self._packer)}
                start["headers"] = _with_length(
                    start["headers"], self._packer, len(message["body"])
                )
            await self._send(start)
        await self._send(message)


def _with_length(headers: Headers, packer: str, length: int) -> list[tuple[bytes, bytes]]:
    kept = [(name, value) for name, value in headers if name.lower() != b"content-length"]
    return [
        *kept,
        (b"content-encoding", packer.encode()),
        (b"content-length", str(length).encode()),
        (b"vary", b"Accept-Encoding"),
    ]


async def _refuse(service: Service, send: Send, error: Exception, nonce: str | None) -> None:
    too_large = isinstance(error, TooLarge)
    code = "request.too_large" if too_large else "request.form"
    body = service.error_text(code, {}, nonce)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    status = 413 if too_large else 400
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
