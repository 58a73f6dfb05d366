"""Customers that come to share a natural key: both stay, and are linked (`twin`).

A link tells a manager nothing of a colleague's customer but whose it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from crm.domain.ids import derived_id
from crm.records.changes import diff
from crm.records.keys import basis_of, natural_keys
from server.exchange.workspace import MoreStreams, Revised, Workspace
from server.store import records as store
from server.store.records import StoredRecord

ARCHIVE = "archive:"  # streams of those whose processing was stopped; nobody is granted them

# A number typed into every row of a file is a dirty file, not thousands of pairs.
MAX_LINKS = 5


@dataclass(frozen=True, slots=True)
class _Link:
    """A suspicion to be kept with the customer `here`."""

    here: StoredRecord
    there: StoredRecord
    key: str
    cause: Revised  # the change that brought the key

    @property
    def id(self) -> str:
        return derived_id("duplicate", *sorted((self.here.id, self.there.id)), self.here.stream)

    @property
    def fields(self) -> dict[str, Any]:
        fields = {"basis": basis_of(self.key), "state": "open"}
        if self.here.stream == self.there.stream:
            return {**fields, "other": self.there.id}
        return {**fields, "other_manager": self.there.stream.partition(":")[2]}


def link_twins(workspace: Workspace) -> None:
    """Link the customers whose key this page brought.

    Raises: MoreStreams when a twin lives in a portfolio that is not locked.
    """
    if not workspace.effects.rekeyed:
        return
    links: dict[str, _Link] = {}
    for link in _links(workspace):
        links.setdefault(link.id, link)  # the strongest key comes first
    missing = {link.here.stream for link in links.values()} - workspace.locked
    if missing:
        raise MoreStreams(missing)
    workspace.load(links)
    for link in links.values():
        if workspace.find(link.id) is None:
            _add(workspace, link)


def _links(workspace: Workspace) -> Iterator[_Link]:
    causes = {r.record: r for r in workspace.effects.revisions}
    keys = {r.id: natural_keys(r.kind, r.fields) for r in _rekeyed(workspace)}
    holders = _holders(workspace, keys)
    for record_id, own in keys.items():
        one = workspace.now[record_id]
        for key in own:
            twins = (workspace.now[i] for i in sorted(holders[key]) if i != record_id)
            alike = [twin for twin in twins if _is_twin(one, twin, key)]
            for twin in alike[:MAX_LINKS]:
                yield from _pair(one, twin, key, causes[record_id])


def _rekeyed(workspace: Workspace) -> list[StoredRecord]:
    changed = (workspace.now[i] for i in sorted(workspace.effects.rekeyed))
    return [record for record in changed if not record.dead]


def _holders(workspace: Workspace, keys: dict[str, tuple[str, ...]]) -> dict[str, set[str]]:
    """Return {key: ids of its holders}: those stored, and those of this very page."""
    holders: dict[str, set[str]] = {key: set() for own in keys.values() for key in own}
    hashed = {store.key_hash(key): key for key in holders}
    store.lock_keys(workspace.database, workspace.connection, hashed)
    for short, ids in store.holders(workspace.connection, hashed).items():
        holders[hashed[short]].update(ids)
    for record_id, own in keys.items():
        for key in own:
            holders[key].add(record_id)
    workspace.load(i for ids in holders.values() for i in ids)
    return holders


def _is_twin(one: StoredRecord, other: StoredRecord, key: str) -> bool:
    if other.stream.startswith(ARCHIVE):  # it is kept, not used
        return False
    if other.dead or key not in natural_keys(other.kind, other.fields):
        return False
    return not _different_persons(one, other)


def _different_persons(one: StoredRecord, other: StoredRecord) -> bool:
    """Two identity numbers of the same type that differ outweigh a shared name and phone."""
    a, b = one.fields, other.fields
    both = a.get("id_number") and b.get("id_number") and a.get("id_type") == b.get("id_type")
    return bool(both) and str(a["id_number"]).upper() != str(b["id_number"]).upper()


def _pair(one: StoredRecord, other: StoredRecord, key: str, cause: Revised) -> list[_Link]:
    """One link in each portfolio; in a shared one, with the older customer."""
    first, second = sorted((one, other), key=lambda r: r.id)
    links = [_Link(first, second, key, cause), _Link(second, first, key, cause)]
    return links[:1] if first.stream == second.stream else links


def _add(workspace: Workspace, link: _Link) -> None:
    draft = workspace.draft()
    record = draft.add(
        StoredRecord(
            id=link.id,
            kind="duplicate_link",
            rank=workspace.schema.rank("duplicate_link"),
            root=link.here.root,
            parent=link.here.id,
            stream=link.here.stream,
            version=1,
            hash=None,
            dead=False,
            merged_into=None,
            fields=link.fields,
        )
    )
    cause = link.cause
    draft.revise(record, cause.operation, "create", cause.made_at, diff({}, record.fields))
    draft.keep()
