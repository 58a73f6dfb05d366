"""Bodies: bounded, decompressed on the way in, compressed on the way out."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable
from typing import Any

import orjson
import zstandard
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_SENT = 2 * 1024 * 1024  # as it comes over the line
MAX_BODY = 4 * 1024 * 1024  # unpacked
COMPRESS_ABOVE = 600


class TooLarge(Exception):
    """A body is larger than allowed, packed or unpacked."""


class BadBody(Exception):
    """A body does not unpack."""


class BoundedBody:
    """ASGI middleware: reads the whole body within limits before the route runs."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {k.lower(): v for k, v in scope["headers"]}
        try:
            body = unpacked(await _whole(receive), headers.get(b"content-encoding", b""))
        except (TooLarge, BadBody) as error:
            await _refuse(send, too_large=isinstance(error, TooLarge))
            return
        scope["headers"] = [
            (k, v) for k, v in scope["headers"] if k.lower() not in (b"content-encoding",)
        ]
        scope["yizhan.body"] = body
        packer = _packer(headers.get(b"accept-encoding", b""))
        await self.app(scope, _once(body), _Packed(send, packer) if packer else send)


async def _whole(receive: Receive) -> bytes:
    parts: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        part = message.get("body", b"")
        more = message.get("more_body", False)
        size += len(part)
        if size > MAX_SENT:
            raise TooLarge
        parts.append(part)
    return b"".join(parts)


def unpacked(body: bytes, encoding: bytes) -> bytes:
    """Return the body as it was before compression. Raises: TooLarge, BadBody."""
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
    try:
        return zlib.decompressobj(31).decompress(body, MAX_BODY + 1)
    except zlib.error as error:
        raise BadBody from error


def _unzstd(body: bytes) -> bytes:
    try:
        reader = zstandard.ZstdDecompressor(max_window_size=2**23).stream_reader(body)
        return bytes(reader.read(MAX_BODY + 1))
    except zstandard.ZstdError as error:
        raise BadBody from error


def _once(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _packer(accepted: bytes) -> str | None:
    names = {part.split(b";")[0].strip() for part in accepted.split(b",")}
    return "zstd" if b"zstd" in names else "gzip" if b"gzip" in names else None


def packed(body: bytes, packer: str) -> bytes:
    """Return the body compressed: level 1, because the line is rarely the limit."""
    if packer == "zstd":
        return zstandard.ZstdCompressor(level=1).compress(body)
    return gzip.compress(body, 1, mtime=0)


class _Packed:
    """Compresses a reply that comes in one piece."""

    def __init__(self, send: Send, packer: str) -> None:
        self._send = send
        self._packer = packer
        self._start: Message = {}

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        body = message.get("body", b"")
        if len(body) > COMPRESS_ABOVE and not message.get("more_body", False):
            message = {**message, "body": packed(body, self._packer)}
            self._start["headers"] = _with_length(
                self._start["headers"], self._packer, len(message["body"])
            )
        await self._send(self._start)
        await self._send(message)


def _with_length(headers: Iterable[tuple[bytes, bytes]], packer: str, length: int) -> Any:
    kept = [(k, v) for k, v in headers if k.lower() != b"content-length"]
    return [
        *kept,
        (b"content-encoding", packer.encode()),
        (b"content-length", str(length).encode()),
        (b"vary", b"Accept-Encoding"),
    ]


async def _refuse(send: Send, *, too_large: bool) -> None:
    code = "request.too_large" if too_large else "request.form"
    body = orjson.dumps(
        {
            "error": {"code": code, "facts": {}},
            "nonce": None,
            "epoch": None,
            "done": None,
            "time": "",
        }
    )
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    status = 413 if too_large else 400
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
