"""The server's tables, as `docs/sync-protocol.md` needs them.

Records of every kind share one table: the server never translates fields, so
a record is kept as the canonical JSON that was hashed. `server.exchange` is
the only writer of record, stream, stream_log, revision, receipt and fate.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id(name: str = "id", **more: Any) -> sa.Column[str]:
    return sa.Column(name, sa.Text, **more)


server_state = sa.Table(
    "server_state",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("epoch", sa.Text, nullable=False),
    sa.Column("frozen_until", sa.Text),
    sa.Column("practice", sa.Boolean, nullable=False),
    sa.Column("schema_version", sa.Integer, nullable=False),
    sa.Column("fingerprint", sa.Text),  # of the database that the epoch began in
)

stream = sa.Table(
    "stream",
    metadata,
    _id(primary_key=True),
    sa.Column("head", sa.BigInteger, nullable=False),
    sa.Column("live", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("floor", sa.BigInteger, nullable=False),
)

stream_log = sa.Table(
    "stream_log",
    metadata,
    _id("stream", primary_key=True),
    _id("record", primary_key=True),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("gone", sa.Boolean, nullable=False),
    sa.Column("cause", sa.Text),
    sa.Index(None, "stream", "number", unique=True),  # gapless, by the stream's lock
    sa.Index(None, "record"),
)

record = sa.Table(
    "record",
    metadata,
    _id(primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("rank", sa.SmallInteger, nullable=False),
    _id("root", nullable=False),
    _id("parent"),
    _id("stream", nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.LargeBinary),
    sa.Column("dead", sa.Boolean, nullable=False),
    _id("merged_into"),
    sa.Column("fields", sa.Text, nullable=False),  # canonical JSON; "{}" when dead
    sa.Column("aside", sa.Text),
    sa.Index(None, "stream", "rank", "id"),
    sa.Index(None, "root"),
)

natural_key = sa.Table(
    "natural_key",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),  # hash of the key: no second copy of a number
    _id("record", primary_key=True),
    sa.Column("basis", sa.Text, nullable=False),
    sa.Index(None, "record"),
)

revision = sa.Table(
    "revision",
    metadata,
    _id("record", primary_key=True),
    sa.Column("version", sa.BigInteger, primary_key=True),
    _id("operation", nullable=False),
    sa.Column("verb", sa.Text, nullable=False),
    _id("author", nullable=False),
    _id("incarnation", nullable=False),
    sa.Column("made_at", sa.Text, nullable=False),  # the author's clock: shown, never trusted
    sa.Column("accepted_at", sa.Text, nullable=False),
    sa.Column("changes", sa.Text, nullable=False),
)

receipt = sa.Table(
    "receipt",
    metadata,
    _id("operation", primary_key=True),
    _id("incarnation", nullable=False),
    sa.Column("number", sa.BigInteger, nullable=False),
    _id("record", nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("version", sa.BigInteger),
    sa.Column("reason", sa.Text),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("facts", sa.Text),  # of a refusal: JSON
    sa.Index(None, "incarnation", "number"),
)

fate = sa.Table(
    "fate",
    metadata,
    _id("record", primary_key=True),
    sa.Column("outcome", sa.Text, nullable=False),
    _id("anchor"),
)

quarantine = sa.Table(
    "quarantine",
    metadata,
    _id("operation", primary_key=True),
    _id("incarnation", nullable=False),
    _id("author", nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
)

person = sa.Table(
    "person",
    metadata,
    _id(primary_key=True),  # also the id of the staff record
    sa.Column("login", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    _id("branch"),
    sa.Column("password", sa.Text, nullable=False),  # argon2id
    sa.Column("must_change", sa.Boolean, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
)

enrolment = sa.Table(
    "enrolment",
    metadata,
    _id(primary_key=True),
    _id("person", nullable=False),
    sa.Column("device", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # active, retired, lost, replaced
    sa.Column("token", sa.Text, nullable=False, unique=True),  # SHA-256 of the token
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("ended_at", sa.Text),  # told to destroy everything; of a retired one, it agreed
    sa.Column("revoked_at", sa.Text),  # declared retired, or lost, or replaced by a recovery
    _id("revoked_by"),  # person; null: the keeper of the server
    _id("replaces"),  # the enrolment that a recovery ended for this one: the same computer
    sa.Index(None, "person"),
    sa.Index(None, "replaces"),
)

incarnation = sa.Table(
    "incarnation",
    metadata,
    _id(primary_key=True),
    _id("enrolment"),  # null: the server's own hand of a person
    _id("person", nullable=False),
    sa.Column("baton", sa.Text),
    sa.Column("done", sa.BigInteger, nullable=False),
    sa.Column("safe", sa.BigInteger, nullable=False),
    sa.Column("acked", sa.BigInteger, nullable=False),
    sa.Column("unsent", sa.BigInteger, nullable=False),
    sa.Column("chain_head", sa.Text),
    sa.Column("seen_at", sa.Text),
    _id("fork_of"),
    sa.Column("at", sa.Text),
    sa.Index(None, "enrolment"),
)

chain_head = sa.Table(
    "chain_head",  # append-only: what laptops said of their chains of receipts
    metadata,
    _id("incarnation", primary_key=True),
    sa.Column("place", sa.BigInteger, primary_key=True),
    sa.Column("length", sa.BigInteger, nullable=False),
    sa.Column("head", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("fits", sa.Boolean, nullable=False),  # it follows on the last one that did
)

access_head = sa.Table(
    "access_head",  # append-only: what laptops said of their chains of the access log
    metadata,
    _id("incarnation", primary_key=True),
    sa.Column("place", sa.BigInteger, primary_key=True),
    sa.Column("length", sa.BigInteger, nullable=False),
    sa.Column("head", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("fits", sa.Boolean, nullable=False),
)

access_link = sa.Table(
    "access_link",  # append-only: the commitments that lead to the heads that followed
    metadata,
    _id("incarnation", primary_key=True),
    sa.Column("place", sa.BigInteger, primary_key=True),  # in the chain, from 1
    sa.Column("commitment", sa.Text, nullable=False),
)

stream_grant = sa.Table(
    "stream_grant",
    metadata,
    _id(primary_key=True),
    _id("person", nullable=False),
    _id("stream", nullable=False),
    sa.Column("write", sa.Boolean, nullable=False),
    sa.Column("since", sa.Text, nullable=False),
    sa.Column("until", sa.Text),  # closed, never deleted
    sa.Index(None, "person"),
)

lease = sa.Table(
    "lease",
    metadata,
    _id(primary_key=True),
    _id("activity", nullable=False),
    _id("incarnation", nullable=False),
    _id("person", nullable=False),
    sa.Column("slots", sa.Text, nullable=False),  # JSON {slot: free, used, returned, reclaimed}
    sa.Column("until", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # open, ended
    sa.Index(None, "activity"),
    sa.Index(None, "state", "until"),
)

seat = sa.Table(
    "seat",  # who sits, to whom a seat is offered, who waits
    metadata,
    _id("record", primary_key=True),  # the invitation, even if no such record came to be
    _id("activity", nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # confirmed, offered, waiting
    sa.Column("ahead", sa.Boolean, nullable=False),  # was told a firm yes: before all others
    sa.Column("ticket", sa.BigInteger, nullable=False),  # place in the queue of the activity
    _id("lease"),
    sa.Column("slot", sa.Text),
    _id("operation"),  # the yes that it was confirmed for
    sa.Column("until", sa.Text),  # of an offer
    sa.Index(None, "activity"),
    sa.Index(None, "operation"),
    sa.Index(None, "state", "until"),
)

seat_event = sa.Table(
    "seat_event",  # append-only: what became of the seats, in the order of the activity's lock
    metadata,
    _id("activity", primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True),
    sa.Column("what", sa.Text, nullable=False),
    _id("record"),
    _id("lease"),
    sa.Column("slot", sa.Text),
    _id("operation"),
    sa.Column("at", sa.Text, nullable=False),
)

seat_synced = sa.Table(
    "seat_synced",  # devices that have brought everything since this epoch began (`freeze`)
    metadata,
    _id("enrolment", primary_key=True),
    sa.Column("epoch", sa.Text, nullable=False),
)

purge = sa.Table(
    "purge",  # what laptops stated to have removed beyond recovery; "*" is everything
    metadata,
    _id("incarnation", primary_key=True),
    _id("root", primary_key=True),
    sa.Column("at", sa.Text, primary_key=True),  # by the laptop's clock
    sa.Column("told_at", sa.Text, nullable=False),
    sa.Index(None, "root"),
)

erasure = sa.Table(
    "erasure",  # who was erased, and whose processing was stopped; also in DIR/erasures.jsonl
    metadata,
    _id("root", primary_key=True),
    sa.Column("act", sa.Text, nullable=False),  # erased, restricted
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),  # a code
    sa.Column("until", sa.Text),  # of one restricted: the day from which it may be erased
    sa.Column("records", sa.BigInteger, nullable=False),
    sa.Column("lived", sa.Text, nullable=False),  # JSON {stream: when it left}
)

repair = sa.Table(
    "repair",  # append-only: what `verify --repair` put right
    metadata,
    _id(primary_key=True),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False),  # content, hash, place, entry, totals
    _id("stream", nullable=False),
    _id("record"),
)

audit = sa.Table(
    "audit",  # append-only: what people did beside editing records; `server.store.audit` writes it
    metadata,
    _id(primary_key=True),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),  # dotted words
    _id("subject"),
    sa.Column("facts", sa.Text, nullable=False),  # JSON: ids, codes, counts, moments; no values
    sa.Index(None, "at"),
    sa.Index(None, "subject"),
)

recovery = sa.Table(
    "recovery",  # requests of people who forgot a passphrase, and what became of them
    metadata,
    _id(primary_key=True),
    _id("enrolment", nullable=False),
    _id("person", nullable=False),
    sa.Column("device", sa.Text, nullable=False),
    sa.Column("sealed", sa.Text, nullable=False),  # the replica's key, to our key; "" once closed
    sa.Column("reply_key", sa.Text, nullable=False),  # X25519, base64: the answer is sealed to it
    sa.Column("claim", sa.Text, nullable=False),  # SHA-256 of the secret that the laptop kept
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # recoveries.STATES
    sa.Column("at", sa.Text, nullable=False),
    _id("decided_by"),
    sa.Column("decided_at", sa.Text),
    sa.Column("granted_at", sa.Text),
    _id("incarnation"),  # the one that it was granted to
    _id("made"),  # the enrolment that it was granted
    sa.Column("answer", sa.Text),  # sealed to reply_key; for an hour
    sa.Index(None, "enrolment"),
    sa.Index(None, "state"),
)

statement = sa.Table(
    "statement",  # append-only: what ended devices were told and said, signed by this server
    metadata,
    _id(primary_key=True),
    _id("enrolment", nullable=False),
    sa.Column("what", sa.Text, nullable=False),  # told, destroyed, handed_in
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("token", sa.Text, nullable=False),  # server.exchange.tokens
    sa.Index(None, "enrolment"),
)
