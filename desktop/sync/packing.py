"""Bodies on the wire: packed on the way up; unpacked on the way down, against a cap.

What cannot be unpacked is nobody's answer: its body counts as empty, so that who sent it can
still be told by status and headers. What merely ends too soon is a line that was cut.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping

from crm.domain.errors import ServerUnreachable
from desktop.sync.line_faults import CUT

COMPRESS_FROM_BYTES = 1024
MAX_BODY_BYTES = 128 * 1024 * 1024  # a page of 5,000 records of 25 kB each
MAX_WINDOW = 1 << 27
NOTHING = b""

_MOST_LAYERS = 3  # a proxy may pack once more what is packed
_STEP = 512  # packed bytes at a time: of zstd they give 16 MB at most, so a bomb is stopped
_ZSTD, _GZIP = b"\x28\xb5\x2f\xfd", b"\x1f\x8b"


class _TooLarge(Exception):
    """More than any reply of ours."""


def packed(body: bytes) -> tuple[bytes, dict[str, str]]:
    """Return the body as it travels, and the headers that say so."""
    headers = {"Content-Type": "application/json"}
    if len(body) < COMPRESS_FROM_BYTES:
        return body, headers
    import zstandard

    headers["Content-Encoding"] = "zstd"
    return zstandard.ZstdCompressor(level=1).compress(body), headers


def unpacked(raw: bytes, headers: Mapping[str, str]) -> bytes:
    """Return the body; empty where it is packed in an unknown way, damaged or far too large.

    Raises: ServerUnreachable `sync.cut` where it ends too soon.
    """
    layers = [
        name
        for part in headers.get("Content-Encoding", "").lower().split(",")
        if (name := part.strip()) not in {"", "identity"}
    ]
    if not layers:
        layers = _unsaid(raw)
    try:
        for name in reversed(layers[:_MOST_LAYERS]):
            raw = _UNPACK[name](raw)
    except EOFError as error:
        raise ServerUnreachable(CUT) from error
    except (KeyError, zlib.error, _TooLarge, ValueError):
        return NOTHING
    return raw if len(layers) <= _MOST_LAYERS and len(raw) <= MAX_BODY_BYTES else NOTHING


def _unsaid(raw: bytes) -> list[str]:
    """Return how a body is packed that does not say so: some proxies take the header away."""
    if raw.startswith(_ZSTD):
        return ["zstd"]
    return ["gzip"] if raw.startswith(_GZIP) else []


def _unzstd(raw: bytes) -> bytes:
    import zstandard

    unpack = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW).decompressobj()
    parts: list[bytes] = []
    size = 0
    try:
        for place in range(0, len(raw), _STEP):
            if unpack.eof:
                break  # what follows the end is nobody's
            parts.append(unpack.decompress(raw[place : place + _STEP]))
            size += len(parts[-1])
            if size > MAX_BODY_BYTES:
                raise _TooLarge
    except zstandard.ZstdError as error:
        raise ValueError("zstd") from error
    if not unpack.eof:
        raise EOFError
    return NOTHING.join(parts)


def _gunzip(raw: bytes) -> bytes:
    unpack = zlib.decompressobj(wbits=31)
    body = unpack.decompress(raw, MAX_BODY_BYTES + 1)
    if len(body) > MAX_BODY_BYTES:
        raise _TooLarge
    if not unpack.eof:
        raise EOFError
    return body


_UNPACK: dict[str, Callable[[bytes], bytes]] = {
    "zstd": _unzstd,
    "gzip": _gunzip,
    "x-gzip": _gunzip,
}
