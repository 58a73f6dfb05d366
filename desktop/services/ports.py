"""What use cases and the sync engine ask of the replica, as Protocols, and the values between.

Adapters fill them: `desktop.storage` the replica, `desktop.sync` the exchange. Nothing here
knows SQL or HTTP. Field values are wire values (`crm.domain.kind.Value`); None is "empty".
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from crm.domain.consent import Statement
from crm.domain.kind import Fields, Schema
from desktop.services.list_values import Lists
from desktop.services.progress import Progress
from desktop.services.removals import Allowance

# What was said, and the customers who said just that.
Alike = tuple[tuple[Statement, ...], list[str]]
Clock = Callable[[], datetime]  # aware; used for labels on edits, never to decide anything
Entry = Sequence[Any]  # as on the wire: number, id, kind, version, parent, root, fields, aside


# --- what a manager sees -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One record as the manager sees it, edits not yet sent included."""

    id: str
    kind: str
    parent: str | None
    root: str
    stream: str
    version: int  # of the server's copy; 0: the server has none yet
    fields: Fields
    waiting: bool = False  # has edits that have not come back from the server


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxLine:
    """One operation in the outbox, as a list of it shows."""

    seq: int
    id: str
    record: str
    kind: str
    verb: str
    at: str
    state: str  # queued, sent, settled, echoed, aside, let_go
    outcome: str | None
    version: int | None
    reason: str | None
    fields: Mapping[str, Sequence[object]]
    facts: Mapping[str, object] = field(default_factory=dict)  # of a refusal
    root: str = ""  # whose it is, as it was saved


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What one sync came to, or several in a row in which nothing happened."""

    at: str  # by the server's clock; "" where it never answered
    outcome: str
    counts: Mapping[str, int]
    heads: Mapping[str, int]
    facts: Mapping[str, object] = field(default_factory=dict)  # of the error, where it was one
    lines: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # root: {outcome: count}
    times: int = 1
    since: str = ""  # of the first of several
    place: int | None = None  # in the chain, from 1; None: not chained yet
    dropped: bool = False  # its text was dropped, being old


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptQuery:
    """Which receipts to find; everything given must fit."""

    limit: int = 20
    since: datetime | None = None
    until: datetime | None = None  # the first moment that is too late
    outcomes: Collection[str] | None = None
    not_outcomes: Collection[str] | None = None
    counted: Collection[str] = ()  # names of counts above 0
    not_counted: Collection[str] = ()
    roots: Collection[str] | None = None  # with an edit of one of these customers


@dataclass(frozen=True, slots=True)
class ChainTip:
    """How long the chain of receipts is, and its head (32 bytes)."""

    length: int
    head: bytes


@dataclass(frozen=True, slots=True)
class ChainTold:
    """What the server last said of the chain: what it holds, and whether ours follows on it."""

    length: int
    head: bytes
    fits: bool


@dataclass(frozen=True, slots=True)
class ChainFault:
    """A place in the chain (from 1; 0: none) that does not fit.

    `what`: missing, header, text, lines, head, loose (not in the chain at all), server.
    """

    place: int
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainReport:
    """What computing the chain anew came to."""

    length: int
    head: bytes
    dropped: int  # receipts whose text was dropped, being old
    faults: tuple[ChainFault, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What stood in a form when it was last kept; `record` is "" for one that is not yet."""

    form: str
    record: str
    values: Mapping[str, str]
    saved_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One field that the server changed in a record that was here already."""

    record: str
    field: str
    old: object
    new: object
    version: int
    at: str  # when it came
    own: bool  # an edit of this laptop that came back


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Seats of an activity that this incarnation may give away until a moment."""

    id: str
    activity: str
    slots: Sequence[str]  # those that the server counts as free
    until: str
    token: str  # the server's signed word, carried with each yes


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeSlot:
    """One leased seat that was not given away."""

    lease: str
    slot: str
    until: str
    token: str


class Consents(Protocol):
    """What customers said about being contacted; each call is one or two looks at the replica."""

    def said(self, purpose: str, ids: Collection[str] | None = None) -> list[Alike]: ...
    def special(
        self, young_from: str, ids: Collection[str] | None = None
    ) -> dict[str, Mapping[str, object]]: ...
    def means(self, ids: Collection[str]) -> dict[str, Mapping[str, object]]: ...
    def of(self, customer: str) -> list[Statement]: ...
    def rules(self) -> list[dict[str, object]]: ...


