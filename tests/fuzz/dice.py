"""Chooses the next action: whatever people, laptops and lines may do, in a mix of weights."""

from __future__ import annotations

import random

from crm.domain.ids import derived_id
from tests.fuzz.proxy import FAULTS

TEXTS = ("occupation", "village", "note", "employer")
KILLS = (
    "baton.proposed",
    "baton.accepted",
    "number.before_commit",
    "number.committed",
    "push.answered",
    "settle.before_commit",
    "settle.committed",
    "scan.before_commit",
    "page.received",
    "page.before_commit",
    "page.committed",
    "purge.before_commit",
    "purge.committed",
    "repair.before_commit",
    "repair.committed",
)
SERVER_KILLS = (
    "push.located",
    "push.locked",
    "push.before_commit",
    "push.committed",
    "push.committed",
    "hello.before_commit",
    "hello.committed",
    "page.counted",
)
SERVER_PAUSES = ("push.located", "page.counted", "hello.committed", "push.committed")
TYPING = (
    "page.received",
    "push.answered",
    "settle.committed",
    "number.committed",
    "baton.accepted",
)
CHILDREN = {
    "visit": lambda v: {"state": "completed", "on": "2026-03-18", "summary": v},
    "tag": lambda v: {"label": v},
    "household": lambda v: {"name": v},
    "contact_point": lambda v: {"type": "wechat", "value": v},
    "task": lambda v: {"title": v, "state": "open"},
}
NEWER_CHILDREN = {
    "gift": lambda v: {"what": v, "worth_minor": 100},
    "sighting": lambda v: {"what": v},
}

MIX = {
    "edit": 34,
    "create": 7,
    "child": 12,
    "grandchild": 2,
    "group": 3,
    "delete": 4,
    "restore": 1,
    "merge": 1,
    "undo": 2,
    "redo": 1,
    "settle": 3,
    "inbox": 1,
    "draft": 1,
    "poison": 2,
    "orphan": 1,
    "sync": 26,
    "bad_sync": 10,
    "killed_sync": 7,
    "typing_sync": 3,
    "server_killed_sync": 3,
    "overlap": 3,
    "race": 2,
    "verify": 1,
    "move": 4,
    "hand_edit": 4,
    "hand_create": 1,
    "killed_move": 1,
    "deputise": 2,
    "end_deputy": 2,
    "skew": 1,
    "upgrade": 1,
    "restart_server": 0.5,
    "raise_floor": 0.5,
    "lost": 0.2,
    "retired": 0.2,
    "clone": 0.4,
    "backup_laptop": 0.7,
    "restore_laptop": 0.5,
    "backup_server": 0.5,
    "restore_server": 0.4,
}

NO_SEATS = dict.fromkeys(
    ("activity", "resize", "want_seats", "invite", "yes", "withdraw", "shared_slot"), 0
)
MIX |= NO_SEATS  # where nobody has an activity, there are no seats

# What a run is rich in, in turn by seed: some bugs show only in such company.
THEMES = {
    "plain": {},
    "moves": {"move": 16, "deputise": 5, "end_deputy": 5, "overlap": 8, "group": 8, "merge": 3},
    "restores": {
        "clone": 2,
        "backup_laptop": 4,
        "restore_laptop": 3,
        "backup_server": 5,
        "restore_server": 4,
    },
    "kills": {"killed_sync": 24, "server_killed_sync": 12, "typing_sync": 8, "killed_move": 5},
    "seats": {
        "shared_slot": 1.5,
        "activity": 3,
        "resize": 2,
        "want_seats": 7,
        "invite": 16,
        "yes": 20,
        "withdraw": 5,
        "clone": 3,
        "backup_server": 2,
        "restore_server": 1.5,
        "edit": 12,
    },
    "lines": {"bad_sync": 34, "race": 6, "orphan": 3},
    "fights": {"delete": 10, "restore": 4, "settle": 9, "group": 6, "child": 14, "hand_edit": 10},
}


