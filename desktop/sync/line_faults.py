"""What a broken call was broken by, in words that somebody at a branch can act on.

Every code here is a ServerUnreachable: nothing was lost, and another time may do. `CUT` alone
means that the line broke in the midst, where asking again at once is worth it.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from crm.domain.errors import ServerUnreachable

CUT = "sync.cut"
TIMEOUT = "sync.timeout"
NO_WAY = "sync.unreachable"
# The line comes and goes by itself; nobody has done anything wrong.
PASSING = frozenset({CUT, NO_WAY, "sync.dns", "sync.nobody", "sync.gateway"})

PEEK_S = 3.0
ISSUER_MOST = 60  # characters
UNKNOWN = "?"

# OpenSSL's X509_V_ERR_* (x509_vfy.h)
_EXPIRED, _NOT_YET, _SELF_SIGNED, _NO_ISSUER, _WRONG_HOST = 10, 9, {18}, {19, 20, 21}, {62, 64}
# What OpenSSL says when somebody answers a handshake in plain text (a portal, a proxy, port 80).
_NO_TLS = {
    "WRONG_VERSION_NUMBER",
    "HTTP_REQUEST",
    "PACKET_LENGTH_TOO_LONG",
    "RECORD_LAYER_FAILURE",
    "UNKNOWN_PROTOCOL",
    "NOT_SSL_RECORD_OR_CLIENT_HELLO",
}
_OLD_TLS = {
    "UNSUPPORTED_PROTOCOL",
    "NO_PROTOCOLS_AVAILABLE",
    "TLSV1_ALERT_PROTOCOL_VERSION",
    "SSLV3_ALERT_HANDSHAKE_FAILURE",
    "NO_SHARED_CIPHER",
}


def explained(
    error: BaseException, url: str, ca_file: Path | None, *, answering: bool
) -> ServerUnreachable:
    """Return what a library's error means; `answering`: a reply had begun to come."""
    chain = list(_causes(error))
    if answering:  # whatever it is called, what had begun did not come to its end
        late = any(isinstance(cause, TimeoutError) or _is_timeout(cause) for cause in chain)
        return ServerUnreachable(TIMEOUT if late else CUT)
    for cause in chain:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _certificate(cause, url, ca_file)
    for cause in chain:
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError):
            return _handshake(cause)
    return ServerUnreachable(_code_of(chain))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and all that it wraps; libraries hide causes in four places."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        found = waiting.pop(0)
        if not isinstance(found, BaseException) or id(found) in seen:
            continue
        seen.add(id(found))
        yield found
        waiting += [getattr(found, "reason", None), found.__cause__, found.__context__]
        waiting += found.args


def _is_timeout(cause: BaseException) -> bool:
    return type(cause).__name__ in {"ReadTimeout", "ReadTimeoutError"}


def _code_of(chain: list[BaseException]) -> str:
    names = {type(cause).__name__ for cause in chain}
    if any(isinstance(cause, socket.gaierror) for cause in chain):
        return "sync.dns"
    if any(isinstance(cause, ConnectionRefusedError) for cause in chain):
        return "sync.nobody"
    if names & {"ConnectTimeout", "ConnectTimeoutError"}:
        return NO_WAY
    if any(map(_is_timeout, chain)) or any(isinstance(cause, TimeoutError) for cause in chain):
        return TIMEOUT
    broken = (ConnectionError, HTTPException, ssl.SSLEOFError, EOFError)
    if any(isinstance(cause, broken) for cause in chain) or "ProtocolError" in names:
        return CUT
    return NO_WAY


# --- TLS -------------------------------------------------------------------------------------


def _handshake(error: ssl.SSLError) -> ServerUnreachable:
    reason = error.reason or UNKNOWN
    if reason in _NO_TLS:
        return ServerUnreachable("sync.tls.plain")
    if reason in _OLD_TLS:
        return ServerUnreachable("sync.tls.old")
    return ServerUnreachable("sync.tls", reason=reason[:ISSUER_MOST])


def _certificate(
    error: ssl.SSLCertVerificationError, url: str, ca_file: Path | None
) -> ServerUnreachable:
    code = error.verify_code
    today = datetime.now(UTC).astimezone().date().isoformat()  # by the clock in doubt
    if code == _EXPIRED:
        return ServerUnreachable("sync.tls.expired", today=today)
    if code == _NOT_YET:
        return ServerUnreachable("sync.tls.not_yet", today=today)
    if code in _WRONG_HOST:
        return ServerUnreachable("sync.tls.host")
    if code in _SELF_SIGNED:
        return ServerUnreachable("sync.tls.self_signed")
    if code in _NO_ISSUER:
        return _authority(url, ca_file)
    return ServerUnreachable("sync.tls", reason=f"X509:{code}")


def _authority(url: str, ca_file: Path | None) -> ServerUnreachable:
    """Tell a stranger's certificate from one that somebody on the way has made for our server.

    Where the bank's own authority is known (`ca_file`), its server has no other: who shows a
    certificate of another authority for our server's name opens what we send.
    """
    issuer, names = presented(url)
    host = urlsplit(url).hostname or ""
    for_us = any(_covers(name, host) for name in names)
    code = "sync.tls.intercepted" if ca_file is not None and for_us else "sync.tls.authority"
    return ServerUnreachable(code, issuer=issuer)


def _covers(name: str, host: str) -> bool:
    """Tell whether a certificate's name stands for the host; `*.` for one label."""
    if name.startswith("*."):
        return host.partition(".")[2] == name[2:]
    return name == host


def presented(url: str) -> tuple[str, list[str]]:
    """Return who issued the certificate that is shown there, and for which names.

    Looks without believing anything, and sends nothing but the handshake.
    """
    parts = urlsplit(url)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    host = parts.hostname or ""
    try:
        with (
            socket.create_connection((host, parts.port or 443), PEEK_S) as line,
            context.wrap_socket(line, server_hostname=host) as tls,
        ):
            shown = tls.getpeercert(binary_form=True)
    except (OSError, ValueError):
        return UNKNOWN, []
    return _read(shown) if shown else (UNKNOWN, [])


def _read(shown: bytes) -> tuple[str, list[str]]:
    from cryptography import x509

    try:
        certificate = x509.load_der_x509_certificate(shown)
        for kind in (x509.NameOID.ORGANIZATION_NAME, x509.NameOID.COMMON_NAME):
            if found := certificate.issuer.get_attributes_for_oid(kind):
                return _printable(str(found[0].value)), _names(certificate)
        return UNKNOWN, _names(certificate)
    except ValueError:
        return UNKNOWN, []


def _names(certificate: object) -> list[str]:
    from cryptography import x509

    assert isinstance(certificate, x509.Certificate)  # noqa: S101 - made by `_read` alone
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    addresses = [str(address) for address in found.get_values_for_type(x509.IPAddress)]
    return [*found.get_values_for_type(x509.DNSName), *addresses]


def _printable(name: str) -> str:
    """Return a name that a stranger has chosen, fit to be shown."""
    kept = "".join(mark for mark in name if mark.isprintable() and mark not in "{}")
    return kept.strip()[:ISSUER_MOST] or UNKNOWN
