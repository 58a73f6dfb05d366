"""Erasing a customer, or stopping all use of one whose data must be kept (docs/rights.md).

One commit, under the locks of every stream that it touches: records become graves, everything
that held their content is emptied, the fate `erased` stands for each. The list outside the
database comes first: what stands there is carried out at the next start, and by a restore.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Connection

from crm.domain import parameters, retention
from crm.domain.belonging import goes_with
from crm.domain.errors import NotFound, Refused, UserError
from crm.domain.ids import new_id
from crm.domain.instants import business_date, parse_instant
from crm.domain.retention import Kept
from crm.records import access
from crm.records.keys import natural_keys
from server.exchange import ledger, seat_acts, seat_book, seating
from server.exchange.accept import MAX_ROUNDS, Exchange
from server.exchange.actors import NOBODY, Actor
from server.exchange.failpoints import failpoint
from server.exchange.operations import Operation
from server.exchange.twins import ARCHIVE
from server.exchange.workspace import Draft, Workspace
from server.store import audit, outside, people, streams
from server.store import erasing as store
from server.store import records as kept
from server.store.database import Collided
from server.store.erasing import ERASED, RESTRICTED, Erasure
from server.store.outside import Decided
from server.store.records import StoredRecord

CUSTOMER, LINK, INBOX = "customer", "duplicate_link", "inbox_item"
LEAST_DIGITS = 7
NUMBERS = ("id_number", "phone", "email", "value", "number")  # fields that single somebody out


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """All that the store holds of somebody. `family` is alive or a grave; ids are of records."""

    roots: frozenset[str]
    family: tuple[StoredRecord, ...] = ()
    beside: tuple[StoredRecord, ...] = ()  # living, in other families, about this customer
    ids: frozenset[str] = frozenset()  # of all of them, and of records that were never made
    log: tuple[StoredRecord, ...] = ()  # entries of the access log: who looked at it, and when
    once: frozenset[str] = frozenset()  # others of which a revision names this customer
    aside: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # in quarantine
    twins: tuple[StoredRecord, ...] = ()  # others with the same natural key: perhaps the same
    mentions: tuple[str, ...] = ()  # other records that hold one of the numbers

    @property
    def living(self) -> list[StoredRecord]:
        return [r for r in (*self.family, *self.beside) if not r.dead]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What erasing a customer would do."""

    head: StoredRecord
    scope: Scope
    kept: tuple[Kept, ...]  # reasons to stop processing instead

    @property
    def act(self) -> str:
        return RESTRICTED if self.kept else ERASED


def look(exchange: Exchange, root: str) -> Found:
    """Return what erasing would do; nothing is changed. Raises: as `erase`."""
    with exchange.database.snapshot() as connection:
        return _look(exchange, connection, root)


def _look(exchange: Exchange, connection: Connection, root: str) -> Found:
    head = kept.load(connection, [root]).get(root)
    if head is not None and head.merged_into:
        raise Refused("erase.merged", into=head.merged_into)
    if head is None or head.kind != CUSTOMER:
        raise NotFound("customers.unknown", count=1, first=root[:40])
    if head.dead and _fate(connection, root) == store.ERASED:
        raise Refused("customer.erased")
    scope = scope_of(exchange, connection, {root})
    return Found(head=head, scope=scope, kept=_kept(exchange, connection, scope))


def _fate(connection: Connection, record: str) -> str:
    return kept.fates(connection, [record]).get(record, ("", None))[0]


def _kept(exchange: Exchange, connection: Connection, scope: Scope) -> tuple[Kept, ...]:
    today = business_date(parse_instant(exchange.now()))
    rules = [r.fields for r in kept.of_kind(connection, parameters.KIND, [parameters.STREAM])]
    years = parameters.value_on(rules, "retention_years", today.isoformat())
    family = [(r.kind, r.fields) for r in scope.family if not r.dead]
    return retention.kept_because(family, today, years)


# --- what there is ---


