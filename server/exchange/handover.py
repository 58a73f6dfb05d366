"""Moving families to another stream: the server's half of a hand-over (`family-moves`).

A batch is one short transaction: both streams locked, the families read again, every record
gone in the old stream and put in the new, and the record that tells of it beside them. A batch
that was killed has not happened; one that was repeated finds its families moved already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy.engine import Connection

from crm.domain.errors import NotFound, Refused, UserError
from crm.domain.ids import new_id
from crm.domain.kinds import VISITS_TO_COME
from crm.records.changes import diff
from server.exchange import ledger, reunion
from server.exchange.accept import MAX_ROUNDS, Exchange
from server.exchange.actors import Actor
from server.exchange.failpoints import failpoint
from server.exchange.twins import ARCHIVE
from server.exchange.workspace import Draft, MoreStreams, Workspace
from server.store import streams
from server.store.database import Collided
from server.store.records import StoredRecord

CUSTOMER = "customer"
BATCH = 40  # families a transaction: some 500 records, locked for a fraction of a second
Family = Sequence[StoredRecord]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What the record of a hand-over says, beside what the family itself tells."""

    from_manager: str
    from_name: str | None = None
    to_manager: str
    to_name: str | None = None
    by: str
    reason: str | None = None
    override: str | None = None  # why the devices were not waited for
    unsynced_devices: int = 0
    unsent: int = 0
    run: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Families that go to a stream together. `graves`: the families of the dead too."""

    roots: tuple[str, ...]
    to_stream: str
    from_stream: str | None = None  # only what still lies here goes
    note: Note | None = None
    graves: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    """What went: roots, how many of them are living customers, and all living records."""

    roots: tuple[str, ...] = ()
    customers: int = 0
    records: int = 0

    def __add__(self, other: Moved) -> Moved:
        return Moved(
            self.roots + other.roots,
            self.customers + other.customers,
            self.records + other.records,
        )


def move_family(exchange: Exchange, actor: Actor, root: str, to_stream: str) -> int:
    """Let one family lie in `to_stream`; return how many living records moved.

    Raises: NotFound `record.unknown`.
    """
    with exchange.database.snapshot() as connection:
        head = Workspace(exchange.database, connection, exchange.schema, frozenset()).find(root)
    if head is None or head.dead or head.parent is not None:
        raise NotFound("record.unknown")
    if head.stream.startswith(ARCHIVE):
        raise Refused("customer.restricted", until="-")
    return move_batch(exchange, actor, Transfer(roots=(root,), to_stream=to_stream)).records


def move_all(
    exchange: Exchange, actor: Actor, transfer: Transfer, progress: Callable[[int, int], None]
) -> Moved:
    """Move many families batch by batch; `progress(done, total)` is called after each."""
    moved, done = Moved(), 0
    for batch in _batches(transfer):
        moved += move_batch(exchange, actor, batch)
        done += len(batch.roots)
        progress(done, len(transfer.roots))
    return moved


def _batches(transfer: Transfer) -> Iterator[Transfer]:
    for start in range(0, len(transfer.roots), BATCH):
        values = {name: getattr(transfer, name) for name in Transfer.__slots__}
        yield Transfer(**{**values, "roots": transfer.roots[start : start + BATCH]})


def move_batch(exchange: Exchange, actor: Actor, transfer: Transfer) -> Moved:
    """Move families in one commit. What is unknown or lies there already is left alone."""
    wanted = frozenset(s for s in (transfer.to_stream, transfer.from_stream) if s)
    for _ in range(MAX_ROUNDS):
        try:
            with exchange.database.writing() as connection:
                moved = move_locked(exchange, connection, actor, transfer, wanted)
                failpoint("move.before_commit")
            failpoint("move.committed")
            return moved
        except MoreStreams as more:
            wanted |= more.streams
        except Collided:  # the other writer went first: read everything again
            continue
    raise UserError("server.busy")


def move_locked(
    exchange: Exchange,
    connection: Connection,
    actor: Actor,
    transfer: Transfer,
    locked: frozenset[str],
) -> Moved:
    """Move families in the caller's transaction, with the locks of these streams.

    Raises: MoreStreams when a family lies in a stream that is not among them.
    """
    totals = streams.lock(exchange.database, connection, locked)
    workspace = Workspace(exchange.database, connection, exchange.schema, locked)
    draft, at = workspace.draft(), exchange.now()
    operation = new_id()
    families = [f for f in draft.families(transfer.roots) if _goes(f[0], transfer)]
    records = sum(_move(draft, family, transfer, (operation, at)) for family in families)
    draft.keep()
    reunion.mend_links(workspace, [f[0].id for f in families], (operation, at))
    ledger.flush(workspace, totals, actor, at)
    streams.save(exchange.database, connection, totals.values())
    heads = [family[0] for family in families]
    return Moved(tuple(head.id for head in heads), sum(map(_is_customer, heads)), records)


def _is_customer(head: StoredRecord) -> bool:
    return head.kind == CUSTOMER and not head.dead


def _goes(head: StoredRecord, transfer: Transfer) -> bool:
    if head.parent is not None or (head.dead and not transfer.graves):
        return False
    if head.stream.startswith(ARCHIVE):  # it is kept, not used
        return False
    if transfer.from_stream is not None and head.stream != transfer.from_stream:
        return False
    return head.stream != transfer.to_stream


def _move(draft: Draft, family: Family, transfer: Transfer, cause: tuple[str, str]) -> int:
    """Move one family; return how many living records went."""
    operation, at = cause
    for member in family:
        copy = draft.change(member)
        draft.move(copy, transfer.to_stream)
        if not copy.dead:  # a grave keeps the cause of its death
            draft.effects.causes[copy.id] = "moved"
        draft.revise(copy, operation, "move", at, {})
    head = family[0]
    if transfer.note is not None and _is_customer(head):
        _tell(draft, family, transfer, cause)
    return sum(not member.dead for member in family)


def _tell(draft: Draft, family: Family, transfer: Transfer, cause: tuple[str, str]) -> None:
    """Add the record that tells of a hand-over, as a child of the customer at its new place."""
    head, (operation, at) = draft.find(family[0].id) or family[0], cause
    said = {**asdict(transfer.note), "at": at, **_open_work(family)} if transfer.note else {}
    record = draft.add(
        StoredRecord(
            id=new_id(),  # not to be guessed: nobody can have put a record there
            kind="hand_over",
            rank=draft.schema.rank("hand_over"),
            root=head.id,
            parent=head.id,
            stream=transfer.to_stream,
            version=1,
            hash=None,
            dead=False,
            merged_into=None,
            fields={n: v for n, v in said.items() if v is not None},
        )
    )
    draft.revise(record, operation, "append", at, diff({}, record.fields))


def _open_work(family: Iterable[StoredRecord]) -> dict[str, int]:
    """Count what the new manager is to go on with."""
    states = [(m.kind, m.fields.get("state")) for m in family if not m.dead]
    return {
        "open_visits": sum(k == "visit" and s in VISITS_TO_COME for k, s in states),
        "open_tasks": states.count(("task", "open")),
    }
