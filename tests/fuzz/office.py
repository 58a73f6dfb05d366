"""The server's staff in a process of their own: what administrators do, and what inspectors see.

They work on the store as the commands of `yizhan-server` do, beside the serving process.
"""

from __future__ import annotations

import logging
from pathlib import Path

import orjson
import sqlalchemy as sa

from crm.domain.errors import UserError
from crm.domain.ids import new_id
from crm.domain.kinds import SCHEMA
from server.exchange import (
    accounts,
    backups,
    epoch,
    failpoints,
    handover,
    read,
    revoking,
    seat_acts,
)
from server.exchange.hand import Hand
from server.opening import open_exchange
from server.store import backup_list, people, schema, settings
from server.store import tables as t
from server.store.database import Database
from tests.fuzz import plants
from tests.fuzz.hooks import Failpoints, SeededIds
from tests.fuzz.processes import serve_commands
from tests.fuzz.serving import hasten
from tests.helpers.seat_kinds import SEATED
from tests.helpers.seats import seats_within_capacity


def main(connection, folder, plant):
    logging.getLogger().addHandler(logging.NullHandler())  # not on the screen
    hasten()
    points = Failpoints("server", failpoints)
    plants.plant("server", plant)
    office = Office(Path(folder), points)
    serve_commands(connection, office.commands)