def scope_of(
    exchange: Exchange, connection: Connection, roots: Collection[str], *, mentions: bool = True
) -> Scope:
    """Find everything that is held of these customers, wherever it lies.

    Reads receipts, revisions and records through: a second of work for 20,000 customers.
    `mentions`: look into what is written of others, too.
    """
    merged = store.merged_into(connection, roots)
    family = {r.id: r for r in kept.families(connection, merged)}
    ids = {*merged, *family}
    ids |= store.unmade(connection, ids)
    beside = _beside(connection, ids)
    ids |= beside.keys()
    log = kept.load(connection, store.log_about(connection, ids))
    once = (store.once_about(connection, merged) - ids) | log.keys()
    keys = {key for r in family.values() for key in natural_keys(r.kind, r.fields)}
    twins = _twins(connection, keys, ids)
    links = {r.id: r for r in _links_to(connection, family.values(), twins) if r.id not in ids}
    numbers = _numbers(family.values()) if mentions else set()
    others = store.holding(connection, numbers) - ids - links.keys()
    return Scope(
        roots=frozenset(merged),
        family=tuple(family.values()),
        beside=(*beside.values(), *links.values()),
        ids=frozenset({*ids, *links}),
        log=tuple(log.values()),
        once=frozenset(once),
        aside=_aside(connection, exchange, {*ids, *links}, keys),
        twins=twins,
        mentions=tuple(sorted(others)),
    )


def _beside(connection: Connection, ids: Collection[str]) -> dict[str, StoredRecord]:
    """Return what hangs elsewhere and is about `ids`, and what hangs below that."""
    found: dict[str, StoredRecord] = {}
    fresh = set(ids)
    while fresh:
        named = store.notes_of(connection, store.operations_on(connection, fresh))
        named |= store.about(connection, fresh)
        new = kept.load(connection, named - found.keys() - set(ids))
        below = _below(connection, new.values())
        new.update({r.id: r for r in below if r.id not in found and r.id not in ids})
        found.update(new)
        fresh = set(new)
    return found


def _below(connection: Connection, records: Collection[StoredRecord]) -> list[StoredRecord]:
    """Return what hangs below `records`, over any number of steps."""
    members = kept.families(connection, {r.root for r in records})
    found, above = [], {r.id for r in records}
    for member in sorted(members, key=lambda r: r.rank):
        if member.parent in above and member.id not in above:
            above.add(member.id)
            found.append(member)
    return found


def _twins(
    connection: Connection, keys: Iterable[str], own: Collection[str]
) -> tuple[StoredRecord, ...]:
    held = kept.holders(connection, map(kept.key_hash, keys))
    found = kept.load(connection, {i for ids in held.values() for i in ids if i not in own})
    return tuple(r for r in found.values() if not r.dead)


def _links_to(
    connection: Connection, family: Iterable[StoredRecord], twins: Collection[StoredRecord]
) -> list[StoredRecord]:
    """Return the links of twins that say no more than whose the other customer is: this one's
    manager, and nobody else of that portfolio shares the key."""
    streams_here = {r.stream for r in family if r.parent is None}
    managers = {s.partition(":")[2] for s in streams_here}
    managers -= {twin.stream.partition(":")[2] for twin in twins}
    links = kept.links_under(connection, {twin.id for twin in twins})
    return [link for link in links if link.fields.get("other_manager") in managers]


def _numbers(family: Iterable[StoredRecord]) -> set[str]:
    """Return the numbers and addresses of a family that single it out, in the forms they have."""
    found = {
        str(value)
        for record in family
        for name in NUMBERS
        if (value := record.fields.get(name)) and _singles_out(str(value))
    }
    return found | {text[3:] for text in found if text.startswith("+86")}


def _singles_out(text: str) -> bool:
    """Tell whether a text is a number, or an address in the net: a village is shared by many."""
    return "@" in text or sum(char.isdigit() for char in text) >= LEAST_DIGITS


def _aside(
    connection: Connection, exchange: Exchange, ids: Collection[str], keys: Collection[str]
) -> dict[str, Mapping[str, Any]]:
    """Return the put-aside operations on or about these records, or that bring the same person
    anew."""
    return {
        operation: body
        for operation, body in store.put_aside(connection).items()
        if not _named_by(body).isdisjoint(ids) or not _keys_brought(body).isdisjoint(keys)
    }


def _named_by(body: Mapping[str, Any]) -> set[str]:
    """Return whom a put-aside operation names: where it belongs, and in what it says."""
    kind = str(body.get("kind"))
    about = goes_with(kind) | ({"subject"} if kind == access.KIND else set())
    said = [pair[1] for n, pair in (body.get("fields") or {}).items() if n in about]
    named = [*said, *(body.get(n) for n in ("record", "root", "parent", "into"))]
    return {each for each in named if isinstance(each, str)}


def _keys_brought(body: Mapping[str, Any]) -> set[str]:
    brought = {n: pair[1] for n, pair in (body.get("fields") or {}).items() if pair[1] is not None}
    return set(natural_keys(str(body.get("kind")), brought))


