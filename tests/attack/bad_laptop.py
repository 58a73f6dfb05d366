"""A laptop that says whatever it likes, to the real application, with the token of a manager.

Bounded time and memory for each call, no fault of the server, nothing of others changed or told.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import secrets
import time
import unicodedata
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
import zstandard

from crm.domain.ids import new_id
from crm.domain.kind import Field, FieldType
from crm.domain.kinds import SCHEMA
from server import cli
from server.exchange import incarnations
from server.exchange.operations import Operation
from server.routes import messages as m
from server.store import people
from server.store import tables as t
from tests.attack import memory
from tests.attack.inside import Reply
from tests.attack.registry import Run, attack, weakness
from tests.attack.stage import PASSWORD, Stage, stage
from tests.helpers.http_server import Device, wire

READS = ("bank", "branch_a", "of_manager")
OWN = {"of_manager"}
BIDI = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
CPU_S = 3.0  # of one call
MEMORY = 350 * 1024 * 1024  # more than before, in all
GUARDED = (t.person, t.stream_grant, t.lease, t.seat)
ODD_TEXTS = (
    "\x00", "\x1b[2J", "a\x07b", "\u202eabc", "\u2066x", "\ufeff", "\ud800", "\udfff",
    "a\u0301" * 99, "'; DROP TABLE record; --", "../../etc/passwd", "%00", "{{7*7}}", "=1+1",
    "𠀀" * 30, "x" * 3_000_000, "\r\nSet-Cookie: a=b", "\\u0000", "\u200b", "",
)  # fmt: skip
ODD_VALUES = (
    *ODD_TEXTS, None, True, 0, -1, 2**53, 2**63, 2**64, 10**300, 1.5, -0.0, 1e308, [], {}, [[[]]],
    {"a": {"b": 1}}, ["x"] * 10_000, "customer", "bank", "9" * 36,
)  # fmt: skip


@dataclass
class Laptop:
    """One malicious laptop before a stage."""

    run: Run
    stage: Stage
    device: Device
    theirs: Operation  # a colleague's, settled

    def send(
        self,
        what: str,
        path: str,
        body: bytes,
        *,
        headers: Iterable[tuple[bytes, bytes]] = (),
        method: str = "POST",
        plain: bool = False,
    ) -> Reply:
        """Send bytes with one's token (`plain`: without); whatever comes back must be sound."""
        token = [] if plain else [(b"authorization", f"Bearer {self.device.token}".encode())]
        given = [(b"content-type", b"application/json"), *token, *headers]
        before = time.process_time()
        reply = self.stage.asgi.ask(method, path, body, given)
        spent = time.process_time() - before
        self.run.tried(what)
        if reply.status_code >= 500:
            self.run.found(f"{what}: {method} {path} {body[:80]!r} gives {reply.status_code}")
        if spent > CPU_S:
            self.run.found(f"{what}: {method} {path} took {spent:.1f} s of processor")
        if self.stage.leaked(reply, *(self.stage.streams[name] for name in READS)):
            self.run.found(f"{what}: {path} tells what is foreign")
        self._check_form(what, path, reply, method)
        return reply

    def _check_form(self, what: str, path: str, reply: Reply, method: str) -> None:
        if reply.status_code == 200 or method == "HEAD" or path == "/openapi.json":
            return
        try:
            m.ErrorReply.model_validate_json(reply.content, strict=True)
        except ValueError:
            self.run.found(f"{what}: {path} answers {reply.status_code} in no form of ours")

    def say(self, what: str, path: str, **message: Any) -> Reply:
        return self.send(what, path, dumped(self.envelope() | message))

    def envelope(self) -> dict[str, Any]:
        laptop = self.device.laptop
        return {
            "protocol": 1,
            "schema": 1,
            "incarnation": laptop.incarnation,
            "nonce": secrets.token_hex(16),
        }

    def push(self, what: str, *operations: Operation | dict[str, Any]) -> list[dict[str, Any]]:
        """Number operations by what the server has settled, and push them."""
        done = self.done()
        page = [
            {**(wire(op) if isinstance(op, Operation) else op), "number": done + place}
            for place, op in enumerate(operations, start=1)
        ]
        reply = self.say(what, "/v1/push", operations=page)
        return reply.json().get("results", []) if reply.status_code == 200 else []

    def done(self) -> int:
        with self.stage.database.snapshot() as connection:
            wanted = t.incarnation.c.id == self.device.laptop.incarnation
            return int(
                connection.execute(sa.select(t.incarnation.c.done).where(wanted)).scalar_one()
            )

    def hello(self, what: str, **more: Any) -> Reply:
        """Say a hello that is right in all but what is given."""
        with self.stage.database.snapshot() as connection:
            wanted = t.incarnation.c.id == self.device.laptop.incarnation
            baton = connection.execute(sa.select(t.incarnation.c.baton).where(wanted)).scalar_one()
        said = {"baton": baton, "next_baton": new_id(), "acked": 0, "cursors": {}, "unsent": 0}
        return self.say(what, "/v1/hello", **said | more)


