"""The fields of conflicts and inbox items."""

from __future__ import annotations

from typing import Any

import orjson

from crm.records.canonical import canonical
from server.exchange.operations import Operation
from server.exchange.workspace import Draft
from server.store.records import StoredRecord


def conflict(
    draft: Draft, op: Operation, record: StoredRecord, device: str, field: str | None
) -> dict[str, Any]:
    """Return the fields of a conflict: base, mine, theirs, both authors.

    With `field` None the whole record is contested (a create, delete or
    restore against what somebody else did): values are objects of fields. `record`
    is what stands against it; for a record that was never made, what it would hang under.
    """
    unmade = draft.find(op.record) is None  # a create that made no row, or an edit of that
    theirs = {} if unmade else _theirs(draft, record, field, op.author, device)
    gone = unmade or record.dead
    if field is None:
        base, mine = None, op.new_fields or None
        value: object = None if gone else record.fields
    else:
        base, mine = op.fields[field]
        value = None if gone else record.fields.get(field)
    fields = {
        "record": op.record if unmade else record.id,
        "record_kind": op.kind if unmade else record.kind,
        "verb": op.verb,
        "field": field,
        "base": canonical(base).decode(),
        "mine": canonical(mine).decode(),
        "theirs": canonical(value).decode(),
        "mine_author": op.author,
        "mine_at": op.at,
        "mine_op": op.id,
        "mine_device": device,
        "mine_computer": draft.workspace.computer(device),
        **theirs,
        "state": "open",
    }
    return {n: v for n, v in fields.items() if v is not None}


def _theirs(
    draft: Draft, record: StoredRecord, field: str | None, author: str, device: str
) -> dict[str, Any]:
    """Say who wrote the value that stays, by the newest revision that touched it.

    Revisions not yet written are of this page, so of this page's `author`.
    """
    for revision in reversed(draft.workspace.effects.revisions + draft.effects.revisions):
        if revision.record == record.id and (field is None or field in revision.changes):
            return {
                "theirs_author": author,
                "theirs_at": revision.made_at,
                "theirs_op": revision.operation,
                "theirs_computer": draft.workspace.computer(device),
            }
    for row in reversed(draft.workspace.history(record.id)):
        if field is None or field in orjson.loads(row["changes"]):
            return {
                "theirs_author": row["author"],
                "theirs_at": row["made_at"],
                "theirs_op": row["operation"],
                "theirs_computer": draft.workspace.computer(row["incarnation"]),
            }
    return {}


def inbox_item(op: Operation) -> dict[str, Any]:
    """Return the fields of an inbox item: the operation, for its new reader."""
    return {
        "record": op.record,
        "record_kind": op.kind,
        "verb": op.verb,
        "changes": canonical({n: list(pair) for n, pair in op.fields.items()}).decode(),
        "author": op.author,
        "made_at": op.at,
        "operation": op.id,
        "state": "open",
    }
