"""Runs the attacks, two at a time, and tells how many cases each has tried.

Each is played in a process of its own, forked from one that has loaded everything: what it takes of
memory and leaves behind is its own.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path

from tests.attack.registry import Attack, Run, carry_out, load

AT_ONCE = 2
Play = tuple[str, argparse.Namespace, float]  # attack, options, seconds of tries by chance
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def main(arguments: list[str]) -> int:
    """Attack. 1 where something was found, 2 for words that are not understood."""
    attacks = load()
    logging.getLogger().addHandler(logging.NullHandler())  # what is found is told below
    options = _options(arguments, sorted(attacks))
    chosen = [attacks[name] for name in attacks if options.only in (None, name)]
    findings = 0
    say(f"seed {options.seed}, {'quick' if options.quick else 'full'}")
    plays = [(each.name, options, _seconds(each, chosen, options)) for each in chosen]
    for run, spent, used in _played(plays):
        findings += _tell(run, spent, used)
    say(f"{findings} findings" if findings else "nothing was found")
    return 1 if findings else 0


def _options(arguments: list[str], names: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="do.py attack")
    parser.add_argument("--quick", action="store_true", help="at most 45 seconds")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, help="for all tries by chance together")
    parser.add_argument("--only", choices=names, metavar="NAME", help=", ".join(names))
    return parser.parse_args(arguments)


def _seconds(each: Attack, chosen: list[Attack], options: argparse.Namespace) -> float:
    """Return the time of an attack: its own, or its share of what was given for all."""

    def own(one: Attack) -> float:
        return one.quick_s if options.quick else one.full_s

    if options.seconds is None:
        return own(each)
    return float(options.seconds * own(each) / sum(map(own, chosen)))


def _played(plays: list[Play]) -> Iterator[tuple[Run, float, float]]:
    """Yield each run, with its seconds and those of processor, in the order of `plays`."""
    if len(plays) < 2:
        yield from map(_one, plays)
        return
    with get_context("fork").Pool(AT_ONCE, maxtasksperchild=1) as pool:
        yield from pool.imap(_one, plays, chunksize=1)


def _one(play: Play) -> tuple[Run, float, float]:
    name, options, seconds = play
    started, processor = time.monotonic(), _processor()
    with tempfile.TemporaryDirectory(prefix="yizhan-attack-") as folder:
        run = carry_out(load()[name], Run(options.seed, seconds, Path(folder), options.quick))
    run.name = name
    return run, time.monotonic() - started, _processor() - processor


def _tell(run: Run, spent: float, used: float) -> int:
    told = ", ".join(f"{count} {what}" for what, count in sorted(run.counts.items()))
    cases = run.counts.total()
    say(f"{run.name:<16}{cases:>7} cases {spent:>6.1f} s ({used:.1f} cpu)  {told}")
    for finding in run.findings:
        say(f"  FOUND {finding}")
    return len(run.findings)


def _processor() -> float:
    """Return the seconds of processor that this process and its ended children have taken."""
    return sum(os.times()[:4])


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
