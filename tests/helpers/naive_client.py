"""A client of the sync protocol as a stranger would write it from `docs/sync-protocol.md` alone.

It holds records in memory, one pull at a time. Hashes are made here with the standard library,
so that a mistake in `crm.records` cannot hide on both sides.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

Ask = Callable[..., dict[str, Any]]  # (stream, limit, after= or scan=) -> the reply


@dataclass(frozen=True)
class Held:
    """One record of the server layer."""

    stream: str
    kind: str
    version: int
    parent: str | None
    root: str
    fields: dict[str, Any]


@dataclass
class NaiveClient:
    """The server layer of a laptop."""

    ask: Ask
    limit: int = 5000
    rows: dict[str, Held] = field(default_factory=dict)
    cursors: dict[str, int] = field(default_factory=dict)
    pages: int = 0

    def pull(self, granted: Mapping[str, Mapping[str, Any]]) -> None:
        """Read every granted stream to its head; let go of the others (`purge-cursor`)."""
        for lost in self.cursors.keys() - granted.keys():
            del self.cursors[lost]
            self.rows = {i: held for i, held in self.rows.items() if held.stream != lost}
        for stream, told in granted.items():
            cursor = self.cursors.get(stream)
            if cursor is None or not told["floor"] <= cursor <= told["head"]:
                self._scan(stream)
            self._read_log(stream)

    def digest(self, stream: str) -> tuple[int, str]:
        """Return the live count and the digest of what is held of a stream."""
        held = [(i, row) for i, row in self.rows.items() if row.stream == stream]
        total = sum(int.from_bytes(content_hash(i, row), "big") for i, row in held)
        return len(held), f"{total % 2**128:032x}"

    def _scan(self, stream: str) -> None:
        """Baseline: live records by (kind rank, id), then the log from the first page's head."""
        before = {i for i, row in self.rows.items() if row.stream == stream}
        brought: set[str] = set()
        position, base, more = "", None, True
        while more:
            reply = self._page(stream, scan=position)
            base = reply["head"] if base is None else base
            brought |= {self._apply(stream, entry) for entry in reply["entries"]}
            position, more = reply["next"], reply["more"]
        self.cursors[stream] = base or 0
        brought |= self._read_log(stream)
        for left in before - brought:
            if self.rows.get(left, None) and self.rows[left].stream == stream:
                del self.rows[left]

    def _read_log(self, stream: str) -> set[str]:
        brought: set[str] = set()
        while True:
            reply = self._page(stream, after=self.cursors[stream])
            numbers = [entry[0] for entry in reply["entries"]]
            assert numbers == sorted(set(numbers)), "the log comes in order of number"
            assert all(number > self.cursors[stream] for number in numbers)
            brought |= {self._apply(stream, entry) for entry in reply["entries"]}
            self.cursors[stream] = reply["next"]
            if not reply["more"]:
                break
        assert self.cursors[stream] == reply["head"]
        # quiet-verify: nothing else was applied since this page was asked for
        assert self.digest(stream) == (reply["live"], reply["digest"])
        return brought

    def _page(self, stream: str, **where: Any) -> dict[str, Any]:
        self.pages += 1
        reply = self.ask(stream, self.limit, **where)
        assert len(reply["entries"]) <= self.limit
        return reply

    def _apply(self, stream: str, entry: list[Any]) -> str:
        """Apply an entry, put or gone, only if it is newer than what is held (`newer-only`)."""
        _, record, kind, version, parent, root, fields, _ = entry
        held = self.rows.get(record)
        if held is None or version > held.version:
            if fields is None:
                self.rows.pop(record, None)
            else:
                self.rows[record] = Held(stream, kind, version, parent, root, fields)
        return str(record)


def canonical(value: object) -> bytes:
    """Return RFC 8785 JSON; names here are ASCII and numbers whole, so sorting is plain."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def content_hash(record: str, held: Held) -> bytes:
    body = [record, held.kind, held.version, held.parent, held.fields]
    return blake2b(canonical(body), digest_size=16).digest()


def seen_hash(shown: Mapping[str, Held]) -> str:
    """Return what a delete of these records has seen: hashes with version 0, sorted."""
    hashes = sorted(
        blake2b(canonical([i, r.kind, 0, r.parent, r.fields]), digest_size=16).hexdigest()
        for i, r in shown.items()
    )
    return blake2b(canonical(hashes), digest_size=16).hexdigest()