# --- doing it ---


def erase(
    exchange: Exchange, folder: Path, root: str, actor: str, reason: str, agreed: str | None = None
) -> Decided:
    """Erase a customer beyond recovery, or stop its use where a rule says to keep it.

    `agreed` is the act that whoever decides was shown.
    Raises: NotFound `customers.unknown`; Refused `erase.merged`, `customer.erased`,
    `erase.changed` where another act is due by now, `customer.restricted` where nothing has
    changed since; UserError `server.busy`; OSError.
    """
    found = look(exchange, root)
    if agreed not in (None, found.act):
        raise Refused("erase.changed")
    if found.kept and found.head.stream.startswith(ARCHIVE):
        raise Refused("customer.restricted", until=_until(found.kept) or "-")
    with exchange.database.snapshot() as connection:
        lived = store.lived_in(connection, root, exchange.now())
    decided = Decided(
        root=root,
        roots=sorted(found.scope.roots),
        act=found.act,
        at=exchange.now(),
        actor=actor,
        reason=reason,
        kept=found.kept[0].reason if found.kept else None,
        until=_until(found.kept),
        lived=lived,
    )
    _carry_out(exchange, folder, decided)
    return decided


def _until(reasons: Collection[Kept]) -> str | None:
    """Return the day from which nothing is to be kept any more; None while something is open."""
    last = max((one.until for one in reasons), default=date.min)
    return None if last in (date.min, retention.NEVER) else last.isoformat()


def _carry_out(exchange: Exchange, folder: Path, decided: Decided) -> None:
    def note(connection: Connection, scope: Scope) -> None:
        if decided.act == ERASED and _kept(exchange, connection, scope):  # since it was looked at
            raise Refused("erase.changed")
        outside.note_decided(folder, decided)
        failpoint("erase.noted")

    for _ in range(MAX_ROUNDS):
        try:
            with exchange.database.writing() as connection:
                seated = _act(exchange, connection, decided, note)
                failpoint("erase.before_commit")
            failpoint("erase.committed")
            seat_acts.count(exchange.seats, seated)
            return
        except Collided:  # another writer was first: read everything again
            continue
    raise UserError("server.busy")


def carry_out(exchange: Exchange, connection: Connection, folder: Path) -> int:
    """Make the database know all that the list outside knows; return how much it did not.

    In the caller's transaction: of a restore, or of a start.
    """
    undone = _undone(connection, outside.decided(folder))
    for decided in undone:
        _act(exchange, connection, decided)
    return len(undone)


def _undone(connection: Connection, listed: Collection[Decided]) -> list[Decided]:
    """Return what the database does not know, or does not show."""
    if not listed:
        return []
    known = store.decided(connection)
    held = kept.load(connection, {root for one in listed for root in one.roots})
    return [one for one in listed if not _is_done(one, known.get(one.root), held)]


def _is_done(decided: Decided, known: Erasure | None, records: Mapping[str, StoredRecord]) -> bool:
    if known is None or known.act != decided.act:
        return False
    living = [r for i in decided.roots if (r := records.get(i)) is not None and not r.dead]
    if decided.act == ERASED:
        return not living
    return all(r.stream.startswith(ARCHIVE) for r in living)


def _act(
    exchange: Exchange,
    connection: Connection,
    decided: Decided,
    note: Callable[[Connection, Scope], None] | None = None,
) -> frozenset[str]:
    """Do what was decided; return the activities whose seats it changed.

    `note` writes it on the list outside, before anything is done, or refuses.
    Under the locks of all streams, for the fraction of a second that it takes: an edit that names
    the customer may be on its way into any of them, and has been judged by fates that it read
    under its own lock.
    """
    at = exchange.now()
    named = {totals.id for totals in streams.read_all(connection)}
    named |= _archives(connection, decided)
    totals = streams.lock(exchange.database, connection, named)
    workspace = Workspace(
        exchange.database,
        connection,
        exchange.schema,
        frozenset(named),
        at=at,
        tokens=exchange.tokens,
    )
    scope = scope_of(exchange, connection, decided.roots, mentions=False)
    if note is not None:
        note(connection, scope)
        if not _undone(connection, [decided]):  # somebody else decided the same just now
            return frozenset()
    draft = workspace.draft()
    act = _bury_all if decided.act == ERASED else _archive
    act(draft, connection, scope, decided)
    draft.keep()
    actor = Actor(NOBODY, f"hand:{NOBODY}", server_hand=True)
    people.ensure_hand(exchange.database, connection, actor.incarnation, actor.person)
    ledger.flush(workspace, totals, actor, at)
    seated = seat_book.save_all(exchange.database, connection, workspace.books.values(), at)
    streams.save(exchange.database, connection, totals.values())
    if decided.act == ERASED:
        gone = {*scope.ids, *decided.roots}
        store.blank(exchange.database, connection, gone, scope.once, scope.aside)
    _note(exchange, connection, decided, len(scope.living))
    return seated


