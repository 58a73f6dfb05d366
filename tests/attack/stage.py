"""A server with two branches, everybody who may stand before it, marked records everywhere.

The store, the application and the grants are the product's own; passwords are cheap ones. A
record's mark says in which stream it lies, so that a reply tells by itself what it gives away.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from argon2 import PasswordHasher

from crm.domain.ids import new_id
from crm.domain.instants import instant_text
from crm.domain.kinds import SCHEMA
from server.app import create_app
from server.exchange import accounts, epoch, revoking
from server.exchange.hand import Hand
from server.routes.service import Service
from server.store import people, schema
from server.store import settings as server_settings
from server.store import tables as t
from server.store.database import Database
from tests.attack.inside import Asgi, Inside
from tests.helpers.http_server import Device
from tests.helpers.server import Laptop, World, check_invariants

PASSWORD = "a good word 5"
STREAM_TABLES = (t.record, t.stream, t.stream_log)
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
BRANCH_OF = {"lead_b": "b", "officer_b": "b", "manager_b": "b"}  # everybody else is of "a"
ROLE_OF = {
    "manager": "manager",
    "colleague": "manager",  # whose portfolio is nobody's business
    "manager_b": "manager",
    "deputy": "manager",
    "ended_deputy": "manager",
    "lead": "branch_lead",
    "lead_b": "branch_lead",
    "officer": "complaint_officer",
    "officer_b": "complaint_officer",
    "administrator": "administrator",
}


@dataclass
class Stage:
    """The server, its people by what they are called here, and their devices."""

    site: Inside
    people: dict[str, str] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    devices: dict[str, Device] = field(default_factory=dict)
    marked: dict[str, str] = field(default_factory=dict)  # stream: a root in it
    marks: dict[str, str] = field(default_factory=dict)  # stream: the word in all its records

    @property
    def asgi(self) -> Asgi:
        assert self.site.asgi is not None
        return self.site.asgi

    @property
    def database(self) -> Database:
        return self.site.world.database

    def home(self, who: str) -> str:
        return f"portfolio:{self.people[who]}"

    @cached_property
    def streams(self) -> dict[str, str]:
        """Each stream that there is, by a name that says whose."""
        named = {"bank": "bank"}
        for letter, branch in self.branches.items():
            named[f"branch_{letter}"] = f"branch:{branch}"
        return named | {f"of_{who}": self.home(who) for who in ROLE_OF}

    def device(self, who: str) -> Device:
        """Return a fresh device of somebody, enrolled without a password."""
        laptop = Laptop(self.site.world, self.people[who])
        return Device(self.site, laptop)

    def foreign_marks(self, *readable: str) -> set[str]:
        """Return the marks that somebody who reads these streams must never see."""
        return {mark for stream, mark in self.marks.items() if stream not in readable}

    def leaked(self, reply: Any, *readable: str) -> list[str]:
        """Return the foreign marks in a reply, its headers included."""
        said = reply.text + str(reply.headers)
        return sorted(mark for mark in self.foreign_marks(*readable) if mark in said)

    def contents(self, *streams: str) -> dict[str, tuple[Any, ...]]:
        """Return what lies in each stream, and its log, exactly."""
        with self.database.snapshot() as connection:
            return {s: _content(connection, s) for s in streams}


def _content(connection: Any, stream: str) -> tuple[Any, ...]:
    found = []
    for table in STREAM_TABLES:
        key = table.c.id if table is t.stream else table.c.stream
        rows = connection.execute(sa.select(table).where(key == stream))
        found += sorted(str(tuple(row)) for row in rows)
    return tuple(found)


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """Serve a fresh stage in a folder; at the end the store's invariants must hold."""
    usual, accounts._hasher = accounts._hasher, CHEAP
    settings = server_settings.create(folder / "server", None, practice=True)
    database = Database(settings.database_url)
    sa.event.listen(database.engine, "connect", _hasten)
    schema.upgrade(database)
    epoch.begin(database, practice=True, schema_version=SCHEMA.version)
    app = create_app(settings)
    service: Service = app.state.service
    sa.event.listen(service.exchange.database.engine, "connect", _hasten)
    made = Stage(Inside("", World(database), settings, service, asgi=Asgi(app)))
    made.site.world.exchange = service.exchange
    try:
        _populate(made)
        yield made
        check_invariants(database)
    finally:
        made.asgi.close()
        service.exchange.database.dispose()
        database.dispose()
        accounts._hasher = usual


def _hasten(connection: sqlite3.Connection, _: object) -> None:
    connection.execute("PRAGMA synchronous=OFF")


def _populate(made: Stage) -> None:
    exchange = made.site.service.exchange
    hand = Hand(exchange)
    for letter in "ab":
        branch = made.branches[letter] = new_id()
        hand.create("branch", {"name": f"Branch {letter}"}, record=branch, home=f"branch:{branch}")
    for who, role in ROLE_OF.items():
        branch = made.branches[BRANCH_OF.get(who, "a")]
        new = accounts.NewPerson(who.replace("_", "-"), who.title(), role, branch, PASSWORD, False)
        made.people[who] = accounts.add_person(exchange, hand, new, None)
    _deputise(made)
    for stream in made.streams.values():
        _mark(made, hand, stream)
    for who in ROLE_OF:
        made.devices[who] = made.device(who)
    for state in ("lost", "retired"):
        made.people[state] = made.people["manager"]
        device = made.devices[state] = made.device("manager")
        revoking.revoke(exchange, made.site.settings.folder, device.enrolment, state)


def _deputise(made: Stage) -> None:
    """The deputy stands in for `manager` now; the ended one did so until a moment ago."""
    exchange = made.site.service.exchange
    principal = accounts.find(exchange, "manager")
    for who in ("deputy", "ended_deputy"):
        with made.database.writing() as connection:
            people.add_grant(
                connection,
                id=new_id(),
                person=made.people[who],
                stream=made.home("manager"),
                write=True,
                since=exchange.now(),
                until=None,
            )
    accounts.end_deputyship(exchange, accounts.find(exchange, "ended-deputy"), principal)


def _mark(made: Stage, hand: Hand, stream: str) -> None:
    """Put a family into a stream, full of a word found nowhere else.

    A customer where customers lie; elsewhere a record of a kind that this server does not know.
    """
    mark = made.marks[stream] = "zq" + secrets.token_hex(6)
    root = made.marked[stream] = new_id()
    customer = stream.startswith("portfolio:")
    kind, child = ("customer", "tag") if customer else ("later_kind", "later_child")
    values = {"name": f"N{mark}", "village": f"V{mark}", "note": f"O{mark}"}
    create = hand.operation("create", kind, root, values, home=stream)
    label = hand.operation("create", child, new_id(), {"label": f"T{mark}"}, parent=root, root=root)
    results = hand.push([create, label])
    assert [each.outcome for each in results] == ["applied"] * 2, (stream, results)


def now(made: Stage) -> str:
    return instant_text(made.site.world.clock.now())
