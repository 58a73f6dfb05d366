"""A malicious server, or somebody in the middle, against the real client with a real replica.

Behind it stands the honest server. A lie spoils what comes from there; after some lies the line is
honest again, and then everything must be equal, every edit must have ended once, nothing destroyed.
"""

from __future__ import annotations

import base64
import gzip
import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import orjson
import zstandard
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from crm.domain.errors import Refused, UserError
from crm.domain.ids import new_id
from desktop.services.progress import Progress
from desktop.sync.engine import SyncEngine
from desktop.sync.enrol import enrol
from desktop.sync.errors import Condemned
from server.exchange import accounts
from server.store import records
from tests.attack import memory
from tests.attack.registry import Run, attack, weakness
from tests.attack.stage import CHEAP
from tests.helpers import bad_middle as bad
from tests.helpers.fakes import Laptop
from tests.helpers.live_server import PASSWORD, LiveServer

HELLO, PUSH, PULL, CHECK = "/v1/hello", "/v1/push", "/v1/pull", "/v1/check"
PATHS = (HELLO, PUSH, PULL)
CUSTOMERS = 12
MEMORY = 500 * 1024 * 1024  # a body may be 128 MB unpacked; this is both ends and the liar
CALL_S = 25.0  # of one sync, on a busy computer
HONEST_ROUNDS = 6
SIGNATURE = "X-Yizhan-Signature"
FOREIGN = Ed25519PrivateKey.generate()  # of whoever has broken in
ODD_NAMES = (
    "\x00", "\x1b]0;owned\x07", "\u202egnp.exe", "../../x", "..\\x", "a\r\nX: b", "\ufeff", "", " ",
    "<script>", "'; DROP TABLE record; --", "x" * 5_000, "\u2028", "con", "%s%n", "\u0301" * 500,
)  # fmt: skip

Message = dict[str, Any]
Change = Callable[[Message, Message], "Message | bytes | None"]


@dataclass(frozen=True)
class Lie:
    """What becomes of the replies to one path; `key` signs them anew, where it is given."""

    name: str
    path: str
    change: Change | None = None
    key: Ed25519PrivateKey | None = None
    headers: tuple[tuple[str, str], ...] = ()
    status: int | None = None
    swallow: bool = False  # the honest server never hears of the question


class Liar(bad.Middle):
    """Stands between, and tells one lie at a time."""

    lie: Lie | None = None
    heard: list[dict[str, str]]

    def ask(self, handler: Any, body: bytes) -> bad.Reply:
        self.heard.append({name.lower(): value for name, value in handler.headers.items()})
        lie = self.lie
        if lie is None or lie.path not in ("*", handler.path):
            return super().ask(handler, body)
        asked = orjson.loads(_unpacked(body, handler.headers.get("Content-Encoding", "")))
        reply = _nothing(asked) if lie.swallow else super().ask(handler, body)
        return _spoilt(lie, reply, asked)


def _nothing(asked: Message) -> bad.Reply:
    told = {"nonce": asked["nonce"], "epoch": "", "done": 0, "time": "2026-03-18T02:30:00.000Z"}
    return bad.Reply(200, [("Content-Type", "application/json")], orjson.dumps(told))


def _unpacked(body: bytes, packing: str) -> bytes:
    if packing == "zstd":
        return zstandard.ZstdDecompressor().decompressobj().decompress(body)
    return gzip.decompress(body) if packing == "gzip" else body


def _spoilt(lie: Lie, reply: bad.Reply, asked: Message) -> bad.Reply:
    body = bad.unpacked(reply)
    if lie.change is not None:
        told = lie.change(orjson.loads(body), asked)
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
    gone = ["content-encoding", *(name for name, _ in lie.headers)]
    headers = [*reply.without(*gone), *lie.headers]
    if lie.key is not None:
        headers = [(n, v) for n, v in headers if n.lower() != SIGNATURE.lower()]
        headers.append((SIGNATURE, base64.b64encode(lie.key.sign(body)).decode()))
    return bad.Reply(lie.status or reply.status, headers, body)


