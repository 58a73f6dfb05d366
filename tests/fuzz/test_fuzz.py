"""The fuzzer's own share of the default tests: some seeds on each store, always the same."""

from __future__ import annotations

import json
import time

import pytest

from tests.fuzz.plants import MIXES, PLANTS
from tests.fuzz.running import run_seed
from tests.fuzz.world import Template

SECONDS = 6  # and what it takes to start
FIRST_SEED = 1000


@pytest.fixture(params=["sqlite", "postgresql"])
def template(request):
    postgres = None
    if request.param == "postgresql":
        postgres = request.getfixturevalue("postgresql_server")
    made = Template(request.param, postgres)
    yield made
    made.close()


def fuzz(template, first_seed, seconds, steps):
    """Run one seed after the other for a time; fail with the script of the one that broke."""
    deadline, seed, actions = time.monotonic() + seconds, first_seed, 0
    while time.monotonic() < deadline:
        outcome = run_seed(template, seed, steps)
        script = json.dumps(outcome.actions, ensure_ascii=False)
        assert outcome.violation is None, f"seed {seed}: {outcome.violation}\n{script}"
        actions += len(outcome.actions)
        seed += 1
    return actions


def test_whatever_people_laptops_and_lines_do_the_invariants_hold(template):
    assert fuzz(template, FIRST_SEED, SECONDS, steps=120) > 50


@pytest.mark.slow
def test_whatever_they_do_for_long_the_invariants_hold(template, seed):
    assert fuzz(template, seed, 300, steps=250) > 1000


ON_POSTGRESQL = {"stale-stream"}  # SQLite has one writer at a time: it cannot happen there


@pytest.mark.slow
@pytest.mark.parametrize("plant", sorted(PLANTS))
def test_each_planted_bug_is_found(request, plant):
    store = "postgresql" if plant in ON_POSTGRESQL else "sqlite"
    postgres = request.getfixturevalue("postgresql_server") if store == "postgresql" else None
    template = Template(store, postgres)
    try:
        found = _first_violation(template, plant)
    finally:
        template.close()
    assert found is not None, "nobody noticed"
    assert found.what not in ("crash", "hang", "start"), found


def _first_violation(template, plant):
    for seed in range(1, 16):
        outcome = run_seed(template, seed, 120, plant, MIXES.get(plant))
        if outcome.violation is not None:
            return outcome.violation
    return None
