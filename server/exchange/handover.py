"""Moving a family to another stream: the server's half of a hand-over."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from crm.domain.errors import NotFound, UserError
from crm.domain.ids import new_id
from server.exchange import ledger
from server.exchange.accept import MAX_ROUNDS, Exchange
from server.exchange.actors import Actor
from server.exchange.failpoints import failpoint
from server.exchange.workspace import MoreStreams, Workspace
from server.store import streams
from server.store.database import Collided


def move_family(exchange: Exchange, actor: Actor, root: str, to_stream: str) -> int:
    """Let a whole family lie in `to_stream`; return how many living records moved.

    Each record's version goes up; it is gone in the old stream and put in the
    new one, in one commit (`family-moves`). Raises: NotFound `record.unknown`.
    """
    wanted = frozenset([to_stream])
    for _ in range(MAX_ROUNDS):
        try:
            with exchange.database.writing() as connection:
                moved = _move(exchange, connection, actor, (root, to_stream), wanted)
                failpoint("move.before_commit")
            failpoint("move.committed")
            return moved
        except MoreStreams as more:
            wanted |= more.streams
        except Collided:  # the other writer went first: read everything again
            continue
    raise UserError("server.busy")


def _move(
    exchange: Exchange,
    connection: Connection,
    actor: Actor,
    what: tuple[str, str],
    locked: frozenset[str],
) -> int:
    root, to_stream = what
    totals = streams.lock(exchange.database, connection, locked)
    workspace = Workspace(exchange.database, connection, exchange.schema, locked)
    draft = workspace.draft()
    head = draft.find(root)
    if head is None or head.dead or head.parent is not None:
        raise NotFound("record.unknown")
    at, operation = exchange.now(), new_id()
    moved = [r for r in draft.family(root) if r.stream != to_stream]
    for member in moved:
        copy = draft.change(member)
        draft.move(copy, to_stream)
        if not copy.dead:  # a grave keeps the cause of its death
            draft.effects.causes[copy.id] = "moved"
        if "other" in copy.fields and copy.kind == "duplicate_link":
            # The other one stays behind: from now on a colleague's (`twin`).
            del copy.fields["other"]
            copy.fields["other_manager"] = head.stream.partition(":")[2]
        draft.revise(copy, operation, "move", at, {})
    draft.keep()
    ledger.flush(workspace, totals, actor, at)
    streams.save(exchange.database, connection, totals.values())
    return sum(not r.dead for r in moved)
