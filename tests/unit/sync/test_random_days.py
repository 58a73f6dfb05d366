"""Random days of several laptops: whatever happened, at rest every laptop holds what is granted.

Each step is drawn from a seed that a failing run tells. Faults of the network are part of the
draw; clocks play no part.
"""

from __future__ import annotations

import random
from contextlib import suppress

import pytest

from crm.domain.errors import NotFound, Refused, UserError
from tests.helpers.fake_server import FakeServer
from tests.helpers.fakes import Laptop

FAULTS = ("unheard", "lost", "cut", "portal", "replay", "fails", "forged", "too_large")
PATHS = ("/v1/hello", "/v1/push", "/v1/pull")
USERS = ("ann", "ben", "dep")
STREAMS = ("portfolio:ann", "portfolio:ben")
STEPS = 60


class Day:
    """One run: a server, three laptops, and what was saved on them."""

    def __init__(self, server, folder, seed):
        self.server, self.random = server, random.Random(seed)
        server.grants["ann"] = {"bank": False, "portfolio:ann": True}
        server.grants["ben"] = {"bank": False, "portfolio:ben": True}
        server.grants["dep"] = {"bank": False, "portfolio:ann": True, "portfolio:ben": True}
        for stream in STREAMS:
            for number in range(4):
                root = server.put("customer", home=stream, name=f"Nobody {number}")
                server.put("visit", parent=root, state="planned", on="2026-03-18")
        self.laptops = [Laptop(folder / user, server, user=user) for user in USERS]
        self.saved = {user: [] for user in USERS}

    def step(self):
        weights = {
            self.edit: 10,
            self.create: 5,
            self.delete: 2,
            self.sync: 8,
            self.faulty_sync: 6,
            self.colleague_edits: 5,
            self.lone_death: 1,
            self.hand_over: 2,
            self.regrant: 1,
            self.forget_departures: 1,
        }
        action = self.random.choices(list(weights), list(weights.values()))[0]
        action()

    def any_laptop(self):
        return self.random.choice(self.laptops)

    def any_seen(self, laptop, *kinds):
        found = sorted(i for i, (kind, *_) in laptop.held().items() if kind in kinds)
        return self.random.choice(found) if found else None

    def save(self, laptop, action):
        try:
            made = action()
        except (NotFound, Refused):  # hidden orphan, or a stream that is gone
            return
        if made is not None:
            self.saved[laptop.user].append(made)

    def edit(self):
        laptop = self.any_laptop()
        record = self.any_seen(laptop, "customer")
        if record:
            field = self.random.choice(("note", "village", "employer"))
            word = f"{laptop.user} {self.random.randrange(10**6)}"
            self.save(laptop, lambda: laptop.edit(record, **{field: word}))

    def create(self):
        laptop = self.any_laptop()
        parent = self.any_seen(laptop, "customer")
        if parent and self.random.random() < 0.6:
            fields = {"state": "planned", "on": "2026-03-19"}
            self.save(laptop, lambda: laptop.create("visit", parent=parent, **fields))
        else:
            home = self.random.choice(STREAMS)
            self.save(laptop, lambda: laptop.create("customer", home=home, name="Somebody"))

    def delete(self):
        laptop = self.any_laptop()
        record = self.any_seen(laptop, "customer", "visit")
        if record:
            self.save(laptop, lambda: laptop.delete(record))

    def sync(self, laptop=None):
        laptop = laptop or self.any_laptop()
        for path in PATHS:
            self.server.plans[path].clear()
        laptop.sync()
        self.check(laptop)

    def faulty_sync(self):
        laptop = self.any_laptop()
        for path in PATHS:
            plan = [self.random.choice((*FAULTS, None, None)) for _ in range(3)]
            self.server.plans[path][:] = plan
        if self.random.random() < 0.5:
            self.server.meanwhile("/v1/pull", self.hand_over, skip=self.random.randrange(3))
        with suppress(UserError):
            laptop.sync()
        for path in PATHS:
            self.server.plans[path].clear()
            self.server.before[path].clear()

    def living_roots(self):
        return sorted(
            r.id for r in self.server.records.values() if r.kind == "customer" and not r.dead
        )

    def colleague_edits(self):
        roots = self.living_roots()
        if roots:
            self.server.edit(
                self.random.choice(roots), note=f"office {self.random.randrange(10**6)}"
            )

    def lone_death(self):
        """A record dies alone, as one that was merged does; what hung under it lives on."""
        noted = sorted(r.parent for r in self.server.records.values() if r.kind == "conflict")
        living = [i for i in noted if not self.server.records[i].dead]
        if living:
            self.server.bury(self.random.choice(living))

    def hand_over(self):
        roots = self.living_roots()
        if roots:
            self.server.move(self.random.choice(roots), self.random.choice(STREAMS))

    def regrant(self):
        held = self.server.grants["dep"]
        if "portfolio:ben" in held:
            del held["portfolio:ben"]
        else:
            held["portfolio:ben"] = True

    def forget_departures(self):
        self.server.purge_log(self.random.choice(STREAMS))

    # --- what must hold ---

    def check(self, laptop):
        """After a sync that ended well: the server layer is what is granted."""
        granted = self.server.grants[laptop.user]
        wanted = {
            (r.id, r.stream, r.version, r.hash())
            for stream in granted
            for r in self.server.live(stream)
        }
        held = set()
        for kind in laptop.schema.kinds:
            held |= set(
                laptop.rows(
                    f'SELECT id, stream, version, hash FROM "{kind.name}" WHERE hash IS NOT NULL'
                )
            )
        held |= set(
            laptop.rows("SELECT record, stream, version, hash FROM shadow WHERE hash IS NOT NULL")
        )
        assert held == wanted
        self.check_totals(laptop)

    def check_totals(self, laptop):
        for stream, live, digest in laptop.rows("SELECT stream, live, digest FROM cursor"):
            told = self.server.totals(stream)
            assert (live, digest) == (told["live"], told["digest"])

    def rest(self):
        for _ in range(3):
            for laptop in self.laptops:
                self.sync(laptop)
        for laptop in self.laptops:
            assert laptop.sync().requests == 1
            self.check_view(laptop)
            self.check_operations(laptop)

    def check_view(self, laptop):
        """With nothing waiting, what is seen is what the server has, but for what hangs under
        something dead or not granted; open conflicts are listed, every one.
        """
        assert not {"queued", "sent", "settled"} & set(laptop.states())
        assert laptop.rows("SELECT count(*) FROM shadow") == [(0,)]
        granted = self.server.grants[laptop.user]
        live = {r.id: r for stream in granted for r in self.server.live(stream)}
        wanted = {record: r.fields for record, r in live.items()}
        seen = {record: fields for record, (_, _, _, fields) in laptop.held().items()}
        assert seen == {record: wanted[record] for record in seen}
        hidden = wanted.keys() - seen.keys()
        assert all(self.hangs_under_nothing(record, live) for record in hidden)
        disputes = {r.id for r in live.values() if r.kind == "conflict"}
        with laptop.replica.reader() as reader:
            listed = {held.id for held in reader.open_conflicts()}
        assert listed == {i for i in disputes if wanted[i]["state"] == "open"}

    def hangs_under_nothing(self, record, live):
        """Tell whether an ancestor is dead, or lies where nothing is granted."""
        above = self.server.records[record].parent
        return above is not None and (above not in live or self.hangs_under_nothing(above, live))

    def check_operations(self, laptop):
        """Every operation ended, and its effect is there once at most."""
        lines = laptop.outbox()
        assert all(line.outcome not in {None, "later"} for line in lines)


def live_through(folder, seed):
    with FakeServer() as server:
        day = Day(server, folder, seed)
        try:
            for _ in range(STEPS):
                day.step()
            day.rest()
        finally:
            for laptop in day.laptops:
                laptop.replica.close()


@pytest.mark.parametrize("turn", range(3))
def test_random_days_end_with_every_laptop_as_the_server(tmp_path, seed, turn):
    live_through(tmp_path, seed * 100 + turn)


@pytest.mark.slow
@pytest.mark.parametrize("turn", range(3, 100))
def test_more_random_days_end_so_too(tmp_path, seed, turn):
    live_through(tmp_path, seed * 100 + turn)