class Reader(Protocol):
    """One snapshot of the replica."""

    @property
    def lists(self) -> Lists: ...
    @property
    def consents(self) -> Consents: ...
    def get(self, record_id: str) -> Held: ...
    def family(self, root: str) -> tuple[Held, ...]: ...
    def customers(self, *, after: str = "", limit: int = 100) -> tuple[Held, ...]: ...
    def children(self, parent: str, kind: str) -> tuple[Held, ...]: ...
    def tasks_due(self, until: str) -> tuple[Held, ...]: ...
    def open_conflicts(self) -> tuple[Held, ...]: ...
    def with_values(self, kind: str, **values: object) -> tuple[Held, ...]: ...
    def outbox(self, record_id: str | None = None) -> tuple[OutboxLine, ...]: ...
    def elsewhere(self) -> tuple[OutboxLine, ...]: ...
    def refused(self) -> tuple[OutboxLine, ...]: ...
    def outbox_states(self, record_ids: Collection[str]) -> dict[str, dict[str, int]]: ...
    def receipts(self, limit: int = 20) -> tuple[Receipt, ...]: ...
    def find_receipts(self, query: ReceiptQuery) -> tuple[Receipt, ...]: ...
    def verify_receipts(self) -> ChainReport: ...
    def access_entries(self, author: str, limit: int) -> tuple[Held, ...]: ...
    def find(self, query: str, limit: int = 50) -> list[Any]: ...
    def outbox_of(self, record_ids: Collection[str]) -> tuple[OutboxLine, ...]: ...
    def memberships(self, customer: str) -> tuple[Held, ...]: ...
    def customers_with(self, id_number: str | None, phone: str | None) -> tuple[Held, ...]: ...
    def customers_by_id(self, ids: Collection[str]) -> tuple[Held, ...]: ...
    def received(self, record_id: str) -> tuple[Received, ...]: ...
    def draft(self, form: str, record: str) -> Draft | None: ...
    def drafts(self) -> tuple[Draft, ...]: ...
    def viewed(self) -> tuple[str, ...]: ...
    def free_slots(self, activity: str) -> tuple[FreeSlot, ...]: ...
    def slot_until(self, operation: str) -> str | None: ...


class UnitOfWork(Reader, Protocol):
    """One writing transaction. Leaving the block without `commit` undoes it."""

    def commit(self) -> None: ...
    def create(
        self,
        kind: str,
        fields: Mapping[str, object],
        *,
        parent: str | None = None,
        home: str | None = None,
        record_id: str | None = None,
    ) -> str: ...
    def edit(self, record_id: str, changes: Mapping[str, object]) -> str | None: ...
    def delete(self, record_id: str) -> str: ...
    def group(self) -> AbstractContextManager[None]: ...
    def let_go(self, operation_id: str) -> None: ...
    def take_back(self, operation_id: str) -> None: ...
    def moment(self) -> str: ...
    def saved_groups(self) -> tuple[str, ...]: ...
    def operations_of(self, groups: Collection[str]) -> tuple[Operation, ...]: ...
    def withdrawable(self, groups: Collection[str]) -> frozenset[str]: ...
    def withdraw(self, groups: Collection[str]) -> None: ...
    def save_draft(self, form: str, record: str, values: Mapping[str, str]) -> None: ...
    def drop_draft(self, form: str, record: str) -> None: ...
    def note_viewed(self, customer: str) -> None: ...
    def seat(self, record_id: str, answer: str, carried: Mapping[str, str]) -> str: ...
    def use_slot(self, slot: FreeSlot, operation: str) -> None: ...
    def want_seats(self, activity: str, slots: int) -> None: ...
    def put_mark(self, mark: str) -> None: ...
    def log_access(self, fields: Mapping[str, object]) -> str: ...


ReaderFactory = Callable[[], AbstractContextManager[Reader]]
UowFactory = Callable[[], AbstractContextManager[UnitOfWork]]