class Trap:
    """Another host: nobody has any business there."""

    def __init__(self) -> None:
        self.callers: list[str] = []
        callers = self.callers

        class Handler(BaseHTTPRequestHandler):
            def handle(self) -> None:
                with suppress(OSError):
                    callers.append(self.rfile.readline(2000).decode("latin-1"))

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/v1/hello"

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


class Victim(Laptop):
    """A real laptop whose way leads through the liar; it does not really wait."""

    @property
    def engine(self) -> SyncEngine:
        return SyncEngine(self.replica, self.folder, deadline_s=self.deadline_s)

    def go(self) -> Any:
        progress = Progress()
        progress.wait = lambda seconds: None
        return super().sync(progress)


@dataclass
class Scene:
    """The honest server, the liar, the laptop, the trap."""

    run: Run
    server: LiveServer
    liar: Liar
    laptop: Victim
    trap: Trap
    stranger: str  # a customer of somebody else
    key: Ed25519PrivateKey  # the honest server's own
    saved: list[str] = field(default_factory=list)  # edits that must end once

    def tell(self, lie: Lie) -> None:
        """Let the laptop sync while one lie is told; whatever it makes of it, it stays whole."""
        self.run.tried(lie.name.partition(":")[0])
        self.liar.lie = lie
        self._save()
        started = time.monotonic()
        try:
            self.laptop.go()
        except Condemned:
            if lie.key is not self.key or lie.name == "replay":
                self.run.found(f"{lie.name}: destroyed by who has not the key")
        except UserError:
            pass  # that is how it is to end, if at all
        except Exception as error:  # noqa: BLE001 - what nobody expected is the finding
            self.run.found(f"{lie.name}: ended with {error!r}"[:300])
        finally:
            self.liar.lie = None
        spent = time.monotonic() - started
        self.run.expect(spent < CALL_S, f"{lie.name}: the sync took {spent:.0f} s")
        self.run.expect(not self.trap.callers, f"{lie.name}: another host was called")
        self.trap.callers.clear()
        told = self.liar.heard[-1] if self.liar.heard else {}
        self.run.expect("cookie" not in told, f"{lie.name}: a cookie was given back")

    def _save(self) -> None:
        """Save an edit that must end once; a lie that was signed may have taken the stream away."""
        home = f"portfolio:{self.laptop.user}"
        with suppress(Refused):
            self.saved.append(self.laptop.create("customer", name="Somebody", home=home))

    def settle(self, after: str) -> None:
        """The line is honest: everything arrives, once, and both ends are equal."""
        verified = False
        for _ in range(HONEST_ROUNDS):
            with suppress(UserError):
                verified = self.laptop.go().verified
            if verified:
                break
        self.run.tried("honest line")
        if not verified:
            self.run.found(f"{after}: the laptop does not recover")
            return
        outcome = self.laptop.verify(full=True).outcome
        self.run.expect(outcome == "equal", f"{after}: then the replica is {outcome}")
        with self.server.exchange.database.snapshot() as connection:
            for record in self.saved:
                versions = [line["version"] for line in records.history(connection, record)]
                self.run.expect(versions == [1], f"{after}: an edit ended {len(versions)} times")
        self.run.expect(
            self.stranger not in self.laptop.held(), f"{after}: a stranger's customer stays"
        )
        self.saved.clear()


@attack("bad-server", quick_s=0, full_s=300)
def bad_server(run: Run) -> None:
    """Replies that lie, forged and replayed signatures, bombs, redirects and cookies."""
    usual, accounts._hasher = accounts._hasher, CHEAP
    try:
        with LiveServer(run.folder / "server") as server, Liar(server.url) as liar:
            scene = _scene(run, server, liar)
            try:
                _play(scene)
            finally:
                scene.laptop.replica.close()
                scene.trap.close()
    finally:
        accounts._hasher = usual


