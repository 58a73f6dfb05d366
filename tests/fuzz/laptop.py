"""A laptop in a process of its own: a real replica, the real engine, and whoever works with it.

What a person does goes through the unit of work. What no well-made program does (a child of a
record that nobody has, a value that the server refuses) is put into the outbox directly.
"""

from __future__ import annotations

import dataclasses
import logging
from datetime import timedelta
from pathlib import Path

import orjson

from crm.domain.errors import UserError
from crm.domain.ids import new_id
from crm.domain.instants import instant_text
from desktop.services import seats, settling  # noqa: F401 - loaded before the fork
from desktop.services.clock import SystemClock, TrustedTime
from desktop.services.ports import Identity, Operation
from desktop.services.progress import Progress
from desktop.services.undo import Action, redo, undo
from desktop.storage import engine as storage_engine
from desktop.storage import outbox, search  # noqa: F401
from desktop.storage.replica import FILE_NAME, Replica
from desktop.sync import conversation, enrol, failpoints, pull, push, transport, verify  # noqa: F401
from desktop.sync.engine import SyncEngine
from tests.fuzz import plants
from tests.fuzz.hooks import Failpoints, SeededIds
from tests.fuzz.processes import serve_commands
from tests.fuzz.schemas import PROGRAMS
from tests.helpers.fakes import NOON, a_key

import filelock  # noqa: F401 isort:skip
import requests  # noqa: F401 isort:skip
import zstandard  # noqa: F401 isort:skip

DEADLINE_S = 20.0
OP_COLUMNS = (
    "seq, id, number, group_id, author, verb, record, kind, root, parent, home, fields, seen,"
    " survivor, state, outcome, version, reason, covered, sealed"
)


def main(connection, folder, pages, plant):
    storage_engine._PRAGMAS = tuple(
        pragma.replace("synchronous = FULL", "synchronous = OFF")
        for pragma in storage_engine._PRAGMAS
    )
    pull.PAGE_RECORDS, push.PAGE_OPERATIONS = pages
    logging.disable()  # what a sync came to is in its report
    points = Failpoints("desktop", failpoints)
    plants.plant("laptop", plant)
    laptop = Laptop(Path(folder), points)
    serve_commands(connection, laptop.commands)


