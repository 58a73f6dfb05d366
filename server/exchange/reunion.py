"""Suspected duplicates when one of the two changes hands (`twin`).

Inside one portfolio a link names the other customer; across portfolios it names only the other's
manager. So a move takes names away, and two who meet again get them back.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from crm.records.keys import natural_keys
from server.exchange.workspace import Draft, Workspace
from server.store import records as store
from server.store.records import StoredRecord

LINK = "duplicate_link"
NAMING = ("other", "other_manager")
Cause = tuple[str, str]  # operation, moment
Sharers = Mapping[str, Sequence[str]]  # hashed natural key: the customers that have it


def mend_links(workspace: Workspace, moved: Sequence[str], cause: Cause) -> None:
    """Let the links of moved customers, and other people's that mean them, say what they may.

    `moved` are roots, at their new place already. Raises: MoreStreams.
    """
    sharers = _sharers(workspace, moved)
    draft = workspace.draft()
    for link in _links(workspace, {*moved, *(i for ids in sharers.values() for i in ids)}, moved):
        other = _other(draft, link, sharers)
        if other is not None:
            _mend(draft, link, other, cause)
    draft.keep()


def _sharers(workspace: Workspace, moved: Collection[str]) -> Sharers:
    """Return who shares a natural key with one of `moved`; they are loaded."""
    keys = {key for root in moved for key in _keys(workspace.find(root))}
    found = store.holders(workspace.connection, keys)
    workspace.load(i for ids in found.values() for i in ids)
    return found


def _keys(record: StoredRecord | None) -> list[str]:
    if record is None or record.dead:
        return []
    return [store.key_hash(key) for key in natural_keys(record.kind, record.fields)]


def _links(
    workspace: Workspace, roots: Collection[str], moved: Collection[str]
) -> list[StoredRecord]:
    """Return the living links under `roots`, and those that name one of `moved`."""
    left = {workspace.before[root].stream for root in moved}
    naming = store.naming_others(workspace.connection, left)
    ids = {link.id for link in naming if link.fields["other"] in moved}
    ids |= {link.id for link in store.links_under(workspace.connection, roots)}
    workspace.load(ids)
    return [workspace.now[i] for i in sorted(ids) if not workspace.now[i].dead]


def _other(draft: Draft, link: StoredRecord, sharers: Sharers) -> StoredRecord | None:
    """Return the other customer: the one named, or the one that lay with the manager named."""
    if named := link.fields.get("other"):
        return draft.living(str(named))
    keys, before = _keys(draft.find(link.root)), draft.workspace.before
    for record_id in sorted({i for key in keys for i in sharers.get(key, ())} - {link.root}):
        if before[record_id].stream.partition(":")[2] == link.fields.get("other_manager"):
            return draft.find(record_id)
    return None


def _mend(draft: Draft, link: StoredRecord, other: StoredRecord, cause: Cause) -> None:
    told = {n: v for n, v in link.fields.items() if n not in NAMING}
    if other.stream == link.stream:
        told["other"] = other.id
    else:
        told["other_manager"] = other.stream.partition(":")[2]
    if told == link.fields:
        return
    copy = draft.change(link)
    changes = {n: (copy.fields.get(n), told.get(n)) for n in NAMING}
    copy.fields = told
    draft.revise(copy, cause[0], "edit", cause[1], changes)
