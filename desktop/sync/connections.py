"""Connections that can be cut from another thread.

A call that is given up must not linger: its thread may sit in a handshake, or in headers that
come a byte at a time, where no timeout of a library ends it. Shutting the socket down does.
"""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import suppress
from http.cookiejar import DefaultCookiePolicy
from typing import Any

from requests import Response, Session
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.ssl_ import create_urllib3_context

_here = threading.local()  # the call that this thread carries out


class Cutter:
    """Cuts the connection that one call uses, now or as soon as it has one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._handle: socket.socket | None = None
        self._cut = False

    def works_here(self) -> None:
        """The call is carried out by this thread from now on."""
        _here.cutter = self

    def uses(self, handle: socket.socket) -> None:
        with self._lock:
            self._handle = handle
            if self._cut:
                _shut(handle)

    def cut(self) -> None:
        with self._lock:
            self._cut = True
            if self._handle is not None:
                _shut(self._handle)


def _shut(handle: socket.socket) -> None:
    with suppress(OSError):  # closed already: that was the aim
        handle.shutdown(socket.SHUT_RDWR)


class _Cuttable:
    """Beside a connection of urllib3: a second handle on its socket.

    The first one is of no use: wrapping it for TLS takes its socket away.
    """

    handle: socket.socket | None = None

    def _new_conn(self) -> socket.socket:
        made: socket.socket = super()._new_conn()  # type: ignore[misc]
        self._drop_handle()
        self.handle = made.dup()
        _use(self.handle)
        return made

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.handle is not None:
            _use(self.handle)  # kept alive since an earlier call
        super().request(*args, **kwargs)  # type: ignore[misc]

    def close(self) -> None:
        super().close()  # type: ignore[misc]
        self._drop_handle()

    def _drop_handle(self) -> None:
        handle, self.handle = self.handle, None
        if handle is not None:
            handle.close()


def _use(handle: socket.socket) -> None:
    cutter: Cutter | None = getattr(_here, "cutter", None)
    if cutter is not None:
        cutter.uses(handle)


class _Plain(_Cuttable, HTTPConnection):
    """http"""


class _Tls(_Cuttable, HTTPSConnection):
    """https"""


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _Tls


def tls_context() -> ssl.SSLContext:
    """Return how we speak TLS: 1.2 at least.

    A file of certificates may hold the server's own: then that one alone is believed (a pin),
    whoever signed others for the same name.
    """
    context = create_urllib3_context(ssl_minimum_version=ssl.TLSVersion.TLSv1_2)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


class CuttableAdapter(HTTPAdapter):
    """Makes such connections for a session of requests. Tries nothing twice by itself."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=tls_context(), **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}


class StraightSession(Session):
    """Goes nowhere but where it was told, and gives no cookie back: nobody follows a laptop by one.

    Even when redirects are not allowed, requests looks at where one leads, and throws the page
    that came with it away: a login page would then look like a line that broke.
    """

    def __init__(self) -> None:
        super().__init__()
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def get_redirect_target(self, resp: Response) -> None:
        return None