def dumped(message: Any) -> bytes:
    """Return JSON as a program writes it that does not care: halves of characters, any number."""
    return json.dumps(message).encode()


@attack("bad-laptop", quick_s=3, full_s=420)
def bad_laptop(run: Run) -> None:
    """A program with a manager's token that keeps to no rule: forms, forgery, floods, guesses."""
    with stage(run.folder) as made:
        colleague = made.device("colleague")
        colleague.push(theirs := colleague.laptop.customer(name="Secret"))
        laptop = Laptop(run, made, made.device("manager"), theirs)
        before, tables = _foreign(made), _tables(made)
        memory.reset()
        for part in (_bodies, _transport, _forgery, _receipts, _hellos, _floods, _logins):
            part(laptop)
        _mutations(laptop)
        grown = memory.grown()
        run.expect(grown < MEMORY, f"memory grew by {grown >> 20} MB")
        changed = [name for name, held in _foreign(made).items() if held != before[name]]
        run.expect(not changed, f"foreign streams have changed: {changed}")
        run.expect(_tables(made) == tables, "people, grants or seats have changed")
        _shown(laptop)


def _foreign(made: Stage) -> dict[str, Any]:
    names = {stream: name for name, stream in made.streams.items() if name not in OWN}
    return {names[s]: held for s, held in made.contents(*names).items()}


def _tables(made: Stage) -> list[list[str]]:
    with made.database.snapshot() as connection:
        return [sorted(str(row) for row in connection.execute(sa.select(x))) for x in GUARDED]


# -- forms -------------------------------------------------------------------------------------


def _bodies(laptop: Laptop) -> None:
    for path in laptop.run.some(("/v1/push", "/v1/hello", "/v1/enrol", "/v1/check"), 2):
        for body in laptop.run.some(list(_odd_bodies(laptop)), 10):
            laptop.send("body", path, body)
    for packing, body in _packed_bodies():
        laptop.send("packed body", "/v1/push", body, headers=[(b"content-encoding", packing)])


def _odd_bodies(laptop: Laptop) -> Iterator[bytes]:
    yield from (b"", b"null", b"[]", b"1", b'"x"', b"{", b"{}", b"\xff\xfe{", b"\xef\xbb\xbf{}")
    good = dumped(laptop.envelope() | {"operations": []})
    yield good.decode().encode("utf-16")
    yield good[:-1] + b"," + good[1:]  # every member twice
    yield good.replace(b'"protocol": 1', b'"protocol": ' + b"1" * 1_000_000)
    yield good.replace(b'"protocol": 1', b'"protocol": 1e999')
    yield good.replace(b'"protocol": 1', b'"protocol": NaN')
    yield good.replace(b'"protocol": 1', b'"protocol": -Infinity')
    yield good.replace(b"incarnation", b"\\ud800incarnation")
    for depth in (100, 900, 1_100, 100_000, 1_000_000):
        yield b"[" * depth
        yield b'{"a":' * depth + b"1" + b"}" * depth
        deep = b"[" * depth + b"]" * depth
        yield good[:-1] + b', "more": ' + deep + b"}"
        yield good.replace(b"[]", b'[{"fields": {"name": [null, ' + deep + b"]}}]")
    yield b'{"nonce": "' + b"a" * 3_900_000 + b'"}'
    yield b'{"' + b"a" * 3_900_000 + b'": 1}'
    yield b"{" + b",".join(b'"k%d":1' % n for n in range(200_000)) + b"}"
    yield b'{"operations": [' + b",".join([b"{}"] * 400_000) + b"]}"
    yield b" " * 4_100_000


