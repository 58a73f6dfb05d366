"""The table of what people did at the server beside editing records: who, what, to what, when.

Append-only: nothing here changes or removes a row. Facts are ids, codes, counts and moments;
no name, number or address of a customer goes in, so that nothing has to come out again when
somebody is erased.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crm.domain.ids import new_id
from server.store import tables as t


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One act. `actor` is a person's id (actors.NOBODY: the keeper of the server, unnamed).

    `action` is dotted words ("recovery.approved"), `subject` the id of what it was done to.
    """

    id: str
    at: str
    actor: str
    action: str
    subject: str | None
    facts: Mapping[str, Any]


def note(
    connection: Connection,
    *,
    at: str,
    actor: str,
    action: str,
    subject: str | None = None,
    facts: Mapping[str, Any] | None = None,
) -> str:
    """Write one act down, in the transaction that does it; return the row's id."""
    made = new_id()
    text = orjson.dumps(dict(facts or {}), option=orjson.OPT_SORT_KEYS).decode()
    row = {"at": at, "actor": actor, "action": action, "subject": subject, "facts": text}
    connection.execute(sa.insert(t.audit).values(id=made, **row))
    return made


def notes(
    connection: Connection,
    *,
    since: str | None = None,
    until: str | None = None,
    actor: str | None = None,
    actions: Collection[str] = (),
    subject: str | None = None,
) -> list[Note]:
    """Return the acts in `since` <= at < `until`, the oldest first; a filter left out passes all.

    An action matches one of `actions` itself and all that begin with it and a dot.
    """
    column = t.audit.c
    wanted = [
        None if since is None else column.at >= since,
        None if until is None else column.at < until,
        None if actor is None else column.actor == actor,
        None if subject is None else column.subject == subject,
        _any_action(actions) if actions else None,
    ]
    rows = connection.execute(
        sa.select(t.audit)
        .where(*(one for one in wanted if one is not None))
        .order_by(column.at, column.id)
    )
    return [Note(**{**row._mapping, "facts": orjson.loads(row.facts)}) for row in rows]


def _any_action(actions: Collection[str]) -> sa.ColumnElement[bool]:
    column = t.audit.c.action
    below = [column.startswith(f"{action}.", autoescape=True) for action in actions]
    return sa.or_(column.in_(sorted(actions)), *below)
