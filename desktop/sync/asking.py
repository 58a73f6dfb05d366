"""Asking before much leaves (`ask-first`): what each stream may lose, and which ones wait.

What waits is kept beside the cursor, so that leaving by small steps, sync after sync, is
noticed as well. It is forgotten once the stream equals the server's, or the person has agreed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from desktop.services.ports import Granted, StreamState, SyncStore, SyncTransaction
from desktop.services.removals import Agreement, Allowance, Removals
from desktop.sync.failpoints import failpoint


@dataclass(slots=True)
class Asking:
    """The streams of one sync of which so much would leave that a person is asked."""

    agreed: Agreement = field(default_factory=Agreement)
    staged: dict[str, Removals] = field(default_factory=dict)
    _allowances: dict[str, Allowance] = field(default_factory=dict)
    _tried_again: set[str] = field(default_factory=set)

    def begin_round(
        self,
        granted: Mapping[str, Granted],
        states: Mapping[str, StreamState],
        kept: Mapping[str, tuple[int, int]],
    ) -> None:
        """Take over what a hello has signed. `kept`: (held, gone) of what waited before."""
        for name, told in granted.items():
            known = self._allowances.get(name)
            live = states[name].live if name in states else 0
            held, gone = (known.held, known.gone) if known else kept.get(name, (live, 0))
            signed = told.moved
            if name in states and states[name].number < 0:  # counted from the log's beginning
                signed = known.signed if known else 0
            self._allowances[name] = Allowance(
                held=max(held, live), signed=signed, gone=gone, agreed=self.agreed
            )
        for name, removals in list(self.staged.items()):
            if name not in granted:
                del self.staged[name]  # has left as a whole
            elif removals.moved and name not in self._tried_again:
                self._tried_again.add(name)  # moved since the last hello, most likely
                del self.staged[name]

    def allowance(self, stream: str) -> Allowance | None:
        return self._allowances.get(stream)

    def stage(self, store: SyncStore, stream: str, removals: Removals) -> None:
        """Let a stream wait for the person."""
        self.staged[stream] = removals
        with store.transaction() as tx:
            self.note(tx, stream, at_least=0)
            failpoint("ask.before_commit")
        failpoint("ask.committed")

    def note(self, tx: SyncTransaction, stream: str, at_least: int = 1) -> None:
        """Keep how much has left without a signed cause, in the transaction that let it go."""
        allowance = self._allowances.get(stream)
        if allowance is not None and allowance.gone >= at_least:
            known, told = tx.asked(), (allowance.held, allowance.gone)
            if known.get(stream) != told:
                tx.keep_asked({**known, stream: told})

    def settle(self, store: SyncStore, equal: Collection[str]) -> None:
        """Forget what waited of streams that are equal now, or that the person let go."""
        with store.transaction() as tx:
            kept = tx.asked()
            left = {n: told for n, told in kept.items() if n not in equal}
            if len(left) < len(kept):
                tx.keep_asked(left)

    def total(self) -> Removals:
        """Return how much waits, of all streams."""
        return Removals(
            deleted=sum(each.deleted for each in self.staged.values()),
            moved=sum(each.moved for each in self.staged.values()),
            missing=sum(each.missing for each in self.staged.values()),
        )
