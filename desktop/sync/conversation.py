"""The envelope of every message: what is sent along, and what makes a reply believable.

A reply without our nonce is no reply: a portal, a proxy, another program. What it says, its
status included, counts as no network. A reply of ours tells `epoch` and `done` each time, so
that a restored server or a cloned laptop is noticed at once (`done-back`).
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from crm.domain.errors import Refused, ServerRefused, ServerUnreachable
from crm.domain.instants import instant_text, parse_instant
from crm.domain.kind import PROTOCOL_VERSION
from desktop.sync.errors import (
    Busy,
    Forked,
    NumberGap,
    Revoked,
    ServerFailed,
    TooLarge,
    UpgradeNeeded,
)
from desktop.sync.line_faults import CUT
from desktop.sync.strangers import stranger
from desktop.sync.transport import Answer, Pending, Transport
from desktop.sync.waiting import retry_after_s
from desktop.sync.wellformed import epoch_text, whole

Reply = dict[str, Any]
SIGNATURE = "X-Yizhan-Signature"
NEXT = "X-Yizhan-Next"
_YEARS = range(2000, 9000)  # days can be added to and taken from such a moment

_BY_CODE: dict[str, type[ServerRefused]] = {
    "push.gap": NumberGap,
    "schema.upgrade": UpgradeNeeded,
    "protocol.upgrade": UpgradeNeeded,
    "device.lost": Revoked,
    "device.retired": Revoked,
    "token.unknown": Revoked,
    "request.too_large": TooLarge,
}


@dataclass(slots=True)
class Standing:
    """What the last word of the server must agree with."""

    incarnation: str
    epoch: str | None
    acked: int
    server_key: str = ""  # base64; replies to hello are signed with it


class Asked:
    """A message under way."""

    def __init__(self, pending: Pending, read: Callable[[Answer], Reply]) -> None:
        self._pending = pending
        self._read = read

    def reply(self, check: Callable[[], None]) -> Reply:
        """Return the believed reply; `check` may end the wait by raising."""
        return self._read(self._pending.result(check))

    def following(self, check: Callable[[], None]) -> str | None:
        """Return where the server says that the next page begins; a hint, not to be believed."""
        headers = self._pending.headers(check)
        return None if headers is None else headers.get(NEXT)

    def give_up(self) -> None:
        self._pending.give_up()


class Conversation:
    """Messages of one incarnation to its server."""

    def __init__(self, transport: Transport, schema_version: int, standing: Standing) -> None:
        self._transport = transport
        self._schema_version = schema_version
        self.standing = standing
        self.server_time = ""  # of the last reply
        self.signed: tuple[bytes, str] = (b"", "")  # the last signed reply: body, signature
        self.hear: Callable[[datetime], None] | None = None  # is told the server's time

    def start(self, path: str, message: Mapping[str, object], *, signed: bool = False) -> Asked:
        """Send one message and return at once.

        Asking for the reply raises: ServerUnreachable (also Busy, ServerFailed), ServerRefused
        (also Forked, NumberGap, TooLarge, UpgradeNeeded, Revoked).
        """
        nonce = secrets.token_hex(16)
        body = orjson.dumps(
            {
                "protocol": PROTOCOL_VERSION,
                "schema": self._schema_version,
                "incarnation": self.standing.incarnation,
                "nonce": nonce,
                **message,
            }
        )

        def read(answer: Answer) -> Reply:
            return self._read(answer, nonce, signed=signed)

        return Asked(self._transport.start(path, body), read)

    def _read(self, answer: Answer, nonce: str, *, signed: bool) -> Reply:
        reply = believed(answer, nonce)
        self.server_time = _moment(reply) or self.server_time
        error = reply.get("error")
        if error is None and answer.status == 200:
            if signed:
                check_signature(answer, self.standing.server_key)
                self.signed = answer.body, answer.headers[SIGNATURE]
            if not (signed and reply.get("verdict") == "destroy"):  # that outweighs all history
                self._check_history(reply)
            if not self.server_time:
                raise ServerUnreachable("sync.protocol", place="time")
            if self.hear is not None:
                self.hear(parse_instant(self.server_time))
            return reply
        raise self._refusal(answer, reply, error if isinstance(error, dict) else {})

    def _check_history(self, reply: Reply) -> None:
        """Raise Forked when the server has gone back behind what it told us (`done-back`)."""
        epoch = epoch_text(reply.get("epoch"), "epoch")
        done = whole(reply.get("done"), "done")
        if self.standing.epoch is not None and epoch != self.standing.epoch:
            raise Forked("sync.forked", sign="epoch")
        if done < self.standing.acked:
            raise Forked("sync.forked", sign="done")

    def _check_refusal(self, reply: Reply) -> None:
        """As `_check_history`, as far as a refusal knows of it: `done` is not always looked up."""
        epoch, done = reply.get("epoch"), reply.get("done")
        known = {
            "epoch": epoch if isinstance(epoch, str) and epoch else self.standing.epoch or "-",
            "done": done if type(done) is int else self.standing.acked,
        }
        self._check_history(known)

    def _refusal(self, answer: Answer, reply: Reply, error: Mapping[str, Any]) -> Exception:
        code = str(error.get("code", ""))
        if code not in _LAST_WORDS:
            self._check_refusal(reply)
        if answer.status in {429, 503}:
            asked = answer.headers.get("Retry-After"), answer.headers.get("Date")
            return Busy("sync.busy", seconds=retry_after_s(*asked))
        if code == "token.missing":  # we always send it: something on the way takes it out
            return ServerUnreachable("sync.stripped")
        if code == "sync.fork":
            return Forked("sync.forked", sign="number")
        if code in _BY_CODE:
            return _BY_CODE[code](_OWN_CODES.get(code, code))
        if answer.status >= 500:
            done = reply.get("done")
            return ServerFailed("sync.server_failed", status=answer.status, done=done)
        return ServerRefused("sync.refused", status=answer.status, said=code[:60])


_LAST_WORDS = {
    "device.lost",
    "device.retired",
    "token.unknown",
    "token.missing",
}  # whatever else has changed

_OWN_CODES = {
    "push.gap": "sync.gap",
    "schema.upgrade": "sync.upgrade",
    "protocol.upgrade": "sync.upgrade",
    "device.lost": "sync.revoked",
    "device.retired": "sync.revoked",
    "token.unknown": "sync.token",
    "request.too_large": "sync.too_large",
}


def believed(answer: Answer, nonce: str) -> Reply:
    """Return the reply as JSON. Raises: ServerUnreachable when it does not answer our nonce."""
    try:
        reply = orjson.loads(answer.body)
    except orjson.JSONDecodeError as error:
        begun = answer.body.startswith(b"{") and nonce.encode() in answer.body
        raise (ServerUnreachable(CUT) if begun else stranger(answer)) from error
    if not isinstance(reply, dict) or reply.get("nonce") != nonce:
        raise stranger(answer)
    return reply


def check_signature(answer: Answer, server_key: str) -> None:
    """Check a signed reply against the pinned key.

    Raises: ServerUnreachable `sync.signature`; `sync.stripped` where the signature was taken away.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if SIGNATURE not in answer.headers:
        raise ServerUnreachable("sync.stripped")
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(server_key, validate=True))
        signature = base64.b64decode(answer.headers[SIGNATURE], validate=True)
        key.verify(signature, answer.body)
    except (InvalidSignature, ValueError) as error:
        raise ServerUnreachable("sync.signature") from error


def _moment(reply: Reply) -> str:
    """Return the reply's `time` in the one form that is compared, or "" where it has none."""
    try:
        moment = parse_instant(str(reply.get("time"))).astimezone(UTC)
    except (Refused, OverflowError):
        return ""
    return instant_text(moment) if moment.year in _YEARS else ""
