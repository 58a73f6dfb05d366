"""Runs seeds one after the other for a time; shortens and writes down what breaks."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from contextlib import contextmanager, nullcontext
from pathlib import Path

from tests.fuzz.plants import MIXES, PLANTS
from tests.fuzz.running import run_script, run_seed
from tests.fuzz.shrinking import shortened
from tests.fuzz.world import Template
from tests.helpers.postgres import running_postgres

STEPS = 160
SHRINK_S = 90


def main(arguments):
    """Fuzz for a time, or replay a script. 1 where something did not hold."""
    options = _options(arguments)
    with template_of(options.store) as template:
        if options.replay:
            return _replay(template, options)
        return _campaign(template, options)


def _options(arguments):
    parser = argparse.ArgumentParser(prog="do.py fuzz")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--plant", choices=sorted(PLANTS))
    parser.add_argument("--mix", type=json.loads, help="weights to change, as JSON")
    parser.add_argument("--replay", type=Path, metavar="FILE")
    parser.add_argument("--out", type=Path, default=Path("fuzz-output"), metavar="DIR")
    parser.add_argument("--shrink-seconds", type=float, default=SHRINK_S)
    return parser.parse_args(arguments)


@contextmanager
def template_of(store):
    """Yield a template on the store, PostgreSQL started for it where it is that."""
    with running_postgres() if store == "postgresql" else nullcontext() as postgres:
        template = Template(store, postgres)
        try:
            yield template
        finally:
            template.close()


def say(text):
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _campaign(template, options):
    mix = MIXES.get(options.plant) if options.mix is None else options.mix
    started, seed, actions, counts = time.monotonic(), options.seed, 0, Counter()
    while True:
        outcome = run_seed(template, seed, options.steps, options.plant, mix)
        actions += len(outcome.actions)
        counts.update(outcome.counts)
        spent = time.monotonic() - started
        if outcome.violation:
            where = f"seed {seed}, {len(outcome.actions)} actions, {spent:.1f} s"
            say(f"VIOLATION {outcome.violation}\nafter {where} on {options.store}")
            _write_down(template, options, outcome)
            return 1
        if spent >= options.seconds:
            break
        seed += 1
    rate = actions / spent
    runs = seed - options.seed + 1
    say(f"{runs} runs, seeds {options.seed} to {seed} on {options.store}:")
    say(", ".join(f"{name} {count}" for name, count in sorted(counts.items())))
    say(f"{actions} actions in {spent:.1f} s ({rate:.0f} a second), no violation")
    return 0


def _write_down(template, options, outcome):
    """Shorten the script and save it where `--replay` finds it."""
    short = shortened(template, outcome, options.plant, options.shrink_seconds, say)
    options.out.mkdir(parents=True, exist_ok=True)
    name = f"{options.plant or outcome.violation.what}-{options.store}-{outcome.config['seed']}"
    path = options.out / f"{name}.json"
    script = {
        "store": options.store,
        "plant": options.plant,
        "violation": outcome.violation.what,
        "text": outcome.violation.text,
        "config": outcome.config,
        "actions": short,
    }
    path.write_text(json.dumps(script, ensure_ascii=False, indent=1), encoding="utf-8")
    say(f"{len(short)} of {len(outcome.actions)} actions are enough: {path}")


def _replay(template, options):
    script = json.loads(options.replay.read_text(encoding="utf-8"))
    plant = options.plant or script["plant"]
    outcome = run_script(template, script["config"], script["actions"], plant)
    if outcome.violation is None:
        say(f"{len(script['actions'])} actions, no violation")
        return 0
    say(f"VIOLATION {outcome.violation}\nafter {len(outcome.actions)} actions")
    return 1