def _packed_bodies() -> Iterator[tuple[bytes, bytes]]:
    good = b'{"nonce": "0123456789abcdef"}'
    packed, zipped = gzip.compress(good), zstandard.ZstdCompressor().compress(good)
    yield b"gzip", _bomb(zlib.compressobj(1, wbits=31), 40)
    yield b"zstd", _bomb(zstandard.ZstdCompressor(level=1).compressobj(), 600)
    yield b"zstd", bytes.fromhex("28b52ffd") + b"\xff" * 40  # a window of no machine
    yield b"gzip", packed[:-4]
    yield b"gzip", packed * 1000
    yield b"zstd", zipped[:-1]
    yield b"zstd", zipped * 1000
    yield from (
        (name, good) for name in (b"gzip", b"zstd", b"br", b"gzip, gzip", b"\xff", b"x" * 9999)
    )


def _bomb(packer: Any, size: int) -> bytes:
    """Return some MB of nothing, packed a piece at a time: only who unpacks it needs the memory."""
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(size)) + bytes(packer.flush())


# -- transport ---------------------------------------------------------------------------------


def _transport(laptop: Laptop) -> None:
    good = dumped(laptop.envelope() | {"operations": []})
    for headers in _odd_headers(laptop.device.token):
        laptop.send("headers", "/v1/push", good, headers=headers, plain=True)
    for method in (
        "GET",
        "HEAD",
        "PUT",
        "DELETE",
        "PATCH",
        "OPTIONS",
        "TRACE",
        "CONNECT",
        "X" * 99,
    ):
        laptop.send("method", "/v1/pull", good, method=method)
    for path in (
        "/", "//v1/pull", "/v1/pull/", "/v1/../server.json", "/v1/%2e%2e/server.json", "/V1/PULL",
        "/v1/pull?stream=bank", "/v1/" + "a" * 60_000, "/v1/\u202e", "/v1/pull;a=b", "/redoc",
        "/docs/oauth2-redirect", "/v1", "*", "/server.db", "/v1/pull\x00", "/docs", "/.git/config",
    ):  # fmt: skip
        laptop.send("path", path, good)


def _odd_headers(token: str) -> Iterator[list[tuple[bytes, bytes]]]:
    for shown in (
        b"", b"Bearer", b"Bearer ", b"Basic YTpi", token.encode(), b"Bearer " + b"a" * 60_000,
        b"bearer" + b" " * 9 + token.encode(), b"Bearer \xff\xfe", b"Bearer ' OR 1=1 --",
        b"Bearer " + token.encode() + b"\x00",
    ):  # fmt: skip
        yield [(b"authorization", shown)]
    mine = (b"authorization", b"Bearer " + token.encode())
    yield [mine, (b"authorization", b"Bearer other")]
    for kind in (b"", b"text/plain", b"multipart/form-data", b"application/json; charset=utf-7"):
        yield [mine, (b"content-type", kind)]
    yield [mine, (b"accept-encoding", b"gzip;q=banana, zstd;q=-1, *, " + b"x," * 5000)]
    yield [mine, (b"x-forwarded-for", b"10.0.0.1"), (b"x-http-method-override", b"GET")]
    yield [mine, (b"host", b"evil.invalid"), (b"transfer-encoding", b"chunked")]
    yield [mine, *((b"x-%d" % n, b"y" * 99) for n in range(2000))]


# -- forgery -----------------------------------------------------------------------------------


