"""Guarantee 3: killed anywhere (SIGKILL, as by a power cut), a sync resumes and ends the same.

The real server, the real engine in a process of its own. The places are read from the sources of
the engine, so that a new one is tried by itself: on whichever of the days below reaches it.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from functools import cache

import pytest

from crm.domain.ids import new_id
from desktop.sync.errors import Condemned
from server.exchange import accounts
from server.store import people, records
from tests.helpers.bad_middle import Middle
from tests.helpers.fakes import Laptop
from tests.helpers.house import ROOT
from tests.helpers.live_server import LiveServer

PAGE = 2  # records and operations: a day has several pages of each
MANY = 60  # departures that are asked about
SCRIPT = f"""
import sys
from pathlib import Path
from crm.domain.kinds import SCHEMA
from desktop.storage.replica import FILE_NAME, Replica
from desktop.sync import drill, pull, push
from desktop.sync.engine import SyncEngine
from tests.helpers.fakes import a_key

if sys.argv[2] != "many":
    pull.PAGE_RECORDS = push.PAGE_OPERATIONS = drill.PIECE = {PAGE}
folder = Path(sys.argv[1])
engine = SyncEngine(Replica.open(folder / FILE_NAME, a_key(), SCHEMA), folder)
engine.verify(full=True) if sys.argv[2] == "damaged" else engine.sync()
"""
FROM_OLD_SERVERS = "repair.buckets."  # tried with the server of the first release, in tests/unit
# By default one of each transaction; the rest with `-m slow`.
USUAL = {"number.committed", "settle.before_commit", "page.before_commit", "repair.before_commit"}


def failpoints():
    """Every failpoint that the engine names."""
    texts = (path.read_text(encoding="utf-8") for path in (ROOT / "desktop" / "sync").glob("*.py"))
    found = {name for text in texts for name in re.findall(r'failpoint\("([a-z_.]+)"\)', text)}
    assert found >= USUAL
    for name in sorted(found):
        if not name.startswith(FROM_OLD_SERVERS):
            yield pytest.param(name, marks=[] if name in USUAL else pytest.mark.slow)


# --- days -----------------------------------------------------------------------------------------


class Day:
    """What happens before the sync that is killed; one manager each, on a server for all."""

    name = "day"
    numbers = iter(range(10_000))

    def __init__(self, server, folder):
        self.server, self.folder = server, folder
        self.tag = next(self.numbers)
        self.manager = self.person("m")
        self.home = f"portfolio:{self.manager}"
        self.laptop = None

    def person(self, letter, **how):
        return self.server.person(f"{letter}{self.tag}", **how)

    def customers(self, count, home=None, letter="N"):
        made = []
        for number in range(count):
            fields = {"name": f"{letter}{number}"}
            made.append(new_id())
            self.server.hand.create("customer", fields, record=made[-1], home=home or self.home)
        return made

    def enrol(self):
        self.laptop = Laptop(self.folder / f"laptop{self.tag}", self.server, self.manager)
        return self.laptop

    def prepare(self):
        """A customer leaves, a portfolio is lost and one won; edits, a conflict, a delete."""
        stranger, lost, new = self.person("s"), self.person("l"), self.person("n")
        self.grant(lost)
        roots = self.customers(5)
        for root in roots:
            self.server.hand.create("visit", {"state": "planned", "on": "2026-03-18"}, parent=root)
        self.customers(1, f"portfolio:{lost}", "L")
        laptop = self.enrol()
        laptop.sync()
        laptop.edit(roots[0], village="Cloud")
        laptop.edit(roots[0], village="Stone")
        laptop.edit(roots[1], note="mine")
        laptop.create("customer", name="Somebody", home=self.home)
        laptop.delete(roots[2])
        self.server.hand.edit(roots[0], {"note": "office"})
        self.server.hand.edit(roots[1], {"note": "theirs"})
        self.server.move(roots[3], stranger)
        person = accounts.find(self.server.exchange, f"m{self.tag}")
        accounts.end_grant(self.server.exchange, person, f"portfolio:{lost}")
        self.grant(new)
        self.customers(5, f"portfolio:{new}", "M")

    def grant(self, principal):
        with self.server.exchange.database.writing() as connection:
            people.add_grant(
                connection,
                id=new_id(),
                person=self.manager,
                stream=f"portfolio:{principal}",
                write=True,
                since=self.server.exchange.now(),
                until=None,
            )

    def resume(self):
        assert self.laptop.sync().verified
        assert self.laptop.verify(full=True).outcome == "equal"

    def outcome(self):
        """Return what is seen, by what it says: ids are made anew each time."""
        seen = sorted(
            (kind, version, fields.get("name"), fields.get("village"), fields.get("mine"))
            for kind, _, version, fields in self.laptop.held().values()
            if kind not in ("staff", "branch")
        )
        with self.server.exchange.database.snapshot() as connection:
            there = records.of_kind(connection, "customer", [self.home])
        return seen, sorted(record.fields["name"] for record in there)


class Cloned(Day):
    """An older copy of the profile is put back: the sync meets a sign of a fork."""

    name = "cloned"

    def prepare(self):
        super().prepare()
        laptop = self.laptop
        laptop.replica.close()
        kept = self.folder / f"copy{self.tag}"
        shutil.copytree(laptop.folder, kept)
        laptop.reopen()
        laptop.sync()
        laptop.replica.close()
        shutil.rmtree(laptop.folder)
        shutil.copytree(kept, laptop.folder)
        laptop.reopen()


class Damaged(Day):
    """Contents are not what they were; edits wait."""

    name = "damaged"

    def prepare(self):
        roots = self.customers(9)
        laptop = self.enrol()
        laptop.sync()
        laptop.edit(roots[0], village="Cloud")
        laptop.write("UPDATE customer SET note = 'flipped' WHERE id <> ?", roots[0])
        laptop.write("DELETE FROM customer WHERE id = ?", roots[1])


class Many(Day):
    """Colleagues deleted so much that the person is asked."""

    name = "many"

    def prepare(self):
        deputy = self.person("d", deputy_of=f"m{self.tag}")
        laptop = self.enrol()
        with laptop.replica.unit_of_work() as uow:
            made = [uow.create("customer", {"name": f"C{number}"}) for number in range(MANY + 20)]
            uow.commit()
        laptop.sync()
        colleague = Laptop(self.folder / f"colleague{self.tag}", self.server, deputy)
        colleague.sync()
        with colleague.replica.unit_of_work() as uow:
            for record in made[:MANY]:
                uow.delete(record)
            uow.commit()
        colleague.sync()
        colleague.replica.close()

    def resume(self):
        assert self.laptop.sync().held_back == MANY
        assert self.laptop.engine.sync(accept_removals=MANY).verified


class Retired(Day):
    """The device is retired; what waits is handed in, once."""

    name = "retired"

    def prepare(self):
        laptop = self.enrol()
        self.customers(2)
        laptop.sync()
        laptop.create("customer", name="Somebody", home=self.home)
        with self.server.exchange.database.writing() as connection:
            mine = [d for d in people.devices(connection) if d.login == f"m{self.tag}"]
            assert people.revoke(connection, mine[0].enrolment, "retired")

    def resume(self):
        with pytest.raises(Condemned):
            self.laptop.sync()

    def outcome(self):
        with self.server.exchange.database.snapshot() as connection:
            held = people.quarantined(connection)
        return sum(row["author"] == self.manager for row in held)


DAYS = (Day, Cloned, Damaged, Many, Retired)
HINTS = {
    "fork": Cloned, "incarnation": Cloned, "repair": Damaged, "rehash": Damaged,
    "ask": Many, "retire": Retired,
}  # fmt: skip


# --- the test -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with LiveServer(tmp_path_factory.mktemp("server")) as made:
        yield made


@pytest.fixture(scope="module")
def undisturbed(server, tmp_path_factory):
    @cache
    def of(kind):
        with on(kind, server, tmp_path_factory.mktemp(kind.name)) as day:
            code, stderr = day.run("")
            assert code == (0 if kind is not Retired else 1), stderr
            day.laptop.reopen()
            day.resume()
            return day.outcome()

    return of


class on:  # noqa: N801 - reads as a word
    """`with on(kind, server, folder) as day:` a day that is ready for its sync."""

    def __init__(self, kind, server, folder):
        self.day = kind(server, folder)

    def __enter__(self):
        self.day.prepare()
        self.day.run = self.run
        return self.day

    def __exit__(self, *_):
        self.day.laptop.replica.close()

    def run(self, failpoint):
        """Sync in a process of its own; return how it ended."""
        laptop = self.day.laptop
        laptop.replica.close()
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(laptop.folder), self.day.name],
            env={**os.environ, "YIZHAN_FAILPOINT": failpoint, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        return done.returncode, done.stderr


@pytest.mark.parametrize("failpoint", list(failpoints()))
def test_killed_at_each_failpoint_resumes(tmp_path, server, undisturbed, failpoint):
    first = HINTS.get(failpoint.partition(".")[0], Day)
    for kind in (first, *(other for other in DAYS if other is not first)):
        with on(kind, server, tmp_path) as day:
            code, stderr = day.run(failpoint)
            day.laptop.reopen()
            day.resume()
            assert day.outcome() == undisturbed(kind), stderr
        if code == -signal.SIGKILL:
            return
    pytest.fail(f"no day of these reaches {failpoint}: add one")


@pytest.mark.parametrize(
    "failpoint",
    [
        "page.before_commit",
        pytest.param("page.received", marks=pytest.mark.slow),
        pytest.param("page.committed", marks=pytest.mark.slow),
    ],
)
def test_what_is_repeated_is_one_page_at_most(tmp_path, server, failpoint):
    """Of what was applied nothing is asked for again; at most the page in hand, and the one that
    was on its way behind it."""
    with Middle(server.url) as middle, on(Day, server, tmp_path) as calm:
        through(middle, calm)
        calm.run("")
        undisturbed = middle.calls.count("/v1/pull")
        calm.laptop.reopen()
    with Middle(server.url) as middle, on(Day, server, tmp_path) as day:
        through(middle, day)
        assert day.run(failpoint)[0] == -signal.SIGKILL
        assert day.run("")[0] == 0
        day.laptop.reopen()
        assert undisturbed <= middle.calls.count("/v1/pull") <= undisturbed + 2
        assert middle.calls.count("/v1/push") <= -(-5 // PAGE)


def through(middle, day):
    replica = day.laptop.replica
    replica.enrolled(replica.identity().but(server_url=middle.url))
