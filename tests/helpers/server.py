"""A central server for tests: a store of either kind, people, laptops, and what must always hold.

Everything is real: the migrated store, the exchange, the grants. A laptop here is only what the
server sees of one: an incarnation that makes numbered operations.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from crm.domain.ids import new_id
from crm.domain.instants import instant_text
from crm.domain.kind import Schema
from crm.domain.kinds import SCHEMA
from crm.records.canonical import seen_hash
from crm.records.keys import natural_keys
from server.exchange import epoch, handover, read
from server.exchange.accept import Accepted, Exchange
from server.exchange.actors import Actor
from server.exchange.hand import Hand
from server.exchange.operations import FINAL, Operation, Result
from server.store import people, schema
from server.store import records as store
from server.store import tables as t
from server.store.database import Database
from server.store.records import StoredRecord
from tests.helpers.clocks import FakeClock
from tests.helpers.postgres import PostgresServer

STORES = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql))
CUSTOMER = "customer"


# -- stores --------------------------------------------------------------------


@pytest.fixture(scope="session")
def sqlite_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A migrated SQLite database; tests use it in turn."""
    path = tmp_path_factory.mktemp("server") / "server.db"
    yield from _opened(f"sqlite:///{path}")


@pytest.fixture(scope="session")
def postgresql_database(postgresql_server: PostgresServer) -> Iterator[Database]:
    """A migrated PostgreSQL database; tests use it in turn."""
    yield from _opened(postgresql_server.url(postgresql_server.create_database()))


def _opened(url: str) -> Iterator[Database]:
    database = Database(url)
    if database.is_sqlite:
        sa.event.listen(database.engine, "connect", _hasten)
    schema.upgrade(database)
    yield database
    database.dispose()


def _hasten(connection: sqlite3.Connection, _: object) -> None:
    # A power cut is not among what these tests are about.
    connection.execute("PRAGMA synchronous=OFF")


@pytest.fixture(params=STORES)
def database(request: pytest.FixtureRequest) -> Database:
    """A database of each kind, holding a server on which nobody is."""
    held: Database = request.getfixturevalue(f"{request.param}_database")
    emptied(held)
    return held


def emptied(held: Database) -> None:
    """Take everything out of a database; a server on which nobody is begins in it."""
    with held.writing() as connection:
        for table in t.metadata.sorted_tables:
            connection.execute(sa.delete(table))
    epoch.begin(held, practice=True, schema_version=SCHEMA.version)


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    """A server with nobody on it. Whatever a test does, the invariants must hold after it."""
    yield World(database)
    check_invariants(database)


@pytest.fixture
def postgresql_world(postgresql_database: Database) -> Iterator[World]:
    """As `world`, for what can only happen where writers run side by side."""
    emptied(postgresql_database)
    yield World(postgresql_database)
    check_invariants(postgresql_database)


# -- people and what they do ------------------------------------------------------


def portfolio(person: str) -> str:
    return f"portfolio:{person}"


