"""A line between one laptop and the server that does what the script says.

It knows HTTP/1.1 as far as both ends speak it here: bodies have a Content-Length. Every request
of a sync has a number, from 0; `faults` says what happens to which.
"""

from __future__ import annotations

import contextlib
import socket
import threading

NOT_A_NETWORK = b"<html><body>Please accept our terms of use.</body></html>"
FAULTS = (
    "lose_request",
    "lose_reply",
    "truncate",
    "duplicate",
    "hold",
    "replay",
    "old_reply",
    "portal",
    "garbage",
    "busy",
    "fault",
)


class Proxy:
    """Listens for one laptop; `upstream` is the server's port, which may change."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.upstream = 0
        self._lock = threading.Lock()
        self._faults, self._count = {}, 0
        self._requests, self._replies = [], []  # of this laptop, for replays
        self._held = []  # requests that shall overtake nothing any more
        self.happened = []
        threading.Thread(target=self._accept, daemon=True).start()

    def begin(self, faults=None):
        """From now on requests are counted from 0; {"number": fault}."""
        with self._lock:
            self._faults, self._count = dict(faults or {}), 0
            self.happened = []

    def close(self):
        # shutdown wakes accept(); close alone would leave its thread waiting
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        upstream = Upstream()
        with connection, upstream:
            reader = connection.makefile("rb")
            try:
                while (request := read_message(reader)) is not None:
                    if not self._pass(connection, upstream, request):
                        return
            except OSError:
                return  # either side hung up: that is what lines do

    def _pass(self, connection, upstream, request):
        """Let one request through as its fault says; return whether the line goes on."""
        fault = self._next_fault()
        if fault in OWN_ANSWERS:
            connection.sendall(OWN_ANSWERS[fault])
            return True
        if fault in ("lose_request", "hold"):
            self._held += [request] if fault == "hold" else []
            return False
        self._ask_others(upstream, request, fault)
        reply = upstream.ask(self.upstream, request)
        self._requests.append(request)
        while self._held:
            upstream.ask(self.upstream, self._held.pop())
        return self._answer(connection, reply, fault)

    def _next_fault(self):
        with self._lock:
            number, fault = self._count, self._faults.get(str(self._count))
            self._count += 1
            if fault:
                self.happened.append((number, fault))
        return fault

    def _ask_others(self, upstream, request, fault):
        """Send what the laptop did not send just now; nobody hears the answers."""
        others = {"duplicate": [request], "replay": self._requests[-3:]}
        for other in others.get(fault, ()):
            upstream.ask(self.upstream, other)

    def _answer(self, connection, reply, fault):
        if fault == "truncate":
            connection.sendall(reply[: max(1, len(reply) * 2 // 3)])
        if fault in ("truncate", "lose_reply"):
            return False
        if fault == "old_reply" and self._replies:
            connection.sendall(self._replies[-1])
            return True
        self._replies.append(reply)
        connection.sendall(reply)
        return True


def _answer(status, body, *headers):
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*head, "", ""]).encode() + body


OWN_ANSWERS = {
    "portal": _answer("200 OK", NOT_A_NETWORK, "Content-Type: text/html"),
    "garbage": _answer("200 OK", b'{"nonce": 1', "Content-Type: application/json"),
    "busy": _answer("503 Service Unavailable", b"{}", "Retry-After: 0"),
    "fault": _answer("500 Internal Server Error", b"oops"),
}


class Upstream:
    """A connection to the server, opened when it is needed."""

    def __init__(self):
        self._socket, self._reader, self._port = None, None, None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._socket is not None:
            self._reader.close()
            self._socket.close()
        self._socket = None

    def ask(self, port, request):
        """Return the reply as bytes. Raises: OSError when there is none."""
        if self._socket is None or self._port != port:
            self.__exit__()
            self._socket = socket.create_connection(("127.0.0.1", port), 30)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._reader, self._port = self._socket.makefile("rb"), port
        self._socket.sendall(request)
        reply = read_message(self._reader)
        if reply is None:
            self.__exit__()
            raise ConnectionResetError("no reply")
        return reply


def read_message(reader):
    """Return one request or reply with its body, as bytes; None where the line ended."""
    head, length = [], 0
    while True:
        line = reader.readline(65536)
        if not line.endswith(b"\n"):
            return None
        head.append(line)
        if line == b"\r\n":
            break
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    body = reader.read(length)
    return None if len(body) < length else b"".join(head) + body
