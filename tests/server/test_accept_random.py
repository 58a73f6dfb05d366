"""Hundreds of random steps by several laptops; afterwards every copy equals what is granted.

The steps come from a seed, which a failing run tells. Laptops work on what they last pulled,
lose replies, send old pages again and skip numbers; the server moves customers and closes grants.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random

import pytest

from crm.domain.errors import UserError
from crm.domain.ids import new_id
from server.exchange.operations import FINAL
from tests.helpers.naive_client import Held, NaiveClient, seen_hash
from tests.helpers.server import Laptop, grouped, portfolio
from tests.server.pulling import granted_streams, store_asker

STEPS = 400
PAGE = 8
WORDS = ("East", "West", "North", "South", None)
PHONES = [f"+861200000000{n}" for n in range(4)]


@dataclass
class Player:
    """A person at one laptop: what it holds, what it has not sent, what it was told."""

    laptop: Laptop
    client: NaiveClient
    homes: list[str]  # where it makes new customers
    queue: list = field(default_factory=list)  # unsent, in order
    sent: list = field(default_factory=list)  # a numbered page whose reply is not here
    old_pages: list = field(default_factory=list)
    told: dict = field(default_factory=dict)  # operation: final outcome

    def shown(self, record):
        """What the screen shows of a record and everything below it."""
        rows = self.client.rows
        found = {record}
        grown = True
        while grown:
            more = {i for i, row in rows.items() if row.parent in found} - found
            found |= more
            grown = bool(more)
        return {i: rows[i] for i in found}


class Game:
    """The players, and the steps that they may take."""

    def __init__(self, world, seed):
        self.world = world
        self.random = Random(seed)
        managers = [world.person() for _ in range(3)]
        self.streams = [portfolio(m) for m in managers]
        self.players = [self._player(m, [portfolio(m)]) for m in managers]
        deputy = world.person()
        world.grant(deputy, self.streams[0])
        self.players.append(self._player(deputy, [portfolio(deputy), self.streams[0]]))
        self.players.append(self._player(managers[0], [self.streams[0]]))  # a second laptop
        self.deputy = deputy
        self.deputy_writes = True
        self.unsent_parents = []  # customers that some laptop has made, sent or not
        self.dead = []

    def _player(self, person, homes):
        laptop = Laptop(self.world, person)
        return Player(laptop, NaiveClient(store_asker(self.world.database)), homes)

    def play(self, steps):
        kinds = {
            self.create: 5,
            self.edit: 6,
            self.add_child: 4,
            self.delete: 2,
            self.restore: 1,
            self.merge: 1,
            self.orphan: 1,
            self.spoil: 1,
            self.push: 9,
            self.pull: 6,
            self.replay: 2,
            self.skip_numbers: 1,
            self.move: 2,
            self.change_grants: 1,
        }
        for _ in range(steps):
            step = self.random.choices(list(kinds), list(kinds.values()))[0]
            step(self.random.choice(self.players))

    # what people do

    def _save(self, player, *operations):
        player.queue += grouped(*operations)

    def create(self, player):
        fields = {"phone": self.random.choice(PHONES)} if self.random.random() < 0.3 else {}
        made = player.laptop.customer(
            home=self.random.choice(player.homes),
            name=f"Number {self.random.randrange(3)}",
            village=self.random.choice(WORDS[:4]),
            **fields,
        )
        self.unsent_parents.append(made)
        children = [player.laptop.tag(made) for _ in range(self.random.randrange(2))]
        self._save(player, made, *children)

    def _some(self, player, *kinds):
        rows = player.client.rows
        known = sorted(i for i, row in rows.items() if row.kind in kinds)
        return self.random.choice(known) if known else None

    def _operation(self, player, verb, record, **more):
        row = player.client.rows[record]
        return player.laptop.operation(verb, record, kind=row.kind, root=row.root, **more)

    def edit(self, player):
        record = self._some(player, "customer", "conflict", "tag", "inbox_item")
        if record is None:
            return
        row = player.client.rows[record]
        names = {"customer": ["village", "note", "phone", "a_new_field"], "tag": ["label"]}
        changes = {}
        for name in self.random.sample(names.get(row.kind, ["state"]), 1):
            changes[name] = (row.fields.get(name), self._value(row.kind, name))
        self._save(player, self._operation(player, "edit", record, fields=changes))

    def _value(self, kind, name):
        if name == "phone":
            return self.random.choice(PHONES)
        choices = {"conflict": ["open", "mine", "theirs"], "inbox_item": ["taken", "dismissed"]}
        return self.random.choice(choices.get(kind, WORDS[:4] if kind == "tag" else WORDS))

    def add_child(self, player):
        parent = self._some(player, "customer", "household")
        if parent is None:
            return
        row = player.client.rows[parent]
        kind, fields = self.random.choice(
            [("tag", {"label": "tea"}), ("household", {"name": "Home"})]
            if row.kind == "customer"
            else [("household_member", {"relation": "head"})]
        )
        brought = {name: (None, value) for name, value in fields.items()}
        self._save(
            player,
            player.laptop.operation(
                "create", new_id(), kind=kind, parent=parent, root=row.root, fields=brought
            ),
        )

    def delete(self, player):
        record = self._some(player, "customer", "tag", "household", "conflict")
        if record is None:
            return
        seen = seen_hash(player.shown(record))
        self.dead.append((record, player.client.rows[record]))
        self._save(player, self._operation(player, "delete", record, seen=seen))

    def restore(self, player):
        if self.dead:
            record, row = self.random.choice(self.dead)
            fields = {name: (None, value) for name, value in row.fields.items()}
            op = player.laptop.operation("restore", record, kind=row.kind, root=row.root)
            self._save(player, replace(op, fields=fields))

    def merge(self, player):
        one, other = self._some(player, "customer"), self._some(player, "customer")
        if one is not None:
            self._save(player, player.laptop.merge(one, other))

    def orphan(self, player):
        """A child of a customer that another laptop may not have sent yet."""
        if self.unsent_parents:
            self._save(player, player.laptop.tag(self.random.choice(self.unsent_parents)))

    def spoil(self, player):
        bad = player.laptop.customer(home=player.homes[0], village="x" * 99)
        self._save(player, bad, player.laptop.tag(bad))

    # what lines do

    def push(self, player):
        if not player.sent:
            player.sent = player.laptop.numbered(player.queue[:PAGE])
            del player.queue[:PAGE]
        if not player.sent:
            return
        accepted = player.laptop.send(player.sent)
        if self.random.random() < 0.25:
            return  # the reply is lost: the same page goes again
        waiting = []
        for op, result in accepted.results:
            if result.outcome == "later":
                waiting.append(replace(op, number=0))
            else:
                self._tell(player, op, result)
        player.old_pages.append(player.sent)
        player.sent, player.queue = [], waiting + player.queue

    def _tell(self, player, op, result):
        assert result.outcome in FINAL
        earlier = player.told.setdefault(op.id, result)
        assert earlier == result, "an operation was told two outcomes"

    def replay(self, player):
        """An old page comes again: receipts, and nothing else."""
        if player.old_pages:
            for op, result in player.laptop.send(self.random.choice(player.old_pages)).results:
                if result.outcome != "later":
                    self._tell(player, op, result)

    def skip_numbers(self, player):
        stray = player.laptop.customer(home=player.homes[0])
        with pytest.raises(UserError, match=r"push\.gap"):
            player.laptop.send([replace(stray, number=player.laptop.sent + 7)])

    def pull(self, player):
        player.client.limit = self.random.choice([1, 3, 10, 5000])
        player.client.pull(granted_streams(self.world.database, player.laptop.actor))

    # what the server does

    def move(self, _player):
        stream = self.random.choice(self.streams)
        customers = [r.id for r in self.world.live(stream, "customer")]
        if customers:
            self.world.move(self.random.choice(sorted(customers)), self.random.choice(self.streams))

    def change_grants(self, _player):
        if self.deputy_writes:
            self.world.end_grant(self.deputy, self.streams[0])
        else:
            self.world.grant(self.deputy, self.streams[0])
        self.deputy_writes = not self.deputy_writes

    # the end of the day

    def settle(self):
        for _ in range(3):  # what waited for another laptop's customer finds it now
            for player in self.players:
                for _ in range(len(player.queue) + 3):
                    self.push(player)


def contents(world, streams):
    return {
        record.id: Held(stream, record.kind, record.version, record.parent, record.root,
                        record.fields)
        for stream in streams
        for record in world.live(stream)
    }  # fmt: skip


def test_whatever_happens_every_copy_ends_equal_to_what_is_granted(world, seed):
    game = Game(world, seed)
    game.play(STEPS)
    game.settle()
    kinds, outcomes = set(), set()
    for player in game.players:
        granted = granted_streams(world.database, player.laptop.actor)
        player.client.limit = 7
        player.client.pull(granted)
        assert player.client.rows == contents(world, granted)
        for stream, told in granted.items():
            assert player.client.digest(stream) == (told["live"], told["digest"])
        fresh = NaiveClient(store_asker(world.database), limit=11)
        fresh.pull(granted)
        assert fresh.rows == player.client.rows
        kinds |= {row.kind for row in fresh.rows.values()}
        outcomes |= {result.outcome for result in player.told.values()}
    assert {"applied", "refused"} <= outcomes  # it was a day worth testing
    assert {"customer", "tag"} <= kinds


def test_every_operation_ends_and_is_told(world, seed):
    game = Game(world, seed)
    game.play(STEPS // 2)
    game.settle()
    for player in game.players:
        for op in player.queue + player.sent:
            receipt = world.receipt(op.id)
            assert receipt is None or receipt["outcome"] == "later" or op in player.sent
        for op_id, told in player.told.items():
            receipt = world.receipt(op_id)
            assert (receipt["outcome"], receipt["version"]) == (told.outcome, told.version)
