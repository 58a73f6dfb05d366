"""One run: a server, an office, some laptops, a line each; and what was done with them.

An action is a dictionary of plain values, so that a list of them is the script of a run. Ids that
arise in an action follow from the run's seed and the action's own number: leave actions out, and
the others still speak of the same records.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

from tests.fuzz import laptop, office, serving
from tests.fuzz.processes import Broken, Child, Died, _forks
from tests.fuzz.proxy import Proxy
from tests.fuzz.violations import Violation
from tests.helpers.fakes import an_identity

PEOPLE = {
    "first": {"role": "manager", "deputy_of": None, "devices": 2},
    "second": {"role": "manager", "deputy_of": None, "devices": 1},
    "deputy": {"role": "manager", "deputy_of": "first", "devices": 1},
    "lead": {"role": "branch_lead", "deputy_of": None, "devices": 1},
}
READY_S = 30
OVERLAP_S = 0.3  # how long the other one may take before the pausing server goes on


class Template:
    """A server with its people and laptops that have never synced, to be copied for each run."""

    def __init__(self, store, postgres=None):
        self.store, self._postgres = store, postgres
        self.folder = Path(tempfile.mkdtemp(prefix="fuzz-template-"))
        self._database = postgres.create_database() if postgres else None
        url = postgres.url(self._database) if postgres else None
        staff = Child(office.main, str(self.folder / "server"), None)
        self.made = staff.call("make", url=url, seed_parts=["template", 0], people_wanted=PEOPLE)
        staff.kill()
        self.laptops = []
        for login, person in self.made["people"].items():
            for device in person["devices"]:
                self._make_laptop(login, person, device)

    def _make_laptop(self, login, person, device):
        for program in ("now", "newer"):
            folder = self.folder / f"laptop{len(self.laptops)}-{program}"
            child = Child(laptop.main, str(folder), (5000, 500), None)
            identity = an_identity(
                person["id"],
                name=login,
                branch=person["branch"],
                role=person["role"],
                server_key=self.made["server_key"],
                **device,
            )
            child.call("make", identity=vars_of(identity), program=program)
            child.kill()
        self.laptops.append({"login": login, "person": person["id"], **device})

    def copy_to(self, folder):
        """Give a run its server folder. Returns what undoes it."""
        shutil.copytree(self.folder / "server", folder / "server")
        settings = folder / "server" / "server.json"
        if self._postgres is None:
            old, new = str((self.folder / "server").resolve()), str((folder / "server").resolve())
            settings.write_text(settings.read_text("utf-8").replace(old, new), "utf-8")
            return lambda: None
        name = self._postgres.create_database(self._database)
        _point_to(settings, name)
        return lambda: self._postgres.drop_database(_database_of(settings))

    # A store, copied while nobody has it open: the SQLite files, or a database of its own.

    def copied(self, server, place):
        if self._postgres is not None:
            return self._postgres.create_database(_database_of(server / "server.json"))
        place.mkdir(exist_ok=True)
        _copy_files(server, place)
        return place

    def put_back(self, store, server):
        if self._postgres is None:
            _copy_files(store, server)
            return
        old = _database_of(server / "server.json")
        _point_to(server / "server.json", self._postgres.create_database(store))
        self._postgres.drop_database(old)

    def forget(self, store):
        if self._postgres is not None:
            self._postgres.drop_database(store)

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        if self._postgres:
            self._postgres.drop_database(self._database)


def _copy_files(source, target):
    """Copy the store's files, its log included; what is not in the source goes."""
    for old in target.glob("server.db*"):
        old.unlink()
    for file in source.glob("server.db*"):
        shutil.copy(file, target / file.name)


def _database_of(settings):
    return json.loads(settings.read_text("utf-8"))["database"].rpartition("/")[2]


def _point_to(settings, name):
    held = json.loads(settings.read_text("utf-8"))
    held["database"] = held["database"].rpartition("/")[0] + "/" + name
    settings.write_text(json.dumps(held), "utf-8")


def vars_of(identity):
    return {name: getattr(identity, name) for name in identity.__dataclass_fields__}


@dataclass
class Station:
    """A laptop as the fuzzer sees it from outside."""

    number: int
    template: dict
    folder: Path
    program: str
    line: Proxy
    child: Child | None = None
    skew_days: int = 0
    seq: int = 0  # operations up to here are in the journal
    excused: bool = True  # a repair is nothing strange: never synced, or something was restored
    twice: bool = False  # its folder was copied or set back: it may fork
    state: str = "active"  # retired, lost, destroyed
    kept_program: str = ""  # of its backup

    @property
    def person(self):
        return self.template["person"]