def _forgery(laptop: Laptop) -> None:
    """Operations in one's own portfolio and at others': what is the server's stays the server's."""
    made, stage_ = laptop.device.laptop, laptop.stage
    own = made.customer(name="Forger")
    laptop.push("forgery", own)
    roots = [own.record, *stage_.marked.values()]
    for op in laptop.run.some(list(_forged(laptop, own.record, roots)), 60):
        results = laptop.push("forgery", op)
        _harmless(laptop, op, results, own.record)
    _grouped(laptop, own)
    _sealed(laptop, own)


def _forged(laptop: Laptop, own: str, roots: list[str]) -> Iterator[Operation]:
    """Yield operations on what laptops never write."""
    made = laptop.device.laptop
    for kind in SCHEMA.kinds:
        if not (kind.server_only or kind.laptop_fields is not None):
            continue
        fields = {field.name: (None, _plausible(field)) for field in kind.fields}
        for root in roots:
            more = {"kind": kind.name, "parent": root, "root": root, "fields": fields}
            yield made.operation("create", new_id(), **more)
            yield made.operation("edit", root, kind=kind.name, root=root, fields=fields)
        for home in laptop.stage.streams.values():
            yield made.operation("create", new_id(), kind=kind.name, home=home, fields=fields)
    for root in roots[1:]:
        yield made.operation("merge", own, into=root)
        yield made.operation("merge", root, into=own)
        yield made.operation("edit", own, root=root, fields={"note": (None, "x")})
        yield made.operation("append", new_id(), kind="tag", parent=own, root=root)
        for verb in ("create", "append"):  # of what is there
            yield made.operation(verb, root, kind="tag", parent=own, root=root)
    yield made.operation("merge", own, into=own)
    yield made.operation("create", own, kind="tag", parent=own, root=own)
    yield made.operation("edit", own, fields={"id": (None, "x"), "stream": (None, "bank")})
    yield made.operation("edit", own, fields={"version": (None, 9), "root": (None, new_id())})


def _plausible(field: Field) -> Any:
    """Return a value that the field takes: what is refused is to be refused for its author."""
    values = {
        FieldType.WHOLE: 1,
        FieldType.FLAG: True,
        FieldType.DAY: "2026-03-18",
        FieldType.INSTANT: "2026-03-18T02:30:00.000Z[+08:00]",
        FieldType.REFERENCE: new_id(),
        FieldType.WORDS: ["x"],
    }
    return field.choices[0] if field.choices else values.get(field.type, "x")


def _harmless(laptop: Laptop, op: Operation, results: list[dict[str, Any]], own: str) -> None:
    """Note where something that is not one's own, or is the server's, was taken."""
    kind = SCHEMA.get(op.kind)
    servers = kind is not None and (kind.server_only or kind.laptop_fields is not None)
    mine = (own, laptop.stage.marked[laptop.stage.streams["of_manager"]])
    foreign = op.record not in mine and op.record in laptop.stage.marked.values()
    for each in results:
        taken = each["outcome"] in ("applied", "conflict")
        if taken and (foreign or (servers and op.verb == "create")):
            laptop.run.found(f"forgery: {op.verb} of {op.kind} was {each['outcome']}")


def _grouped(laptop: Laptop, own: Operation) -> None:
    """Groups, cycles and repetitions that no laptop makes."""
    made = laptop.device.laptop
    tags = [made.tag(own, f"t{n}") for n in range(3)]
    ring = [replace(tags[0], parent=tags[1].record), replace(tags[1], parent=tags[0].record)]
    laptop.push("group", *ring)
    laptop.push("group", replace(tags[2], parent=tags[2].record))
    others = [made.customer(name=f"Ring {n}") for n in range(3)]
    laptop.push("group", *others)
    hops = [(others[n].record, others[(n + 1) % 3].record) for n in range(3)]
    laptop.push("group", *(made.merge(one, into) for one, into in hops))
    note = {"note": (None, "x")}
    laptop.push("group", *(made.edit(others[0], **note) for _ in range(500)))
    one = new_id()
    laptop.push("group", *(replace(made.tag(own), group=one) for _ in range(300)))


def _sealed(laptop: Laptop, own: Operation) -> None:
    """What cannot be opened is kept as it came, and opens nothing."""
    made = laptop.device.laptop
    for sealed in ("", "x", "A" * 44, "A" * 100_000, "=" * 60, "\ud800", "A" * 43 + "="):
        laptop.push("sealed", {**wire(made.edit(own)), "sealed": sealed})