def _scene(run: Run, server: LiveServer, liar: Liar) -> Scene:
    liar.heard = []
    user, other = server.person("manager"), server.person("other")
    for number in range(CUSTOMERS):
        fields = {"name": f"Nobody {number}"}
        server.hand.create("customer", fields, record=new_id(), home=f"portfolio:{user}")
    stranger = new_id()
    fields = {"name": "Stranger"}
    server.hand.create("customer", fields, record=stranger, home=f"portfolio:{other}")
    laptop = Victim(run.folder / "laptop", server, user)
    laptop.replica.enrolled(laptop.replica.identity().but(server_url=liar.url))
    laptop.go()
    return Scene(run, server, liar, laptop, Trap(), stranger, server.settings.signing_key)


def _play(scene: Scene) -> None:
    run = scene.run
    lies = [*_line_lies(scene), *_hello_lies(scene), *_page_lies(scene), *_result_lies(scene)]
    some = _one_of_each(run, lies) if run.quick else lies
    memory.reset()
    for place, lie in enumerate(some):
        scene.tell(lie)
        if place % 8 == 7 or not run.quick:
            scene.settle(lie.name)
    scene.settle(some[-1].name)
    _enrolments(scene)
    while run.going():
        lie = _by_chance(scene)
        scene.tell(lie)
        scene.settle(lie.name)
    grown = memory.grown()
    run.expect(grown < MEMORY, f"memory grew by {grown >> 20} MB")


def _one_of_each(run: Run, lies: list[Lie]) -> list[Lie]:
    """Return one lie of each family, by chance."""
    families: dict[str, list[Lie]] = {}
    for lie in lies:
        families.setdefault(lie.name.partition(":")[0], []).append(lie)
    return [run.dice.choice(family) for family in families.values()]


# -- what any page may be ----------------------------------------------------------------------


def _line_lies(scene: Scene) -> Iterator[Lie]:
    trap = scene.trap.url
    for path in PATHS:
        for status in (301, 302, 303, 307, 308):
            yield Lie("redirect", path, status=status, headers=(("Location", trap),))
        yield Lie("proxy", path, status=305, headers=(("Location", trap),))
        yield Lie("status", path, status=407, headers=(("Proxy-Authenticate", "Basic"),))
        for status in (201, 206, 226, 300, 304, 402, 418, 451, 499, 599):
            yield Lie("status", path, status=status)
        yield Lie("cookie", path, headers=(("Set-Cookie", "track=me; Path=/"),))
        yield Lie(
            "refresh", path, headers=(("Refresh", f"0; url={trap}"), ("Alt-Svc", f'h2="{trap}"'))
        )
        yield Lie("headers", path, headers=(("Retry-After", "9" * 400),), status=503)
        yield Lie("headers", path, headers=(("X-Yizhan-Next", "../../x\x7f"),))
        yield Lie("headers", path, headers=(("Date", "-1"), ("Retry-After", "-5")), status=429)
        for name, body in _bodies():
            yield Lie(f"body: {name}", path, _body(body))
        for packing in ("gzip", "zstd"):
            yield Lie(
                f"{packing} bomb",
                path,
                _body(_bomb(packing)),
                headers=(("Content-Encoding", packing),),
            )


def _body(body: bytes) -> Change:
    return lambda told, asked: body.replace(b"NONCE", asked["nonce"].encode())


def _bodies() -> Iterator[tuple[str, bytes]]:
    start = (
        b'{"nonce": "NONCE", "epoch": "x", "done": 0, "time": "2026-03-18T02:30:00.000Z[+08:00]"'
    )
    yield "empty", b""
    yield "null", b"null"
    yield "list", b"[" * 100_000
    yield "deep", start + b', "entries": ' + b"[" * 50_000 + b"]" * 50_000 + b"}"
    yield "deep objects", start + b', "streams": ' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"}"
    yield "digits", start + b', "head": ' + b"9" * 1_000_000 + b"}"
    yield "infinite", start + b', "head": 1e999}'
    yield "nan", start + b', "head": NaN}'
    yield "half", start + b', "stream": "\\ud800"}'
    yield "bytes", b"\xff" * 1000
    yield "twice", start + b', "nonce": "NONCE", "nonce": "other"}'
    yield "wrong types", start.replace(b'"done": 0', b'"done": [0]') + b', "error": [1]}'
    yield "error", start + b', "error": {"code": "device.lost", "facts": {}}}'
    yield "error of another", start + b', "error": {"code": ["x"], "facts": "y"}}'
    yield "large", start + b', "more": "' + b"x" * 20_000_000 + b'"}'
    yield "many", start + b', "entries": [' + b",".join([b"[]"] * 500_000) + b"]}"


