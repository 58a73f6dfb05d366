"""One HTTP call to the server: bytes out, bytes in, within one deadline.

Knows nothing of records. A call runs on a thread of its own, so that a server that sends a
byte a minute cannot hold anybody up, and so that the next page can be on its way while the
last one is applied. At most one call is in flight.
"""

from __future__ import annotations

import io
import ipaddress
import threading
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from crm.domain.errors import BadFile, Refused, ServerUnreachable, UserError

if TYPE_CHECKING:
    import requests

DEADLINE_S = 60.0  # for one whole call; a page of 5,000 records needs about 15 s at 1 Mbit/s
CONNECT_S = 10.0
COMPRESS_FROM_BYTES = 1024
MAX_WIRE_BYTES = 64 * 1024 * 1024
MAX_BODY_BYTES = 256 * 1024 * 1024
_CHUNK = 64 * 1024
_POLL_S = 0.1  # how soon a wish to stop is heard while waiting


class SupportsRead(Protocol):
    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the body is decompressed, and nothing about it is believed yet."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class Traffic:
    """Calls made, and the bytes of their bodies on the wire."""

    requests: int = 0
    bytes_up: int = 0
    bytes_down: int = 0


class Pending:
    """A call under way."""

    def __init__(self, call: Callable[[], Answer], deadline_s: float) -> None:
        self._deadline = time.monotonic() + deadline_s
        self._done = threading.Event()
        self._answer: Answer | None = None
        self._error: BaseException | None = None
        self._call = call
        threading.Thread(target=self._run, name="yizhan-call", daemon=True).start()

    def _run(self) -> None:
        try:
            self._answer = self._call()
        except BaseException as error:  # noqa: BLE001 - handed to whoever asks for the result
            self._error = error
        finally:
            self._done.set()

    def result(self, check: Callable[[], None]) -> Answer:
        """Return the answer; `check` is called while waiting and may raise.

        Raises: ServerUnreachable, and whatever `check` raises.
        """
        while not self._done.wait(min(_POLL_S, max(0.0, self._deadline - time.monotonic()))):
            check()
            if time.monotonic() >= self._deadline:
                raise ServerUnreachable("sync.timeout")
        if self._error is not None:
            raise self._error
        assert self._answer is not None  # noqa: S101 - one of the two is always there
        return self._answer


class Transport:
    """Calls to one server. Keeps its connection alive between them."""

    def __init__(
        self,
        server_url: str,
        *,
        token: str | None = None,
        ca_file: Path | None = None,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        self._base = checked_url(server_url)
        self._token = token
        self._ca_file = None if ca_file is None else checked_ca_file(ca_file)
        self._deadline_s = deadline_s
        self._session: requests.Session | None = None
        self.traffic = Traffic()

    def start(self, path: str, body: bytes) -> Pending:
        """Send `body` and return at once."""
        deadline = time.monotonic() + self._deadline_s
        return Pending(lambda: self._post(path, body, deadline), self._deadline_s)

    def close(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    def _post(self, path: str, body: bytes, deadline: float) -> Answer:
        import requests

        payload, headers = _packed(body)
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        self.traffic.requests += 1
        self.traffic.bytes_up += len(payload)
        try:
            with self._open_session().post(
                self._base + path,
                data=payload,
                headers=headers,
                stream=True,
                allow_redirects=False,  # a portal's answer, not our server's
                timeout=(CONNECT_S, max(1.0, deadline - time.monotonic())),
            ) as reply:
                raw = self._read(reply, deadline)
                return Answer(reply.status_code, reply.headers, _unpacked(raw, reply.headers))
        except requests.exceptions.SSLError as error:
            raise ServerUnreachable("sync.tls") from error
        except requests.exceptions.Timeout as error:
            raise ServerUnreachable("sync.timeout") from error
        except (requests.exceptions.RequestException, OSError) as error:
            raise ServerUnreachable("sync.unreachable") from error

    def _open_session(self) -> requests.Session:
        import requests

        if self._session is None:
            self._session = requests.Session()
            self._session.trust_env = False  # no netrc or proxy may rewrite our headers
            self._session.headers.update({"Accept-Encoding": "zstd, gzip", "User-Agent": "yizhan"})
            if self._ca_file is not None:
                self._session.verify = str(self._ca_file)
        return self._session

    def _read(self, reply: requests.Response, deadline: float) -> bytes:
        """Read the body as it is on the wire, against the deadline and a cap."""
        reply.raw.headers.pop("Content-Encoding", None)  # we unpack it ourselves, against a cap
        parts: list[bytes] = []
        size = 0
        try:
            for part in reply.iter_content(_CHUNK):
                size += len(part)
                if size > MAX_WIRE_BYTES:
                    raise ServerUnreachable("sync.not_our_server")
                if time.monotonic() > deadline:
                    raise ServerUnreachable("sync.timeout")
                parts.append(part)
        finally:
            self.traffic.bytes_down += size
        return b"".join(parts)


def checked_ca_file(ca_file: Path) -> Path:
    """Return the file if it holds certificates, whatever the address is.

    Raises: BadFile `sync.ca_file`.
    """
    import ssl

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(ca_file)
    except OSError as error:  # SSLError is one
        raise BadFile("sync.ca_file", reason=type(error).__name__) from error
    return ca_file


def checked_url(server_url: str) -> str:
    """Return the URL without a trailing slash.

    Raises: Refused `sync.url.form`, or `sync.url.insecure` for anything but https that does
    not stay on this computer.
    """
    try:
        parts = urlsplit(server_url)
        host = parts.hostname or ""
    except ValueError as error:
        raise Refused("sync.url.form") from error
    if parts.scheme not in {"http", "https"} or not host or parts.username:
        raise Refused("sync.url.form")
    if parts.scheme == "http" and not _is_loopback(host):
        raise Refused("sync.url.insecure")
    return server_url.rstrip("/")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _packed(body: bytes) -> tuple[bytes, dict[str, str]]:
    headers = {"Content-Type": "application/json"}
    if len(body) < COMPRESS_FROM_BYTES:
        return body, headers
    import zstandard

    headers["Content-Encoding"] = "zstd"
    return zstandard.ZstdCompressor(level=1).compress(body), headers


def _unpacked(raw: bytes, headers: Mapping[str, str]) -> bytes:
    """Return the body decompressed. Raises: ServerUnreachable when it is not, or far too large."""
    encoding = headers.get("Content-Encoding", "identity").lower()
    try:
        body = _UNPACK[encoding](raw)
    except (KeyError, zlib.error, EOFError, UserError) as error:
        raise ServerUnreachable("sync.not_our_server") from error
    if len(body) > MAX_BODY_BYTES:
        raise ServerUnreachable("sync.not_our_server")
    return body


def _unzstd(raw: bytes) -> bytes:
    import zstandard

    try:
        with zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(
            io.BytesIO(raw)
        ) as reader:
            return _read_up_to(reader, MAX_BODY_BYTES + 1)
    except zstandard.ZstdError as error:
        raise ServerUnreachable("sync.not_our_server") from error


def _read_up_to(reader: SupportsRead, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while size < limit and (part := reader.read(min(limit - size, 1 << 20))):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def _gunzip(raw: bytes) -> bytes:
    unpack = zlib.decompressobj(wbits=31)
    body = unpack.decompress(raw, MAX_BODY_BYTES + 1)
    if not unpack.eof and len(body) <= MAX_BODY_BYTES:
        raise EOFError
    return body


_UNPACK: dict[str, Callable[[bytes], bytes]] = {
    "identity": bytes,
    "": bytes,
    "zstd": _unzstd,
    "gzip": _gunzip,
}