class Dice:
    """Makes actions for a world; looks at its laptops to choose what is there."""

    def __init__(self, world, seed, mix=None):
        self.world, self._dice = world, random.Random(seed)
        theme = THEMES[world.config["theme"]]
        weights = {**MIX, **theme, **(mix or {})}
        self._names, self._weights = list(weights), list(weights.values())
        self.n = 0
        self.graves = []  # (record, kind, root, parent, stream) of what was deleted by anybody
        self.roots = []  # customers, in the order of their making
        self.activities, self.dumps = [], []
        self._plan = []  # what follows, where one thing is to lead to another
        self.touched = []  # records that somebody changed, the latest last
        self.saved_on = []  # laptops where something was saved since their last sync

    def action(self):
        """Return one resolved action; None where the dice fell on what cannot be now."""
        self.n += 1
        if self._plan:
            made = self._plan.pop(0)()
        else:
            name = self._dice.choices(self._names, self._weights)[0]
            made = getattr(self, f"_{name}")()
        if made is None:
            return None
        self._note(made)
        return {"n": self.n, **made}

    def _note(self, made):
        """Remember what others may take an interest in."""
        if made["do"] in ("edit", "hand_edit", "move"):
            self.touched.append(made["of"])
        if "laptop" in made and made["do"] not in ("sync", "overlap"):
            self.saved_on.append(made["laptop"])
        elif made.get("laptop") in self.saved_on:
            self.saved_on = [n for n in self.saved_on if n != made["laptop"]]

    # -- helpers

    def _id(self, *more):
        return derived_id("fuzz", str(self.world.config["seed"]), str(self.n), *map(str, more))

    def _text(self):
        if self._dice.random() < 0.3:
            return f"值{self._dice.randrange(4)}"
        return f"text {self.n} {self._dice.randrange(10**6)}"

    def _active(self):
        return [s for s in self.world.stations if s.state == "active"]

    def _laptop(self):
        """Return somebody's laptop; the lead, who writes nothing, comes up less often."""
        weights = [1 if s.template["login"] == "lead" else 5 for s in self._active()]
        return self._dice.choices(self._active(), weights)[0]

    def _held(self, station, *kinds):
        return self.world.child(station).call("look", kinds=sorted(set(kinds)))

    def _pick(self, station, *kinds):
        held = self._held(station, *kinds)
        return self._dice.choice(held) if held else None

    def _portfolio(self, login):
        return f"portfolio:{self.world.people[login]}"

    # -- a person's work

    def _create(self):
        station = self._laptop()
        home = f"portfolio:{station.person}"
        if station.template["login"] == "deputy" and self._dice.random() < 0.6:
            home = self._portfolio("first")
        fields = {"name": f"客户{self._dice.randrange(12)}", "note": self._text()}
        if self._dice.random() < 0.4:
            fields["phone"] = f"+8615400000{self._dice.randrange(6):03}"
        record = self._id()
        self.roots.append(record)
        more = {"kind": "customer", "record": record, "home": home, "fields": fields}
        return {"do": "create", "laptop": station.number, **more}

    def _child(self):
        station = self._laptop()
        parent = self._pick(station, "customer")
        if parent is None:
            return None
        makers = dict(CHILDREN)
        if station.program == "newer":
            makers |= NEWER_CHILDREN
        kind = self._dice.choice(sorted(makers))
        more = {"kind": kind, "record": self._id(), "parent": parent[0]}
        fields = makers[kind](self._text())
        if kind == "tag" and station.program == "newer":
            fields["colour"] = self._text()[:20]
        return {"do": "create", "laptop": station.number, **more, "fields": fields}

    def _grandchild(self):
        station = self._laptop()
        parent = self._pick(station, "household")
        if parent is None:
            return None
        fields = {"relation": "child", "name": self._text()}
        more = {"kind": "household_member", "record": self._id(), "parent": parent[0]}
        return {"do": "create", "laptop": station.number, **more, "fields": fields}

    def _edit(self):
        station = self._laptop()
        kind = self._dice.choice(["customer"] * 4 + ["visit", "tag", "household", "task"])
        held = self._pick(station, kind)
        if held is None:
            return None
        return {
            "do": "edit",
            "laptop": station.number,
            "of": held[0],
            "fields": self._changes(held),
        }

    def _changes(self, held):
        by_kind = {
            "customer": TEXTS,
            "visit": ("summary", "place"),
            "tag": ("label",),
            "household": ("name", "note"),
            "task": ("title", "note"),
        }
        names = (
            self._dice.sample(by_kind[held[1]], 1 + (self._dice.random() < 0.2) * 1 % 2)
            if len(by_kind[held[1]]) > 1
            else by_kind[held[1]]
        )
        changes = {name: self._text() for name in names}
        if held[1] == "customer" and self._dice.random() < 0.1:
            changes["phone"] = f"+8615400000{self._dice.randrange(6):03}"
        if self._dice.random() < 0.05 and held[1] == "customer":
            changes = {"note": None}
        return changes

    def _group(self):
        station = self._laptop()
        held = self._held(station, "customer")
        if len(held) < 2:
            return None
        chosen = self._dice.sample(held, min(len(held), self._dice.choice([2, 2, 3])))
        edits = [(row[0], {"note": self._text()}) for row in chosen]
        return {"do": "group", "laptop": station.number, "edits": edits}

    def _delete(self):
        station = self._laptop()
        kinds = ["customer", "customer", "visit", "tag", "household"]
        held = self._pick(station, self._dice.choice(kinds))
        if held is None:
            return None
        self.graves.append({"record": held[0], "kind": held[1], "parent": held[2], "root": held[3]})
        self.graves[-1]["stream"] = held[4]
        return {"do": "delete", "laptop": station.number, "of": held[0]}

    def _restore(self):
        if not self.graves:
            return None
        grave = self._dice.choice(self.graves)
        fields = {"name": "客户回来", "note": self._text()}
        if grave["kind"] != "customer":
            if grave["kind"] not in CHILDREN:
                return None
            fields = CHILDREN[grave["kind"]](self._text())
        return {"do": "restore", "laptop": self._laptop().number, **grave, "fields": fields}

    def _merge(self):
        station = self._laptop()
        held = self._held(station, "customer")
        if len(held) < 2:
            return None
        one, other = self._dice.sample(held, 2)
        return {"do": "merge", "laptop": station.number, "of": one[0], "into": other[0]}

    def _undo(self):
        return {"do": "undo", "laptop": self._laptop().number}

    def _redo(self):
        return {"do": "redo", "laptop": self._laptop().number}

    def _settle(self):
        station = self._laptop()
        held = [r for r in self._held(station, "conflict") if r[5].get("state") == "open"]
        if not held:
            return None
        how = self._dice.choice(["mine", "theirs"])
        of = self._dice.choice(held)[0]
        return {"do": "settle", "laptop": station.number, "of": of, "how": how}

    def _inbox(self):
        station = self._laptop()
        held = [r for r in self._held(station, "inbox_item") if r[5].get("state") == "open"]
        if not held:
            return None
        how = self._dice.choice(["taken", "dismissed"])
        of = self._dice.choice(held)[0]
        return {"do": "inbox", "laptop": station.number, "of": of, "how": how}

    def _draft(self):
        station = self._laptop()
        held = self._pick(station, "customer")
        if held is None:
            return None
        values = {"note": self._text()}
        return {"do": "draft", "laptop": station.number, "of": held[0], "values": values}

    def _poison(self):
        """What the server must refuse, alone, and what may not stop anything else."""
        station = self._laptop()
        held = self._pick(station, "customer")
        if held is None:
            return None
        usual = {"kind": "customer", "record": held[0], "root": held[3], "stream": held[4]}
        op = self._dice.choice(
            [
                {**usual, "verb": "edit", "fields": {"phone": [None, "not a number"]}},
                {**usual, "verb": "edit", "fields": {"note": [None, "x" * 3000]}},
                {**usual, "verb": "edit", "fields": {"note": [None, "a\x00b"]}},
                {**usual, "verb": "explode", "fields": {}},
                {**usual, "verb": "edit", "fields": {"No Such": [None, "x"]}},
                {**usual, "verb": "merge", "into": None},
                {**usual, "verb": "edit", "author": self._id(), "fields": {"note": [None, "x"]}},
                {
                    **usual,
                    "kind": "tag",
                    "record": self._id(),
                    "verb": "create",
                    "parent": held[0],
                    "fields": {},
                },
                {
                    **usual,
                    "kind": "account",
                    "record": self._id(),
                    "verb": "create",
                    "parent": held[0],
                    "fields": {"number": [None, "1234"]},
                },
                {
                    **usual,
                    "kind": "household_member",
                    "record": self._id(),
                    "verb": "create",
                    "parent": held[0],
                    "fields": {"relation": [None, "child"]},
                },
            ]
        )
        return {"do": "raw", "laptop": station.number, "op": op}

    def _orphan(self):
        """A child of a customer of whom nobody has heard (yet)."""
        station = self._laptop()
        record, unknown = self._id(), self._id("unknown")
        op = {"verb": "create", "kind": "tag", "record": record, "root": unknown}
        op |= {"parent": unknown, "fields": {"label": [None, self._text()]}}
        return {"do": "raw", "laptop": station.number, "orphan": True, "op": op}

    # -- seats

    def _activity(self):
        record = self._id()
        self.activities.append(record)
        fields = {"name": f"茶话会 {self.n}", "capacity": self._dice.choice([1, 2, 3])}
        home = f"branch:{self.world.template.made['branch']}"
        more = {"kind": "activity", "record": record, "home": home, "fields": fields}
        return {"do": "hand_create", **more}

    def _resize(self):
        if not self.activities:
            return None
        fields = {"capacity": self._dice.choice([1, 2, 3, 4])}
        return {"do": "hand_edit", "of": self._dice.choice(self.activities), "fields": fields}

    def _want_seats(self):
        if not self.activities:
            return None
        more = {"of": self._dice.choice(self.activities), "slots": self._dice.choice([0, 1, 2])}
        return {"do": "want_seats", "laptop": self._laptop().number, **more}

    def _invite(self):
        station = self._laptop()
        parent = self._pick(station, "customer")
        if parent is None or not self.activities:
            return None
        fields = {"activity": self._dice.choice(self.activities[-2:]), "state": "sent"}
        more = {"kind": "invitation", "record": self._id(), "parent": parent[0]}
        return {"do": "create", "laptop": station.number, **more, "fields": fields}

    def _yes(self):
        return self._answer("yes", ("sent", "offered"))

    def _withdraw(self):
        return self._answer("withdraw", ("confirmed", "accepted", "waitlisted", "offered"))

    def _answer(self, do, states):
        station = self._laptop()
        held = [r for r in self._held(station, "invitation") if r[5].get("state") in states]
        if not held:
            return None
        return {"do": do, "laptop": station.number, "of": self._dice.choice(held)[0]}

    def _shared_slot(self):
        """Two laptops with one disk give the same slot away (`slot-once`)."""
        station = self._laptop()
        parent = self._pick(station, "customer")
        if parent is None:
            return None
        first = self._activity()
        first["fields"]["capacity"] = 1
        sync = {"do": "sync", "laptop": station.number}
        wanted = {"do": "want_seats", "laptop": station.number, "of": first["record"], "slots": 1}
        invited = [self._id("invited", number) for number in range(2)]
        fields = {"activity": first["record"], "state": "sent"}
        invites = [
            {"do": "create", "kind": "invitation", "parent": parent[0], "record": i, **fielded}
            for i, fielded in zip(invited, [{"fields": fields}] * 2, strict=True)
        ]
        invites = [{**invite, "laptop": station.number} for invite in invites]
        both = [lambda: station.number, lambda: len(self.world.stations) - 1]
        yes = [
            lambda i=i, n=n: {"do": "yes", "laptop": n(), "of": i}
            for i, n in zip(invited, both, strict=True)
        ]
        last = [lambda n=n: {"do": "sync", "laptop": n()} for n in both]
        clone = {"do": "clone", "laptop": station.number}
        told = [sync, wanted, *invites, sync, clone]
        self._plan = [*(lambda made=made: made for made in told), *yes, *last]
        return first

    # -- syncs

    def _sync(self):
        return {"do": "sync", "laptop": self._laptop().number}

    def _verify(self):
        return {**self._sync(), "full": True}

    def _bad_sync(self):
        faults = {}
        for _ in range(self._dice.choice([1, 1, 2, 3])):
            faults[str(self._dice.randrange(7))] = self._dice.choice(FAULTS)
        return {**self._sync(), "faults": faults}

    def _killed_sync(self):
        if self._dice.random() < 0.7:
            sync = {"do": "sync", "laptop": self._busy_laptop()}
            return {**sync, "kill": "*", "kill_after": self._dice.randrange(14)}
        kill = {"kill": self._dice.choice(KILLS), "kill_after": self._dice.choice([0, 0, 0, 1, 2])}
        return {**self._sync(), **kill}

    def _typing_sync(self):
        """Somebody types while the sync runs, about what has just been changed elsewhere."""
        station = self._laptop()
        held = {row[0] for row in self._held(station, "customer")}
        chosen = [record for record in self._recent() if record in held][:3]
        if not chosen:
            return None
        edits = [(record, {"note": self._text()}) for record in chosen]
        typing = {self._dice.choice(TYPING): {"do": "group", "edits": edits}}
        sync = {"do": "sync", "laptop": station.number, "typing": typing}
        if self._dice.random() < 0.3:
            sync["kill"] = self._dice.choice(KILLS)
        return sync

    def _recent(self):
        """Return customers in the order in which they were last touched, the latest first."""
        return list(dict.fromkeys(reversed([*self.roots, *self.touched])))

    def _server_killed_sync(self):
        sync = {"do": "sync", "laptop": self._busy_laptop()}
        if self._dice.random() < 0.6:
            return {**sync, "server_kill": "*", "late": self._dice.randrange(8)}
        late = self._dice.choice([0, 0, 0, 1])
        return {**sync, "server_kill": self._dice.choice(SERVER_KILLS), "late": late}

    def _busy_laptop(self):
        """Return a laptop that has most likely something to send."""
        active = {s.number for s in self._active()}
        busy = [number for number in self.saved_on if number in active]
        return busy[-1] if busy and self._dice.random() < 0.8 else self._laptop().number

    def _overlap(self):
        """The staff does something in the midst of a request, about the same customer."""
        station = self._laptop()
        held = self._pick(station, "customer")
        if held is None:
            return None
        at = self._dice.choice(SERVER_PAUSES)
        fields = {"note": self._text()}
        before = {"n": self.n, "do": "edit", "laptop": station.number, "of": held[0]}
        if at == "page.counted":
            before = {"n": self.n, "do": "hand_edit", "of": held[0]}
        other = {"do": "hand_edit", "of": held[0], "fields": {"employer": self._text()}}
        if self._dice.random() < 0.5:
            other = {**self._move(), "of": held[0]}
        more = {"before": {**before, "fields": fields}, "other": {"n": self.n, **other}}
        return {"do": "overlap", "laptop": station.number, "at": at, **more}

    def _race(self):
        count = self._dice.choice([2, 2, 3])
        active = [s.number for s in self._active()]
        chosen = self._dice.sample(active, min(len(active), count))
        return {"do": "race", "laptops": chosen}

    # -- the staff

    def _some_root(self):
        return self._dice.choice(self.roots) if self.roots else None

    def _move(self):
        of = self._some_root()
        if of is None:
            return None
        to = self._portfolio(self._dice.choice(["first", "second", "deputy"]))
        return {"do": "move", "of": of, "to": to}

    def _killed_move(self):
        move = self._move()
        kill = self._dice.choice(["move.before_commit", "move.committed"])
        return move and {**move, "kill": kill}

    def _hand_edit(self):
        of = self._some_root()
        fields = {self._dice.choice(TEXTS): self._text()}
        return of and {"do": "hand_edit", "of": of, "fields": fields}

    def _hand_create(self):
        record = self._id()
        self.roots.append(record)
        home = self._portfolio(self._dice.choice(["first", "second"]))
        fields = {"name": f"客户{self._dice.randrange(12)}", "note": self._text()}
        more = {"kind": "customer", "record": record, "home": home, "fields": fields}
        return {"do": "hand_create", **more}

    def _deputy_grant(self):
        who, whose = self._dice.choice(
            [("deputy", "first"), ("deputy", "first"), ("second", "first"), ("first", "second")]
        )
        return {"person": self.world.people[who], "stream": self._portfolio(whose)}

    def _deputise(self):
        return {"do": "grant", **self._deputy_grant()}

    def _end_deputy(self):
        return {"do": "end_grant", **self._deputy_grant()}

    def _restart_server(self):
        return {"do": "restart_server"}

    def _raise_floor(self):
        stream = self._portfolio(self._dice.choice(["first", "second"]))
        return {"do": "raise_floor", "stream": stream}

    # -- laptops as things

    def _skew(self):
        days = self._dice.choice([-3650, -30, 0, 1, 3650])
        return {"do": "restart_laptop", "laptop": self._laptop().number, "skew_days": days}

    def _lost(self):
        return self._end_of_device("lost")

    def _retired(self):
        return self._end_of_device("retired")

    def _end_of_device(self, state):
        enrolments = sorted({s.template["enrolment"] for s in self._active()})
        if len(enrolments) < 3:
            return None
        return {"do": "revoke", "enrolment": self._dice.choice(enrolments), "state": state}

    def _clone(self):
        return {"do": "clone", "laptop": self._laptop().number}

    def _backup_laptop(self):
        how = self._dice.choice(["copy", "files"])
        return {"do": "backup_laptop", "laptop": self._laptop().number, "how": how}

    def _restore_laptop(self):
        return {"do": "restore_laptop", "laptop": self._laptop().number}

    def _backup_server(self):
        if self.world.config["backups"] == "files":
            return {"do": "backup_server"}
        self.dumps.append(f"dump-{self.n}")
        keep = self._dice.choice([1, 2, 3])
        return {"do": "dump", "name": self.dumps[-1], "keep": keep}

    def _restore_server(self):
        if self.world.config["backups"] == "files":
            return {"do": "restore_server"}
        return {"do": "restore_dump", "which": self._dice.randrange(3)}

    def _upgrade(self):
        return {"do": "restart_laptop", "laptop": self._laptop().number, "program": "newer"}
