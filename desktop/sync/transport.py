"""One HTTP call to the server: bytes out, bytes in, within one deadline.

Knows nothing of records. A call runs on a thread of its own, so that a server that sends a
byte a minute cannot hold anybody up, and so that the next page can be on its way while the
last one is applied; two pages are on their way while the first one is still being read, so that
a slow line is never idle. A call that is given up is cut off: no thread or socket of it lingers.
"""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from crm.domain.errors import BadFile, Refused, ServerUnreachable
from desktop.sync import packing
from desktop.sync.deadline import Deadline
from desktop.sync.line_faults import CUT, TIMEOUT, explained

if TYPE_CHECKING:
    import requests

DEADLINE_S = 60.0  # of silence, or of bytes that come slower than is fair (see Deadline)
CONNECT_S = 10.0  # for each address that the server's name has
MAX_WIRE_BYTES = 64 * 1024 * 1024
_CHUNK = 64 * 1024
_POLL_S = 0.05  # how soon a wish to stop is heard while waiting


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
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def asked(self, size: int) -> None:
        with self._lock:
            self.requests += 1
            self.bytes_up += size

    def came(self, size: int) -> None:
        with self._lock:
            self.bytes_down += size


class Cuts(Protocol):
    """What ends a call from outside."""

    def works_here(self) -> None: ...

    def cut(self) -> None: ...


class Pending:
    """A call under way."""

    def __init__(self, call: Callable[[Pending], Answer], deadline: Deadline, cutter: Cuts) -> None:
        self._deadline = deadline
        self._cutter = cutter
        self._begun = threading.Event()
        self._done = threading.Event()
        self._headers: Mapping[str, str] | None = None
        self._answer: Answer | None = None
        self._error: BaseException | None = None
        self._call = call
        threading.Thread(target=self._run, name="yizhan-call", daemon=True).start()

    def _run(self) -> None:
        self._cutter.works_here()
        try:
            self._answer = self._call(self)
        except BaseException as error:  # noqa: BLE001 - handed to whoever asks for the result
            self._error = error
        finally:
            self._done.set()
            self._begun.set()

    def begins(self, headers: Mapping[str, str]) -> None:
        """An answer has begun to come."""
        self._headers = headers
        self._begun.set()

    def headers(self, check: Callable[[], None]) -> Mapping[str, str] | None:
        """Wait for an answer to begin; None where none came. `check` as in `result`."""
        while not self._begun.wait(_POLL_S) and self._deadline.left() > 0:
            check()
        return self._headers

    def result(self, check: Callable[[], None]) -> Answer:
        """Return the answer; `check` is called while waiting and may raise.

        Raises: ServerUnreachable, and whatever `check` raises; then the call is given up.
        """
        try:
            while not self._done.wait(min(_POLL_S, max(0.0, self._deadline.left()))):
                check()
                if self._deadline.left() <= 0:
                    raise ServerUnreachable(TIMEOUT)
        except BaseException:
            self.give_up()
            raise
        if self._error is not None:
            raise self._error
        assert self._answer is not None  # noqa: S101 - one of the two is always there
        return self._answer

    def give_up(self) -> None:
        """Cut the call off; nobody will ask for its result."""
        self._cutter.cut()


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
        self._under_way: list[Pending] = []
        self.traffic = Traffic()

    def start(self, path: str, body: bytes) -> Pending:
        """Send `body` and return at once."""
        from desktop.sync.connections import Cutter

        payload, headers = packing.packed(body)
        deadline = Deadline(self._deadline_s, len(payload))
        session = self._open_session()

        def call(pending: Pending) -> Answer:
            return self._post(session, path, payload, headers, deadline, pending.begins)

        pending = Pending(call, deadline, Cutter())
        self._under_way = [*self._under_way[-3:], pending]
        return pending

    def close(self) -> None:
        """End what is still under way and hang up."""
        for pending in self._under_way:
            pending.give_up()
        self._under_way = []
        if self._session is not None:
            self._session.close()
            self._session = None

    def _post(
        self,
        session: requests.Session,
        path: str,
        payload: bytes,
        headers: dict[str, str],
        deadline: Deadline,
        begins: Callable[[Mapping[str, str]], None],
    ) -> Answer:
        import requests
        import urllib3

        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        self.traffic.asked(len(payload))
        answering = False
        try:
            with session.post(
                self._base + path,
                data=payload,
                headers=headers,
                stream=True,
                allow_redirects=False,  # a portal's answer, not our server's
                timeout=(CONNECT_S, max(1.0, deadline.left())),
            ) as reply:
                answering = True
                begins(reply.headers)
                raw = self._read(reply, deadline)
                body = packing.unpacked(raw, reply.headers)
                return Answer(reply.status_code, reply.headers, body)
        except (
            requests.exceptions.RequestException,
            urllib3.exceptions.HTTPError,
            OSError,
        ) as error:
            raise explained(error, self._base, self._ca_file, answering=answering) from error

    def _open_session(self) -> requests.Session:
        from desktop.sync.connections import CuttableAdapter, StraightSession

        if self._session is None:
            self._session = StraightSession()
            self._session.trust_env = False  # no netrc or proxy may rewrite our headers
            for scheme in ("http://", "https://"):
                self._session.mount(scheme, CuttableAdapter())
            self._session.headers.update({"Accept-Encoding": "zstd, gzip", "User-Agent": "yizhan"})
            if self._ca_file is not None:
                self._session.verify = str(self._ca_file)
        return self._session

    def _read(self, reply: requests.Response, deadline: Deadline) -> bytes:
        """Read the body as it is on the wire, against the deadline and a cap."""
        parts: list[bytes] = []
        size = 0
        while part := reply.raw.read1(_CHUNK, decode_content=False):
            size += len(part)
            self.traffic.came(len(part))
            deadline.flowed(len(part))
            if size > MAX_WIRE_BYTES:
                raise ServerUnreachable("sync.not_our_server")
            if deadline.left() <= 0:
                raise ServerUnreachable(TIMEOUT)
            parts.append(part)
        _check_whole(reply, size)
        return b"".join(parts)


def _check_whole(reply: requests.Response, size: int) -> None:
    """Raise unless as much came as was promised."""
    promised = reply.headers.get("Content-Length", "")
    if promised.isdecimal() and "Transfer-Encoding" not in reply.headers and size < int(promised):
        raise ServerUnreachable(CUT)


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