class Office:
    """Commands about one server's folder."""

    def __init__(self, folder, points):
        self._folder, self._points = folder, points
        self._ids = SeededIds()
        self._exchange = None
        self.commands = {
            "make": self.make,
            "open": self.open,
            "close": self.close,
            "act": self.act,
            "inspect": self.inspect,
        }

    @property
    def exchange(self):
        if self._exchange is None:
            self._exchange = open_exchange(settings.read(self._folder), SEATED)
        return self._exchange

    def close(self):
        if self._exchange is not None:
            self._exchange.database.dispose()
        self._exchange = None

    def open(self):
        """Look at the store once, so that the next command finds it open."""
        return self.exchange.database.url

    # -- once, for the template

    def make(self, url, seed_parts, people_wanted):
        """Lay out a practice server with its people and devices; return what laptops need."""
        self._ids.seed(*seed_parts)
        made = settings.create(self._folder, url, practice=True)
        database = Database(made.database_url)
        schema.upgrade(database)
        epoch.begin(database, practice=True, schema_version=SCHEMA.version)
        database.dispose()
        branch = new_id()
        Hand(self.exchange).create(
            "branch", {"name": "支行"}, record=branch, home=f"branch:{branch}"
        )
        found = {login: self._person(branch, login, **how) for login, how in people_wanted.items()}
        self.close()
        return {
            "branch": branch,
            "people": found,
            "server_key": settings.public_text(made.signing_key),
        }

    def _person(self, branch, login, *, role, deputy_of, devices):
        person = new_id()
        with self.exchange.database.writing() as connection:
            people.add_person(
                connection,
                id=person,
                login=login,
                name=login.title(),
                role=role,
                branch=branch,
                password="-",  # nobody logs in: devices are enrolled by hand below
                must_change=False,
                active=True,
            )
            new = accounts.NewPerson(login, login.title(), role, branch, "-")
            streams = accounts._streams_of_role(connection, person, new, None)
            if deputy_of:
                first = people.find_person(connection, login=deputy_of)
                streams.append((accounts.portfolio(first.id), True))
            for stream, write in streams:
                accounts._grant(self.exchange, connection, person, stream, write=write)
        new = accounts.NewPerson(login, login.title(), role, branch, "-")
        accounts._add_staff_record(self.exchange, Hand(self.exchange), person, new)
        with self.exchange.database.snapshot() as connection:
            known = people.find_person(connection, login=login)
        enrolled = []
        for number in range(devices):
            incarnation, baton = new_id(), new_id()
            made = accounts.enrol(
                self.exchange,
                known,
                device=f"{login}-{number}",
                incarnation=incarnation,
                baton=baton,
            )
            device = {"enrolment": made.enrolment, "token": made.token}
            enrolled.append({**device, "incarnation": incarnation, "baton": baton})
        return {"id": person, "role": role, "branch": branch, "devices": enrolled}

    # -- what the staff does

    def act(self, action, seed_parts):
        """Do one thing. Returns {"ok": …}; a refusal is an answer."""
        self._ids.seed(*seed_parts)
        self._points.arm(action.get("kill"))
        try:
            return {"ok": True, **(getattr(self, f"do_{action['do']}")(action) or {})}
        except UserError as error:
            return {"ok": False, "code": error.code}
        finally:
            self._points.clear()

    def do_move(self, action):
        hand = Hand(self.exchange)
        handover.move_family(self.exchange, hand.actor, action["of"], action["to"])

    def do_hand_edit(self, action):
        Hand(self.exchange).edit(action["of"], action["fields"])

    def do_hand_create(self, action):
        hand = Hand(self.exchange)
        hand.create(
            action["kind"],
            action["fields"],
            record=action["record"],
            parent=action.get("parent"),
            home=action.get("home"),
        )

    def do_grant(self, action):
        with self.exchange.database.writing() as connection:
            held = people.grants(connection, action["person"])
            if any(g.stream == action["stream"] and g.until is None for g in held):
                return
            accounts._grant(
                self.exchange, connection, action["person"], action["stream"], write=True
            )

    def do_end_grant(self, action):
        with self.exchange.database.writing() as connection:
            people.close_grant(connection, action["person"], action["stream"], self.exchange.now())

    def do_revoke(self, action):
        revoking.revoke(self.exchange, self._folder, action["enrolment"], action["state"])

    def do_dump(self, action):
        """Back up by the program; forget the oldest backups beyond some number."""
        made = settings.read(self._folder)
        file = self._folder.parent / action["name"]
        backups.back_up(self.exchange, made, file, action["keep"])

    def do_restore_dump(self, action):
        """Restore one of the backups that are kept; the server is down meanwhile."""
        made = settings.read(self._folder)
        kept = backup_list.read(made.folder)
        if not kept:
            return {"ok": False}
        file = Path(kept[action["which"] % len(kept)].file)
        backups.restore(self.exchange, made, file, replace=True)
        self.close()
        return {"ok": True}

    def do_tidy_seats(self, _):
        seat_acts.tidy(self.exchange.seats)

    def do_raise_floor(self, action):
        """Forget departures of a stream that are older than its head (`floor`)."""
        with self.exchange.database.writing() as connection:
            log = t.stream_log.c
            where = sa.and_(log.stream == action["stream"], log.gone)
            highest = connection.execute(sa.select(sa.func.max(log.number)).where(where)).scalar()
            if highest is None:
                return
            connection.execute(
                sa.update(t.stream).where(t.stream.c.id == action["stream"]).values(floor=highest)
            )

    # -- what an inspector sees

    def inspect(self):
        """Return everything the oracle needs, in one snapshot, and what `verify` finds."""
        database = self.exchange.database
        with database.snapshot() as connection:
            found = {
                name: [dict(row._mapping) for row in connection.execute(sa.select(table))]
                for name, table in t.metadata.tables.items()
                if name in INSPECTED
            }
        for row in found["record"]:
            row["fields"] = orjson.loads(row["fields"])
        for row in found["revision"]:
            row["changes"] = orjson.loads(row["changes"])
        found["seats"] = self._seats()
        found["faults"] = [(fault.stream, fault.what) for fault in read.verify(database)[1]]
        return found

    def _seats(self):
        """Return what is wrong with seats (`capacity`, `slot-once`); "" where nothing is."""
        try:
            seats_within_capacity(self)
        except AssertionError as error:
            return str(error)
        return ""


INSPECTED = {
    "record",
    "stream",
    "stream_log",
    "revision",
    "receipt",
    "fate",
    "quarantine",
    "incarnation",
    "enrolment",
    "stream_grant",
    "server_state",
    "lease",
}