class Laptop:
    """Commands about one laptop's folder."""

    def __init__(self, folder, points):
        self._folder, self._points = folder, points
        self._ids = SeededIds()
        self._now = NOON
        self._actions, self._undone = [], []  # of the person, for undo and redo
        self._replica = None
        self.commands = {
            "make": self.make,
            "open": self.open,
            "close": self.close,
            "act": self.act,
            "sync": self.sync,
            "look": self.look,
            "inspect": self.inspect,
            "copy": self.copy,
            "texts": self.texts,
        }

    # -- the file

    def make(self, identity, program):
        """Make a replica that is enrolled."""
        schema, steps = PROGRAMS[program]
        self._folder.mkdir(parents=True, exist_ok=True)
        made = Replica.create(self._folder / FILE_NAME, a_key(), schema, migrations=steps)
        made.enrolled(Identity(**identity))
        made.close()

    def open(self, program, url, skew_days):
        """Open the replica with a program, at a server; its clock is wrong by `skew_days`."""
        self.close()
        schema, steps = PROGRAMS[program]
        self._now = NOON + timedelta(days=skew_days)
        self._replica = Replica.open(
            self._folder / FILE_NAME,
            a_key(),
            schema,
            migrations=steps,
            clock=lambda: self._now,
        )
        self._trusted = TrustedTime(SystemClock(), self._replica.marks)
        identity = self._replica.identity()
        if identity.server_url != url:
            self._replica.enrolled(identity.but(server_url=url))
        return dataclasses.asdict(identity)

    def close(self):
        if self._replica is not None:
            self._replica.close()
        self._replica = None

    def copy(self, folder):
        """Copy the replica as a backup does, while it is open."""
        self._replica.copy_to(Path(folder) / FILE_NAME, a_key())

    # -- what the person does

    def act(self, action, seed_parts):
        """Do one thing and return {"ok", "ops": what it saved}; a refusal is an answer."""
        self._ids.seed(*seed_parts)
        before = self._last_seq()
        try:
            told = getattr(self, f"do_{action['do']}")(action) or {}
        except UserError as error:
            return {"ok": False, "code": error.code, "ops": self._ops_behind(before)}
        return {"ok": True, "ops": self._ops_behind(before), **told}

    def _saving(self, save):
        """Run `save(uow)` as one action of the person, which can be undone."""
        with self._replica.unit_of_work() as uow:
            told = save(uow)
            done = Action.of(uow)
            uow.commit()
        if done:
            self._actions.append(done)
        return told

    def do_create(self, action):
        self._saving(
            lambda uow: uow.create(
                action["kind"],
                action["fields"],
                parent=action.get("parent"),
                home=action.get("home"),
                record_id=action["record"],
            )
        )

    def do_edit(self, action):
        self._saving(lambda uow: uow.edit(action["of"], action["fields"]))

    def do_group(self, action):
        """One action of the person about several customers."""

        def save(uow):
            with uow.group():
                for record, fields in action["edits"]:
                    uow.edit(record, fields)

        self._saving(save)

    def do_delete(self, action):
        """Delete; tell what was on the screen, as the oracle compares it with what dies."""

        def save(uow):
            held = uow.get(action["of"])
            family = {m.id: m for m in uow.family(held.root)}
            seen = {i: dict(m.fields) for i, m in family.items() if _is_below(m, held.id, family)}
            uow.delete(held.id)
            return {"seen": seen}

        return self._saving(save)

    def do_undo(self, _):
        if not self._actions:
            return {"nothing": True}
        done = self._actions.pop()
        known = self._op_ids()
        self._undone.append(undo(self._replica.unit_of_work, done))
        return {"withdrawn": sorted(known - self._op_ids())}

    def do_redo(self, _):
        if self._undone:
            known = self._op_ids()
            self._actions.append(redo(self._replica.unit_of_work, self._undone.pop()))
            return {"withdrawn": sorted(known - self._op_ids())}
        return {"nothing": True}

    def do_settle(self, action):
        """Settle a conflict as the page does: the field, and the conflict's state, in a group."""

        def save(uow):
            held = uow.get(action["of"]).fields
            user = self._replica.identity().user
            with uow.group():
                if action["how"] == "mine" and held.get("field") and held.get("verb") == "edit":
                    value = orjson.loads(held["mine"])
                    uow.edit(held["record"], {held["field"]: value})
                uow.edit(action["of"], {"state": action["how"], "settled_by": user})

        self._saving(save)

    def do_inbox(self, action):
        self._saving(lambda uow: uow.edit(action["of"], {"state": action["how"]}))

    def do_draft(self, action):
        def save(uow):
            uow.save_draft("customer", action["of"], action["values"])

        self._saving(save)

    # seats

    def do_want_seats(self, action):
        seats.want_seats(self._replica.unit_of_work, action["of"], action["slots"])

    def do_yes(self, action):
        new_uow = self._replica.unit_of_work
        answer = seats.say_yes(new_uow, self._replica.schema, self._trusted, action["of"])
        return {"firm": answer.firm}

    def do_withdraw(self, action):
        seats.withdraw(self._replica.unit_of_work, self._replica.schema, action["of"])

    def do_dismiss(self, action):
        with self._replica.unit_of_work() as uow:
            uow.let_go(action["op"])
            uow.commit()
        return {"dismissed": [action["op"]]}

    # -- what no well-made program does, or what none does yet

    def do_raw(self, action):
        """Put an operation into the outbox as it stands; members not given are what they are."""
        with self._replica.unit_of_work() as uow:
            uow._edits._outbox.add(self._raw(action["op"]))
            uow._edits._layers.rebase({action["op"]["record"]: action["op"]["kind"]})
            uow.commit()

    def _raw(self, given):
        own = self._replica.identity()
        usual = {
            "id": new_id(),
            "number": 0,
            "group": new_id(),
            "author": own.user,
            "at": instant_text(self._now),
            "parent": None,
            "home": None,
            "stream": f"portfolio:{own.user}",
            "fields": {},
        }
        return Operation(**{**usual, **given})

    def do_restore(self, action):
        """Bring back a record that is dead at the server; laptops have no button for it."""
        with self._replica.unit_of_work() as uow:
            raw = {n: action[n] for n in ("record", "kind", "root", "parent", "stream")}
            raw["fields"] = {name: [None, value] for name, value in action["fields"].items()}
            uow._edits._outbox.add(self._raw({**raw, "verb": "restore"}))
            uow._edits._layers.rebase({raw["record"]: raw["kind"]})
            uow.commit()

    def do_merge(self, action):
        with self._replica.unit_of_work() as uow:
            copy = uow._edits._reading.copy(action["of"])
            into = uow._edits._reading.copy(action["into"])
            raw = {"record": copy.id, "kind": copy.kind, "root": copy.root, "stream": copy.stream}
            uow._edits._outbox.add(self._raw({**raw, "verb": "merge", "into": into.id}))
            uow.commit()

    # -- the sync

    def sync(self, seed_parts, kill=None, kill_after=0, typing=None, verify_full=False):
        """Sync, perhaps dying at a failpoint; `typing`: {failpoint: what the person does then}."""
        self._ids.seed(*seed_parts)
        before = self._last_seq()
        self._points.clear()
        self._points.arm(kill, kill_after)
        typed, self._typed_ops = [], []
        for place, action in (typing or {}).items():
            self._points.handlers[place] = lambda action=action: typed.append(self._type(action))
        engine = SyncEngine(
            self._replica, self._folder, deadline_s=DEADLINE_S, trusted=self._trusted
        )
        try:
            if verify_full:
                report = engine.verify(full=True, progress=Hasty())
                told = {"ok": True, "outcome": report.outcome}
            else:
                told = {"ok": True, **_report(engine.sync(Hasty()))}
        except UserError as error:
            told = {"ok": False, "code": error.code, "facts": dict(error.facts)}
        finally:
            self._points.clear()
        return {**told, "typed": typed, "ops": [*self._typed_ops, *self._ops_behind(before)]}

    def _type(self, action):
        before = self._last_seq()
        try:
            told = getattr(self, f"do_{action['do']}")(action) or {}
        except UserError as error:
            told = {"code": error.code}
        self._typed_ops += self._ops_behind(before)  # as they are before anything seals them
        return told

    # -- what is there

    def look(self, kinds):
        """Return what a person can choose from, by id.

        [(id, kind, parent, root, stream, fields)] of these kinds.
        """
        with self._replica.reader() as reader:
            found = [
                (held.id, held.kind, held.parent, held.root, held.stream, dict(held.fields))
                for kind in kinds
                for held in reader.with_values(kind)
            ]
        return sorted(found, key=lambda row: row[0])

    def inspect(self):
        """Return both layers, the outbox, the cursors and who this is."""
        with self._replica.transaction() as tx:  # private parts are read, nothing is written
            layers, connection = tx._layers, tx._connection
            shadows = layers.shadows(_column(connection, "shadow", "record"))
            views = {}
            for table in self._replica._tables:
                ids = _column(connection, table.name, "id")
                if table is self._replica._tables.raw:
                    kinds = dict(
                        connection.exec_driver_sql("SELECT id, kind FROM raw_record").all()
                    )
                else:
                    kinds = dict.fromkeys(ids, table.name)
                views.update(layers.viewed(kinds))
            served = {i: c for i, c in views.items() if c.hash is not None}
            served |= {i: c for i, c in shadows.items() if c.hash is not None}
            return {
                "view": {i: _plain(c) for i, c in views.items()},
                "server": {i: _plain(c) for i, c in served.items()},
                "shadows": sorted(shadows),
                "outbox": self._ops(connection, 0),
                "cursors": {n: dataclasses.asdict(s) for n, s in tx.streams().items()},
                "identity": dataclasses.asdict(tx.identity()),
            }

    def texts(self):
        """Return all that can be read in the file, table by table; sealed words stay shut."""
        found = {}
        with storage_engine.reading(self._replica._engine) as connection:
            tables = connection.exec_driver_sql(
                "SELECT name, sql FROM sqlite_master WHERE type = 'table'"
            ).all()
            for name, definition in tables:
                if not (definition or "").upper().startswith("CREATE VIRTUAL"):
                    rows = connection.exec_driver_sql(f'SELECT * FROM "{name}"')
                    found[name] = "\n".join(repr(tuple(row)) for row in rows)
        return found

    def _last_seq(self):
        with storage_engine.reading(self._replica._engine) as connection:
            found = connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = 'op'")
            return found.scalar() or 0

    def _op_ids(self):
        with storage_engine.reading(self._replica._engine) as connection:
            return set(_column(connection, "op", "id"))

    def _ops_behind(self, seq):
        with storage_engine.reading(self._replica._engine) as connection:
            return self._ops(connection, seq)

    @staticmethod
    def _ops(connection, seq):
        rows = connection.exec_driver_sql(
            f"SELECT {OP_COLUMNS} FROM op WHERE seq > ? ORDER BY seq", (seq,)
        )
        return [dict(row._mapping) for row in rows]


class Hasty(Progress):
    """Does not wait: what is tried is what comes after a wait, not how long it takes."""

    def wait(self, seconds):
        self.check()


def _report(report):
    names = ("sent", "received", "left", "repaired", "verified", "conflicts", "refused", "later")
    names += ("forks", "resent")
    return {name: getattr(report, name) for name in names}


def _column(connection, table, column):
    return [row[0] for row in connection.exec_driver_sql(f'SELECT {column} FROM "{table}"')]


def _plain(copy):
    return {
        "kind": copy.kind,
        "parent": copy.parent,
        "root": copy.root,
        "stream": copy.stream,
        "version": copy.version,
        "fields": dict(copy.fields),
    }


def _is_below(member, top, family):
    place = member
    while place is not None and place.id != top:
        place = family.get(place.parent or "")
    return place is not None
