"""Runs one script or one seed, to the end or to the first violation."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field

from tests.fuzz import oracle
from tests.fuzz.acting import Actor
from tests.fuzz.dice import THEMES, Dice
from tests.fuzz.violations import Violation
from tests.fuzz.world import World

ROUNDS = 8
LOOK_EVERY = 60  # actions between two looks at everything


@dataclass
class Outcome:
    """What a run came to."""

    config: dict
    actions: list = field(default_factory=list)
    violation: Violation | None = None
    counts: dict = field(default_factory=dict)
    seconds: float = 0.0


def config_of(seed, steps):
    """Return what differs between runs: laptops and their programs, size of pages."""
    dice = random.Random(f"config {seed}")
    laptops = [[n, "newer" if dice.random() < 0.2 else "now"] for n in range(5)]
    chosen = sorted(dice.sample(laptops, dice.choice([3, 4, 4, 5])))
    pages = dice.choice([[3, 3], [4, 4], [5000, 500]])
    return {
        "seed": seed,
        "theme": list(THEMES)[seed % len(THEMES)],
        "steps": steps,
        "backups": dice.choice(["files", "dumps"]),
        "laptops": chosen,
        "pages": pages,
        "customers": dice.randrange(3, 9),
        "overlap_s": 0.15,
    }


def run_seed(template, seed, steps, plant=None, mix=None):
    """Let the dice play; return the outcome with the script of what was done."""
    outcome = Outcome(config_of(seed, steps))

    def actions(world):
        dice = Dice(world, seed, mix)
        for _ in range(outcome.config["customers"]):
            dice.n += 1
            yield {"n": dice.n, **dice._hand_create()}
        for station in list(world.stations):
            dice.n += 1
            yield {"n": dice.n, "do": "sync", "laptop": station.number}
        for _ in range(steps):
            action = dice.action()
            if action is not None:
                yield action

    return _run(template, outcome, actions, plant)


def run_script(template, config, actions, plant=None):
    """Do what a script says."""
    return _run(template, Outcome(config), lambda _: iter(actions), plant)


def _run(template, outcome, actions, plant):
    started = time.monotonic()
    world = World(template, outcome.config, plant)
    try:
        actor = Actor(world)
        outcome.counts = actor.counts
        for action in actions(world):
            outcome.actions.append(action)
            told = actor.perform(action)
            _look(world, action, told, len(outcome.actions))
        rest(world, actor)
    except Violation as violation:
        outcome.violation = violation
    finally:
        world.close()
        outcome.seconds = time.monotonic() - started
    return outcome


def _look(world, action, told, count):
    """Look at a laptop after it was killed, and at everything now and then."""
    if told and told.get("killed") and "laptop" in action:
        facts = oracle.Facts(world.staff.call("inspect"))
        number = action["laptop"]
        held = world.child(world.stations[number]).call("inspect")
        oracle.check_laptop(world.stations[number], held, facts)
    if count % LOOK_EVERY == 0:
        seen = world.inspect()
        facts = oracle.Facts(seen.server)
        oracle.check_server(facts, world.journal)
        for number, held in seen.laptops.items():
            oracle.check_laptop(world.stations[number], held, facts)


def rest(world, actor):
    """Let every laptop sync over a good line until nothing is new, then check everything."""
    for round_number in range(ROUNDS):
        news = [_sync(actor, station, round_number) for station in world.stations]
        if not any(news):
            break
    else:
        raise Violation("rest", f"after {ROUNDS} rounds of good syncs there is still news")
    seen = world.inspect()
    for receipt in seen.server["receipt"]:
        if receipt["operation"] in world.journal.ops:
            actor.count(f"-> {receipt['outcome']}")
    oracle.check_rest(world, seen)


def _sync(actor, station, round_number):
    """Sync one laptop; tell whether anything was new."""
    if station.state == "destroyed":
        return False
    n = 1_000_000 + round_number * 100 + station.number
    told = actor.perform({"n": n, "do": "sync", "laptop": station.number})
    if station.state != "active":
        return True  # its end may be news to others
    if not told["ok"]:
        raise Violation("rest", f"laptop {station.number} cannot sync at rest: {told['code']}")
    if not told["verified"]:
        raise Violation("rest", f"laptop {station.number} is not verified at rest")
    fresh = told["sent"] - told["later"]
    return bool(fresh > 0 or told["received"] or told["left"] or told["repaired"])
