"""A small server of docs/sync-protocol.md in memory, behind real HTTP on loopback.

It stands in for the network's other end where a test must decide what goes wrong there:
replies that are lost, cut short, too late or somebody else's. What it decides about edits is
the least that the protocol page asks for; the real server has tests of its own.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import orjson
import zstandard
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from crm.domain.ids import derived_id, new_id
from crm.domain.kinds import SCHEMA
from crm.records.canonical import bucket, content_hash, digest_of, digest_text, seen_hash
from crm.records.sealing import HEADER, unseal

TOKEN = "practice-token"


@dataclass
class Rec:
    id: str
    kind: str
    parent: str | None
    root: str
    stream: str
    version: int
    fields: dict
    dead: bool = False
    aside: str | None = None

    def hash(self) -> bytes:
        return content_hash(self.id, self.kind, self.version, self.parent, self.fields)


@dataclass
class Stream:
    head: int = 0
    floor: int = 0
    log: dict = field(default_factory=dict)  # record -> (number, version, cause or None)


@dataclass
class Device:
    user: str
    incarnation: str
    baton: str
    done: int = 0
    receipts: dict = field(default_factory=dict)
    others: dict = field(default_factory=dict)  # incarnation -> (baton, done) of clones
    told: tuple = (None, None)  # the proposal last accepted, and the reply to it

    def becomes(self, incarnation):
        """Let the incarnation that asks be the one whose numbers are looked at."""
        if incarnation == self.incarnation:
            return True
        if incarnation not in self.others:
            return False
        self.others[self.incarnation] = (self.baton, self.done)
        self.incarnation = incarnation
        self.baton, self.done = self.others.pop(incarnation)
        return True


class Refusal(Exception):
    def __init__(self, status, code):
        self.status, self.code = status, code


class FakeServer:
    """The model, and the faults to come. `with FakeServer() as server:` listens on loopback."""

    def __init__(self, schema=SCHEMA):
        self.schema = schema
        self.records: dict[str, Rec] = {}
        self.streams: dict[str, Stream] = defaultdict(Stream)
        self.grants: dict[str, dict[str, bool]] = defaultdict(dict)
        self.lived: dict[str, set[str]] = defaultdict(set)
        self.devices: dict[str, Device] = {}
        self.fates: dict[str, str] = {}
        self.conflicts: dict[tuple[str, str], str] = {}
        self.epoch = new_id()
        self.verdict = "go"
        self.safe = 0
        self.retry_after = "1"
        self.of_old = False  # checks as a server of the first release does
        self.check_most = 5000
        self.refuse_ops = {}  # operation predicate -> outcome, reason
        self.requests: list[tuple[str, dict]] = []
        self.plans: dict[str, list] = defaultdict(list)
        self.before: dict[str, list] = defaultdict(list)
        self._key = Ed25519PrivateKey.generate()
        self._seal = X25519PrivateKey.generate()
        self.seals = True  # a server that has a key for it
        self.purged: list[str] = []  # roots that laptops stated to have removed
        self._lock = threading.RLock()
        self._http = None
        self._release = threading.Event()

    # --- what colleagues do ---

    def put(self, kind, home=None, parent=None, record_id=None, aside=None, **fields):
        with self._lock:
            record_id = record_id or new_id()
            above = self.records[parent] if parent else None
            stream = above.stream if above else home
            root = above.root if above else record_id
            rec = Rec(record_id, kind, parent, root, stream, 1, fields, aside=aside)
            self.records[record_id] = rec
            self._log(rec)
            return record_id

    def edit(self, record_id, **fields):
        with self._lock:
            rec = self.records[record_id]
            rec.fields = {k: v for k, v in {**rec.fields, **fields}.items() if v is not None}
            rec.version += 1
            self._log(rec)

    def kill(self, record_id):
        with self._lock:
            for rec in self.below(record_id):
                self.bury(rec.id)

    def bury(self, record_id):
        """Let one record die, and nothing that hangs under it."""
        with self._lock:
            rec = self.records[record_id]
            rec.version += 1
            rec.dead, rec.fields = True, {}
            self._log(rec, gone="deleted")

    def move(self, root, stream):
        with self._lock:
            for rec in [r for r in self.records.values() if r.root == root and not r.dead]:
                old = rec.stream
                rec.version += 1
                rec.stream = stream
                self._log(rec, gone="moved", stream=old)
                self._log(rec)

    def below(self, record_id):
        found, added = [self.records[record_id]], True
        while added:
            ids = {r.id for r in found}
            more = [
                r
                for r in self.records.values()
                if r.parent in ids and r.id not in ids and not r.dead
            ]
            found, added = found + more, bool(more)
        return found

    def _log(self, rec, gone=None, stream=None):
        held = self.streams[stream or rec.stream]
        held.head += 1
        held.log[rec.id] = (held.head, rec.version, gone)
        self.lived[rec.id].add(stream or rec.stream)

    def live(self, stream):
        return [r for r in self.records.values() if r.stream == stream and not r.dead]

    def totals(self, stream):
        live = self.live(stream)
        digest = digest_text(digest_of(r.hash() for r in live))
        return {"head": self.streams[stream].head, "live": len(live), "digest": digest}

    def purge_log(self, stream):
        """Forget departures, as after 400 days."""
        held = self.streams[stream]
        held.floor = held.head
        held.log = {r: entry for r, entry in held.log.items() if entry[2] is None}

    # --- what goes wrong ---

    def plan(self, path, *faults):
        """Let the next calls of `path` go wrong, one after another; None is a good one."""
        self.plans[path].extend(faults)

    def meanwhile(self, path, action, skip=0):
        """Run `action` just before the call of `path` after `skip` others is answered."""
        self.before[path].append([skip, action])

    # --- HTTP ---

    def __enter__(self):
        handler = type("Handler", (_Handler,), {"fake": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._http.daemon_threads = True
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self._release.set()
        self._http.shutdown()
        self._http.server_close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    @property
    def server_key(self):
        return base64.b64encode(self._key.public_key().public_bytes_raw()).decode()

    def enrolled(self, user, incarnation, baton):
        token = f"{TOKEN}-{len(self.devices)}"
        self.devices[token] = Device(user, incarnation, baton)
        return token

    def answer(self, path, message, token):
        """Return (status, body)."""
        with self._lock:
            self.requests.append((path, message))
            for hook in list(self.before[path]):
                if hook[0] == 0:
                    self.before[path].remove(hook)
                    hook[1]()
                else:
                    hook[0] -= 1
            device = self.devices.get(token)
            envelope = {
                "nonce": message["nonce"],
                "epoch": self.epoch,
                "time": "2026-03-18T02:30:00.000Z[+08:00]",
            }
            try:
                if path == "/v1/ping":
                    body = {"service": "yizhan", "protocol": 1, "schema": 1, "practice": True}
                elif path == "/v1/enrol":
                    body = self._enrol(message)
                elif device is None:
                    raise Refusal(401, "token.unknown")
                elif path == "/v1/incarnation":
                    body = self._incarnation(message, device)
                elif not device.becomes(message["incarnation"]):
                    raise Refusal(409, "sync.fork")
                else:
                    body = getattr(self, "_" + path.rpartition("/")[2])(message, device)
            except Refusal as refusal:
                error = {"code": refusal.code, "facts": {}}
                done = device.done if device else None
                return refusal.status, {**envelope, "done": done, "error": error}
            return 200, {**envelope, "done": device.done if device else 0, **body}

    def _enrol(self, message):
        if message["password"] == "first" and "new_password" not in message:
            raise Refusal(403, "password.change_required")
        if message["password"] == "wrong":
            raise Refusal(401, "login.wrong")
        token = self.enrolled(message["login"], message["incarnation"], message["baton"])
        return {
            "enrolment": new_id(),
            "token": token,
            "user": derived_id("staff", message["login"]),
            "name": "Practice",
            "branch": None,
            "role": "manager",
            "practice": True,
            "server_key": self.server_key,
        }

    def _incarnation(self, message, device):
        if not device.becomes(message["incarnation"]):
            device.others[message["incarnation"]] = (message["baton"], 0)
            device.becomes(message["incarnation"])
        elif device.baton != message["baton"]:
            raise Refusal(409, "sync.fork")
        return {}

    def _hello(self, message, device):
        if device.baton == message["baton"]:
            device.baton = message["next_baton"]
        elif device.baton != message["next_baton"]:
            return self._hello_body(device, "fork")
        stated = [each["root"] for each in message["purges"]]
        self.purged += stated
        body = {**self._hello_body(device, self.verdict), "purged": stated}
        for name, told in body["streams"].items():
            told["moved"] = self._moved(name, message["cursors"].get(name, told["head"]))
        return body

    def _moved(self, stream, after):
        entries = self.streams[stream].log.values()
        return sum(cause in ("moved", "merged") and n > after for n, _, cause in entries)

    def _hello_body(self, device, verdict):
        granted = self.grants[device.user]
        return {
            "verdict": verdict,
            "streams": {
                s: {**self.totals(s), "floor": self.streams[s].floor, "write": write}
                for s, write in granted.items()
            },
            "safe": self.safe,
            "seal_key": self._seal_key() if self.seals else "",
            "leases": [],
            "backoff_s": 0,
        }

    def _pull(self, message, device):
        stream = message["stream"]
        if stream not in self.grants[device.user]:
            raise Refusal(403, "stream.not_granted")
        limit = message["limit"]
        if message["scan"] is not None:
            entries, nxt, more = self._scan(stream, message["scan"], limit)
        else:
            entries, nxt, more = self._after(stream, message["after"], limit)
        return {
            "stream": stream,
            "entries": entries,
            "next": nxt,
            "more": more,
            **self.totals(stream),
        }

    def _put_entry(self, rec, number):
        return [
            number,
            rec.id,
            rec.kind,
            rec.version,
            rec.parent,
            rec.root,
            rec.fields,
            rec.aside,
        ]

    def _scan(self, stream, position, limit):
        def key(rec):
            return f"{self.schema.rank(rec.kind):02d}:{rec.id}"

        ordered = sorted((r for r in self.live(stream) if key(r) > position), key=key)
        page, rest = ordered[:limit], ordered[limit:]
        nxt = key(page[-1]) if page else position
        return [self._put_entry(rec, 0) for rec in page], nxt, bool(rest)

    def _after(self, stream, after, limit):
        held = self.streams[stream]
        ordered = sorted((n, r, v, c) for r, (n, v, c) in held.log.items() if n > after)
        page, rest = ordered[:limit], ordered[limit:]
        entries = []
        for number, record, version, cause in page:
            rec = self.records[record]
            if cause is None:
                entries.append(self._put_entry(rec, number))
            else:
                entries.append([number, record, rec.kind, version, None, record, None, cause])
        return entries, page[-1][0] if rest else held.head, bool(rest)

    def _check(self, message, device):
        """As the real server does; `of_old` as those of the first release did."""
        stream = message["stream"]
        if stream not in self.grants[device.user]:
            raise Refusal(403, "stream.not_granted")
        told = {"stream": stream, **self.totals(stream)}
        if message.get("buckets"):
            return {**told, "buckets": message["buckets"], **self._piece(message)}
        sums = [0] * 256
        for rec in self.live(stream):
            sums[bucket(rec.id)] += int.from_bytes(rec.hash(), "big")
        differing = [i for i in range(256) if digest_text(sums[i]) != message["sums"][i]]
        if self.of_old:
            live = [rec for rec in self.live(stream) if bucket(rec.id) in differing]
            return {**told, "buckets": differing, "entries": [self._put_entry(r, 0) for r in live]}
        nothing = {"entries": [], "absent": [], "more": False, "next": None}
        return {**told, "buckets": differing, **nothing}

    def _piece(self, message):
        """What differs between two ids."""
        after, until, held = message["after"] or "", message["until"] or "g", message["held"]
        here = {
            rec.id: rec
            for rec in sorted(self.live(message["stream"]), key=lambda rec: rec.id)
            if bucket(rec.id) in message["buckets"] and after < rec.id <= until
        }
        differing = [rec for rec in here.values() if held.get(rec.id) != rec.hash().hex()]
        more = len(differing) > self.check_most
        differing = differing[: self.check_most]
        end = differing[-1].id if more else until
        return {
            "entries": [self._put_entry(rec, 0) for rec in differing],
            "absent": [record for record in held if record not in here and record <= end],
            "more": more,
            "next": end if more else None,
        }

    # --- edits ---

    def _push(self, message, device):
        operations = message["operations"]
        fresh = [op for op in operations if op["id"] not in device.receipts]
        if any(op["number"] <= device.done for op in fresh):
            raise Refusal(409, "sync.fork")
        ahead = sorted(op["number"] for op in operations if op["number"] > device.done)
        if ahead != list(range(device.done + 1, device.done + 1 + len(ahead))):
            raise Refusal(409, "push.gap")
        self._waiting = set()
        operations = [self._opened(op) for op in operations]
        results = [device.receipts.get(op["id"]) or self._take(op, device) for op in operations]
        device.done = max([device.done, *(op["number"] for op in operations)])
        return {"results": results}

    def _seal_key(self):
        return base64.b64encode(self._seal.public_key().public_bytes_raw()).decode()

    def _opened(self, op):
        if "sealed" not in op:
            return op
        return {**op, **unseal(self._seal, {name: op[name] for name in HEADER}, op["sealed"])}

    def _take(self, op, device):
        outcome, version, reason = self._decide(op, device)
        result = {
            "id": op["id"],
            "number": op["number"],
            "outcome": outcome,
            "version": version,
            "reason": reason,
        }
        if outcome != "later":
            device.receipts[op["id"]] = result
        if op["verb"] in {"create", "append"} and outcome in {
            "refused",
            "diverted",
            "quarantined",
            "conflict",
        }:
            self.fates[op["record"]] = outcome
        return result

    def _decide(self, op, device):
        for wanted, (outcome, reason) in self.refuse_ops.items():
            if wanted(op):
                return outcome, None, reason
        rec = self.records.get(op["record"])
        if rec is None:
            new = op["verb"] in {"create", "append"}
            return self._create(op, device) if new else self._unknown(op["record"])
        if rec.dead:
            return ("nothing" if op["verb"] == "delete" else "conflict"), rec.version, None
        if rec.stream not in self.grants[device.user]:
            lived = self.lived[rec.id] & self.grants[device.user].keys()
            return ("diverted" if lived else "quarantined"), None, None
        if op["verb"] == "delete":
            return self._delete(op, rec)
        return self._fields(op, rec, device)

    def _unknown(self, record):
        if record in self.fates:
            return self.fates[record], None, None
        return "later", None, None

    def _create(self, op, device):
        parent = self.records.get(op["parent"]) if op["parent"] else None
        if op["parent"] and parent is None:
            return self._unknown(op["parent"])
        if parent is not None and parent.dead:
            return "conflict", None, None
        stream = parent.stream if parent else op["home"]
        if stream not in self.grants[device.user]:
            return "quarantined", None, None
        fields = {n: new for n, (_, new) in op["fields"].items()}
        self.put(op["kind"], home=stream, parent=op["parent"], record_id=op["record"], **fields)
        return "applied", 1, None

    def _delete(self, op, rec):
        seen = seen_hash((r.id, r.kind, r.parent, r.fields) for r in self.below(rec.id))
        if seen != op["seen"]:
            return "conflict", rec.version, None
        self.kill(rec.id)
        return "applied", rec.version, None

    def _fields(self, op, rec, device):
        fresh, lost = {}, {}
        for name, (base, new) in op["fields"].items():
            now = rec.fields.get(name)
            if now == new:
                continue
            (fresh if now == base else lost)[name] = (base, new)
        if fresh:
            self.edit(rec.id, **{n: new for n, (_, new) in fresh.items()})
        for name, (base, new) in lost.items():
            self._conflict(op, rec, name, base, new, device)
        outcome = "conflict" if lost else "applied" if fresh else "nothing"
        return outcome, rec.version, None

    def _conflict(self, op, rec, name, base, new, device):
        self.put(
            "conflict",
            parent=rec.id,
            record=rec.id,
            record_kind=rec.kind,
            verb="edit",
            field=name,
            base=json.dumps(base),
            mine=json.dumps(new),
            theirs=json.dumps(rec.fields.get(name)),
            mine_author=op["author"],
            state="open",
        )

    def _signature(self, body):
        return base64.b64encode(self._key.sign(body)).decode()


class _Handler(BaseHTTPRequestHandler):
    """Speaks HTTP/1.1 and carries out the planned faults."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each reply waits 40 ms for an acknowledgement
    fake: FakeServer

    def log_message(self, *_):
        pass

    def do_POST(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("Content-Encoding") == "zstd":
            raw = zstandard.ZstdDecompressor().decompress(raw, max_output_size=1 << 28)
        message = orjson.loads(raw)
        plans = self.fake.plans[self.path]
        fault = plans.pop(0) if plans else None
        if callable(fault):
            return fault(self)
        if fault is not None:
            return getattr(self, "_fault_" + fault)(message)
        return self._good(message)

    def _model(self, message):
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        status, reply = self.fake.answer(self.path, message, token)
        return status, orjson.dumps(reply)

    def _good(self, message):
        status, body = self._model(message)
        self._send(status, body)

    def _send(self, status, body, cut=0, signature=None):
        packed = zstandard.ZstdCompressor(level=1).compress(body)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Encoding", "zstd")
        self.send_header("Content-Length", str(len(packed)))
        self.send_header("X-Yizhan-Signature", signature or self.fake._signature(body))
        self.end_headers()
        self.wfile.write(packed[: len(packed) - cut])
        if cut:
            self._hang_up()

    def _hang_up(self):
        self.close_connection = True
        self.wfile.flush()
        self.connection.close()

    # --- faults ---

    def _fault_unheard(self, message):
        """The request never arrives."""
        self._hang_up()

    def _fault_lost(self, message):
        """The server acts; its reply is lost."""
        self._model(message)
        self._hang_up()

    def _fault_cut(self, message):
        status, body = self._model(message)
        self._send(status, body, cut=8)

    def _fault_portal(self, message):
        page = b"<html><title>Welcome to the hotel</title></html>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def _fault_redirect(self, message):
        self.send_response(302)
        self.send_header("Location", self.fake.url + "/login")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _fault_replay(self, message):
        """Somebody replays an old reply: right in everything but the nonce."""
        self._send(*self._model({**message, "nonce": "0" * 32}))

    def _fault_forged(self, message):
        status, body = self._model(message)
        self._send(status, body, signature=base64.b64encode(b"0" * 64).decode())

    def _fault_busy(self, message):
        self._error(503, "server.busy", message, {"Retry-After": self.fake.retry_after})

    def _fault_long_busy(self, message):
        self._error(429, "server.busy", message, {"Retry-After": "600"})

    def _fault_fails(self, message):
        self._error(500, "server.failed", message, {})

    def _fault_too_large(self, message):
        self._error(413, "request.too_large", message, {})

    def _fault_upgrade(self, message):
        self._error(426, "schema.upgrade", message, {})

    def _fault_gone(self, message):
        self._error(410, "device.lost", message, {})

    def _error(self, status, code, message, headers):
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        device = self.fake.devices.get(token)
        body = orjson.dumps(
            {
                "nonce": message["nonce"],
                "epoch": self.fake.epoch,
                "done": device.done if device else None,
                "time": "",
                "error": {"code": code, "facts": {}},
            }
        )
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _fault_trickle(self, message):
        """A byte now and then, for ever."""
        status, body = self._model(message)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        for place in range(len(body)):
            if self.fake._release.wait(0.05):
                return
            try:
                self.wfile.write(body[place : place + 1])
                self.wfile.flush()
            except OSError:
                return

    def _fault_trickling_head(self, message):
        """Headers, a byte at a time."""
        for mark in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"y" * 10_000:
            if self.fake._release.wait(0.05):
                return
            try:
                self.wfile.write(bytes([mark]))
                self.wfile.flush()
            except OSError:
                return

    def _fault_silent(self, message):
        """The line is open and nothing comes."""
        self.fake._release.wait(30)

    def _fault_bomb(self, message):
        """A few kilobytes that unpack to more than a laptop has."""
        packed = zstandard.ZstdCompressor(level=1).compress(b" " * (300 << 20))
        self.send_response(200)
        self.send_header("Content-Encoding", "zstd")
        self.send_header("Content-Length", str(len(packed)))
        self.end_headers()
        self.wfile.write(packed)


def started_at():
    """A mark for "within the deadline" checks."""
    return time.monotonic()
