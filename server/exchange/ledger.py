"""Writes what a workspace changed: records, log, totals, keys, revisions.

Everything is set-based and in the caller's transaction. A stream's numbers
are handed out here, under its lock, so they are gapless and in commit order.
"""

from __future__ import annotations

from typing import Any

import orjson

from crm.records.canonical import DIGEST_MODULUS, content_hash
from crm.records.keys import basis_of, natural_keys
from crm.records.pinyin import search_key
from server.exchange.actors import NOBODY, Actor
from server.exchange.workspace import Workspace
from server.store import records as store
from server.store.erasing import ERASED
from server.store.records import StoredRecord
from server.store.streams import Totals


def flush(workspace: Workspace, totals: dict[str, Totals], actor: Actor, at: str) -> None:
    """Write the touched records and all that follows from them."""
    touched = [workspace.now[i] for i in workspace.touched]
    touched.sort(key=lambda r: r.rank)  # a parent's entry comes before its children's
    entries = []
    for record in touched:
        entries += _account(record, workspace.before.get(record.id), totals, workspace)
    known = [r for r in touched if r.id in workspace.before]
    store.add(
        workspace.database,
        workspace.connection,
        [r for r in touched if r.id not in workspace.before],
    )
    store.save(workspace.database, workspace.connection, known)
    store.log(workspace.database, workspace.connection, entries)
    _write_revisions(workspace, actor, at)
    _write_keys(workspace)
    _write_fates(workspace)


def _account(
    record: StoredRecord, old: StoredRecord | None, totals: dict[str, Totals], ws: Workspace
) -> list[dict[str, Any]]:
    """Update totals for one record; return its new log entries."""
    entries = []
    if old is not None and not old.dead:
        left = totals[old.stream]
        left.live -= 1
        left.digest = (left.digest - _number(old.hash)) % DIGEST_MODULUS
        if old.stream != record.stream:
            cause = ws.effects.causes.get(record.id, "moved")
            entries.append(_entry(left, record, gone=True, cause=cause))
    here = totals[record.stream]
    record.hash = None
    if record.dead:
        cause = "merged" if record.merged_into else "deleted"
        if ws.effects.causes.get(record.id) == ERASED:
            cause = ERASED
        return [*entries, _entry(here, record, gone=True, cause=cause)]
    record.hash = content_hash(record.id, record.kind, record.version, record.parent, record.fields)
    if record.kind == "customer" and _is_renamed(record, old):
        record.aside = search_key(str(record.fields.get("name", "")))
    here.live += 1
    here.digest = (here.digest + _number(record.hash)) % DIGEST_MODULUS
    return [*entries, _entry(here, record, gone=False, cause=None)]


def _is_renamed(record: StoredRecord, old: StoredRecord | None) -> bool:
    return (
        record.aside is None or old is None or record.fields.get("name") != old.fields.get("name")
    )


def _number(content: bytes | None) -> int:
    return int.from_bytes(content or b"", "big")


def _entry(
    totals: Totals, record: StoredRecord, *, gone: bool, cause: str | None
) -> dict[str, Any]:
    totals.head += 1
    return {
        "stream": totals.id,
        "record": record.id,
        "number": totals.head,
        "version": record.version,
        "gone": gone,
        "cause": cause,
    }


def _write_revisions(workspace: Workspace, actor: Actor, at: str) -> None:
    store.revise(
        workspace.database,
        workspace.connection,
        [
            {
                "record": r.record,
                "version": r.version,
                "operation": r.operation,
                "verb": r.verb,
                "author": NOBODY if r.own_act else actor.person,
                "incarnation": actor.incarnation,
                "made_at": r.made_at,
                "accepted_at": at,
                "changes": orjson.dumps(r.changes, option=orjson.OPT_SORT_KEYS).decode(),
            }
            for r in workspace.effects.revisions
        ],
    )


def _write_keys(workspace: Workspace) -> None:
    rekeyed = [workspace.now[i] for i in sorted(workspace.effects.rekeyed)]
    rows = [
        {"key": store.key_hash(key), "record": r.id, "basis": basis_of(key)}
        for r in rekeyed
        if not r.dead
        for key in natural_keys(r.kind, r.fields)
    ]
    store.replace_keys(workspace.database, workspace.connection, workspace.effects.rekeyed, rows)


def _write_fates(workspace: Workspace) -> None:
    rows = [
        {"record": record, "outcome": outcome, "anchor": anchor}
        for record, (outcome, anchor) in workspace.effects.fates.items()
    ]
    store.set_fates(workspace.database, workspace.connection, rows)