# -- receipts and numbers ----------------------------------------------------------------------


def _receipts(laptop: Laptop) -> None:
    """Another's operation id tells nothing; numbers that do not follow are not taken."""
    theirs = laptop.theirs
    mine = laptop.device.laptop.customer(name="Mine")
    for op in (replace(mine, id=theirs.id), replace(theirs, id=theirs.id)):
        for each in laptop.push("op id of another", op):
            if each["version"] is not None or each["outcome"] == "applied":
                laptop.run.found(f"an operation id of another is answered: {each['outcome']}")
    done = laptop.done()
    for number in (0, -1, done, done + 2, done + 10**6, 2**53 - 1, 2**53, 2**63, 1.0, "1", None):
        page = [{**wire(laptop.device.laptop.customer()), "number": number}]
        reply = laptop.say("number", "/v1/push", operations=page)
        laptop.run.expect(reply.status_code != 200, f"number {number} after {done} was taken")
    laptop.run.expect(laptop.done() == done, "a number that does not follow moved `done`")


# -- hello -------------------------------------------------------------------------------------


def _hellos(laptop: Laptop) -> None:
    made = laptop.stage
    foreign = {made.streams[n]: 0 for n in made.streams if n not in READS}
    told = laptop.hello("hello", cursors=foreign).json()
    laptop.run.expect(not foreign.keys() & told["streams"].keys(), "hello tells of foreign streams")
    many = {f"portfolio:{new_id()}": 0 for _ in range(20_000)}
    laptop.hello("hello", cursors=many)
    hexes = secrets.token_hex(32)
    for head in (
        f"1:{hexes}",
        f"{2**53}:{hexes}",
        f"-1:{hexes}",
        ":",
        "1:",
        "9" * 120,
        f"0:{hexes}",
    ):
        for links in ([], [hexes], [hexes] * 500, ["0" * 64]):
            laptop.hello("chain", chain_head=head, chain_links=links)
            laptop.hello("chain", access_head=head, access_links=links)
    other = made.devices["colleague"]
    laptop.say("baton", "/v1/hello", baton=other.baton, next_baton=new_id(), acked=0, unsent=0)
    laptop.hello("seats", leases_wanted=[{"activity": new_id(), "slots": 1000}] * 50)
    laptop.hello("seats", leases_wanted=[{"activity": made.marked["bank"], "slots": 20}] * 50)
    for number in (2**53 - 1, 2**53, -1, 2**63):
        laptop.hello("hello", acked=number)
        laptop.hello("hello", unsent=number)


# -- floods ------------------------------------------------------------------------------------


def _floods(laptop: Laptop) -> None:
    """What a device may make the server keep for it is bounded."""
    _fork_flood(laptop)
    _purge_flood(laptop)
    _chain_flood(laptop)


def _fork_flood(laptop: Laptop) -> None:
    device = laptop.stage.device("manager")
    most = incarnations.MOST
    with laptop.stage.database.writing() as connection:
        for _ in range(most - 5):  # as if it had done so for long
            known = {"enrolment": device.enrolment, "person": device.laptop.person}
            people.add_incarnation(connection, id=new_id(), baton=new_id(), **known)
    told = []
    for _ in range(20):
        said = {"incarnation": new_id(), "baton": new_id(), "fork_of": device.laptop.incarnation}
        body = dumped(laptop.envelope() | said)
        token = [(b"authorization", f"Bearer {device.token}".encode())]
        reply = laptop.send("fork", "/v1/incarnation", body, headers=token, plain=True)
        told.append(reply.status_code)
    held = _count(laptop.stage, t.incarnation, t.incarnation.c.enrolment == device.enrolment)
    laptop.run.expect(held <= most, f"a device has {held} incarnations")
    laptop.run.expect(200 in told, "a device could not fork at all")


