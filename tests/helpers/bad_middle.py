"""What may stand between a laptop and its server, over real sockets on loopback.

`Middle` hands on to the real server what comes, unless a fault is planned for a path. TLS is
put in front of it by `tls`, with any certificate. Raw listeners are for what happens
before there is HTTP: a line that takes calls and says nothing, or a byte a minute.
"""

from __future__ import annotations

import gzip
import http.client
import socket
import ssl
import threading
from collections import defaultdict
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import zstandard

HTML = b"<!DOCTYPE html><html><title>Welcome to the hotel</title></html>"
HOPS = {"connection", "transfer-encoding", "content-length"}


@dataclass
class Reply:
    """What the real server answered, to be handed on or spoilt."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def without(self, *names):
        left = {name.lower() for name in names}
        return [(n, v) for n, v in self.headers if n.lower() not in left]


@dataclass
class Middle:
    """`with Middle(server_url) as middle:` listens on `middle.url`."""

    server_url: str
    context: ssl.SSLContext | None = None
    plans: dict = field(default_factory=lambda: defaultdict(list))
    calls: list = field(default_factory=list)  # paths, in order
    spoil: object = None  # a change of every reply: Reply -> Reply
    drop: frozenset = frozenset()  # request headers that are taken out, in lower case

    def __post_init__(self):
        self.released = threading.Event()

    def plan(self, path, *faults):
        """Let the next calls of `path` go wrong, one after another; None is a good one."""
        self.plans[path].extend(faults)

    def __enter__(self):
        handler = type("Handler", (_Handler,), {"middle": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._http.daemon_threads = True
        self.port = self._http.server_address[1]
        if self.context is not None:
            self._http.socket = self.context.wrap_socket(
                self._http.socket, server_side=True, do_handshake_on_connect=False
            )
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.released.set()
        self._http.shutdown()
        self._http.server_close()

    @property
    def url(self):
        scheme = "https" if self.context is not None else "http"
        return (
            f"{scheme}://localhost:{self.port}"
            if self.context
            else f"{scheme}://127.0.0.1:{self.port}"
        )

    def ask(self, handler, body):
        """Ask the real server what the laptop asked."""
        line = http.client.HTTPConnection(urlsplit(self.server_url).netloc, timeout=30)
        headers = {
            name: value
            for name, value in handler.headers.items()
            if name.lower() not in HOPS | self.drop | {"host"}
        }
        line.request("POST", handler.path, body, headers)
        answer = line.getresponse()
        made = Reply(answer.status, answer.getheaders(), answer.read())
        line.close()
        return made


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    middle: Middle

    def log_message(self, *_):
        pass

    def handle(self):
        with suppress(OSError):  # the laptop has hung up, or would not have our certificate
            super().handle()

    def finish(self):
        with suppress(OSError, ValueError):
            super().finish()

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.middle.calls.append(self.path)
        plans = self.middle.plans[self.path]
        fault = plans.pop(0) if plans else None
        reply = self.middle.ask(self, body)
        if fault is not None:
            fault(self, reply)
            return
        if self.middle.spoil is not None:
            reply = self.middle.spoil(reply)
        self.send(reply)

    def send(self, reply, length=None):
        self.send_response_only(reply.status)
        for name, value in reply.headers:
            if name.lower() not in HOPS:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body) if length is None else length))
        self.end_headers()
        self.wfile.write(reply.body)

    def hang_up(self):
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)


# --- faults: called with the handler and the real reply ----------------------------------------


def unheard(handler, reply):
    """The answer is lost; the server has acted."""
    handler.hang_up()


def cut(handler, reply):
    """The answer breaks off three bytes before its end."""
    handler.send(Reply(reply.status, reply.headers, reply.body[:-3]), length=len(reply.body))
    handler.hang_up()


def cut_unsaid(handler, reply):
    """It breaks off, and no header has told how long it is (a proxy of 1996)."""
    handler.wfile.write(b"HTTP/1.0 200 OK\r\n")
    for name, value in reply.headers:
        if name.lower() not in HOPS:
            handler.wfile.write(f"{name}: {value}\r\n".encode("latin-1"))
    handler.wfile.write(b"\r\n" + reply.body[:-3])
    handler.hang_up()


def silent(handler, reply):
    handler.middle.released.wait(60)


def drip(head=b"", pause_s=0.05):
    """Return a fault: `head` at once, then a byte now and then, for ever."""

    def fault(handler, reply):
        handler.wfile.write(head)
        while not handler.middle.released.wait(pause_s):
            handler.wfile.write(b"y")

    return fault


def page(status, body=HTML, **headers):
    """Return a fault: somebody else's page."""

    def fault(handler, reply):
        given = [(name.replace("_", "-"), value) for name, value in headers.items()]
        handler.send(Reply(status, [("Content-Type", "text/html"), *given], body))

    return fault


