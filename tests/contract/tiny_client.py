"""A second client of the sync protocol, as small as it can be: the standard library and requests.

Written from docs/sync-protocol.md alone; nothing of the product is imported. It keeps records in
memory, sends what it was told to, pulls, compares digests. If it and a real laptop end alike, the
page says enough. Shows nothing, encrypts nothing, searches nothing.
"""

from __future__ import annotations

import base64
import json
import secrets
import uuid
from hashlib import blake2b

import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

SCHEMA = PROTOCOL = 1
AT = "2026-03-18T02:30:00.000Z[+08:00]"


class Refusal(Exception):
    """An error reply: (status, code)."""


class TinyClient:
    def __init__(self, url, schema=SCHEMA, new_id=lambda: str(uuid.uuid4())):
        self.url, self.schema, self.new_id = url, schema, new_id
        self.http = requests.Session()
        self.http.trust_env = False
        self.records = {}  # id: [stream, kind, version, parent, root, fields]
        self.cursors = {}
        self.outbox = []  # operations without a final outcome
        self.outcomes = {}  # operation id: result
        self.acked = 0
        self.incarnation, self.baton, self.proposal = new_id(), new_id(), None
        self.epoch = self.user = self.token = self.server_key = None

    # --- messages ---

    def say(self, path, *, signed=False, **message):
        nonce = secrets.token_hex(16)
        envelope = {"protocol": PROTOCOL, "schema": self.schema, "nonce": nonce}
        if path not in ("enrol", "ping"):
            envelope["incarnation"] = self.incarnation
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        answer = self.http.post(
            f"{self.url}/v1/{path}", json={**envelope, **message}, headers=headers, timeout=60
        )
        reply = answer.json()
        assert reply["nonce"] == nonce, "not our server"
        if answer.status_code != 200:
            raise Refusal(answer.status_code, reply["error"]["code"])
        if signed:
            mark = base64.b64decode(answer.headers["X-Yizhan-Signature"])
            key = Ed25519PublicKey.from_public_bytes(base64.b64decode(self.server_key))
            key.verify(mark, answer.content)
        return reply

    def enrol(self, login, password):
        told = self.say(
            "enrol",
            login=login,
            password=password,
            device="tiny",
            incarnation=self.incarnation,
            baton=self.baton,
        )
        self.token, self.user, self.epoch = told["token"], told["user"], told["epoch"]
        self.server_key = told["server_key"]

    def hello(self):
        self.proposal = self.proposal or self.new_id()
        told = self.say(
            "hello",
            signed=True,
            baton=self.baton,
            next_baton=self.proposal,
            epoch=self.epoch,
            acked=self.acked,
            cursors=self.cursors,
            unsent=len(self.outbox),
            chain_head=None,
            purges=[],
            leases_wanted=[],
        )
        if told["verdict"] == "go":
            self.baton, self.proposal = self.proposal, None
        return told

    # --- editing ---

    def _queue(self, verb, record, kind, parent, fields, **more):
        root = self.view(parent)[4] if parent else (self.view(record) or [0, 0, 0, 0, record])[4]
        operation = {
            "id": self.new_id(),
            "group": self.new_id(),
            "author": self.user,
            "at": AT,
            "verb": verb,
            "record": record,
            "kind": kind,
            "root": root,
            "parent": parent,
            "home": f"portfolio:{self.user}" if verb == "create" and not parent else None,
            "fields": fields,
            **more,
        }
        self.outbox.append(operation)
        return operation["id"]

    def create(self, kind, parent=None, verb="create", **fields):
        record = self.new_id()
        self._queue(verb, record, kind, parent, {n: [None, v] for n, v in fields.items()})
        return record

    def edit(self, record, **fields):
        _, kind, _, parent, _, old = self.view(record)
        changes = {n: [old.get(n), v] for n, v in fields.items()}
        return self._queue("edit", record, kind, parent, changes)

    def delete(self, record):
        _, kind, _, parent, root, _ = self.view(record)
        shown = {i: row for i in self._family(root) if (row := self.view(i))}
        doomed = {record}
        while more := {i for i, row in shown.items() if row[3] in doomed} - doomed:
            doomed |= more
        hashes = sorted(content_hash(i, shown[i], version=0).hex() for i in doomed)
        return self._queue("delete", record, kind, parent, {}, seen=hashed(hashes).hex())

    def view(self, record):
        """Server layer + unsettled operations (`rebase`)."""
        held = self.records.get(record)
        row = [*held[:5], dict(held[5])] if held else None
        for op in self.outbox:
            if op["record"] != record:
                continue
            if op["verb"] in ("create", "append"):
                row = [op["home"], op["kind"], 0, op["parent"], op["root"], {}]
            if op["verb"] == "delete" or row is None:
                row = None
                continue
            changed = {n: new for n, (_, new) in op["fields"].items()}
            row[5] = {n: v for n, v in {**row[5], **changed}.items() if v is not None}
        return row

    def _family(self, root):
        waiting = {op["record"] for op in self.outbox if op["root"] == root}
        return waiting | {i for i, row in self.records.items() if row[4] == root}

    # --- sync ---

    def sync(self):
        """hello -> push -> pull -> hello; return whether all streams are alike at the end."""
        self.hello()
        self.push()
        self.pull(self.hello()["streams"])
        return self.alike(self.hello()["streams"])

    def push(self):
        waiting, self.outbox = self.outbox, []
        while waiting:
            page, waiting = waiting[:500], waiting[500:]
            for number, operation in enumerate(page, start=self.acked + 1):
                operation["number"] = number
            told = self.say("push", operations=page)
            self.acked = told["done"]
            results = {result["id"]: result for result in told["results"]}
            for operation in page:
                self.outcomes[operation["id"]] = results[operation["id"]]
                if results[operation["id"]]["outcome"] == "later":
                    self.outbox.append(operation)

    def pull(self, granted):
        for lost in self.cursors.keys() - granted.keys():
            del self.cursors[lost]
            self.records = {i: row for i, row in self.records.items() if row[0] != lost}
        for stream, told in granted.items():
            cursor = self.cursors.get(stream)
            if cursor is None or not told["floor"] <= cursor <= told["head"]:
                self._scan(stream)
            self._read(stream)

    def _scan(self, stream):
        before = {i for i, row in self.records.items() if row[0] == stream}
        position, base, brought, more = "", None, set(), True
        while more:
            page = self.say("pull", stream=stream, scan=position, limit=5000)
            base = page["head"] if base is None else base
            brought |= self._apply(stream, page["entries"])
            position, more = page["next"], page["more"]
        self.cursors[stream] = base
        brought |= self._read(stream)
        for left in before - brought:
            if self.records.get(left, [None])[0] == stream:
                del self.records[left]

    def _read(self, stream):
        brought, more = set(), True
        while more:
            page = self.say("pull", stream=stream, after=self.cursors[stream], limit=5000)
            brought |= self._apply(stream, page["entries"])
            self.cursors[stream], more = page["next"], page["more"]
        return brought

    def _apply(self, stream, entries):
        for _, record, kind, version, parent, root, fields, _ in entries:
            if version > self.records.get(record, [0, 0, 0])[2]:  # `newer-only`
                if fields is None:
                    self.records.pop(record, None)
                else:
                    self.records[record] = [stream, kind, version, parent, root, fields]
        return {entry[1] for entry in entries}

    def alike(self, granted):
        return all(self.totals(name) == (t["live"], t["digest"]) for name, t in granted.items())

    def totals(self, stream):
        held = {i: row for i, row in self.records.items() if row[0] == stream}
        total = sum(int.from_bytes(content_hash(i, row), "big") for i, row in held.items())
        return len(held), f"{total % 2**128:032x}"

    def check(self, stream):
        """Return the buckets in which the server holds something else."""
        sums = [0] * 256
        for record, row in self.records.items():
            if row[0] == stream:
                sums[int(record[-2:], 16)] += int.from_bytes(content_hash(record, row), "big")
        told = self.say("check", stream=stream, sums=[f"{s % 2**128:032x}" for s in sums])
        return told["buckets"]


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def hashed(value):
    return blake2b(canonical(value), digest_size=16).digest()


def content_hash(record, row, version=None):
    _, kind, own, parent, _, fields = row
    return hashed([record, kind, own if version is None else version, parent, fields])