def _purge_flood(laptop: Laptop) -> None:
    at = "2026-03-18T02:30:00.000Z[+08:00]"
    for hello in range(3):
        roots = [new_id() for _ in range(5000)]
        laptop.hello("purges", purges=[{"root": root, "at": at} for root in roots])
        for odd in ("\x1b[2J", "x" * 64, "\u202e"):
            laptop.hello("purges", purges=[{"root": roots[hello], "at": odd}])
    odd_ones = _count(laptop.stage, t.purge, t.purge.c.at != at)
    laptop.run.expect(not odd_ones, f"{odd_ones} statements of a removal at no moment were kept")


def _chain_flood(laptop: Laptop) -> None:
    most = 15 if laptop.run.quick else 400
    for length in range(most):
        laptop.hello(
            "chain", chain_head=f"{length}:{secrets.token_hex(32)}", chain_links=["0" * 64]
        )


def _count(made: Stage, table: sa.Table, where: Any) -> int:
    with made.database.snapshot() as connection:
        wanted = sa.select(sa.func.count()).select_from(table).where(where)
        return int(connection.execute(wanted).scalar_one())


# -- guesses -----------------------------------------------------------------------------------


def _logins(laptop: Laptop) -> None:
    """Known and unknown logins look alike; who guesses waits; odd words are no fault."""
    for login in laptop.run.some([*ODD_TEXTS, "manager"], 6):
        for word in laptop.run.some(ODD_TEXTS, 2):
            _enrol(laptop, "login", login, word)
    codes = [_enrol(laptop, "guess", "lead", f"guess {n}").status_code for n in range(12)]
    laptop.run.expect(429 in codes, "who guesses does not wait")
    right = _enrol(laptop, "guess", "lead", PASSWORD)
    laptop.run.expect(right.status_code == 429, "a guess among guesses was looked at")
    replies = [_enrol(laptop, "known", login, "wrong") for login in ("manager-b", "no-such")]
    plain = [{**reply.json(), "nonce": 0, "time": 0} for reply in replies]
    laptop.run.expect(plain[0] == plain[1], "an unknown login is answered otherwise")


def _enrol(laptop: Laptop, what: str, login: str, word: str) -> Reply:
    said = {"login": login, "password": word, "device": "x", "baton": new_id()}
    message = {**laptop.envelope(), **said, "incarnation": new_id()}
    laptop.stage.site.service.throttle._spent.clear()  # addresses are tried elsewhere
    return laptop.send(what, "/v1/enrol", dumped(message), plain=True)


# -- by chance ---------------------------------------------------------------------------------


def _mutations(laptop: Laptop) -> None:
    """Take a good message, and put something odd somewhere."""
    while laptop.run.going():
        path, message = laptop.run.dice.choice(list(_good(laptop)))
        for _ in range(laptop.run.dice.randint(1, 3)):
            message = _mutated(laptop.run.dice, message)
        laptop.send("mutation", path, dumped(message))


def _good(laptop: Laptop) -> Iterator[tuple[str, dict[str, Any]]]:
    made, said = laptop.device.laptop, laptop.envelope()
    done = laptop.done()
    roots = list(laptop.stage.marked.values())
    dice = laptop.run.dice
    op = made.operation(
        dice.choice(("create", "edit", "append", "delete", "restore", "merge", "seat")),
        dice.choice([*roots, new_id()]),
        kind=dice.choice([kind.name for kind in SCHEMA.kinds]),
        parent=dice.choice([None, *roots]),
        home=dice.choice([None, *laptop.stage.streams.values()]),
        fields={"name": (None, "X"), "note": ("a", "b")},
    )
    yield "/v1/push", said | {"operations": [{**wire(op), "number": done + 1}]}
    stream = dice.choice(list(laptop.stage.streams.values()))
    yield "/v1/pull", said | {"stream": stream, "after": 0, "limit": 10}
    yield "/v1/pull", said | {"stream": stream, "scan": "", "limit": 10}
    yield "/v1/check", said | {"stream": stream, "sums": ["0" * 32] * 256, "buckets": []}
    yield "/v1/check", said | {"stream": stream, "buckets": [1], "held": {new_id(): "0" * 32}}
    hello = {
        "baton": new_id(),
        "next_baton": new_id(),
        "acked": 0,
        "unsent": 1,
        "cursors": {stream: 0},
    }
    yield "/v1/hello", said | hello | {"purges": [], "chain_head": None}
    yield "/v1/incarnation", said | {"baton": new_id(), "fork_of": None}