@dataclass
class Saved:
    """One operation that a laptop acknowledged as saved."""

    id: str
    laptop: int
    action: int
    op: dict
    seen: dict | None = None  # of a delete: what was on the screen
    withdrawn: bool = False
    dismissed: bool = False
    lost: bool = False  # with its laptop, and counted so
    frail: bool = False  # at the server only: its laptop was set back behind it


@dataclass
class Journal:
    """What was done, as far as the oracle needs it."""

    ops: dict = field(default_factory=dict)  # operation id: Saved
    hand_ops: int = 0
    moves: dict = field(default_factory=dict)  # root: streams to which it was moved
    ended: set = field(default_factory=set)  # (person, stream): a grant that has ended
    told: dict = field(default_factory=dict)  # operation id: final outcome, as first seen
    orphans: set = field(default_factory=set)  # operation ids that hang on nothing
    wild: set = field(default_factory=set)  # operation ids that no well-made program makes
    restores: int = 0  # of the server
    blind: bool = False  # something was sealed before its words were noted
    lives: int = 0  # of the server's process


class World:
    """The processes of one run."""

    def __init__(self, template, config, plant=None):
        self.template, self.config, self.plant = template, config, plant
        self.folder = Path(tempfile.mkdtemp(prefix="fuzz-run-"))
        self._drop = template.copy_to(self.folder)
        self.journal = Journal()
        self.people = {n: p["id"] for n, p in template.made["people"].items()}
        self.server, self._port = None, 0
        self.staff = None
        self.stations, self._stores = [], {}
        self.start_server()
        self.start_staff()
        for number, program in config["laptops"]:
            self.add_station(number, program)

    # -- the server and the staff

    def start_server(self):
        here, there = _forks.Pipe()
        seed = [self.config["seed"], "server", self.journal.lives]
        self.journal.lives += 1
        server = self.folder / "server"
        self.server = Child(serving.main, there, str(server), seed, self.plant)
        there.close()
        if not here.poll(READY_S):
            raise Violation("start", "the server does not start")
        line = os.read(here.fileno(), 4096)
        here.close()
        if b"ready" not in line:
            raise Violation("start", f"the server does not start: {line!r}")
        self._port = int(line.split(b":")[-1].strip(b' "}\n'))
        for station in self.stations:
            station.line.upstream = self._port

    def start_staff(self):
        self.staff = Child(office.main, str(self.folder / "server"), self.plant)

    def restart_server(self):
        self.server.kill()
        self.start_server()

    # -- backups, as an administrator's copy of files or of a database

    def backup_server(self, name):
        """Keep the store as it is now. A second backup of that name replaces the first."""
        self._halt()
        if name in self._stores:
            self.template.forget(self._stores[name])
        self._stores[name] = self.template.copied(self.folder / "server", self.folder / name)
        self._resume()

    def restore_server(self, name):
        """Put a kept store in the place of this one."""
        self._halt()
        self.template.put_back(self._stores[name], self.folder / "server")
        self._set_back()
        self._resume()

    def restore_dump(self, action, seed_parts):
        """Let the program restore one of its backups; the server is down meanwhile."""
        self.server.kill()
        told = self.staff.call("act", action=action, seed_parts=seed_parts)
        if told["ok"]:
            self._set_back()
        self.start_server()
        return told

    def _set_back(self):
        self.journal.restores += 1
        self.journal.told.clear()
        for station in self.stations:
            station.excused = station.twice = True

    def _halt(self):
        self.server.kill()
        self.staff.kill()

    def _resume(self):
        self.start_staff()
        self.start_server()

    # -- laptops

    def clone(self, station):
        """Copy a laptop's folder: from now on two of them say that they are it."""
        self.stop(station)
        name = f"laptop{len(self.stations)}"
        shutil.copytree(station.folder, self.folder / name)
        made = self._station(station.template, name, station.program)
        for one in (station, made):
            one.twice = True
        made.excused, made.skew_days = station.excused, station.skew_days
        return made

    def backup_laptop(self, station, how):
        """Keep a laptop as it is now: by the program, or by copying its folder."""
        kept = station.folder.with_name(station.folder.name + "-kept")
        shutil.rmtree(kept, ignore_errors=True)
        if how == "copy":
            kept.mkdir()
            self.child(station).call("copy", folder=str(kept))
        else:
            self.stop(station)
            shutil.copytree(station.folder, kept)
        station.kept_program = station.program

    def restore_laptop(self, station):
        """Set a laptop back to its copy; what is nowhere else is lost with what it held."""
        kept = station.folder.with_name(station.folder.name + "-kept")
        if not kept.exists():
            return False
        before = self.child(station).call("inspect")["outbox"]
        self.stop(station)
        shutil.rmtree(station.folder)
        shutil.copytree(kept, station.folder)
        station.seq, station.program = 0, station.kept_program
        station.excused = station.twice = True
        after = {op["id"] for op in self.child(station).call("inspect")["outbox"]}
        self.count_lost({op["id"] for op in before} - after)
        return True

    def count_lost(self, ids):
        """Operations that left a laptop together with their file."""
        receipts = {row["operation"]: row for row in self.staff.call("inspect")["receipt"]}
        others = {
            op["id"]
            for station in self.stations
            if station.state == "active"
            for op in self.child(station).call("inspect")["outbox"]
        }
        for op_id in ids - others:
            saved = self.journal.ops[op_id]
            saved.frail = True
            saved.lost |= op_id not in receipts or receipts[op_id]["outcome"] == "later"

    def add_station(self, number, program):
        name = f"laptop{len(self.stations)}"
        source = self.template.folder / f"laptop{number}-{program}"
        shutil.copytree(source, self.folder / name)
        return self._station(self.template.laptops[number], name, program)

    def _station(self, template, name, program):
        line = Proxy()
        line.upstream = self._port
        station = Station(len(self.stations), template, self.folder / name, program, line)
        self.stations.append(station)
        return station

    def child(self, station):
        """Return the laptop's process, started and with its replica open."""
        if station.child is None:
            pages = tuple(self.config["pages"])
            station.child = Child(laptop.main, str(station.folder), pages, self.plant)
            station.child.call(
                "open",
                program=station.program,
                url=station.line.url,
                skew_days=station.skew_days,
            )
            self._catch_up(station)
        return station.child

    def stop(self, station):
        if station.child is not None:
            station.child.kill()
            station.child = None

    def _catch_up(self, station):
        """Note what a laptop saved just before it died."""
        held = station.child.call("inspect")["outbox"]
        self.note(station, [op for op in held if op["seq"] > station.seq], -1)

    def note(self, station, ops, action, told=()):
        """Enter what was saved into the journal."""
        for op in ops:
            station.seq = max(station.seq, op["seq"])
            if op["id"] not in self.journal.ops:
                self.journal.blind |= op["sealed"] is not None
                self.journal.ops[op["id"]] = Saved(op["id"], station.number, action, op)
        for one in told:
            for name in ("withdrawn", "dismissed"):
                for op_id in one.get(name) or ():
                    if op_id in self.journal.ops:
                        setattr(self.journal.ops[op_id], name, True)
            if one.get("seen") is not None and ops:
                deletes = [op for op in ops if op["verb"] == "delete"]
                for op in deletes:
                    if op["record"] in one["seen"]:
                        self.journal.ops[op["id"]].seen = one["seen"]

    def first_grants(self, person):
        """Return the portfolios that somebody might write to from the beginning."""
        streams = {f"portfolio:{person}"}
        if person == self.people["deputy"]:
            streams.add(f"portfolio:{self.people['first']}")
        return streams

    # -- ends

    def close(self):
        for station in self.stations:
            self.stop(station)
            station.line.close()
        for child in (self.server, self.staff):
            if child is not None:
                child.kill()
        self._drop()
        for store in self._stores.values():
            self.template.forget(store)
        shutil.rmtree(self.folder, ignore_errors=True)

    def faults_of_server(self):
        """Return what the server logged as its own failure."""
        log = self.folder / "server" / "logs" / "server.log"
        if not log.exists():
            return []
        lines = log.read_text("utf-8").splitlines()
        return [line for line in lines if " ERROR " in line or "CRITICAL" in line]

    def inspect(self):
        """Return the server's state and that of every laptop that is still there."""
        laptops = {
            station.number: self.child(station).call("inspect")
            for station in self.stations
            if station.state != "destroyed"
        }
        return SimpleNamespace(server=self.staff.call("inspect"), laptops=laptops)


__all__ = ["Broken", "Died", "Template", "World"]
