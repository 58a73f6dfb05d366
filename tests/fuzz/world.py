"""One run: a server, an office, some laptops, a line each; and what was done with them.

An action is a dictionary of plain values, so that a list of them is the script of a run. Ids that
arise in an action follow from the run's seed and the action's own number: leave actions out, and
the others still speak of the same records.
"""

from __future__ import annotations

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
        text = settings.read_text("utf-8").replace(f"/{self._database}", f"/{name}")
        settings.write_text(text, "utf-8")
        return lambda: self._postgres.drop_database(name)

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        if self._postgres:
            self._postgres.drop_database(self._database)


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
    state: str = "active"  # retired, lost, destroyed

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
        self.stations = []
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

    # -- laptops

    def add_station(self, number, program):
        name = f"laptop{len(self.stations)}"
        source = self.template.folder / f"laptop{number}-{program}"
        shutil.copytree(source, self.folder / name)
        line = Proxy()
        line.upstream = self._port
        station = Station(
            len(self.stations), self.template.laptops[number], self.folder / name, program, line
        )
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
