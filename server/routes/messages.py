"""The messages of `docs/sync-protocol.md` as the OpenAPI page shows them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from crm.domain.kind import ID
from crm.records.chain import MOST_LINKS

Nonce = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{16,64}$")]
Uuid = Annotated[str, Field(pattern=f"^{ID.pattern}$")]
StreamId = Annotated[
    str, Field(pattern=r"^(bank|(branch|portfolio|cases|activity):[0-9a-f-]{36})$")
]
# As a laptop may have heard it, from a newer server or one that lied: unknown ones are passed over.
StreamName = Annotated[str, Field(pattern=r"^[a-z]{1,20}(:[0-9a-z-]{1,40})?$")]
Hex256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
ChainHead = Annotated[str, Field(max_length=120, pattern=r"^[A-Za-z0-9+/=_:-]*$")]
Hex128 = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
BucketNumber = Annotated[int, Field(ge=0, le=255)]
Number = Annotated[int, Field(ge=0, le=2**53 - 1)]
# No store takes NUL in a text.
BASE64 = r"^[A-Za-z0-9+/]*={0,2}$"
ShortText = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^\x00]*$")]
Password = Annotated[str, Field(min_length=1, max_length=256)]
Moment = Annotated[str, Field(pattern=r"^[0-9-]{10}T[0-9:]{8}\.[0-9]{3}Z\[[+-][0-9:]{5}\]$")]
Token = Annotated[str, Field(max_length=120, pattern=r"^[A-Za-z0-9+/=_-]*$")]


class Message(BaseModel):
    """What grows is ignored by older servers: unknown members pass."""

    model_config = ConfigDict(strict=True, extra="ignore")


class Request(Message):
    protocol: int
    schema_: Annotated[int, Field(alias="schema")]
    incarnation: Uuid
    nonce: Nonce


class EnrolRequest(Message):
    protocol: int
    schema_: Annotated[int, Field(alias="schema")]
    nonce: Nonce
    login: ShortText
    password: Password
    new_password: Password | None = None
    device: ShortText
    incarnation: Uuid
    baton: Uuid


class Reply(Message):
    nonce: Nonce
    epoch: str
    done: Number
    time: str


class EnrolReply(Reply):
    enrolment: Uuid
    token: str
    user: Uuid
    name: str
    branch: Uuid | None
    role: str
    practice: bool
    server_key: str
    seal_key: str


class IncarnationRequest(Request):
    """`incarnation` is the new one; `fork_of` the one that ends with it on this laptop."""

    baton: Uuid
    fork_of: Uuid | None = None


class LeaseWanted(Message):
    """How many free seats of an activity a laptop wants to hold."""

    activity: Uuid
    slots: Annotated[int, Field(ge=0, le=1000)]


class PurgeMessage(Message):
    """A root that left the laptop beyond recovery, or "*": everything is about to go."""

    root: Annotated[str, Field(pattern=rf"^({ID.pattern}|\*)$")]
    at: Moment


class HelloRequest(Request):
    baton: Uuid
    next_baton: Uuid
    epoch: Token | None = None
    acked: Number
    cursors: dict[StreamName, Annotated[int, Field(ge=-1, le=2**53 - 1)]] = {}
    unsent: Number
    chain_head: ChainHead | None = None
    chain_links: Annotated[list[Hex256], Field(max_length=MOST_LINKS)] = []
    access_head: ChainHead | None = None
    access_links: Annotated[list[Hex256], Field(max_length=MOST_LINKS)] = []
    purges: Annotated[list[PurgeMessage], Field(max_length=5000)] = []
    leases_wanted: Annotated[list[LeaseWanted], Field(max_length=50)] = []


class Lease(Message):
    """Seats that a laptop may give away with no network, until a moment."""

    id: Uuid
    activity: Uuid
    slots: list[str]
    until: str
    token: str


class StreamState(Message):
    head: Number
    live: Number
    digest: Hex128
    floor: Number
    write: bool
    moved: Number


class ChainState(Message):
    stored: str | None
    fits: bool | None


class HelloReply(Reply):
    verdict: Literal["go", "fork", "upgrade", "destroy", "retire"]
    streams: dict[str, StreamState]
    safe: Number
    leases: list[Lease]
    backoff_s: Annotated[int, Field(ge=0)]
    seal_key: str
    chain: ChainState | None
    access: ChainState | None  # as `chain`, of the log of access
    purged: list[str]


class OperationMessage(Message):
    """What is wrong in here refuses its group, not the page (`bisect`); ids must be ids."""

    id: Uuid
    number: Annotated[int, Field(ge=1, le=2**53 - 1)]
    group: Uuid
    author: Uuid
    at: str
    verb: str
    record: Uuid
    kind: str
    root: Uuid
    parent: str | None = None
    home: str | None = None
    fields: dict[str, Annotated[list[Any], Field(min_length=2, max_length=2)]] = {}
    seen: str | None = None
    into: str | None = None
    last_copy: Annotated[dict[str, Any] | None, Field(alias="copy")] = None
    sealed: str | None = None


class PushRequest(Request):
    operations: Annotated[list[OperationMessage], Field(max_length=500)]


class OperationResult(Message):
    id: Uuid
    number: Number
    outcome: Literal[
        "applied", "nothing", "conflict", "diverted", "quarantined", "refused", "later"
    ]
    version: int | None
    reason: str | None
    facts: dict[str, Any] | None = None  # of a refusal: what its text needs
    confirmation: str | None = None  # of a `seat` operation that has its seat; else absent


class PushReply(Reply):
    results: list[OperationResult]


class PullRequest(Request):
    stream: StreamId
    limit: Annotated[int, Field(ge=1, le=5000)] = 5000
    after: Number | None = None
    scan: Annotated[str, Field(pattern=r"^([0-9]{1,3}:[0-9a-f-]{36})?$")] | None = None
    knows: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=20)] = []


class PullReply(Reply):
    stream: StreamId
    entries: list[list[Any]]
    next: int | str
    more: bool
    head: Number
    live: Number
    digest: Hex128


class CheckRequest(Request):
    """First `sums` and `buckets: []`; then `buckets` and what is `held` of them, in pieces."""

    stream: StreamId
    sums: Annotated[list[Hex128], Field(min_length=256, max_length=256)] | None = None
    buckets: Annotated[list[BucketNumber], Field(max_length=256)] | None = None
    held: Annotated[dict[Uuid, Hex128], Field(max_length=5000)] = {}
    after: Uuid | None = None
    until: Uuid | None = None


class CheckReply(Reply):
    stream: StreamId
    head: Number
    live: Number
    digest: Hex128
    buckets: list[int]
    absent: list[Uuid]
    more: bool
    next: Uuid | None
    entries: list[list[Any]]


class RecoveryRequest(Message):
    """A person forgot the passphrase of a computer. `sealed`: its replica's key, to our key;
    `sealed_next`: of the key that a change cut short was about to give it."""

    protocol: int
    schema_: Annotated[int, Field(alias="schema")]
    nonce: Nonce
    login: ShortText
    password: Password
    enrolment: Uuid
    device: ShortText
    sealed: Annotated[str, Field(max_length=400, pattern=BASE64)]
    sealed_next: Annotated[str, Field(max_length=400, pattern=BASE64)] | None = None
    reply_key: Annotated[str, Field(max_length=60, pattern=BASE64)]
    claim: Hex256


class RecoveryReply(Reply):
    """`code`: six digits that the person and the branch lead compare."""

    request: Uuid
    code: str
    state: Literal["waiting"]


class RecoveryClaim(Message):
    """`secret`: that of which the request told the SHA-256."""

    protocol: int
    schema_: Annotated[int, Field(alias="schema")]
    nonce: Nonce
    request: Uuid
    secret: Hex256
    incarnation: Uuid
    baton: Uuid


class RecoveryOutcome(Reply):
    """`sealed`: once it is granted, the answer, to the reply key."""

    state: Literal["waiting", "refused", "granted", "superseded", "expired"]
    code: str
    sealed: str | None


class PasswordRequest(Message):
    nonce: Nonce
    login: ShortText
    password: Password
    new_password: Password


class ErrorDetail(Message):
    code: str
    facts: dict[str, Any]


class ErrorReply(Message):
    error: ErrorDetail
    nonce: str | None
    epoch: str | None
    done: int | None
    time: str


class PingRequest(Message):
    nonce: Nonce


class PingReply(Reply):
    service: Literal["yizhan"]
    protocol: int
    schema_: Annotated[int, Field(alias="schema")]
    practice: bool