def _bombing(packing: str) -> Change:
    return lambda told, asked: _bomb(packing)


@cache
def _bomb(packing: str) -> bytes:
    packer: Any = zstandard.ZstdCompressor(level=1).compressobj()
    if packing == "gzip":
        import zlib

        packer = zlib.compressobj(1, wbits=31)
    size = 700 if packing == "zstd" else 150  # MB; gzip is slow to make
    parts = [packer.compress(bytes(1 << 20)) for _ in range(size)]
    return b"".join(parts) + bytes(packer.flush())


# -- hello -------------------------------------------------------------------------------------


def _hello_lies(scene: Scene) -> Iterator[Lie]:
    """With no key, with another's, and with the server's own: who has that may destroy."""
    own = scene.key
    for verdict in ("destroy", "retire", "go", "fork", "upgrade", "burn"):
        kind = "end" if verdict in ("destroy", "retire") else "verdict"
        yield Lie(f"unsigned {kind}: {verdict}", HELLO, _with(verdict=verdict))
        yield Lie(f"forged {kind}: {verdict}", HELLO, _with(verdict=verdict), key=FOREIGN)
    yield Lie("replay", HELLO, _with(verdict="destroy", nonce="0" * 32), key=own)
    for header in ("", "A" * 88, "!", "x" * 60_000):
        yield Lie("signature", HELLO, headers=((SIGNATURE, header),))
    signed: dict[str, Any] = {"path": HELLO, "key": own}
    home = f"portfolio:{scene.laptop.user}"
    state = {"head": 0, "live": 0, "digest": "0" * 32, "floor": 0, "write": True, "moved": 0}
    for name in (
        *ODD_NAMES,
        "bank:x",
        f"later:{new_id()}",
        "portfolio:",
        f"portfolio:{'x' * 40}",
        "PORTFOLIO:A",
    ):
        yield Lie("streams", change=_with(streams={name: state}), **signed)
    for odd in ({}, [], None, {home: None}, {home: {**state, "head": -1}}, {home: {}}):
        yield Lie("streams", change=_with(streams=odd), **signed)
    for name, values in {
        "head": (2**53 - 1, 2**63, -1, "1", None), "live": (2**53 - 1, 0, -1, 1.5),
        "digest": ("0" * 32, "x", "", None), "floor": (2**53 - 1, -1, None),
        "moved": (2**53 - 1, -1, None), "write": (1, None, "yes"),
    }.items():  # fmt: skip
        for value in values:
            yield Lie(f"stream: {name}", change=_stream(home, name, value), **signed)
    for odd_reply in (
        {"safe": 2**53 - 1}, {"safe": -1}, {"backoff_s": 10**9}, {"backoff_s": -1}, {"leases": [1]},
        {"seal_key": "A" * 43 + "="}, {"seal_key": "../x"}, {"purged": ["*"]}, {"purged": ["../x"]},
        {"leases": [{"id": "x"}]}, {"chain": {"stored": "9:zz", "fits": True}}, {"chain": 5},
        {"access": {"stored": "x", "fits": 1}}, {"done": 2**53 - 1}, {"done": -1}, {"verdict": 5},
        {"epoch": None}, {"time": "9999-12-31T23:59:59.999Z[+00:00]"}, {"time": "x"},
        {"epoch": "x" * 9999},
    ):  # fmt: skip
        yield Lie(f"hello: {next(iter(odd_reply))}", change=_with(**odd_reply), **signed)


def _with(**values: Any) -> Change:
    return lambda told, asked: {**told, **values}


