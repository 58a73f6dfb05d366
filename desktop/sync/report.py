"""What a sync came to, and the counting of it."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from desktop.services.ports import Applied, Operation, Result, SyncTransaction
from desktop.services.removals import Removals
from desktop.sync.transport import Traffic

COMPLETE, PARTIAL = "complete", "partial"  # partial: some operations wait for another sync


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """What one sync came to. Counts are operations, except where said otherwise."""

    outcome: str  # complete, partial; in stored receipts also the code of an error
    sent: int = 0  # that have a final outcome now
    applied: int = 0  # to a record that nobody else changed meanwhile; also "already so"
    merged: int = 0  # applied to a record that also received another author's change
    conflicts: int = 0
    refused: int = 0  # set aside, with a reason
    diverted: int = 0
    quarantined: int = 0
    later: int = 0  # back in the queue
    received: int = 0  # records put, own edits that came back included
    left: int = 0  # records that left this laptop
    purged: int = 0  # customers of whose leaving beyond recovery the server has signed
    held_back: int = 0  # records that would leave, and wait for the person's word
    held_back_deleted: int = 0  # of these: removed at the branch
    held_back_moved: int = 0  # handed over, which the server has not signed
    held_back_missing: int = 0  # not there any more, and no word why
    repaired: int = 0  # records brought anew because totals differed
    verified: bool = False  # every stream equals the server's totals
    forks: int = 0  # times that laptop and server had to come together again
    resent: int = 0  # operations sent once more for that, whose outcome was known before
    requests: int = 0
    bytes_up: int = 0
    bytes_down: int = 0
    cuts: int = 0  # times that the line broke and it went on all the same
    waited_s: int = 0  # seconds that the server, or a line that broke, was waited for
    seconds: float = 0.0

    def counts(self) -> dict[str, int]:
        """Return the counts, for a receipt."""
        return {
            name: int(value) for name in _COUNTS if isinstance(value := getattr(self, name), int)
        }


_COUNTS = tuple(spec.name for spec in dataclasses.fields(SyncReport))


class Weather(Protocol):
    """How the line was (Session's Line)."""

    cuts: int
    waited_s: float


class Tally:
    """Counts while a sync goes on."""

    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic
        self._started = time.monotonic()
        self._results: dict[str, tuple[str, Result]] = {}  # operation id: record, result
        self._before: dict[str, int] = {}  # record: version of the server layer, pushing
        self._kinds: dict[str, str] = {}
        self._roots: dict[str, str] = {}  # by operation id
        self._left: set[str] = set()
        self._merged = 0
        self.received = 0
        self.repaired = 0
        self.purged = 0
        self.held_back = Removals()
        self.later: set[str] = set()  # operation ids
        self.verified = False
        self._mended: dict[str, int] = {}  # records brought anew or dropped, by root
        self._forks = 0
        self._resent: set[str] = set()  # operation ids
        self._told_before: dict[str, str] = {}  # operation id: its outcome in an earlier sync
        self.line: Weather | None = None

    def forked(self, resent: Mapping[str, str]) -> None:
        """All begins anew; these operations ({id: outcome}) wait again."""
        self._forks += 1
        self._resent |= resent.keys()
        earlier = {i: o for i, o in resent.items() if i not in self._results}
        self._told_before = earlier | self._told_before

    def _news(self) -> dict[str, Result]:
        """Return the results that nobody has been told before, by operation."""
        found = {i: result for i, (_, result) in self._results.items()}
        return {i: r for i, r in found.items() if self._told_before.get(i) != r.outcome}

    # --- pushing ---

    def about_to_settle(self, tx: SyncTransaction, page: Sequence[Operation]) -> None:
        """Remember which versions were here before our own edits came back."""
        records = {operation.record: operation.kind for operation in page}
        versions = tx.server_versions(records)
        for record in records:
            self._before.setdefault(record, versions.get(record, 0))

    def settled(self, page: Sequence[Operation], results: Iterable[Result]) -> None:
        records = {operation.id: operation.record for operation in page}
        self._kinds.update({operation.record: operation.kind for operation in page})
        self._roots.update({operation.id: operation.root for operation in page})
        for result in results:
            if result.outcome == "later":
                self.later.add(result.id)
            else:
                self.later.discard(result.id)
                self._results[result.id] = (records[result.id], result)

    # --- pulling ---

    def took(self, applied: Applied) -> None:
        self.received += applied.received
        if self._left and applied.put is not None:
            self._left -= applied.put
        self._left |= applied.removed

    def mended(self, applied: Applied) -> None:
        """Records were brought anew, or dropped, because contents differed."""
        self.repaired += applied.received
        for root in applied.roots:
            self._mended[root] = self._mended.get(root, 0) + 1
        self.took(applied)

    @property
    def mended_roots(self) -> tuple[str, ...]:
        return tuple(sorted(self._mended))

    def count_merged(self, tx: SyncTransaction) -> None:
        """Tell own edits of records that others changed as well: more versions than ours."""
        if self._forks:  # versions were forgotten: nobody can tell whose is whose
            return
        records = {record for record, _ in self._results.values()}
        after = tx.server_versions({record: self._kinds[record] for record in records})
        own = tx.own_versions(records)
        for record, result in self._results.values():
            if result.outcome == "applied" and result.version is not None:
                own.setdefault(record, []).append(result.version)
        others = set()
        for record in records & after.keys():
            before = self._before.get(record, 0)
            ours = len({version for version in own.get(record, ()) if version > before})
            if after[record] - before > ours:
                others.add(record)
        self._merged = sum(
            record in others and result.outcome == "applied"
            for record, result in self._results.values()
        )

    # --- the end ---

    def lines(self) -> dict[str, dict[str, int]]:
        """Return what became of whose edits, and whose records were brought anew:
        {root: {outcome: count}}."""
        found: dict[str, dict[str, int]] = {}
        for operation, result in self._news().items():
            counts = found.setdefault(self._roots[operation], {})
            counts[result.outcome] = counts.get(result.outcome, 0) + 1
        for root, count in self._mended.items():
            found.setdefault(root, {})["repaired"] = count
        return found

    def report(self, outcome: str | None = None) -> SyncReport:
        found = [result.outcome for result in self._news().values()]
        return SyncReport(
            outcome=outcome or (PARTIAL if self.later or self.held_back.total else COMPLETE),
            sent=len(found),
            applied=found.count("applied") + found.count("nothing") - self._merged,
            merged=self._merged,
            conflicts=found.count("conflict"),
            refused=found.count("refused"),
            diverted=found.count("diverted"),
            quarantined=found.count("quarantined"),
            later=len(self.later),
            received=self.received,
            left=len(self._left),
            purged=self.purged,
            held_back=self.held_back.total,
            held_back_deleted=self.held_back.deleted,
            held_back_moved=self.held_back.moved,
            held_back_missing=self.held_back.missing,
            repaired=self.repaired,
            verified=self.verified,
            forks=self._forks,
            resent=len(self._resent),
            requests=self._traffic.requests,
            bytes_up=self._traffic.bytes_up,
            bytes_down=self._traffic.bytes_down,
            cuts=self.line.cuts if self.line else 0,
            waited_s=round(self.line.waited_s) if self.line else 0,
            seconds=time.monotonic() - self._started,
        )
