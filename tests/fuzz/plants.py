"""Planted bugs: each breaks one rule of docs/sync-protocol.md, in the process that keeps it.

They live here and nowhere else; the product knows nothing of them.
"""

from __future__ import annotations

PLANTS = {}  # name: (which side, what breaks it)

# What a run is made rich in when it looks for a planted bug.
_MOVES = {"move": 16, "deputise": 8, "end_deputy": 6}
_SEATS = {
    "shared_slot": 3,
    "activity": 3,
    "want_seats": 8,
    "invite": 18,
    "yes": 24,
    "clone": 4,
    "withdraw": 4,
}
MIXES = {
    "departure-wins": _MOVES,
    "cursor-first": {"killed_sync": 25, "hand_edit": 12},
    "kept-cursor": _MOVES,
    "echo-clobber": {"typing_sync": 30, "hand_edit": 20},
    "forget-early": {"backup_server": 6, "restore_server": 5},
    "orphan-blocks-queue": {"orphan": 8},
    "unsealed-outbox": _MOVES,
    "stale-stream": {"overlap": 40},
    "late-digest": {"overlap": 40},
    "blind-replay": {"bad_sync": 30},
    "receipt-after": {"server_killed_sync": 25},
    "grave-robber": {"delete": 12},
    "whole-group-diverted": {"group": 25, **_MOVES},
    "seat-twice": _SEATS,
    "unread-delete": {"delete": 16, "child": 20},
}


def planted(side):
    """Register a function as the bug of its name."""

    def register(function):
        PLANTS[function.__name__.replace("_", "-")] = (side, function)
        return function

    return register


def plant(side, name):
    """Break the rule `name` in this process, if it is one of this side."""
    if name and PLANTS[name][0] == side:
        PLANTS[name][1]()


# -- on the laptop ----------------------------------------------------------------------------


@planted("laptop")
def departure_wins():
    """`newer-only`: a departure applies whatever version is held."""
    from desktop.storage import pages

    merge = pages.Pages._merge

    def _merge(self, stream, entries, **how):
        known = self._known(entries)
        forced = []
        for entry in entries:
            held = known.get(entry[1], pages._UNKNOWN)[0]
            is_old = entry[6] is None and entry[3] <= held
            forced.append([*entry[:3], held + 1, *entry[4:]] if is_old else entry)
        return merge(self, stream, forced, **how)

    pages.Pages._merge = _merge


@planted("laptop")
def cursor_first():
    """`page-cursor`: the cursor is stored in a transaction of its own, before the rows."""
    from desktop.storage import pages
    from desktop.sync import pull

    apply = pull._apply

    def _apply(session, page, *more):
        with session.store.transaction() as tx:
            cursors = tx._pages._cursors
            before = cursors.get(page.stream)
            cursors.put(pages._moved(before, page))
        pull.failpoint("page.before_commit")
        with session.store.transaction() as tx:
            tx._pages._cursors.put(before)
        return apply(session, page, *more)

    pull._apply = _apply


@planted("laptop")
def kept_cursor():
    """`purge-cursor`: rows of a lost stream go, its cursor stays."""
    from desktop.storage import cursors

    cursors.Cursors.drop = lambda self, stream: None


@planted("laptop")
def echo_clobber():
    """`rebase`: what comes from the server is shown as it is, over edits that still wait."""
    from dataclasses import replace

    from desktop.storage import pages

    merge = pages.Pages._merge

    def _merge(self, stream, entries, **how):
        applied = merge(self, stream, entries, **how)
        ids = [entry[1] for entry in entries if entry[6] is not None]
        came = [c for c in self._layers.shadows(ids).values() if c.hash is not None]
        self._layers.put_views(replace(copy, hash=None) for copy in came)
        return applied

    pages.Pages._merge = _merge


@planted("laptop")
def forget_early():
    """`retain`: what has come back is forgotten, whether a backup holds it or not."""
    from desktop.storage import outbox

    def release(self, safe, settled_before):
        self._connection.exec_driver_sql("DELETE FROM op WHERE state = 'echoed'")

    outbox.Outbox.release = release


@planted("laptop")
def unsealed_outbox():
    """`seal`: operations of customers who have left stay in the outbox in clear."""
    from desktop.storage import outbox

    outbox.Outbox.seal = lambda self, family, seal_key: 0


@planted("laptop")
def orphan_blocks_queue():
    """`later-waits`: what waits is not passed over; the queue ends where it stands."""
    from desktop.storage import sync_store

    number_page = sync_store.SqlSyncTransaction.number_page

    def blocked(self, max_operations, max_bytes, waiting):
        page = number_page(self, max_operations, max_bytes, set())
        if waiting.isdisjoint(operation.record for operation in page):
            return page
        self.unnumber()
        return []

    sync_store.SqlSyncTransaction.number_page = blocked


# -- at the server ----------------------------------------------------------------------------


@planted("server")
def stale_stream():
    """`locked-write`: what was read before the streams were locked is not read again."""
    import threading
    from itertools import chain

    from server.exchange import accept, workspace
    from server.store import records

    early = threading.local()
    streams_of, load = accept._streams_of, workspace.Workspace.load

    def _streams_of(connection, actor, operations):
        early.records = records.load(connection, chain.from_iterable(o.ids for o in operations))
        return streams_of(connection, actor, operations)

    def load_early(self, ids):
        known = getattr(early, "records", {})
        wanted = list(ids)
        self._keep(known[i] for i in wanted if i in known)
        load(self, wanted)

    accept._streams_of = _streams_of
    workspace.Workspace.load = load_early