def _stream(home: str, name: str, value: Any) -> Change:
    def change(told: Message, asked: Message) -> Message:
        streams = told.get("streams") or {}
        return {**told, "streams": {**streams, home: {**streams.get(home, {}), name: value}}}

    return change


# -- pages -------------------------------------------------------------------------------------


def _page_lies(scene: Scene) -> Iterator[Lie]:
    """Records that are none, or of others; pages without end; everything gone."""
    home = f"portfolio:{scene.laptop.user}"
    known, stranger = new_id(), scene.stranger

    def put(**changes: Any) -> list[Any]:
        made = {"number": 0, "id": known, "kind": "customer", "version": 1, "parent": None}
        made |= {"root": known, "fields": {"name": "Planted"}, "aside": None} | changes
        return list(made.values())

    for name in ODD_NAMES:
        yield Lie("name", PULL, _more(put(fields={"name": name, "note": name})))
        yield Lie("id", PULL, _more(put(id=name, root=name)))
        yield Lie("kind", PULL, _more(put(kind=name)))
        yield Lie("field", PULL, _more(put(fields={name: "x"})))
    yield Lie("root of another", PULL, _more(put(id=stranger, root=stranger)))
    yield Lie("root of another", PULL, _more(put(root=stranger, parent=stranger, kind="tag")))
    for version in (2**53 - 1, 0, -1, 2**63, "1"):
        yield Lie("version", PULL, _more(put(version=version)))
    for kind in ("conflict", "inbox_item", "duplicate_link", "branch", "later_kind", "hand_over"):
        fields = {
            "record": stranger,
            "changes": "{",
            "state": "open",
            "mine": "[[",
            "field": "../x",
        }
        yield Lie("planted kind", PULL, _more(put(kind=kind, fields=fields, parent=known)))
    deep: Any = "x"
    for _ in range(200):
        deep = [deep]
    yield Lie("deep field", PULL, _more(put(fields={"name": "x", "later": deep})))
    yield Lie("gone", PULL, _all_gone)
    yield Lie("emptied", PULL, _with(entries=[], more=False, live=0, digest="0" * 32))
    yield Lie("endless", PULL, _with(more=True))
    yield Lie("endless", PULL, _with(more=True, entries=[]))
    for values in (
        {"next": 2**53 - 1}, {"next": -1}, {"next": None}, {"next": "99:x"}, {"head": 2**53 - 1},
        {"stream": "bank"}, {"stream": "../x"}, {"stream": None}, {"digest": "f" * 32},
        {"entries": None}, {"entries": {}}, {"entries": [None]}, {"more": 1}, {"live": -1},
    ):  # fmt: skip
        yield Lie(f"page: {next(iter(values))}", PULL, _with(**values))
    yield Lie("check", CHECK, _with(buckets=list(range(256)), entries=[put()], absent=[home]))
    yield Lie("check", CHECK, _with(absent=[known], more=True, next=known))


def _more(entry: list[Any]) -> Change:
    def change(told: Message, asked: Message) -> Message:
        entries = told.get("entries") or []
        number = told.get("head", 0) if asked.get("scan") is None else 0
        return {**told, "entries": [*entries[:-1], [number, *entry[1:]]]}

    return change


def _all_gone(told: Message, asked: Message) -> Message:
    entries = told.get("entries") or []
    return {**told, "entries": [[*e[:4], None, e[1], None, "deleted"] for e in entries]}


# -- results -----------------------------------------------------------------------------------


def _result_lies(scene: Scene) -> Iterator[Lie]:
    yield Lie("swallowed push", PUSH, _all_applied, swallow=True)
    for outcome in ("nothing", "conflict", "later", "unheard of", "", 5, None):
        yield Lie(f"outcome: {outcome}", PUSH, _each_result(outcome=outcome))
    for values in (
        {"id": new_id()}, {"number": 2**53 - 1}, {"version": 2**63}, {"version": -1},
        {"reason": "\x1b[2J"}, {"facts": {"limit": {"a": 1}}}, {"confirmation": "x" * 99_999},
        {"reason": "x" * 9999}, {"facts": [1]},
    ):  # fmt: skip
        yield Lie(f"result: {next(iter(values))}", PUSH, _each_result(**values))
    yield Lie("results", PUSH, _with(results=[]))
    yield Lie("results", PUSH, _with(results=None))
    yield Lie("results", PUSH, lambda told, asked: {**told, "results": told["results"] * 3})