class World:
    """One server: its exchange, its clock, and shortcuts to what it holds."""

    def __init__(self, database: Database, kinds: Schema = SCHEMA) -> None:
        self.database = database
        self.clock = FakeClock()
        self.sealing_key = X25519PrivateKey.generate()
        self.exchange = Exchange(
            database, kinds, lambda: instant_text(self.clock.now()), self.sealing_key
        )
        self.branch = new_id()

    def person(self, role: str = "manager", password: str = "-") -> str:
        """Return the id of a new person; a manager keeps a portfolio."""
        person = new_id()
        with self.database.writing() as connection:
            people.add_person(
                connection,
                id=person,
                login=f"p{person[-12:]}",
                name="Made Up",
                role=role,
                branch=self.branch,
                password=password,
                must_change=False,
                active=True,
            )
        self.grant(person, "bank", write=False)
        if role == "manager":
            self.grant(person, portfolio(person))
        return person

    def grant(self, person: str, stream: str, *, write: bool = True) -> None:
        with self.database.writing() as connection:
            people.add_grant(
                connection,
                id=new_id(),
                person=person,
                stream=stream,
                write=write,
                since=self.exchange.now(),
                until=None,
            )

    def end_grant(self, person: str, stream: str) -> None:
        with self.database.writing() as connection:
            people.close_grant(connection, person, stream, self.exchange.now())

    def laptop(self, person: str | None = None) -> Laptop:
        """Return a new incarnation, of a new manager unless told whose."""
        return Laptop(self, person or self.person())

    def hand(self) -> Hand:
        return Hand(self.exchange)

    def move(self, root: str, to_stream: str) -> int:
        """Hand a family over, as the server does."""
        return handover.move_family(self.exchange, self.hand().actor, root, to_stream)

    def find(self, record: str) -> StoredRecord | None:
        with self.database.snapshot() as connection:
            return store.load(connection, [record]).get(record)

    def record(self, record: str) -> StoredRecord:
        found = self.find(record)
        assert found is not None, "the record is not there"
        return found

    def family(self, root: str) -> list[StoredRecord]:
        with self.database.snapshot() as connection:
            return store.family(connection, root)

    def below(self, record: str, kind: str) -> list[StoredRecord]:
        """Return the living children of a kind."""
        members = self.family(self.record(record).root)
        return [m for m in members if m.parent == record and m.kind == kind and not m.dead]

    def conflicts(self, record: str) -> list[StoredRecord]:
        """Return the living conflicts that concern a record, wherever they hang."""
        with self.database.snapshot() as connection:
            found = store.of_kind(connection, "conflict")
        return [c for c in found if c.fields["record"] == record]

    def inbox(self, record: str) -> list[StoredRecord]:
        return self.below(record, "inbox_item")

    def live(self, stream: str, kind: str | None = None) -> list[StoredRecord]:
        """Return the living records of a stream."""
        where = [t.record.c.stream == stream, sa.not_(t.record.c.dead)]
        if kind:
            where.append(t.record.c.kind == kind)
        with self.database.snapshot() as connection:
            ids = connection.execute(sa.select(t.record.c.id).where(*where)).scalars().all()
            return list(store.load(connection, ids).values())

    def seen(self, record: str) -> str:
        """Return the hash that a laptop with everything on its screen sends with a delete."""
        members = {m.id: m for m in self.family(self.record(record).root) if not m.dead}
        shown = [m for m in members.values() if _is_below(m, record, members)]
        return seen_hash((m.id, m.kind, m.parent, m.fields) for m in shown)

    def quarantined(self) -> list[str]:
        """Return the ids of operations that were put aside."""
        with self.database.snapshot() as connection:
            return [str(row["operation"]) for row in people.quarantined(connection)]

    def receipt(self, operation: str) -> dict[str, Any] | None:
        with self.database.snapshot() as connection:
            found = people.receipts(connection, [operation]).get(operation)
        return dict(found) if found else None


def _is_below(member: StoredRecord, top: str, members: dict[str, StoredRecord]) -> bool:
    place: StoredRecord | None = member
    while place is not None and place.id != top:
        place = members.get(place.parent or "")
    return place is not None


@dataclass
class Laptop:
    """One incarnation of a person. Makes operations, gives them numbers, pushes them."""

    world: World
    person: str
    incarnation: str = field(default_factory=new_id)
    sent: int = 0  # the highest number given

    def __post_init__(self) -> None:
        with self.world.database.writing() as connection:
            people.add_incarnation(
                connection,
                id=self.incarnation,
                enrolment=None,
                person=self.person,
                baton=new_id(),
            )

    @property
    def actor(self) -> Actor:
        """The person with the grants of this moment."""
        with self.world.database.snapshot() as connection:
            grants = tuple(people.grants(connection, self.person))
        return Actor(self.person, self.incarnation, grants)

    @property
    def home(self) -> str:
        return portfolio(self.person)

    # what a laptop saves

    def operation(self, verb: str, record: str, **more: Any) -> Operation:
        """Return an operation that is not numbered yet."""
        made = Operation(
            id=new_id(),
            number=0,
            group=new_id(),
            author=self.person,
            at=instant_text(self.world.clock.now()),
            verb=verb,
            record=record,
            kind=CUSTOMER,
            root=record,
        )
        return replace(made, **more)

    def customer(self, home: str | None = None, **fields: Any) -> Operation:
        """Return the create of a customer; its id is in `record`."""
        fields = {"name": "Made Up", **fields}
        return self.operation(
            "create", new_id(), home=home or self.home, fields=_brought(fields), kind=CUSTOMER
        )

    def child(self, parent: Operation | StoredRecord, kind: str, **fields: Any) -> Operation:
        """Return the create of a child of a record, or of what an operation creates."""
        above = parent.record if isinstance(parent, Operation) else parent.id
        return self.operation(
            "create", new_id(), kind=kind, parent=above, root=parent.root, fields=_brought(fields)
        )

    def tag(self, parent: Operation | StoredRecord, label: str = "tea") -> Operation:
        return self.child(parent, "tag", label=label)

    def edit(self, what: Operation | StoredRecord, **changes: tuple[Any, Any]) -> Operation:
        """Return an edit: each field as (base, new)."""
        record = what.record if isinstance(what, Operation) else what.id
        return self.operation("edit", record, kind=what.kind, root=what.root, fields=changes)

    def delete(self, what: Operation | StoredRecord, seen: str | None = None) -> Operation:
        """Return a delete by somebody who sees all that the server holds, unless told what."""
        record = what.record if isinstance(what, Operation) else what.id
        return self.operation(
            "delete",
            record,
            kind=what.kind,
            root=what.root,
            seen=seen or self.world.seen(record),
        )

    def restore(self, what: Operation | StoredRecord, **fields: Any) -> Operation:
        record = what.record if isinstance(what, Operation) else what.id
        return self.operation(
            "restore", record, kind=what.kind, root=what.root, fields=_brought(fields)
        )

    def merge(self, loser: str, survivor: str) -> Operation:
        return self.operation("merge", loser, into=survivor)

    # and how it is sent

    def numbered(self, operations: Sequence[Operation]) -> list[Operation]:
        """Give the next numbers to those that have none yet (`in-order`)."""
        page = []
        for op in operations:
            if op.number == 0:
                self.sent += 1
                op = replace(op, number=self.sent)  # noqa: PLW2901 - the page holds the new one
            page.append(op)
        return page

    def send(self, page: Sequence[Operation]) -> Accepted:
        """Push operations that have their numbers."""
        return self.world.exchange.accept(self.actor, page)

    def push(self, *operations: Operation) -> list[Result]:
        """Number operations and push them as one page."""
        accepted = self.send(self.numbered(operations))
        return [result for _, result in accepted.results]

    def outcomes(self, *operations: Operation) -> list[str]:
        """Push operations and return their outcomes."""
        return [result.outcome for result in self.push(*operations)]

    def saved(self, **fields: Any) -> StoredRecord:
        """Create a customer at the server and return it."""
        created = self.customer(**fields)
        assert self.outcomes(created) == ["applied"]
        return self.world.record(created.record)


