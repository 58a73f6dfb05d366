"""Writes down what was read at the server itself: it stands in the access log beside the rest.

What is noted holds ids and counts; the reason is one of the access log's own.
"""

from __future__ import annotations

from sqlalchemy.engine import Connection

from server.exchange.actors import NOBODY
from server.store import audit

ACTIONS = ("access",)  # and all below it, as audit.notes has it


def note(
    connection: Connection,
    *,
    at: str,
    action: str,
    what: str,
    actor: str = NOBODY,
    subject: str | None = None,
    count: int = 1,
    **facts: object,
) -> None:
    """Write down one look, print or report, in a transaction that is committed before it.

    `action`: reveal, export, print, report.
    """
    told = {"what": what, "count": count, **{n: v for n, v in facts.items() if v is not None}}
    audit.note(
        connection, at=at, actor=actor, action=f"access.{action}", subject=subject, facts=told
    )