def _all_applied(told: Message, asked: Message) -> Message:
    ops = asked.get("operations", [])
    results = [
        {"id": op["id"], "number": op["number"], "outcome": "applied", "version": 1, "reason": None}
        for op in ops
    ]
    return {**told, "done": max([0, *(op["number"] for op in ops)]), "results": results}


def _each_result(**values: Any) -> Change:
    def change(told: Message, asked: Message) -> Message:
        return {**told, "results": [{**each, **values} for each in told.get("results", [])]}

    return change


def _by_chance(scene: Scene) -> Lie:
    """Put something odd at any place of any reply, signed or not."""
    dice = scene.run.dice

    def change(told: Message, asked: Message) -> Any:
        odd = (*ODD_NAMES, None, True, -1, 2**53, 2**64, 1.5, [], {}, [[]], {"a": []})
        place: Any = told
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                return told
            key = dice.choice(keys)
            inner = place[key]
            if not isinstance(inner, dict | list) or dice.random() < 0.3:
                place[key] = dice.choice(odd)
                return told
            place = inner

    key = scene.key if dice.random() < 0.7 else None
    return Lie("by chance", dice.choice((HELLO, PUSH, PULL, CHECK)), change, key=key)


# -- enrolling ---------------------------------------------------------------------------------


def _enrolments(scene: Scene) -> None:
    """An enrolment that would name files, headers or screens is not kept."""
    for member in ("enrolment", "user", "token", "name", "branch", "role", "server_key", "epoch"):
        for odd in scene.run.some((*ODD_NAMES, None, 5, [], {}), 1):
            scene.run.tried("enrolment")
            scene.liar.lie = Lie("enrolment", "/v1/enrol", _with(**{member: odd}))
            _enrol(scene, member, odd)
    scene.liar.lie = None


def _enrol(scene: Scene, member: str, odd: Any) -> None:
    given = {"device": "attack", "schema": scene.laptop.schema}
    try:
        made = enrol(scene.liar.url, "manager", PASSWORD, **given)
    except UserError:
        return
    except Exception as error:  # noqa: BLE001 - what nobody expected is the finding
        scene.run.found(f"enrolment: {member}={odd!r} ended with {error!r}"[:300])
        return
    free = {"name", "epoch", "branch", "token", "role"}  # shown, compared or sent; never paths
    if getattr(made, member, None) == odd and member not in free:
        scene.run.found(f"enrolment: {member} {odd!r} was kept")


# -- what it must find -------------------------------------------------------------------------


@weakness("bad-server")
def signatures_are_not_checked(patch: Any) -> None:
    from desktop.sync import conversation

    patch.setattr(conversation, "check_signature", lambda answer, key: None)


@weakness("bad-server")
def redirects_are_followed(patch: Any) -> None:
    import requests

    from desktop.sync import connections

    patch.setattr(
        connections.StraightSession, "get_redirect_target", requests.Session.get_redirect_target
    )
    post = requests.Session.post
    patch.setattr(
        connections.StraightSession,
        "post",
        lambda self, url, **how: post(self, url, **{**how, "allow_redirects": True}),
    )


@weakness("bad-server")
def nonces_are_not_compared(patch: Any) -> None:
    from desktop.sync import conversation

    patch.setattr(conversation, "believed", lambda answer, nonce: orjson.loads(answer.body))


@weakness("bad-server")
def cookies_are_given_back(patch: Any) -> None:
    import requests

    from desktop.sync import connections

    patch.setattr(connections.StraightSession, "__init__", requests.Session.__init__)


@weakness("bad-server")
def bombs_are_unpacked(patch: Any) -> None:
    from desktop.sync import packing

    patch.setattr(packing, "MAX_BODY_BYTES", 10**12)
