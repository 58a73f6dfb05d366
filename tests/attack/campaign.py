"""Runs the attacks one after the other and tells how many cases each has tried."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
import time
from pathlib import Path

from tests.attack.registry import Attack, Run, carry_out, load

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def main(arguments: list[str]) -> int:
    """Attack. 1 where something was found, 2 for words that are not understood."""
    attacks = load()
    logging.getLogger().addHandler(logging.NullHandler())  # what is found is told below
    options = _options(arguments, sorted(attacks))
    chosen = [attacks[name] for name in attacks if options.only in (None, name)]
    findings = 0
    say(f"seed {options.seed}, {'quick' if options.quick else 'full'}")
    for each in chosen:
        findings += _one(each, options, _seconds(each, chosen, options))
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


def _one(each: Attack, options: argparse.Namespace, seconds: float) -> int:
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="yizhan-attack-") as folder:
        run = carry_out(each, Run(options.seed, seconds, Path(folder), options.quick))
    spent = time.monotonic() - started
    told = ", ".join(f"{count} {what}" for what, count in sorted(run.counts.items()))
    say(f"{each.name:<18}{run.counts.total():>8} cases {spent:>6.1f} s   {told}")
    for finding in run.findings:
        say(f"  FOUND {finding}")
    return len(run.findings)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
