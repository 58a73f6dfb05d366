"""The attack's share of the default tests; and that it finds what was planted for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.attack.campaign import main
from tests.attack.registry import WEAKNESSES, Run, carry_out, load
from tests.helpers.house import ROOT

PLANTED = [
    pytest.param(name, plant, id=plant.__name__)
    for name in load()
    for plant in WEAKNESSES.get(name, ())
]
HOLE = """
from tests.attack import campaign, registry as r
r.MODULES.clear()
{}
raise SystemExit(campaign.main([]))
"""
PLANTED_S = 6  # times as long as the quick run: chance needs some time on a busy computer
FINDS = "r.attack('hole', quick_s=0, full_s=0)(lambda run: (run.tried('door'), run.found('open')))"
BREAKS = "r.attack('hole', quick_s=0, full_s=0)(lambda run: 1 / 0)"


def test_a_quick_attack_finds_nothing(capsys):
    """All attacks, in a process of their own: what they measure is theirs alone."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.attack", "--quick"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = {line.split()[0]: int(line.split()[1]) for line in done.stdout.splitlines()[1:-1]}
    assert told.keys() == load().keys()
    assert all(count > 0 for count in told.values()), "an attack that tries nothing finds nothing"


@pytest.mark.parametrize(("hole", "said"), [(FINDS, "FOUND open"), (BREAKS, "ZeroDivisionError")])
def test_a_finding_and_a_broken_attack_end_with_1(hole, said):
    program = [sys.executable, "-c", HOLE.format(hole)]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 1
    assert said in done.stdout


def test_every_attack_says_what_it_tries_and_has_something_to_find():
    for name, known in load().items():
        assert known.about.endswith("."), name
        assert WEAKNESSES.get(name), f"nothing was planted for {name}"


def test_an_unknown_attack_is_refused():
    with pytest.raises(SystemExit) as ended:
        main(["--only", "no-such-attack"])
    assert ended.value.code == 2


@pytest.mark.slow
@pytest.mark.parametrize(("name", "plant"), PLANTED)
def test_each_planted_weakness_is_found(name, plant, tmp_path):
    with pytest.MonkeyPatch.context() as patch:
        plant(patch)
        run = carry_out(load()[name], Run(1, PLANTED_S * load()[name].quick_s, tmp_path))
    assert run.findings, "nobody noticed"
    assert not any("attack broke" in each for each in run.findings), run.findings
