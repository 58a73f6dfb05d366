"""What waits for a decision, as a server's page brings it: conflicts, twins, handed edits."""

from __future__ import annotations

import json

from crm.domain.ids import new_id
from tests.helpers.offices import PERSON
from tests.helpers.received import from_server

ME, COLLEAGUE = PERSON.user, new_id()
AT = "2026-03-17T02:30:00.000Z[+08:00]"


def put(kind, parent=None, record=None, root=None, **fields):
    """One record as the server sends it; its id is at [1]."""
    record = record or new_id()
    return [0, record, kind, 1, parent, root or parent or record, fields, None]


def conflict(about, field, base, mine, theirs, verb="edit", kind="customer", root=None, **more):
    """A conflict between me and a colleague on a field, or on a record as a whole."""
    values = {"base": base, "mine": mine, "theirs": theirs}
    fields = {
        "record": about,
        "record_kind": kind,
        "verb": verb,
        **{name: json.dumps(value) for name, value in values.items()},
        **({"field": field} if field else {}),
        "mine_author": ME,
        "mine_at": AT,
        "theirs_author": COLLEAGUE,
        "theirs_at": AT,
        "state": "open",
        **more,
    }
    entry = put("conflict", root)
    entry[6].update(fields)
    return entry


def handed(about, verb, changes, kind="customer"):
    """An edit by a colleague of a customer who has come to me."""
    entry = put("inbox_item", about, record_kind=kind, verb=verb, author=COLLEAGUE, made_at=AT)
    told = {"record": about if verb == "edit" else new_id(), "changes": json.dumps(changes)}
    entry[6].update(told | {"state": "open"})
    return entry


def a_colleague():
    return put("staff", record=COLLEAGUE, name="王建平", login="wjp", role="manager")


def bring(laptop, *entries, first=True):
    from_server(laptop, *entries, stream=f"portfolio:{ME}", first=first)