def error(status, code, **headers):
    """Return a fault: an error of our own server, with the nonce that was asked with."""

    def fault(handler, reply):
        import orjson

        told = orjson.loads(unpacked(reply))
        kept = {name: told[name] for name in ("nonce", "epoch", "done", "time")}
        body = orjson.dumps({**kept, "error": {"code": code, "facts": {}}})
        given = [(name.replace("_", "-"), value) for name, value in headers.items()]
        handler.send(Reply(status, given, body))

    return fault


def unpacked(reply):
    packing = {n.lower(): v for n, v in reply.headers}.get("content-encoding")
    if packing == "zstd":
        return zstandard.ZstdDecompressor().decompressobj().decompress(reply.body)
    return gzip.decompress(reply.body) if packing == "gzip" else reply.body


def bomb(packing):
    """Return a fault: some kilobytes that unpack to more than a laptop has."""
    content = b" " * (300 << 20)
    if packing == "zstd":
        body = zstandard.ZstdCompressor(level=1).compress(content)
    else:
        body = gzip.compress(content, 1)

    def fault(handler, reply):
        handler.send(Reply(200, [("Content-Encoding", packing)], body))

    return fault


# --- what a proxy makes of good replies ---------------------------------------------------------


def packed_again(reply):
    """It packs what is packed, and says so."""
    packing = [v for n, v in reply.headers if n.lower() == "content-encoding"]
    said = ", ".join([*packing, "gzip"])
    headers = [*reply.without("content-encoding"), ("Content-Encoding", said)]
    return Reply(reply.status, headers, gzip.compress(reply.body))


def packing_unsaid(reply):
    """It takes the header away that says how the body is packed."""
    return Reply(reply.status, reply.without("content-encoding"), reply.body)


def unpacked_for_us(reply):
    """It unpacks and forgets to pack."""
    return Reply(reply.status, reply.without("content-encoding"), unpacked(reply))


def unsigned(reply):
    return Reply(reply.status, reply.without("x-yizhan-signature"), reply.body)


def respelt(reply):
    """It writes header names in lower case."""
    return Reply(reply.status, [(n.lower(), v) for n, v in reply.headers], reply.body)


# --- before there is HTTP -------------------------------------------------------------------------


@contextmanager
def raw_listener(serve):
    """Give the port of a listener that hands each caller's socket to `serve(socket, ended)`."""
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def answer(caller):
        with caller, suppress(OSError):
            serve(caller, ended)

    def listen():
        while True:
            try:
                caller, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(caller,), daemon=True).start()

    threading.Thread(target=listen, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        ended.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def says_nothing(caller, ended):
    ended.wait(60)


def drips(caller, ended):
    """A byte now and then. As TLS it is the beginning of a record that never ends."""
    caller.sendall(b"\x16\x03\x03\x3f\xff")
    while not ended.wait(0.05):
        caller.sendall(b"\x02")


def speaks_plain(caller, ended):
    caller.recv(1)
    caller.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://login/\r\nContent-Length: 0\r\n\r\n")


def hangs_up(caller, ended):
    caller.recv(1)