def _brought(fields: dict[str, Any]) -> dict[str, tuple[None, Any]]:
    return {name: (None, value) for name, value in fields.items()}


def grouped(*operations: Operation) -> list[Operation]:
    """Return the operations as one user action."""
    group = new_id()
    return [replace(op, group=group) for op in operations]


# -- what must always hold ---------------------------------------------------------


def check_invariants(database: Database) -> None:
    """Fail unless totals follow from content and every live record is found by its reader."""
    _, faults = read.verify(database)
    assert not faults, faults
    with database.snapshot() as connection:
        records = {r.id: r for r in connection.execute(sa.select(t.record))}
        entries = list(connection.execute(sa.select(t.stream_log)))
        heads = dict(connection.execute(sa.select(t.stream.c.id, t.stream.c.head)).all())
        keys = list(connection.execute(sa.select(t.natural_key)))
        receipts = list(connection.execute(sa.select(t.receipt)))
        done = dict(connection.execute(sa.select(t.incarnation.c.id, t.incarnation.c.done)).all())
        made = set(connection.execute(sa.select(t.revision.c.record, t.revision.c.version)).all())
    _check_log(records, entries, heads)
    _check_families(records)
    _check_keys(database, records, keys)
    missing = [r.kind for r in records.values() if (r.id, r.version) not in made]
    assert not missing, f"no revision tells who wrote {missing}"
    for receipt in receipts:
        assert receipt.outcome in FINAL | {"later"}
        assert receipt.number <= done[receipt.incarnation], "a receipt above `done`"


def _check_log(records: dict[str, Any], entries: list[Any], heads: dict[str, int]) -> None:
    puts = {(e.stream, e.record): e for e in entries if not e.gone}
    live = {(r.stream, r.id): r for r in records.values() if not r.dead}
    assert puts.keys() == live.keys(), "a live record has exactly one put, in its own stream"
    for place, entry in puts.items():
        assert entry.version == live[place].version, "the put tells another version"
    for entry in entries:
        assert 1 <= entry.number <= heads[entry.stream]
        assert entry.version <= records[entry.record].version


def _check_families(records: dict[str, Any]) -> None:
    for record in records.values():
        assert record.stream == records[record.root].stream, "a child lies where its root lies"
        if record.parent:
            assert record.root == records[record.parent].root, "a child has its parent's root"
        else:
            assert record.root == record.id


def _check_keys(database: Database, records: dict[str, Any], keys: list[Any]) -> None:
    with database.snapshot() as connection:
        living = [r.id for r in records.values() if r.kind == CUSTOMER and not r.dead]
        customers = store.load(connection, living).values()
    owed = {(store.key_hash(k), r.id) for r in customers for k in natural_keys(r.kind, r.fields)}
    assert {(row.key, row.record) for row in keys} == owed