def _mutated(dice: Any, value: Any) -> Any:
    """Return a value with one place in it replaced, left out, doubled or renamed."""
    if isinstance(value, dict) and value and dice.random() < 0.85:
        key = dice.choice(list(value))
        act = dice.random()
        if act < 0.7:
            return {**value, key: _mutated(dice, value[key])}
        if act < 0.8:
            return {name: held for name, held in value.items() if name != key}
        return {**value, str(dice.choice(ODD_TEXTS))[:99]: value[key]}
    if isinstance(value, list) and value and dice.random() < 0.7:
        place = dice.randrange(len(value))
        return [*value[:place], _mutated(dice, value[place]), *value[place + 1 :]]
    return dice.choice(ODD_VALUES)


# -- what the server's people see of it ----------------------------------------------------------


def _shown(laptop: Laptop) -> None:
    """No list that somebody prints at the server carries what a terminal would obey."""
    site = laptop.stage.site
    device = "\x1b]0;owned\x07\u202e name"
    said = {"login": "manager", "password": PASSWORD, "device": device, "baton": new_id()}
    site.service.throttle._failed.clear()
    message = {**laptop.envelope(), **said, "incarnation": new_id()}
    laptop.send("terminal", "/v1/enrol", dumped(message), plain=True)
    op = laptop.device.laptop.operation(
        "edit", new_id(), kind="customer", fields={"name": (None, "\x1b[2J")}
    )
    laptop.push("terminal", op)
    for words in (["devices"], ["quarantine"], ["show", "--kind", "customer"], ["verify"]):
        out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="surrogatepass")
        with contextlib.redirect_stdout(out):
            cli.main([*words, "--data", str(site.settings.folder)])
        laptop.run.tried("list")
        out.seek(0)
        odd = {f"U+{ord(c):04X}" for c in out.read() if _obeyed(c)}
        laptop.run.expect(not odd, f"yizhan-server {' '.join(words)} prints {sorted(odd)}")


def _obeyed(char: str) -> bool:
    return (unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\t") or (
        unicodedata.bidirectional(char)
        in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
    )


# -- what it must find -------------------------------------------------------------------------


@weakness("bad-laptop")
def halves_of_characters_come_in(patch: Any) -> None:
    """JSON is taken as it comes; orjson then cannot write what Python could read."""
    from server.routes import entrance

    patch.setattr(entrance, "is_sound", lambda body: True)


@weakness("bad-laptop")
def bombs_are_unpacked(patch: Any) -> None:
    from server.routes import body

    patch.setattr(body, "MAX_BODY", 10**10)


@weakness("bad-laptop")
def receipts_of_anybody_are_told(patch: Any) -> None:
    from server.exchange import accept

    patch.setattr(accept, "_known", _known_of_anybody(accept._known))


def _known_of_anybody(known: Any) -> Any:
    def lax(connection: Any, actor: Any, page: Any) -> Any:
        whose = people.receipts(connection, [op.id for op in page])
        person = next((str(row["person"]) for row in whose.values()), actor.person)
        return known(connection, replace(actor, person=person), page)

    return lax


@weakness("bad-laptop")
def laptops_make_what_is_the_servers(patch: Any) -> None:
    from server.exchange.judge import Judge

    patch.setattr(Judge, "_check_author", lambda self, kind, op=None, *, below=False: None)


@weakness("bad-laptop")
def forks_are_not_counted(patch: Any) -> None:
    patch.setattr(people, "count_incarnations", lambda connection, enrolment: 0)


@weakness("bad-laptop")
def guesses_are_free(patch: Any) -> None:
    from server.exchange.throttle import Throttle

    patch.setattr(Throttle, "_take_login", lambda self, login, now: 0)


@weakness("bad-laptop")
def lists_are_printed_as_they_are(patch: Any) -> None:
    from crm.domain import exits

    patch.setattr(exits, "_SHOWN", {})
