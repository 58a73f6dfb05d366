"""One writing transaction of the sync engine. Fills `services.ports.SyncTransaction`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import sqlalchemy as sa

from crm.domain.ids import new_id
from desktop.services.ports import (
    Applied,
    Chain,
    Clock,
    Entry,
    Granted,
    Identity,
    Lease,
    Operation,
    Page,
    Receipt,
    Result,
    StreamState,
)
from desktop.services.progress import Progress
from desktop.services.removals import Allowance
from desktop.storage import search_port
from desktop.storage.access import AccessChain
from desktop.storage.checking import Checking, Damage
from desktop.storage.cursors import Cursors
from desktop.storage.drafts import Drafts
from desktop.storage.forking import drop_leases, requeue_all, reread
from desktop.storage.history import Recording
from desktop.storage.layers import SEARCHED, Layers
from desktop.storage.leaving import Departures
from desktop.storage.list_indexes import LIST_INDEX, create_list_indexes
from desktop.storage.marks import forget_before, put_mark
from desktop.storage.migrations import create_root_index
from desktop.storage.outbox import STATE_OF_OUTCOME, Outbox, wire_bytes
from desktop.storage.own_state import OwnState
from desktop.storage.pages import Pages
from desktop.storage.receipts import Receipts
from desktop.storage.search_state import SearchState
from desktop.storage.seats import Seats
from desktop.storage.tables import ASIDE_STATE, QUEUED, Tables

_ASKED = "removals_asked"
FOLLOWS = "record.refused"  # the reason of what hangs on a record that was set aside
LET_GO_DAYS = 90
BULK = 5_000  # records from which on an index is better built afterwards


class SqlSyncTransaction:
    """What the engine reads and writes. Every rule about layers is kept below this."""

    def __init__(
        self, connection: sa.Connection, tables: Tables, search: SearchState, clock: Clock
    ) -> None:
        self._connection = connection
        self._tables = tables
        self._search, self._clock = search, clock
        self._own = OwnState(connection)
        self._outbox = Outbox(connection)
        self._cursors = Cursors(connection, tables)
        self._layers = Layers(connection, tables, self._outbox)
        self._drafts = Drafts(connection, tables)
        self._receipts = Receipts(connection)
        self._seats = Seats(connection)
        self._recording = Recording(connection, tables, self._layers, self._outbox, clock)
        self._departures = Departures(connection, tables, self._outbox, self._layers, clock)
        self._pages = Pages(
            connection,
            tables,
            self._outbox,
            self._cursors,
            self._layers,
            self._recording,
            self._departures,
        )
        self._checking = Checking(connection, tables, self._cursors)

    def close(self) -> None:
        """Bring the search index up to date with what was written; the block is about to commit."""
        if self._pages.touched is not None:
            self._search.update(self._pages.touched.ids)

    # --- identity ---

    def identity(self) -> Identity:
        return self._own.identity()

    def put_identity(self, identity: Identity) -> None:
        self._own.put_identity(identity)

    def fork(self) -> dict[str, str]:
        """Become a new incarnation; return {id: outcome} of what waits again and had one.

        The epoch is learnt anew with the next reply, the streams with the next hello (`reread`).
        """
        requeued = requeue_all(self._connection)
        drop_leases(self._connection)
        identity = self.identity()
        self.put_identity(
            identity.but(
                incarnation=new_id(),
                baton=new_id(),
                next_baton=None,
                fork_of=identity.incarnation,
                epoch=None,
                acked=0,
                safe=0,
                reread=True,
                copied=False,
            )
        )
        return requeued

    # --- streams ---

    def tidy(self) -> None:
        """Take out what damage has left where streams are kept."""
        self._cursors.tidy()

    def streams(self) -> dict[str, StreamState]:
        return self._cursors.all()

    def grant(self, granted: Mapping[str, Granted]) -> None:
        self._cursors.grant(granted)

    def purge(self, stream: str) -> Applied:
        return self._left(self._pages.purge(stream))

    def start_scan(self, stream: str) -> StreamState:
        return self._pages.start_scan(stream)

    def reread(self, granted: Mapping[str, Granted]) -> None:
        """Read anew what is not equal to what was told, if a fork has asked for it."""
        identity = self.identity()
        if identity.reread:
            reread(self._cursors, self._pages, granted)
            self.put_identity(identity.but(reread=False))

    def apply(self, page: Page, allowance: Allowance | None = None) -> Applied:
        """Apply a page. Raises: AskFirst where it takes more than `allowance` lets go."""
        stale = self._search.stale
        if stale:
            self._pages.touched = None  # it is rebuilt: nobody needs their names
        with self._pages.within(allowance):
            applied = self._left(self._pages.apply(page))
        if stale and self._searched_are_in(page):
            self._search.make_ready()
        return applied

    def _searched_are_in(self, page: Page) -> bool:
        """Tell whether a scan has come behind all that is searched, and no other is to come.

        Then the index need not wait for the rest. Should more come all the same, it is kept up.
        """
        if page.scan is None or not page.entries:
            return False
        rank = self._tables.schema.rank
        if rank(page.entries[-1][2]) <= max(map(rank, search_port.SEARCHED)):
            return False
        return not any(
            state.number < 0 for name, state in self._cursors.all().items() if name != page.stream
        )

    def end_pull(self) -> None:
        """A complete pull has ended: what is settled is no longer laid over (`pull-writes`).

        What has not come back from anywhere has left, and its drafts with it (`seal`).
        """
        records = self._outbox.settled_records()
        if records:
            self._outbox.echo_all()
            self._rebase(records)
            self._departures.mark_absent(records)
        self._recording.prune()

    # --- leaving ---

    def asked(self) -> dict[str, tuple[int, int]]:
        """Return (records held, records gone) of streams that wait for the person's word."""
        return {name: (held, gone) for name, (held, gone) in self._own.get(_ASKED, {}).items()}

    def keep_asked(self, asked: Mapping[str, tuple[int, int]]) -> None:
        self._own.put(_ASKED, dict(asked))

    def last_mark(self) -> int:
        """Return the number of the newest departure; 0 where there is none."""
        return self._departures.last_mark()

    def let_go(self, until: int | None) -> int:
        """Let roots leave that went and did not turn up elsewhere; return how many (`seal`).

        `until`: the last mark that was there when the streams, all read since, were described;
        None where nothing was to be read.
        """
        gone = self._departures.let_go(until, self.identity().seal_key)
        if self._pages.touched is not None:
            self._pages.touched.ids.update(gone)
        if until is None:  # else somebody may be on the way from one stream to another
            self._drafts.drop_strays()
            self._receipts.forget_strays(self._tables)
        return len(gone)

    def owes_wipe(self) -> bool:
        return self._departures.owes_wipe()

    def wiped(self) -> None:
        self._departures.wiped()

    def statements(self, limit: int) -> list[dict[str, str]]:
        return self._departures.statements(limit)

    def stated(self, roots: Collection[str], at: str, body: bytes, signature: str) -> None:
        self._departures.stated(roots, at, body, signature)

    def prepare_load(self, coming: int) -> bool:
        """Tell whether so much is coming that indexes are better built afterwards.

        If so, the search index is left behind from now on (see SearchState).
        """
        held = sum(state.live for state in self._cursors.all().values())
        if coming <= max(held, BULK):
            return False
        self._search.mark_stale()
        self._pages.touched = None
        return True

    def make_ready(self) -> None:
        """Build what a first load has left for its end."""
        self._make_indexes()
        self._search.make_ready()

    def _make_indexes(self) -> None:
        """Make what is missing; one look tells in most syncs that nothing is."""
        rows = self._connection.exec_driver_sql("SELECT name FROM sqlite_master")
        there = {row[0] for row in rows}
        for table in self._tables.kinds.values():
            if table.root_index and table.root_index not in there:
                create_root_index(self._connection, table)
        if LIST_INDEX not in there:
            create_list_indexes(self._connection)

    # --- outbox ---

    def unsent(self) -> int:
        return self._outbox.unsent()

    def number_page(
        self, max_operations: int, max_bytes: int, waiting: set[str]
    ) -> list[Operation]:
        """Return the next operations to send, numbered (`in-order`); whole groups.

        What left before without an answer leaves again first, under the same numbers.
        Records in `waiting` stay in the queue, and so does whatever shares a group with
        them; `waiting` grows by the records of such groups (`later-waits`).
        """
        sent = self._outbox.sent()
        if sent:
            return _cut(_groups(sent), max_operations, max_bytes, set())
        page = _cut(self._outbox.queued_groups(), max_operations, max_bytes, waiting)
        return self._outbox.number(page, self.identity().acked + 1)

    def number_behind(
        self, last: int, max_operations: int, max_bytes: int, waiting: set[str]
    ) -> list[Operation]:
        """Return the operations to send behind number `last`, numbered; as `number_page`."""
        sent = self._outbox.sent(behind=last)
        if sent:
            return _cut(_groups(sent), max_operations, max_bytes, set())
        page = _cut(self._outbox.queued_groups(), max_operations, max_bytes, waiting)
        return self._outbox.number(page, last + 1)

    def settle(self, results: Sequence[Result], acked: int, at: str) -> None:
        """Store outcomes and `acked`; refused operations are set aside, `later` ones requeued.

        `at` is the server's time, so that no clock of the laptop decides what is retained.
        """
        by_state: dict[str, list[Result]] = {}
        for result in results:
            by_state.setdefault(STATE_OF_OUTCOME[result.outcome], []).append(result)
        self._put_back(by_state.pop(QUEUED, []))
        for state, of_state in by_state.items():
            self._outbox.settle(of_state, state, at)
        self._outbox.keep_proofs(results)
        self.put_identity(self.identity().but(acked=acked))
        # What is settled stays laid over, so that most views stay as they are.
        aside = self._outbox.records_of([result.id for result in by_state.get(ASIDE_STATE, [])])
        self._rebase(aside | self._echo_known([result.id for result in results]))

    def _echo_known(self, operation_ids: Collection[str]) -> dict[str, str]:
        """End the laying over of outcomes whose copy is here already; return {record: kind}."""
        records = self._outbox.records_of(operation_ids)
        here = self._outbox.settled_by(records, self._layers.versions(records))
        self._outbox.echo(here.items())
        return {record: records[record] for record in here}

    def _put_back(self, later: Sequence[Result]) -> None:
        """Requeue what waits, with its record as seen now: should the server give it up one day,
        whoever looks at it sees what it was about, even if the record is gone by then (`later`).
        """
        self._outbox.requeue(later)
        records = self._outbox.records_of([result.id for result in later])
        seen = self._layers.served(records) | self._layers.viewed(records)
        self._outbox.keep_copies({record: copy.fields for record, copy in seen.items()})

    def unnumber(self) -> None:
        self._outbox.unnumber()

    def set_aside(self, operation_ids: Iterable[str], reason: str, at: str) -> list[Operation]:
        """Take operations out of the queue that the server will never take.

        The server knows no fate of them, so what hangs on them goes with them, with the reason
        that it follows (`fate`); returned are those others.
        """
        ids = list(operation_ids)
        followers = self._outbox.followers(ids)
        reasons = dict.fromkeys((op.id for op in followers), FOLLOWS) | dict.fromkeys(ids, reason)
        results = [
            Result(id=i, number=0, outcome="refused", version=None, reason=said)
            for i, said in reasons.items()
        ]
        self._outbox.settle(results, ASIDE_STATE, at)
        self._outbox.forget_numbers(reasons)
        self._rebase(self._outbox.records_of(reasons))
        return followers

    def release(self, safe: int, settled_before: str) -> None:
        self._outbox.release(safe, settled_before)
        self._outbox.drop_let_go(forget_before(self._connection, self._clock, LET_GO_DAYS))

    def server_versions(self, records: Mapping[str, str]) -> dict[str, int]:
        """Return the versions that the server layer has of `records` ({id: kind})."""
        return self._layers.versions(records)

    def own_versions(self, records: Collection[str]) -> dict[str, list[int]]:
        return self._outbox.own_versions(records)

    # --- comparing ---

    def sums(self, stream: str) -> list[int]:
        return self._checking.sums(stream)

    def recount(self, stream: str) -> StreamState:
        """Add a stream's totals up again and return its state."""
        self._cursors.recount(stream)
        return self._cursors.all()[stream]

    def repair(
        self,
        stream: str,
        buckets: Collection[int],
        entries: Sequence[Entry],
        allowance: Allowance | None = None,
    ) -> Applied:
        """Repair buckets. Raises: AskFirst where it takes more than `allowance` lets go."""
        with self._pages.within(allowance):
            return self._left(self._pages.repair(stream, buckets, entries))

    def repair_records(
        self,
        stream: str,
        entries: Sequence[Entry],
        absent: Collection[str],
        allowance: Allowance | None = None,
    ) -> Applied:
        """As `repair`, record by record."""
        with self._pages.within(allowance):
            return self._left(self._pages.repair_records(stream, entries, absent))

    def held(self, stream: str, buckets: Collection[int]) -> list[tuple[str, bytes]]:
        return self._checking.held(stream, buckets)

    def rehash(self, progress: Progress) -> Damage:
        """Recompute what is stored; lay one's own edits over their records again."""
        damage = self._checking.rehash(progress)
        self._rebase(damage.dirty)
        if self._pages.touched is not None:
            for record in damage.asides:
                self._pages.touched.add(SEARCHED, record, record)
        return damage

    # --- seats and time ---

    def leases_wanted(self) -> dict[str, int]:
        return self._seats.wanted()

    def put_leases(self, asked: Collection[str], leases: Iterable[Lease]) -> None:
        self._seats.told(asked, leases)

    def put_mark(self, mark: str) -> None:
        put_mark(self._connection, mark)

    # --- receipts ---

    def add_receipt(self, receipt: Receipt) -> None:
        """Write a receipt down; its lines of customers who left in this sync go with the next."""
        self._receipts.add(receipt)
        self._receipts.note_left(receipt.lines.keys() - self._departures.present(receipt.lines))

    @property
    def receipt_chain(self) -> Chain:
        return self._receipts.chain

    @property
    def access_chain(self) -> Chain:
        return AccessChain(self._connection)

    def _left(self, applied: Applied) -> Applied:
        self._receipts.note_left(applied.removed)
        return applied

    def _rebase(self, records: Mapping[str, str]) -> None:
        if not records:
            return
        self._layers.rebase(records)
        self._pages.touch_records(records)


def _groups(operations: Sequence[Operation]) -> list[list[Operation]]:
    """Return operations in order, by group; only neighbours belong together."""
    groups: list[list[Operation]] = []
    for operation in operations:
        if groups and groups[-1][0].group == operation.group:
            groups[-1].append(operation)
        else:
            groups.append([operation])
    return groups


def _cut(
    groups: Iterable[list[Operation]], max_operations: int, max_bytes: int, waiting: set[str]
) -> list[Operation]:
    """Return the first groups that fit; one group always does."""
    page: list[Operation] = []
    size = 0
    for group in groups:
        if waiting and not waiting.isdisjoint(operation.record for operation in group):
            waiting.update(operation.record for operation in group)
            continue
        size += sum(map(wire_bytes, group))
        if page and (len(page) + len(group) > max_operations or size > max_bytes):
            break
        page += group
    return page