@planted("server")
def late_digest():
    """`one-snapshot`: head and digest of a page are read after its rows."""
    from server.exchange import read
    from server.store import records, streams

    def totals_of(database, stream):
        with database.snapshot() as connection:
            return streams.read(connection, [stream]).get(stream, streams.Totals(stream))

    def log_page(database, stream, after, limit):
        with database.snapshot() as connection:
            rows = records.log_page(connection, stream, after, limit)
        read.failpoint("page.counted")
        totals = totals_of(database, stream)
        more = len(rows) == limit and rows[-1].number < totals.head
        following = rows[-1].number if more else max(after, totals.head)
        entries = (read._log_entry(row) for row in rows)
        return read._page(totals, entries, next_=str(following).encode(), more=more)

    read.log_page = log_page


@planted("server")
def blind_replay():
    """`op-once`: an operation that is known already is applied again."""
    from server.exchange import accept
    from server.store import people, tables

    def add_receipts(database, connection, rows):
        database.upsert(connection, tables.receipt, rows)

    accept._known = lambda connection, actor, page: accept._Known({}, {})
    accept._fresh = lambda page, settled, done: list(page)
    people.add_receipts = add_receipts


@planted("server")
def receipt_after():
    """`receipt-with-effect`: receipts follow in a transaction of their own."""
    import threading

    from server.exchange import accept
    from server.store import people

    late = threading.local()
    add, update, whole = people.add_receipts, people.update_incarnation, accept.Exchange.accept

    def add_receipts(database, connection, rows):
        late.todo.append(lambda c: add(database, c, rows))

    def update_incarnation(connection, incarnation_id, **values):
        if "done" not in values:
            return update(connection, incarnation_id, **values)
        return late.todo.append(lambda c: update(c, incarnation_id, **values))

    def accept_and_then(self, actor, page, **how):
        late.todo = []
        accepted = whole(self, actor, page, **how)
        with self.database.writing() as connection:
            for write in late.todo:
                write(connection)
        return accepted

    people.add_receipts, people.update_incarnation = add_receipts, update_incarnation
    accept.Exchange.accept = accept_and_then


@planted("server")
def last_writer():
    """`field`: whoever comes last wins, whatever was there."""
    from dataclasses import replace

    from server.exchange import judge

    lay_over = judge.Judge._lay_over

    def _lay_over(self, op, record, *, merged):
        fits = {name: (record.fields.get(name), new) for name, (_, new) in op.fields.items()}
        return lay_over(self, replace(op, fields=fits), record, merged=False)

    judge.Judge._lay_over = _lay_over


@planted("server")
def grave_robber():
    """`grave`: the row of what has died is removed."""
    import sqlalchemy as sa

    from server.exchange import ledger
    from server.store import tables

    flush = ledger.flush

    def flush_and_forget(workspace, totals, actor, at):
        flush(workspace, totals, actor, at)
        record = tables.record.c
        dead = sa.and_(record.dead, record.id.in_(list(workspace.touched)))
        workspace.connection.execute(sa.delete(tables.record).where(dead))

    ledger.flush = flush_and_forget


@planted("server")
def whole_group_diverted():
    """`by-root`: what happens to one customer of a group happens to all of them."""
    from server.exchange import accept, applying
    from server.exchange.judge import Judge

    judged = applying.Application._judge

    def by_group(operations):
        runs = {}
        for op in operations:
            runs.setdefault(op.group, []).append(op)
        return list(runs.values())

    def _judge(self, judge, workspace, unit, late):
        probe = Judge(workspace.draft(), self.actor)
        try:
            outcomes = {probe.settle(op).outcome for op in unit}
        except applying.Refused:
            outcomes = set()
        if "diverted" not in outcomes or len(unit) == 1:
            return judged(self, judge, workspace, unit, late)
        judge.draft = draft = workspace.draft()
        results = {}
        stranger = next(op for op in unit if probe.settle(op).outcome == "diverted")
        for op in unit:
            about = draft.find(stranger.record) or draft.find(op.record)
            results[op.id] = judge._divert(op, about, about.stream)
        draft.keep()
        return results

    accept.units = by_group
    applying.Application._judge = _judge


@planted("server")
def seat_twice():
    """`slot-once`: a slot is honoured as often as somebody names it."""
    from server.exchange import seat_book, seating

    slot = seating.Seating._slot

    def _slot(self, op, activity, book):
        claim = slot(self, op, activity, book)
        if claim.what != "spent":
            return claim
        return seating.Claim("slot", seating._brought(op, seating.LEASE), None)

    confirm = seat_book.Book.confirm

    def confirmed(self, record, operation, lease, slot):
        return confirm(self, record, operation, lease if slot else None, slot)

    seating.Seating._slot = _slot
    seat_book.Book.confirm = confirmed


@planted("server")
def unread_delete():
    """`delete-sees`: a delete removes what its author has not seen."""
    from dataclasses import replace

    from server.exchange import judge

    delete = judge.Judge._delete

    def _delete(self, op):
        record = self.draft.find(op.record)
        if record is None or record.dead:
            return delete(self, op)
        doomed = self._with_descendants(record)
        seen = judge.seen_hash((r.id, r.kind, r.parent, r.fields) for r in doomed)
        return delete(self, replace(op, seen=seen))

    judge.Judge._delete = _delete