def _archives(connection: Connection, decided: Decided) -> set[str]:
    """Return the archives that may have to be made for those whose use stops."""
    if decided.act == ERASED:
        return set()
    held = kept.load(connection, decided.roots).values()
    return {archive_of(connection, record.stream) for record in held}


def _bury_all(draft: Draft, _: Connection, scope: Scope, decided: Decided) -> None:
    """Let every living record of the scope become a grave; no revision tells what it held."""
    draft.workspace.load(r.id for r in (*scope.living, *scope.log))
    for record in scope.living:
        _bury(draft, record, decided.at)
    for entry in scope.log:  # the chain stays whole: who, when and how much, not at whom
        copy = draft.change(draft.find(entry.id) or entry)
        copy.fields = access.erased(copy.fields)
        draft.revise(copy, new_id(), "erase", decided.at, {})
    draft.effects.rekeyed.update(r.id for r in scope.living)


def _bury(draft: Draft, record: StoredRecord, at: str) -> None:
    copy = draft.change(draft.find(record.id) or record)
    gone = {name: (value, None) for name, value in copy.fields.items()}
    copy.fields, copy.dead, copy.aside = {}, True, None
    draft.effects.causes[copy.id] = ERASED
    cause = _cause(copy, at)
    draft.revise(copy, cause.id, "erase", at, {})
    seating.follow(draft, cause, copy, gone)


def _cause(record: StoredRecord, at: str) -> Operation:
    """Return what stands in revisions for this act of the server's own."""
    return Operation(
        id=new_id(),
        number=0,
        group=new_id(),
        author=NOBODY,
        at=at,
        verb="delete",
        record=record.id,
        kind=record.kind,
        root=record.root,
        parent=record.parent,
    )


def _archive(draft: Draft, connection: Connection, scope: Scope, decided: Decided) -> None:
    """Let the family lie where nobody is granted anything, and say in it since when and why."""
    heads = [r for r in scope.family if r.kind == CUSTOMER and not r.dead and r.parent is None]
    if not heads:  # a dump from before the customer was made
        return
    target = archive_of(connection, heads[0].stream)
    links = [r for r in scope.beside if r.kind == LINK and not r.dead]
    draft.workspace.load(r.id for r in (*scope.family, *links))
    operation, day = new_id(), business_date(parse_instant(decided.at)).isoformat()
    for record in scope.family:
        copy = draft.change(draft.find(record.id) or record)
        changes: dict[str, Any] = {}
        if record in heads:
            told = {"restricted_on": day, "restricted_reason": decided.kept}
            changes = {n: (copy.fields.get(n), v) for n, v in told.items() if v is not None}
            copy.fields = {**copy.fields, **{n: v for n, (_, v) in changes.items()}}
        draft.move(copy, target)
        if not copy.dead:
            draft.effects.causes[copy.id] = "moved"
        draft.revise(copy, operation, "move", decided.at, changes)
    for link in links:  # nobody is to settle a suspicion about somebody who is not to be used
        _bury(draft, link, decided.at)


def archive_of(connection: Connection, stream: str) -> str:
    """Return the archive of the branch whose manager's portfolio `stream` is."""
    if stream.startswith(ARCHIVE):
        return stream
    owner = people.person_with(connection, stream.partition(":")[2])
    return ARCHIVE + (owner.branch if owner and owner.branch else NOBODY)


def _note(exchange: Exchange, connection: Connection, decided: Decided, records: int) -> None:
    """Keep the decision, and write the act down: ids, codes and counts."""
    erasure = Erasure(
        root=decided.root,
        act=decided.act,
        at=decided.at,
        actor=decided.actor,
        reason=decided.reason,
        until=decided.until,
        records=records,
        lived=decided.lived,
    )
    store.note(exchange.database, connection, [erasure])
    audit.note(
        connection,
        at=exchange.now(),
        actor=decided.actor,
        action=f"customer.{decided.act}",
        subject=decided.root,
        facts={"reason": decided.reason, "kept": decided.kept, "records": records},
    )