# --- what the sync engine exchanges with the replica ---------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who this replica is to its server. Kept inside the encrypted replica."""

    server_url: str
    server_key: str  # base64 of the server's Ed25519 key, pinned at enrolment
    token: str = field(repr=False)
    enrolment: str
    user: str
    name: str
    branch: str | None
    role: str
    practice: bool
    incarnation: str
    baton: str
    next_baton: str | None = None  # proposed, and not known to be accepted
    epoch: str | None = None
    acked: int = 0  # highest operation number whose receipt is stored
    safe: int = 0  # done in the oldest restorable backup of the server
    seal_key: str = ""  # base64: what leaves with its customer is sealed to it; "" not known yet
    ca_file: str | None = None  # of the bank's own certificate authority
    fork_of: str | None = None  # this incarnation is new, and the server may not know it yet
    reread: bool = False  # the next hello tells which streams are to be read anew
    copied: bool = False  # of a backup: becomes a new incarnation before it says anything

    def but(self, **changes: Any) -> Identity:
        return replace(self, **changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamState:
    """How far this replica has read one stream, and what it holds of it."""

    stream: str
    number: int = -1  # -1 until a baseline scan has ended
    scan: str | None = None  # position of the scan under way
    base: int | None = None  # the stream's head when that scan began
    baselining: bool = False  # rows that the baseline has not brought are still held
    fresh: bool = False  # the stream was empty when the scan began
    live: int = 0
    digest: int = 0
    writable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """A stream as the server's hello tells of it."""

    head: int
    live: int
    digest: int
    floor: int
    write: bool
    moved: int = 0  # records that were moved or merged away behind the cursor: signed


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation as it goes over the wire."""

    id: str
    number: int
    group: str
    author: str
    at: str
    verb: str
    record: str
    kind: str
    root: str
    parent: str | None
    home: str | None
    stream: str  # where the laptop believes the record lies; stays on the laptop
    fields: Mapping[str, Sequence[object]]
    seen: str | None = None
    into: str | None = None
    copy: Mapping[str, object] | None = None  # the record as last seen; once it came back `later`
    sealed: str | None = None  # all of this but the header, for the server alone (`seal`)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one operation."""

    id: str
    number: int
    outcome: str
    version: int | None
    reason: str | None
    facts: Mapping[str, object] | None = None  # of a refusal
    confirmation: str | None = None  # of a yes that has its seat: the server's signed word


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One reply to a pull, with what was asked for."""

    stream: str
    after: int | None  # the cursor that was asked from; or
    scan: str | None  # the position in a baseline scan
    entries: Sequence[Entry]
    next: int | str
    more: bool
    head: int
    live: int
    digest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What a page, a repair or a purge changed in the server layer."""

    put: frozenset[str] | None = None  # None: a first load, too many to name
    received: int = 0
    removed: frozenset[str] = frozenset()
    roots: tuple[str, ...] = ()  # of what a repair has put or removed, one a record


class Damage(Protocol):
    """What recomputing all that is stored has found."""

    @property
    def records(self) -> Mapping[str, Collection[str]]: ...  # ids to be brought anew, by stream
    @property
    def count(self) -> int: ...


class Chain(Protocol):
    """A chain of which each sync tells the head: of receipts, or of the access log."""

    def tip(self) -> ChainTip: ...
    def told(self) -> ChainTold | None: ...
    def links_after(self, length: int) -> tuple[bytes, ...]: ...
    def head_at(self, length: int) -> bytes | None: ...
    def tell(self, told: ChainTold) -> None: ...


class SyncTransaction(Protocol):
    """One writing transaction of the engine. It commits when its block ends without error."""

    def identity(self) -> Identity: ...
    def put_identity(self, identity: Identity) -> None: ...
    def fork(self) -> Mapping[str, str]: ...

    # streams
    def streams(self) -> dict[str, StreamState]: ...
    def grant(self, granted: Mapping[str, Granted]) -> None: ...
    def purge(self, stream: str) -> Applied: ...
    def start_scan(self, stream: str) -> StreamState: ...
    def reread(self, granted: Mapping[str, Granted]) -> None: ...
    def apply(self, page: Page, allowance: Allowance | None = None) -> Applied: ...
    def end_pull(self) -> None: ...
    def prepare_load(self, coming: int) -> bool: ...
    def make_ready(self) -> None: ...

    # outbox
    def unsent(self) -> int: ...
    def number_page(
        self, max_operations: int, max_bytes: int, waiting: set[str]
    ) -> list[Operation]: ...
    def number_behind(
        self, last: int, max_operations: int, max_bytes: int, waiting: set[str]
    ) -> list[Operation]: ...
    def settle(self, results: Sequence[Result], acked: int, at: str) -> None: ...
    def unnumber(self) -> None: ...
    def set_aside(self, operation_ids: Iterable[str], reason: str, at: str) -> list[Operation]: ...
    def release(self, safe: int, settled_before: str) -> None: ...
    def server_versions(self, records: Mapping[str, str]) -> dict[str, int]: ...
    def own_versions(self, records: Collection[str]) -> dict[str, list[int]]: ...

    # comparing
    def tidy(self) -> None: ...
    def sums(self, stream: str) -> list[int]: ...
    def recount(self, stream: str) -> StreamState: ...
    def repair(
        self,
        stream: str,
        buckets: Collection[int],
        entries: Sequence[Entry],
        allowance: Allowance | None = None,
    ) -> Applied: ...
    def repair_records(
        self,
        stream: str,
        entries: Sequence[Entry],
        absent: Collection[str],
        allowance: Allowance | None = None,
    ) -> Applied: ...
    def held(self, stream: str, buckets: Collection[int]) -> list[tuple[str, bytes]]: ...
    def rehash(self, progress: Progress) -> Damage: ...

    # leaving
    def asked(self) -> dict[str, tuple[int, int]]: ...
    def keep_asked(self, asked: Mapping[str, tuple[int, int]]) -> None: ...
    def last_mark(self) -> int: ...
    def let_go(self, until: int | None) -> int: ...
    def owes_wipe(self) -> bool: ...
    def wiped(self) -> None: ...
    def statements(self, limit: int) -> list[dict[str, str]]: ...
    def stated(self, roots: Collection[str], at: str, body: bytes, signature: str) -> None: ...

    # seats and time
    def leases_wanted(self) -> dict[str, int]: ...
    def put_leases(self, asked: Collection[str], leases: Iterable[Lease]) -> None: ...
    def put_mark(self, mark: str) -> None: ...

    # receipts
    def add_receipt(self, receipt: Receipt) -> None: ...
    @property
    def receipt_chain(self) -> Chain: ...
    @property
    def access_chain(self) -> Chain: ...


class SyncStore(Protocol):
    """The replica as the engine sees it."""

    @property
    def schema(self) -> Schema: ...

    def transaction(
        self, stop: Progress | None = None
    ) -> AbstractContextManager[SyncTransaction]: ...
    def loading(self) -> AbstractContextManager[None]: ...
    def wipe(self) -> bool: ...
